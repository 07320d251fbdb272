import assert from 'node:assert/strict';
import type { Filter, Row, RowQuery, TableStore, Value } from '@daybook/core';
import { type Law, law } from './law';
import { rowsOf, TableDriver } from './table-driver';

/** How rows are read, filtered, ordered and counted. */
export const queryLaws: readonly Law[] = [
  law('reads no rows from a table without parts', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name'], ['id']);
    assert.deepEqual(await table.rows(), []);
    assert.deepEqual(await table.rows({ where: [{ column: 'id', op: 'gt', values: [1] }], orderBy: [{ column: 'name' }], limit: 5 }), []);
    assert.equal(await tables.countRows(table.data, []), 0);
    assert.equal(await tables.countDuplicates(table.data, table.data.primaryKey), 0);
  }),

  law('reads one version twice alike', async ({ tables }) => {
    const table = await people(tables);
    assert.deepEqual(await table.rows(), await table.rows());
  }),

  law('reads the columns asked for, in that order', async ({ tables }) => {
    const table = await people(tables);
    const rows = await table.rows({ columns: ['name', 'id'], limit: 1 });
    assert.deepEqual(Object.entries(rows[0]!), [
      ['name', 'Ada'],
      ['id', 1],
    ]);
    assert.deepEqual(Object.keys((await table.rows({ limit: 1 }))[0]!), ['id', 'name', 'born', 'score', 'active', 'seen']);
  }),

  ...filters().map(({ title, where, ids }) =>
    law(`finds ${title}`, async ({ tables }) => {
      const table = await people(tables);
      assert.deepEqual(idsOf(await table.rows({ where })), ids);
      assert.equal(await tables.countRows(table.data, where), ids.length);
    }),
  ),

  ...orders().map(({ title, query, ids }) =>
    law(`orders ${title}`, async ({ tables }) => {
      const table = await people(tables);
      assert.deepEqual(idsOf(await table.rows(query)), ids);
    }),
  ),

  law('filters and orders by columns that are not read', async ({ tables }) => {
    const table = await people(tables);
    const query: RowQuery = {
      columns: ['name'],
      where: [{ column: 'id', op: 'le', values: [3] }],
      orderBy: [{ column: 'id', direction: 'desc' }],
    };
    assert.deepEqual(await table.tuples(query), [['Edsger'], ['Grace'], ['Ada']]);
  }),

  law('orders strings by code point', async ({ tables }) => {
    const table = new TableDriver(tables, ['s']);
    const sorted = ['', ' ', '10', '9', 'A', 'Z', 'a', 'aa', 'b', 'z', 'é', 'ž', '漢', '\uffee', '🐎', '🐎a', '🐏'];
    await table.loadRows([...sorted].reverse().map((s) => ({ s })));
    assert.deepEqual((await table.tuples({ orderBy: [{ column: 's' }] })).flat(), sorted);
    const above = await table.tuples({ where: [{ column: 's', op: 'gt', values: ['\uffee'] }], orderBy: [{ column: 's' }] });
    assert.deepEqual(above.flat(), ['🐎', '🐎a', '🐏']);
  }),

  law('orders numbers beyond the reach of floats', async ({ tables }) => {
    const table = new TableDriver(tables, ['i:integer', 'n:numeric']);
    await table.load(
      'i,n\n9007199254740993,0.000000002\n9007199254740992,0.000000001\n-9223372036854775808,-0.000000001\n9223372036854775807,100\n',
    );
    const sorted = [['-9223372036854775808'], [9007199254740992], ['9007199254740993'], ['9223372036854775807']];
    assert.deepEqual(await table.tuples({ columns: ['i'], orderBy: [{ column: 'i' }] }), sorted);
    assert.deepEqual(await table.tuples({ columns: ['i'], orderBy: [{ column: 'n' }] }), sorted);
    assert.deepEqual(
      await table.tuples({ columns: ['n'], where: [{ column: 'i', op: 'gt', values: ['9007199254740992'] }], orderBy: [{ column: 'i' }] }),
      [['0.000000002'], [100]],
    );
  }),

  law('reads what filters find after updates, not what was there before', async ({ tables }) => {
    const table = await people(tables);
    await table.loadRows([{ id: 1, name: 'Lovelace', born: null, score: null, active: null, seen: null }]);
    assert.deepEqual(await table.rows({ where: [{ column: 'name', op: 'eq', values: ['Ada'] }] }), []);
    assert.equal(await tables.countRows(table.data, [{ column: 'name', op: 'eq', values: ['Ada'] }]), 0);
    assert.deepEqual(idsOf(await table.rows({ where: [{ column: 'name', op: 'eq', values: ['Lovelace'] }] })), [1]);
  }),

  law('counts rows that share their values, null included', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b']);
    await table.load('a,b\n1,x\n1,y\n1,x\n,x\n,x\n,\n"",\n');
    const count = (...names: readonly string[]) =>
      tables.countDuplicates(
        table.data,
        names.map((name) => table.column(name).id),
      );
    assert.deepEqual([await count('a'), await count('b'), await count('a', 'b'), await count('b', 'a')], [6, 6, 4, 4]);
  }),

  law('counts nulls, of columns that no part has too', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b:integer']);
    await table.load('a,b\n,\n"",1\nx,\n,2\n');
    const nulls = (column: string) => tables.countRows(table.data, [{ column, op: 'eq', values: [null] }]);
    assert.equal(await nulls('a'), 2);
    assert.equal(await nulls('b'), 2);
    table.addColumn('c');
    assert.equal(await nulls('c'), 4);
  }),

  law('hands out rows in batches of at most ten thousand, and may be stopped early', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer']);
    await table.loadRows(Array.from({ length: 25_000 }, (_, id) => ({ id })));
    let next = 0;
    for await (const batch of tables.read(table.data)) {
      assert.ok(batch.length <= 10_000);
      for (const { id } of batch) assert.equal(id, next++);
    }
    assert.equal(next, 25_000);
    for (let round = 0; round < 5; round++) {
      for await (const [first] of tables.read(table.data, round % 2 ? { orderBy: [{ column: 'id' }] } : {})) {
        assert.equal(first?.id, 0);
        break;
      }
    }
    const neverBegun = tables.read(table.data)[Symbol.asyncIterator]();
    await neverBegun.return?.();
    assert.equal(await tables.countRows(table.data, []), 25_000);
  }),

  law('reads several versions at once', async ({ tables }) => {
    const table = await people(tables);
    const first = { data: table.data, rows: await table.rows() };
    await table.deleteRows({ column: 'id', op: 'lt', values: [4] });
    const second = { data: table.data, rows: await table.rows() };
    const versions = [first, second, first, second];
    const read = await Promise.all(versions.map(({ data }) => rowsOf(tables, data)));
    assert.deepEqual(
      read,
      versions.map(({ rows }) => rows),
    );
  }),
];

async function people(tables: TableStore): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id:integer', 'name', 'born:date', 'score:numeric', 'active:boolean', 'seen:timestamp'], ['id']);
  await table.load(
    [
      'id,name,born,score,active,seen',
      '1,Ada,1815-12-10,10.5,true,2026-11-01T10:00:00Z',
      '2,Grace,1906-12-09,9,false,2026-11-01T10:00:00.5Z',
      '3,Edsger,1930-05-11,,true,',
      '4,"",,100,,2026-11-01T09:00:00Z',
      '5,,1912-06-23,-1,false,2026-10-31T23:59:59Z',
      '10,Alan,1912-06-23,10.50,true,2026-11-01T10:00:00Z',
    ].join('\n'),
  );
  return table;
}

function filters(): readonly { title: string; where: readonly Filter[]; ids: readonly number[] }[] {
  const one = (column: string, op: Filter['op'], ...values: readonly Value[]): readonly Filter[] => [{ column, op, values }];
  return [
    { title: 'everything without a filter', where: [], ids: [1, 2, 3, 4, 5, 10] },
    { title: 'rows that equal a value', where: one('name', 'eq', 'Ada'), ids: [1] },
    { title: 'rows that equal one of several values', where: one('id', 'eq', 2, 10, 7), ids: [2, 10] },
    { title: 'rows in a list', where: one('name', 'in', 'Grace', 'Alan', 'ada'), ids: [2, 10] },
    { title: 'rows of empty text, not null', where: one('name', 'eq', ''), ids: [4] },
    { title: 'rows of null', where: one('name', 'eq', null), ids: [5] },
    { title: 'rows in a list with null', where: one('score', 'in', null, 9), ids: [2, 3] },
    { title: 'rows that differ from a value, null too', where: one('name', 'ne', 'Ada'), ids: [2, 3, 4, 5, 10] },
    { title: 'rows that differ from all of several values', where: one('id', 'ne', 1, 2, 3), ids: [4, 5, 10] },
    { title: 'rows that differ from null', where: one('name', 'ne', null), ids: [1, 2, 3, 4, 10] },
    { title: 'rows greater than a number, not by its digits', where: one('id', 'gt', 5), ids: [10] },
    { title: 'rows at least a number', where: one('score', 'ge', 10.5), ids: [1, 4, 10] },
    { title: 'rows less than a number, never null', where: one('score', 'lt', 10), ids: [2, 5] },
    { title: 'rows at most a number', where: one('id', 'le', 2), ids: [1, 2] },
    { title: 'rows beyond one of several values', where: one('id', 'gt', 4, 100), ids: [5, 10] },
    { title: 'no row beyond null', where: one('id', 'ge', null), ids: [] },
    { title: 'no row among no values', where: one('id', 'in'), ids: [] },
    { title: 'numbers given as text', where: one('score', 'eq', '10.500'), ids: [1, 10] },
    { title: 'dates', where: one('born', 'lt', '1912-06-23'), ids: [1, 2] },
    { title: 'truth', where: one('active', 'eq', true), ids: [1, 3, 10] },
    { title: 'rows that are not true, null too', where: one('active', 'ne', true), ids: [2, 4, 5] },
    { title: 'instants down to the fraction of a second', where: one('seen', 'gt', '2026-11-01T10:00:00Z'), ids: [2] },
    { title: 'instants given with an offset', where: one('seen', 'eq', '2026-11-01T12:00:00+02:00'), ids: [1, 10] },
    { title: 'strings by code point', where: one('name', 'ge', 'E'), ids: [2, 3] },
    {
      title: 'rows that all of several filters hold for',
      where: [...one('active', 'eq', true), ...one('born', 'ge', '1900-01-01')],
      ids: [3, 10],
    },
    { title: 'rows between two bounds', where: [...one('id', 'gt', 1), ...one('id', 'lt', 5)], ids: [2, 3, 4] },
    { title: 'nothing where filters exclude each other', where: [...one('id', 'eq', 1), ...one('id', 'eq', 2)], ids: [] },
  ];
}

function orders(): readonly { title: string; query: RowQuery; ids: readonly number[] }[] {
  return [
    { title: 'by nothing as the table does, at most so many', query: { limit: 2 }, ids: [1, 2] },
    { title: 'nothing where none are asked for', query: { limit: 0 }, ids: [] },
    { title: 'numbers upward, null last', query: { orderBy: [{ column: 'score' }] }, ids: [5, 2, 1, 10, 4, 3] },
    { title: 'numbers downward, null last', query: { orderBy: [{ column: 'score', direction: 'desc' }] }, ids: [4, 1, 10, 2, 5, 3] },
    {
      title: 'strings, empty before others and null last',
      query: { orderBy: [{ column: 'name', direction: 'asc' }] },
      ids: [4, 1, 10, 3, 2, 5],
    },
    { title: 'strings downward, null still last', query: { orderBy: [{ column: 'name', direction: 'desc' }] }, ids: [2, 3, 10, 1, 4, 5] },
    { title: 'ties as the table does', query: { orderBy: [{ column: 'born', direction: 'desc' }] }, ids: [3, 5, 10, 2, 1, 4] },
    {
      title: 'by several columns',
      query: { orderBy: [{ column: 'active' }, { column: 'id', direction: 'desc' }] },
      ids: [5, 2, 10, 3, 1, 4],
    },
    { title: 'instants', query: { orderBy: [{ column: 'seen' }] }, ids: [5, 4, 1, 10, 2, 3] },
    { title: 'before it limits', query: { orderBy: [{ column: 'id', direction: 'desc' }], limit: 2 }, ids: [10, 5] },
    {
      title: 'what filters leave',
      query: { where: [{ column: 'active', op: 'eq', values: [true] }], orderBy: [{ column: 'name' }], limit: 2 },
      ids: [1, 10],
    },
  ];
}

function idsOf(rows: readonly Row[]): Value[] {
  return rows.map(({ id }) => id!);
}
