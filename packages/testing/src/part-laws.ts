import assert from 'node:assert/strict';
import type { TableStore } from '@daybook/core';
import { isDaybookError } from '@daybook/core';
import { collect } from './events';
import { type Law, law } from './law';
import { rowsOf, TableDriver } from './table-driver';

/** How parts are kept, listed, verified, removed and erased. */
export const partLaws: readonly Law[] = [
  law('describes the parts it writes', async ({ tables }) => {
    const table = await layered(tables);
    for (const { id, bytes, kind, key } of table.data.parts) {
      assert.match(id, /^[0-9a-f]{64}$/);
      assert.ok(bytes > 0);
      assert.deepEqual(key ?? [], kind === 'rows' ? [] : table.data.primaryKey);
    }
    assert.deepEqual(
      table.data.parts.map(({ kind, rows }) => [kind, rows]),
      [
        ['rows', 3],
        ['upserts', 2],
        ['deletes', 1],
      ],
    );
  }),

  law('writes another part for the same rows', async ({ tables }) => {
    const parts = [];
    for (let n = 0; n < 3; n++) parts.push(...(await layered(tables)).data.parts);
    assert.equal(new Set(parts.map(({ id }) => id)).size, 9);
  }),

  law('lists every part of a project once, those that nobody names too', async ({ tables }) => {
    const table = await layered(tables);
    await table.load('id,name\n9,x\n', { mode: 'full' });
    await using staged = await table.stage('id,name\n8,orphan\n');
    const { change } = await staged.write({ base: table.data, columns: table.data.columns, mode: 'incremental' });
    const [orphan = assert.fail()] = change.splices.flatMap(({ added }) => added);
    const listed = await collect(tables.parts('p1'));
    assert.equal(listed.length, 5);
    for (const { id, bytes } of [...table.data.parts, orphan]) {
      const found = listed.filter((part) => part.id === id);
      assert.deepEqual(
        found.map((part) => part.bytes),
        [bytes],
      );
      assert.match(found[0]!.writtenAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    }
  }),

  law('keeps what was written after the source is let go', async ({ tables }) => {
    const table = await layered(tables);
    for (const { id } of table.data.parts) assert.equal(await tables.verify('p1', id), 'intact');
    assert.equal((await table.rows()).length, 3);
  }),

  law('lists nothing of a project without parts', async ({ tables }) => {
    await layered(tables);
    assert.deepEqual(await collect(tables.parts('p2')), []);
    assert.deepEqual(await collect(tables.parts('p')), []);
  }),

  law('says that a part is missing where it is not', async ({ tables }) => {
    const table = await layered(tables);
    assert.equal(await tables.verify('p1', 'f'.repeat(64)), 'missing');
    assert.equal(await tables.verify('p2', table.data.parts[0]!.id), 'missing');
  }),

  law('removes the parts it is told to and passes over those that are not there', async ({ tables }) => {
    const table = await layered(tables);
    const other = await layered(tables);
    const [first, ...rest] = table.data.parts.map(({ id }) => id);
    await tables.remove('p1', [first!, 'f'.repeat(64)]);
    await tables.remove('p1', [first!]);
    await tables.remove('p2', rest);
    await tables.remove('p1', []);
    assert.equal(await tables.verify('p1', first!), 'missing');
    for (const id of rest) assert.equal(await tables.verify('p1', id), 'intact');
    assert.deepEqual(await table.storedParts(), [...rest, ...other.data.parts.map(({ id }) => id)].sort());
    assert.equal((await other.rows()).length, 3);
  }),

  law('answers STORE_CORRUPT where a part is gone', async ({ tables }) => {
    const table = await layered(tables);
    const { data } = table;
    const other = await layered(tables);
    await tables.remove('p1', [data.parts[1]!.id]);
    const uses: readonly (() => Promise<unknown>)[] = [
      () => rowsOf(tables, data),
      () => tables.countRows(data, [{ column: 'name', op: 'eq', values: ['x'] }]),
      () => tables.countDuplicates(data, [data.columns[1]!.id]),
      () => tables.export(data, { format: 'csv' }, async () => undefined),
      () => tables.deleteRows(data, [{ column: 'name', op: 'eq', values: ['a'] }]),
      () => tables.compact(data, { at: 0, count: 3 }),
      () => tables.count(data, other.data.parts.slice(1, 2)),
      () => collect(tables.diff(data, { ...data, parts: [] })),
      () => table.load('id,name\n1,x\n'),
    ];
    const before = await other.storedParts();
    for (const use of uses) await assert.rejects(use, (error) => isDaybookError(error, 'STORE_CORRUPT'), String(use));
    assert.deepEqual(await other.storedParts(), before);
  }),

  law('answers STORE_CORRUPT for parts of another project', async ({ tables }) => {
    const { data } = await layered(tables, 'p1');
    await assert.rejects(rowsOf(tables, { ...data, project: 'p2' }), (error) => isDaybookError(error, 'STORE_CORRUPT'));
  }),

  law('erases everything of a project and nothing of its neighbours', async ({ tables }) => {
    const projects = ['p1', 'p10', 'p', 'P2', 'p1-a'];
    const made = new Map<string, TableDriver>();
    for (const project of projects) made.set(project, await layered(tables, project));
    await tables.erase('p1');
    await tables.erase('p3');
    assert.deepEqual(await collect(tables.parts('p1')), []);
    assert.equal(await tables.verify('p1', made.get('p1')!.data.parts[0]!.id), 'missing');
    for (const project of projects.slice(1)) {
      assert.equal((await collect(tables.parts(project))).length, 3);
      assert.equal((await made.get(project)!.rows()).length, 3);
    }
    assert.equal((await (await layered(tables, 'p1')).rows()).length, 3);
  }),

  law('keeps parts of projects apart though their rows are the same', async ({ tables }) => {
    const one = await layered(tables, 'p1');
    const two = await layered(tables, 'p2');
    await tables.remove(
      'p1',
      one.data.parts.map(({ id }) => id),
    );
    assert.equal((await two.rows()).length, 3);
  }),
];

/** Three parts: rows, upserts, deletes; three rows. */
async function layered(tables: TableStore, project?: string): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id', 'name'], ['id'], project);
  await table.load('id,name\n1,a\n2,a\n3,a\n', { mode: 'full' });
  await table.load('id,name\n2,b\n4,b\n');
  await table.deleteRows({ column: 'id', op: 'eq', values: ['1'] });
  return table;
}
