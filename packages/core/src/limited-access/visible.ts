import type { ProjectState } from '../decider';
import type { Actor } from '../event-store';
import { isSame } from '../jobs/state';
import { type LimitedAccess, mayRead } from './state';

type Grant = Pick<LimitedAccess, 'id' | 'buckets'>;
const nothing: Grant = { id: '', buckets: {} };
const narrowed = new WeakMap<ProjectState, Map<Grant, ProjectState>>();

/** The state, of now or of then, without whatever is not granted now: what a query answers from. */
export function visibleTo(state: ProjectState, actor: Actor, access: Grant = nothing): ProjectState {
  const known = narrowed.get(state) ?? new Map<Grant, ProjectState>();
  narrowed.set(state, known);
  const found = known.get(access) ?? narrow(state, actor, access);
  known.set(access, found);
  return found;
}

function narrow(state: ProjectState, actor: Actor, access: Grant): ProjectState {
  return {
    ...state,
    buckets: pick(state.buckets, ({ uid }) => mayRead(access, uid)),
    tables: pick(state.tables, ({ bucketUid }) => mayRead(access, bucketUid)),
    droppedTables: pick(state.droppedTables, ({ bucketUid }) => mayRead(access, bucketUid)),
    snapshots: pick(state.snapshots, ({ bucketUid }) => mayRead(access, bucketUid)),
    storageJobs: pick(state.storageJobs, (job) => isSame(job.actor, actor)),
    jobs: pick(state.jobs, (job) => isSame(job.actor, actor)),
    jobKeys: {},
    administrators: {},
    invitations: {},
    accesses: pick(state.accesses, ({ id }) => id === access.id),
    support: {},
    supportRequests: {},
  };
}

function pick<V>(record: Readonly<Record<string, V>>, keep: (value: V) => boolean): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => keep(value)));
}
