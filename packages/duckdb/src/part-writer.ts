import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '@daybook/core';
import { DuckDBMapValue, type DuckDBValue } from '@duckdb/node-api';
import type { Session } from './database';
import { copyTo, readParquet } from './duckdb-files';
import { makePrivate } from './file-system';
import type { PartStore, Scratch } from './part-store';
import { literal } from './sql';

/** Bigger parts are cut: a store may have to hold one in memory. */
const maxPartBytes = 128 * 2 ** 20;

/** Half of DuckDB's own choice: a load holds several groups until they are written. */
const rowsInGroup = 61_440;

/** What kind of part is to be written. */
export type PartKind = Pick<Part, 'kind' | 'key'>;

/** A Parquet file in a scratch folder. */
export interface PartFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** In all cells. */
  readonly nulls: number;
}

/** How a file is written. */
export interface FileOptions {
  readonly compression?: 'zstd' | 'uncompressed';
  /** Rows may come in any order, so none has to wait for another. Those that one thread reads come in theirs all the same. */
  readonly anyOrder?: boolean | undefined;
  /** Whose query it is. Default: the writer's own session. */
  readonly session?: Session | undefined;
}

/** Turns queries into parts. Disposing removes them again, unless they were kept: a failed operation leaves nothing behind. */
export class PartWriter implements AsyncDisposable {
  readonly #parts: PartStore;
  readonly #session: Session;
  readonly #scratch: Scratch;
  readonly #project: string;
  #loose: string[] = [];

  constructor(parts: PartStore, session: Session, scratch: Scratch, project: string) {
    this.#parts = parts;
    this.#session = session;
    this.#scratch = scratch;
    this.#project = project;
  }

  /** The rows of a query in its order; its columns are named as inside parts. No rows, no part. */
  async write(kind: PartKind, query: string): Promise<Part[]> {
    return this.store(kind, await this.file(query));
  }

  /** A file that is not a part yet. */
  async file(query: string, { compression = 'zstd', anyOrder = false, session = this.#session }: FileOptions = {}): Promise<PartFile> {
    const path = join(this.#scratch.directory, `${randomUUID()}.parquet`);
    // Two writes of the same rows are two parts, so each file carries an id of its own.
    const options = {
      format: 'parquet',
      compression,
      kv_metadata: `{part: ${literal(randomUUID())}}`,
      parquet_version: 'v2',
      preserve_order: String(!anyOrder),
      return_stats: 'true',
      row_group_size: String(rowsInGroup),
    };
    await makePrivate(path);
    const [stats = []] = await session.rows(copyTo(path, query, options));
    return { path, rows: Number(stats[1] ?? 0), bytes: Number(stats[2] ?? 0), nulls: nullsIn(stats[4]) };
  }

  /** Hands a file over to the store, in pieces where it is big. */
  async store(kind: PartKind, file: PartFile): Promise<Part[]> {
    const parts: Part[] = [];
    for (const { path, rows } of await this.#pieces(file)) {
      if (rows === 0) continue;
      const stored = await this.#parts.put(this.#project, path);
      this.#loose.push(stored.id);
      parts.push({ ...stored, ...kind, rows });
    }
    return parts;
  }

  /** The operation has succeeded. */
  keep(): void {
    this.#loose = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#loose.length > 0) await this.#parts.remove(this.#project, this.#loose);
  }

  async #pieces(file: PartFile): Promise<readonly PartFile[]> {
    const count = Math.ceil(file.bytes / maxPartBytes);
    if (count <= 1) return [file];
    const step = Math.ceil(file.rows / count);
    const pieces: PartFile[] = [];
    for (let from = 0; from < file.rows; from += step) {
      const range = `file_row_number >= ${from} AND file_row_number < ${from + step}`;
      pieces.push(await this.file(`SELECT * FROM ${readParquet(file.path)} WHERE ${range}`));
    }
    await rm(file.path);
    return pieces;
  }
}

/** Adds up what `RETURN_STATS` tells of each column. */
function nullsIn(columns: DuckDBValue | undefined): number {
  if (!(columns instanceof DuckDBMapValue)) return 0;
  const counts = columns.entries.map(
    ({ value }) => value instanceof DuckDBMapValue && value.entries.find(({ key }) => key === 'null_count'),
  );
  return counts.reduce((sum, count) => sum + Number(count ? count.value : 0), 0);
}
