import assert from 'node:assert/strict';
import {
  type Change,
  type Column,
  type ColumnType,
  type CsvOptions,
  columnTypes,
  type DaybookError,
  type ErrorCode,
  type ErrorDetails,
  type ExportRequest,
  type Filter,
  isDaybookError,
  type Part,
  type Progress,
  type Row,
  type RowChange,
  type RowQuery,
  type Source,
  type StagedSource,
  type TableData,
  type TableStore,
  type Value,
  type WrittenSource,
} from '@daybook/core';
import { collect } from './events';

/** How a source is to be loaded. The mode is `incremental` unless it says otherwise. */
export interface LoadOptions {
  readonly mode?: 'full' | 'incremental';
  readonly csv?: CsvOptions;
  readonly onProgress?: (progress: Progress) => void;
}

/** What an export sent. */
export interface Exported {
  readonly bytes: Buffer;
  readonly facts: { readonly rows: number; readonly bytes: number; readonly uncompressedBytes: number; readonly sha256: string };
}

/**
 * One table as the domain drives it: it keeps the columns, the key and the part list, and applies each change to them.
 * `data` is immutable; keep it to come back to that version.
 */
export class TableDriver {
  readonly tables: TableStore;
  data: TableData;
  /** How many columns of each name were made. */
  readonly #made = new Map<string, number>();

  /**
   * Columns are written `name`, `name:type` or `name:type!` (not nullable); the key by names.
   */
  constructor(tables: TableStore, columns: readonly string[], key: readonly string[] = [], project = 'p1') {
    this.tables = tables;
    const made = columns.map((shape) => this.#column(shape));
    this.data = { project, columns: made, primaryKey: [], parts: [] };
    this.setKey(key);
  }

  /** Loads CSV text or any source; columns that the table lacks are added. */
  async load(
    source: Source | string | Uint8Array,
    { mode = 'incremental', csv = {}, onProgress }: LoadOptions = {},
  ): Promise<WrittenSource> {
    await using staged = await this.stage(source, csv, onProgress);
    for (const name of staged.columns) if (!this.find(name)) this.addColumn(name);
    const columns = staged.columns.map((name) => this.column(name));
    const loaded = await staged.write({ base: this.data, columns, mode });
    this.#apply(loaded.change);
    return loaded;
  }

  /** Loads plain objects. */
  async loadRows(rows: readonly Readonly<Record<string, unknown>>[], options?: LoadOptions): Promise<WrittenSource> {
    return this.load({ rows }, options);
  }

  /** Reads the header of a source the way the domain asks for it. */
  async stage(
    source: Source | string | Uint8Array,
    csv: CsvOptions = {},
    onProgress?: (progress: Progress) => void,
  ): Promise<StagedSource> {
    const headless = csv.withoutHeaders || csv.skipLines !== undefined;
    return this.tables.stage({
      project: this.data.project,
      source: typeof source === 'string' || source instanceof Uint8Array ? { csv: source } : source,
      csv,
      header: csv.columns ?? (headless ? this.data.columns.map(({ name }) => name) : undefined),
      onProgress,
    });
  }

  /** Insists that the load is refused, leaves no part behind, and answers the error. */
  async refused<C extends ErrorCode>(code: C, source: Source | string | Uint8Array, options?: LoadOptions): Promise<ErrorDetails[C]> {
    const before = await this.storedParts();
    const error = await this.load(source, options).then(
      () => assert.fail(`loaded where ${code} was due`),
      (reason: unknown) => reason,
    );
    if (!isDaybookError(error, code)) throw error;
    assert.deepEqual(await this.storedParts(), before, 'a refused load leaves no part behind');
    return (error as DaybookError<C>).details;
  }

  /** Every part that the store keeps of the project, in order of id. */
  async storedParts(): Promise<string[]> {
    return (await collect(this.tables.parts(this.data.project))).map(({ id }) => id).sort();
  }

  async deleteRows(...where: readonly Filter[]): Promise<Change> {
    return this.#apply(await this.tables.deleteRows(this.data, where));
  }

  /** Compacts a run of parts, by default all. */
  async compact(at = 0, count = this.data.parts.length - at): Promise<Change> {
    const change = await this.tables.compact(this.data, { at, count });
    for (const splice of change.splices) {
      assert.ok(splice.at >= at && splice.at + splice.removed.length <= at + count, 'a compaction stays within its run');
    }
    return this.#apply(change);
  }

  addColumn(shape: string): void {
    this.data = { ...this.data, columns: [...this.data.columns, this.#column(shape)] };
  }

  dropColumn(name: string): void {
    this.data = { ...this.data, columns: this.data.columns.filter((column) => column.name !== name) };
  }

  setKey(names: readonly string[]): void {
    this.data = { ...this.data, primaryKey: names.map((name) => this.column(name).id) };
  }

  find(name: string): Column | undefined {
    return this.data.columns.find((column) => column.name === name);
  }

  column(name: string): Column {
    return this.find(name) ?? assert.fail(`no column ${name}`);
  }

  async rows(query?: RowQuery): Promise<Row[]> {
    return rowsOf(this.tables, this.data, query);
  }

  /** The rows as lists of values, in the order of the columns asked for. */
  async tuples(query?: RowQuery): Promise<Value[][]> {
    const names = query?.columns ?? this.data.columns.map(({ name }) => name);
    return (await this.rows(query)).map((row) => names.map((name) => row[name]!));
  }

  async export(request: ExportRequest): Promise<Exported> {
    const chunks: Uint8Array[] = [];
    const facts = await this.tables.export(this.data, request, async (chunk) => void chunks.push(Uint8Array.from(chunk)));
    return { bytes: Buffer.concat(chunks), facts };
  }

  /** What leads from an earlier version to this one. */
  async diff(from: TableData, touched?: readonly Part[]): Promise<RowChange[]> {
    return diffOf(this.tables, from, this.data, touched);
  }

  #column(shape: string): Column {
    const [, name = '', type = 'string', required] = /^(.+?)(?::([a-z]+)(!?))?$/.exec(shape) ?? [];
    assert.ok((columnTypes as readonly string[]).includes(type), `no column type ${type}`);
    const times = (this.#made.get(name) ?? 0) + 1;
    this.#made.set(name, times);
    return { id: times === 1 ? name : `${name}~${times}`, name, type: type as ColumnType, nullable: !required };
  }

  #apply(change: Change): Change {
    this.data = { ...this.data, parts: spliced(this.data.parts, change) };
    return change;
  }
}

/** The part list after a change; fails where the change does not fit the list. */
export function spliced(parts: readonly Part[], { splices }: Change): readonly Part[] {
  const result: Part[] = [];
  let next = 0;
  for (const { at, removed, added } of splices) {
    assert.ok(at >= next && at <= parts.length, `splices ascend, do not overlap and stay within the list: ${at}`);
    result.push(...parts.slice(next, at));
    next = at + removed.length;
    assert.deepEqual(
      parts.slice(at, next).map(({ id }) => id),
      removed,
      'removed parts stand where the splice says',
    );
    result.push(...added);
  }
  return [...result, ...parts.slice(next)];
}

/** All rows of a version, as plain objects. */
export async function rowsOf(tables: TableStore, data: TableData, query?: RowQuery): Promise<Row[]> {
  return (await collect(tables.read(data, query))).map((row) => ({ ...row }));
}

/** All changes between two versions, as plain objects. */
export async function diffOf(tables: TableStore, from: TableData, to: TableData, touched?: readonly Part[]): Promise<RowChange[]> {
  return (await collect(tables.diff(from, to, touched))).map(plainChange);
}

function plainChange(change: RowChange): RowChange {
  const copy = <T extends Row | null>(row: T): T => (row === null ? row : { ...row });
  switch (change.kind) {
    case 'inserted':
      return { kind: change.kind, key: copy(change.key), after: copy(change.after) };
    case 'updated':
      return { kind: change.kind, key: copy(change.key), before: copy(change.before), after: copy(change.after) };
    case 'deleted':
      return { kind: change.kind, key: copy(change.key), before: copy(change.before) };
  }
}
