import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId, instant, reason } from '../fields';
import type { MessageOf } from '../message';

const person = { person: foreignId };
const tags = (data: { person: string }) => [`person:${data.person}`];

/** What can have happened to the auditors of a project, or of an organization. */
export const auditorEvents = {
  /** Without `expiresAt` they stay until they are removed. */
  AuditorAdded: event(z.strictObject({ ...person, reason: reason.optional(), expiresAt: instant.optional() }), {
    sentence: ({ person, expiresAt, reason }, names) =>
      `added ${names.person(person)} as an auditor${expiresAt ? ` until ${expiresAt}` : ''}${reason ? `: ${reason}` : ''}`,
    tags,
  }),
  AuditorRemoved: event(z.strictObject(person), {
    sentence: (data, names) => `removed ${names.person(data.person)} from the auditors`,
    tags,
  }),
  /** Their time was over at `expiresAt`; from then on they could read nothing. */
  AuditorExpired: event(z.strictObject({ ...person, expiresAt: instant }), {
    sentence: (data, names) => `ended the time of ${names.person(data.person)} as an auditor, which was over at ${data.expiresAt}`,
    tags,
  }),
};
export type AuditorEvents = PayloadsOf<typeof auditorEvents>;
export type AuditorEvent = MessageOf<AuditorEvents>;
