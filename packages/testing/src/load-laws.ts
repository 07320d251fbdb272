import assert from 'node:assert/strict';
import type { RowCounts, Value } from '@daybook/core';
import fc from 'fast-check';
import { text } from './arbitraries';
import { collect } from './events';
import { type Law, law } from './law';
import { property } from './property';
import { rowsOf, TableDriver } from './table-driver';

/** What a load does to a table, and what it counts. */
export const loadLaws: readonly Law[] = [
  law('appends to a table without a key, the same file twice too', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name']);
    for (let n = 0; n < 2; n++) {
      const { change } = await table.load('id,name\n1,Ada\n1,Ada\n');
      assert.deepEqual(change.rows, counts({ inserted: 2 }));
      assert.ok(change.splices.every(({ removed, added }) => removed.length === 0 && added.every(({ kind }) => kind === 'rows')));
    }
    assert.equal((await table.tuples()).length, 4);
    assert.equal(new Set(table.data.parts.map(({ id }) => id)).size, table.data.parts.length);
  }),

  law('inserts and updates by key; rows absent from the input stay', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,Ada\n2,Grace\n3,Edsger\n');
    const { change, read } = await table.load('id,name\n2,Hopper\n4,Alan\n3,Edsger\n');
    assert.deepEqual(change.rows, { inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
    assert.equal(read, 3);
    assert.deepEqual(byKey(await table.tuples()), [
      ['1', 'Ada'],
      ['2', 'Hopper'],
      ['3', 'Edsger'],
      ['4', 'Alan'],
    ]);
  }),

  law('writes a load by key as upserts that leave the base alone', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load(numbered(1000, 'old'), { mode: 'full' });
    const { parts } = table.data;
    assert.ok(parts.every(({ kind }) => kind === 'rows'));
    const { change } = await table.load('id,name\n5,new\n6,new\n');
    assert.deepEqual(change.splices.length, 1);
    const [{ at, removed, added } = assert.fail()] = change.splices;
    assert.deepEqual([at, removed], [parts.length, []]);
    assert.ok(added.every(({ kind, key }) => kind === 'upserts' && JSON.stringify(key) === JSON.stringify(table.data.primaryKey)));
    assert.equal(sum(added.map(({ rows }) => rows)), 2);
  }),

  law('lets an updated row stand where its last update stands', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\nc,1\na,1\nb,1\n');
    await table.load('id,name\na,2\n');
    await table.load('id,name\nd,3\nc,3\n');
    assert.deepEqual(await table.tuples(), [
      ['b', '1'],
      ['a', '2'],
      ['d', '3'],
      ['c', '3'],
    ]);
  }),

  ...(['full', 'incremental'] as const).map((mode) =>
    law(`keeps the last of rows with an equal key in one input (${mode})`, async ({ tables }) => {
      const table = new TableDriver(tables, ['id', 'name'], ['id']);
      const { read, change } = await table.load('id,name\n1,first\n2,only\n1,second\n3,x\n1,last\n', { mode });
      assert.deepEqual([read, change.rows], [5, counts({ inserted: 3 })]);
      assert.deepEqual(await table.tuples(), [
        ['2', 'only'],
        ['3', 'x'],
        ['1', 'last'],
      ]);
    }),
  ),

  law('replaces all rows in a full load', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,Ada\n2,Grace\n');
    await table.load('id,name\n2,Hopper\n3,Alan\n');
    await table.deleteRows({ column: 'id', op: 'eq', values: ['1'] });
    const { change } = await table.load('id,name\n3,Alan\n9,New\n', { mode: 'full' });
    assert.deepEqual(change.rows, { inserted: 2, updated: 0, unchanged: 0, deleted: 2 });
    assert.deepEqual(await table.tuples(), [
      ['3', 'Alan'],
      ['9', 'New'],
    ]);
    assert.ok(table.data.parts.every(({ kind }) => kind === 'rows'));
  }),

  law('keeps every row of a full load into a table without a key', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    await table.load('id\n1\n1\n');
    const { change } = await table.load('id\n2\n2\n2\n', { mode: 'full' });
    assert.deepEqual(change.rows, { inserted: 3, updated: 0, unchanged: 0, deleted: 2 });
    assert.deepEqual((await table.tuples()).flat(), ['2', '2', '2']);
  }),

  law('empties a table by a full load of a header alone', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,Ada\n');
    const { change, read } = await table.load('id,name\n', { mode: 'full' });
    assert.deepEqual([read, change.rows], [0, counts({ deleted: 1 })]);
    assert.deepEqual(await table.tuples(), []);
    assert.deepEqual((await table.load('id,name\n', { mode: 'incremental' })).change.rows, counts({}));
    assert.deepEqual(await table.tuples(), []);
  }),

  law('leaves earlier versions as they were', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    const versions = [];
    for (const csv of ['1,Ada\n2,Grace', '2,Hopper', '3,Alan\n1,Lovelace']) {
      await table.load(`id,name\n${csv}\n`);
      versions.push({ data: table.data, rows: await table.rows() });
    }
    await table.load('id,name\n9,x\n', { mode: 'full' });
    for (const { data, rows } of versions) assert.deepEqual(await rowsOf(tables, data), rows);
  }),

  ...keys().map(({ title, columns, first, second, expected }) =>
    law(title, async ({ tables }) => {
      const names = columns.map((shape) => shape.split(':')[0]!);
      const key = names.filter((name) => name !== 'value');
      const table = new TableDriver(tables, columns, key);
      const rowsFrom = (tuples: readonly (readonly Value[])[]) =>
        tuples.map((tuple) => Object.fromEntries(names.map((name, index) => [name, tuple[index]])));
      await table.loadRows(rowsFrom(first));
      const { change } = await table.loadRows(rowsFrom(second));
      assert.deepEqual(change.rows, expected);
      assert.equal(await tables.countRows(table.data, []), first.length + expected.inserted);
      assert.equal(await tables.countDuplicates(table.data, table.data.primaryKey), 0);
    }),
  ),

  law('counts a row as unchanged only when no value differs', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'a', 'n:numeric'], ['id']);
    await table.load('id,a,n\n1,,1.5\n2,"",2\n3,x,3\n4,y,\n');
    const { change } = await table.load('id,a,n\n1,"",1.50\n2,"",2.000\n3,x,4\n4,y,\n');
    assert.deepEqual(change.rows, { inserted: 0, updated: 2, unchanged: 2, deleted: 0 });
  }),

  law('counts against what is there after updates and deletions', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,a\n2,a\n3,a\n');
    await table.load('id,name\n1,b\n');
    await table.deleteRows({ column: 'id', op: 'eq', values: ['2'] });
    const { change } = await table.load('id,name\n1,a\n2,a\n3,a\n');
    assert.deepEqual(change.rows, { inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
  }),

  law('counts values of a column that is new as changes where they are not null', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,a\n2,a\n');
    const { change } = await table.load('id,name,note\n1,a,\n2,a,x\n');
    assert.deepEqual(change.rows, { inserted: 0, updated: 1, unchanged: 1, deleted: 0 });
    assert.deepEqual(byKey(await table.tuples()), [
      ['1', 'a', null],
      ['2', 'a', 'x'],
    ]);
  }),

  law('counts again what a load does to another base', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    const empty = table.data;
    await table.load('id,name\n1,a\n2,b\n3,c\n');
    const base = table.data;
    const { change } = await table.load('id,name\n2,b\n3,x\n4,d\n');
    const added = change.splices.flatMap((splice) => splice.added);
    assert.deepEqual({ ...(await tables.count(base, added)) }, { inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
    assert.deepEqual({ ...(await tables.count(empty, added)) }, counts({ inserted: 3 }));
    assert.deepEqual({ ...(await tables.count(table.data, added)) }, counts({ unchanged: 3 }));
    await table.deleteRows({ column: 'id', op: 'in', values: ['2', '4'] });
    assert.deepEqual({ ...(await tables.count(table.data, added)) }, counts({ inserted: 2, unchanged: 1 }));
  }),

  law('counts again what an append does to another base', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    const { change } = await table.load('id\n1\n1\n2\n');
    const added = change.splices.flatMap((splice) => splice.added);
    assert.deepEqual({ ...(await tables.count(table.data, added)) }, counts({ inserted: 3 }));
  }),

  law('refuses a load late in the file and leaves no part behind', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name'], ['id']);
    await table.load('id,name\n1,Ada\n');
    const before = await table.rows();
    const rows = numbered(20_000, 'x');
    const details = await table.refused('INVALID_VALUE', `${rows}x,late\n`);
    assert.equal(details.line, 20_002);
    await table.refused('MALFORMED_INPUT', `${rows}1\n`);
    await table.refused('MALFORMED_INPUT', `${rows}1,"`, { mode: 'full' });
    assert.deepEqual(await table.rows(), before);
  }),

  law('loads tens of thousands of rows in their order', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name'], ['id']);
    await table.load(numbered(30_000, 'first'));
    const { change } = await table.load(numbered(15_000, 'second'));
    assert.deepEqual(change.rows, counts({ updated: 15_000 }));
    const expected = [
      ...Array.from({ length: 15_000 }, (_, n) => [15_000 + n, 'first']),
      ...Array.from({ length: 15_000 }, (_, n) => [n, 'second']),
    ];
    assert.deepEqual(await table.tuples(), expected);
    assert.deepEqual((await collect(tables.read(table.data, { limit: 3 }))).length, 3);
  }),

  law('keeps a value of megabytes and a table of a hundred columns', async ({ tables }) => {
    const wide = Array.from({ length: 100 }, (_, n) => `column_${n}`);
    const table = new TableDriver(tables, wide);
    const long = 'žluťoučký kůň, "🐎"\n'.repeat(60_000);
    await table.loadRows([Object.fromEntries(wide.map((name, n) => [name, n === 50 ? long : `${n}`]))]);
    const [row] = await table.rows();
    assert.deepEqual([row?.column_0, row?.column_50, row?.column_99], ['0', long, '99']);
  }),

  property('upserts any rows of text as a map does', batches(), async ({ tables }, loads) => {
    const table = new TableDriver(tables, ['a', 'b', 'value'], ['a', 'b']);
    const model = new Map<string, readonly Value[]>();
    for (const rows of loads) {
      await table.loadRows(rows.map(([a, b, value]) => ({ a, b, value })));
      for (const row of rows) {
        const key = JSON.stringify(row.slice(0, 2));
        model.delete(key);
        model.set(key, row);
      }
    }
    assert.deepEqual(await table.tuples(), [...model.values()]);
  }),
];

/** Rows of three cells, load by load; keys meet again. */
function batches(): fc.Arbitrary<(readonly [Value, Value, Value])[][]> {
  const cell = fc.option(fc.oneof(fc.constantFrom('', 'a', 'b'), text()), { nil: null });
  return fc.array(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
}

interface KeyExample {
  readonly title: string;
  readonly columns: readonly string[];
  readonly first: readonly (readonly Value[])[];
  readonly second: readonly (readonly Value[])[];
  readonly expected: RowCounts;
}

function keys(): readonly KeyExample[] {
  const pair = ['a', 'b', 'value'];
  return [
    {
      title: 'takes null in a key as a value that equals itself',
      columns: pair,
      first: [
        [null, 'x', '1'],
        ['x', null, '1'],
        [null, null, '1'],
      ],
      second: [
        [null, 'x', '2'],
        [null, null, '1'],
        ['x', 'x', '1'],
      ],
      expected: { inserted: 1, updated: 1, unchanged: 1, deleted: 0 },
    },
    {
      title: 'tells null and empty text in a key apart',
      columns: pair,
      first: [[null, '', '1']],
      second: [
        ['', '', '1'],
        ['', null, '1'],
        [null, null, '1'],
      ],
      expected: counts({ inserted: 3 }),
    },
    {
      title: 'does not run the parts of a key together',
      columns: pair,
      first: [
        ['a', 'bc', '1'],
        ['a,b', 'c', '1'],
        ['a"', 'b', '1'],
      ],
      second: [
        ['ab', 'c', '1'],
        ['a', 'b,c', '1'],
        ['a', '"b', '1'],
      ],
      expected: counts({ inserted: 3 }),
    },
    {
      title: 'tells keys apart that only look alike',
      columns: ['a', 'value'],
      first: [
        ['a', '1'],
        ['é', '1'],
        ['ß', '1'],
      ],
      second: [
        ['A', '1'],
        ['e\u0301', '1'],
        ['a ', '1'],
        ['ss', '1'],
        ['а', '1'],
      ],
      expected: counts({ inserted: 5 }),
    },
    {
      title: 'compares integer keys as numbers',
      columns: ['a:integer', 'value'],
      first: [
        ['7', '1'],
        ['9007199254740993', '1'],
      ],
      second: [
        ['007', '2'],
        ['9007199254740992', '1'],
      ],
      expected: counts({ inserted: 1, updated: 1 }),
    },
    {
      title: 'compares numeric and float keys as numbers',
      columns: ['a:numeric', 'b:float', 'value'],
      first: [['1.5', '0', '1']],
      second: [
        ['1.500', '-0.0', '2'],
        ['1.500000001', '0', '1'],
      ],
      expected: counts({ inserted: 1, updated: 1 }),
    },
    {
      title: 'compares timestamp and boolean keys by what they mean',
      columns: ['a:timestamp', 'b:boolean', 'value'],
      first: [['2026-11-01T10:00:00Z', 'true', '1']],
      second: [
        ['2026-11-01 12:00+02:00', '1', '1'],
        ['2026-11-01 12:00', 'TRUE', '1'],
      ],
      expected: counts({ inserted: 1, unchanged: 1 }),
    },
    {
      title: 'takes a table of key columns alone',
      columns: ['a', 'b'],
      first: [['1', '1']],
      second: [
        ['1', '1'],
        ['1', '2'],
      ],
      expected: counts({ inserted: 1, unchanged: 1 }),
    },
  ];
}

/** The counts given, and nothing else. */
function counts(given: Partial<RowCounts>): RowCounts {
  return { inserted: 0, updated: 0, unchanged: 0, deleted: 0, ...given };
}

function numbered(count: number, name: string): string {
  return `id,name\n${Array.from({ length: count }, (_, id) => `${id},${name}\n`).join('')}`;
}

function byKey(tuples: readonly (readonly Value[])[]): (readonly Value[])[] {
  return [...tuples].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
