import { z } from 'zod';
import { isAuditor } from '../auditors/state';
import type { Access, CommandsOf, Decisions, Nothing } from '../capability';
import { DaybookError } from '../errors';
import { isOver } from '../expiry';
import { foreignId, instant, reason, refusePast, uuid } from '../fields';
import type { PeopleEvent } from './events';
import { invitationOf, isAdministrator, type PeopleSlice } from './state';

const temporary = { reason: reason.optional(), expiresAt: instant.optional() };
const answer = z.strictObject({ invitation: uuid, contact: uuid });
type Answer = z.infer<typeof answer>;

/** What may be asked of a project's people. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
export const peopleCommands = {
  /** Whoever asks becomes an administrator. */
  JoinProject: z.strictObject({}),
  /** Refuses: `INVALID_INPUT` (an end in the past), `ALREADY_MEMBER`. */
  AddAdministrator: z.strictObject({ person: foreignId, ...temporary }),
  RemoveAdministrator: z.strictObject({ person: foreignId }),
  /** Whoever asks is an administrator, or an auditor, no more. */
  LeaveProject: z.strictObject({}),
  /**
   * `contact`: who is reached at the e-mail address; `person`: who that is, where it is known; `role`: an administrator where it is absent.
   * Refuses: `INVALID_INPUT` (an end in the past), `ALREADY_INVITED`, `ALREADY_MEMBER`, `INVITING_YOURSELF`.
   */
  InvitePerson: z.strictObject({
    invitation: uuid,
    contact: uuid,
    person: foreignId.optional(),
    role: z.literal('auditor').optional(),
    reason: reason.optional(),
    expiresAt: instant,
    membershipExpiresAt: instant.optional(),
  }),
  /** For who may do that much already, nothing changes but that the invitation is closed. Refuses: `INVITATION_NOT_FOUND`, `INVITATION_EXPIRED`. */
  AcceptInvitation: answer,
  /** Refuses: `INVITATION_NOT_FOUND`, `INVITATION_EXPIRED`. */
  DeclineInvitation: answer,
  /** Refuses: `INVITATION_NOT_FOUND`. */
  CancelInvitation: z.strictObject({ invitation: uuid }),
  /** Ends what was to end by now. */
  ExpirePeople: z.strictObject({}),
};
export type PeopleCommands = CommandsOf<typeof peopleCommands>;

/** Whom the invitation is for. */
const invited = { may: ['invited'], names: ({ invitation: id, contact }: Answer) => ({ invitation: { id, contact } }) } as const;

export const peopleAccess = {
  JoinProject: { may: ['member'] },
  AddAdministrator: { may: ['member', 'system'] },
  RemoveAdministrator: { may: ['administrator', 'member', 'system'] },
  LeaveProject: { may: ['administrator', 'auditor'] },
  InvitePerson: { may: ['administrator', 'member', 'system'] },
  AcceptInvitation: invited,
  DeclineInvitation: invited,
  CancelInvitation: { may: ['administrator', 'member', 'system'] },
  ExpirePeople: { may: ['system'], whileDisabled: true },
} as const satisfies Access<PeopleCommands>;

export interface PeopleQueries {
  invitation: Answer;
  administrators: Nothing;
  invitations: Nothing;
}

export const peopleQueryAccess = {
  /** One of them, by whom it is for. */
  invitation: invited,
  administrators: { may: ['administrator', 'auditor', 'member', 'support', 'system'] },
  invitations: { may: ['administrator', 'auditor', 'member', 'system'] },
} as const satisfies Access<PeopleQueries>;

export const decidePeople = {
  JoinProject(_command, state, { actor, now }): readonly PeopleEvent[] {
    return isAdministrator(state, actor.id, now) ? [] : [{ type: 'AdministratorJoined', data: { person: actor.id } }];
  },
  AddAdministrator(administrator, state, { now }): readonly PeopleEvent[] {
    refusePast('expiresAt', administrator.expiresAt, now);
    refuseAtLeast(state, administrator, now);
    return [{ type: 'AdministratorAdded', data: administrator }];
  },
  RemoveAdministrator({ person }, state, { now }): readonly PeopleEvent[] {
    return isAdministrator(state, person, now) ? [{ type: 'AdministratorRemoved', data: { person } }] : [];
  },
  LeaveProject(_command, state, { actor: { id: person }, now }): readonly PeopleEvent[] {
    if (isAdministrator(state, person, now)) return [{ type: 'AdministratorLeft', data: { person } }];
    // An auditor of the organization has nothing to leave here.
    return isAuditor(state, person, now) ? [{ type: 'AuditorLeft', data: { person } }] : [];
  },
  InvitePerson({ person, ...invitation }, state, { actor, now }): readonly PeopleEvent[] {
    refusePast('expiresAt', invitation.expiresAt, now);
    refusePast('membershipExpiresAt', invitation.membershipExpiresAt, now);
    const open = Object.values(state.invitations).find(({ contact }) => contact === invitation.contact);
    if (open && !isOver(open, now)) throw new DaybookError('ALREADY_INVITED', { invitation: open.id });
    if (person !== undefined && person === actor.id && actor.kind === 'person') throw new DaybookError('INVITING_YOURSELF', { person });
    if (person !== undefined) refuseAtLeast(state, { person, role: invitation.role }, now);
    return [{ type: 'InvitationCreated', data: invitation }];
  },
  AcceptInvitation({ invitation: id }, state, { actor, now }): readonly PeopleEvent[] {
    const { membershipExpiresAt: expiresAt, role, contact, ...invitation } = invitationOf(state, id);
    refuseExpired(invitation, now);
    const person = actor.id;
    if (isAtLeast(state, { person, role }, now)) return [{ type: 'InvitationLapsed', data: { invitation: id, contact, person } }];
    return [{ type: 'InvitationAccepted', data: { invitation: id, person, ...(role && { role }), ...(expiresAt && { expiresAt }) } }];
  },
  DeclineInvitation({ invitation: id }, state, { now }): readonly PeopleEvent[] {
    refuseExpired(invitationOf(state, id), now);
    return [{ type: 'InvitationDeclined', data: { invitation: id } }];
  },
  CancelInvitation({ invitation: id }, state): readonly PeopleEvent[] {
    const { contact } = invitationOf(state, id);
    return [{ type: 'InvitationCancelled', data: { invitation: id, contact } }];
  },
  ExpirePeople(_command, { administrators, invitations }, { now }): readonly PeopleEvent[] {
    const ended = Object.entries(administrators).filter(([, administrator]) => isOver(administrator, now));
    const unanswered = Object.values(invitations).filter((invitation) => isOver(invitation, now));
    return [
      ...ended.map(([person, { expiresAt }]): PeopleEvent => ({ type: 'AdministratorExpired', data: { person, expiresAt: expiresAt! } })),
      ...unanswered.map(
        ({ id: invitation, contact, expiresAt }): PeopleEvent => ({ type: 'InvitationExpired', data: { invitation, contact, expiresAt } }),
      ),
    ];
  },
} satisfies Decisions<PeopleCommands, PeopleEvent, PeopleSlice>;

interface Wanted {
  readonly person: string;
  readonly role?: 'auditor' | undefined;
}

/** Whether somebody has a role already, or one that may do more. */
function isAtLeast(state: PeopleSlice, { person, role }: Wanted, now: string): boolean {
  return isAdministrator(state, person, now) || (role === 'auditor' && isAuditor(state, person, now));
}

function refuseAtLeast(state: PeopleSlice, wanted: Wanted, now: string): void {
  if (isAtLeast(state, wanted, now)) throw new DaybookError('ALREADY_MEMBER', { person: wanted.person });
}

function refuseExpired({ id, expiresAt }: { readonly id: string; readonly expiresAt: string }, now: string): void {
  if (isOver({ expiresAt }, now)) throw new DaybookError('INVITATION_EXPIRED', { invitation: id, expiredAt: expiresAt });
}
