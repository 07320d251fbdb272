import { addHours } from 'date-fns';
import { z } from 'zod';
import type { Access, CommandsOf, Context, Decisions, Nothing } from '../capability';
import { DaybookError } from '../errors';
import { isOver } from '../expiry';
import { foreignId, instant, reason, refusePast, uuid } from '../fields';
import { isAdministrator, type PeopleSlice } from '../people/state';
import type { SupportEvent } from './events';
import { isSupporting, requestOf, type SupportSlice } from './state';

/** Unless another end is given. */
const stayHours = 24;
/** How long a request waits for its answer. */
const requestHours = 7 * 24;

/** What may be asked about support staff in a project. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
export const supportCommands = {
  /**
   * Where the organization lets support staff in without asking. They stay 24 hours unless `expiresAt` is given.
   * Refuses: `INVALID_INPUT` (an end in the past), `ALREADY_MEMBER`, `APPROVAL_REQUIRED`.
   */
  JoinForSupport: z.strictObject({ reason, expiresAt: instant.optional() }),
  /** It waits seven days for an answer. `until`: when they want to be done. Refuses: `INVALID_INPUT` (an end in the past), `ALREADY_MEMBER`, `ALREADY_REQUESTED`. */
  RequestSupport: z.strictObject({ request: uuid, reason, until: instant.optional() }),
  /** Until `expiresAt`, else until when it was asked for, else for 24 hours. Refuses: `INVALID_INPUT` (an end in the past), `SUPPORT_REQUEST_NOT_FOUND`. */
  ApproveSupport: z.strictObject({ request: uuid, expiresAt: instant.optional() }),
  /** Refuses: `SUPPORT_REQUEST_NOT_FOUND`. */
  RejectSupport: z.strictObject({ request: uuid }),
  LeaveSupport: z.strictObject({}),
  RemoveSupport: z.strictObject({ person: foreignId }),
  /** Ends what was to end by now. */
  ExpireSupport: z.strictObject({}),
};
export type SupportCommands = CommandsOf<typeof supportCommands>;

const administrator = { may: ['administrator'] } as const;

export const supportAccess = {
  JoinForSupport: { may: ['staff'] },
  RequestSupport: { may: ['staff'] },
  ApproveSupport: administrator,
  RejectSupport: administrator,
  LeaveSupport: { may: ['support'] },
  RemoveSupport: { may: ['administrator', 'member', 'system'] },
  ExpireSupport: { may: ['system'], whileDisabled: true },
} as const satisfies Access<SupportCommands>;

export interface SupportQueries {
  support: Nothing;
  supportRequests: Nothing;
}

export const supportQueryAccess = {
  support: { may: ['administrator', 'auditor', 'member', 'support', 'system'] },
  supportRequests: { may: ['administrator', 'auditor', 'member', 'system'] },
} as const satisfies Access<SupportQueries>;

export const decideSupport = {
  JoinForSupport({ reason, expiresAt }, state, context): readonly SupportEvent[] {
    const { actor, now } = context;
    refusePast('expiresAt', expiresAt, now);
    refuseMember(state, context);
    if (!context.standing?.().autoJoin) throw new DaybookError('APPROVAL_REQUIRED', { person: actor.id });
    return [{ type: 'SupportJoined', data: { person: actor.id, reason, expiresAt: expiresAt ?? inHours(now, stayHours) } }];
  },
  RequestSupport({ request, reason, until }, state, context): readonly SupportEvent[] {
    const { actor, now } = context;
    refusePast('expiresAt', until, now);
    refuseMember(state, context);
    const open = Object.values(state.supportRequests).find(({ person }) => person === actor.id);
    if (open && !isOver(open, now)) throw new DaybookError('ALREADY_REQUESTED', { request: open.id });
    const answerBy = inHours(now, requestHours);
    const expiresAt = until && until < answerBy ? until : answerBy;
    return [{ type: 'SupportRequested', data: { request, person: actor.id, reason, expiresAt, ...(until && { until }) } }];
  },
  ApproveSupport({ request, expiresAt }, state, { now }): readonly SupportEvent[] {
    refusePast('expiresAt', expiresAt, now);
    const { person, reason, until } = requestOf(state, request, now);
    return [{ type: 'SupportApproved', data: { request, person, reason, expiresAt: expiresAt ?? until ?? inHours(now, stayHours) } }];
  },
  RejectSupport({ request }, state, { now }): readonly SupportEvent[] {
    return [{ type: 'SupportRejected', data: { request, person: requestOf(state, request, now).person } }];
  },
  LeaveSupport(_command, _state, { actor }): readonly SupportEvent[] {
    return [{ type: 'SupportLeft', data: { person: actor.id } }];
  },
  RemoveSupport({ person }, state, { now }): readonly SupportEvent[] {
    return isSupporting(state, person, now) ? [{ type: 'SupportRemoved', data: { person } }] : [];
  },
  ExpireSupport(_command, { support, supportRequests }, { now }): readonly SupportEvent[] {
    const ended = Object.entries(support).filter(([, member]) => isOver(member, now));
    const unanswered = Object.values(supportRequests).filter((request) => isOver(request, now));
    return [
      ...ended.map(([person, { expiresAt }]): SupportEvent => ({ type: 'SupportExpired', data: { person, expiresAt } })),
      ...unanswered.map(
        ({ id: request, person, expiresAt }): SupportEvent => ({ type: 'SupportRequestExpired', data: { request, person, expiresAt } }),
      ),
    ];
  },
} satisfies Decisions<SupportCommands, SupportEvent, SupportSlice & PeopleSlice>;

/** Whoever is in the project already, as support or as an administrator under the same id. */
function refuseMember(state: SupportSlice & PeopleSlice, { actor, now }: Context): void {
  if (!isSupporting(state, actor.id, now) && !isAdministrator(state, actor.id, now)) return;
  throw new DaybookError('ALREADY_MEMBER', { person: actor.id });
}

function inHours(now: string, hours: number): string {
  return addHours(now, hours).toISOString();
}
