import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column } from '@daybook/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceRow } from './csv';
import { Database } from './database';
import { readCsv } from './duckdb-files';
import { fileParts } from './file-parts';
import { PartWriter } from './part-writer';
import { readSource } from './read-source';
import { literal } from './sql';
import { type TemporaryFolder, temporaryFolder } from './temporary.fixture';
import { bufferBytes, type Relation } from './text-source';

type Rows = readonly (readonly [string | null, string | null])[];

describe('what DuckDB reads otherwise than was counted', () => {
  let folder: TemporaryFolder;
  const database = new Database({ memoryLimit: '500MB', threads: 2 }, async () => folder.path);
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await database.close();
    await folder[Symbol.asyncDispose]();
  });

  /** What is read where DuckDB gets this, and our own reader gets these rows. */
  async function read(relation: Relation, rows: Rows) {
    const parts = fileParts(folder.path);
    await using scratch = await parts.scratch();
    await using session = await database.borrow();
    await using writer = new PartWriter(parts, session, scratch, 'p');
    const columns = ['a', 'b'].map((id): Column => ({ id, name: id, type: 'string', nullable: true }));
    async function* records(): AsyncGenerator<SourceRow> {
      for (const [i, cells] of rows.entries()) yield { line: i + 1, cells };
    }
    const file = await readSource(writer, scratch, { relation, records }, columns);
    return await session.rows(`SELECT a, b FROM read_parquet(${literal(file.path)})`);
  }

  it('is read by our own reader: a record that its reader of CSV drops', async () => {
    const path = join(folder.path, 'long.csv');
    const long = 'x'.repeat(4_000_000);
    await writeFile(path, `1,2\n3,4\n7,${long}`);
    const dialect = { delimiter: ',', enclosure: '"', nulls: [''], newLine: '\\n', columns: ['t0', 't1'] };
    const sql = readCsv(path, { ...dialect, bufferBytes, longestLineBytes: bufferBytes, parallel: true, padded: false });
    const rows: Rows = [
      ['1', '2'],
      ['3', '4'],
      ['7', long],
    ];
    expect(await read({ sql, count: async () => ({ rows: 3 }) }, rows)).toEqual(rows);
  });

  it.each([
    ['a row that lacks', { rows: 3, nulls: 2 }],
    ['a row too many', { rows: 1, nulls: 2 }],
    ['a null that lacks', { rows: 2, nulls: 3 }],
    ['a null too many', { rows: 2, nulls: 1 }],
    ['what it might misread', undefined],
  ])('is read by our own reader: %s', async (_, counted) => {
    const sql = `(VALUES ('DuckDB', NULL), (NULL, 'DuckDB')) read(t0, t1)`;
    const rows: Rows = [['ours', 'ours']];
    expect(await read({ sql, count: async () => counted }, rows)).toEqual(rows);
    expect(await read({ sql, count: async () => ({ rows: 2, nulls: 2 }) }, rows)).toHaveLength(2);
  });
});
