import { z } from 'zod';
import type { Access, CommandsOf, Decisions, NamingRole, Nothing, Role } from '../capability';
import { DaybookError } from '../errors';
import { isOver } from '../expiry';
import { foreignId, instant, reason, refusePast } from '../fields';
import type { AuditorEvent } from './events';
import { type AuditorsSlice, isAuditor } from './state';

/** What may be asked about the auditors of a project or an organization. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`. */
export const auditorCommands = {
  /** Refuses: `INVALID_INPUT` (an end in the past), `ALREADY_MEMBER` (who is one, or may do more). */
  AddAuditor: z.strictObject({ person: foreignId, reason: reason.optional(), expiresAt: instant.optional() }),
  RemoveAuditor: z.strictObject({ person: foreignId }),
  /** Ends what was to end by now. */
  ExpireAuditors: z.strictObject({}),
};
export type AuditorCommands = CommandsOf<typeof auditorCommands>;

/** Who manages a log's auditors: nobody else may add or remove one. */
export function auditorAccess(manager: Exclude<Role, NamingRole>) {
  return {
    AddAuditor: { may: [manager, 'system'] },
    RemoveAuditor: { may: [manager, 'system'], whileDisabled: true },
    ExpireAuditors: { may: ['system'], whileDisabled: true },
  } as const satisfies Access<AuditorCommands>;
}

export interface AuditorQueries {
  auditors: Nothing;
}

export const auditorQueryAccess = {
  auditors: { may: ['administrator', 'auditor', 'member', 'support', 'system'] },
} as const satisfies Access<AuditorQueries>;

/** The decisions where `mayDoMore` tells who has a role that lets them read all of it already. */
export function auditorDecisions<Slice extends AuditorsSlice>(mayDoMore: (state: Slice, person: string, now: string) => boolean) {
  return {
    AddAuditor(auditor, state, { now }): readonly AuditorEvent[] {
      refusePast('expiresAt', auditor.expiresAt, now);
      const { person } = auditor;
      if (mayDoMore(state, person, now) || isAuditor(state, person, now)) throw new DaybookError('ALREADY_MEMBER', { person });
      return [{ type: 'AuditorAdded', data: auditor }];
    },
    RemoveAuditor({ person }, state, { now }): readonly AuditorEvent[] {
      return isAuditor(state, person, now) ? [{ type: 'AuditorRemoved', data: { person } }] : [];
    },
    ExpireAuditors(_command, { auditors }, { now }): readonly AuditorEvent[] {
      return Object.entries(auditors)
        .filter(([, auditor]) => isOver(auditor, now))
        .map(([person, { expiresAt }]) => ({ type: 'AuditorExpired', data: { person, expiresAt: expiresAt! } }));
    },
  } satisfies Decisions<AuditorCommands, AuditorEvent, Slice>;
}
