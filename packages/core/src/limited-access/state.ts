import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { own } from '../message';

export type Permission = 'read' | 'write';

/** A bucket that somebody has access to, and its name. */
export interface GrantedBucket {
  readonly id: string;
  readonly permission: Permission;
}

/** What somebody who has the secret may do. */
export interface LimitedAccess {
  readonly id: string;
  readonly description: string;
  /** By the bucket's uid: another bucket of the same name was not granted. Write includes read. */
  readonly buckets: Readonly<Record<string, GrantedBucket>>;
  /** Whose jobs they may run. */
  readonly components: readonly string[];
  readonly expiresAt?: string;
  /** SHA-256 of the secret, in hex. */
  readonly hash: string;
  readonly createdAt: string;
  readonly createdBy: Actor;
  /** When the secret was made. */
  readonly refreshedAt: string;
}

export interface LimitedAccessSlice {
  accesses: Record<string, LimitedAccess>;
}

export const noLimitedAccess: LimitedAccessSlice = { accesses: {} };

/** Refuses: `ACCESS_NOT_FOUND`. */
export function accessOf({ accesses }: LimitedAccessSlice, id: string): LimitedAccess {
  const found = own(accesses, id);
  if (!found) throw new DaybookError('ACCESS_NOT_FOUND', { access: id });
  return found;
}

/** What an actor of kind `limited` has now: undefined when it was revoked or is over. */
export function validAccess({ accesses }: LimitedAccessSlice, id: string, now: string): LimitedAccess | undefined {
  const found = own(accesses, id);
  return found && !isOver(found, now) ? found : undefined;
}

/** Whether they may read what is in a bucket, by the bucket's uid. */
export function mayRead({ buckets }: Pick<LimitedAccess, 'buckets'>, bucketUid: string): boolean {
  return own(buckets, bucketUid) !== undefined;
}

/** Whether they may write into a bucket, by the bucket's uid. */
export function mayWrite({ buckets }: Pick<LimitedAccess, 'buckets'>, bucketUid: string): boolean {
  return own(buckets, bucketUid)?.permission === 'write';
}

/** A bucket that is gone is granted to nobody. */
export function withdrawBucket({ accesses }: LimitedAccessSlice, bucketUid: string): void {
  for (const [id, access] of Object.entries(accesses)) {
    if (!mayRead(access, bucketUid)) continue;
    const { [bucketUid]: _gone, ...buckets } = access.buckets;
    accesses[id] = { ...access, buckets };
  }
}
