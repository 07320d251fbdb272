import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Job, type JobFilter, type NewEvent, openDaybook, type Project } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { open } from 'lmdb';
import { type Suite, shareOf } from './figure';
import { store } from './history';
import { jobHistory } from './job-history';
import { alternating, median, say, seconds } from './measure';
import { inFolder, inProject } from './workplace';

const long = 1_000_000;
const short = 10_000;
const atOnce = 1_000;
const rounds = 3;

/** The newest page of a long history of jobs. */
export const jobLists: Suite = {
  figures: ['newest-jobs-of-1m-events', 'newest-failed-jobs-of-1m-events'],
  run: (report) =>
    inFolder(async (folder) => {
      const [large, small] = [await withHistory(join(folder, 'large'), long), await withHistory(join(folder, 'small'), short)];
      const pages: Readonly<Record<string, JobFilter>> = {
        'newest-jobs-of-1m-events': {},
        'newest-failed-jobs-of-1m-events': { status: ['error'] },
      };
      for (const [name, filter] of Object.entries(pages)) {
        const page = async ({ project }: typeof large) => {
          const { items } = await project.jobs(filter);
          if (items.length !== 100) throw new Error(`A page of ${items.length} jobs`);
        };
        await Promise.all([page(large), page(small)]);
        const [ofLong, ofShort] = await alternating(
          40,
          () => page(large),
          () => page(small),
        );
        const figure = { name, value: ofLong * 1_000, unit: 'ms', goal: '<= 2' };
        report(shareOf({ ...figure, rival: { name: `the same of ${short} events`, value: ofShort * 1_000 } }));
      }
      await large.close();
      await small.close();
    }),
};

/** Many jobs at once. */
export const runningJobs: Suite = {
  figures: ['events-of-1000-running-jobs'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, async (project, { events }) => {
        say(`${atOnce} jobs at once`);
        const running = await Promise.all(Array.from({ length: atOnce }, () => start(project)));
        const raw = rawLmdb(join(folder, 'raw'));
        const before = (await events.head(`project/${project.id}`))!.position;
        const ours: number[] = [];
        for (let round = 0; round < rounds; round++) ours.push(await seconds(() => Promise.all(running.map(work))));
        const appended = (await events.head(`project/${project.id}`))!.position - before;
        const bare: number[] = [];
        for (let round = 0; round < rounds; round++) bare.push(await seconds(() => raw.append(appended / rounds)));
        await raw.close();
        report(
          shareOf({
            ...{ name: 'events-of-1000-running-jobs', value: appended / rounds / median(ours), unit: 'events/s', goal: '>= 0.1' },
            rival: { name: 'LMDB, the same rows a thousand at a time', value: appended / rounds / median(bare) },
          }),
        );
      }),
    ),
};

/** A project in files with so many events of jobs. */
async function withHistory(directory: string, length: number) {
  say(`a history of ${length} events of jobs`);
  const storage = fileStorage({ directory });
  const id = randomUUID();
  await store(storage.events, `project/${id}`, jobHistory(id, length));
  const daybook = await openDaybook({ storage });
  const project: Project = await daybook.as({ kind: 'system', id: 'bench' }).project(id);
  return { project, close: () => daybook.close() };
}

async function start(project: Project): Promise<Job> {
  const job = await project.createJob({ component: 'acme.extractor', heartbeatTimeoutSeconds: 4 });
  await job.start();
  return job;
}

/** Five messages and as many heartbeats. Of these, one in a second is recorded. */
async function work(job: Job): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await job.log('info', `page ${i} of five`, { page: i });
    await job.heartbeat();
  }
}

/** An event, its head and its index rows, a thousand events in a durable transaction. */
function rawLmdb(path: string) {
  const database = open({ path, overlappingSync: false, encoding: 'string' });
  let position = 0;
  const put = (event: NewEvent) => {
    position += 1;
    database.put(['event', position], JSON.stringify(event));
    database.put(['head'], String(position));
    for (const row of [...event.tags, event.type, event.id]) database.put(['index', row, position], '');
  };
  return {
    async append(count: number) {
      for (let left = count; left > 0; left -= 1_000)
        await database.transaction(() => {
          for (let i = 0; i < Math.min(left, 1_000); i++) put(message(i));
        });
    },
    close: () => database.close(),
  };
}

function message(i: number): NewEvent {
  const job = randomUUID();
  return {
    ...{ id: randomUUID(), type: 'JobMessageLogged', data: { job, level: 'info', text: `page ${i} of five`, context: { page: i } } },
    ...{ tags: [`job:${job}`, 'actor:person:someone'], actor: { kind: 'person', id: 'someone' }, at: new Date().toISOString() },
  };
}
