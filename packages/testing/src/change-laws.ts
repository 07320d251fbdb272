import assert from 'node:assert/strict';
import type { Change, Filter, TableStore } from '@daybook/core';
import { type Law, law } from './law';
import { rowsOf, TableDriver } from './table-driver';

/** How rows are deleted, columns and keys change, and parts are compacted. */
export const changeLaws: readonly Law[] = [
  law('deletes by key with one part of deletions', async ({ tables }) => {
    const table = await numbers(tables, ['id']);
    const before = table.data;
    const change = await table.deleteRows(filter('group', 'eq', 'even'));
    assert.deepEqual(change.rows, { inserted: 0, updated: 0, unchanged: 0, deleted: 5 });
    assert.equal(change.splices.length, 1);
    const [{ at, removed, added } = assert.fail()] = change.splices;
    assert.deepEqual([at, removed, added.length], [before.parts.length, [], 1]);
    assert.deepEqual([added[0]?.kind, added[0]?.rows, added[0]?.key], ['deletes', 5, before.primaryKey]);
    assert.deepEqual(await ids(table), [1, 3, 5, 7, 9]);
    assert.equal((await rowsOf(tables, before)).length, 10);
  }),

  law('deletes without a key by exchanging only the parts that hold a match', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'group']);
    for (const group of ['a', 'b', 'c', 'd']) await table.load(`id,group\n1,${group}\n2,${group}\n1,${group}\n`);
    const before = table.data.parts.map(({ id }) => id);
    const change = await table.deleteRows(filter('group', 'in', 'b', 'd'), filter('id', 'eq', 1));
    assert.deepEqual(change.rows, { inserted: 0, updated: 0, unchanged: 0, deleted: 4 });
    assert.deepEqual(
      change.splices.flatMap(({ removed }) => removed),
      [before[1], before[3]],
    );
    assert.deepEqual(await table.tuples(), [
      [1, 'a'],
      [2, 'a'],
      [1, 'a'],
      [2, 'b'],
      [1, 'c'],
      [2, 'c'],
      [1, 'c'],
      [2, 'd'],
    ]);
  }),

  law('drops a part without a key whose rows all match', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'group']);
    for (const group of ['a', 'b']) await table.load(`id,group\n1,${group}\n`);
    await table.deleteRows(filter('group', 'eq', 'a'));
    assert.deepEqual(await table.tuples(), [[1, 'b']]);
    assert.equal(await tables.countRows(table.data, []), 1);
  }),

  ...[['id'], []].map((key) =>
    law(`deletes nothing where nothing matches (${key.length ? 'with' : 'without'} a key)`, async ({ tables }) => {
      const table = await numbers(tables, key);
      const change = await table.deleteRows(filter('id', 'gt', 100));
      assert.equal(change.rows.deleted, 0);
      assert.equal((await ids(table)).length, 10);
    }),
  ),

  ...[['id'], []].map((key) =>
    law(`deletes all rows without a filter, and loads again (${key.length ? 'with' : 'without'} a key)`, async ({ tables }) => {
      const table = await numbers(tables, key);
      const change = await table.deleteRows();
      assert.equal(change.rows.deleted, 10);
      assert.deepEqual(await table.rows(), []);
      assert.deepEqual((await table.load('id,group\n3,odd\n')).change.rows, { inserted: 1, updated: 0, unchanged: 0, deleted: 0 });
      assert.deepEqual(await ids(table), [3]);
    }),
  ),

  law('deletes rows whose key holds null', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b', 'value'], ['a', 'b']);
    await table.load('a,b,value\n,x,1\n"",x,1\n,,1\nx,,2\n');
    assert.equal((await table.deleteRows(filter('value', 'eq', '1'), filter('a', 'eq', null))).rows.deleted, 2);
    assert.deepEqual(await table.tuples({ columns: ['a', 'b'] }), [
      ['', 'x'],
      ['x', null],
    ]);
  }),

  law('inserts a deleted key again, and deletes it again', async ({ tables }) => {
    const table = await numbers(tables, ['id']);
    for (const group of ['first', 'second']) {
      await table.deleteRows(filter('id', 'le', 2));
      assert.deepEqual((await table.load(`id,group\n2,${group}\n`)).change.rows.inserted, 1);
      assert.deepEqual(await table.tuples({ where: [filter('id', 'le', 2)] }), [[2, group]]);
    }
  }),

  law('deletes by what a row says now, not by what it said', async ({ tables }) => {
    const table = await numbers(tables, ['id']);
    await table.load('id,group\n2,odd\n1,even\n');
    assert.equal((await table.deleteRows(filter('group', 'eq', 'even'))).rows.deleted, 5);
    assert.deepEqual(await ids(table), [3, 5, 7, 9, 2]);
  }),

  law('fills a new column with null in existing rows', async ({ tables }) => {
    const table = await numbers(tables, ['id']);
    table.addColumn('note');
    await table.load('id,group,note\n2,even,""\n11,odd,x\n');
    assert.deepEqual(await table.tuples({ columns: ['id', 'note'], where: [filter('note', 'ne', null)] }), [
      [2, ''],
      [11, 'x'],
    ]);
    assert.equal(await tables.countRows(table.data, [filter('note', 'eq', null)]), 9);
    assert.equal((await table.deleteRows(filter('note', 'eq', null))).rows.deleted, 9);
    assert.deepEqual(await ids(table), [2, 11]);
  }),

  ...[['id'], []].map((key) =>
    law(
      `brings no old values back when a column is dropped and added again (${key.length ? 'with' : 'without'} a key)`,
      async ({ tables }) => {
        const table = await numbers(tables, key);
        const before = table.data;
        table.dropColumn('group');
        assert.deepEqual(Object.keys((await table.rows({ limit: 1 }))[0]!), ['id']);
        table.addColumn('group:integer');
        const nulls = Array.from({ length: 10 }, (_, n) => [n, null]);
        assert.deepEqual(await table.tuples(), nulls);
        await table.compact();
        assert.deepEqual(await table.tuples(), nulls);
        await table.loadRows([{ id: 10, group: 7 }]);
        assert.deepEqual(await table.tuples(), [...nulls, [10, 7]]);
        assert.equal((await rowsOf(tables, before, { where: [filter('group', 'eq', 'odd')] })).length, 5);
      },
    ),
  ),

  law('keeps each part to the key it was written with', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b', 'value'], ['a']);
    await table.load('a,b,value\n1,x,1\n2,y,1\n3,z,1\n');
    await table.load('a,b,value\n1,w,2\n');
    table.setKey(['b']);
    await table.load('a,b,value\n9,y,3\n');
    await table.deleteRows(filter('b', 'eq', 'z'));
    const expected = [
      ['1', 'w', '2'],
      ['9', 'y', '3'],
    ];
    assert.deepEqual(await table.tuples(), expected);
    await table.load('a,b,value\n7,x,4\n');
    assert.deepEqual(await table.tuples(), [...expected, ['7', 'x', '4']]);
    await table.compact();
    assert.deepEqual(await table.tuples(), [...expected, ['7', 'x', '4']]);
  }),

  law('never uncovers a replaced row when rows are deleted after the key is gone', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,old\n2,old\n3,old\n');
    await table.load('id,name\n1,new\n2,new\n');
    await table.deleteRows(filter('id', 'eq', '3'));
    table.setKey([]);
    assert.equal((await table.deleteRows(filter('name', 'eq', 'new'), filter('id', 'eq', '1'))).rows.deleted, 1);
    assert.deepEqual(await table.tuples(), [['2', 'new']]);
    await table.load('id,name\n2,new\n3,new\n');
    assert.equal((await table.deleteRows(filter('id', 'eq', '2'))).rows.deleted, 2);
    assert.deepEqual(await table.tuples(), [['3', 'new']]);
  }),

  law('takes a key later, and updates rows that were appended before', async ({ tables }) => {
    const table = await numbers(tables, []);
    table.setKey(['id']);
    const { change } = await table.load('id,group\n1,updated\n10,new\n2,even\n');
    assert.deepEqual(change.rows, { inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
    assert.equal(await tables.countDuplicates(table.data, table.data.primaryKey), 0);
    assert.equal(await tables.countRows(table.data, []), 11);
  }),

  law('compacts all parts into fewer rows parts that read the same', async ({ tables }) => {
    const table = await layered(tables);
    const before = await table.rows();
    const change = await table.compact();
    assertChangesNoRow(change);
    assert.deepEqual(await table.rows(), before);
    assert.deepEqual(
      table.data.parts.map(({ kind, rows }) => [kind, rows]),
      [['rows', before.length]],
    );
  }),

  law('compacts any run of parts without changing rows or order', async ({ tables }) => {
    const { data } = await layered(tables);
    const before = await rowsOf(tables, data);
    for (let at = 0; at < data.parts.length; at++) {
      for (let count = 1; at + count <= data.parts.length; count++) {
        const table = new TableDriver(tables, []);
        table.data = data;
        assertChangesNoRow(await table.compact(at, count));
        assert.deepEqual(await table.rows(), before, `parts ${at} to ${at + count - 1}`);
        assert.ok(table.data.parts.length <= data.parts.length);
        if (count >= 3) assert.ok(table.data.parts.length < data.parts.length, `parts ${at} to ${at + count - 1} become fewer`);
      }
    }
  }),

  law('goes on after a compaction as if there had been none', async ({ tables }) => {
    const table = await layered(tables);
    const twin = new TableDriver(tables, []);
    twin.data = table.data;
    await table.compact(1, 4);
    for (const driver of [table, twin]) {
      await driver.load('id,group\n1,again\n3,again\n50,new\n');
      await driver.deleteRows(filter('id', 'in', 4, 5));
    }
    assert.deepEqual(await table.rows(), await twin.rows());
    await table.compact();
    assert.deepEqual(await table.rows(), await twin.rows());
  }),

  law('compacts parts without a key in their order, equal rows too', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'group']);
    for (let n = 0; n < 6; n++) await table.load(`id,group\n${n},x\n1,same\n`);
    const before = await table.rows();
    assertChangesNoRow(await table.compact(1, 4));
    assert.deepEqual(await table.rows(), before);
    assert.ok(table.data.parts.length <= 3);
  }),

  law('compacts parts of which no row is left', async ({ tables }) => {
    const table = await numbers(tables, ['id']);
    await table.deleteRows();
    assertChangesNoRow(await table.compact());
    assert.deepEqual(await table.rows(), []);
    assert.deepEqual((await table.load('id,group\n1,x\n')).change.rows.inserted, 1);
    assert.deepEqual(await ids(table), [1]);
  }),

  law('keeps hundreds of one-row loads readable through compaction', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'value:integer'], ['id']);
    const model = new Map<number, number>();
    for (let n = 0; n < 200; n++) {
      const id = (n * 7) % 60;
      await table.loadRows([{ id, value: n }]);
      model.delete(id);
      model.set(id, n);
      if (table.data.parts.length > 20) await table.compact(table.data.parts.length - 20, 20);
    }
    assert.ok(table.data.parts.length <= 40);
    assert.deepEqual(await table.tuples(), [...model]);
  }),
];

/** The rows 0 to 9, in one part. */
async function numbers(tables: TableStore, key: readonly string[]): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id:integer', 'group'], key);
  await table.loadRows(Array.from({ length: 10 }, (_, id) => ({ id, group: id % 2 ? 'odd' : 'even' })));
  return table;
}

/** A keyed table of eight parts: rows, then updates and deletions that touch each other. */
async function layered(tables: TableStore): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id:integer', 'group'], ['id']);
  await table.load(`id,group\n${Array.from({ length: 10 }, (_, id) => `${id},base\n`).join('')}`, { mode: 'full' });
  await table.load('id,group\n3,one\n11,one\n0,one\n');
  await table.deleteRows(filter('id', 'in', 4, 11));
  await table.load('id,group\n4,two\n3,two\n');
  await table.load('id,group\n12,three\n4,three\n');
  await table.deleteRows(filter('id', 'in', 3, 8));
  await table.load('id,group\n8,four\n13,four\n');
  await table.load('id,group\n0,five\n3,five\n');
  return table;
}

function filter(column: string, op: Filter['op'], ...values: Filter['values']): Filter {
  return { column, op, values };
}

function assertChangesNoRow({ rows }: Change): void {
  assert.deepEqual({ ...rows }, { inserted: 0, updated: 0, unchanged: 0, deleted: 0 });
}

async function ids(table: TableDriver): Promise<unknown[]> {
  return (await table.tuples({ columns: ['id'] })).flat();
}
