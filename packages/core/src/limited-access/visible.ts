import type { ProjectState } from '../decider';
import type { Actor } from '../event-store';
import { isSame } from '../jobs/state';
import { splitTableId } from '../tables/names';
import { type LimitedAccess, mayRead } from './state';

const narrowed = new WeakMap<ProjectState, Map<LimitedAccess, ProjectState>>();

/** The state without whatever was not granted: what a query answers from. */
export function visibleTo(state: ProjectState, actor: Actor, access: LimitedAccess): ProjectState {
  const known = narrowed.get(state) ?? new Map<LimitedAccess, ProjectState>();
  narrowed.set(state, known);
  const found = known.get(access) ?? narrow(state, actor, access);
  known.set(access, found);
  return found;
}

function narrow(state: ProjectState, actor: Actor, access: LimitedAccess): ProjectState {
  return {
    ...state,
    buckets: pick(state.buckets, ({ id }) => mayRead(access, id)),
    tables: pick(state.tables, ({ bucket }) => mayRead(access, bucket)),
    droppedTables: pick(state.droppedTables, ({ bucket }) => mayRead(access, bucket)),
    snapshots: pick(state.snapshots, ({ table }) => mayRead(access, splitTableId(table).bucket)),
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
