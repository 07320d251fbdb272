import { isSame, type JobsSlice } from '../jobs/state';
import { own } from '../message';
import type { SnapshotsSlice } from '../snapshots/state';
import type { TablesSlice } from '../tables/state';
import { type LimitedAccess, mayRead, mayWrite } from './state';

/** What a command or query names, as far as it decides whether limited access will do. */
export interface Named {
  readonly bucket?: string;
  readonly table?: string;
  readonly uid?: string;
  readonly snapshot?: string;
  readonly component?: string;
  readonly job?: string;
  readonly parent?: string;
  readonly storageJob?: { readonly job?: string };
  readonly invitation?: string;
  readonly contact?: string;
  readonly from?: { readonly table?: string };
}

/**
 * What limited access makes of its holder with respect to what is named: a reader of all of it, a writer too; or, where jobs are named, somebody who may run
 * them.
 */
export function limitedRoles(
  state: TablesSlice & SnapshotsSlice & JobsSlice,
  access: LimitedAccess,
  data: unknown,
): ('reader' | 'writer' | 'runner')[] {
  const named = (data ?? {}) as Named;
  if (!inOwnJobs(state, access, named)) return [];
  const runner = named.component === undefined || access.components.includes(named.component) ? (['runner'] as const) : [];
  const buckets = bucketsOf(state, named);
  const source = named.from?.table === undefined ? [] : [bucketOfTable(named.from.table)];
  if (![...source, ...buckets].every((bucket) => mayRead(access, bucket))) return [...runner];
  return buckets.length > 0 && buckets.every((bucket) => mayWrite(access, bucket))
    ? [...runner, 'reader', 'writer']
    : [...runner, 'reader'];
}

/** Whether every open job that is named was created with this access, for a component that it may run still. */
function inOwnJobs({ jobs }: JobsSlice, access: LimitedAccess, { job, parent, storageJob }: Named): boolean {
  return [job, parent, storageJob?.job].every((id) => {
    const open = id === undefined ? undefined : own(jobs, id);
    return !open || (isSame(open.actor, { kind: 'limited', id: access.id }) && access.components.includes(open.component));
  });
}

/** '' stands for what is in no bucket. */
function bucketsOf(state: TablesSlice & SnapshotsSlice, { bucket, table, uid, snapshot }: Named): string[] {
  const buckets = bucket === undefined ? [] : [bucket];
  if (table !== undefined) buckets.push(bucketOfTable(table));
  if (table !== undefined && uid !== undefined) buckets.push(...bucketOfUid(state, table, uid));
  if (table === undefined && snapshot !== undefined) buckets.push(bucketOfTable(own(state.snapshots, snapshot)?.table ?? ''));
  return buckets;
}

/** Of work that began on a table: where that table is, if it is. */
function bucketOfUid({ tables, droppedTables }: TablesSlice, id: string, uid: string): string[] {
  if (own(tables, id)?.uid === uid) return [];
  const found = own(droppedTables, uid) ?? Object.values(tables).find((table) => table.uid === uid);
  return found ? [found.bucket] : [];
}

function bucketOfTable(id: string): string {
  return id.slice(0, Math.max(id.lastIndexOf('.'), 0));
}
