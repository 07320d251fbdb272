import assert from 'node:assert/strict';
import { isDaybookError, type Job, type JobDescription, type JobFilter, openDaybook, type Project, type Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, law } from './law';
import { property } from './property';

/** Jobs are picked by number: which ones there are depends on the steps before. */
type Step =
  | { readonly kind: 'create'; readonly component: number; readonly parent?: number; readonly key?: number }
  | { readonly kind: 'drive'; readonly job: number; readonly to: keyof typeof drives }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'due' };

const drives = {
  start: (project: Project, id: string) => project.job(id).start({ runner: 'worker' }),
  succeed: (project: Project, id: string) => project.job(id).succeed(),
  warn: (project: Project, id: string) => project.job(id).warn({ message: 'slow' }),
  fail: (project: Project, id: string) => project.job(id).fail({ message: 'broken' }),
  terminate: (project: Project, id: string) => project.job(id).terminate(),
  stopped: (project: Project, id: string) => project.job(id).stopped(),
  log: (project: Project, id: string) => project.job(id).log('info', 'on it'),
} as const;

const pick = fc.nat(60);
const step: Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      { kind: fc.constant('create'), component: fc.nat(2), parent: pick, key: fc.nat(9) },
      { requiredKeys: ['kind', 'component'] },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('drive'),
      job: pick,
      to: fc.constantFrom(...(['start', 'start', 'start', ...Object.keys(drives)] as (keyof typeof drives)[])),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), minutes: fc.nat(90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('due') }) },
);

const statuses = ['created', 'processing', 'terminating', 'success', 'warning', 'error', 'terminated', 'cancelled'] as const;
const bounds = fc.record({ from: fc.nat(200).map(minute), to: fc.integer({ min: 100, max: 500 }).map(minute) }, { requiredKeys: [] });
const status = fc.subarray([...statuses], { minLength: 1 });
const endStatus = fc.subarray(statuses.filter(isEnd), { minLength: 1 });
const component = fc.constantFrom('acme.0', 'acme.1');
/** One condition, or two: with more hardly any job meets them. */
const conditions: Arbitrary<JobFilter> = fc.oneof(
  fc.constant({}),
  fc.record({ status }),
  fc.record({ status: endStatus }),
  fc.record({ component }),
  fc.record({ status: endStatus, component }),
  fc.record({ created: bounds }),
  fc.record({ ended: bounds }),
  fc.record({ status, created: bounds }),
  fc.record({ durationSeconds: fc.record({ from: fc.constantFrom(0, 60, 3_600) }) }),
);
const sort = fc.record({ by: fc.constantFrom('created', 'ended'), direction: fc.constantFrom('asc', 'desc') });
const filter: Arbitrary<JobFilter> = fc
  .tuple(conditions, fc.option(sort, { nil: undefined }), fc.integer({ min: 1, max: 4 }))
  .map(([asked, sort, limit]) => ({ ...asked, limit, ...(sort && { sort }) }));

/** Jobs go on any storage as a recount of their history says. */
export const jobLaws: readonly Law[] = [
  property(
    'lists jobs, page by page and by any filter, as a recount of their history does',
    fc.tuple(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), fc.array(filter, { minLength: 8, maxLength: 8 })),
    async (storage, [steps, filters]) => {
      const { project, now } = await driven(storage, steps);
      const all = await recounted(project);
      for (const filter of filters) assert.deepEqual(await paged(project, filter), expected(all, filter, now), JSON.stringify(filter));
    },
    15,
  ),
  property(
    'never changes a job that has ended, ends none before its children but one that is abandoned, and gives each key to one job',
    fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
    async (storage, steps) => {
      const ended = new Map<string, JobDescription>();
      const byKey = new Map<string, string>();
      await driven(storage, steps, async (project, created) => {
        for (const job of (await project.jobs({ limit: 1_000 })).items) {
          if (ended.has(job.id)) assert.deepEqual(job, ended.get(job.id));
          if (job.endedAt === undefined) continue;
          if (!isAbandonment(job)) assert.equal(job.children.open, undefined);
          ended.set(job.id, job);
        }
        if (created?.key !== undefined) assert.equal(created.id, byKey.get(created.key) ?? created.id);
        if (created?.key !== undefined) byKey.set(created.key, created.id);
      });
    },
    10,
  ),
  law('lets no work change a job that has ended, not even work that began before', async (storage) => {
    const daybook = await openDaybook({ storage });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const { id: organization } = await alice.createOrganization({ name: 'Acme' });
    const project = await alice.createProject({ organization, name: 'Jobs' });
    await project.createBucket({ stage: 'in', name: 'main' });
    const table = await project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n' } });
    const job = await project.createJob({ component: 'acme.extractor' });
    await job.start();
    async function* rows() {
      yield { id: '2' };
      await job.succeed();
      yield { id: '3' };
    }
    const finished = { code: 'JOB_FINISHED', details: { job: job.id, status: 'success' } };
    await assert.rejects(() => table.load({ rows: rows() }, { mode: 'incremental', job: job.id }), finished);
    const { tables, rowsIn } = await job.describe();
    assert.deepEqual({ tables, rowsIn }, { tables: [], rowsIn: 0 });
    await assert.rejects(() => table.truncate({ job: job.id }), finished);
    await table.load({ rows: [{ id: '4' }] }, { mode: 'incremental', job: 'an id of the application’s own' });
    assert.deepEqual(await table.preview(), [{ id: '1' }, { id: '4' }]);
    const [failed] = (await project.storageJobs({ status: ['error'] })).items;
    assert.equal(failed?.error?.code, 'JOB_FINISHED');
  }),
  law('hears of a job by its heartbeats, its messages and the work in it, and ends what is not heard of', async (storage) => {
    const { project, clock, due } = await watched(storage);
    await project.createBucket({ stage: 'in', name: 'main' });
    const table = await project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n' } });
    const timeout = { heartbeatTimeoutSeconds: 60 };
    const signs: Readonly<Record<string, (job: Job) => Promise<unknown>>> = {
      none: async () => {},
      heartbeat: (job) => job.heartbeat(),
      message: (job) => job.log('info', 'on it'),
      load: (job) => table.load({ rows: [{ id: '2' }] }, { job: job.id }),
      failure: (job) => assert.rejects(() => table.load({ csv: 'x\n1\n' }, { job: job.id })),
      snapshot: (job) => table.snapshot({ job: job.id }),
    };
    const parent = await project.createJob({ component: 'acme.flow', ...timeout });
    const waiting = await project.createJob({ component: 'acme.waiting', parent: parent.id, ...timeout });
    const early = await project.createJob({ component: 'acme.early', ...timeout });
    await early.log('info', 'before it starts');
    clock.seconds = 70;
    await early.start();
    await parent.start();
    const jobs = new Map<string, Job>();
    for (const sign of Object.keys(signs)) {
      const job = await project.createJob({ component: `acme.${sign}`, parent: parent.id, ...timeout });
      await job.start();
      jobs.set(sign, job);
    }
    clock.seconds = 100;
    for (const [sign, job] of jobs) await signs[sign]!(job);
    clock.seconds = 130;
    await due();
    assert.equal((await parent.describe()).status, 'processing');
    clock.seconds = 131;
    await due();
    const statusOfEach = async () => Promise.all([...jobs].map(async ([sign, job]) => [sign, (await job.describe()).status]));
    const heard = Object.keys(signs).map((sign) => [sign, sign === 'none' ? 'terminated' : 'processing']);
    // What ends first of what is silent is as the storage lists it: by itself, or along with its parent.
    const seen = (await statusOfEach()).map(([sign, status]) => [sign, sign === 'none' && status === 'error' ? 'terminated' : status]);
    assert.deepEqual(seen, heard);
    assert.deepEqual([(await waiting.describe()).status, (await early.describe()).status], ['cancelled', 'error']);
    const { abandoned, children } = await parent.describe();
    assert.deepEqual([abandoned, children.open, children.cancelled], [true, 5, 1]);
    await jobs.get('load')!.succeed();
    assert.equal((await parent.describe()).children.open, 5);
    clock.seconds = 161;
    await due();
    for (const [sign, status] of await statusOfEach()) assert.notEqual(status, 'processing', sign);
  }),
  law('ends a job that was asked to stop once its time has passed since, whatever is heard of it', async (storage) => {
    const { project, clock, due } = await watched(storage);
    const timeout = { heartbeatTimeoutSeconds: 60 };
    const started = await project.createJob({ component: 'acme.extractor', ...timeout });
    await started.start();
    const waiting = await project.createJob({ component: 'acme.flow', ...timeout });
    const below = await project.createJob({ component: 'acme.step', parent: waiting.id });
    await below.start();
    clock.seconds = 50;
    await started.terminate();
    await waiting.terminate();
    clock.seconds = 109;
    await started.log('info', 'not yet');
    assert.deepEqual(await started.heartbeat(), { status: 'terminating' });
    clock.seconds = 110;
    await due();
    assert.equal((await started.describe()).status, 'terminating');
    clock.seconds = 111;
    await due();
    assert.deepEqual([(await started.describe()).status, (await started.describe()).runMs], ['terminated', 50_000]);
    assert.deepEqual([(await waiting.describe()).status, (await below.describe()).status], ['cancelled', 'terminated']);
  }),
  law('takes the same end twice from whoever recorded it, and keeps the first message', async (storage) => {
    const { project, daybook } = await watched(storage);
    await project.addAdministrator('bob');
    const ends = {
      success: (job: Job, message: string) => job.succeed({ message }),
      warning: (job: Job, message: string) => job.warn({ message }),
      error: (job: Job, message: string) => job.fail({ message }),
      terminated: (job: Job, message: string) => job.stopped({ message }),
    } as const;
    for (const [status, end] of Object.entries(ends)) {
      const job = await project.createJob({ component: 'acme.extractor' });
      await job.start();
      if (status === 'terminated') await job.terminate();
      await end(job, 'first');
      const { position } = await project.describe();
      await end(job, 'second');
      const { message, error, ...described } = await job.describe();
      assert.deepEqual([described.status, message ?? error?.message], [status, 'first']);
      assert.equal((await project.describe()).position, position);
      const finished = { code: 'JOB_FINISHED', details: { job: job.id, status } };
      const others = Object.entries(ends).filter(([other]) => other !== status);
      for (const [, other] of others) await assert.rejects(() => other(job, 'else'), finished);
      const bobs = await daybook.as({ kind: 'person', id: 'bob' }).project(project.id);
      await assert.rejects(() => end(bobs.job(job.id), 'by somebody else'), finished);
    }
    const cancelled = await project.createJob({ component: 'acme.extractor' });
    await cancelled.terminate();
    await cancelled.terminate();
    assert.equal((await cancelled.describe()).status, 'cancelled');
  }),
  law('makes one rerun of a key', async (storage) => {
    const { project } = await watched(storage);
    const job = await project.createJob({ component: 'acme.extractor', idempotencyKey: 'first' });
    const rerun = await job.rerun({ idempotencyKey: 'again' });
    await rerun.start();
    assert.equal((await job.rerun({ idempotencyKey: 'again' })).id, rerun.id);
    await rerun.succeed();
    assert.equal((await job.rerun({ idempotencyKey: 'again' })).id, rerun.id);
    const { rerunOf, idempotencyKey } = await rerun.describe();
    assert.deepEqual([rerunOf, idempotencyKey], [job.id, 'again']);
    await assert.rejects(() => job.rerun({ idempotencyKey: 'first' }), { code: 'IDEMPOTENCY_MISMATCH' });
    await assert.rejects(() => rerun.rerun({ idempotencyKey: 'again' }), { code: 'IDEMPOTENCY_MISMATCH' });
  }),
  law('begins no storage job before the last event, whatever the clock says', async (storage) => {
    let hour = 10;
    const daybook = await openDaybook({ storage, clock: () => new Date(Date.UTC(2026, 0, 1, hour)) });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const { id: organization } = await alice.createOrganization({ name: 'Acme' });
    const project = await alice.createProject({ organization, name: 'Jobs' });
    await project.createBucket({ stage: 'in', name: 'main' });
    const table = await project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n' } });
    hour = 9;
    const { id: snapshot } = await table.snapshot();
    await table.addColumn({ name: 'note' });
    await table.truncate();
    await table.revert({ snapshot });
    await table.load({ rows: [{ id: '2' }] });
    await table.export({ csv: new WritableStream() });
    await project.copyTable({ from: { table: table.id }, to: 'in.c-main.copy' });
    await table.rename('orders_2026');
    await table.drop();
    await project.restoreTable('in.c-main.orders_2026');
    await project.createTable('in.c-main.empty', { columns: [{ name: 'id' }] });
    await project.deleteSnapshot(snapshot);
    await project.dropBucket('in.c-main', { force: true });
    const { items } = await project.storageJobs();
    const ten = '2026-01-01T10:00:00.000Z';
    for (const { operation, createdAt, startedAt, endedAt } of items)
      assert.deepEqual([operation, createdAt, startedAt, endedAt], [operation, ten, ten, ten]);
    assert.ok(items.length > 14);
  }),
  law('lets nothing beside its message refuse the failure of a job, and cuts texts between characters', async (storage) => {
    const { project } = await driven(storage, []);
    const job = await project.createJob({ component: 'acme.extractor' });
    await job.start();
    const smile = '\u{1F600}';
    await job.log('info', `${'x'.repeat(9_999)}${smile}`);
    await job.log('info', `half \ud83d of one`);
    const metrics = { rows: 3, rate: Number.NaN, most: Number.POSITIVE_INFINITY, ['x'.repeat(256)]: 1, '\udc00': 2 };
    await job.fail({ message: `${'x'.repeat(9_999)}${smile}`, exceptionId: `${'e'.repeat(254)}${smile}`, metrics });
    const { error, metrics: kept } = await job.describe();
    assert.deepEqual(error, { kind: 'application', message: 'x'.repeat(9_999), exceptionId: 'e'.repeat(254) });
    assert.deepEqual(kept, { rows: 3 });
    const texts = (await job.messages()).items.map(({ text }) => text);
    assert.deepEqual(texts, ['half \ufffd of one', 'x'.repeat(9_999)]);
    for (const half of ['\ud83d', '\ude00x']) {
      await assert.rejects(() => project.createJob({ component: half }), { code: 'INVALID_INPUT' });
      await assert.rejects(() => project.createJob({ component: 'x', parameters: { a: [{ [half]: 1 }] } }), { code: 'INVALID_INPUT' });
      await assert.rejects(() => project.createJob({ component: 'x', parameters: { a: { b: half } } }), { code: 'INVALID_INPUT' });
    }
  }),
  law('records the name of a source whatever it is, without what opens an address', async (storage) => {
    const { project } = await driven(storage, []);
    await project.createBucket({ stage: 'in', name: 'main' });
    const smile = '\u{1F600}';
    const names: readonly (readonly [given: string | undefined, recorded: string | undefined])[] = [
      ['monday.csv', 'monday.csv'],
      ['C:\\data\\a#1?.csv', 'C:\\data\\a#1?.csv'],
      [undefined, undefined],
      ['', undefined],
      [' \t', undefined],
      ['n'.repeat(300), 'n'.repeat(255)],
      [`${'n'.repeat(254)}${smile}`, 'n'.repeat(254)],
      ['half \ud83d', 'half \ufffd'],
      ['https://user:secret@acme.example/a@b.csv?X-Amz-Signature=secret#secret', 'https://acme.example/a@b.csv'],
      [`s3://bucket/${'k'.repeat(300)}?secret`, `s3://bucket/${'k'.repeat(243)}`],
      ['jdbc:postgresql://user:secret@acme.example/db?password=secret', 'jdbc:postgresql://acme.example/db'],
    ];
    for (const [i, [given, recorded]] of names.entries()) {
      const from = { csv: 'id\n1\n', ...(given !== undefined && { name: given }) };
      const table = await project.createTable(`in.c-main.t${i}`, { from });
      await table.load({ ...from, csv: 'id\n' }, { mode: 'incremental' });
      const { items } = await project.storageJobs({ table: table.id });
      assert.deepEqual(
        items.map(({ source, parameters }) => [source?.name, parameters.name]),
        Array(2).fill([recorded, recorded]),
      );
    }
    for await (const { data } of project.history()) assert.ok(!JSON.stringify(data).includes('secret'));
  }),
  law('reads instants one way: ISO 8601 with an offset, a date alone, a Date; in the years 0001 to 9999 in UTC', async (storage) => {
    const { project } = await driven(storage, [{ kind: 'create', component: 0 }]);
    const day = '2026-01-01';
    for (const from of [day, new Date(day), '2026-01-01T01:00:00+01:00']) {
      assert.equal((await project.jobs({ created: { from } })).items.length, 1);
      assert.equal((await project.jobs({ created: { to: from } })).items.length, 0);
      assert.deepEqual((await project.storageJobs({ from, to: from })).items, []);
      assert.equal((await project.at(from).jobs()).items.length, 1);
    }
    for (const at of [
      '9999-12-31T23:59:59-01:00',
      '0001-01-01T00:00:00+01:00',
      '0000-01-01',
      'monday',
      new Date(Number.NaN),
      new Date(9e14),
    ]) {
      await assert.rejects(() => project.jobs({ created: { to: at } }), { code: 'INVALID_INPUT' });
      await assert.rejects(() => project.storageJobs({ to: at }), { code: 'INVALID_INPUT' });
      await assert.rejects(async () => project.at(at).jobs(), { code: 'INVALID_INPUT' });
    }
  }),
];

/** Ended by `runDue`: failed, or stopped long after it was asked to, or along with one that was. */
function isAbandonment({ abandoned, status }: JobDescription): boolean {
  return abandoned === true || status === 'terminated' || status === 'cancelled';
}

type Made = { readonly id: string; readonly key?: string | undefined };

/** A project whose clock is set by hand. */
async function watched(storage: Storage) {
  const clock = { seconds: 0 };
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage, clock: () => new Date(Date.UTC(2026, 0, 1) + clock.seconds * 1_000) });
  const someone = daybook.as({ kind: 'person', id: 'someone' });
  const { id: organization } = await someone.createOrganization({ name: 'Acme' });
  const project = await someone.createProject({ organization, name: 'Jobs' });
  return { daybook, project, clock, due: () => daybook.runDue() };
}

/** A new project that has gone through the steps; what it refused changed nothing. */
async function driven(
  storage: Storage,
  steps: readonly Step[],
  after: (project: Project, made: Made | undefined) => Promise<void> = async () => {},
): Promise<{ readonly project: Project; readonly now: string }> {
  let minutes = 0;
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage, clock: () => new Date(minute(minutes)) });
  const someone = daybook.as({ kind: 'person', id: 'someone' });
  const { id: organization } = await someone.createOrganization({ name: 'Acme' });
  const project = await someone.createProject({ organization, name: 'Jobs' });
  const ids: string[] = [];
  for (const step of steps) {
    if (step.kind === 'wait') minutes += step.minutes;
    else if (step.kind === 'due') await daybook.runDue();
    else await after(project, await unlessRefused(() => taken(project, ids, step)));
  }
  return { project, now: minute(minutes) };
}

async function taken(project: Project, ids: string[], step: Exclude<Step, { kind: 'wait' | 'due' }>): Promise<Made | undefined> {
  if (step.kind === 'drive') {
    await drives[step.to](project, ids[step.job % ids.length] ?? 'none');
    return undefined;
  }
  const parent = step.parent === undefined ? undefined : ids[step.parent % ids.length];
  const key = step.key === undefined ? undefined : `key ${step.key}`;
  const request = { component: `acme.${step.component}`, ...(parent && { parent }), ...(key && { idempotencyKey: key }) };
  const { id } = await project.createJob(request);
  if (!ids.includes(id)) ids.push(id);
  return { id, key };
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isDaybookError(error) && /^(JOB|IDEMPOTENCY)_/.test(error.code)) return undefined;
    throw error;
  }
}

interface Recounted {
  readonly id: string;
  readonly status: string;
  readonly component: string;
  readonly created: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly ended?: number;
  readonly endedAt?: string;
}

const statusOf: Readonly<Record<string, string>> = {
  ...{ JobCreated: 'created', JobStarted: 'processing', JobTerminating: 'terminating', JobSucceeded: 'success' },
  ...{ JobSucceededWithWarning: 'warning', JobFailed: 'error', JobTerminated: 'terminated', JobCancelled: 'cancelled' },
};

/** Every job, by creation, from its history. */
async function recounted(project: Project): Promise<Recounted[]> {
  const jobs = new Map<string, Recounted>();
  for await (const { type, data, at, position } of project.history()) {
    const status = statusOf[type];
    if (status === undefined) continue;
    const id = String(data.job);
    const begun = { id, component: String(data.component), created: position, createdAt: at };
    const times = type === 'JobStarted' ? { startedAt: at } : isEnd(status) ? { ended: position, endedAt: at } : {};
    jobs.set(id, { ...(jobs.get(id) ?? begun), ...times, status });
  }
  return [...jobs.values()];
}

function isEnd(status: string): boolean {
  return !['created', 'processing', 'terminating'].includes(status);
}

type Bounds = NonNullable<JobFilter['created']>;

function expected(all: readonly Recounted[], filter: JobFilter, now: string): string[] {
  const { status, component, created, ended, durationSeconds, sort } = filter;
  const by = sort?.by ?? (status?.every(isEnd) ? 'ended' : 'created');
  const within = (at: string | undefined, { from, to }: Bounds) => at !== undefined && at >= String(from ?? '') && at < String(to ?? '9');
  const lasted = ({ startedAt, endedAt = now }: Recounted) => (Date.parse(endedAt) - Date.parse(startedAt!)) / 1_000;
  const found = all.filter(
    (job) =>
      (by === 'created' || job.ended !== undefined) &&
      (!status || (status as readonly string[]).includes(job.status)) &&
      (!component || job.component === component) &&
      (!created || within(job.createdAt, created)) &&
      (!ended || within(job.endedAt, ended)) &&
      (!durationSeconds || (job.startedAt !== undefined && lasted(job) >= durationSeconds.from!)),
  );
  const sign = sort?.direction === 'asc' ? 1 : -1;
  return found.toSorted((a, b) => sign * (a[by]! - b[by]!)).map(({ id }) => id);
}

async function paged(project: Project, filter: JobFilter): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined; ; ) {
    const page = await project.jobs({ ...filter, ...(next && { next }) });
    ids.push(...page.items.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, 'a page shows what an earlier one showed');
    if (page.next === undefined) return ids;
    assert.notEqual(page.next, next, 'a page leads to itself');
    next = page.next;
  }
}

function minute(count: number): string {
  return new Date(Date.UTC(2026, 0, 1) + count * 60_000).toISOString();
}
