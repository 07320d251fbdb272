import { isDaybookError, openLineage, type Project } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, collect, openBook, textSink } from '../../test/book';
import { holds } from '../../test/property';

// Everything that was not granted carries one word. Whatever somebody with limited access does, in whatever order, and whatever happens meanwhile,
// the word is in no answer, no error and no entry of history that they get.
const word = /hidden/i;

interface Known {
  readonly snapshots: string[];
  readonly jobs: string[];
  position: number;
}

/** What a step chooses by. */
interface Choice {
  readonly step: number;
  readonly one: number;
  readonly other: number;
}

type Step = (project: Project, known: Known, choice: Choice) => Promise<unknown>;

const pick = <T>(from: readonly T[], choice: number): T => from[choice % from.length]!;
const hiddenTables = ['in.c-hidden.orders', 'in.c-hidden.hidden_2'];
const tables = [
  ...['in.c-main.orders', 'in.c-main.copy', 'in.c-main.none', ...hiddenTables],
  ...['in.c-hidden.plain', 'in.c-hidden.none', 'in.c-none.none', 'nonsense'],
];

/** What others do: mostly where the access does not reach. */
const meanwhile: readonly Step[] = [
  (project, _, { one, other }) =>
    project.table(pick(hiddenTables, one)).load({ rows: [{ id: other, hiddencolumn: 'hiddenvalue' }] }, { mode: 'incremental' }),
  (project, _, { one }) => project.table(pick(hiddenTables, one)).load({ csv: 'hiddenother\n1\n' }),
  async (project, known, { one }) => {
    const table = project.table(pick(hiddenTables, one));
    known.snapshots.push((await table.snapshot({ description: 'hidden snapshot' })).id);
  },
  async (project, known, { one }) => {
    known.snapshots.push((await project.table('in.c-main.orders').snapshot({ description: `of ${one}` })).id);
  },
  async (project, known, { one }) => {
    const job = await project.createJob({ component: 'hidden.component', parameters: { hidden: one } });
    known.jobs.push(job.id);
    await job.start();
    await job.log('info', 'hidden message');
    await project.table('in.c-hidden.orders').load({ rows: [{ id: one }] }, { mode: 'incremental', job: job.id });
    if (one % 2) await job.succeed({ message: 'hidden result' });
  },
  (project, _, { one }) => project.table(pick(hiddenTables, one)).drop(),
  (project, _, { one }) => project.restoreTable(pick(hiddenTables, one)),
  (project) => project.table('in.c-hidden.orders').rename('hidden_2'),
  (project) => project.table('in.c-hidden.hidden_2').rename('orders'),
  (project) => project.copyTable({ from: { table: 'in.c-hidden.plain' }, to: 'in.c-main.copy' }),
  (project) => project.table('in.c-main.copy').drop(),
  (project, _, { one }) => project.table('in.c-main.orders').load({ rows: [{ id: one, note: 'x' }] }, { mode: 'incremental' }),
  (project) => project.setBucketMetadata('in.c-hidden', 'p', { hidden: 'hidden' }),
  (project) => project.addAdministrator('hidden-person', { reason: 'hidden reason' }),
  (project) => project.removeAdministrator('hidden-person'),
  (project, _, { one }) => project.invite({ email: `hidden${one}@example.com` }),
  (project) => project.grantAccess({ description: 'hidden access', buckets: { 'in.c-hidden': 'write' } }),
];

/** What somebody with limited access may try. */
const attempts: readonly Step[] = [
  (project) => project.describe(),
  (project) => project.buckets(),
  (project, _, { one }) => project.tables(one % 2 ? { bucket: pick(['in.c-main', 'in.c-hidden', 'in.c-none'], one) } : {}),
  (project, _, { one }) => project.table(pick(tables, one)).describe(),
  (project, _, { one }) => project.table(pick(tables, one)).versions(),
  (project, _, { one, other }) => collect(project.table(pick(tables, one)).rows(other % 2 ? { of: { version: 1 + (other % 3) } } : {})),
  (project, _, { one, other }) => all(project.table(pick(tables, one)).diff({ from: { version: 1 + (other % 3) } })),
  (project, { snapshots }, { one, other }) =>
    all(project.table(pick(tables, one)).diff({ from: { snapshot: pick(['none', ...snapshots], other) } })),
  (project, _, { one }) => project.snapshots(one % 2 ? { table: pick(tables, one) } : {}),
  (project, _, { one }) => project.storageJobs(one % 2 ? { table: pick(tables, one) } : { actor: { kind: 'person', id: 'alice' } }),
  (project, { jobs }, { one }) => project.storageJobs({ job: pick(['none', ...jobs], one) }),
  (project, _, { one }) => all(project.history(one % 2 ? { table: pick(tables, one) } : {})),
  (project, { jobs }, { one }) => all(project.history({ job: pick(['none', ...jobs], one), backward: true })),
  (project, _, { one }) => all(project.history({ actor: { kind: 'person', id: 'alice' }, text: one % 2 ? 'hidden' : 'a' })),
  (project, known, { one }) => project.at(1 + (one % known.position)).tables(),
  (project, known, { one, other }) =>
    project
      .at(1 + (one % known.position))
      .table(pick(tables, other))
      .describe(),
  (project, known, { one }) => all(project.at(1 + (one % known.position)).history()),
  (project, _, { one }) => project.jobs({ ...(one % 2 && { sort: { by: 'ended' } }), ...(one % 3 && { component: 'hidden.component' }) }),
  (project, { jobs }, { one }) => project.job(pick(['none', ...jobs], one)).describe(),
  (project, { jobs }, { one }) => project.job(pick(['none', ...jobs], one)).timeline(),
  (project, { jobs }, { one }) => project.job(pick(['none', ...jobs], one)).messages(),
  (project, { jobs }, { one }) => openLineage(project.job(pick(['none', ...jobs], one))),
  (project, { jobs }, { one }) => project.job(pick(['none', ...jobs], one)).heartbeat(),
  (project, { jobs }, { one }) => project.job(pick(['none', ...jobs], one)).rerun(),
  async (project, known, { one }) => {
    const job = await project.createJob({ component: pick(['acme.crm', 'hidden.component'], one), idempotencyKey: `key ${one % 3}` });
    known.jobs.push(job.id);
    await job.start();
    return job.describe();
  },
  (project, { jobs }, { one, other }) =>
    project
      .table(pick(tables, one))
      .load({ rows: [{ id: other, note: 'mine' }] }, { mode: 'incremental', job: pick(['none', ...jobs], other) }),
  (project, _, { one }) => project.createTable(pick(tables, one), { columns: [{ name: 'id' }] }),
  (project, _, { one, other }) => project.createTable(pick(tables, one), { from: { table: pick(tables, other) } }),
  (project, { snapshots }, { one, other }) =>
    project.copyTable({ from: { snapshot: pick(['none', ...snapshots], one) }, to: pick(tables, other) }),
  (project, { snapshots }, { one, other }) => project.table(pick(tables, other)).revert({ snapshot: pick(['none', ...snapshots], one) }),
  (project, { snapshots }, { one }) => project.deleteSnapshot(pick(['none', ...snapshots], one)),
  (project, known, { one, other }) => project.revert(1 + (one % known.position), other % 2 ? { dryRun: true } : {}),
  (project, known, { one, other }) => project.revert(1 + (one % known.position), { tables: [pick(tables, other)], dryRun: true }),
  (project, _, { one }) => project.restoreTable(pick(tables, one)),
  (project, _, { one }) => project.table(pick(tables, one)).drop(),
  (project, _, { one }) => project.table(pick(tables, one)).rename('orders'),
  (project, _, { one }) => project.table(pick(tables, one)).deleteRows({ where: [{ column: 'id', op: 'eq', values: [String(one)] }] }),
  async (project, _, { one }) => {
    const { sink, text } = textSink();
    return [await project.table(pick(tables, one)).export({ csv: sink }), text()];
  },
  (project) => project.dropBucket('in.c-hidden', { force: true }),
  (project) => project.vacuum({ dryRun: true }),
  (project) => project.overview(),
  (project) => project.administrators(),
  (project) => project.invitations(),
  (project) => project.accesses(),
  (project) => project.support(),
];

/** The answer or the refusal, as text. Anything but a refusal fails. */
async function answerOf(work: () => Promise<unknown>): Promise<string> {
  try {
    return `answer ${JSON.stringify(await work())}`;
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return `refusal ${error.code} ${error.message} ${JSON.stringify(error.details)}`;
  }
}

async function scene() {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  await book.project.createBucket({ stage: 'in', name: 'hidden', description: 'hidden bucket' });
  const { project } = book;
  await project.createTable('in.c-main.orders', { from: { csv: 'id,note\n1,a\n' }, primaryKey: ['id'] });
  await project.createTable('in.c-hidden.orders', { from: { csv: 'id,hiddencolumn\n1,hiddenvalue\n' }, primaryKey: ['id'] });
  await project.createTable('in.c-hidden.plain', { from: { csv: 'id\n1\n' }, description: 'plain' });
  const granted = { buckets: { 'in.c-main': 'write' as const }, components: ['acme.crm'] };
  const { secret } = await project.grantAccess(granted);
  return { ...book, limited: await (await book.daybook.authenticate(secret)).project() };
}

const choices = fc.array(fc.record({ theirs: fc.boolean(), step: fc.nat(997), one: fc.nat(997), other: fc.nat(997) }), {
  minLength: 20,
  maxLength: 60,
  size: 'max',
});

describe('limited access', () => {
  it('tells nothing of what was not granted, whatever is tried and whatever happens meanwhile', async () => {
    const reached = new Set<string>();
    await holds(
      choices,
      async (steps) => {
        const { project, limited, errors } = await scene();
        const known: Known = { snapshots: [], jobs: [], position: 1 };
        for (const { theirs, ...choice } of steps) {
          known.position = (await project.describe()).position;
          if (!theirs) {
            await answerOf(() => pick(meanwhile, choice.step)(project, known, choice));
            continue;
          }
          const attempt = choice.step % attempts.length;
          const answer = await answerOf(() => attempts[attempt]!(limited, known, choice));
          reached.add(`${attempt} ${answer.startsWith('answer') ? 'answered' : 'refused'}`);
          expect([String(attempts[attempt]), answer]).toEqual([String(attempts[attempt]), expect.not.stringMatching(word)]);
        }
        expect(errors).toEqual([]);
      },
      40,
    );
    // A property about refusals alone would say little.
    expect([...reached].filter((one) => one.endsWith('answered')).length).toBeGreaterThan(20);
  });

  it('refuses alike what is there and what is not', async () => {
    const { limited } = await scene();
    for (const attempt of attempts) {
      const ask = (table: string) => {
        const index = tables.indexOf(table);
        // Even, so that both go the same way.
        const at = index % 2 ? index + tables.length : index;
        return answerOf(() => attempt(limited, { snapshots: [], jobs: [], position: 1 }, { step: 0, one: at, other: at }));
      };
      expect([String(attempt), await ask('in.c-hidden.none')]).toEqual([String(attempt), await ask('in.c-hidden.orders')]);
    }
  });
});
