import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { count, foreignId, instant, json, loadKey, name, parameters, uuid } from '../fields';
import type { MessageOf } from '../message';

/** Everything that is done to stored data is one of these; in plain English, to follow "failed to". */
const phrases = {
  bucketCreate: 'create a bucket',
  bucketDrop: 'drop a bucket',
  tableCreate: 'create',
  tableLoad: 'load into',
  tableRowsDelete: 'delete rows from',
  tableTruncate: 'truncate',
  tableColumnAdd: 'add a column to',
  tableColumnDrop: 'drop a column of',
  tablePrimaryKeySet: 'set the primary key of',
  tablePrimaryKeyDrop: 'drop the primary key of',
  tableRename: 'rename',
  tableDrop: 'drop',
  tableRestore: 'restore',
  tableCompact: 'compact',
  tableExport: 'export',
  tableRead: 'read',
  tableCopy: 'make a copy called',
  tableRevert: 'revert',
  snapshotCreate: 'take a snapshot of',
  snapshotDelete: 'delete a snapshot of',
  dataVacuum: 'remove expired data',
} as const;
export type Operation = keyof typeof phrases;
export const operations = Object.keys(phrases) as [Operation, ...Operation[]];

/** What is known when the work begins. `uid`: of a table that is there; `job`: the embedding app's, that it was done in. */
const request = {
  id: uuid,
  operation: z.enum(operations),
  table: z.string().max(200).optional(),
  uid: uuid.optional(),
  job: foreignId.optional(),
  idempotencyKey: loadKey.optional(),
  parameters,
};

const source = z.strictObject({ name: name.optional(), sha256: z.string(), bytes: count });
const metrics = z.strictObject({ rowsIn: count, rowsOut: count, bytesIn: count, bytesOut: count, uncompressedBytes: count.optional() });

/** A finished storage job, as every event that ends one well carries it. It ended when the event was recorded. */
export const storageJob = z.strictObject({ ...request, createdAt: instant, startedAt: instant, source: source.optional(), metrics });

/** Work on a table is found by the table, whatever its name; work on one that never came to be by the id it was to have. */
export const storageJobTags = ({ id, table, uid, job }: { id: string; table?: string; uid?: string; job?: string }) => [
  `storage-job:${id}`,
  ...(uid ? [`table:${uid}`] : table ? [`table-id:${table}`] : []),
  ...(job ? [`job:${job}`] : []),
];

/** What can have happened to a storage job, beside ending well: then the operation's own event carries it. */
export const storageJobEvents = {
  /** Long work was asked for. `waiting`: it stands in line behind other work on its table. */
  StorageJobCreated: event(z.strictObject({ ...request, status: z.enum(['waiting', 'processing']) }), {
    sentence: (data) => `${data.status === 'waiting' ? 'waits' : 'began'} to ${attempt(data)}`,
    tags: storageJobTags,
  }),
  /** The work began, after waiting. */
  StorageJobStarted: event(z.strictObject({ id: uuid }), {
    sentence: (data) => `began storage job ${data.id}, which had waited`,
    tags: (data) => [`storage-job:${data.id}`],
  }),
  /** The work failed and changed nothing. */
  StorageJobFailed: event(
    z.strictObject({
      ...request,
      createdAt: instant,
      startedAt: instant,
      error: z.strictObject({ code: z.string().max(64), message: z.string().max(10_000), details: json.optional() }),
    }),
    {
      sentence: (data) => `failed to ${attempt(data)}: ${data.error.message}`,
      tags: storageJobTags,
    },
  ),
  /** The work ended well and found nothing to change. */
  StorageJobSucceeded: event(z.strictObject({ storageJob }), {
    sentence: (data) => `did not have to ${attempt(data.storageJob)}: nothing to change`,
    tags: (data) => storageJobTags(data.storageJob),
  }),
};
export type StorageJobEvents = PayloadsOf<typeof storageJobEvents>;
export type StorageJobEvent = MessageOf<StorageJobEvents>;
export type FinishedStorageJob = z.infer<typeof storageJob>;
export type StorageJobError = StorageJobEvents['StorageJobFailed']['error'];

function attempt({ operation, table }: { operation: Operation; table?: string }): string {
  return table === undefined ? phrases[operation] : `${phrases[operation]} ${table}`;
}
