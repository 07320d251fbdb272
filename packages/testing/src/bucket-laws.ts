import assert from 'node:assert/strict';
import { isDaybookError, openDaybook, type Project, type ProjectView, type Row, type Storage } from '@daybook/core';
import { type Law, law } from './law';

const bucket = 'in.c-main';
const orders = `${bucket}.orders`;
const gone = `${bucket}.gone`;

/** A bucket is not its name: what was in one is not for whom another under the same name is granted. */
export const bucketLaws: readonly Law[] = [
  law('opens nothing of a bucket that was dropped to whom another one under its name is granted', async (storage) => {
    const { project, before, snapshot, grant } = await replaced(storage);
    await project.createTable(orders, { from: { csv: 'id,note\n1,new\n' }, primaryKey: ['id'] });
    const limited = await grant();
    const then = limited.at(before);
    assert.deepEqual([await then.buckets(), await then.tables(), await then.snapshots(), await limited.snapshots()], [[], [], [], []]);
    assert.equal((await then.describe()).tables, 0);
    assert.deepEqual(await rowsOf(limited), [{ id: '1', note: 'new' }]);
    assert.deepEqual(await versionsOf(limited), [1]);
    await refused('TABLE_NOT_FOUND', [
      () => then.table(orders).describe(),
      () => then.table(orders).versions(),
      () => rowsOf(then),
      () => limited.restoreTable(gone),
      () => limited.revert(before, { tables: [orders] }),
    ]);
    await refused('VERSION_NOT_FOUND', [
      () => rowsOf(limited, { of: { at: before } }),
      () => limited.table(orders).revert({ version: 2 }),
      () => first(limited.table(orders).diff({ from: { at: before } })),
    ]);
    await refused('SNAPSHOT_NOT_FOUND', [
      () => rowsOf(limited, { of: { snapshot } }),
      () => limited.table(orders).revert({ snapshot }),
      () => first(limited.table(orders).diff({ from: { snapshot } })),
    ]);
    await refused('ACCESS_DENIED', [
      () => limited.copyTable({ from: { snapshot }, to: `${bucket}.copy` }),
      () => limited.deleteSnapshot(snapshot),
    ]);
    assert.deepEqual(await limited.revert(before), []);
    assert.deepEqual(await rowsOf(await project.copyTable({ from: { snapshot }, to: `${bucket}.copy` })), [{ id: '1', note: 'old' }]);
  }),

  law('shows a table that came back into another bucket as it came, and what it has been since', async (storage) => {
    const { project, before, snapshot, grant } = await replaced(storage);
    await project.restoreTable(orders);
    const limited = await grant();
    assert.deepEqual(await rowsOf(limited), [{ id: '1', note: 'later' }]);
    const [arrived, ...earlier] = (await limited.table(orders).versions()).items;
    assert.deepEqual(
      [arrived!.version, arrived!.change.operation, arrived!.change.addedColumns, earlier],
      [2, 'tableRestore', ['id', 'note'], []],
    );
    await refused('VERSION_NOT_FOUND', [
      () => rowsOf(limited, { of: { version: 1 } }),
      () => rowsOf(limited, { of: { at: before } }),
      () => first(limited.table(orders).diff({ from: { version: 1 } })),
      () => limited.copyTable({ from: { table: orders, version: 1 }, to: `${bucket}.copy` }),
    ]);
    await refused('SNAPSHOT_NOT_FOUND', [() => limited.table(orders).revert({ snapshot })]);
    await limited.table(orders).load({ rows: [{ id: '2', note: 'mine' }] }, { mode: 'incremental' });
    assert.deepEqual(await versionsOf(limited), [3, 2]);
    assert.deepEqual(await rowsOf(limited, { of: { version: 2 } }), [{ id: '1', note: 'later' }]);
    assert.deepEqual(await versionsOf(project), [3, 2, 1]);
    assert.deepEqual(await rowsOf(project, { of: { version: 1 } }), [{ id: '1', note: 'old' }]);
    await project.table(orders).revert({ snapshot });
  }),

  law('makes a bucket for tables that come back to where there is none, one for all of them', async (storage) => {
    const { project, before } = await replaced(storage);
    const uid = async () => (await project.buckets()).map((one) => one.uid);
    const [empty] = await uid();
    await project.dropBucket(bucket);
    await project.restoreTable(gone);
    const [made] = await uid();
    assert.notEqual(made, empty);
    await project.dropBucket(bucket, { force: true });
    const reverted = await project.revert(before);
    assert.deepEqual(
      reverted.map(({ table, action }) => [table, action]),
      [
        [gone, 'restored'],
        [orders, 'restored'],
      ],
    );
    assert.equal((await uid()).length, 1);
    assert.notDeepEqual(await uid(), [made]);
    assert.deepEqual(await rowsOf(project), [{ id: '1', note: 'old' }]);
  }),
];

/** A bucket with two tables, one with a snapshot of its first version and a second one since, was dropped, and another one bears its name. */
async function replaced(storage: Storage) {
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage });
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const organization = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization: organization.id, name: 'Buckets' });
  await project.createBucket({ stage: 'in', name: 'main' });
  const table = await project.createTable(orders, { from: { csv: 'id,note\n1,old\n' }, primaryKey: ['id'] });
  await project.createTable(gone, { from: { csv: 'id\n1\n' } });
  const { id: snapshot } = await table.snapshot();
  const before = (await project.describe()).position!;
  await table.load({ csv: 'id,note\n1,later\n' });
  await project.dropBucket(bucket, { force: true });
  await project.createBucket({ stage: 'in', name: 'main' });
  const grant = async () => {
    const { secret } = await project.grantAccess({ buckets: { [bucket]: 'write' } });
    return (await daybook.authenticate(secret)).project();
  };
  return { project, before, snapshot, grant };
}

type Reading = Parameters<ReturnType<Project['table']>['rows']>[0];

async function rowsOf(from: ProjectView | { rows(options?: Reading): AsyncGenerator<readonly Row[]> }, options?: Reading): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of 'rows' in from ? from.rows(options) : from.table(orders).rows(options)) rows.push(...batch);
  return rows;
}

async function versionsOf(project: ProjectView): Promise<number[]> {
  return (await project.table(orders).versions()).items.map(({ version }) => version);
}

async function first(items: AsyncGenerator<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}

async function refused(code: string, asked: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const ask of asked) {
    await assert.rejects(ask, (error) => {
      if (!isDaybookError(error)) throw error;
      assert.equal(error.code, code, String(ask));
      return true;
    });
  }
}
