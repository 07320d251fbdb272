import { isDaybookError } from '../errors';
import type { Json } from '../message';
import type { ProjectScope } from '../projects/scope';
import type { FinishedStorageJob, Operation, StorageJobError } from './events';

/** What an operation is asked with. */
export interface OperationRequest {
  readonly table?: string;
  /** Of the table, if it is there already. */
  readonly uid?: string;
  /** The embedding app's job that it is done in. */
  readonly job?: string;
  readonly parameters?: { readonly [key: string]: Json };
}

const noMetrics = { rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0 };

/** The storage job of an operation that is done at once. */
export function doneAtOnce(
  scope: ProjectScope,
  operation: Operation,
  { parameters = {}, ...request }: OperationRequest,
): FinishedStorageJob {
  const now = scope.runtime.now();
  return { id: scope.runtime.environment.newId(), operation, ...request, parameters, createdAt: now, startedAt: now, metrics: noMetrics };
}

/**
 * Runs long work as a storage job, which closing waits for: recorded when asked for, and when it fails. Work on one line (`turn`) goes one after the other.
 * Ending well is up to `work`: its event carries the storage job.
 */
export function asStorageJob<T>(
  scope: ProjectScope,
  operation: Operation,
  request: OperationRequest & { readonly turn: string },
  work: (job: FinishedStorageJob) => Promise<T>,
): Promise<T> {
  return scope.runtime.underway(() => storageJob(scope, operation, request, work));
}

async function storageJob<T>(
  scope: ProjectScope,
  operation: Operation,
  request: OperationRequest & { readonly turn: string },
  work: (job: FinishedStorageJob) => Promise<T>,
): Promise<T> {
  const { turn: line, parameters = {}, ...asked } = request;
  const id = scope.runtime.environment.newId();
  const turn = scope.runtime.turns.take(`${scope.id}/${line}`);
  try {
    const status = turn.waits ? 'waiting' : 'processing';
    const created = await scope.execute('CreateStorageJob', { id, operation, ...asked, parameters, status });
    await turn.begun;
    try {
      const started = turn.waits ? await scope.execute('StartStorageJob', { id }) : created;
      const times = { createdAt: created.recordedAt, startedAt: started.recordedAt };
      return await work({ id, operation, ...asked, parameters, ...times, metrics: noMetrics });
    } catch (error) {
      await scope.execute('FailStorageJob', { id, error: describe(error) }).catch(scope.runtime.environment.onError);
      throw error;
    }
  } finally {
    turn.end();
  }
}

/** What is kept of an error for ever. */
function describe(error: unknown): StorageJobError {
  if (!isDaybookError(error)) return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
  return { code: error.code, message: error.message, details: shortened(error.details) };
}

/** Details can quote the input: long texts are cut. */
function shortened(details: unknown): Json {
  return JSON.parse(JSON.stringify(details, (_key, value) => (typeof value === 'string' ? value.slice(0, 1_000) : value))) as Json;
}
