import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, openBook } from '../../test/book';
import { part, storageJob, withTable } from '../../test/facts';

const csv = 'id\n1\n';

async function openTable() {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  return { ...book, table: await book.project.createTable('in.c-main.t', { columns: [{ name: 'id' }] }) };
}

describe('a load with an idempotency key', () => {
  it('is answered by a daybook that was opened anew', async () => {
    const { table, again } = await openTable();
    const first = await table.load({ csv }, { idempotencyKey: 'monday' });
    expect(await (await again()).table(table.id).load({ csv }, { idempotencyKey: 'monday' })).toEqual(first);
  });

  it('shows its key in its storage job, though it failed', async () => {
    const { project, table } = await openTable();
    await table.load({ csv }, { idempotencyKey: 'monday' });
    await expect(table.load({ csv: 'a\n' }, { idempotencyKey: 'tuesday' })).rejects.toMatchObject({ code: 'COLUMNS_DO_NOT_MATCH' });
    const { items } = await project.storageJobs({ operation: ['tableLoad'] });
    expect(items).toMatchObject([
      { idempotencyKey: 'tuesday', status: 'error' },
      { idempotencyKey: 'monday', status: 'success' },
    ]);
    expect(items[0]!.parameters).not.toHaveProperty('idempotencyKey');
  });

  it('has a key of its own for each limited access, which learns nothing of others', async () => {
    const { daybook, project, table } = await openTable();
    const access = async (right: 'read' | 'write') => {
      const { secret } = await project.grantAccess({ buckets: { 'in.c-main': right } });
      return (await (await daybook.authenticate(secret)).project()).table(table.id);
    };
    const [one, two, reader] = [await access('write'), await access('write'), await access('read')];
    const first = await table.load({ csv }, { idempotencyKey: 'monday' });
    const other = await one.load({ csv: 'id\n2\n' }, { idempotencyKey: 'monday' });
    expect((await two.load({ csv: 'id\n3\n' }, { idempotencyKey: 'monday' })).version).toBe(4);
    expect(await one.load({ csv: 'id\n2\n' }, { idempotencyKey: 'monday' })).toEqual(other);
    expect(await table.load({ csv }, { idempotencyKey: 'monday' })).toEqual(first);
    await expect(reader.load({ csv }, { idempotencyKey: 'monday' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('is not answered to who may load no more, nor by a disabled project', async () => {
    const { daybook, project, table } = await openTable();
    const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' } });
    const push = (await (await daybook.authenticate(secret)).project()).table(table.id);
    await push.load({ csv }, { idempotencyKey: 'monday' });
    await project.updateAccess(id, { buckets: { 'in.c-main': 'read' } });
    await expect(push.load({ csv }, { idempotencyKey: 'monday' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await table.load({ csv }, { idempotencyKey: 'tuesday' });
    await project.disable({ reason: 'unpaid' });
    await expect(table.load({ csv }, { idempotencyKey: 'tuesday' })).rejects.toMatchObject({ code: 'PROJECT_DISABLED' });
  });

  it('lets the source go when that is another', async () => {
    const { table } = await openTable();
    await table.load({ csv }, { idempotencyKey: 'monday' });
    let ended = false;
    const rows = async function* () {
      try {
        yield { id: 1 };
        yield { id: 2 };
      } finally {
        ended = true;
      }
    };
    await expect(table.load({ rows: rows() }, { idempotencyKey: 'monday' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(ended).toBe(true);
  });

  it('is for sources', async () => {
    const { project, table } = await openTable();
    const make = { columns: [{ name: 'id' }], idempotencyKey: 'monday' };
    await expect(project.createTable('in.c-main.other', make)).rejects.toThrow(TypeError);
    await expect(project.createTable('in.c-main.other', { from: { table: table.id }, idempotencyKey: 'monday' })).rejects.toThrow(
      TypeError,
    );
  });

  it.each(['', 'x'.repeat(256), 'a\0'])('is refused with the key %j', async (idempotencyKey) => {
    const { project, table } = await openTable();
    await expect(table.load({ csv }, { idempotencyKey })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await all(project.history({ types: ['StorageJobCreated'] }))).toEqual([]);
  });
});

describe('a load for one version', () => {
  it('is decided for it alone', () => {
    const load = {
      ...{ uid: 'orders-1', table: 'in.c-main.orders', mode: 'full', baseVersion: 1, primaryKey: ['id'], columns: ['id', 'note'] },
      ...{ addedColumns: [], added: [part(3)], rows: { inserted: 10, updated: 0, unchanged: 0, deleted: 0 } },
      storageJob: storageJob('tableLoad'),
    } as const;
    given(...withTable)
      .when({ type: 'LoadTable', data: { ...load, ifVersion: 2 } })
      .refuses('TABLE_CHANGED', { table: 'in.c-main.orders', version: 1 });
    expect(given(...withTable).when({ type: 'LoadTable', data: { ...load, ifVersion: 1 } }).events).toHaveLength(1);
  });
});
