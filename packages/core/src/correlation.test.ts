import { describe, expect, it } from 'vitest';
import { all, openBook } from '../test/book';

describe('a correlation id', () => {
  const wrong = ['', 'x'.repeat(256), 'a\nb', 'a\0', 'a\ud800'];
  it.each([...wrong, 17 as never])('is not %j', async (correlationId) => {
    const { daybook } = await openBook();
    expect(() => daybook.as({ kind: 'person', id: 'alice', correlationId })).toThrow(TypeError);
    await expect(daybook.authenticate('dbk_none', { correlationId })).rejects.toThrow(TypeError);
  });

  it.each(wrong)('that is %j is not looked for', async (correlationId) => {
    const { project } = await openBook();
    const invalid = { code: 'INVALID_INPUT' };
    await expect(all(project.history({ correlationId }))).rejects.toMatchObject(invalid);
    await expect(project.storageJobs({ correlationId })).rejects.toMatchObject(invalid);
    await expect(project.jobs({ correlationId })).rejects.toMatchObject(invalid);
  });

  it('is told by limited access too, which finds its own work by it', async () => {
    const { daybook, project } = await openBook();
    await project.createBucket({ stage: 'in', name: 'main' });
    const { secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' }, components: ['acme.crm'] });
    const theirs = await daybook.as({ kind: 'person', id: 'alice', correlationId: 'push 1' }).project(project.id);
    await theirs.createJob({ component: 'acme.crm' });
    const crm = await (await daybook.authenticate(secret, { correlationId: 'push 1' })).project();
    await crm.createTable('in.c-main.contacts', { columns: [{ name: 'id' }] });
    await crm.createJob({ component: 'acme.crm' });

    const found = async (asking: typeof crm) => ({
      types: (await all(asking.history({ correlationId: 'push 1' }))).map(({ type }) => type),
      jobs: (await asking.jobs({ correlationId: 'push 1' })).items.length,
    });
    expect(await found(crm)).toEqual({ types: ['TableCreated', 'JobCreated'], jobs: 1 });
    expect(await found(project)).toEqual({ types: ['JobCreated', 'TableCreated', 'JobCreated'], jobs: 2 });
  });

  it('is that of a storage job to its end, whoever ends it', async () => {
    const { daybook, project, day, again } = await openBook();
    await project.createBucket({ stage: 'in', name: 'main' });
    await project.createTable('in.c-main.t', { columns: [{ name: 'id' }] });
    const traced = await daybook.as({ kind: 'person', id: 'alice', correlationId: 'upload 1' }).project(project.id);
    let giveUp = () => {};
    async function* rows() {
      yield { id: 1 };
      await new Promise<void>((resolve) => {
        giveUp = resolve;
      });
    }
    const load = traced.table('in.c-main.t').load({ rows: rows() });
    await expect.poll(async () => (await project.storageJobs({ correlationId: 'upload 1' })).items).toHaveLength(1);
    day(2);
    await daybook.runDue();
    const { items } = await (await again()).storageJobs({ correlationId: 'upload 1', status: ['error'] });
    expect(items).toMatchObject([{ correlationId: 'upload 1', error: { code: 'ABANDONED' } }]);
    giveUp();
    await load.catch(() => {});
  });

  it('is on record with the first refusal of an actor, and not with those that are counted', async () => {
    const { daybook, organization, day } = await openBook();
    const ask = async (correlationId: string) => {
      const mallory = daybook.as({ kind: 'person', id: 'mallory', correlationId });
      await expect(mallory.organization(organization.id)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    };
    await ask('one');
    await ask('two');
    day(1);
    await ask('three');
    const refusals = await all(organization.history({ types: ['AccessRefused'] }));
    expect(refusals.map(({ correlationId }) => correlationId)).toEqual(['one', undefined, 'three']);
  });
});
