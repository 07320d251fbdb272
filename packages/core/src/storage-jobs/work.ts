import { isDaybookError } from '../errors';
import { type Json, own } from '../message';
import type { ProjectScope } from '../projects/scope';
import { cut } from '../text';
import type { FinishedStorageJob, Operation, StorageJobError } from './events';

/** What an operation is asked with. */
export interface OperationRequest {
  readonly table?: string;
  /** Of the table, if it is there already. */
  readonly uid?: string;
  /** The embedding app's job that it is done in. */
  readonly job?: string;
  readonly idempotencyKey?: string | undefined;
  readonly parameters?: { readonly [key: string]: Json };
}

const noMetrics = { rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0 };

/** The storage job of an operation that is done at once. It begins no earlier than the log's last event, as it ends no earlier. */
export async function doneAtOnce(
  scope: ProjectScope,
  operation: Operation,
  { parameters = {}, ...request }: OperationRequest,
): Promise<FinishedStorageJob> {
  const now = await scope.now();
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
      await failed(scope, id, error);
      throw error;
    }
  } finally {
    turn.end();
  }
}

/** So many rows are read without a record. */
const unrecordedRows = 1_000;

/** How reading is recorded. */
interface Reading<T> extends OperationRequest {
  readonly rowsIn: (item: T) => number;
  /** Records that it ended well. */
  readonly end: (job: FinishedStorageJob) => Promise<unknown>;
}

/**
 * Gives items on; from the 1,001st row on as a storage job of limited access and support staff. It ends well with the rows that were given, also where
 * the caller stops before the last, and as failed where reading does. (Where the process dies it is failed as abandoned, like all others.)
 */
export async function* asReading<T>(
  scope: ProjectScope,
  { rowsIn, end, parameters = {}, ...asked }: Reading<T>,
  items: AsyncIterable<T>,
): AsyncGenerator<T> {
  const isRecorded = scope.actor.kind === 'limited' || scope.actor.kind === 'support';
  const reading = watched(items);
  let job: FinishedStorageJob | undefined;
  let rowsOut = 0;
  try {
    for await (const item of reading.items) {
      rowsOut += rowsIn(item);
      if (isRecorded && rowsOut > unrecordedRows) job ??= await begun(scope, 'tableRead', { ...asked, parameters });
      yield item;
    }
  } finally {
    if (job) await endReading(scope, { ...job, metrics: { ...noMetrics, rowsOut } }, reading.failure(), end);
  }
}

async function begun(scope: ProjectScope, operation: Operation, asked: OperationRequest & Pick<FinishedStorageJob, 'parameters'>) {
  const id = scope.runtime.environment.newId();
  const { recordedAt } = await scope.execute('CreateStorageJob', { id, operation, ...asked, status: 'processing' });
  return { id, operation, ...asked, createdAt: recordedAt, startedAt: recordedAt, metrics: noMetrics };
}

async function endReading(
  scope: ProjectScope,
  job: FinishedStorageJob,
  failure: { readonly error: unknown } | undefined,
  end: Reading<never>['end'],
): Promise<void> {
  if (failure) return failed(scope, job.id, failure.error);
  try {
    await end(job);
  } catch (error) {
    await failed(scope, job.id, error);
    throw error;
  }
}

/** Items, and why there were no more of them: apart from what the caller throws. */
function watched<T>(items: AsyncIterable<T>): { readonly items: AsyncIterable<T>; failure(): { readonly error: unknown } | undefined } {
  let failure: { readonly error: unknown } | undefined;
  async function* watching(): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return { items: watching(), failure: () => failure };
}

/** Nobody but the log hears of what goes wrong here: the caller gets the error itself. */
async function failed(scope: ProjectScope, id: string, error: unknown): Promise<void> {
  try {
    // An answer that was lost may have been that it succeeded.
    if (!own((await scope.newest()).state.storageJobs, id)) return;
    await scope.execute('FailStorageJob', { id, error: describe(error) });
  } catch (cause) {
    scope.runtime.environment.onError(cause);
  }
}

/** What is kept of an error for ever. Sources and sinks may throw anything, also what cannot be looked at. */
function describe(error: unknown): StorageJobError {
  try {
    if (isDaybookError(error)) return { code: error.code, message: error.message, details: shortened(error.details) };
  } catch {}
  return { code: 'INTERNAL', message: messageOf(error) };
}

function messageOf(error: unknown): string {
  try {
    const { message } = Object(error) as { readonly message?: unknown };
    return typeof message === 'string' ? message : String(message ?? error);
  } catch {
    return 'what was thrown says nothing of itself';
  }
}

/** Details can quote the input: long texts are cut. */
function shortened(details: unknown): Json {
  return JSON.parse(JSON.stringify(details, (_key, value) => (typeof value === 'string' ? cut(value, 1_000) : value))) as Json;
}
