import { availableParallelism } from 'node:os';
import type {
  Change,
  ExportRequest,
  Filter,
  Part,
  Row,
  RowChange,
  RowCounts,
  RowQuery,
  Source,
  SourceFacts,
  StagedSource,
  StageRequest,
  TableData,
  TableStore,
} from '@daybook/core';
import { compact, deleteRows } from './changes';
import { countDuplicates, countRows, countUpserts } from './count';
import { Database } from './database';
import { diffRows } from './diff';
import type { Engine } from './engine';
import { exportRows } from './export';
import { receive, stage } from './load';
import type { PartStore, Scratch, StoredPart } from './part-store';
import { readRows } from './query';

/** How table data is kept by DuckDB. */
export interface DuckdbTablesOptions {
  /** Where parts are kept. Closing the tables closes it too. */
  readonly parts: PartStore;
  /** Where DuckDB puts what does not fit into memory. Default: a scratch folder of `parts`. */
  readonly temporaryDirectory?: string;
  /** How much DuckDB may hold in memory before it spills to disk, in its own words. Default `1GB`. As much again while Parquet files are loaded. */
  readonly memoryLimit?: string;
  /** Default: as many as the machine has processors. */
  readonly threads?: number;
}

/** Table data as Parquet parts, worked on by DuckDB. Disposing waits for work under way. */
export function duckdbTables(options: DuckdbTablesOptions): TableStore & AsyncDisposable {
  return new DuckdbTables(options);
}

class DuckdbTables implements TableStore, AsyncDisposable {
  readonly #engine: Engine;
  #spill: Promise<Scratch> | undefined;

  constructor({ parts, temporaryDirectory, memoryLimit = '1GB', threads = availableParallelism() }: DuckdbTablesOptions) {
    const spill = async () => {
      if (temporaryDirectory !== undefined) return temporaryDirectory;
      this.#spill ??= parts.scratch();
      return (await this.#spill).directory;
    };
    const database = () => new Database({ memoryLimit, threads }, spill);
    this.#engine = { parts, database: database(), foreign: database() };
  }

  stage(request: StageRequest): Promise<StagedSource> {
    return stage(this.#engine, request);
  }

  receive(source: Source): Promise<SourceFacts> {
    return receive(source);
  }

  count(base: TableData, added: readonly Part[]): Promise<RowCounts> {
    return countUpserts(this.#engine, base, added);
  }

  deleteRows(base: TableData, where: readonly Filter[]): Promise<Change> {
    return deleteRows(this.#engine, base, where);
  }

  compact(base: TableData, run: { readonly at: number; readonly count: number }): Promise<Change> {
    return compact(this.#engine, base, run);
  }

  countRows(data: TableData, where: readonly Filter[]): Promise<number> {
    return countRows(this.#engine, data, where);
  }

  countDuplicates(data: TableData, columns: readonly string[]): Promise<number> {
    return countDuplicates(this.#engine, data, columns);
  }

  read(data: TableData, query: RowQuery = {}): AsyncIterable<readonly Row[]> {
    return readRows(this.#engine, data, query);
  }

  export(data: TableData, request: ExportRequest, write: (chunk: Uint8Array) => Promise<void>): ReturnType<TableStore['export']> {
    return exportRows(this.#engine, data, request, write);
  }

  diff(from: TableData, to: TableData, touched?: readonly Part[]): AsyncIterable<readonly RowChange[]> {
    return diffRows(this.#engine, from, to, touched);
  }

  parts(project: string): AsyncIterable<readonly StoredPart[]> {
    return this.#engine.parts.list(project);
  }

  verify(project: string, part: string): Promise<'intact' | 'missing' | 'altered'> {
    return this.#engine.parts.verify(project, part);
  }

  remove(project: string, parts: readonly string[]): Promise<void> {
    return this.#engine.parts.remove(project, parts);
  }

  erase(project: string): Promise<void> {
    return this.#engine.parts.erase(project);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#engine.database.close(), this.#engine.foreign.close()]);
    await (await this.#spill)?.[Symbol.asyncDispose]();
    await this.#engine.parts[Symbol.asyncDispose]();
  }
}
