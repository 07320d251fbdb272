import { z } from 'zod';
import type { Access, CommandsOf, Decisions } from '../capability';
import { foreignId, uuid } from '../fields';
import { own } from '../message';
import { type UserEvent, userEvents } from './events';
import type { UserState } from './state';

const person = { person: foreignId };

/** What may be asked of a user's log. `person`: whose it is. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`. */
export const userCommands = {
  SetPersonalData: z.strictObject({ ...person, sealed: userEvents.PersonalDataSet.schema.shape.sealed }),
  AdoptContact: z.strictObject({ ...person, contact: uuid }),
  ForgetPerson: z.strictObject(person),
  /** The log of an e-mail address begins. */
  KeepContact: userEvents.PersonalDataSet.schema,
  ClaimContact: z.strictObject(person),
  EnterPlace: userEvents.PlaceEntered.schema,
  LeavePlace: userEvents.PlaceLeft.schema,
  ReceiveInvitation: userEvents.InvitationReceived.schema,
  CloseInvitation: userEvents.InvitationClosed.schema,
};
export type UserCommands = CommandsOf<typeof userCommands>;

/** These commands go out together with commands on a project or an organization, which say who may. */
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
  EnterPlace: anyone,
  LeavePlace: anyone,
  ReceiveInvitation: anyone,
  CloseInvitation: anyone,
} as const satisfies Access<UserCommands>;

export interface UserQueries {
  /** `person`: whose it is, where that is known. */
  profile: { readonly person?: string | undefined };
  receivedInvitations: { readonly person: string };
}

export const userQueryAccess = {
  profile: oneself,
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
  ClaimContact({ person }, state): readonly UserEvent[] {
    return person === state.person ? [] : [{ type: 'ContactClaimed', data: { person } }];
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
