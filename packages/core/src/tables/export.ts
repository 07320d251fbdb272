import { z } from 'zod';
import { parse } from '../fields';
import type { Json } from '../message';
import type { ProjectScope } from '../projects/scope';
import { asStorageJob } from '../storage-jobs/work';
import type { Progress, RowQuery } from '../table-store';
import type { TableTarget } from './contents';
import { telling } from './progress';
import { readable } from './queries';
import { type Sink, sinkWriter } from './sinks';

/** Where rows go, and in which format. */
export type ExportTarget = { readonly csv: Sink } | { readonly ndjson: Sink } | { readonly parquet: Sink };

export interface ExportOptions extends RowQuery {
  readonly gzip?: boolean;
  /** Which state of the table. Default: the current one. */
  readonly of?: TableTarget;
  readonly job?: string;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ExportResult {
  readonly storageJob: string;
  readonly rows: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly sha256: string;
  readonly version: number;
}

const exportSchema = z.strictObject({ gzip: z.boolean().default(false), job: z.string().max(255).optional() });

/** Writes rows out and ends the sink; when that fails the sink is destroyed. Refuses what `readable` refuses. */
export async function exportRows(
  scope: ProjectScope,
  id: string,
  target: ExportTarget,
  { gzip: zip, job: within, onProgress, ...options }: ExportOptions = {},
): Promise<ExportResult> {
  const [format, sink] = formatOf(target);
  const writer = sinkWriter(sink);
  try {
    const { gzip, job } = parse('export', exportSchema, { gzip: zip, job: within });
    const { found, data, query } = await readable(scope, id, options);
    const parameters = JSON.parse(JSON.stringify({ format, gzip, ...query, version: found.version })) as { [key: string]: Json };
    const turn = `export ${scope.runtime.environment.newId()}`;
    return await asStorageJob(scope, 'tableExport', { table: id, uid: found.uid, turn, parameters, job }, async (storageJob) => {
      const request = { format, gzip, ...query, ...(onProgress && { onProgress: telling(scope, onProgress) }) };
      const { rows, bytes, uncompressedBytes, sha256 } = await scope.runtime.storage.tables.export(data, request, async (chunk) => {
        await scope.permit('tableRows', { table: id });
        await writer.write(chunk);
      });
      await writer.end();
      const metrics = { rowsIn: 0, rowsOut: rows, bytesIn: 0, bytesOut: bytes, uncompressedBytes };
      await scope.execute('ExportTable', { uid: found.uid, table: id, version: found.version, storageJob: { ...storageJob, metrics } });
      return { storageJob: storageJob.id, rows, bytes, uncompressedBytes, sha256, version: found.version };
    });
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
}

function formatOf(target: ExportTarget): ['csv' | 'ndjson' | 'parquet', Sink] {
  for (const format of ['csv', 'ndjson', 'parquet'] as const) {
    const sink = (target as Partial<Record<typeof format, Sink>>)[format];
    if (sink) return [format, sink];
  }
  throw new TypeError('An export goes to { csv }, { ndjson } or { parquet }: a writable stream');
}
