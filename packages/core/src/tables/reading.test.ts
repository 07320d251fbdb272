import type { Project, Row } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { all, collect, openBook } from '../../test/book';

/** A table of so many rows, and one who may read it. */
async function scene(count: number, as: 'limited' | 'support' | 'person' = 'limited') {
  const memory = memoryStorage();
  let broken = Number.POSITIVE_INFINITY;
  /** Breaks after so many batches. */
  const tables = new Proxy(memory.tables, {
    get(target, key) {
      const found = Reflect.get(target, key, target);
      if (key !== 'read') return typeof found === 'function' ? found.bind(target) : found;
      return async function* (...asked: Parameters<typeof target.read>) {
        let given = 0;
        for await (const batch of target.read(...asked)) {
          for (let from = 0; from < batch.length; from += 100) {
            if (given++ === broken) throw new Error('the disk is gone');
            yield batch.slice(from, from + 100);
          }
        }
      };
    },
  });
  const book = await openBook({
    storage: { ...memory, features: memory.features, events: memory.events, checkpoints: memory.checkpoints, tables } as typeof memory,
  });
  const { project, daybook } = book;
  await project.createBucket({ stage: 'in', name: 'main' });
  const rows = Array.from({ length: count }, (_, i) => ({ id: String(i), note: `note ${i}` }));
  await project.createTable('in.c-main.orders', { from: { rows }, primaryKey: ['id'] });
  const reader = await {
    limited: async () => (await daybook.authenticate((await project.grantAccess({ buckets: { 'in.c-main': 'read' } })).secret)).project(),
    support: () => daybook.as({ kind: 'support', id: 'sue' }).joinProject(project.id, { reason: 'ticket 42' }),
    person: async () => project,
  }[as]();
  const jobs = async (of: Project = reader) => (await of.storageJobs({ operation: ['tableRead'] })).items;
  return { ...book, reader, table: reader.table('in.c-main.orders'), jobs, breakAfter: (batches: number) => (broken = batches) };
}

describe.each(['limited', 'support'] as const)('reading by %s', (as) => {
  it('of 1,000 rows is on no record, of 1,001 it is', async () => {
    for (const [count, recorded] of [
      [1_000, 0],
      [1_001, 1],
    ] as const) {
      const { table, jobs } = await scene(count, as);
      expect((await collect(table.rows())).length).toBe(count);
      expect((await jobs()).length).toBe(recorded);
    }
  });

  it('is a storage job from the 1,001st row to the end of the iteration, without a cell', async () => {
    const { table, jobs, project, reader } = await scene(1_550, as);
    const open: number[] = [];
    const where = [{ column: 'note', op: 'ne' as const, values: ['note 1549'] }];
    for await (const _batch of table.rows({ where, columns: ['id'] })) {
      open.push((await project.storageJobs({ status: ['processing'] })).items.length);
    }
    expect(open).toEqual([...Array(10).fill(0), ...Array(6).fill(1)]);
    const [job] = await jobs();
    const parameters = { version: 1, columns: ['id'], where: [{ column: 'note', op: 'ne' }] };
    expect(job).toMatchObject({ operation: 'tableRead', table: 'in.c-main.orders', actor: { kind: as }, status: 'success', parameters });
    expect(job!.metrics).toEqual({ rowsIn: 0, rowsOut: 1_549, bytesIn: 0, bytesOut: 0 });
    expect(await jobs(project)).toEqual([job]);
    const [told] = await all(reader.history({ types: ['TableRead'] }));
    expect(told!.sentence).toMatch(/ read 1549 rows of version 1 of in.c-main.orders$/);
  });

  it('ends well with the rows that were given, where the caller stops', async () => {
    const { table, jobs } = await scene(1_550, as);
    let given = 0;
    for await (const batch of table.rows()) {
      given += batch.length;
      if (given > 1_000) break;
    }
    const stopping = async () => {
      for await (const batch of table.rows()) if (batch.some(({ id }: Row) => id === '1250')) throw new Error('enough');
    };
    await expect(stopping()).rejects.toThrow('enough');
    const thrown = table.rows();
    for (let i = 0; i < 11; i++) await thrown.next();
    await expect(thrown.throw(new Error('thrown in'))).rejects.toThrow('thrown in');
    expect((await jobs()).map(({ status, metrics }) => [status, metrics?.rowsOut])).toEqual([
      ['success', 1_100],
      ['success', 1_300],
      ['success', 1_100],
    ]);
  });

  it('fails where reading does', async () => {
    const { table, jobs, breakAfter } = await scene(1_550, as);
    breakAfter(12);
    await expect(collect(table.rows()).then(() => 'read')).rejects.toThrow('the disk is gone');
    expect(await jobs()).toMatchObject([{ status: 'error', error: { code: 'INTERNAL', message: 'the disk is gone' } }]);
  });

  it('counts what differs between two versions, and a reader who stops', async () => {
    const { table, jobs, project } = await scene(1_200, as);
    await project.table(table.id).load({ rows: [{ id: 'x', note: 'y', more: 'z' }] });
    const found = await all(table.diff({ from: { version: 1 } }));
    expect(found.length).toBe(1_202);
    const part = table.diff({ from: { version: 1 } });
    for (let i = 0; i < 1_150; i++) await part.next();
    await part.return(undefined);
    expect((await jobs()).map(({ metrics, parameters }) => [metrics?.rowsOut, parameters])).toEqual([
      [1_149, { version: 2, from: 1 }],
      [1_201, { version: 2, from: 1 }],
    ]);
  });

  it('goes on in a disabled project, and is failed as abandoned where nobody goes on', async () => {
    const { table, jobs, project, daybook, day } = await scene(1_550, as);
    const reading = table.rows();
    for (let i = 0; i < 11; i++) await reading.next();
    await project.disable({ reason: 'unpaid' });
    await collect(table.rows());
    if (as === 'support') return;
    day(1.1);
    expect(await daybook.runDue()).toMatchObject({ abandoned: 1 });
    expect((await jobs(project)).map(({ status, error }) => [status, error?.code])).toEqual([
      ['error', 'ABANDONED'],
      ['success', undefined],
    ]);
  });
});

describe('reading', () => {
  it('stops at the 1,001st row for whoever has lost the right meanwhile', async () => {
    const { table, project } = await scene(1_550);
    const reading = table.rows();
    for (let i = 0; i < 10; i++) await reading.next();
    const [access] = await project.accesses();
    await project.revokeAccess(access!.id);
    await expect(reading.next()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('by administrators is not recorded', async () => {
    const { table, jobs } = await scene(1_550, 'person');
    await collect(table.rows());
    expect(await jobs()).toEqual([]);
  });
});
