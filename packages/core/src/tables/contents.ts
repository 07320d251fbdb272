import type { ProjectState } from '../decider';
import { DaybookError } from '../errors';
import type { RecordedEvent } from '../event-store';
import type { Fold } from '../folds';
import { type Point, type ProjectScope, parsePoint } from '../projects/scope';
import { first } from '../reading';
import { snapshotOf } from '../snapshots/state';
import { refuseExpired } from './retention';
import type { Table, TableContent, TableNotes, TablesSlice } from './state';

/** Which state of a table: a version, the one current at a point in time, or a snapshot. None = the current one. */
export type TableTarget = { readonly version: number } | { readonly at: Point } | { readonly snapshot: string } | Record<never, never>;

/** A table's state, found. */
export interface TableState {
  readonly uid: string;
  readonly table: string;
  readonly version: number;
  readonly snapshot?: string;
  readonly content: TableContent & TableNotes & Pick<Table, 'generations'>;
  /** When this data was removed, if it was. Absent: it is current, or a snapshot keeps it. */
  readonly removedAt?: string;
  /** The position where it ended: of the next version, of the table's drop, or the one that comes next. */
  readonly end: number;
}

/**
 * Finds a state of a table by the log: an old version is what the log said just before the next one. Whoever may not see what a bucket held then is told
 * that there is none.
 * Refuses: `SNAPSHOT_NOT_FOUND`, `VERSION_NOT_FOUND`, `VERSION_EXPIRED`.
 */
export async function findState(scope: ProjectScope, table: Table, target: TableTarget): Promise<TableState> {
  const newest = await scope.newest();
  const found = await locate(scope, newest, table, target);
  refuseExpired(newest.state, { ...found, parts: found.content.parts }, scope.runtime.now());
  return found;
}

/** A snapshot's data, whatever became of its table. Refuses: `SNAPSHOT_NOT_FOUND`. */
export function snapshotState({ state, position }: Fold<ProjectState>, id: string): TableState {
  const { uid, table, version, content } = snapshotOf(state, id);
  return { uid, table, version, snapshot: id, content, end: position + 1 };
}

/** Another table's snapshot is none of this one's. */
function ownSnapshot(newest: Fold<ProjectState>, { uid }: Table, id: string): TableState {
  const found = snapshotState(newest, id);
  if (found.uid !== uid) throw new DaybookError('SNAPSHOT_NOT_FOUND', { snapshot: id });
  return found;
}

/** Which version was current at a point. Refuses: `INVALID_INPUT`, `POSITION_NOT_FOUND` (an instant ahead of now), `VERSION_NOT_FOUND`. */
async function versionAt(scope: ProjectScope, newest: Fold<ProjectState>, table: Table, asked: Point): Promise<number> {
  const point = parsePoint(asked);
  const position = await scope.positionOf(point, newest);
  if (position < 1 || position > newest.position) throw new DaybookError('VERSION_NOT_FOUND', { table: table.id, version: point });
  const past = await tableAt(scope, newest, table, position);
  if (!past) throw new DaybookError('VERSION_NOT_FOUND', { table: table.id, version: point });
  return past.version;
}

async function locate(scope: ProjectScope, newest: Fold<ProjectState>, table: Table, target: TableTarget): Promise<TableState> {
  if ('snapshot' in target) return ownSnapshot(scope.seen(newest, newest), table, target.snapshot);
  const version = 'at' in target ? await versionAt(scope, newest, table, target.at) : 'version' in target ? target.version : table.version;
  const { uid, id } = table;
  const current = tableByUid(scope.seen(newest, newest).state, uid);
  if (current?.version === version) {
    const removedAt = (current as { droppedAt?: string }).droppedAt;
    return { uid, table: id, version, content: current, end: newest.position + 1, ...(removedAt && { removedAt }) };
  }
  const next = (await versionEvent(scope, uid, version + 1)) ?? (current ? undefined : await lastDrop(scope, uid));
  const past = next && (await tableAt(scope, newest, table, next.position - 1));
  if (!past || past.version !== version) throw new DaybookError('VERSION_NOT_FOUND', { table: id, version });
  return { uid, table: id, version, content: past, removedAt: next.recordedAt, end: next.position };
}

/** A table at a position, if it was there and in a bucket that the actor may see now. */
async function tableAt(scope: ProjectScope, newest: Fold<ProjectState>, { uid }: Table, position: number): Promise<Table | undefined> {
  return tableByUid(scope.seen(await scope.log.at(position), newest).state, uid);
}

/** What made a version of a table, if it was made. */
export async function versionEvent(scope: ProjectScope, uid: string, version: number): Promise<RecordedEvent | undefined> {
  return first(scope.runtime.storage.events.read(scope.log.id, { tags: [`version:${uid}/${version}`], limit: 1 }));
}

async function lastDrop(scope: ProjectScope, uid: string) {
  return first(
    scope.runtime.storage.events.read(scope.log.id, { tags: [`table:${uid}`], types: ['TableDropped'], backward: true, limit: 1 }),
  );
}

/** A table by its uid, dropped or not. */
export function tableByUid({ tables, droppedTables }: TablesSlice, uid: string): Table | undefined {
  return Object.values(tables).find((table) => table.uid === uid) ?? (Object.hasOwn(droppedTables, uid) ? droppedTables[uid] : undefined);
}
