import assert from 'node:assert/strict';
import type { Filter, RowChange, TableStore } from '@daybook/core';
import { collect } from './events';
import { type Law, law } from './law';
import { diffOf, TableDriver } from './table-driver';

/** What leads from one version to another. */
export const diffLaws: readonly Law[] = [
  law('finds no difference between a version and itself, or an equal one', async ({ tables }) => {
    const table = await people(tables);
    assert.deepEqual(await table.diff(table.data), []);
    const before = table.data;
    await table.load('id,name,score\n1,Ada,1.50\n');
    await table.compact();
    assert.deepEqual(await table.diff(before), []);
    assert.deepEqual(await diffOf(tables, table.data, before), []);
  }),

  law('tells inserted, updated and deleted rows by key', async ({ tables }) => {
    const table = await people(tables);
    const before = table.data;
    await table.load('id,name,score\n4,Alan,4\n1,Lovelace,1.5\n2,Grace,2\n');
    await table.deleteRows(equals('id', 3));
    const expected: RowChange[] = [
      { kind: 'updated', key: { id: 1 }, before: { id: 1, name: 'Ada', score: 1.5 }, after: { id: 1, name: 'Lovelace', score: 1.5 } },
      { kind: 'deleted', key: { id: 3 }, before: { id: 3, name: 'Edsger', score: null } },
      { kind: 'inserted', key: { id: 4 }, after: { id: 4, name: 'Alan', score: 4 } },
    ];
    assert.deepEqual(await table.diff(before), expected);
    assert.deepEqual(await diffOf(tables, table.data, before), [
      { kind: 'deleted', key: { id: 4 }, before: { id: 4, name: 'Alan', score: 4 } },
      { kind: 'updated', key: { id: 1 }, before: { id: 1, name: 'Lovelace', score: 1.5 }, after: { id: 1, name: 'Ada', score: 1.5 } },
      { kind: 'inserted', key: { id: 3 }, after: { id: 3, name: 'Edsger', score: null } },
    ]);
  }),

  law('orders what is gone or updated by the first version, then what is new by the second', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name'], ['id']);
    await table.load('id,name\n5,a\n3,a\n4,a\n1,a\n2,a\n');
    const before = table.data;
    await table.deleteRows({ column: 'id', op: 'in', values: [1, 3] });
    await table.load('id,name\n9,b\n2,b\n7,b\n5,b\n8,b\n');
    const found = (await table.diff(before)).map(({ kind, key }) => [kind, key?.id]);
    assert.deepEqual(found, [
      ['updated', 5],
      ['deleted', 3],
      ['deleted', 1],
      ['updated', 2],
      ['inserted', 9],
      ['inserted', 7],
      ['inserted', 8],
    ]);
  }),

  law('tells null from empty text', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,\n2,""\n');
    const before = table.data;
    await table.load('id,name\n1,""\n2,""\n');
    assert.deepEqual(await table.diff(before), [
      { kind: 'updated', key: { id: '1' }, before: { id: '1', name: null }, after: { id: '1', name: '' } },
    ]);
  }),

  law('matches keys that hold null', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b', 'value'], ['a', 'b']);
    await table.load('a,b,value\n,x,1\n"",x,1\n');
    const before = table.data;
    await table.load('a,b,value\n,x,2\n,,1\n');
    const expected = [
      ['updated', { a: null, b: 'x' }],
      ['inserted', { a: null, b: null }],
    ];
    assert.deepEqual(
      (await table.diff(before)).map(({ kind, key }) => [kind, key]),
      expected,
    );
  }),

  law('compares rows whole where there is no key, each as often as it stands', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name']);
    await table.load('id,name\n1,a\n1,a\n1,a\n2,\n3,c\n');
    const before = table.data;
    await table.load('id,name\n1,a\n2,""\n', { mode: 'full' });
    assert.deepEqual(sorted(await table.diff(before)), [
      { kind: 'deleted', key: null, before: { id: '1', name: 'a' } },
      { kind: 'deleted', key: null, before: { id: '1', name: 'a' } },
      { kind: 'deleted', key: null, before: { id: '2', name: null } },
      { kind: 'deleted', key: null, before: { id: '3', name: 'c' } },
      { kind: 'inserted', key: null, after: { id: '2', name: '' } },
    ]);
  }),

  law('compares rows whole where the versions have other keys', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,a\n2,b\n');
    const before = table.data;
    await table.load('id,name\n2,c\n');
    const changed = [
      { kind: 'deleted', key: null, before: { id: '2', name: 'b' } },
      { kind: 'inserted', key: null, after: { id: '2', name: 'c' } },
    ];
    for (const key of [['name'], []]) {
      table.setKey(key);
      assert.deepEqual(await table.diff(before), changed);
    }
  }),

  law('takes a column that one side lacks as null', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,a\n2,b\n');
    const before = table.data;
    table.addColumn('note');
    assert.deepEqual(await table.diff(before), []);
    await table.load('id,name,note\n1,a,x\n2,b,\n');
    assert.deepEqual(await table.diff(before), [
      { kind: 'updated', key: { id: '1' }, before: { id: '1', name: 'a' }, after: { id: '1', name: 'a', note: 'x' } },
    ]);
    const noted = table.data;
    table.dropColumn('note');
    assert.deepEqual(await table.diff(noted), [
      { kind: 'updated', key: { id: '1' }, before: { id: '1', name: 'a', note: 'x' }, after: { id: '1', name: 'a' } },
    ]);
  }),

  law('takes a column dropped and added again as another one', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    await table.load('id,name\n1,a\n2,\n');
    const before = table.data;
    table.dropColumn('name');
    table.addColumn('name');
    assert.deepEqual(await table.diff(before), [
      { kind: 'updated', key: { id: '1' }, before: { id: '1', name: 'a' }, after: { id: '1', name: null } },
    ]);
  }),

  law('finds the same when told which parts were touched', async ({ tables }) => {
    const table = await people(tables);
    await table.load('id,name,score\n7,Before,\n8,Before,\n');
    const before = table.data;
    const touched = [];
    for (const csv of ['1,Lovelace,\n4,Alan,4', '4,Turing,5\n2,Grace,2', '7,After,']) {
      const { change } = await table.load(`id,name,score\n${csv}\n`);
      touched.push(...change.splices.flatMap(({ added }) => added));
    }
    const deleted = await table.deleteRows(equals('id', 8));
    touched.push(...deleted.splices.flatMap(({ added }) => added));
    const whole = await table.diff(before);
    assert.deepEqual(
      whole.map(({ kind, key }) => [kind, key?.id]),
      [
        ['updated', 1],
        ['updated', 7],
        ['deleted', 8],
        ['inserted', 4],
      ],
    );
    assert.deepEqual(await table.diff(before, touched), whole);
    await table.compact();
    assert.deepEqual(sorted(await table.diff(before, touched)), sorted(whole));
    assert.deepEqual(await diffOf(tables, table.data, before, touched), await diffOf(tables, table.data, before));
  }),

  law('compares with a version that is empty', async ({ tables }) => {
    const table = new TableDriver(tables, ['id'], ['id']);
    const empty = table.data;
    await table.load('id\nb\na\n');
    assert.deepEqual(
      (await table.diff(empty)).map(({ kind, key }) => [kind, key?.id]),
      [
        ['inserted', 'b'],
        ['inserted', 'a'],
      ],
    );
    assert.deepEqual(
      (await diffOf(tables, table.data, empty)).map(({ kind, key }) => [kind, key?.id]),
      [
        ['deleted', 'b'],
        ['deleted', 'a'],
      ],
    );
  }),

  law('tells thousands of changes, and may be stopped early', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'value:integer'], ['id']);
    await table.loadRows(Array.from({ length: 8000 }, (_, id) => ({ id, value: 0 })));
    const before = table.data;
    await table.loadRows(Array.from({ length: 6000 }, (_, n) => ({ id: n + 4000, value: n < 2000 ? 0 : 1 })));
    const changes = await collect(tables.diff(before, table.data));
    const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
    assert.deepEqual([count('updated'), count('inserted'), count('deleted')], [2000, 2000, 0]);
    for await (const batch of tables.diff(before, table.data)) {
      assert.ok(batch.length > 0);
      break;
    }
  }),
];

async function people(tables: TableStore): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id:integer', 'name', 'score:numeric'], ['id']);
  await table.load('id,name,score\n1,Ada,1.5\n2,Grace,2\n3,Edsger,\n');
  return table;
}

function equals(column: string, value: number): Filter {
  return { column, op: 'eq', values: [value] };
}

/** By their text: for changes whose order is not under test. */
function sorted(changes: readonly RowChange[]): RowChange[] {
  const text = new Map(changes.map((change) => [change, JSON.stringify(change)]));
  return [...changes].sort((a, b) => (text.get(a)! < text.get(b)! ? -1 : 1));
}
