import { z } from 'zod';
import type { Access, CommandsOf, Decisions, Nothing } from '../capability';
import { foreignId, uuid } from '../fields';
import { own } from '../message';
import { type UserEvent, userEvents } from './events';
import { isHeldBy, type UserState } from './state';

const person = { person: foreignId };

/** The contact is not (any more) whose the caller believed. It reaches nobody outside: whoever asked looks again. */
export class ContactMoved extends Error {}

/** What may be asked of a user's log. `person`: whose it is. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`. */
export const userCommands = {
  SetPersonalData: z.strictObject({ ...person, sealed: userEvents.PersonalDataSet.schema.shape.sealed }),
  AdoptContact: z.strictObject({ ...person, contact: uuid }),
  ForgetPerson: z.strictObject(person),
  /** The log of an e-mail address begins. */
  KeepContact: userEvents.PersonalDataSet.schema,
  /** The application knows that the address is theirs. `from`: whose the caller believes that it is. Throws `ContactMoved`. */
  ClaimContact: z.strictObject({ ...person, from: foreignId.optional() }),
  /** It is to be theirs still. Throws `ContactMoved`. */
  HoldContact: z.strictObject(person),
  ReleaseContact: z.strictObject({ contact: uuid }),
  /** `holder`: only as long as it is theirs. */
  ForgetContact: z.strictObject({ holder: foreignId.optional() }),
  EnterPlace: userEvents.PlaceEntered.schema,
  LeavePlace: userEvents.PlaceLeft.schema,
  ReceiveInvitation: userEvents.InvitationReceived.schema,
  CloseInvitation: userEvents.InvitationClosed.schema,
};
export type UserCommands = CommandsOf<typeof userCommands>;

/** But limited access. Its commands go out together with others, on a project, an organization or a person, which say who may. */
const anyone = { may: ['person', 'staff', 'system'] } as const;
const oneself = {
  may: ['self', 'system'],
  names: ({ person }: { readonly person?: string | undefined }) => ({ person }),
} as const;

export const userAccess = {
  SetPersonalData: oneself,
  AdoptContact: oneself,
  ForgetPerson: oneself,
  KeepContact: anyone,
  ClaimContact: oneself,
  HoldContact: oneself,
  ReleaseContact: anyone,
  ForgetContact: anyone,
  EnterPlace: anyone,
  LeavePlace: anyone,
  ReceiveInvitation: anyone,
  CloseInvitation: anyone,
} as const satisfies Access<UserCommands>;

/** `person`: whose it is to be asked; undefined where the actor asks for what is nobody's own, but perhaps the system's. */
export interface UserQueries {
  profile: { readonly person: string };
  setProfile: { readonly person: string | undefined };
  forgetPerson: { readonly person: string | undefined };
  ownProjects: Nothing;
  ownOrganizations: Nothing;
  receivedInvitations: { readonly person: string };
}

export const userQueryAccess = {
  profile: oneself,
  setProfile: oneself,
  forgetPerson: oneself,
  ownProjects: anyone,
  ownOrganizations: anyone,
  receivedInvitations: oneself,
} as const satisfies Access<UserQueries>;

export const decideUser = {
  SetPersonalData({ sealed }): readonly UserEvent[] {
    return [{ type: 'PersonalDataSet', data: { sealed } }];
  },
  AdoptContact({ contact }, { contacts }): readonly UserEvent[] {
    return contacts.at(-1) === contact ? [] : [{ type: 'ContactAdopted', data: { contact } }];
  },
  ForgetPerson(_command, { forgottenAt }): readonly UserEvent[] {
    return forgottenAt ? [] : [{ type: 'PersonForgotten', data: {} }];
  },
  KeepContact(contact): readonly UserEvent[] {
    return [{ type: 'PersonalDataSet', data: contact }];
  },
  ClaimContact({ person, from }, state): readonly UserEvent[] {
    if (state.forgottenAt || state.person !== from) throw new ContactMoved();
    return isHeldBy(state, person) ? [] : [{ type: 'ContactClaimed', data: { person, vouched: true } }];
  },
  HoldContact({ person }, state): readonly UserEvent[] {
    if (!isHeldBy(state, person)) throw new ContactMoved();
    return [];
  },
  ReleaseContact({ contact }, { contacts }): readonly UserEvent[] {
    return contacts.includes(contact) ? [{ type: 'ContactReleased', data: { contact } }] : [];
  },
  ForgetContact({ holder }, { person, forgottenAt }): readonly UserEvent[] {
    const another = holder !== undefined && holder !== person;
    return another || forgottenAt ? [] : [{ type: 'PersonForgotten', data: {} }];
  },
  EnterPlace({ kind, id }, { places }): readonly UserEvent[] {
    return own(places[kind], id) ? [] : [{ type: 'PlaceEntered', data: { kind, id } }];
  },
  LeavePlace({ kind, id }, { places }): readonly UserEvent[] {
    return own(places[kind], id) ? [{ type: 'PlaceLeft', data: { kind, id } }] : [];
  },
  ReceiveInvitation(invitation, { invitations }): readonly UserEvent[] {
    return Object.hasOwn(invitations, invitation.invitation) ? [] : [{ type: 'InvitationReceived', data: invitation }];
  },
  CloseInvitation({ invitation }, { invitations }): readonly UserEvent[] {
    return Object.hasOwn(invitations, invitation) ? [{ type: 'InvitationClosed', data: { invitation } }] : [];
  },
} satisfies Decisions<UserCommands, UserEvent, UserState>;
