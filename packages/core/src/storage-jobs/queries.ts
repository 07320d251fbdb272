import { z } from 'zod';
import { slicesOf, tagsOf } from '../audit/queries';
import type { Actor, RecordedEvent } from '../event-store';
import { correlationId, givenInstant, parse } from '../fields';
import type { ProjectScope } from '../projects/scope';
import { readSlices } from '../reading';
import { type FinishedStorageJob, type Operation, operations, type StorageJobError, type StorageJobEvents, storageJobTags } from './events';
import type { OpenStorageJob } from './state';

/** Everything done to stored data, as users see it. */
export interface StorageJob {
  readonly id: string;
  readonly operation: Operation;
  /** The table's id then. */
  readonly table?: string;
  /** The table for ever. Absent where it came to be, or was to come to be, by this. */
  readonly uid?: string;
  readonly job?: string;
  /** Of a load. */
  readonly idempotencyKey?: string;
  readonly actor: Actor;
  /** The embedding app's request that it was done in. */
  readonly correlationId?: string;
  readonly status: 'waiting' | 'processing' | 'success' | 'error';
  readonly parameters: FinishedStorageJob['parameters'];
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly source?: FinishedStorageJob['source'];
  readonly metrics?: FinishedStorageJob['metrics'];
  readonly error?: StorageJobError;
}

const filterSchema = z.strictObject({
  operation: z.array(z.enum(operations)).optional(),
  status: z.array(z.enum(['waiting', 'processing', 'success', 'error'])).optional(),
  table: z.string().max(500).optional(),
  job: z.string().max(255).optional(),
  actor: z.strictObject({ kind: z.enum(['person', 'limited', 'support', 'system']), id: z.string() }).optional(),
  correlationId: correlationId.optional(),
  /** Ended at or after. */
  from: givenInstant.optional(),
  /** Ended before. */
  to: givenInstant.optional(),
  limit: z.int().min(1).max(1_000).default(100),
  next: z.string().regex(/^\d+$/).optional(),
});
export type StorageJobFilter = z.input<typeof filterSchema>;

/** Which events end an operation well. */
const endings: Readonly<Record<Operation, string>> = {
  bucketCreate: 'BucketCreated',
  bucketDrop: 'BucketDropped',
  tableCreate: 'TableCreated',
  tableLoad: 'TableLoaded',
  tableRowsDelete: 'TableRowsDeleted',
  tableTruncate: 'TableRowsDeleted',
  tableColumnAdd: 'ColumnAdded',
  tableColumnDrop: 'ColumnDropped',
  tablePrimaryKeySet: 'PrimaryKeySet',
  tablePrimaryKeyDrop: 'PrimaryKeyDropped',
  tableRename: 'TableRenamed',
  tableDrop: 'TableDropped',
  tableRestore: 'TableRestored',
  tableCompact: 'TableCompacted',
  tableExport: 'TableExported',
  tableRead: 'TableRead',
  tableCopy: 'TableCopied',
  tableRevert: 'TableReverted',
  snapshotCreate: 'SnapshotCreated',
  snapshotDelete: 'SnapshotDeleted',
  dataVacuum: 'DataVacuumed',
};

/** Every event that can end a storage job. */
export const storageJobEnds: readonly string[] = typesOf({});

/**
 * Storage jobs: those under way first, all of them on the first page; then those that ended, the newest first. Read by index ranges.
 * Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`.
 */
export async function storageJobs(scope: ProjectScope, filter: StorageJobFilter = {}): Promise<{ items: StorageJob[]; next?: string }> {
  const { limit, next, ...wanted } = parse('storageJobs', filterSchema, filter);
  const { state, position } = await scope.query('storageJobs');
  const slices = (await slicesOf(scope.runtime.storage.events, scope.log.id, wanted.table, position)).map((tags) => [
    ...tags,
    ...scope.ownTags,
    ...tagsOf(wanted),
  ]);
  const open = Object.values(state.storageJobs).filter((job) => isIn(slices, job) && matches(wanted)(job));
  const items: StorageJob[] = next ? [] : open.toReversed();
  const upTo = next ? Number(next) - 1 : position;
  let last = position + 1;
  for await (const event of readSlices(scope.runtime.storage.events, scope.log.id, slices, {
    upTo,
    backward: true,
    types: typesOf(wanted),
  })) {
    if (wanted.from && event.recordedAt < wanted.from) return { items };
    if (items.length >= limit) return { items, next: String(last) };
    const job = endedJob(event);
    if (!job || !matches(wanted)(job)) continue;
    items.push(job);
    last = event.position;
  }
  return { items };
}

function typesOf({ operation = operations, status }: { operation?: readonly Operation[]; status?: readonly string[] }): string[] {
  const success = !status || status.includes('success') ? [...operation.map((name) => endings[name]), 'StorageJobSucceeded'] : [];
  const error = !status || status.includes('error') ? ['StorageJobFailed'] : [];
  return [...new Set([...success, ...error])];
}

/** Whether work under way has the tags by which ended work is found. */
function isIn(slices: readonly (readonly string[])[], job: OpenStorageJob): boolean {
  const { actor, correlationId } = job;
  const its = [...storageJobTags(job), ...tagsOf({ actor, correlationId })];
  return slices.some((tags) => tags.every((tag) => its.includes(tag)));
}

function matches({
  operation,
  status,
  to,
}: Pick<z.output<typeof filterSchema>, 'operation' | 'status' | 'to'>): (job: StorageJob) => boolean {
  return (job) =>
    (!operation || operation.includes(job.operation)) &&
    (!status || status.includes(job.status)) &&
    (!to || (job.endedAt ?? job.createdAt) < to);
}

function endedJob({ type, data, actor, recordedAt, correlationId }: RecordedEvent): StorageJob | undefined {
  const ended = { actor, ...(correlationId !== undefined && { correlationId }), endedAt: recordedAt };
  if (type === 'StorageJobFailed') {
    return { ...(data as unknown as StorageJobEvents['StorageJobFailed']), ...ended, status: 'error' };
  }
  if (!('storageJob' in data)) return undefined;
  return { ...(data.storageJob as unknown as FinishedStorageJob), ...ended, status: 'success' };
}
