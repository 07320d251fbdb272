import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { own } from '../message';

export type Permission = 'read' | 'write';

/** What somebody who has the secret may do. */
export interface LimitedAccess {
  readonly id: string;
  readonly description: string;
  /** By bucket id; write includes read. */
  readonly buckets: Readonly<Record<string, Permission>>;
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

export function mayRead({ buckets }: Pick<LimitedAccess, 'buckets'>, bucket: string): boolean {
  return own(buckets, bucket) !== undefined;
}

export function mayWrite({ buckets }: Pick<LimitedAccess, 'buckets'>, bucket: string): boolean {
  return own(buckets, bucket) === 'write';
}

/** A bucket that is gone was granted to nobody: another one may come under its name. */
export function withdrawBucket({ accesses }: LimitedAccessSlice, bucket: string): void {
  for (const [id, access] of Object.entries(accesses)) {
    if (!mayRead(access, bucket)) continue;
    const { [bucket]: _gone, ...buckets } = access.buckets;
    accesses[id] = { ...access, buckets };
  }
}
