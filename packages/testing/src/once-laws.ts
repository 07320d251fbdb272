import assert from 'node:assert/strict';
import { isDaybookError, openDaybook, type Project, type Storage, type Table } from '@daybook/core';
import fc from 'fast-check';
import type { Law } from './law';
import { property } from './property';

/** Operations that change a table, each told in which version it is to be. `one` makes them differ. */
const changes = {
  deleteRows: (table: Table, ifVersion: number) => table.deleteRows({ where: [{ column: 'id', op: 'ge', values: ['0'] }], ifVersion }),
  truncate: (table: Table, ifVersion: number) => table.truncate({ ifVersion }),
  addColumn: (table: Table, ifVersion: number, one: number) => table.addColumn({ name: `c${one}` }, { ifVersion }),
  dropColumn: (table: Table, ifVersion: number) => table.dropColumn('v', { ifVersion }),
  setPrimaryKey: (table: Table, ifVersion: number) => table.setPrimaryKey(['id', 'v'], { ifVersion }),
  dropPrimaryKey: (table: Table, ifVersion: number) => table.dropPrimaryKey({ ifVersion }),
  revert: (table: Table, ifVersion: number) => table.revert({ version: 1 }, { ifVersion }),
  drop: (table: Table, ifVersion: number) => table.drop({ ifVersion }),
} as const;
type Change = keyof typeof changes;
const change = fc.constantFrom(...(Object.keys(changes) as Change[]));

/** What is done once, and what only if. */
export const onceLaws: readonly Law[] = [
  property(
    'changes a table only in the version that is asked for, and of two who ask at once lets one',
    fc.record({ first: change, second: change, rename: fc.boolean() }),
    async (storage, { first, second, rename }) => {
      const [one, two] = await opened(storage);
      await one.createTable(id, { from: { csv: 'id,v\n1,a\n' }, primaryKey: ['id'] });
      const { version } = await one.table(id).load({ csv: 'id,v\n1,a\n2,b\n' });

      for (const other of [version - 1, version + 1]) {
        const before = await seen(one);
        await assert.rejects(() => changes[first](two.table(id), other, 1), refused(version));
        if (rename) await assert.rejects(() => one.table(id).rename('other', { ifVersion: other }), refused(version));
        assert.deepEqual(await seen(one), before);
      }
      const answers = await Promise.allSettled([changes[first](one.table(id), version, 1), changes[second](two.table(id), version, 2)]);
      const late = answers.filter((answer) => answer.status === 'rejected');
      assert.equal(late.length, 1);
      assert.ok(isDaybookError(late[0]!.reason, 'TABLE_CHANGED') || isDaybookError(late[0]!.reason, 'TABLE_NOT_FOUND'), late[0]!.reason);
    },
    20,
  ),
];

const id = 'in.c-main.t';

/** One project, opened twice, as by two processes. */
async function opened(storage: Storage): Promise<[Project, Project]> {
  // Not closed: the storage is the caller's.
  const [one, two] = [await openDaybook({ storage }), await openDaybook({ storage })];
  const someone = { kind: 'person', id: 'someone' } as const;
  const { id: organization } = await one.as(someone).createOrganization({ name: 'Acme' });
  const project = await one.as(someone).createProject({ organization, name: 'Once' });
  await project.createBucket({ stage: 'in', name: 'main' });
  return [project, await two.as(someone).project(project.id)];
}

function refused(version: number) {
  return { code: 'TABLE_CHANGED', details: { table: id, version } };
}

/** What a refusal must leave as it was. */
async function seen(project: Project) {
  const entries = [];
  for await (const { position } of project.history()) entries.push(position);
  return { entries, tables: await project.tables() };
}
