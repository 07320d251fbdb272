import { describe, expect, it } from 'vitest';
import { openBook } from '../../test/book';
import { later } from '../../test/facts';

describe('the overview of a project', () => {
  it('shows its size, its people with their last activity, and its latest jobs', async () => {
    const { daybook, project, day } = await openBook();
    await project.createBucket({ stage: 'in', name: 'main' });
    await project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n2\n' } });
    const { id, secret } = await project.grantAccess({ description: 'CRM push', buckets: { 'in.c-main': 'write' } });
    const idle = await project.grantAccess({ description: 'idle' });
    day(1);
    const crm = await (await daybook.authenticate(secret)).project();
    await crm.table('in.c-main.orders').load({ rows: [{ id: 3 }] }, { mode: 'incremental' });
    await (await (await daybook.authenticate(idle.secret)).project()).createTable('in.c-main.x', {}).catch(() => {});
    day(2);
    const jobs = [];
    for (let i = 0; i < 12; i++) jobs.push((await project.createJob({ component: `acme.${i}` })).id);

    const overview = await project.overview();
    expect(overview).toMatchObject({ name: 'Sales', tables: 1, buckets: 1, rowCount: 3, status: 'active', support: [] });
    expect(overview.administrators.map((one) => [one.id, one.lastActivityAt])).toEqual([
      ['alice', later(2)],
      ['ada', later(0)],
    ]);
    expect(overview.accesses.map((one) => [one.id, one.lastActivityAt])).toEqual([
      [id, later(1)],
      [idle.id, undefined],
    ]);
    expect(overview.latestJobs.map((job) => job.id)).toEqual(jobs.toReversed().slice(0, 10));
    expect(overview.accesses[0]).not.toHaveProperty('hash');
  });

  it('is there as of any point', async () => {
    const { project, day } = await openBook();
    const { position } = await project.describe();
    day(1);
    await project.rename('Renamed');
    const then = await project.at(position).overview();
    expect([then.name, then.administrators.find(({ id }) => id === 'alice')?.lastActivityAt]).toEqual(['Sales', later(0)]);
  });
});
