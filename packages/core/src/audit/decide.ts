import { type Access, type CommandsOf, type Decisions, type Nothing, narrowed } from '../capability';
import { type AuditEvent, auditEvents } from './events';

export const auditCommands = {
  RecordRefusals: auditEvents.AccessRefused.schema,
};
export type AuditCommands = CommandsOf<typeof auditCommands>;

export const auditAccess = {
  RecordRefusals: { may: ['system'], whileDisabled: true },
} as const satisfies Access<AuditCommands>;

export interface AuditQueries {
  history: Nothing;
}

export const auditQueryAccess = {
  /** Those with limited access see what they did themselves. */
  history: { may: ['administrator', 'auditor', 'support', 'reader', 'system'], names: narrowed },
} as const satisfies Access<AuditQueries>;

export const decideAudit = {
  RecordRefusals(refusals): readonly AuditEvent[] {
    return [{ type: 'AccessRefused', data: refusals }];
  },
} satisfies Decisions<AuditCommands, AuditEvent, object>;
