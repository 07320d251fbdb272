import assert from 'node:assert/strict';
import {
  type HistoryEntry,
  isDaybookError,
  type JobDescription,
  openDaybook,
  type Project,
  type RecordedEvent,
  type Storage,
  type StorageJob,
} from '@daybook/core';
import fc from 'fast-check';
import type { Law } from './law';
import { property } from './property';

/** What a request may do. `one` picks among what is there. */
const works = {
  bucket: (project: Project, one: number) => project.createBucket({ stage: 'out', name: `b${one}` }),
  load: (project: Project, one: number) => project.table('in.c-main.t').load({ csv: `id\n${one}\n` }, { mode: 'incremental' }),
  loadThatFails: (project: Project) => project.table('in.c-main.t').load({ csv: 'id,v\n1\n' }),
  deleteRows: (project: Project, one: number) =>
    project.table('in.c-main.t').deleteRows({ where: [{ column: 'id', op: 'eq', values: [String(one)] }] }),
  revert: (project: Project) => project.revert(1, { tables: [] }),
  createJob: (project: Project, one: number) => project.createJob({ component: `acme.${one % 2}` }),
  startJob: async (project: Project, one: number) => (await someJob(project, one))?.start(),
  endJob: async (project: Project, one: number) => {
    const job = await someJob(project, one);
    await job?.start();
    await job?.succeed();
  },
  invite: (project: Project, one: number) => project.invite({ email: `p${one}@example.com` }),
  addAdministrator: (project: Project, one: number) => project.addAdministrator(`p${one}`),
} as const;

const requests = fc.array(
  fc.record({
    work: fc.constantFrom(...(Object.keys(works) as (keyof typeof works)[])),
    one: fc.nat(6),
    correlationId: fc.constantFrom(undefined, 'request 1', 'request 2', `ž🐎${'x'.repeat(250)}`),
  }),
  { minLength: 10, maxLength: 30, size: 'max' },
);

/** What is done in a request of the application is found by it. */
export const correlationLaws: readonly Law[] = [
  property(
    'finds by its correlation id what was done in a request, in every list, and nothing else',
    requests,
    async (storage, asked) => {
      const { session, told, project: id } = await begun(storage);
      for (const { work, one, correlationId } of asked) {
        const before = told.length;
        const asking = session(correlationId);
        const project = await asking.project(id);
        await unlessRefused(() => works[work](project, one));
        for (const event of told.slice(before)) assert.equal(event.correlationId, correlationId, `${event.type} in ${event.log}`);
      }
      const project = await session(undefined).project(id);
      const [entries, storageJobs, jobs, ended] = await listed(project, {});
      for (const correlationId of new Set(asked.flatMap((request) => request.correlationId ?? []))) {
        const its = <T extends HistoryEntry | StorageJob | JobDescription>(all: readonly T[]) =>
          all.filter((one) => one.correlationId === correlationId);
        assert.deepEqual(await listed(project, { correlationId }), [its(entries), its(storageJobs), its(jobs), its(ended)]);
      }
      assert.deepEqual(await listed(project, { correlationId: 'another request' }), [[], [], [], []]);
    },
    10,
  ),
];

async function begun(storage: Storage) {
  const told: RecordedEvent[] = [];
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage, onEvent: (event) => told.push(event) });
  const session = (correlationId: string | undefined) => daybook.as({ kind: 'person', id: 'someone', correlationId });
  const { id: organization } = await session('beginning').createOrganization({ name: 'Acme' });
  const project = await session('beginning').createProject({ organization, name: 'Traced' });
  await project.createBucket({ stage: 'in', name: 'main' });
  await project.createTable('in.c-main.t', { columns: [{ name: 'id' }], primaryKey: ['id'] });
  for (const { log, type, correlationId } of told) assert.equal(correlationId, 'beginning', `${type} in ${log}`);
  return { session, told, project: project.id };
}

type Lists = readonly [readonly HistoryEntry[], readonly StorageJob[], readonly JobDescription[], readonly JobDescription[]];

async function listed(project: Project, filter: { readonly correlationId?: string }): Promise<Lists> {
  const entries: HistoryEntry[] = [];
  for await (const entry of project.history(filter)) entries.push(entry);
  const { items: storageJobs } = await project.storageJobs({ ...filter, limit: 1_000 });
  const { items: jobs } = await project.jobs({ ...filter, limit: 1_000 });
  const { items: ended } = await project.jobs({ ...filter, sort: { by: 'ended' }, limit: 1_000 });
  return [entries, storageJobs, jobs, ended];
}

async function someJob(project: Project, one: number) {
  const { items } = await project.jobs();
  return items.length === 0 ? undefined : project.job(items[one % items.length]!.id);
}

async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDaybookError(error) || /^STORE_/.test(error.code)) throw error;
  }
}
