import { isDaybookError, type JobView, openLineage, type ProjectView, type TableView } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook } from '../../test/book';
import { later } from '../../test/facts';
import { holds } from '../../test/property';

type MethodsOf<Handle> = { [K in keyof Handle]: Handle[K] extends (...args: never[]) => unknown ? K : never }[keyof Handle];
type Questions<Handle, Left extends keyof Handle = never> = {
  readonly [M in Exclude<MethodsOf<Handle>, Left> & string]: (handle: Handle) => Promise<unknown>;
};

const orders = 'in.c-main.orders';

const ofTable = {
  describe: (table) => table.describe(),
  versions: (table) => table.versions(),
  rows: (table) => collect(table.rows()),
  preview: (table) => table.preview(),
  diff: (table) => all(table.diff({ from: { version: 1 } })),
} satisfies Questions<TableView>;

const ofJob = {
  describe: (job) => job.describe(),
  timeline: (job) => job.timeline(),
  messages: (job) => job.messages(),
  openLineage: (job) => openLineage(job),
} satisfies Questions<JobView>;

/** Whatever a project can be asked. A query that is new has to be added. */
const ofProject = {
  describe: (project) => project.describe(),
  overview: (project) => project.overview(),
  administrators: (project) => project.administrators(),
  auditors: (project) => project.auditors(),
  invitations: (project) => project.invitations(),
  accesses: (project) => project.accesses(),
  support: (project) => project.support(),
  supportRequests: (project) => project.supportRequests(),
  buckets: (project) => project.buckets(),
  tables: (project) => project.tables(),
  snapshots: (project) => project.snapshots(),
  storageJobs: (project) => project.storageJobs(),
  jobs: async (project) => [await project.jobs(), await project.jobs({ durationSeconds: { from: 3600 } })],
  history: (project) => all(project.history()),
  table: (project) => answers(ofTable, project.table(orders)),
  job: async (project) => {
    const { items } = await project.jobs();
    return Promise.all(items.map(({ id }) => answers(ofJob, project.job(id))));
  },
} satisfies Questions<ProjectView>;

async function answers<Handle>(questions: Readonly<Record<string, (handle: Handle) => Promise<unknown>>>, handle: Handle) {
  const found: Record<string, unknown> = {};
  for (const [name, ask] of Object.entries(questions)) {
    try {
      found[name] = await ask(handle);
    } catch (error) {
      if (!isDaybookError(error)) throw error;
      found[name] = error.code;
    }
  }
  return found;
}

/** Without what says until when rows can be had: that is so today. */
function lasting(told: unknown): unknown {
  return JSON.parse(JSON.stringify(told, (key, value) => (key === 'restorableUntil' ? undefined : value)));
}

const moves: Readonly<Record<string, (book: Book, one: number, until: string) => Promise<unknown>>> = {
  addAdministrator: ({ project }, one, until) => project.addAdministrator(`person-${one % 3}`, { expiresAt: until }),
  addAuditor: ({ project }, one, until) => project.addAuditor(`auditor-${one % 3}`, { expiresAt: until }),
  invite: ({ project }, one, until) => project.invite({ email: `p${one % 3}@example.com`, expiresAt: until }),
  grant: ({ project }, one, until) => project.grantAccess({ description: `${one}`, expiresAt: until }),
  support: ({ daybook, project }, one, until) =>
    daybook.as({ kind: 'support', id: `sue-${one % 2}` }).joinProject(project.id, { reason: 'r', expiresAt: until }),
  supportAsks: ({ daybook, project }, one, until) =>
    daybook.as({ kind: 'support', id: `sam-${one % 2}` }).requestToJoin(project.id, { reason: 'r', expiresAt: until }),
  load: ({ project }, one) => project.table(orders).load({ csv: `id\n${one}\n` }, { mode: 'incremental' }),
  job: async ({ project }, one) => {
    const job = await project.createJob({ component: 'acme' });
    if (one % 3 > 0) await job.start();
    if (one % 3 > 1) await job.succeed();
  },
  runDue: ({ daybook }) => daybook.runDue(),
  nothing: async () => {},
};

const steps = fc.array(
  fc.record({ move: fc.constantFrom(...Object.keys(moves)), one: fc.nat(30), days: fc.integer({ min: 0, max: 3 }), ask: fc.boolean() }),
  { minLength: 5, maxLength: 14 },
);

describe('as of an instant', () => {
  it('a project answers what it answered then', () =>
    holds(
      steps,
      async (wished) => {
        const book = await openBook();
        const { project } = book;
        await project.createBucket({ stage: 'in', name: 'main' });
        await project.createTable(orders, { from: { csv: 'id\n1\n' } });
        const told: { readonly at: string; readonly answers: unknown }[] = [];
        let [day, ticks] = [0, 0];
        const tick = () => book.day(day + ++ticks / 1e6);
        for (const { move, one, days, ask } of wished) {
          tick();
          await moves[move]!(book, one, later(day + 1 + (one % 3))).catch((error) => {
            if (!isDaybookError(error)) throw error;
          });
          day += days;
          if (!ask) continue;
          tick();
          told.push({ at: later(day + ticks / 1e6), answers: await answers(ofProject, project) });
        }
        day += 5;
        tick();
        for (const { at, answers: then } of told) expect(lasting(await answers(ofProject, project.at(at)))).toEqual(lasting(then));
      },
      40,
    ));

  it('ahead of now nothing is answered or brought back', async () => {
    const { project } = await openBook();
    await project.createBucket({ stage: 'in', name: 'main' });
    const table = await project.createTable(orders, { from: { csv: 'id\n1\n' } });
    const ahead = later(1);
    const asked: Readonly<Record<string, () => Promise<unknown>>> = {
      at: () => project.at(ahead).tables(),
      rows: () => collect(table.rows({ of: { at: ahead } })),
      diff: () => all(table.diff({ from: { at: ahead } })),
      revert: () => table.revert({ at: ahead }),
      copy: () => project.copyTable({ from: { table: orders, at: ahead }, to: 'in.c-main.copy' }),
      'revert of all': () => project.revert(ahead),
    };
    for (const [name, ask] of Object.entries(asked))
      await expect(ask(), name).rejects.toThrow(expect.objectContaining({ code: 'POSITION_NOT_FOUND' }));
    expect(await project.at(later(0)).tables()).toHaveLength(1);
  });
});
