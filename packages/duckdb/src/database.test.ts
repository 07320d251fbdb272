import { setImmediate } from 'node:timers/promises';
import { isDaybookError } from '@daybook/core';
import { TableDriver } from '@daybook/testing';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Database } from './database';
import { duckdbTables } from './duckdb-tables';
import { fileParts } from './file-parts';
import { stage } from './load';
import { temporaryFolder } from './temporary.fixture';

afterEach(() => {
  vi.restoreAllMocks();
});

const invalidated = () => Promise.reject(new Error('FATAL Error: database has been invalidated because of a previous fatal error'));

/** Every DuckDB that is opened from now on, to be broken as a fatal error does it: no connection to it is good for anything. */
function breakable(): (() => void)[] {
  const breakers: (() => void)[] = [];
  const create = DuckDBInstance.create.bind(DuckDBInstance);
  vi.spyOn(DuckDBInstance, 'create').mockImplementation(async (...options) => {
    const instance = await create(...options);
    const connections: DuckDBConnection[] = [];
    const connect = instance.connect.bind(instance);
    vi.spyOn(instance, 'connect').mockImplementation(async () => {
      const connection = await connect();
      connections.push(connection);
      return connection;
    });
    breakers.push(() => {
      instance.connect = invalidated;
      for (const connection of connections) connection.runAndReadAll = invalidated;
    });
    return instance;
  });
  return breakers;
}

describe('a DuckDB that broke', () => {
  it('fails who was at work with it; who comes next gets another', async () => {
    const breakers = breakable();
    await using folder = await temporaryFolder();
    const database = new Database({ memoryLimit: '200MB', threads: 1 }, async () => folder.path);
    const [atWork, alsoAtWork] = [await database.borrow(), await database.borrow()];
    for (const session of [await database.borrow(), await database.borrow()]) await session[Symbol.asyncDispose]();

    breakers[0]!();
    await expect(atWork.rows('SELECT 1')).rejects.toSatisfy((error) => isDaybookError(error, 'STORE_UNAVAILABLE'));
    for (let next = 0; next < 3; next++) {
      await using session = await database.borrow();
      expect(await session.counts('SELECT 42')).toEqual([42]);
    }
    await expect(alsoAtWork.rows('SELECT 1')).rejects.toSatisfy((error) => isDaybookError(error, 'STORE_UNAVAILABLE'));
    for (const session of [atWork, alsoAtWork]) await session[Symbol.asyncDispose]();
    {
      await using session = await database.borrow();
      expect(await session.counts('SELECT 42')).toEqual([42]);
    }
    expect(breakers).toHaveLength(2);
    await database.close();
  });
});

describe('a DuckDB that is closed', () => {
  it('is so after a failed query, too, while it is asked whether it still works', async () => {
    await using folder = await temporaryFolder();
    for (let round = 0; round < 200; round++) {
      const database = new Database({ memoryLimit: '200MB', threads: 2 }, async () => folder.path);
      const session = await database.borrow();
      await expect(session.rows('SELECT error(1)')).rejects.toThrow();
      await session[Symbol.asyncDispose]();
      for (let turn = 0; turn < round % 10; turn++) await setImmediate();
      await database.close();
    }
  });
});

describe('a Parquet file from elsewhere', () => {
  it('is read by a DuckDB of its own, so that nothing else is disturbed when it breaks, and without one then', async () => {
    await using folder = await temporaryFolder();
    const limits = { memoryLimit: '200MB', threads: 1 };
    const spill = async () => folder.path;
    const database = new Database(limits, spill);
    const parts = fileParts(folder.path);
    await using tables = duckdbTables({ parts, threads: 2 });
    const table = new TableDriver(tables, ['a']);
    await table.loadRows([{ a: '1' }]);
    const { bytes } = await table.export({ format: 'parquet' });

    const breakers = breakable();
    let apart = 0;
    class Broken extends Database {
      override async borrow() {
        apart += 1;
        const session = await super.borrow();
        breakers.at(-1)!();
        return session;
      }
    }
    const foreign = new Broken(limits, spill);
    await using staged = await stage({ parts, database, foreign }, { project: 'p1', source: { parquet: bytes }, csv: {} });
    const written = await staged.write({ base: table.data, columns: table.data.columns, mode: 'full' });
    expect([written.read, apart]).toEqual([1, 1]);
    await foreign.close();
    await using session = await database.borrow();
    expect(await session.counts('SELECT 42')).toEqual([42]);
  });
});
