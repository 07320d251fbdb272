import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { bucketUid, column, columnIds, count, description, key, metadata, normalized, parts, rowCounts, splices, uuid } from '../fields';
import type { MessageOf } from '../message';
import { storageJob } from '../storage-jobs/events';
import type { RowCounts } from '../table-store';

const bucket = z.string().max(105);
/** Which bucket it is, of all that have borne the name. Older events have none. */
const identity = bucketUid.optional();
const tableId = z.string().max(202);
const table = { uid: uuid, table: tableId };
/** Every event that changes rows, columns or key makes the next version of its table. */
const version = z.int().min(1);
/** Column ids and names as keys: unlike those from outside they cannot be `__proto__`, and may be `constructor`. */
const byColumn = <S extends z.ZodType>(value: S) => z.record(z.string().min(1).max(128), value);
const generations = byColumn(count);

const tags = ({ uid, storageJob }: { uid: string; storageJob?: { id: string; job?: string } }) => [
  `table:${uid}`,
  ...(storageJob ? storageJobTags(storageJob) : []),
];
const storageJobTags = ({ id, job }: { id: string; job?: string }) => [`storage-job:${id}`, ...(job ? [`job:${job}`] : [])];
const bucketTags = (uid: string | undefined) => (uid === undefined ? [] : [`bucket:${uid}`]);
const versionTags = (data: { uid: string; version: number; storageJob?: { id: string; job?: string } }) => [
  ...tags(data),
  `version:${data.uid}/${data.version}`,
];
/** Under which the load into a table is found that had an idempotency key. */
export const loadKeyTag = (key: string) => `load-key:${key}`;
const loadTags = (data: Parameters<typeof versionTags>[0] & { storageJob: { idempotencyKey?: string } }) => {
  const key = data.storageJob.idempotencyKey;
  return [...versionTags(data), ...(key === undefined ? [] : [loadKeyTag(key)])];
};
/** Which tables ever had a name is found by this tag. */
const nameTag = (id: string) => `table-name:${id}`;

/** What can have happened to buckets and tables. `uid` is the table for ever; `table` is the id it had then. */
export const tableEvents = {
  BucketCreated: event(z.strictObject({ bucket, uid: uuid.optional(), description, storageJob }), {
    sentence: (data) => `created bucket ${data.bucket}`,
    tags: (data) => [...bucketTags(data.uid), ...storageJobTags(data.storageJob)],
  }),
  /** The bucket was empty by then: its tables were dropped before, each by an event of its own. */
  BucketDropped: event(z.strictObject({ bucket, uid: identity, storageJob }), {
    sentence: (data) => `dropped bucket ${data.bucket}`,
    tags: (data) => [...bucketTags(data.uid), ...storageJobTags(data.storageJob)],
  }),
  /** Version 1. */
  TableCreated: event(
    z.strictObject({
      ...table,
      bucketUid: identity,
      columns: z.array(column),
      primaryKey: columnIds,
      description,
      parts,
      rowCount: count,
      storageJob,
    }),
    {
      sentence: (data) => `created table ${data.table} with ${rows(data.rowCount)}`,
      tags: (data) => [...loadTags({ ...data, version: 1 }), nameTag(data.table), ...bucketTags(data.bucketUid)],
    },
  ),
  /** `addedColumns`: columns of the input that the table did not have. `normalized`: which headers were not called as their columns. */
  TableLoaded: event(
    z.strictObject({
      ...table,
      version,
      mode: z.enum(['full', 'incremental']),
      addedColumns: z.array(column),
      normalized: normalized.optional(),
      splices,
      rows: rowCounts,
      rowCount: count,
      storageJob,
    }),
    {
      sentence: (data) => `loaded ${rows(data.storageJob.metrics.rowsIn)} into ${data.table}: ${changes(data.rows)}`,
      tags: loadTags,
    },
  ),
  /** The storage job's parameters hold the filters as they were asked for. */
  TableRowsDeleted: event(z.strictObject({ ...table, version, splices, rows: rowCounts, rowCount: count, storageJob }), {
    sentence: (data) => `deleted ${rows(data.rows.deleted)} from ${data.table}`,
    tags: versionTags,
  }),
  ColumnAdded: event(z.strictObject({ ...table, version, column, storageJob }), {
    sentence: (data) => `added column ${data.column.name} to ${data.table}`,
    tags: versionTags,
  }),
  ColumnDropped: event(z.strictObject({ ...table, version, column, storageJob }), {
    sentence: (data) => `dropped column ${data.column.name} of ${data.table}`,
    tags: versionTags,
  }),
  PrimaryKeySet: event(z.strictObject({ ...table, version, primaryKey: columnIds, columns: z.array(z.string()), storageJob }), {
    sentence: (data) => `made ${data.columns.join(', ')} the primary key of ${data.table}`,
    tags: versionTags,
  }),
  PrimaryKeyDropped: event(z.strictObject({ ...table, version, storageJob }), {
    sentence: (data) => `dropped the primary key of ${data.table}`,
    tags: versionTags,
  }),
  /** `table` is the old id. */
  TableRenamed: event(z.strictObject({ ...table, to: tableId, storageJob }), {
    sentence: (data) => `renamed table ${data.table} to ${data.to}`,
    tags: (data) => [...tags(data), nameTag(data.to)],
  }),
  TableDescribed: event(z.strictObject({ ...table, description }), {
    sentence: (data) => `changed the description of ${data.table}`,
    tags,
  }),
  ColumnDescribed: event(z.strictObject({ ...table, column, description }), {
    sentence: (data) => `changed the description of column ${data.column.name} of ${data.table}`,
    tags,
  }),
  TableMetadataSet: event(z.strictObject({ ...table, column: column.optional(), provider: key, values: metadata }), {
    sentence: (data) =>
      `set metadata of ${data.column ? `column ${data.column.name} of ` : ''}${data.table}: ${Object.keys(data.values).join(', ')}`,
    tags,
  }),
  BucketMetadataSet: event(z.strictObject({ bucket, uid: identity, provider: key, values: metadata }), {
    sentence: (data) => `set metadata of bucket ${data.bucket}: ${Object.keys(data.values).join(', ')}`,
    tags: (data) => bucketTags(data.uid),
  }),
  /** Can be restored until its data expires. */
  TableDropped: event(z.strictObject({ ...table, storageJob }), { sentence: (data) => `dropped table ${data.table}`, tags }),
  /** `bucketUid`: of the bucket that it came into, which need not be the one that it was dropped in. */
  TableRestored: event(z.strictObject({ ...table, bucketUid: identity, storageJob }), {
    sentence: (data) => `restored table ${data.table}`,
    tags: (data) => [...tags(data), nameTag(data.table), ...bucketTags(data.bucketUid)],
  }),
  /** Maintenance: the same rows in fewer parts. No new version. */
  TableCompacted: event(z.strictObject({ ...table, splices, storageJob }), {
    sentence: (data) => `compacted the parts of ${data.table}; no row changed`,
    tags,
  }),
  TableExported: event(z.strictObject({ ...table, version, storageJob }), {
    sentence: (data) => `exported ${rows(data.storageJob.metrics.rowsOut)} of ${data.table}`,
    tags,
  }),
  /** Over 1,000 rows were read, by whoever's reading is recorded: of a version, or (`from`) of what leads to it from another one. */
  TableRead: event(z.strictObject({ ...table, version, from: version.optional(), storageJob }), {
    sentence: ({ table, version, from, storageJob: { metrics } }) =>
      from === undefined
        ? `read ${rows(metrics.rowsOut)} of version ${version} of ${table}`
        : `read ${rows(metrics.rowsOut)} that differ between versions ${from} and ${version} of ${table}`,
    tags,
  }),
  /** Contents, columns and key of an earlier version, as a new one. `of` = the version that is back. */
  TableReverted: event(
    z.strictObject({
      ...table,
      version,
      of: version,
      snapshot: uuid.optional(),
      columns: z.array(column),
      primaryKey: columnIds,
      parts,
      rowCount: count,
      storageJob,
    }),
    {
      sentence: (data) => `reverted ${data.table} to ${data.snapshot ? `snapshot ${data.snapshot}` : `version ${data.of}`}`,
      tags: versionTags,
    },
  ),
  /** A new table with the data of another one's version. No data was written. Version 1. */
  TableCopied: event(
    z.strictObject({
      ...table,
      bucketUid: identity,
      from: z.strictObject({ ...table, version, snapshot: uuid.optional() }),
      columns: z.array(column),
      primaryKey: columnIds,
      description,
      metadata: z.record(key, z.record(key, z.string())),
      columnNotes: byColumn(z.strictObject({ description, metadata: z.record(key, z.record(key, z.string())) })),
      generations,
      parts,
      rowCount: count,
      storageJob,
    }),
    {
      sentence: (data) =>
        `copied ${data.from.snapshot ? `snapshot ${data.from.snapshot}` : `version ${data.from.version}`} of ${data.from.table} to ${data.table}`,
      tags: (data) => [...versionTags({ ...data, version: 1 }), nameTag(data.table), ...bucketTags(data.bucketUid)],
    },
  ),
  /** Table data that was removed before `horizon` and is named by nothing any more is gone for good. */
  DataVacuumed: event(z.strictObject({ horizon: z.string(), parts: count, bytes: count, storageJob }), {
    sentence: (data) => `removed ${data.parts} expired parts (${data.bytes} bytes) of table data`,
    tags: (data) => storageJobTags(data.storageJob),
  }),
};
export type TableEvents = PayloadsOf<typeof tableEvents>;
export type TableEvent = MessageOf<TableEvents>;

/** The events that make a version of their table. */
export const versionEvents = [
  'TableCreated',
  'TableLoaded',
  'TableRowsDeleted',
  'ColumnAdded',
  'ColumnDropped',
  'PrimaryKeySet',
  'PrimaryKeyDropped',
  'TableReverted',
  'TableCopied',
] as const satisfies readonly (keyof TableEvents)[];

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}

function changes({ inserted, updated, unchanged, deleted }: RowCounts): string {
  const said = Object.entries({ inserted, updated, unchanged, deleted }).filter(([, count]) => count > 0);
  return said.length === 0 ? 'nothing changed' : said.map(([what, count]) => `${count} ${what}`).join(', ');
}
