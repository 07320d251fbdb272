import type { Named } from '../capability';
import { isSame, type JobsSlice } from '../jobs/state';
import { own } from '../message';
import type { SnapshotsSlice } from '../snapshots/state';
import type { TablesSlice } from '../tables/state';
import { type LimitedAccess, mayRead, mayWrite } from './state';

type Slices = TablesSlice & SnapshotsSlice & JobsSlice;

/**
 * What limited access makes of its holder with respect to what is named: a reader of all of it, a writer of all but what is only read from; a runner of
 * jobs. Work in somebody else's job is nobody's.
 */
export function limitedRoles(state: Slices, access: LimitedAccess, named: Named): readonly ('reader' | 'writer' | 'runner')[] {
  if (!ownJobs(state, access, ids([...(named.jobs ?? []), named.within]))) return [];
  const runner = isRunner(access, named) ? (['runner'] as const) : [];
  const [target, source] = [bucketsOf(state, named), bucketsOf(state, named.from ?? {})];
  const all = [...target, ...source];
  if (!all.every((bucket) => mayRead(access, bucket))) return runner;
  if (target.length > 0 && target.every((bucket) => mayWrite(access, bucket))) return [...runner, 'reader', 'writer'];
  return all.length > 0 || named.narrowed ? [...runner, 'reader'] : runner;
}

function isRunner({ components }: LimitedAccess, named: Named): boolean {
  const asked = ids(named.components);
  return asked.length + ids(named.jobs).length > 0 && asked.every((component) => components.includes(component));
}

/** Whether every open job among these was created with this access, for a component that it may run still. */
function ownJobs({ jobs }: JobsSlice, access: LimitedAccess, named: readonly string[]): boolean {
  return named.every((id) => {
    const open = own(jobs, id);
    return !open || (isSame(open.actor, { kind: 'limited', id: access.id }) && access.components.includes(open.component));
  });
}

/** The buckets of what is named, by uid; '' stands for what is in none. */
function bucketsOf(state: Slices, { buckets, tables, uids, snapshots }: Named): string[] {
  return [
    ...ids(buckets).map((bucket) => uidOf(state, bucket)),
    ...ids(tables).map((table) => uidOfTable(state, table)),
    ...ids(uids).flatMap((uid) => bucketOfUid(state, uid)),
    ...ids(snapshots).map((id) => own(state.snapshots, id)?.bucketUid ?? ''),
  ];
}

/** Where a table is, dropped or not; none that never was is anywhere. */
function bucketOfUid({ tables, droppedTables }: TablesSlice, uid: string): string[] {
  const found = own(droppedTables, uid) ?? Object.values(tables).find((table) => table.uid === uid);
  return found ? [found.bucketUid] : [];
}

/** The identity of the bucket that bears a name now. */
function uidOf({ buckets }: TablesSlice, bucket: string): string {
  return own(buckets, bucket)?.uid ?? '';
}

/** Of the bucket that a table's id names. */
function uidOfTable(state: TablesSlice, table: string): string {
  return uidOf(state, table.slice(0, Math.max(table.lastIndexOf('.'), 0)));
}

function ids(named: Named['jobs'] = []): string[] {
  return named.filter((id) => id !== undefined);
}
