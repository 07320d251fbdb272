import { z } from 'zod';
import type { Actor, RecordedEvent } from '../event-store';
import { parse } from '../fields';
import { type Json, own } from '../message';
import type { Metadata } from '../metadata';
import type { ProjectScope } from '../projects/scope';
import { eventAt } from '../reading';
import type { FinishedStorageJob, Operation } from '../storage-jobs/events';
import { asReading } from '../storage-jobs/work';
import type { Column, Row, RowChange, RowCounts, RowQuery } from '../table-store';
import { checkFilters } from './changes';
import { findColumn } from './columns';
import { findState, type TableState, type TableTarget, versionEvent } from './contents';
import { versionEvents } from './events';
import { rowQuery, tableTarget } from './options';
import { type isExpired, keptUntil } from './retention';
import { type Bucket, bucketOf, bytesOf, type Table, tableData, tableOf, tablesIn } from './state';
import type { ColumnType } from './values';

export interface ColumnDescription {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The header that it was made of, where that is not its name. Either finds it. */
  readonly readFrom?: string;
  readonly description: string;
  readonly metadata: Metadata;
}

export interface TableDescription {
  readonly id: string;
  readonly bucket: string;
  readonly name: string;
  readonly description: string;
  readonly metadata: Metadata;
  readonly columns: readonly ColumnDescription[];
  /** Column names. */
  readonly primaryKey: readonly string[];
  readonly rowCount: number;
  /** Of its parts, as stored. */
  readonly bytes: number;
  readonly parts: number;
  readonly version: number;
  readonly createdAt: string;
  /** When its version was made. */
  readonly changedAt: string;
}

export interface BucketDescription extends Bucket {
  readonly tables: number;
  readonly rowCount: number;
  readonly bytes: number;
}

/** One version of a table. To limited access: without position, actor and job, where it was made by somebody else. */
export interface Version {
  readonly version: number;
  readonly position?: number;
  readonly at: string;
  readonly actor?: Actor;
  /** The embedding app's job. */
  readonly job?: string;
  readonly change: {
    readonly operation: Operation;
    readonly rows: RowCounts;
    readonly addedColumns: readonly string[];
    readonly droppedColumns: readonly string[];
    /** After the change. Undefined where only columns or key changed. */
    readonly rowCount?: number;
  };
  /** Until when it can be restored; null = as long as it is current or a snapshot keeps it. A time that has passed: its data is gone. */
  readonly restorableUntil: string | null;
}

/** Columns that differ come first, then rows. */
export type TableChange =
  | { readonly kind: 'columnAdded'; readonly column: string }
  | { readonly kind: 'columnDropped'; readonly column: string }
  | RowChange;

export type RowsOptions = RowQuery & { readonly of?: TableTarget };

export function describeTable(table: Table): TableDescription {
  const { id, bucket, description, metadata, columns, primaryKey, rowCount, parts, version, createdAt, versionAt } = table;
  return {
    ...{ id, bucket, name: id.slice(bucket.length + 1), description, metadata },
    columns: columns.map(({ id: column, ...about }) => ({
      ...about,
      ...(own(table.columnNotes, column) ?? { description: '', metadata: {} }),
    })),
    primaryKey: primaryKey.map((key) => columns.find(({ id }) => id === key)!.name),
    ...{ rowCount, bytes: bytesOf(parts), parts: parts.length, version, createdAt, changedAt: versionAt },
  };
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `BUCKET_NOT_FOUND`. */
export async function tables(scope: ProjectScope, { bucket }: { readonly bucket?: string } = {}): Promise<TableDescription[]> {
  const { state } = await scope.query('tables', { bucket });
  const found = bucket === undefined ? Object.values(state.tables) : tablesIn(state, bucketOf(state, bucket).id);
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(describeTable);
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function buckets(scope: ProjectScope): Promise<BucketDescription[]> {
  const { state } = await scope.query('buckets');
  return Object.values(state.buckets)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((bucket) => {
      const inside = tablesIn(state, bucket.id);
      const rowCount = inside.reduce((sum, table) => sum + table.rowCount, 0);
      return { ...bucket, tables: inside.length, rowCount, bytes: bytesOf(inside.flatMap(({ parts }) => parts)) };
    });
}

const page = z.strictObject({ limit: z.int().min(1).max(1_000).default(100), next: z.string().regex(/^\d+$/).optional() });

/** Versions, the newest first. `next` goes on. Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `TABLE_NOT_FOUND`. */
export async function versions(
  scope: ProjectScope,
  id: string,
  options: z.input<typeof page> = {},
): Promise<{ items: Version[]; next?: string }> {
  const { limit, next } = parse('versions', page, options);
  const { state, position } = await scope.query('tables', { table: id });
  const table = tableOf(state, id);
  const { uid } = table;
  const since = scope.onlyOwn ? table.inBucketSince : 0;
  const newest = (await scope.newest()).state;
  const { events } = scope.runtime.storage;
  const kept = new Set(Object.values(newest.snapshots).flatMap((snapshot) => (snapshot.uid === uid ? [snapshot.version] : [])));
  // The version after the first of this page, whose time says when this one's data was removed.
  let follower = await versionEvent(scope, uid, next === undefined ? table.version + 1 : Number(next));
  const items: Version[] = [];
  if (next !== undefined && !follower) return { items };
  const upTo = next === undefined || !follower ? position : follower.position - 1;
  for await (const found of events.read(scope.log.id, {
    tags: [`table:${uid}`],
    types: versionEvents,
    upTo,
    backward: true,
    limit: limit + 1,
  })) {
    for (const event of found) {
      if (follower && follower.position <= since) return { items };
      if (items.length === limit) return { items, next: String(items.at(-1)!.version) };
      const version = versionOf(scope, event.position < since ? await arrivalOf(scope, table) : event);
      const removedAt = follower?.recordedAt;
      const restorableUntil = removedAt && !kept.has(version.version) ? keptUntil(removedAt, newest.project.retentionDays) : null;
      items.push({ ...version, restorableUntil: expiredBefore(restorableUntil, removedAt, newest) });
      follower = event;
    }
  }
  return { items };
}

/** A vacuum under a shorter retention has taken what a longer one would keep now. */
function expiredBefore(until: string | null, removedAt: string | undefined, state: Parameters<typeof isExpired>[1]): string | null {
  return until !== null && removedAt! < state.vacuumedTo && until > state.vacuumedTo ? state.vacuumedTo : until;
}

/** How a table came into its bucket, told as if it began with that: what it was in another bucket is not for those who may read this one alone. */
async function arrivalOf(scope: ProjectScope, { inBucketSince }: Table): Promise<RecordedEvent> {
  const restored = await eventAt(scope.runtime.storage.events, scope.log.id, inBucketSince);
  const { state } = await scope.log.at(inBucketSince);
  const { version, columns, rowCount } = state.tables[String(restored!.data.table)]!;
  return { ...restored!, data: { ...restored!.data, version, columns: columns as never, rowCount } };
}

const noRows: RowCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

function versionOf(scope: ProjectScope, { position, recordedAt: at, actor, data, type }: RecordedEvent): Omit<Version, 'restorableUntil'> {
  const event = data as unknown as {
    version?: number;
    storageJob: FinishedStorageJob;
    rows?: RowCounts;
    rowCount?: number;
    addedColumns?: Column[];
    column?: Column;
    columns?: Column[];
  };
  const { operation, job } = event.storageJob;
  const created = type === 'TableCreated' || type === 'TableCopied' || type === 'TableRestored';
  const added = created ? event.columns! : (event.addedColumns ?? (type === 'ColumnAdded' ? [event.column!] : []));
  return {
    ...{ version: event.version ?? 1, at },
    ...(scope.shows(actor) && { position, actor, ...(job && { job }) }),
    change: {
      operation,
      rows: event.rows ?? { ...noRows, inserted: created ? event.rowCount! : 0 },
      addedColumns: added.map(({ name }) => name),
      droppedColumns: type === 'ColumnDropped' ? [event.column!.name] : [],
      ...(event.rowCount !== undefined && { rowCount: event.rowCount }),
    },
  };
}

const rowsSchema = z.strictObject({ ...rowQuery, of: tableTarget.optional() });

/**
 * Finds what to read: the scope's state of the table, or the one asked for. Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`,
 * `TABLE_NOT_FOUND`, what `findState` refuses, `COLUMN_NOT_FOUND`.
 */
export async function readable(
  scope: ProjectScope,
  id: string,
  options: RowsOptions,
): Promise<{ found: TableState; data: ReturnType<typeof tableData>; query: RowQuery }> {
  const { of, ...query } = parse('rows', rowsSchema, options);
  const { state } = await scope.query('tableRows', { table: id });
  const table = tableOf(state, id);
  const found = await findState(scope, table, of ?? { version: table.version });
  return { found, data: tableData(scope.id, found.content), query: checkQuery(query, found.content.columns) };
}

function checkQuery({ columns, where, orderBy, limit }: RowQuery, all: readonly Column[]): RowQuery {
  const nameOf = (name: string) => findColumn(all, name).name;
  return {
    ...(columns && { columns: columns.map(nameOf) }),
    ...(where && { where: checkFilters(where, { columns: [...all] }) }),
    ...(orderBy && { orderBy: orderBy.map(({ column, direction }) => ({ column: nameOf(column), direction })) }),
    ...(limit !== undefined && { limit }),
  };
}

/** Rows in batches. Refuses, at the first batch, what `readable` refuses. */
export async function* rows(scope: ProjectScope, id: string, options: RowsOptions = {}): AsyncGenerator<readonly Row[]> {
  const { found, data, query } = await readable(scope, id, options);
  const parameters = { version: found.version, ...withoutValues(query) };
  const reading = {
    ...{ table: id, uid: found.uid, parameters },
    rowsIn: (batch: readonly Row[]) => batch.length,
    end: (storageJob: FinishedStorageJob) => scope.execute('ReadTable', { uid: found.uid, table: id, version: found.version, storageJob }),
  };
  const batches = scope.whilePermitted(scope.runtime.storage.tables.read(data, query), 'tableRows', { table: id });
  yield* asReading(scope, reading, batches);
}

/** A query as it is kept for ever: without values, which are cells of the table. */
function withoutValues({ where, ...query }: RowQuery): { [key: string]: Json } {
  const conditions = where?.map(({ column, op }) => ({ column, op }));
  return JSON.parse(JSON.stringify({ ...query, where: conditions }));
}

const previewLimit = z.int().min(1).max(1_000).default(100);

/** The first rows: 100 unless another limit (at most 1,000) is given. */
export async function preview(scope: ProjectScope, id: string, options: RowsOptions = {}): Promise<Row[]> {
  const limit = parse('preview limit', previewLimit, options.limit);
  const found: Row[] = [];
  for await (const batch of rows(scope, id, { ...options, limit })) found.push(...batch);
  return found;
}

const diffSchema = z.strictObject({ from: tableTarget, to: tableTarget.optional() });
export type DiffOptions = { readonly from: TableTarget; readonly to?: TableTarget };

/** What leads from one state of a table to another (default: the current one). Refuses, at the first change, as `readable`. */
export async function* diff(scope: ProjectScope, id: string, options: DiffOptions): AsyncGenerator<TableChange> {
  const { from, to } = parse('diff', diffSchema, options);
  const { state } = await scope.query('tableRows', { table: id });
  const table = tableOf(state, id);
  const [a, b] = [await findState(scope, table, from), await findState(scope, table, to ?? { version: table.version })];
  const versions = { version: b.version, from: a.version };
  const reading = {
    ...{ table: id, uid: table.uid, parameters: versions },
    rowsIn: ({ kind }: TableChange) => (kind === 'columnAdded' || kind === 'columnDropped' ? 0 : 1),
    end: (storageJob: FinishedStorageJob) => scope.execute('ReadTable', { uid: table.uid, table: id, ...versions, storageJob }),
  };
  yield* asReading(scope, reading, changesBetween(scope, a, b, id));
}

async function* changesBetween(scope: ProjectScope, a: TableState, b: TableState, table: string): AsyncGenerator<TableChange> {
  yield* columnChanges(a, b);
  const touched = await touchedBetween(scope, a, b);
  const batches = scope.runtime.storage.tables.diff(tableData(scope.id, a.content), tableData(scope.id, b.content), touched);
  for await (const changes of scope.whilePermitted(batches, 'tableRows', { table })) yield* changes;
}

function* columnChanges(from: TableState, to: TableState): Generator<TableChange> {
  const lacks = (state: TableState, id: string) => !state.content.columns.some((column) => column.id === id);
  for (const { id, name } of from.content.columns) if (lacks(to, id)) yield { kind: 'columnDropped', column: name };
  for (const { id, name } of to.content.columns) if (lacks(from, id)) yield { kind: 'columnAdded', column: name };
}

/**
 * The parts that changes between two versions of one table added: their keys are all that can differ. Undefined when some change in between
 * exchanged more than keys can tell.
 */
async function touchedBetween(scope: ProjectScope, a: TableState, b: TableState): Promise<TableState['content']['parts'] | undefined> {
  if (a.uid !== b.uid || a.snapshot || b.snapshot || a.content.primaryKey.length === 0) return undefined;
  const [after, upTo] = [Math.min(a.end, b.end), Math.max(a.end, b.end)].map((end) => end - 1) as [number, number];
  const touched: TableState['content']['parts'] = [];
  for await (const events of scope.runtime.storage.events.read(scope.log.id, {
    tags: [`table:${a.uid}`],
    types: versionEvents,
    after,
    upTo,
  })) {
    for (const { type, data } of events) {
      const { splices = [], mode } = data as unknown as { splices?: { removed: string[]; added: typeof touched }[]; mode?: string };
      const byKey =
        (type === 'TableLoaded' && mode === 'incremental') ||
        (type === 'TableRowsDeleted' && splices.every(({ removed }) => removed.length === 0));
      if (!byKey && type !== 'ColumnAdded' && type !== 'ColumnDropped') return undefined;
      touched.push(...splices.flatMap(({ added }) => added));
    }
  }
  return touched.every(({ kind }) => kind !== 'rows') ? touched : undefined;
}
