import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableStore } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { directoryName, TableDriver, tableLife } from '@daybook/testing';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvReader, parquetReader, readCsv, readParquet } from './duckdb-files';
import { duckdbTables } from './duckdb-tables';
import { fileParts } from './file-parts';
import { temporaryFolder } from './temporary.fixture';

/** What DuckDB's catalogue lists for a reader, beside the path. */
async function optionsOf(reader: string): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const query = `SELECT DISTINCT unnest(parameters) FROM duckdb_functions() WHERE function_name = '${reader}'`;
  const rows = (await connection.runAndReadAll(query)).getRows();
  return rows.map(([name]) => String(name)).filter((name) => name !== 'col0');
}

const csv = { delimiter: ',', enclosure: '"', nulls: [''], columns: ['t0'], newLine: '\\n', bufferBytes: 1, longestLineBytes: 1 };

describe('each option of a reader of files', () => {
  it.each([
    ['read_parquet', parquetReader, readParquet('/x')],
    ['read_csv', csvReader, readCsv('/x', { ...csv, parallel: true, padded: false })],
  ])('has a value, or a reason why not, in %s', async (reader, options, call) => {
    const unset = Object.keys(options.unset);
    const given = [...call.matchAll(/(?:, )(\w+) = /g)].map(([, name]) => name!);
    expect(given.filter((name) => name !== 'new_line').toSorted()).toEqual([...Object.keys(options.set), ...options.given].toSorted());
    expect([...given.filter((name) => !unset.includes(name)), ...unset].toSorted()).toEqual((await optionsOf(reader)).toSorted());
  });

  it('is given in one place: no other source calls a reader or writes a file', () => {
    const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\./.test(name));
    const calls = sources.filter((name) => {
      const code = readFileSync(join(import.meta.dirname, name), 'utf8');
      return /\b(read_(csv|json|ndjson|parquet|text|blob)\w*|parquet_scan|sniff_csv|glob)\b|\bCOPY\b|FROM '/.test(
        code.replace(/^\s*(\/\*|\*|\/\/).*$/gm, ''),
      );
    });
    expect(calls).toEqual(['duckdb-files.ts']);
  });
});

describe('a directory of any name', () => {
  const columns = ['env', 'a', 'k'];

  async function opened<T>(directory: string, use: (tables: TableStore) => Promise<T>): Promise<T> {
    await using tables = duckdbTables({ parts: fileParts(directory), threads: 2 });
    return await use(tables);
  }

  it('holds tables like any other', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    const expected = await tableLife(memoryStorage().tables, columns, ['env']);
    const property = fc.asyncProperty(directoryName(), async (name) => {
      const directory = join(folder.path, name, 'parts');
      expect(await opened(directory, (tables) => tableLife(tables, columns, ['env']))).toEqual(expected);
    });
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 15), examples: [['env=prod'], ['a=1'], ["it's"]] });
  });

  it('stands for no other', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    let places = 0;
    const property = fc.asyncProperty(directoryName(), async (name) => {
      // A folder for each: names that were tried before would stand beside this one.
      const home = join(folder.path, `${++places}`);
      const [here, beside] = [join(home, name), join(home, name.replaceAll(/\[[^\]]*\]|[*?[]/g, 'b'))];
      await mkdir(here, { recursive: true });
      const { data, rows } = await opened(here, async (tables) => {
        const table = new TableDriver(tables, columns);
        await table.loadRows([{ env: '1', a: '2', k: '3' }]);
        return { data: table.data, rows: await table.rows() };
      });
      if (beside !== here) await cp(here, beside, { recursive: true });
      await opened(here, async (tables) => {
        const table = new TableDriver(tables, []);
        table.data = data;
        expect(await table.rows()).toEqual(rows);
      });
    });
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 30), examples: [['*'], ['a[1]*'], ['?'], ['[!a]'], ['**']] });
  });

  it('is refused at once where DuckDB has no path to it', () => {
    expect(() => fileParts('/tmp/a\\*')).toThrow(TypeError);
  });
});
