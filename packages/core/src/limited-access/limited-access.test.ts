import { type Daybook, isDaybookError, openDaybook, type Project } from '@daybook/core';
import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook, textSink } from '../../test/book';
import { accessGranted, beginning, bucketCreated, bucketDropped, later, newBucket, project, storageJob, system } from '../../test/facts';

const hash = '0'.repeat(64);
const granted = (data: object = {}) => ({ type: 'GrantAccess', data: { access: 'crm', hash, ...data } }) as const;
const updated = (data: object) => ({ type: 'UpdateAccess', data: { access: 'crm', buckets: {}, ...data } }) as const;

describe('limited access', () => {
  const past = [...project, bucketCreated];
  const crm = accessGranted('crm', { 'in.c-main': 'write' }, { description: 'CRM push', components: ['acme.crm'], expiresAt: later(9) });

  it('is granted for buckets that are there, and until an instant to come', () => {
    given(...past)
      .when(granted())
      .records(accessGranted('crm', {}));
    given(...past)
      .when(granted({ buckets: { 'in.c-main': 'read' }, components: ['a', 'a', 'b'], expiresAt: later(1) }))
      .records(accessGranted('crm', { 'in.c-main': 'read' }, { components: ['a', 'b'], expiresAt: later(1) }));
    given(...past)
      .when(granted({ expiresAt: beginning, buckets: { 'in.c-none': 'read' } }))
      .refuses('INVALID_INPUT');
    given(...past)
      .when(granted({ buckets: { 'in.c-none': 'read' } }))
      .refuses('BUCKET_NOT_FOUND', { bucket: 'in.c-none' });
    for (const buckets of [{ 'in.c-main': 'admin' }, { __proto__: null, constructor: 'read' }]) {
      given(...past)
        .when(granted({ buckets }))
        .refuses('INVALID_INPUT');
    }
  });

  it('is updated as a whole; its description and its end stay unless they are given', () => {
    const after = (data: object) =>
      ({
        type: 'AccessUpdated',
        data: { access: 'crm', description: 'CRM push', buckets: {}, bucketUids: {}, components: [], ...data },
      }) as const;
    given(...past, crm)
      .when(updated({}))
      .records(after({ expiresAt: later(9) }) as never)
      .stateSatisfies(({ accesses }) => expect(accesses.crm).toMatchObject({ buckets: {}, components: [], expiresAt: later(9), hash }));
    given(...past, crm)
      .when(updated({ buckets: { 'in.c-main': 'read' }, expiresAt: null, description: 'CRM' }))
      .records(after({ buckets: { 'in.c-main': 'read' }, bucketUids: { 'in.c-main': 'main-1' }, description: 'CRM' }) as never)
      .stateSatisfies(({ accesses }) => expect(accesses.crm).not.toHaveProperty('expiresAt'));
    given(...past, crm)
      .when(updated({ buckets: { 'in.c-main': 'write' }, components: ['acme.crm'] }))
      .records();
    given(...past, crm)
      .when(updated({ access: 'none' }))
      .refuses('ACCESS_NOT_FOUND', { access: 'none' });
  });

  it('does not pass on to another bucket of the same name', () => {
    const again = given(...past, crm, bucketDropped(), newBucket('main-2'));
    expect(again.state.accesses.crm!.buckets).toEqual({});
    const { description, components, expiresAt } = (crm as { data: { description: string; components: string[]; expiresAt: string } }).data;
    again.when(updated({ buckets: { 'in.c-main': 'write' }, components })).records({
      type: 'AccessUpdated',
      data: { access: 'crm', description, buckets: { 'in.c-main': 'write' }, bucketUids: { 'in.c-main': 'main-2' }, components, expiresAt },
    });
  });

  it('means, in the events of older versions, the bucket that bore the name then', () => {
    const made = { type: 'BucketCreated', data: { bucket: 'in.c-main', description: '', storageJob: storageJob('bucketCreate') } } as const;
    const dropped = { type: 'BucketDropped', data: { bucket: 'in.c-main', storageJob: storageJob('bucketDrop') } } as const;
    const granted = (access: string) => accessGranted(access, { 'in.c-main': 'read' }, { bucketUids: undefined });
    const { state } = given(...project, made, granted('one'), granted('two'), dropped, made, granted('three'), {
      type: 'AccessUpdated',
      data: { access: 'two', description: '', buckets: { 'in.c-main': 'write' }, components: [] },
    });
    const held = Object.values(state.accesses).map(({ id, buckets }) => [id, buckets]);
    expect(held).toEqual([
      ['one', {}],
      ['two', { 'position:7': { id: 'in.c-main', permission: 'write' } }],
      ['three', { 'position:7': { id: 'in.c-main', permission: 'read' } }],
    ]);
  });

  it('is over at its end, is refreshed and revoked', () => {
    const it = given(...past, crm);
    it.when({ type: 'ExpireAccess', data: {} }, { actor: system, now: later(8) }).records();
    it.when({ type: 'ExpireAccess', data: {} }, { actor: system, now: later(9) }).records({
      type: 'AccessExpired',
      data: { access: 'crm', description: 'CRM push', expiresAt: later(9) },
    });
    const other = '1'.repeat(64);
    it.when({ type: 'RefreshAccess', data: { access: 'crm', hash: other } })
      .records({ type: 'AccessRefreshed', data: { access: 'crm', hash: other } })
      .stateSatisfies(({ accesses }) => expect(accesses.crm!.hash).toBe(other));
    it.when({ type: 'RevokeAccess', data: { access: 'crm' } })
      .records({ type: 'AccessRevoked', data: { access: 'crm', description: 'CRM push' } })
      .stateSatisfies(({ accesses }) => expect(accesses).toEqual({}));
    it.when({ type: 'RevokeAccess', data: { access: 'none' } }).refuses('ACCESS_NOT_FOUND', { access: 'none' });
  });
});

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'nothing was refused';
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return error.code;
  }
}

/** Two buckets with a table each, and access to one of them. */
async function scene(permission: 'read' | 'write' = 'write'): Promise<Book & { limited: Project; id: string; secret: string }> {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  await book.project.createBucket({ stage: 'in', name: 'hidden' });
  for (const bucket of ['main', 'hidden']) {
    await book.project.createTable(`in.c-${bucket}.orders`, { from: { csv: 'id,note\n1,a\n' }, primaryKey: ['id'] });
  }
  const { id, secret } = await book.project.grantAccess({
    ...{ description: 'CRM push', buckets: { 'in.c-main': permission }, components: ['acme.crm'] },
  });
  const session = await book.daybook.authenticate(secret);
  return { ...book, limited: await session.project(), id, secret };
}

describe('whoever holds a secret', () => {
  it('sees what was granted, and nothing of the rest', async () => {
    const { limited, project } = await scene('read');
    await project.table('in.c-hidden.orders').snapshot();
    const snapshot = await project.table('in.c-main.orders').snapshot();
    expect((await limited.buckets()).map(({ id }) => id)).toEqual(['in.c-main']);
    expect((await limited.tables()).map(({ id }) => id)).toEqual(['in.c-main.orders']);
    expect((await limited.snapshots()).map(({ id }) => id)).toEqual([snapshot.id]);
    expect(await limited.describe()).toMatchObject({ name: 'Sales', tables: 1, buckets: 1, rowCount: 1 });
    expect(await limited.table('in.c-main.orders').preview()).toEqual([{ id: '1', note: 'a' }]);
    expect((await limited.at((await project.describe()).position).tables()).map(({ id }) => id)).toEqual(['in.c-main.orders']);
    expect([await all(limited.history()), await limited.storageJobs()]).toEqual([[], { items: [] }]);
    for (const table of ['in.c-hidden.orders', 'in.c-hidden.none', 'in.c-none.none']) {
      expect([table, await codeOf(() => limited.table(table).describe())]).toEqual([table, 'ACCESS_DENIED']);
      expect([table, await codeOf(() => limited.copyTable({ from: { table }, to: 'in.c-main.x' }))]).toEqual([table, 'ACCESS_DENIED']);
    }
  });

  it('writes where that was granted, and their work is on record as theirs', async () => {
    const { limited, project, id } = await scene();
    await limited.table('in.c-main.orders').load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental' });
    await limited.table('in.c-main.orders').export({ csv: textSink().sink });
    await limited.createTable('in.c-main.new', { columns: [{ name: 'id' }] });
    expect(await codeOf(() => limited.createTable('in.c-hidden.new', { columns: [{ name: 'id' }] }))).toBe('ACCESS_DENIED');
    const { items } = await limited.storageJobs();
    expect(items.map(({ operation, actor }) => [operation, actor])).toEqual(
      ['tableCreate', 'tableExport', 'tableLoad'].map((operation) => [operation, { kind: 'limited', id }]),
    );
    const own = await all(limited.history());
    expect(own.map(({ sentence }) => sentence)).toEqual([
      'limited access “CRM push” began to load into in.c-main.orders',
      'limited access “CRM push” loaded 1 row into in.c-main.orders: 1 inserted',
      'limited access “CRM push” began to export in.c-main.orders',
      'limited access “CRM push” exported 2 rows of in.c-main.orders',
      'limited access “CRM push” created table in.c-main.new with 0 rows',
      'the system (daybook) refused limited access “CRM push” what they may not do: CreateTable',
    ]);
    expect(await all(project.history({ actor: { kind: 'limited', id } }))).toEqual(own);
    expect((await limited.storageJobs({ actor: { kind: 'person', id: 'alice' } })).items).toEqual([]);
  });

  it('runs and sees their own jobs, of components that were granted', async () => {
    const { limited, project } = await scene();
    const theirs = await project.createJob({ component: 'acme.crm', idempotencyKey: 'monday' });
    const ended = await project.createJob({ component: 'acme.crm' });
    await ended.start();
    await ended.succeed();
    expect(await codeOf(() => limited.createJob({ component: 'acme.other' }))).toBe('ACCESS_DENIED');
    expect(await codeOf(() => limited.createJob({ component: 'acme.crm', parent: theirs.id }))).toBe('ACCESS_DENIED');
    const mine = await limited.createJob({ component: 'acme.crm', idempotencyKey: 'monday' });
    expect(mine.id).not.toBe(theirs.id);
    expect((await limited.createJob({ component: 'acme.crm', idempotencyKey: 'monday' })).id).toBe(mine.id);
    await mine.start();
    await limited.table('in.c-main.orders').load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental', job: mine.id });
    await mine.log('info', 'halfway');
    expect((await limited.jobs({ status: ['processing'] })).items.map(({ id }) => id)).toEqual([mine.id]);
    await mine.succeed();
    for (const options of [{}, { status: ['success'] as const }, { sort: { by: 'ended' as const } }]) {
      expect((await limited.jobs({ ...options, status: ['success'] })).items.map(({ id }) => id)).toEqual([mine.id]);
    }
    expect((await limited.jobs({ actor: { kind: 'person', id: 'alice' } })).items).toEqual([]);
    expect(await limited.job(mine.id).describe()).toMatchObject({ status: 'success', rowsIn: 1 });
    for (const { id } of [theirs, ended]) expect(await codeOf(() => limited.job(id).describe())).toBe('JOB_NOT_FOUND');
    expect(await codeOf(() => limited.job(theirs.id).start())).toBe('ACCESS_DENIED');
    expect(await codeOf(() => limited.job(ended.id).start())).toBe('ACCESS_DENIED');
    expect(await codeOf(() => limited.job('never').start())).toBe('ACCESS_DENIED');
    expect(await codeOf(() => mine.start())).toBe('JOB_FINISHED');
    expect((await project.jobs()).items).toHaveLength(3);
  });

  it('is told what became of granted tables, not who else did it, in which jobs or where in the log', async () => {
    const { limited, project, day } = await scene();
    const theirs = await project.createJob({ component: 'acme.crm' });
    await theirs.start();
    const [mine, alices] = [limited.table('in.c-main.orders'), project.table('in.c-main.orders')];
    await alices.load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental', job: theirs.id });
    const nothing = await limited.describe();
    expect(nothing).toMatchObject({ name: 'Sales', position: 0, lastActivityAt: later(0) });
    day(1);
    await mine.load({ rows: [{ id: 3, note: 'c' }] }, { mode: 'incremental' });
    await mine.snapshot({ description: 'mine' });
    day(2);
    await alices.truncate();
    await alices.snapshot({ description: 'theirs' });
    const [last] = await all(limited.history({ backward: true, limit: 1 }));
    const described = await limited.describe();
    expect(described).toMatchObject({ position: last!.position, lastActivityAt: later(1) });
    for (const field of ['organization', 'createdBy']) expect([field, field in nothing, field in described]).toEqual([field, false, false]);

    const pages = [await mine.versions({ limit: 2 })];
    while (pages.at(-1)!.next) pages.push(await mine.versions({ limit: 2, next: pages.at(-1)!.next! }));
    const versions = pages.flatMap(({ items }) => items);
    const told = (await alices.versions()).items;
    const withoutOthers = told.map(({ position, actor, job, ...version }) =>
      actor?.kind === 'limited' ? { ...version, position, actor } : version,
    );
    expect(versions).toEqual(withoutOthers);
    expect(versions.map(({ actor }) => actor?.kind)).toEqual([undefined, 'limited', undefined, undefined]);
    expect((await limited.snapshots()).map(({ description, actor }) => [description, actor?.kind])).toEqual([
      ['theirs', undefined],
      ['mine', 'limited'],
    ]);
  });

  it('reads what they logged into their own jobs, not what others did, and hears of no child of others', async () => {
    const { limited, project } = await scene();
    const job = await limited.createJob({ component: 'acme.crm' });
    await job.start();
    await job.log('info', 'mine');
    await project.job(job.id).log('info', 'theirs');
    await project.createJob({ component: 'acme.crm', parent: job.id });
    const own = await limited.createJob({ component: 'acme.crm', parent: job.id });
    expect((await job.messages()).items.map(({ text }) => text)).toEqual(['mine']);
    expect((await job.timeline()).messages.map(({ text }) => text)).toEqual(['mine']);
    expect((await job.timeline()).children.map(({ job: { id } }) => id)).toEqual([own.id]);
    await expect(job.succeed()).rejects.toMatchObject({ code: 'JOB_CHILDREN_OPEN', details: { job: job.id, children: [own.id] } });
    expect((await project.job(job.id).messages()).items.map(({ text }) => text)).toEqual(['theirs', 'mine']);
  });

  it('works in open jobs of their own, and learns nothing of others', async () => {
    const { limited, project } = await scene();
    const theirs = await project.createJob({ component: 'acme.crm' });
    const ended = await project.createJob({ component: 'acme.crm' });
    await ended.start();
    await ended.succeed();
    const mine = await limited.createJob({ component: 'acme.crm' });
    await mine.start();
    const before = await ended.describe();
    const orders = limited.table('in.c-main.orders');
    const work: readonly ((job: string) => Promise<unknown>)[] = [
      (job) => orders.load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental', job }),
      (job) => orders.deleteRows({ where: [{ column: 'id', op: 'eq', values: ['2'] }], job }),
      (job) => orders.addColumn({ name: `x${job}`.slice(0, 60) }, { job }),
      (job) => orders.snapshot({ job }),
      (job) => orders.revert({ version: 1 }, { job }),
      (job) => orders.export({ csv: textSink().sink }, { job }),
      (job) => limited.createTable(`in.c-main.x${job}`.slice(0, 60), { columns: [{ name: 'id' }], job }),
      (job) => limited.copyTable({ from: { table: orders.id }, to: `in.c-main.y${job}`.slice(0, 60), job }),
    ];
    for (const doing of work) {
      for (const job of [theirs.id, ended.id, 'never']) expect(await codeOf(() => doing(job))).toBe('ACCESS_DENIED');
      await doing(mine.id);
    }
    await mine.succeed();
    for (const doing of work) expect(await codeOf(() => doing(mine.id))).toBe('JOB_FINISHED');
    expect(await ended.describe()).toEqual(before);
  });

  it('may do at once what an update grants, and no more what it does not', async () => {
    const { limited, project, id } = await scene();
    await project.updateAccess(id, { buckets: { 'in.c-hidden': 'read' } });
    expect((await limited.tables()).map((table) => table.id)).toEqual(['in.c-hidden.orders']);
    expect(await codeOf(() => limited.table('in.c-main.orders').load({ rows: [] }))).toBe('ACCESS_DENIED');
    expect(await codeOf(() => limited.table('in.c-hidden.orders').load({ rows: [] }))).toBe('ACCESS_DENIED');
    expect(await codeOf(() => limited.createJob({ component: 'acme.crm' }))).toBe('ACCESS_DENIED');
    expect(await project.accesses()).toEqual([
      {
        ...{ id, description: 'CRM push', buckets: { 'in.c-hidden': 'read' }, components: [], createdAt: later(0), refreshedAt: later(0) },
        createdBy: { kind: 'person', id: 'alice' },
      },
    ]);
  });

  it('is on record when a revert of the project is refused', async () => {
    const { limited, project } = await scene('read');
    const before = (await project.describe()).position;
    await project.table('in.c-main.orders').load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental' });
    expect(await codeOf(() => limited.revert(before, { tables: ['in.c-main.orders'] }))).toBe('ACCESS_DENIED');
    expect((await all(project.history({ types: ['AccessRefused'] }))).map(({ data }) => data.actions)).toEqual([{ RevertTable: 1 }]);
  });

  it('has no other project, organization, people or access', async () => {
    const { daybook, limited, alice, organization, secret } = await scene();
    const session = await daybook.authenticate(secret);
    const other = await alice.createProject({ organization: organization.id, name: 'Other' });
    expect(session.projectId).toBe(limited.id);
    const refused = [
      () => session.project(other.id),
      () => session.organization(organization.id),
      () => session.createOrganization({ name: 'X' }),
      () => session.createProject({ organization: organization.id, name: 'X' }),
      () => session.joinProject(limited.id),
      () => session.profile(),
      () => session.invitations(),
      () => limited.grantAccess({ buckets: { 'in.c-main': 'read' } }),
      () => limited.invite({ email: 'x@example.com' }),
    ];
    for (const work of refused) expect([String(work), await codeOf(work)]).toEqual([String(work), 'ACCESS_DENIED']);
  });
});

describe('authentication', () => {
  const authenticates = async (daybook: Daybook, secret: string) =>
    (await codeOf(() => daybook.authenticate(secret))) === 'nothing was refused';

  it('fails alike for whatever is no valid secret', async () => {
    const { daybook, project, id, secret, day } = await scene();
    const other = await project.grantAccess({ expiresAt: later(1) });
    const another = await (await openBook()).project.grantAccess({});
    for (const no of ['', 'x', `${secret}x`, another.secret, undefined as never, 5 as never, {} as never]) {
      const refusal = await daybook.authenticate(no).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'AUTHENTICATION_FAILED', details: {}, message: 'The secret opens nothing.' });
    }
    const refreshed = await project.refreshAccess(id);
    expect([await authenticates(daybook, secret), await authenticates(daybook, refreshed.secret)]).toEqual([false, true]);
    expect(await authenticates(daybook, other.secret)).toBe(true);
    day(1);
    expect([await authenticates(daybook, other.secret), await authenticates(daybook, refreshed.secret)]).toEqual([false, true]);
    await project.revokeAccess(id);
    expect(await authenticates(daybook, refreshed.secret)).toBe(false);
  });

  it('finds nothing in the log that would do as a secret', async () => {
    const { storage, project, secret, id } = await scene();
    const { secret: second } = await project.refreshAccess(id);
    const stored = JSON.stringify(await collect(storage.events.read(`project/${project.id}`)));
    for (const one of [secret, second]) expect(stored).not.toContain(one.slice(-39));
    expect(stored).not.toContain('dbk_');
  });

  it('sees what another opening of the same storage has revoked', async () => {
    const { storage, project, id, secret } = await scene();
    const other = await openDaybook({ storage, clock: () => new Date(later(0)) });
    const held = await (await other.authenticate(secret)).project();
    expect(await held.tables()).toHaveLength(1);
    await project.revokeAccess(id);
    expect(await codeOf(() => held.tables())).toBe('ACCESS_DENIED');
    expect(await authenticates(other, secret)).toBe(false);
  });
});
