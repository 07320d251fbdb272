import { z } from 'zod';
import { actorName, event, type PayloadsOf } from '../event';
import { count, foreignId, instant, key } from '../fields';
import type { MessageOf } from '../message';

const actor = z.strictObject({ kind: z.enum(['person', 'limited', 'support', 'system']), id: foreignId });

/** What Daybook notes about those who use it. */
export const auditEvents = {
  /** Somebody asked for what they may not: how often, by command and query, since when. */
  AccessRefused: event(z.strictObject({ refused: actor, actions: z.record(key, count), since: instant }), {
    sentence: ({ refused, actions }, names) => {
      const asked = Object.entries(actions).map(([action, times]) => (times === 1 ? action : `${action} (${times} times)`));
      return `refused ${actorName(refused, names)} what they may not do: ${asked.join(', ')}`;
    },
    tags: ({ refused: { kind, id } }) => [`actor:${kind}:${id}`],
  }),
};
export type AuditEvents = PayloadsOf<typeof auditEvents>;
export type AuditEvent = MessageOf<AuditEvents>;
