import { z } from 'zod';
import { type Access, type CommandsOf, type Decisions, type Nothing, narrowed } from '../capability';
import { DaybookError } from '../errors';
import { column, columnIds, count, description, instant, key, metadata, normalized, parts, rowCounts, splices, uuid } from '../fields';
import { own } from '../message';
import { metadataChanges } from '../metadata';
import type { ProjectSlice } from '../projects/state';
import { type SnapshotsSlice, snapshotOf } from '../snapshots/state';
import { type FinishedStorageJob, storageJob } from '../storage-jobs/events';
import type { Part, Splice } from '../table-store';
import { findColumn, keyOf, maxColumns, newColumn } from './columns';
import { type TableEvent, tableEvents } from './events';
import { bucketId, stages, tableId } from './names';
import { ifVersion } from './options';
import { refuseExpired } from './retention';
import { bucketOf, bucketOfTable, refuseChanged, refuseTaken, sameTable, type Table, type TablesSlice, tableOf, tablesIn } from './state';
import { columnTypes } from './values';

const table = z.string().max(500);
const named = { table, storageJob };
/** `ifVersion`: only where the table is in this version. */
const altering = { ...named, ifVersion: ifVersion.optional() };
const known = { uid: uuid, table };
const columnDefinition = z.strictObject({
  name: z.string().max(1_000),
  type: z.enum(columnTypes).optional(),
  nullable: z.boolean().optional(),
});

/**
 * What may be asked of buckets and tables. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`.
 * Commands with a `uid` finish work on data that began on that table; `TABLE_CHANGED` means that the work must be done again.
 */
export const tableCommands = {
  /** Refuses: `INVALID_BUCKET_NAME`, `BUCKET_EXISTS`. */
  CreateBucket: z.strictObject({
    uid: uuid,
    stage: z.enum(stages),
    name: z.string().max(500),
    description: description.default(''),
    storageJob,
  }),
  /** Refuses: `BUCKET_NOT_FOUND`, `BUCKET_NOT_EMPTY`. */
  DropBucket: z.strictObject({ bucket: z.string().max(500), force: z.boolean().default(false), storageJob }),
  /** Refuses: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`, `TABLE_EXISTS`. */
  CreateTable: z.strictObject({
    ...known,
    columns: z.array(column).min(1).max(maxColumns),
    primaryKey: columnIds,
    description: description.default(''),
    parts,
    rowCount: count,
    storageJob,
  }),
  /** `columns` = the ids of all columns that the load wrote, or filled up. Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  LoadTable: z.strictObject({
    ...known,
    ifVersion: ifVersion.optional(),
    mode: z.enum(['full', 'incremental']),
    baseVersion: count,
    primaryKey: columnIds,
    columns: columnIds,
    addedColumns: z.array(column),
    normalized: normalized.optional(),
    added: parts,
    rows: rowCounts,
    storageJob,
  }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  DeleteRows: z.strictObject({
    ...known,
    baseVersion: count,
    baseParts: count,
    splices,
    rows: rowCounts,
    storageJob,
  }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  TruncateTable: z.strictObject(altering),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `INVALID_COLUMN_NAME`, `COLUMN_EXISTS`, `INVALID_INPUT` (not nullable, yet there are rows). */
  AddColumn: z.strictObject({ ...altering, column: columnDefinition }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `COLUMN_NOT_FOUND`, `PRIMARY_KEY_COLUMN`, `LAST_COLUMN`. */
  DropColumn: z.strictObject({ ...altering, column: z.string() }),
  /** The caller has looked for equal keys in `baseVersion`. Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `INVALID_PRIMARY_KEY`. */
  SetPrimaryKey: z.strictObject({ ...known, baseVersion: count, columns: z.array(z.string()).min(1).max(maxColumns), storageJob }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  DropPrimaryKey: z.strictObject(altering),
  /** `to` is a name within the bucket. Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `INVALID_TABLE_NAME`, `TABLE_EXISTS`. */
  RenameTable: z.strictObject({ ...altering, to: z.string().max(500) }),
  /** Refuses: `TABLE_NOT_FOUND`. */
  DescribeTable: z.strictObject({ table, description }),
  /** Refuses: `TABLE_NOT_FOUND`, `COLUMN_NOT_FOUND`. */
  DescribeColumn: z.strictObject({ table, column: z.string(), description }),
  /** Refuses: `TABLE_NOT_FOUND`, `COLUMN_NOT_FOUND`. */
  SetTableMetadata: z.strictObject({ table, column: z.string().optional(), provider: key, values: metadata }),
  /** Refuses: `BUCKET_NOT_FOUND`. */
  SetBucketMetadata: z.strictObject({ bucket: z.string(), provider: key, values: metadata }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  DropTable: z.strictObject(altering),
  /**
   * The table that was dropped under this id last, or the one with this `uid`. It comes into the bucket that bears the name now, or into `newBucket` where
   * there is none. Limited access restores only into the bucket that the table was dropped in. Refuses: `TABLE_NOT_FOUND`, `TABLE_EXISTS`, `VERSION_EXPIRED`.
   */
  RestoreTable: z.strictObject({
    ...named,
    uid: uuid.optional(),
    newBucket: z.strictObject({ uid: uuid, description: description.default('') }),
  }),
  /** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`. */
  CompactTable: z.strictObject({ ...known, splices, storageJob }),
  /** Records what was handed out. */
  ExportTable: z.strictObject({ ...known, version: count, storageJob }),
  /** Records what was read, row by row. */
  ReadTable: z.strictObject({ ...known, version: count, from: count.optional(), storageJob }),
  /** `removedAt`: when the data that is to come back was removed, if it was. Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `SNAPSHOT_NOT_FOUND`, `VERSION_EXPIRED`. */
  RevertTable: z.strictObject({
    ...known,
    ifVersion: ifVersion.optional(),
    of: count,
    snapshot: uuid.optional(),
    removedAt: instant.optional(),
    columns: z.array(column),
    primaryKey: columnIds,
    parts,
    rowCount: count,
    storageJob,
  }),
  /** Refuses: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`, `TABLE_EXISTS`, `SNAPSHOT_NOT_FOUND`, `VERSION_EXPIRED`. */
  CopyTable: z.strictObject({
    ...tableEvents.TableCopied.schema.omit({ bucketUid: true }).shape,
    table,
    removedAt: instant.optional(),
  }),
  VacuumData: z.strictObject({ horizon: instant, parts: count, bytes: count, storageJob }),
};
export type TableCommands = CommandsOf<typeof tableCommands>;

const insiders = { may: ['administrator', 'support', 'system'] } as const;
const writers = ['administrator', 'support', 'writer', 'system'] as const;
const readers = ['administrator', 'auditor', 'support', 'reader', 'system'] as const;

/** Of a command on one table, which is done in a job if one is named. */
const onTable = {
  may: writers,
  names: ({ table, storageJob }: z.infer<z.ZodObject<typeof named>>) => ({ tables: [table], within: storageJob.job }),
} as const;
/** Of a command that finishes work on one table: that table has to be where its id says. */
const onKnown = {
  may: writers,
  names: ({ table, uid, storageJob }: { readonly table: string; readonly uid: string; readonly storageJob: FinishedStorageJob }) => ({
    tables: [table],
    uids: [uid],
    within: storageJob.job,
  }),
} as const;
/** Of a command on what is said of one table. */
const aboutTable = { may: writers, names: ({ table }: { readonly table: string }) => ({ tables: [table] }) } as const;

export const tableAccess = {
  CreateBucket: insiders,
  DropBucket: insiders,
  /** Its uid is new. */
  CreateTable: onTable,
  LoadTable: onKnown,
  DeleteRows: onKnown,
  TruncateTable: onTable,
  AddColumn: onTable,
  DropColumn: onTable,
  SetPrimaryKey: onKnown,
  DropPrimaryKey: onTable,
  /** It stays in its bucket. */
  RenameTable: onTable,
  DescribeTable: aboutTable,
  DescribeColumn: aboutTable,
  SetTableMetadata: aboutTable,
  SetBucketMetadata: { may: writers, names: ({ bucket }) => ({ buckets: [bucket] }) },
  DropTable: onTable,
  RestoreTable: { may: writers, names: ({ table, uid, storageJob }) => ({ tables: [table], uids: [uid], within: storageJob.job }) },
  CompactTable: { may: ['system'] },
  ExportTable: { ...onKnown, may: readers, whileDisabled: ['auditor'] },
  ReadTable: { ...onKnown, may: readers, whileDisabled: true },
  RevertTable: { may: writers, names: (revert) => ({ ...onKnown.names(revert), from: { snapshots: [revert.snapshot] } }) },
  /** The copy's uid is new. */
  CopyTable: {
    may: writers,
    names: ({ table, from, storageJob }) => ({
      tables: [table],
      from: { tables: [from.table], uids: [from.uid], snapshots: [from.snapshot] },
      within: storageJob.job,
    }),
  },
  VacuumData: { may: ['administrator', 'system'] },
} as const satisfies Access<TableCommands>;

export interface TableQueries {
  buckets: Nothing;
  tables: { readonly bucket?: string | undefined; readonly table?: string | undefined };
  tableRows: { readonly table?: string; readonly snapshot?: string };
  dryRun: { readonly tables?: readonly string[] };
  expiredData: Nothing;
}

export const tableQueryAccess = {
  buckets: { may: readers, names: narrowed },
  /** One, those of a bucket, or all. */
  tables: { may: readers, names: ({ bucket, table }) => ({ buckets: [bucket], tables: [table], narrowed: true }) },
  /** Rows, in whatever form. */
  tableRows: { may: readers, names: ({ table, snapshot }) => ({ tables: [table], snapshots: [snapshot] }) },
  /** What a change of these tables would do, or of all of them. */
  dryRun: { may: ['administrator', 'support', 'reader', 'system'], names: ({ tables }) => (tables ? { tables } : { narrowed: true }) },
  expiredData: { may: ['administrator', 'support', 'system'] },
} as const satisfies Access<TableQueries>;

export const decideTables = {
  CreateBucket({ uid, stage, name, description, storageJob }, { buckets }): readonly TableEvent[] {
    const bucket = bucketId(stage, name);
    if (own(buckets, bucket)) throw new DaybookError('BUCKET_EXISTS', { bucket });
    return [{ type: 'BucketCreated', data: { bucket, uid, description, storageJob } }];
  },
  DropBucket({ bucket, force, storageJob }, state): readonly TableEvent[] {
    const { uid: bucketUid } = bucketOf(state, bucket);
    const tables = tablesIn(state, bucket);
    if (tables.length > 0 && !force) throw new DaybookError('BUCKET_NOT_EMPTY', { bucket, tables: tables.map(({ id }) => id) });
    const dropped = tables.map(({ uid, id }): TableEvent => {
      const part = { ...storageJob, id: `${storageJob.id}-${uid}`.slice(0, 64), operation: 'tableDrop' as const, table: id };
      return { type: 'TableDropped', data: { uid, table: id, storageJob: part } };
    });
    return [...dropped, { type: 'BucketDropped', data: { bucket, uid: bucketUid, storageJob } }];
  },
  CreateTable(table, state): readonly TableEvent[] {
    refuseTaken(state, table.table);
    return [{ type: 'TableCreated', data: { ...table, bucketUid: bucketOfTable(state, table.table).uid } }];
  },
  LoadTable({ ifVersion, baseVersion, primaryKey, columns, added, rows, ...load }, state): readonly TableEvent[] {
    const table = sameTable(state, load);
    refuseChanged(table, ifVersion);
    const addedColumns = load.addedColumns.filter(
      ({ id, type, nullable }) => !table.columns.some((column) => column.id === id && column.type === type && column.nullable === nullable),
    );
    const outdated = load.mode === 'incremental' && primaryKey.length > 0 && table.version !== baseVersion;
    if (outdated || !fits(table, { primaryKey, columns, addedColumns })) throw changed(table);
    const counted = load.mode === 'full' ? { ...rows, deleted: table.rowCount } : rows;
    const data = { ...load, ...nextOf(table), addedColumns, rows: counted, rowCount: table.rowCount + counted.inserted - counted.deleted };
    return [
      { type: 'TableLoaded', data: { ...data, splices: load.mode === 'full' ? [exchangeAll(table, added)] : [append(table, added)] } },
    ];
  },
  DeleteRows({ baseVersion, baseParts, splices, ...deletion }, state): readonly TableEvent[] {
    const table = sameTable(state, deletion);
    const moved = splices.map((splice) => (splice.at === baseParts ? append(table, splice.added) : splice));
    if (table.version !== baseVersion || !applies(table, moved)) throw changed(table);
    if (deletion.rows.deleted === 0) return [];
    const rowCount = table.rowCount - deletion.rows.deleted;
    return [{ type: 'TableRowsDeleted', data: { ...deletion, ...nextOf(table), splices: moved, rowCount } }];
  },
  TruncateTable({ table: id, ifVersion, storageJob }, state): readonly TableEvent[] {
    const table = tableIn(state, id, ifVersion);
    if (table.parts.length === 0) return [];
    const rows = { inserted: 0, updated: 0, unchanged: 0, deleted: table.rowCount };
    return [{ type: 'TableRowsDeleted', data: { ...nextOf(table), splices: [exchangeAll(table, [])], rows, rowCount: 0, storageJob } }];
  },
  AddColumn({ table: id, ifVersion, column: definition, storageJob }, state): readonly TableEvent[] {
    const table = tableIn(state, id, ifVersion);
    const column = newColumn(table.generations, definition);
    if (table.columns.some(({ name }) => name.toLowerCase() === column.name.toLowerCase())) {
      throw new DaybookError('COLUMN_EXISTS', { column: column.name });
    }
    if (!column.nullable && table.rowCount > 0) {
      const message = `the ${table.rowCount} rows of the table would have null in it`;
      throw new DaybookError('INVALID_INPUT', { input: 'AddColumn', issues: [{ path: 'column.nullable', message }] });
    }
    return [{ type: 'ColumnAdded', data: { ...nextOf(table), column, storageJob } }];
  },
  DropColumn({ table: id, ifVersion, column: name, storageJob }, state): readonly TableEvent[] {
    const table = tableIn(state, id, ifVersion);
    const column = findColumn(table.columns, name);
    if (table.primaryKey.includes(column.id)) throw new DaybookError('PRIMARY_KEY_COLUMN', { column: column.name });
    if (table.columns.length === 1) throw new DaybookError('LAST_COLUMN', { column: column.name });
    return [{ type: 'ColumnDropped', data: { ...nextOf(table), column, storageJob } }];
  },
  SetPrimaryKey({ baseVersion, columns, storageJob, ...known }, state): readonly TableEvent[] {
    const table = sameTable(state, known);
    if (table.version !== baseVersion) throw changed(table);
    const primaryKey = keyOf(table.columns, columns);
    if (sameList(primaryKey, table.primaryKey)) return [];
    return [{ type: 'PrimaryKeySet', data: { ...nextOf(table), primaryKey, columns, storageJob } }];
  },
  DropPrimaryKey({ table: id, ifVersion, storageJob }, state): readonly TableEvent[] {
    const table = tableIn(state, id, ifVersion);
    return table.primaryKey.length === 0 ? [] : [{ type: 'PrimaryKeyDropped', data: { ...nextOf(table), storageJob } }];
  },
  RenameTable({ table: id, ifVersion, to, storageJob }, state): readonly TableEvent[] {
    const table = tableIn(state, id, ifVersion);
    const renamed = tableId(table.bucket, to);
    if (renamed === id) return [];
    refuseTaken(state, renamed);
    return [{ type: 'TableRenamed', data: { uid: table.uid, table: id, to: renamed, storageJob } }];
  },
  DescribeTable({ table: id, description }, state): readonly TableEvent[] {
    const table = tableOf(state, id);
    return description === table.description ? [] : [{ type: 'TableDescribed', data: { uid: table.uid, table: id, description } }];
  },
  DescribeColumn({ table: id, column: name, description }, state): readonly TableEvent[] {
    const table = tableOf(state, id);
    const column = findColumn(table.columns, name);
    if (description === (own(table.columnNotes, column.id)?.description ?? '')) return [];
    return [{ type: 'ColumnDescribed', data: { uid: table.uid, table: id, column, description } }];
  },
  SetTableMetadata({ table: id, column: name, provider, values }, state): readonly TableEvent[] {
    const table = tableOf(state, id);
    const column = name === undefined ? undefined : findColumn(table.columns, name);
    const current = column ? (own(table.columnNotes, column.id)?.metadata ?? {}) : table.metadata;
    const changes = metadataChanges(current, provider, values);
    if (!changes) return [];
    return [{ type: 'TableMetadataSet', data: { uid: table.uid, table: id, ...(column && { column }), provider, values: changes } }];
  },
  SetBucketMetadata({ bucket, provider, values }, state): readonly TableEvent[] {
    const { uid, metadata } = bucketOf(state, bucket);
    const changes = metadataChanges(metadata, provider, values);
    return changes ? [{ type: 'BucketMetadataSet', data: { bucket, uid, provider, values: changes } }] : [];
  },
  DropTable({ table: id, ifVersion, storageJob }, state): readonly TableEvent[] {
    return [{ type: 'TableDropped', data: { uid: tableIn(state, id, ifVersion).uid, table: id, storageJob } }];
  },
  RestoreTable({ table: id, uid, newBucket, storageJob }, state, { actor, now }): readonly TableEvent[] {
    const there = own(state.buckets, id.slice(0, Math.max(id.lastIndexOf('.'), 0)));
    const restorable = (table: Table) =>
      table.id === id && (uid === undefined || table.uid === uid) && (actor.kind !== 'limited' || table.bucketUid === there?.uid);
    const dropped = Object.values(state.droppedTables).findLast(restorable);
    if (!dropped) throw new DaybookError('TABLE_NOT_FOUND', { table: id });
    if (own(state.tables, id)) throw new DaybookError('TABLE_EXISTS', { table: id });
    refuseExpired(state, { ...dropped, removedAt: dropped.droppedAt }, now);
    const made: TableEvent[] = there ? [] : [bucketFor(dropped, newBucket, storageJob)];
    const bucketUid = there?.uid ?? newBucket.uid;
    return [...made, { type: 'TableRestored', data: { uid: dropped.uid, table: id, bucketUid, storageJob } }];
  },
  CompactTable({ splices, storageJob, ...known }, state): readonly TableEvent[] {
    const table = sameTable(state, known);
    if (!applies(table, splices)) throw changed(table);
    return [{ type: 'TableCompacted', data: { uid: table.uid, table: table.id, splices, storageJob } }];
  },
  ExportTable({ version, storageJob, ...known }): readonly TableEvent[] {
    return [{ type: 'TableExported', data: { uid: known.uid, table: known.table, version, storageJob } }];
  },
  ReadTable(reading): readonly TableEvent[] {
    return [{ type: 'TableRead', data: reading }];
  },
  RevertTable({ removedAt, ifVersion, ...revert }, state, { now }): readonly TableEvent[] {
    const table = sameTable(state, revert);
    refuseChanged(table, ifVersion);
    if (revert.of === table.version && revert.snapshot === undefined) return [];
    if (revert.snapshot !== undefined) snapshotOf(state, revert.snapshot);
    refuseExpired(state, { version: revert.of, parts: revert.parts, removedAt: removedAt ?? now }, now);
    return [{ type: 'TableReverted', data: { ...revert, ...nextOf(table) } }];
  },
  CopyTable({ removedAt, ...copy }, state, { now }): readonly TableEvent[] {
    refuseTaken(state, copy.table);
    if (copy.from.snapshot !== undefined) snapshotOf(state, copy.from.snapshot);
    refuseExpired(state, { version: copy.from.version, parts: copy.parts, removedAt: removedAt ?? now }, now);
    return [{ type: 'TableCopied', data: { ...copy, bucketUid: bucketOfTable(state, copy.table).uid } }];
  },
  VacuumData(vacuum): readonly TableEvent[] {
    return [{ type: 'DataVacuumed', data: vacuum }];
  },
} satisfies Decisions<TableCommands, TableEvent, TablesSlice & SnapshotsSlice & ProjectSlice>;

/** The table, where it is in the version that was asked for. */
function tableIn(state: TablesSlice, id: string, ifVersion: number | undefined): Table {
  const table = tableOf(state, id);
  refuseChanged(table, ifVersion);
  return table;
}

function changed({ id, version }: Table): DaybookError<'TABLE_CHANGED'> {
  return new DaybookError('TABLE_CHANGED', { table: id, version });
}

/** A bucket for a table that comes back to where there is none any more. */
function bucketFor(
  { bucket }: Table,
  { uid, description }: { uid: string; description: string },
  { table: _table, uid: _uid, ...storageJob }: FinishedStorageJob,
): TableEvent {
  const job = { ...storageJob, id: `${storageJob.id}-bucket`.slice(0, 64), operation: 'bucketCreate' as const, parameters: { bucket } };
  return { type: 'BucketCreated', data: { bucket, uid, description, storageJob: job } };
}

function nextOf({ uid, id, version }: Table): { uid: string; table: string; version: number } {
  return { uid, table: id, version: version + 1 };
}

function append(table: Table, added: readonly Part[]): Splice {
  return { at: table.parts.length, removed: [], added: table.parts.length === 0 ? added.map(asRows) : added };
}

/** Upserts with nothing before them are plain rows. */
function asRows(part: Part): Part {
  if (part.kind !== 'upserts') return part;
  const { id, rows, bytes } = part;
  return { id, kind: 'rows', rows, bytes };
}

function exchangeAll(table: Table, added: readonly Part[]): Splice {
  return { at: 0, removed: table.parts.map(({ id }) => id), added };
}

/** Whether the parts to be removed still stand where they stood. */
function applies(table: Table, splices: readonly Splice[]): boolean {
  return splices.every(({ at, removed }) => at <= table.parts.length && removed.every((id, i) => table.parts[at + i]?.id === id));
}

/** Whether what a load wrote still has its place: the same key, its columns still there and no others, its new columns still new. */
function fits(
  table: Table,
  load: { primaryKey: readonly string[]; columns: readonly string[]; addedColumns: readonly { id: string; name: string }[] },
): boolean {
  const ids = new Set([...table.columns, ...load.addedColumns].map(({ id }) => id));
  return (
    sameList(load.primaryKey, table.primaryKey) &&
    load.columns.every((id) => ids.has(id)) &&
    table.columns.every(({ id }) => load.columns.includes(id)) &&
    load.addedColumns.every(({ id, name }) => newColumn(table.generations, { name }).id === id)
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
