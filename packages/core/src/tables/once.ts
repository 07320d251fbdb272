import { DaybookError } from '../errors';
import type { RecordedEvent } from '../event-store';
import { sharesKeys } from '../jobs/state';
import type { ProjectScope } from '../projects/scope';
import type { Column, RowCounts, SourceFacts } from '../table-store';
import type { NormalizedName } from './columns';
import { loadKeyTag, type TableEvents } from './events';

/** What a load did. */
export interface LoadResult extends RowCounts {
  /** The storage job. */
  readonly storageJob: string;
  /** Rows in the source. */
  readonly read: number;
  /** Of the source as it came, and after decompression. */
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly sha256: string;
  /** The version that the load made. */
  readonly version: number;
  readonly addedColumns: readonly string[];
  /** Headers that are not called as their columns are. */
  readonly normalized: readonly NormalizedName[];
}

/**
 * The result of the load into a table that had an idempotency key first, if one had it: one that failed leaves its key free. Each limited access
 * has keys of its own. `received` is asked where there is one. Refuses: `IDEMPOTENCY_MISMATCH` (its source was another).
 */
export async function earlierResult(
  scope: ProjectScope,
  uid: string,
  key: string | undefined,
  received: () => Promise<Pick<SourceFacts, 'sha256'>>,
): Promise<LoadResult | undefined> {
  const earlier = key === undefined ? undefined : await firstWithKey(scope, uid, key);
  if (key === undefined || !earlier) return undefined;
  const result = resultOf(earlier);
  if ((await received()).sha256 === result.sha256) return result;
  throw new DaybookError('IDEMPOTENCY_MISMATCH', { key, storageJob: result.storageJob });
}

/** What a load did, as the event tells that it ended in. */
export function resultOf({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): LoadResult {
  const { storageJob } = data as unknown as TableEvents['TableLoaded' | 'TableCreated'];
  const { rowsIn: read, bytesIn: bytes, uncompressedBytes = bytes } = storageJob.metrics;
  const facts = { storageJob: storageJob.id, read, bytes, uncompressedBytes, sha256: storageJob.source?.sha256 ?? '' };
  if (type === 'TableCreated') {
    const { columns, rowCount } = data as unknown as TableEvents['TableCreated'];
    const rows = { inserted: rowCount, updated: 0, unchanged: 0, deleted: 0 };
    const normalized = columns.flatMap(({ name, readFrom }) => (readFrom === undefined ? [] : [{ from: readFrom, to: name }]));
    return { ...facts, ...rows, version: 1, addedColumns: namesOf(columns), normalized };
  }
  const { rows, version, addedColumns, normalized = [] } = data as unknown as TableEvents['TableLoaded'];
  return { ...facts, ...rows, version, addedColumns: namesOf(addedColumns), normalized };
}

/** By the index: what others' limited access did with the key counts for nobody else. */
async function firstWithKey(scope: ProjectScope, uid: string, key: string): Promise<RecordedEvent | undefined> {
  const tags = [`table:${uid}`, loadKeyTag(key), ...scope.ownTags];
  const types = ['TableCreated', 'TableLoaded'] satisfies (keyof TableEvents)[];
  for await (const page of scope.runtime.storage.events.read(scope.log.id, { tags, types })) {
    const found = page.find(({ actor }) => sharesKeys(actor, scope.actor));
    if (found) return found;
  }
  return undefined;
}

function namesOf(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name);
}
