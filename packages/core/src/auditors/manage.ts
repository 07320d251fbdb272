import { z } from 'zod';
import { givenInstant, parse, reason } from '../fields';

const options = z.strictObject({ reason: reason.optional(), expiresAt: givenInstant.optional() });
/** Why, and until when: for good where no end is given. */
export type AuditorOptions = z.input<typeof options>;

/** What `AddAuditor` holds. Refuses: `INVALID_INPUT`. */
export function auditorOf(person: string, given: AuditorOptions = {}) {
  return { person, ...parse('addAuditor', options, given) };
}
