import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type ColumnType, columnTypes, type ExportRequest, type Progress, type Source, type TableStore } from '@daybook/core';
import fc from 'fast-check';
import { fittingText } from './arbitraries';
import { type Law, law } from './law';
import { property } from './property';
import { TableDriver } from './table-driver';

const formats = ['csv', 'ndjson', 'parquet'] as const;
/** A column of each type, named by its first letter. */
const shapes = columnTypes.map((type) => `${type.slice(0, 1)}:${type}`);

/** What an export sends, and that a load of it gives the same rows. */
export const exportLaws: readonly Law[] = [
  law('exports CSV with a header, LF, null as nothing and empty text in quotes', async ({ tables }) => {
    const table = await sample(tables);
    const { bytes } = await table.export({ format: 'csv' });
    assert.equal(
      bytes.toString(),
      'id,name,at\n1,Ada,2026-11-01T10:00:00Z\n2,,\n3,"",2026-11-01T10:00:00.5Z\n9007199254740993,žluťoučký,\n',
    );
  }),

  law('quotes in CSV what would read otherwise', async ({ tables }) => {
    const table = new TableDriver(tables, ['a']);
    await table.loadRows([{ a: 'x,y' }, { a: 'say "hi"' }, { a: 'two\nlines' }, { a: 'two\r\nlines' }, { a: null }, { a: '' }]);
    const { bytes } = await table.export({ format: 'csv' });
    assert.equal(bytes.toString(), 'a\n"x,y"\n"say ""hi"""\n"two\nlines"\n"two\r\nlines"\n\n""\n');
  }),

  law('exports NDJSON, an object a line', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name', 'score:numeric', 'ratio:float', 'ok:boolean']);
    await table.load('id,name,score,ratio,ok\n1,"a ""b""\n🐎",1.5,0.1,true\n2,,,,\n3,"",-3,1e3,0\n');
    const lines = (await table.export({ format: 'ndjson' })).bytes.toString().split('\n');
    assert.equal(lines.pop(), '');
    const rows = await table.rows();
    const withoutNulls = (row: object) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
    assert.deepEqual(
      lines.map((line) => withoutNulls(JSON.parse(line) as object)),
      rows.map(withoutNulls),
    );
  }),

  law('exports the columns in their order, whatever their names', async ({ tables }) => {
    const table = new TableDriver(tables, ['b', '10', '9', 'constructor']);
    await table.loadRows([{ b: 'x', 10: 'ten', 9: 'nine', constructor: 'c' }]);
    assert.equal((await table.export({ format: 'csv' })).bytes.toString(), 'b,10,9,constructor\nx,ten,nine,c\n');
    assert.equal((await table.export({ format: 'csv', columns: ['9', 'b'] })).bytes.toString(), '9,b\nnine,x\n');
  }),

  law('exports the rows and columns asked for', async ({ tables }) => {
    const table = await sample(tables);
    const { bytes, facts } = await table.export({
      format: 'csv',
      columns: ['name', 'id'],
      where: [{ column: 'name', op: 'ne', values: ['žluťoučký'] }],
      orderBy: [{ column: 'id', direction: 'desc' }],
      limit: 2,
    });
    assert.equal(bytes.toString(), 'name,id\n"",3\n,2\n');
    assert.equal(facts.rows, 2);
  }),

  ...formats.map((format) =>
    law(`exports the rows after updates and deletions as ${format}`, async ({ tables }) => {
      const table = await sample(tables);
      await table.load('id,name,at\n1,Lovelace,\n7,New,\n');
      await table.deleteRows({ column: 'id', op: 'eq', values: [2] });
      const copy = new TableDriver(tables, ['id:integer', 'name', 'at:timestamp']);
      await copy.load(sourceOf(format, (await table.export({ format })).bytes));
      assert.deepEqual(await copy.rows(), await table.rows());
    }),
  ),

  ...formats.map((format) =>
    law(`exports a table without rows as ${format}`, async ({ tables }) => {
      const table = new TableDriver(tables, ['id:integer', 'name']);
      const { bytes, facts } = await table.export({ format });
      assert.equal(facts.rows, 0);
      if (format === 'csv') assert.equal(bytes.toString(), 'id,name\n');
      if (format === 'ndjson') assert.equal(bytes.length, 0);
      if (format === 'parquet') {
        await using staged = await table.stage({ parquet: bytes });
        assert.deepEqual(staged.columns, ['id', 'name']);
      }
    }),
  ),

  ...formats.flatMap((format) =>
    [false, true].map((gzip) =>
      law(`says what it sent as ${format}${gzip ? ' in gzip' : ''}`, async ({ tables }) => {
        const table = await sample(tables);
        const { bytes, facts } = await table.export({ format, gzip });
        const content = gzip ? gunzipSync(bytes) : bytes;
        assert.deepEqual({ ...facts }, { rows: 4, bytes: bytes.length, uncompressedBytes: content.length, sha256: sha256(bytes) });
        if (!gzip) return;
        const copy = new TableDriver(tables, ['id:integer', 'name', 'at:timestamp']);
        await copy.load(sourceOf(format, format === 'parquet' ? content : bytes));
        assert.deepEqual(await copy.rows(), await table.rows());
      }),
    ),
  ),

  law('hands out one chunk at a time, and tells of its progress', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name']);
    await table.loadRows(Array.from({ length: 5000 }, (_, id) => ({ id, name: `name ${id}` })));
    for (const format of formats) {
      const told: Progress[] = [];
      let busy = false;
      const { bytes } = await tables.export(table.data, { format, onProgress: (progress) => told.push({ ...progress }) }, async () => {
        assert.ok(!busy, 'the next chunk waits until the last one is taken');
        busy = true;
        await new Promise(setImmediate);
        busy = false;
      });
      assert.ok(told.length > 0 && told.every(({ phase }) => phase === 'exporting'));
      assert.equal(Math.max(...told.map((progress) => progress.bytes)), bytes);
    }
  }),

  law('stops when a chunk cannot be taken', async ({ tables }) => {
    const table = await sample(tables);
    for (const format of formats) {
      const failing = tables.export(table.data, { format }, async () => Promise.reject(new Error('the disk is full')));
      await assert.rejects(failing);
    }
    assert.equal((await table.export({ format: 'csv' })).facts.rows, 4);
  }),

  law('writes no part', async ({ tables }) => {
    const table = await sample(tables);
    const before = await table.storedParts();
    for (const format of formats) await table.export({ format, gzip: true });
    assert.deepEqual(await table.storedParts(), before);
  }),

  ...formats.map((format) =>
    property(
      `loads any rows again that it exported as ${format}`,
      fc.tuple(typedRows(), fc.boolean()),
      async ({ tables }, [rows, gzip]) => {
        await survivesExport(tables, shapes, rows, { format, gzip: gzip && format !== 'parquet' });
      },
    ),
  ),

  ...formats.map((format) =>
    property(
      `loads any single column again that it exported as ${format}`,
      fc.array(cell('string'), { minLength: 1, maxLength: 6 }),
      async ({ tables }, texts) => {
        const rows = texts.map((s) => ({ s }));
        await survivesExport(tables, ['s'], rows, { format });
      },
    ),
  ),
];

async function sample(tables: TableStore): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id:integer', 'name', 'at:timestamp'], ['id']);
  await table.load('id,name,at\n1,Ada,2026-11-01T10:00:00Z\n2,,\n3,"",2026-11-01 12:00:00.500+02:00\n9007199254740993,žluťoučký,\n');
  return table;
}

type ExampleRow = Readonly<Record<string, string | null>>;

function typedRows(): fc.Arbitrary<ExampleRow[]> {
  const cells = columnTypes.map((type) => [type.slice(0, 1), cell(type)] as const);
  return fc.array(fc.record(Object.fromEntries(cells)), { minLength: 1, maxLength: 6 });
}

function cell(type: ColumnType): fc.Arbitrary<string | null> {
  return fc.option(fittingText(type), { nil: null });
}

async function survivesExport(
  tables: TableStore,
  columns: readonly string[],
  rows: readonly ExampleRow[],
  request: ExportRequest,
): Promise<void> {
  const table = new TableDriver(tables, columns);
  await table.loadRows(rows);
  const { bytes } = await table.export(request);
  const copy = new TableDriver(tables, columns);
  await copy.load(sourceOf(request.format, bytes));
  assert.deepEqual(await copy.rows(), await table.rows());
}

function sourceOf(format: ExportRequest['format'], bytes: Uint8Array): Source {
  switch (format) {
    case 'csv':
      return { csv: bytes };
    case 'ndjson':
      return { ndjson: bytes };
    case 'parquet':
      return { parquet: bytes };
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
