import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { bucketUid, description, instant, key, uuid } from '../fields';
import type { MessageOf } from '../message';

export const permissions = ['read', 'write'] as const;
const mostBuckets = 10_000;
const mostComponents = 1_000;

const access = { access: uuid };
/** SHA-256 of a secret. */
export const secretHash = z.string().regex(/^[0-9a-f]{64}$/);
/** What is granted, by bucket id; write includes read. `components`: whose jobs may be run. */
export const grants = {
  buckets: z.record(key, z.enum(permissions)).refine((buckets) => Object.keys(buckets).length <= mostBuckets, 'has too many buckets'),
  components: z.array(key).max(mostComponents),
};
/** Which buckets they are, of all that have borne the names. Older events have none. */
const bucketUids = z.record(key, bucketUid).optional();
const tags = (data: { access: string }) => [`access:${data.access}`];

/** What can have happened to the limited access that programs and outsiders have to a project. */
export const limitedAccessEvents = {
  AccessGranted: event(z.strictObject({ ...access, description, ...grants, bucketUids, expiresAt: instant.optional(), hash: secretHash }), {
    sentence: (data) => `granted limited access ${named(data)}${listed(data)}`,
    tags,
  }),
  /** What is granted from now on: all of it. */
  AccessUpdated: event(z.strictObject({ ...access, description, ...grants, bucketUids, expiresAt: instant.optional() }), {
    sentence: (data) => `changed limited access ${named(data)}${listed(data)}`,
    tags,
  }),
  /** The former secret is worth nothing any more. */
  AccessRefreshed: event(z.strictObject({ ...access, hash: secretHash }), {
    sentence: (data) => `gave limited access ${data.access} a new secret`,
    tags,
  }),
  AccessRevoked: event(z.strictObject({ ...access, description }), { sentence: (data) => `revoked limited access ${named(data)}`, tags }),
  /** Its time was over at `expiresAt`; from then on it opened nothing. */
  AccessExpired: event(z.strictObject({ ...access, description, expiresAt: instant }), {
    sentence: (data) => `ended limited access ${named(data)}, whose time was over at ${data.expiresAt}`,
    tags,
  }),
};
export type LimitedAccessEvents = PayloadsOf<typeof limitedAccessEvents>;
export type LimitedAccessEvent = MessageOf<LimitedAccessEvents>;

function named({ access, description }: { access: string; description: string }): string {
  return description === '' ? access : `“${description}”`;
}

function listed({ buckets, components, expiresAt }: { buckets: object; components: readonly string[]; expiresAt?: string }): string {
  const parts = [
    ...Object.entries(buckets).map(([bucket, permission]) => `${permission} ${bucket}`),
    ...components.map((id) => `run ${id}`),
  ];
  const until = expiresAt ? ` until ${expiresAt}` : '';
  if (parts.length === 0) return ` to nothing${until}`;
  const shown = parts.slice(0, 5).join(', ');
  return ` to ${shown}${parts.length > 5 ? ` and ${parts.length - 5} more` : ''}${until}`;
}
