import type { Recorded, Transitions } from '../capability';
import { type LimitedAccessSlice, withdrawBucket } from '../limited-access/state';
import { own } from '../message';
import { applyMetadata } from '../metadata';
import type { Part, Splice } from '../table-store';
import { countGenerations } from './columns';
import type { TableEvents } from './events';
import type { Table, TablesSlice } from './state';

// Payloads belong to the log: what a later event changes in place is copied first.
export const evolveTables = {
  BucketCreated({ buckets }, { bucket, uid, description }, { position, recordedAt }) {
    buckets[bucket] = { uid: uid ?? `position:${position}`, id: bucket, description, metadata: {}, createdAt: recordedAt };
  },
  BucketDropped(draft, { bucket }) {
    withdrawBucket(draft, draft.buckets[bucket]!.uid);
    delete draft.buckets[bucket];
  },
  TableCreated(draft, { uid, table, bucketUid, columns, primaryKey, description, parts, rowCount }, recorded) {
    const generations = {};
    countGenerations(generations, columns);
    addTable(
      draft,
      { uid, id: table, columns, primaryKey, description, metadata: {}, columnNotes: {}, generations, parts, rowCount },
      bucketUid,
      recorded,
    );
  },
  TableLoaded(draft, { uid, table, version, addedColumns, splices, rowCount }, recorded) {
    const changed = nextVersion(draft, { uid, table, version }, recorded);
    changed.columns = [...changed.columns, ...addedColumns];
    countGenerations(changed.generations, addedColumns);
    changed.parts = spliced(changed.parts, splices);
    changed.rowCount = rowCount;
  },
  TableRowsDeleted(draft, { uid, table, version, splices, rowCount }, recorded) {
    const changed = nextVersion(draft, { uid, table, version }, recorded);
    changed.parts = spliced(changed.parts, splices);
    changed.rowCount = rowCount;
  },
  ColumnAdded(draft, { column, ...data }, recorded) {
    const changed = nextVersion(draft, data, recorded);
    changed.columns = [...changed.columns, column];
    countGenerations(changed.generations, [column]);
  },
  ColumnDropped(draft, { column, ...data }, recorded) {
    const changed = nextVersion(draft, data, recorded);
    changed.columns = changed.columns.filter(({ id }) => id !== column.id);
    delete changed.columnNotes[column.id];
  },
  PrimaryKeySet(draft, { primaryKey, ...data }, recorded) {
    nextVersion(draft, data, recorded).primaryKey = primaryKey;
  },
  PrimaryKeyDropped(draft, data, recorded) {
    nextVersion(draft, data, recorded).primaryKey = [];
  },
  TableRenamed({ tables }, { table, to }) {
    const renamed = tables[table]!;
    delete tables[table];
    tables[to] = renamed;
    renamed.id = to;
  },
  TableDescribed({ tables }, { table, description }) {
    tables[table]!.description = description;
  },
  ColumnDescribed(draft, { table, column, description }) {
    notesOf(draft.tables[table]!, column.id).description = description;
  },
  TableMetadataSet({ tables }, { table, column, provider, values }) {
    const described = tables[table]!;
    applyMetadata(column ? notesOf(described, column.id).metadata : described.metadata, provider, values);
  },
  BucketMetadataSet({ buckets }, { bucket, provider, values }) {
    applyMetadata(buckets[bucket]!.metadata, provider, values);
  },
  TableDropped({ tables, droppedTables }, { uid, table }, { recordedAt }) {
    droppedTables[uid] = { ...tables[table]!, droppedAt: recordedAt };
    delete tables[table];
  },
  TableRestored({ buckets, tables, droppedTables }, { uid, table, bucketUid }, { position }) {
    const { droppedAt, ...restored } = droppedTables[uid]!;
    const into = bucketUid ?? buckets[restored.bucket]!.uid;
    const inBucketSince = into === restored.bucketUid ? restored.inBucketSince : position;
    tables[table] = { ...restored, bucketUid: into, inBucketSince };
    delete droppedTables[uid];
  },
  TableCompacted({ tables }, { table, splices }) {
    const compacted = tables[table]!;
    compacted.parts = spliced(compacted.parts, splices);
  },
  TableExported() {},
  TableRead() {},
  TableReverted(draft, { uid, table, version, columns, primaryKey, parts, rowCount }, recorded) {
    Object.assign(nextVersion(draft, { uid, table, version }, recorded), { columns, primaryKey, parts, rowCount });
  },
  TableCopied(draft, { table, bucketUid, from, storageJob, ...copy }, recorded) {
    const { metadata, columnNotes, generations } = structuredClone(copy);
    addTable(draft, { ...copy, id: table, metadata, columnNotes, generations }, bucketUid, recorded);
  },
  DataVacuumed(draft, { horizon }) {
    draft.vacuumedTo = horizon;
    for (const [uid, { droppedAt }] of Object.entries(draft.droppedTables)) {
      if (droppedAt < horizon) delete draft.droppedTables[uid];
    }
  },
} satisfies Transitions<TableEvents, TablesSlice & LimitedAccessSlice>;

/** The part list after a change. */
export function spliced(parts: readonly Part[], splices: readonly Splice[]): Part[] {
  const result = [...parts];
  for (const { at, removed, added } of splices.toReversed()) result.splice(at, removed.length, ...added);
  return result;
}

function addTable(
  { buckets, tables }: TablesSlice,
  table: Omit<Table, 'bucket' | 'bucketUid' | 'inBucketSince' | 'createdAt' | 'version' | 'versionAt'>,
  uid: string | undefined,
  { position, recordedAt }: Recorded,
): void {
  const bucket = table.id.slice(0, table.id.lastIndexOf('.'));
  const bucketUid = uid ?? buckets[bucket]!.uid;
  tables[table.id] = { ...table, bucket, bucketUid, inBucketSince: position, createdAt: recordedAt, version: 1, versionAt: recordedAt };
}

function nextVersion(
  { tables }: TablesSlice,
  { table, version }: { uid: string; table: string; version: number },
  { recordedAt }: Recorded,
): Table {
  const changed = tables[table]!;
  changed.version = version;
  changed.versionAt = recordedAt;
  return changed;
}

function notesOf({ columnNotes }: Table, column: string): Table['columnNotes'][string] {
  columnNotes[column] = own(columnNotes, column) ?? { description: '', metadata: {} };
  return columnNotes[column];
}
