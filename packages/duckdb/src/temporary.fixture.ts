import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { type DuckdbTablesOptions, duckdbTables } from './duckdb-tables';
import { fileParts } from './file-parts';

/** A folder that is gone when the test is over. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'daybook-duckdb-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Tables in a folder of their own. */
export async function temporaryTables(options: Omit<DuckdbTablesOptions, 'parts'> = {}) {
  const folder = await temporaryFolder();
  const tables = duckdbTables({ ...options, parts: fileParts(folder.path), threads: 2 });
  return {
    tables,
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await tables[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Table data needs no logs, so they are another storage's. */
export async function temporaryStorage(): Promise<Storage> {
  const { events, checkpoints } = memoryStorage();
  const temporary = await temporaryTables();
  const { tables } = temporary;
  return {
    events,
    checkpoints,
    tables,
    features: { durable: true, shared: true },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
