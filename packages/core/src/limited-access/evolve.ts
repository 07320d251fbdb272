import type { Transitions } from '../capability';
import { own } from '../message';
import type { TablesSlice } from '../tables/state';
import type { LimitedAccessEvents } from './events';
import type { GrantedBucket, LimitedAccess, LimitedAccessSlice, Permission } from './state';

export const evolveLimitedAccess = {
  AccessGranted(draft, { access: id, buckets, bucketUids, ...granted }, { actor, recordedAt }) {
    draft.accesses[id] = {
      id,
      ...granted,
      buckets: granting(draft, buckets, bucketUids),
      createdAt: recordedAt,
      createdBy: actor,
      refreshedAt: recordedAt,
    };
  },
  AccessUpdated(draft, { access, expiresAt, buckets, bucketUids, ...given }) {
    const permissions = { ...given, buckets: granting(draft, buckets, bucketUids) };
    change(draft, access, ({ expiresAt: _before, ...kept }) => ({ ...kept, ...permissions, ...(expiresAt && { expiresAt }) }));
  },
  AccessRefreshed(draft, { access, hash }, { recordedAt }) {
    change(draft, access, (kept) => ({ ...kept, hash, refreshedAt: recordedAt }));
  },
  AccessRevoked({ accesses }, { access }) {
    delete accesses[access];
  },
  AccessExpired({ accesses }, { access }) {
    delete accesses[access];
  },
} satisfies Transitions<LimitedAccessEvents, LimitedAccessSlice & TablesSlice>;

/** What is granted, by uid. An older event names buckets by their ids alone: it means those that bore them then. */
function granting(
  { buckets }: TablesSlice,
  permissions: Readonly<Record<string, Permission>>,
  uids: Readonly<Record<string, string>> = {},
): Record<string, GrantedBucket> {
  const granted: Record<string, GrantedBucket> = {};
  for (const [id, permission] of Object.entries(permissions)) {
    const uid = own(uids, id) ?? own(buckets, id)?.uid;
    if (uid !== undefined) granted[uid] = { id, permission };
  }
  return granted;
}

function change({ accesses }: LimitedAccessSlice, id: string, to: (access: LimitedAccess) => LimitedAccess): void {
  const access = accesses[id];
  if (access) accesses[id] = to(access);
}
