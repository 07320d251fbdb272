import { join, resolve } from 'node:path';
import type { Storage, TableStore } from '@daybook/core';
import { type DuckdbTablesOptions, duckdbTables, fileParts } from '@daybook/duckdb';
import { claimDirectory, syncDirectory } from './directory';
import { Environment } from './environment';
import { FileCheckpoints } from './file-checkpoints';
import { FileEvents } from './file-events';
import { Hints } from './hints';
import { concernsOfModes } from './modes';

/** Where a book is kept, and what DuckDB may take for work on table data. */
export interface FileStorageOptions extends Pick<DuckdbTablesOptions, 'memoryLimit' | 'threads'> {
  /** Made if it is not there. Several storages, in one process or many, may use it at once. */
  readonly directory: string;
}

/**
 * Keeps everything in one directory of a local disk: events and checkpoints in LMDB, table data in Parquet files.
 * What was acknowledged is on disk. `docs/file-format.md` says what lies where.
 *
 * Refuses: `STORE_UNAVAILABLE` (the directory cannot be used, holds something else, or has another version of the format), `STORE_CORRUPT`.
 */
export function fileStorage(options: FileStorageOptions): Storage {
  return new FileStorage(options);
}

class FileStorage implements Storage {
  readonly features = { durable: true, shared: true };
  readonly concerns: readonly Error[];
  readonly events: FileEvents;
  readonly checkpoints: FileCheckpoints;
  readonly tables: TableStore & AsyncDisposable;
  readonly #environment: Environment;
  readonly #hints: Hints;

  constructor({ directory: given, ...resources }: FileStorageOptions) {
    const directory = resolve(given);
    claimDirectory(directory);
    this.#environment = new Environment(join(directory, 'events.lmdb'));
    syncDirectory(directory);
    this.concerns = concernsOfModes(directory);
    this.#hints = new Hints(join(directory, 'hints'));
    this.events = new FileEvents(this.#environment, this.#hints);
    this.checkpoints = new FileCheckpoints(this.#environment);
    this.tables = duckdbTables({ parts: fileParts(join(directory, 'parts')), ...resources });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = await Promise.allSettled([
      this.events.close().then(() => this.#environment.close()),
      this.tables[Symbol.asyncDispose](),
    ]);
    await this.#hints.close();
    for (const part of closed) if (part.status === 'rejected') throw part.reason;
  }
}
