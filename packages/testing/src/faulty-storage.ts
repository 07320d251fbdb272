import {
  type AppendResult,
  type Change,
  type Checkpoint,
  type CheckpointStore,
  DaybookError,
  type EventStore,
  type ExportRequest,
  type Filter,
  type Head,
  type LogId,
  type Part,
  type ReadOptions,
  type RecordedEvent,
  type Row,
  type RowChange,
  type RowCounts,
  type RowQuery,
  type Source,
  type SourceFacts,
  type StagedSource,
  type StageRequest,
  type Storage,
  type TableData,
  type TableStore,
  type Write,
  type WriteRequest,
} from '@daybook/core';

/** What can be made to fail: a port's method, or `tables.write` for the writing of a staged source. */
export type Operation =
  | `events.${Exclude<keyof EventStore, 'watch'>}`
  | `checkpoints.${keyof CheckpointStore}`
  | `tables.${keyof TableStore | 'write'}`;

/** One call of an operation. */
export interface Call {
  readonly operation: Operation;
  /** 1 for the first call of this operation, 2 for the second … */
  readonly nth: number;
}

/**
 * `failed`: nothing happens and the caller gets `STORE_UNAVAILABLE`. `answer lost`: it happens, and the caller gets
 * `STORE_UNAVAILABLE` all the same, as when a connection breaks after the commit.
 */
export type Fault = 'failed' | 'answer lost';

/** Decides what becomes of each call, before it begins. A promise delays the call until it resolves. */
export type FaultPlan = (call: Call) => Fault | undefined | Promise<Fault | undefined>;

/**
 * The storage, failing as planned: for tests of what stands on a storage.
 *
 * ```ts
 * faultyStorage(storage, ({ operation, nth }) => (operation === 'events.append' && nth === 2 ? 'answer lost' : undefined));
 * ```
 */
export function faultyStorage(storage: Storage, plan: FaultPlan): Storage {
  const calls = new Calls(plan);
  return {
    events: new FaultyEvents(storage.events, calls),
    checkpoints: new FaultyCheckpoints(storage.checkpoints, calls),
    tables: new FaultyTables(storage.tables, calls),
    features: storage.features,
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

/** Counts the calls of each operation and carries out the plan. */
class Calls {
  readonly #plan: FaultPlan;
  readonly #counts = new Map<Operation, number>();

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  async run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const { fault, error } = await this.#next(operation);
    if (fault === 'failed') throw error;
    const answer = await work();
    if (fault === undefined) return answer;
    if (isDisposable(answer)) await answer[Symbol.asyncDispose]();
    throw error;
  }

  /** Failed: before the first page. Answer lost: after the last. */
  async *pages<T>(operation: Operation, work: () => AsyncIterable<T>): AsyncGenerator<T> {
    const { fault, error } = await this.#next(operation);
    if (fault === 'failed') throw error;
    yield* work();
    if (fault !== undefined) throw error;
  }

  async #next(operation: Operation): Promise<{ fault: Fault | undefined; error: DaybookError }> {
    const nth = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, nth);
    const fault = await this.#plan({ operation, nth });
    return { fault, error: new DaybookError('STORE_UNAVAILABLE', { what: `${operation}, call ${nth}: ${fault}` }) };
  }
}

function isDisposable(value: unknown): value is AsyncDisposable {
  return typeof value === 'object' && value !== null && Symbol.asyncDispose in value;
}

class FaultyEvents implements EventStore {
  readonly #events: EventStore;
  readonly #calls: Calls;

  constructor(events: EventStore, calls: Calls) {
    this.#events = events;
    this.#calls = calls;
  }

  append(writes: readonly Write[]): Promise<AppendResult> {
    return this.#calls.run('events.append', () => this.#events.append(writes));
  }

  read(log: LogId, options?: ReadOptions): AsyncIterable<readonly RecordedEvent[]> {
    return this.#calls.pages('events.read', () => this.#events.read(log, options));
  }

  head(log: LogId): Promise<Head | undefined> {
    return this.#calls.run('events.head', () => this.#events.head(log));
  }

  logs(options?: { readonly prefix?: string; readonly after?: LogId }): AsyncIterable<readonly LogId[]> {
    return this.#calls.pages('events.logs', () => this.#events.logs(options));
  }

  erase(log: LogId): Promise<void> {
    return this.#calls.run('events.erase', () => this.#events.erase(log));
  }

  watch(listener: (log: LogId) => void): () => void {
    return this.#events.watch(listener);
  }
}

class FaultyCheckpoints implements CheckpointStore {
  readonly #checkpoints: CheckpointStore;
  readonly #calls: Calls;

  constructor(checkpoints: CheckpointStore, calls: Calls) {
    this.#checkpoints = checkpoints;
    this.#calls = calls;
  }

  save(log: LogId, checkpoint: Checkpoint): Promise<void> {
    return this.#calls.run('checkpoints.save', () => this.#checkpoints.save(log, checkpoint));
  }

  latest(log: LogId, options: { readonly fold: string; readonly upTo?: number }): Promise<Checkpoint | undefined> {
    return this.#calls.run('checkpoints.latest', () => this.#checkpoints.latest(log, options));
  }

  erase(log: LogId): Promise<void> {
    return this.#calls.run('checkpoints.erase', () => this.#checkpoints.erase(log));
  }
}

class FaultyTables implements TableStore {
  readonly #tables: TableStore;
  readonly #calls: Calls;

  constructor(tables: TableStore, calls: Calls) {
    this.#tables = tables;
    this.#calls = calls;
  }

  stage(request: StageRequest): Promise<StagedSource> {
    return this.#calls.run('tables.stage', async () => new FaultyStagedSource(await this.#tables.stage(request), this.#calls));
  }

  receive(source: Source): Promise<SourceFacts> {
    return this.#calls.run('tables.receive', () => this.#tables.receive(source));
  }

  count(base: TableData, added: readonly Part[]): Promise<RowCounts> {
    return this.#calls.run('tables.count', () => this.#tables.count(base, added));
  }

  deleteRows(base: TableData, where: readonly Filter[]): Promise<Change> {
    return this.#calls.run('tables.deleteRows', () => this.#tables.deleteRows(base, where));
  }

  compact(base: TableData, run: { readonly at: number; readonly count: number }): Promise<Change> {
    return this.#calls.run('tables.compact', () => this.#tables.compact(base, run));
  }

  countRows(data: TableData, where: readonly Filter[]): Promise<number> {
    return this.#calls.run('tables.countRows', () => this.#tables.countRows(data, where));
  }

  countDuplicates(data: TableData, columns: readonly string[]): Promise<number> {
    return this.#calls.run('tables.countDuplicates', () => this.#tables.countDuplicates(data, columns));
  }

  read(data: TableData, query?: RowQuery): AsyncIterable<readonly Row[]> {
    return this.#calls.pages('tables.read', () => this.#tables.read(data, query));
  }

  export(data: TableData, request: ExportRequest, write: (chunk: Uint8Array) => Promise<void>): ReturnType<TableStore['export']> {
    return this.#calls.run('tables.export', () => this.#tables.export(data, request, write));
  }

  diff(from: TableData, to: TableData, touched?: readonly Part[]): AsyncIterable<readonly RowChange[]> {
    return this.#calls.pages('tables.diff', () => this.#tables.diff(from, to, touched));
  }

  parts(project: string): ReturnType<TableStore['parts']> {
    return this.#calls.pages('tables.parts', () => this.#tables.parts(project));
  }

  verify(project: string, part: string): ReturnType<TableStore['verify']> {
    return this.#calls.run('tables.verify', () => this.#tables.verify(project, part));
  }

  remove(project: string, parts: readonly string[]): Promise<void> {
    return this.#calls.run('tables.remove', () => this.#tables.remove(project, parts));
  }

  erase(project: string): Promise<void> {
    return this.#calls.run('tables.erase', () => this.#tables.erase(project));
  }
}

class FaultyStagedSource implements StagedSource {
  readonly columns: StagedSource['columns'];
  readonly types: StagedSource['types'];
  readonly #staged: StagedSource;
  readonly #calls: Calls;

  constructor(staged: StagedSource, calls: Calls) {
    this.columns = staged.columns;
    this.types = staged.types;
    this.#staged = staged;
    this.#calls = calls;
  }

  write(request: WriteRequest): ReturnType<StagedSource['write']> {
    return this.#calls.run('tables.write', () => this.#staged.write(request));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#staged[Symbol.asyncDispose]();
  }
}
