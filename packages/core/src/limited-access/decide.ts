import { z } from 'zod';
import type { Access, CommandsOf, Decisions, Nothing } from '../capability';
import { isOver } from '../expiry';
import { description, instant, refusePast, uuid } from '../fields';
import { bucketOf, type TablesSlice } from '../tables/state';
import { grants, type LimitedAccessEvent, type LimitedAccessEvents, secretHash } from './events';
import { accessOf, type LimitedAccess, type LimitedAccessSlice } from './state';

/** What may be asked about limited access. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
export const limitedAccessCommands = {
  /** Refuses: `INVALID_INPUT` (an end in the past), `BUCKET_NOT_FOUND`. */
  GrantAccess: z.strictObject({
    access: uuid,
    description: description.default(''),
    buckets: grants.buckets.default({}),
    components: grants.components.default([]),
    expiresAt: instant.optional(),
    hash: secretHash,
  }),
  /**
   * Replaces all permissions: `buckets` and `components` as a whole. The description and the end stay unless they are given; an end of null
   * takes it away. Refuses: `ACCESS_NOT_FOUND`, `INVALID_INPUT` (an end in the past), `BUCKET_NOT_FOUND`.
   */
  UpdateAccess: z.strictObject({
    access: uuid,
    description: description.optional(),
    buckets: grants.buckets,
    components: grants.components.default([]),
    expiresAt: instant.nullable().optional(),
  }),
  /** Refuses: `ACCESS_NOT_FOUND`. */
  RefreshAccess: z.strictObject({ access: uuid, hash: secretHash }),
  /** Refuses: `ACCESS_NOT_FOUND`. */
  RevokeAccess: z.strictObject({ access: uuid }),
  /** Ends what was to end by now. */
  ExpireAccess: z.strictObject({}),
};
export type LimitedAccessCommands = CommandsOf<typeof limitedAccessCommands>;

const administrators = { may: ['administrator', 'system'] } as const;

export const limitedAccessAccess = {
  GrantAccess: administrators,
  UpdateAccess: administrators,
  RefreshAccess: administrators,
  RevokeAccess: { ...administrators, whileDisabled: true },
  ExpireAccess: { may: ['system'], whileDisabled: true },
} as const satisfies Access<LimitedAccessCommands>;

export interface LimitedAccessQueries {
  accesses: Nothing;
}

export const limitedAccessQueryAccess = {
  accesses: { may: ['administrator', 'auditor', 'support', 'system'] },
} as const satisfies Access<LimitedAccessQueries>;

export const decideLimitedAccess = {
  GrantAccess(granted, state, { now }): readonly LimitedAccessEvent[] {
    refusePast('expiresAt', granted.expiresAt, now);
    const bucketUids = uidsOf(state, granted.buckets);
    return [{ type: 'AccessGranted', data: { ...granted, bucketUids, components: unique(granted.components) } }];
  },
  UpdateAccess({ access, ...update }, state, { now }): readonly LimitedAccessEvent[] {
    const before = accessOf(state, access);
    refusePast('expiresAt', update.expiresAt ?? undefined, now);
    const bucketUids = uidsOf(state, update.buckets);
    const expiresAt = update.expiresAt === undefined ? before.expiresAt : (update.expiresAt ?? undefined);
    const { description = before.description, buckets } = update;
    const after = { description, buckets, bucketUids, components: unique(update.components), ...(expiresAt && { expiresAt }) };
    return grantsTheSame(before, after) ? [] : [{ type: 'AccessUpdated', data: { access, ...after } }];
  },
  RefreshAccess({ access, hash }, state): readonly LimitedAccessEvent[] {
    return hash === accessOf(state, access).hash ? [] : [{ type: 'AccessRefreshed', data: { access, hash } }];
  },
  RevokeAccess({ access }, state): readonly LimitedAccessEvent[] {
    return [{ type: 'AccessRevoked', data: { access, description: accessOf(state, access).description } }];
  },
  ExpireAccess(_command, { accesses }, { now }): readonly LimitedAccessEvent[] {
    return Object.values(accesses)
      .filter((access) => isOver(access, now))
      .map(({ id: access, description, expiresAt }) => ({ type: 'AccessExpired', data: { access, description, expiresAt: expiresAt! } }));
  },
} satisfies Decisions<LimitedAccessCommands, LimitedAccessEvent, LimitedAccessSlice & TablesSlice>;

/** Refuses: `BUCKET_NOT_FOUND`. */
function uidsOf(state: TablesSlice, buckets: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(buckets).map((bucket) => [bucket, bucketOf(state, bucket).uid]));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function grantsTheSame(
  before: LimitedAccess,
  { buckets, bucketUids = {}, ...after }: Omit<LimitedAccessEvents['AccessUpdated'], 'access'>,
): boolean {
  const essence = (
    granted: readonly (readonly [string, string])[],
    rest: Pick<LimitedAccess, 'description' | 'components' | 'expiresAt'>,
  ) => JSON.stringify([granted.toSorted(), rest.description, rest.components.toSorted(), rest.expiresAt]);
  const held = Object.entries(before.buckets).map(([uid, { permission }]) => [uid, permission] as const);
  const asked = Object.entries(buckets).map(([id, permission]) => [bucketUids[id]!, permission] as const);
  return essence(held, before) === essence(asked, after);
}
