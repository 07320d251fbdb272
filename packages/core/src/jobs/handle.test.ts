import { type JobFilter, openDaybook, type Project } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { openBook } from '../../test/book';
import { later } from '../../test/facts';

const minutes = (count: number) => count / (24 * 60);
const request = { component: 'acme.extractor', configuration: 'daily', parameters: { since: '2026-01-01' } };

describe('the handle of a job', () => {
  it('drives it from its creation to its end', async () => {
    const { project, day } = await openBook();
    const job = await project.createJob(request);
    expect(job.runId).toBe(job.id);
    await job.wait();
    day(minutes(1));
    await job.start({ runner: 'worker-1' });
    await job.start({ runner: 'worker-1' });
    await job.log('info', 'fetched', { pages: 3 });
    expect(await job.heartbeat()).toEqual({ status: 'processing' });
    day(minutes(3));
    await job.succeed({ message: 'done', metrics: { pages: 3 } });
    expect(await project.job(job.id).describe()).toEqual({
      ...{ id: job.id, runId: job.id, ...request, mode: 'run', heartbeatTimeoutSeconds: 3_600 },
      ...{ actor: { kind: 'person', id: 'alice' }, runner: 'worker-1', status: 'success', message: 'done', metrics: { pages: 3 } },
      ...{ createdAt: later(0), startedAt: later(minutes(1)), endedAt: later(minutes(3)), children: {}, runMs: 120_000 },
      ...{ tables: [], files: [], storageJobs: { success: 0, error: 0 }, rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0 },
    });
  });

  it('tells a job that has ended from one that never was', async () => {
    const { project } = await openBook();
    const job = await project.createJob(request);
    await job.start();
    await job.fail({ kind: 'user', message: 'wrong password', exceptionId: 'e-1' });
    const finished = { code: 'JOB_FINISHED', details: { job: job.id, status: 'error' } };
    const again = [() => job.start(), () => job.succeed(), () => job.terminate(), () => job.heartbeat(), () => job.log('info', 'x')];
    for (const command of again) await expect(command()).rejects.toMatchObject(finished);
    await expect(project.createJob({ component: 'x', parent: job.id })).rejects.toMatchObject(finished);
    const missing = { code: 'JOB_NOT_FOUND', details: { job: 'never' } };
    const none = project.job('never');
    for (const call of [() => none.start(), () => none.describe(), () => none.timeline(), () => none.messages(), () => none.rerun()])
      await expect(call()).rejects.toMatchObject(missing);
    await expect(project.createJob({ component: 'x', parent: 'never' })).rejects.toMatchObject(missing);
  });

  it('starts it for one open daybook, not for two', async () => {
    const { project, again } = await openBook();
    const job = await project.createJob(request);
    await job.start();
    await job.start();
    await expect((await again()).job(job.id).start()).rejects.toMatchObject({ code: 'JOB_TRANSITION_FORBIDDEN' });
  });

  it('lets whoever runs it hear that it is to stop', async () => {
    const { project, again } = await openBook();
    const job = await project.createJob(request);
    await job.start();
    await (await again()).job(job.id).terminate();
    expect(await job.heartbeat()).toEqual({ status: 'terminating' });
    await job.stopped();
    expect(await job.describe()).toMatchObject({ status: 'terminated' });
  });

  it('makes a rerun that points to it', async () => {
    const { project } = await openBook();
    const parent = await project.createJob({ component: 'acme.flow' });
    const job = await project.createJob({ ...request, mode: 'debug', parent: parent.id, idempotencyKey: 'k', heartbeatTimeoutSeconds: 60 });
    await job.terminate();
    const rerun = await job.rerun();
    const { idempotencyKey, parent: above, ...described } = await rerun.describe();
    expect(described).toMatchObject({ ...request, mode: 'debug', rerunOf: job.id, status: 'created', heartbeatTimeoutSeconds: 60 });
    expect([idempotencyKey, above, rerun.runId]).toEqual([undefined, undefined, rerun.id]);
  });

  it('shows what it did to tables, and to which files', async () => {
    const { project } = await openBook();
    await project.createBucket({ stage: 'in', name: 'main' });
    const job = await project.createJob(request);
    await job.start();
    const csv = { csv: 'id,note\n1,a\n2,b\n', name: 'monday.csv' };
    const orders = await project.createTable('in.c-main.orders', { from: csv, primaryKey: ['id'], job: job.id });
    await orders.load({ rows: [{ id: '3', note: 'c' }] }, { mode: 'incremental', job: job.id });
    await expect(orders.load({ csv: 'nothing\n1\n' }, { job: job.id })).rejects.toThrow();
    await orders.load({ rows: [{ id: '9', note: 'of nobody' }] }, { mode: 'incremental' });
    await orders.snapshot({ job: job.id });
    const copy = await project.copyTable({ from: { table: orders.id }, to: 'in.c-main.copy', job: job.id });
    await copy.drop({ job: job.id });
    await job.succeed();
    const described = await job.describe();
    expect(described.tables).toMatchObject([
      {
        table: 'in.c-main.orders',
        operations: ['tableCreate', 'tableLoad', 'snapshotCreate'],
        modified: true,
        rowsIn: 3,
      },
      { table: 'in.c-main.copy', operations: ['tableCopy', 'tableDrop'], modified: true, rowsIn: 0 },
    ]);
    expect(described.files).toMatchObject([{ name: 'monday.csv', table: 'in.c-main.orders' }, { table: 'in.c-main.orders' }]);
    expect(described).toMatchObject({ rowsIn: 3, rowsOut: 0, storageJobs: { success: 5, error: 1 } });
    expect(described.bytesIn).toBe(described.files.reduce((sum, { bytes }) => sum + bytes, 0));
    // And the other way round.
    const { items } = await project.storageJobs({ job: job.id });
    expect(items).toHaveLength(6);
    expect(new Set(items.map((storageJob) => storageJob.job))).toEqual(new Set([job.id]));
  });

  it('shows it as of the past', async () => {
    const { project, day } = await openBook();
    const job = await project.createJob(request);
    const beginning = (await project.describe()).position;
    day(1);
    await job.start();
    await job.log('info', 'later');
    await job.succeed();
    const then = project.at(beginning);
    expect(await then.job(job.id).describe()).toMatchObject({ status: 'created' });
    expect(await then.job(job.id).timeline()).toMatchObject({
      asOf: later(0),
      states: [{ status: 'created', durationMs: 0 }],
      messages: [],
    });
    expect(await then.jobs()).toMatchObject({ items: [{ id: job.id, status: 'created' }] });
    expect(await then.jobs({ status: ['success'] })).toEqual({ items: [] });
    await expect(
      project
        .at(beginning - 1)
        .job(job.id)
        .describe(),
    ).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect('start' in then.job(job.id)).toBe(false);
  });
});

describe('the idempotency key of a job', () => {
  const keyed = { ...request, idempotencyKey: 'monday' };

  it('gives the same job again, whether it is open or has ended', async () => {
    const { project, again } = await openBook();
    const job = await project.createJob(keyed);
    const other = await again();
    expect((await other.createJob({ ...keyed, parameters: { since: '2026-01-01' } })).id).toBe(job.id);
    await job.start();
    await job.succeed();
    for (const asked of [project, other]) {
      const same = await asked.createJob(keyed);
      expect([same.id, same.runId]).toEqual([job.id, job.runId]);
      await expect(asked.createJob({ ...keyed, mode: 'debug' })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_MISMATCH',
        details: { key: 'monday', job: job.id },
      });
    }
    expect((await project.jobs()).items).toHaveLength(1);
  });

  it('makes one job of many requests at once, in two processes', async () => {
    const { project, again } = await openBook();
    const both = [project, await again()];
    const made = await Promise.all(Array.from({ length: 40 }, (_, i) => both[i % 2]!.createJob(keyed)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  it('makes one job each of many keys while jobs with keys end all the time', async () => {
    const { project } = await openBook();
    const run = async (key: number) => {
      const ids = new Set<string>();
      for (let i = 0; i < 5; i++) {
        const job = await project.createJob({ component: 'x', idempotencyKey: `key ${key}` });
        ids.add(job.id);
        await job.terminate().catch(() => {});
      }
      return ids.size;
    };
    expect(await Promise.all(Array.from({ length: 100 }, (_, key) => run(key)))).toEqual(Array(100).fill(1));
  });
});

describe('a handle of a job', () => {
  it('is of that job, whatever else it is given', async () => {
    const { project } = await openBook();
    const [one, other] = [await project.createJob({ component: 'a' }), await project.createJob({ component: 'a' })];
    for (const job of [one, other]) await job.start();
    await one.succeed({ message: 'done', job: other.id } as never);
    expect([(await one.describe()).status, (await other.describe()).status]).toEqual(['success', 'processing']);
    const forged = await project.createJob({ component: 'a', rerunOf: one.id, job: other.id } as never);
    expect([forged.id === other.id, (await forged.describe()).rerunOf]).toEqual([false, undefined]);
  });
});

describe('an abandoned job', () => {
  it('is failed by runDue, once, whoever calls it', async () => {
    const { daybook, project, storage, day } = await openBook();
    const silent = await project.createJob(request);
    const heard = await project.createJob(request);
    const waiting = await project.createJob(request);
    await silent.start();
    await heard.start();
    await waiting.wait();
    day(minutes(30));
    await heard.heartbeat();
    day(minutes(61));
    const clock = () => new Date(later(minutes(61)));
    const others = await Promise.all(Array.from({ length: 4 }, () => openDaybook({ storage, clock })));
    const counts = await Promise.all([daybook, ...others].map((one) => one.runDue()));
    expect(counts.reduce((sum, { abandoned }) => sum + abandoned, 0)).toBe(1);
    expect(await silent.describe()).toMatchObject({ status: 'error', abandoned: true, error: { kind: 'application' }, runMs: 61 * 60_000 });
    expect((await heard.describe()).status).toBe('processing');
    expect((await waiting.describe()).status).toBe('waiting');
    await expect(silent.heartbeat()).rejects.toMatchObject({ code: 'JOB_FINISHED' });
    expect(await daybook.runDue()).toEqual({ abandoned: 0, expired: 0, failed: [] });
  });

  it('goes before the children that are heard of, and counts them as open', async () => {
    const { daybook, project, day } = await openBook();
    const parent = await project.createJob({ component: 'acme.flow' });
    await parent.start();
    const child = await project.createJob({ component: 'acme.step', parent: parent.id, heartbeatTimeoutSeconds: 1_000_000 });
    await child.start();
    const silent = await project.createJob({ component: 'acme.step', parent: parent.id });
    await silent.start();
    const below = await project.createJob({ component: 'acme.step', parent: silent.id, heartbeatTimeoutSeconds: 1_000_000 });
    await below.start();
    await project.createJob({ component: 'acme.step', parent: parent.id });
    day(1);
    await daybook.runDue();
    expect([(await child.describe()).status, (await below.describe()).status]).toEqual(['processing', 'processing']);
    const ended = { status: 'error', abandoned: true, children: { terminated: 1, cancelled: 1, open: 1 }, runMs: 0 };
    expect(await parent.describe()).toMatchObject(ended);
    expect(await silent.describe()).toMatchObject({ status: 'terminated', children: { open: 1 } });
    await child.succeed();
    await below.succeed();
    expect(await parent.describe()).toMatchObject(ended);
  });
});

describe('the timeline of a job', () => {
  it('has each state with its duration, the messages and the children', async () => {
    const { project, day } = await openBook();
    const parent = await project.createJob({ component: 'acme.flow' });
    await parent.start();
    day(minutes(1));
    const child = await project.createJob({ component: 'acme.step', parent: parent.id });
    await child.wait();
    day(minutes(2));
    await child.start();
    await child.log('warn', 'slow', { seconds: 9 });
    day(minutes(5));
    await child.warn({ message: 'slow' });
    day(minutes(6));
    const { job, asOf, states, messages, children } = await parent.timeline();
    expect([job.id, asOf, messages]).toEqual([parent.id, later(minutes(6)), []]);
    expect(states).toEqual([
      { status: 'created', from: later(0), to: later(0), durationMs: 0 },
      { status: 'processing', from: later(0), durationMs: 360_000 },
    ]);
    expect(children).toHaveLength(1);
    expect(children[0]!.states).toEqual([
      { status: 'created', from: later(minutes(1)), to: later(minutes(1)), durationMs: 0 },
      { status: 'waiting', from: later(minutes(1)), to: later(minutes(2)), durationMs: 60_000 },
      { status: 'processing', from: later(minutes(2)), to: later(minutes(5)), durationMs: 180_000 },
      { status: 'warning', from: later(minutes(5)), durationMs: 0 },
    ]);
    expect(children[0]!.messages).toMatchObject([{ level: 'warn', text: 'slow', context: { seconds: 9 }, at: later(minutes(2)) }]);
  });

  it('comes with messages that are paged', async () => {
    const { project } = await openBook();
    const job = await project.createJob(request);
    for (let i = 0; i < 5; i++) await job.log(i % 2 ? 'error' : 'info', `message ${i}`);
    const first = await job.messages({ limit: 2 });
    expect(first.items.map(({ text }) => text)).toEqual(['message 4', 'message 3']);
    const second = await job.messages({ limit: 3, next: first.next! });
    expect(second.items.map(({ text }) => text)).toEqual(['message 2', 'message 1', 'message 0']);
    expect(second.next).toBeUndefined();
    expect((await job.messages({ level: ['error'] })).items.map(({ text }) => text)).toEqual(['message 3', 'message 1']);
  });
});

describe('a list of jobs', () => {
  async function several(): Promise<{ project: Project; ids: string[] }> {
    const { project, day } = await openBook();
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) {
      day(i);
      const job = await project.createJob({ component: `acme.${i % 2}`, configuration: `c${i % 3}`, idempotencyKey: `k${i}` });
      ids.push(job.id);
      await job.start();
      day(i + minutes(i));
      if (i === 0 || i === 4) await job.fail({ message: 'x' });
      if (i === 1 || i === 2) await job.succeed();
    }
    return { project, ids };
  }
  const found = async (project: Project, ids: readonly string[], filter: JobFilter) =>
    (await project.jobs(filter)).items.map(({ id }) => ids.indexOf(id));

  it('is by creation, the newest first, and filtered', async () => {
    const { project, ids } = await several();
    const list = (filter: JobFilter) => found(project, ids, filter);
    expect(await list({})).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await list({ sort: { by: 'created', direction: 'asc' } })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await list({ status: ['error'] })).toEqual([4, 0]);
    expect(await list({ status: ['error', 'success'], sort: { by: 'ended', direction: 'asc' } })).toEqual([0, 1, 2, 4]);
    expect(await list({ status: ['processing'] })).toEqual([5, 3]);
    expect(await list({ status: ['processing', 'error'] })).toEqual([5, 4, 3, 0]);
    expect(await list({ component: 'acme.1' })).toEqual([5, 3, 1]);
    expect(await list({ component: 'acme.1', status: ['success'], configuration: 'c1' })).toEqual([1]);
    expect(await list({ actor: { kind: 'person', id: 'alice' }, status: ['error'] })).toEqual([4, 0]);
    expect(await list({ actor: { kind: 'person', id: 'bob' } })).toEqual([]);
    expect(await list({ created: { from: later(1), to: later(3) } })).toEqual([2, 1]);
    expect(await list({ started: { from: later(4) } })).toEqual([5, 4]);
    expect(await list({ ended: { from: later(1), to: later(3) } })).toEqual([2, 1]);
    expect(await list({ ended: { to: later(4) }, status: ['error'] })).toEqual([0]);
    expect(await list({ durationSeconds: { from: 60, to: 241 }, status: ['success', 'error'] })).toEqual([4, 2, 1]);
    expect(await list({ durationSeconds: { from: 86_400 } })).toEqual([3]);
    expect(await list({ created: { from: '2026-01-02T01:00:00+01:00', to: '2026-01-02T01:00:01+01:00' } })).toEqual([1]);
  });

  it('goes on from page to page', async () => {
    const { project, ids } = await several();
    const filters: JobFilter[] = [
      {},
      { status: ['error', 'success'] },
      { status: ['processing'] },
      { sort: { by: 'created', direction: 'asc' } },
      { sort: { by: 'ended', direction: 'asc' } },
    ];
    for (const filter of filters) {
      const whole = await found(project, ids, filter);
      const paged: number[] = [];
      for (let next: string | undefined, more = true; more; more = next !== undefined) {
        const page = await project.jobs({ ...filter, limit: 1, ...(next && { next }) });
        paged.push(...page.items.map(({ id }) => ids.indexOf(id)));
        next = page.next;
      }
      expect(paged).toEqual(whole);
    }
  });

  it('has the children of a parent', async () => {
    const { project, ids } = await several();
    const child = await project.createJob({ component: 'x', parent: ids[5]! });
    expect((await project.jobs({ parent: ids[5]! })).items).toMatchObject([{ id: child.id, runId: `${ids[5]}.${child.id}` }]);
    await child.terminate();
    expect((await project.jobs({ parent: ids[5]!, status: ['cancelled'] })).items).toHaveLength(1);
    expect((await project.job(ids[5]!).describe()).children).toEqual({ cancelled: 1 });
  });

  it('refuses what is no filter', async () => {
    const { project } = await openBook({ storage: memoryStorage() });
    for (const filter of [{ status: ['done'] }, { limit: 0 }, { next: 'x' }, { created: { from: 'monday' } }, { colour: 'red' }])
      await expect(project.jobs(filter as object)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
