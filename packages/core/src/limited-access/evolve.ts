import type { Transitions } from '../capability';
import type { LimitedAccessEvents } from './events';
import type { LimitedAccess, LimitedAccessSlice } from './state';

export const evolveLimitedAccess = {
  AccessGranted({ accesses }, { access: id, ...granted }, { actor, recordedAt }) {
    accesses[id] = { id, ...granted, createdAt: recordedAt, createdBy: actor, refreshedAt: recordedAt };
  },
  AccessUpdated(draft, { access, expiresAt, ...permissions }) {
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
} satisfies Transitions<LimitedAccessEvents, LimitedAccessSlice>;

function change({ accesses }: LimitedAccessSlice, id: string, to: (access: LimitedAccess) => LimitedAccess): void {
  const access = accesses[id];
  if (access) accesses[id] = to(access);
}
