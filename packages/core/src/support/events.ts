import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { foreignId, instant, reason, uuid } from '../fields';
import type { MessageOf } from '../message';

const staff = { person: foreignId };
const request = { request: uuid, ...staff };
const staffTags = (data: { person: string }) => [`support:${data.person}`];
const requestTags = (data: { request: string; person: string }) => [`support-request:${data.request}`, ...staffTags(data)];

/** What can have happened with support staff in a project. `person`: the staff member; they are in it until `expiresAt`. */
export const supportEvents = {
  /** Without asking: the organization allows it. */
  SupportJoined: event(z.strictObject({ ...staff, reason, expiresAt: instant }), {
    sentence: (data) => `joined the project for support until ${data.expiresAt}: ${data.reason}`,
    tags: staffTags,
  }),
  /** An administrator has to answer by `expiresAt`. `until`: when they want to be done. */
  SupportRequested: event(z.strictObject({ ...request, reason, expiresAt: instant, until: instant.optional() }), {
    sentence: (data) => `asked to join the project for support: ${data.reason}`,
    tags: requestTags,
  }),
  SupportApproved: event(z.strictObject({ ...request, reason, expiresAt: instant }), {
    sentence: (data, names) => `let ${names.person(data.person)} into the project for support until ${data.expiresAt}: ${data.reason}`,
    tags: requestTags,
  }),
  SupportRejected: event(z.strictObject(request), {
    sentence: (data, names) => `rejected the request of ${names.person(data.person)} to join for support`,
    tags: requestTags,
  }),
  SupportRequestExpired: event(z.strictObject({ ...request, expiresAt: instant }), {
    sentence: (data, names) =>
      `ended the request of ${names.person(data.person)} to join for support, which nobody had answered by ${data.expiresAt}`,
    tags: requestTags,
  }),
  SupportLeft: event(z.strictObject(staff), { sentence: () => 'left the project', tags: staffTags }),
  SupportRemoved: event(z.strictObject(staff), {
    sentence: (data, names) => `sent ${names.person(data.person)} of the support staff away`,
    tags: staffTags,
  }),
  /** Their time was over at `expiresAt`; from then on they could do nothing. */
  SupportExpired: event(z.strictObject({ ...staff, expiresAt: instant }), {
    sentence: (data, names) => `ended the support by ${names.person(data.person)}, whose time was over at ${data.expiresAt}`,
    tags: staffTags,
  }),
};
export type SupportEvents = PayloadsOf<typeof supportEvents>;
export type SupportEvent = MessageOf<SupportEvents>;
