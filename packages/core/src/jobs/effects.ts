import type { RecordedEvent } from '../event-store';
import type { ProjectScope } from '../projects/scope';
import { readSlices } from '../reading';
import type { FinishedStorageJob } from '../storage-jobs/events';
import { storageJobEnds } from '../storage-jobs/queries';

/** What a job did to one table. */
export interface TableEffect {
  /** The table for ever. */
  readonly uid: string;
  /** Its id when the job was done with it. */
  readonly table: string;
  readonly operations: readonly FinishedStorageJob['operation'][];
  /** Whether it changed rows, columns, key, name or existence. */
  readonly modified: boolean;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A file that a job loaded. */
export interface LoadedFile {
  readonly name?: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly table: string;
}

/** What a job did to stored data: the sums of its storage jobs that ended well. */
export interface JobEffects {
  readonly tables: readonly TableEffect[];
  readonly files: readonly LoadedFile[];
  readonly storageJobs: { readonly success: number; readonly error: number };
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

type Sums = Pick<JobEffects, 'rowsIn' | 'rowsOut' | 'bytesIn' | 'bytesOut'>;

const none: Sums = { rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0 };
const readingOnly = ['tableExport', 'tableRead', 'snapshotCreate', 'snapshotDelete', 'tableCompact', 'dataVacuum'];

/** A job's storage jobs up to a position, oldest first: the events that ended them. */
export function endedWork(scope: ProjectScope, job: string, upTo: number): AsyncGenerator<RecordedEvent> {
  return readSlices(scope.runtime.storage.events, scope.log.id, [[`job:${job}`, ...scope.ownTags]], { types: storageJobEnds, upTo });
}

export async function effectsOf(scope: ProjectScope, job: string, upTo: number): Promise<JobEffects> {
  const tables = new Map<string, TableEffect>();
  const files: LoadedFile[] = [];
  const storageJobs = { success: 0, error: 0 };
  let sums = none;
  for await (const { type, data } of endedWork(scope, job, upTo)) {
    storageJobs[type === 'StorageJobFailed' ? 'error' : 'success'] += 1;
    if (!('storageJob' in data)) continue;
    const storageJob = data.storageJob as unknown as FinishedStorageJob;
    const { uid, table } = data as { readonly uid?: string; readonly table?: string };
    sums = plus(sums, storageJob.metrics);
    if (storageJob.source && table !== undefined) files.push({ ...storageJob.source, table } as LoadedFile);
    if (uid !== undefined && table !== undefined) tables.set(uid, withWork(tables.get(uid), uid, table, storageJob));
  }
  return { tables: [...tables.values()], files, storageJobs, ...sums };
}

function withWork(before: TableEffect | undefined, uid: string, table: string, { operation, metrics }: FinishedStorageJob): TableEffect {
  const operations = [...new Set([...(before?.operations ?? []), operation])];
  const modified = (before?.modified ?? false) || !readingOnly.includes(operation);
  return { uid, table, operations, modified, ...plus(before ?? none, metrics) };
}

function plus(a: Sums, b: Sums): Sums {
  return {
    rowsIn: a.rowsIn + b.rowsIn,
    rowsOut: a.rowsOut + b.rowsOut,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}
