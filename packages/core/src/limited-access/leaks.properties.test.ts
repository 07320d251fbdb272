import {
  type GrantOptions,
  isDaybookError,
  Job,
  JobView,
  LimitedSession,
  openLineage,
  Project,
  type ProjectState,
  ProjectView,
  projectQueries,
  Session,
  Table,
  TableView,
} from '@daybook/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { all, type Book, collect, openBook, textSink } from '../../test/book';
import { holds } from '../../test/property';
import { type AccessRule, narrowed } from '../capability';
import { ProjectScope } from '../projects/scope';
import type { LimitedAccess } from './state';

// Everything that was not granted carries one word, and every id that others made is noted. Whatever somebody with limited access does, in whatever
// order, by any method of any handle, and whatever happens meanwhile: neither is in any answer, error or entry of history that they get.
const word = /hidden|alice/i;

/** A slice of the state that is let through where it should be narrowed. */
const planted = vi.hoisted(() => ({ slice: undefined as keyof ProjectState | undefined }));
vi.mock('./visible', async (original) => {
  const { visibleTo } = await original<typeof import('./visible')>();
  return {
    visibleTo(state: ProjectState, actor: never, access: LimitedAccess): ProjectState {
      const visible = visibleTo(state, actor, access);
      return planted.slice ? { ...visible, [planted.slice]: state[planted.slice] } : visible;
    },
  };
});

/** Ids that others made: none of them is told, but back to whoever asked by it. */
interface Known {
  readonly snapshots: string[];
  readonly jobs: string[];
  /** Of limited access itself. */
  readonly own: string[];
  readonly secret: Set<string>;
  position: number;
}

interface Scene extends Book {
  /** Its id. */
  readonly access: string;
  readonly session: LimitedSession;
  readonly limited: Project;
  readonly known: Known;
}

/** What a step chooses by. */
interface Choice {
  readonly one: number;
  readonly other: number;
}

const pick = <T>(from: readonly T[], choice: number): T => from[choice % from.length]!;
const orders = 'in.c-main.orders';
const hiddenTables = ['in.c-hidden.orders', 'in.c-hidden.hidden_2'];
const tables = [
  ...[orders, 'in.c-main.copy', 'in.c-main.none', ...hiddenTables],
  ...['in.c-hidden.plain', 'in.c-hidden.none', 'in.c-none.none', 'nonsense'],
];
const buckets = ['in.c-main', 'in.c-hidden', 'in.c-none'];

/** What others do: mostly where the access does not reach. */
const meanwhile = {
  load: ({ project }, { one, other }) =>
    project.table(pick(hiddenTables, one)).load({ rows: [{ id: other, hiddencolumn: 'hiddenvalue' }] }, { mode: 'incremental' }),
  loadOtherColumns: ({ project }, { one }) => project.table(pick(hiddenTables, one)).load({ csv: 'hiddenother\n1\n' }),
  snapshotHidden: async ({ project, known }, { one }) => {
    known.snapshots.push((await project.table(pick(hiddenTables, one)).snapshot({ description: 'hidden snapshot' })).id);
  },
  snapshotGranted: async ({ project, known }, { one }) => {
    known.snapshots.push((await project.table(orders).snapshot({ description: `of ${one}` })).id);
  },
  job: async ({ project, known }, { one }) => {
    const job = await project.createJob({ component: 'hidden.component', parameters: { hidden: one } });
    known.jobs.push(job.id);
    known.secret.add(job.id);
    await job.start({ runner: 'hidden runner' });
    await job.log('info', 'hidden message');
    await project.table('in.c-hidden.orders').load({ rows: [{ id: one }] }, { mode: 'incremental', job: job.id });
    await project.table(orders).load({ rows: [{ id: one, note: 'y' }] }, { mode: 'incremental', job: job.id });
    if (one % 2) await job.succeed({ message: 'hidden result' });
  },
  childOfTheirs: async ({ project, known }, { one }) => {
    if (known.own.length === 0) return;
    const child = await project.createJob({ component: 'hidden.component', parent: pick(known.own, one) });
    known.jobs.push(child.id);
    known.secret.add(child.id);
  },
  logIntoTheirs: async ({ project, known }, { one }) => {
    if (known.own.length > 0) await project.job(pick(known.own, one)).log('info', 'hidden message');
  },
  drop: ({ project }, { one }) => project.table(pick(hiddenTables, one)).drop(),
  restore: ({ project }, { one }) => project.restoreTable(pick(hiddenTables, one)),
  rename: ({ project }, { one }) => project.table('in.c-hidden.orders').rename(one % 2 ? 'hidden_2' : 'orders'),
  copyIn: ({ project }) => project.copyTable({ from: { table: 'in.c-hidden.plain' }, to: 'in.c-main.copy' }),
  dropCopy: ({ project }) => project.table('in.c-main.copy').drop(),
  loadGranted: ({ project }, { one }) => project.table(orders).load({ rows: [{ id: one, note: 'x' }] }, { mode: 'incremental' }),
  describeBucket: ({ project }) => project.setBucketMetadata('in.c-hidden', 'p', { hidden: 'hidden' }),
  addAdministrator: ({ project }) => project.addAdministrator('hidden-person', { reason: 'hidden reason' }),
  addAuditor: ({ project }) => project.addAuditor('hidden-auditor', { reason: 'hidden reason' }),
  removeAdministrator: ({ project }) => project.removeAdministrator('hidden-person'),
  invite: async ({ project, known }, { one }) => {
    known.secret.add((await project.invite({ email: `hidden${one}@example.com` })).id);
  },
  grant: async ({ project, known }) => {
    const { id, secret } = await project.grantAccess({ description: 'hidden access', buckets: { 'in.c-hidden': 'write' } });
    known.secret.add(id).add(secret);
  },
  requestSupport: async ({ daybook, project, known }) => {
    const sue = daybook.as({ kind: 'support', id: 'hidden-sue' });
    known.secret.add((await sue.requestToJoin(project.id, { reason: 'hidden ticket' })).id);
  },
  joinForSupport: ({ daybook, project }) =>
    daybook.as({ kind: 'support', id: 'hidden-sam' }).joinProject(project.id, { reason: 'hidden ticket' }),
} satisfies Record<string, (scene: Scene, choice: Choice) => Promise<unknown>>;

type Attempts<Handle, Methods extends PropertyKey = keyof Handle> = {
  readonly [M in Methods & string]: (handle: Handle, scene: Scene, choice: Choice) => unknown;
};
type MethodsOf<Handle> = { [K in keyof Handle]: Handle[K] extends (...args: never[]) => unknown ? K : never }[keyof Handle];

const tableOf = ({ one }: Choice) => pick(tables, one);
const pastOf = ({ known }: Scene, { one }: Choice) => 1 + (one % known.position);
/** One of their own, or of others. */
const jobOf = ({ known }: Scene, { one, other }: Choice) => pick(['none', ...(other % 2 ? known.own : known.jobs)].toReversed(), one);
const snapshotOf = ({ known }: Scene, { other }: Choice) => pick(['none', ...known.snapshots], other);
const ofState = (scene: Scene, choice: Choice) =>
  pick([{}, { of: { version: 1 + (choice.other % 3) } }, { of: { snapshot: snapshotOf(scene, choice) } }], choice.other);

/** What can be asked of a table's handle, now or in the past. */
const ofTableView = {
  describe: (table) => table.describe(),
  versions: (table, _, { other }) => table.versions({ limit: 1 + (other % 3), ...(other % 2 && { next: '2' }) }),
  rows: (table, scene, choice) => collect(table.rows(ofState(scene, choice))),
  preview: (table, scene, choice) => table.preview(ofState(scene, choice)),
  diff: (table, scene, { one, other }) =>
    all(table.diff({ from: one % 2 ? { version: 1 + (other % 3) } : { snapshot: snapshotOf(scene, { one, other }) } })),
} satisfies Attempts<TableView, MethodsOf<TableView>>;

const ofTable = {
  ...ofTableView,
  load: (table, scene, { one, other }) =>
    table.load({ rows: [{ id: other, note: 'mine' }] }, { mode: 'incremental', ...(one % 2 && { job: jobOf(scene, { one, other }) }) }),
  deleteRows: (table, _, { one }) => table.deleteRows({ where: [{ column: 'id', op: 'eq', values: [String(one)] }] }),
  previewDelete: (table, _, { one }) => table.previewDelete({ where: [{ column: 'id', op: 'ne', values: [String(one)] }] }),
  truncate: (table, scene, choice) => table.truncate(choice.one % 2 ? { job: jobOf(scene, choice) } : {}),
  addColumn: (table, _, { other }) => table.addColumn({ name: `x${other % 3}` }),
  dropColumn: (table, _, { other }) => table.dropColumn(`x${other % 3}`),
  setPrimaryKey: (table) => table.setPrimaryKey(['id']),
  dropPrimaryKey: (table) => table.dropPrimaryKey(),
  rename: (table) => table.rename('orders'),
  setDescription: (table) => table.setDescription('mine'),
  setColumnDescription: (table) => table.setColumnDescription('id', 'mine'),
  setMetadata: (table) => table.setMetadata('p', { a: 'b' }),
  drop: (table, _, { other }) => (other % 3 ? table.describe() : table.drop()),
  snapshot: async (table, { known }) => {
    known.snapshots.push((await table.snapshot()).id);
  },
  revert: (table, scene, choice) => table.revert(choice.other % 2 ? { version: 1 } : { snapshot: snapshotOf(scene, choice) }),
  export: async (table) => {
    const { sink, text } = textSink();
    return [await table.export({ csv: sink }), text()];
  },
} satisfies Attempts<Table, MethodsOf<Table>>;

const ofJobView = {
  describe: (job) => job.describe(),
  timeline: (job) => job.timeline(),
  openLineage: (job) => openLineage(job),
  messages: (job) => job.messages(),
} satisfies Attempts<JobView, MethodsOf<JobView>>;

const ofJob = {
  ...ofJobView,
  wait: (job) => job.wait(),
  start: (job) => job.start(),
  heartbeat: (job) => job.heartbeat(),
  log: (job) => job.log('info', 'mine'),
  succeed: (job) => job.succeed(),
  warn: (job) => job.warn(),
  fail: (job, _, { other }) => (other % 5 ? job.describe() : job.fail({ message: 'mine' })),
  terminate: (job, _, { other }) => (other % 5 ? job.describe() : job.terminate()),
  stopped: (job) => job.stopped(),
  rerun: async (job, { known }) => {
    known.own.push((await job.rerun()).id);
  },
} satisfies Attempts<Job, MethodsOf<Job>>;

const ofView = {
  describe: (project) => project.describe(),
  overview: (project) => project.overview(),
  administrators: (project) => project.administrators(),
  auditors: (project) => project.auditors(),
  invitations: (project) => project.invitations(),
  accesses: (project) => project.accesses(),
  support: (project) => project.support(),
  supportRequests: (project) => project.supportRequests(),
  buckets: (project) => project.buckets(),
  tables: (project, _, { one }) => project.tables(one % 2 ? { bucket: pick(buckets, one) } : {}),
  table: (project, _, choice) => project.table(tableOf(choice)).id === tableOf(choice),
  snapshots: (project, _, choice) => project.snapshots(choice.other % 2 ? { table: tableOf(choice) } : {}),
  storageJobs: (project, scene, choice) =>
    project.storageJobs(
      pick(
        [{}, { table: tableOf(choice) }, { actor: { kind: 'person', id: 'alice' } }, { job: jobOf(scene, choice) }] as const,
        choice.other,
      ),
    ),
  jobs: (project, _, { one }) =>
    project.jobs({ ...(one % 2 && { sort: { by: 'ended' } }), ...(one % 3 === 0 && { component: 'hidden.component' }) }),
  job: (project, scene, choice) => project.job(jobOf(scene, choice)).id === jobOf(scene, choice),
  history: (project, scene, choice) => {
    const filters = [{}, { table: tableOf(choice) }, { job: jobOf(scene, choice), backward: true }];
    return all(project.history(pick([...filters, { actor: { kind: 'person', id: 'alice' } }, { text: 'a' }] as const, choice.other)));
  },
} satisfies Attempts<ProjectView, MethodsOf<ProjectView>>;

const none = '00000000-0000-7000-8000-000000000000';

const ofProject = {
  ...ofView,
  at: (project, scene, choice) => project.at(pastOf(scene, choice)).describe(),
  createJob: async (project, { known }, { one }) => {
    const job = await project.createJob({ component: pick(['acme.crm', 'hidden.component'], one), idempotencyKey: `key ${one % 3}` });
    known.own.push(job.id);
    await job.start();
    return job.describe();
  },
  join: (project) => project.join(),
  invite: (project) => project.invite({ email: 'new@example.com' }),
  cancelInvitation: (project) => project.cancelInvitation(none),
  addAdministrator: (project) => project.addAdministrator('me'),
  addAuditor: (project) => project.addAuditor('me'),
  removeAuditor: (project) => project.removeAuditor('erin'),
  removeAdministrator: (project) => project.removeAdministrator('bob'),
  leave: (project) => project.leave(),
  grantAccess: (project) => project.grantAccess({}),
  updateAccess: (project) => project.updateAccess(none, { buckets: {} }),
  refreshAccess: (project) => project.refreshAccess(none),
  revokeAccess: (project) => project.revokeAccess(none),
  approveSupport: (project) => project.approveSupport(none),
  rejectSupport: (project) => project.rejectSupport(none),
  removeSupport: (project) => project.removeSupport('sue'),
  rename: (project) => project.rename('mine'),
  setDescription: (project) => project.setDescription('mine'),
  setExpiry: (project) => project.setExpiry('2040-01-01'),
  setRetention: (project) => project.setRetention(1),
  addFeature: (project) => project.addFeature('mine'),
  removeFeature: (project) => project.removeFeature('mine'),
  disable: (project) => project.disable({ reason: 'mine' }),
  enable: (project) => project.enable(),
  setMetadata: (project) => project.setMetadata('p', { a: 'b' }),
  moveTo: (project) => project.moveTo(none),
  createBucket: (project, _, { one }) => project.createBucket({ stage: 'in', name: pick(['hidden', 'new'], one) }),
  dropBucket: (project, _, { one }) => project.dropBucket(pick(buckets, one), { force: true }),
  setBucketMetadata: (project, _, { one }) => project.setBucketMetadata(pick(buckets, one), 'p', { a: 'b' }),
  createTable: async (project, _, { one, other }) => {
    const from = pick([{ from: { table: pick(tables, other) } }, { columns: [{ name: 'id' }] }, { from: { csv: 'id\n1\n' } }], other);
    return (await project.createTable(pick(tables, one), from)).id;
  },
  copyTable: async (project, scene, choice) =>
    (await project.copyTable({ from: { snapshot: snapshotOf(scene, choice) }, to: tableOf(choice) })).id,
  restoreTable: async (project, _, choice) => (await project.restoreTable(tableOf(choice))).id,
  deleteSnapshot: (project, scene, choice) => project.deleteSnapshot(snapshotOf(scene, choice)),
  revert: (project, scene, { one, other }) =>
    project.revert(pastOf(scene, { one, other }), { ...(one % 2 && { tables: [pick(tables, other)] }), dryRun: other % 2 === 0 }),
  vacuum: (project) => project.vacuum({ dryRun: true }),
} satisfies Attempts<Project, MethodsOf<Project>>;

const ofSession = {
  createOrganization: (session) => session.createOrganization({ name: 'Mine' }),
  organization: (session) => session.organization(none),
  createProject: (session) => session.createProject({ organization: none, name: 'Mine' }),
  project: async (session, _, { one }) => (await session.project(one % 2 ? none : session.projectId)).describe(),
  projects: (session) => session.projects(),
  organizations: (session) => session.organizations(),
  joinProject: (session) => session.joinProject(session.projectId),
  requestToJoin: (session) => session.requestToJoin(session.projectId, { reason: 'mine' }),
  leaveProject: (session) => session.leaveProject(session.projectId),
  invitations: (session) => session.invitations(),
  acceptInvitation: (session) => session.acceptInvitation(none),
  declineInvitation: (session) => session.declineInvitation(none),
  profile: (session) => session.profile('bob'),
  setProfile: (session) => session.setProfile({ name: 'mine' }),
  forgetPerson: (session) => session.forgetPerson({ email: 'nobody@example.com' }),
} satisfies Attempts<LimitedSession, Exclude<MethodsOf<LimitedSession>, 'handle'>>;

interface Attempt {
  readonly name: string;
  readonly ask: (scene: Scene, choice: Choice) => unknown;
}

function named<Handle>(kind: string, of: Attempts<Handle, string>, handle: (scene: Scene, choice: Choice) => Handle): Attempt[] {
  return Object.entries(of).map(([method, ask]) => ({
    name: `${kind} ${method}`,
    ask: (scene, choice) => ask(handle(scene, choice), scene, choice),
  }));
}

const past = ({ limited, ...scene }: Scene, choice: Choice) => limited.at(pastOf({ limited, ...scene }, choice));
const attempts: readonly Attempt[] = [
  ...named('session', ofSession, ({ session }) => session),
  ...named('project', ofProject, ({ limited }) => limited),
  ...named('past project', ofView, past),
  ...named('table', ofTable, ({ limited }, choice) => limited.table(tableOf(choice))),
  ...named('past table', ofTableView, (scene, choice) => past(scene, choice).table(pick(tables, choice.other))),
  ...named('job', ofJob, (scene, choice) => scene.limited.job(jobOf(scene, choice))),
  ...named('past job', ofJobView, (scene, choice) => past(scene, choice).job(jobOf(scene, choice))),
];

/** The answer or the refusal, as text. Anything but a refusal fails. */
async function answerOf(work: () => unknown): Promise<string> {
  try {
    return `answer ${JSON.stringify(await work())}`;
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return `refusal ${error.code} ${error.message} ${JSON.stringify(error.details)}`;
  }
}

type Kind = 'writer' | 'reader' | 'nothing';
const grants: Readonly<Record<Kind, GrantOptions>> = {
  writer: { buckets: { 'in.c-main': 'write' }, components: ['acme.crm'] },
  reader: { buckets: { 'in.c-main': 'read' }, components: ['acme.crm'] },
  nothing: {},
};

async function sceneOf(kind: Kind): Promise<Scene> {
  const book = await openBook();
  const { project } = book;
  await project.createBucket({ stage: 'in', name: 'main' });
  await project.createBucket({ stage: 'in', name: 'hidden', description: 'hidden bucket' });
  await project.createTable(orders, { from: { csv: 'id,note\n1,a\n' }, primaryKey: ['id'] });
  await project.createTable('in.c-hidden.orders', { from: { csv: 'id,hiddencolumn\n1,hiddenvalue\n' }, primaryKey: ['id'] });
  await project.createTable('in.c-hidden.plain', { from: { csv: 'id\n1\n' }, description: 'plain' });
  const { id: access, secret } = await project.grantAccess({ ...grants[kind], description: 'mine' });
  const session = await book.daybook.authenticate(secret);
  const known: Known = { snapshots: [], jobs: [], own: [], secret: new Set([book.organization.id, secret]), position: 1 };
  return { ...book, access, session, limited: await session.project(), known };
}

/** How often each kind of access met each query. */
const met = new Map<string, number>();

/** What events hold that is for nobody with limited access: ids of others' work, of buckets that were not granted, and what secrets are known by. */
async function noteEvents({ storage, project, access, known }: Scene): Promise<void> {
  for (const { type, actor, data } of await collect(storage!.events.read(`project/${project.id}`))) {
    const { id, storageJob, bucket, uid, hash } = data as Readonly<Record<string, string | undefined>> & {
      readonly storageJob?: { id: string };
    };
    const work = type.startsWith('StorageJob') ? (id ?? storageJob?.id) : storageJob?.id;
    const isHidden = bucket !== undefined && bucket !== 'in.c-main';
    for (const one of [actor.id === access ? undefined : work, isHidden ? uid : undefined, hash])
      if (one !== undefined) known.secret.add(one);
  }
}

async function attempt(scene: Scene, kind: Kind, { name, ask }: Attempt, choice: Choice): Promise<string> {
  await noteEvents(scene);
  const query = vi.spyOn(ProjectScope.prototype, 'query');
  const answer = await answerOf(() => ask(scene, choice));
  for (const [one] of query.mock.calls) met.set(`${one} ${kind}`, (met.get(`${one} ${kind}`) ?? 0) + 1);
  query.mockRestore();
  // A refusal says back what was asked by.
  const echoed = new Set(answer.startsWith('refusal') ? [jobOf(scene, choice)] : []);
  const told = [...scene.known.secret].filter((id) => answer.includes(id) && !echoed.has(id));
  expect({ name, choice, answer, told }).toEqual({ name, choice, answer: expect.not.stringMatching(word), told: [] });
  return answer;
}

const step = fc.record({
  what: fc.oneof(
    fc.constantFrom(...(Object.keys(meanwhile) as (keyof typeof meanwhile)[])).map((others) => ({ others })),
    fc.constantFrom(...attempts.map(({ name }) => name)).map((limited) => ({ limited })),
  ),
  one: fc.nat(97),
  other: fc.nat(97),
});
const steps = fc.array(step, { minLength: 20, maxLength: 60, size: 'max' });
const kinds = fc.constantFrom<Kind>('writer', 'writer', 'reader', 'nothing');

/** Everything that others do, once or twice; then everything that can be tried, in several ways. */
async function sweep(kind: Kind = 'writer'): Promise<Set<string>> {
  const scene = await sceneOf(kind);
  const answered = new Set<string>();
  const others = async () => {
    for (const [i, work] of Object.values(meanwhile).entries()) await answerOf(() => work(scene, { one: i, other: i }));
    scene.known.position = (await scene.project.describe()).position;
  };
  await others();
  await answerOf(() => ofProject.createJob(scene.limited, scene, { one: 0, other: 0 }));
  await others();
  for (let choice = 0; choice < 6; choice++) {
    for (const one of attempts) {
      const answer = await attempt(scene, kind, one, { one: choice * (choice % 2 ? 1 : 9), other: choice });
      if (answer.startsWith('answer')) answered.add(one.name);
    }
    await others();
  }
  expect(scene.errors).toEqual([]);
  // Ids of others' work, mostly.
  expect(scene.known.secret.size).toBeGreaterThan(50);
  return answered;
}

afterEach(() => {
  planted.slice = undefined;
  Object.assign(rules, asItWas);
  vi.restoreAllMocks();
});

describe('limited access', () => {
  it('is tried by every method of every handle', () => {
    const methods = (...classes: readonly { readonly prototype: object; readonly name: string }[]) =>
      classes.flatMap(({ prototype }) =>
        Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
          typeof value === 'function' && !['constructor', 'handle', 'renamed'].includes(name) ? [name] : [],
        ),
      );
    const tried = (kind: string) =>
      new Set(attempts.flatMap(({ name }) => (name.startsWith(`${kind} `) ? [name.slice(kind.length + 1)] : [])));
    expect(tried('session')).toEqual(new Set(methods(Session, LimitedSession)));
    expect(tried('project')).toEqual(new Set(methods(Project, ProjectView)));
    expect(tried('past project')).toEqual(new Set(methods(ProjectView)));
    expect(tried('table')).toEqual(new Set(methods(Table, TableView)));
    expect(tried('past table')).toEqual(new Set(methods(TableView)));
    expect(tried('job')).toEqual(new Set(methods(Job, JobView)));
    expect(tried('past job')).toEqual(new Set(methods(JobView)));
  });

  it.each(Object.keys(grants) as Kind[])('tells a %s nothing of what was not granted, whatever is tried', async (kind) => {
    const answered = await sweep(kind);
    // A check of refusals alone would say little.
    expect(answered.size).toBeGreaterThan({ writer: 45, reader: 30, nothing: 12 }[kind]);
  });

  it('tells nothing of what was not granted, whatever is tried and whatever happens meanwhile', async () => {
    await holds(
      fc.tuple(kinds, steps),
      async ([kind, steps]) => {
        const scene = await sceneOf(kind);
        for (const { what, ...choice } of steps) {
          scene.known.position = (await scene.project.describe()).position;
          if ('others' in what) await answerOf(() => meanwhile[what.others](scene, choice));
          else await attempt(scene, kind, attempts.find(({ name }) => name === what.limited)!, choice);
        }
        expect(scene.errors).toEqual([]);
      },
      40,
    );
  });

  it('is met by every query that there is', async () => {
    if (met.size === 0) for (const kind of Object.keys(grants) as Kind[]) await sweep(kind);
    // What is asked of a project where somebody was invited needs a session of a person.
    const queries = Object.keys(projectQueries).filter((query) => query !== 'invitation');
    const counts = queries.map((query) => [query, ...Object.keys(grants).map((kind) => met.get(`${query} ${kind}`) ?? 0)]);
    console.log(
      ['query', ...Object.keys(grants)].join(' '),
      counts.map((line) => line.join(' ')),
    );
    expect(counts.filter(([, ...times]) => times.some((count) => count === 0))).toEqual([]);
  });

  it('refuses alike what is there and what is not', async () => {
    for (const one of attempts.filter(({ name }) => /^(past )?(project|table)/.test(name))) {
      const scene = await sceneOf('writer');
      const ask = (table: string) => {
        const index = tables.indexOf(table);
        // Even, so that both go the same way.
        const at = index % 2 ? index + tables.length : index;
        return answerOf(() => one.ask(scene, { one: at, other: at }));
      };
      expect([one.name, await ask('in.c-hidden.none')]).toEqual([one.name, await ask('in.c-hidden.orders')]);
    }
  });
});

const rules = projectQueries as unknown as Record<string, AccessRule>;
const asItWas = { ...rules };

/** What somebody might forget to narrow. */
const leaks: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(
    (['buckets', 'tables', 'snapshots', 'jobs'] as const).map((slice) => [`the slice ${slice}`, () => Object.assign(planted, { slice })]),
  ),
  ...Object.fromEntries(
    (['administrators', 'invitations', 'accesses', 'support', 'supportRequests'] as const).map((slice) => [
      `the query and the slice ${slice}`,
      () => {
        planted.slice = slice;
        rules[slice] = { may: [...rules[slice]!.may, 'reader'], names: narrowed };
      },
    ]),
  ),
  'who made versions and snapshots': () => vi.spyOn(ProjectScope.prototype, 'shows').mockReturnValue(true),
  'events of others': () => vi.spyOn(ProjectScope.prototype, 'ownTags', 'get').mockReturnValue([]),
  'what is not their own': () => vi.spyOn(ProjectScope.prototype, 'onlyOwn', 'get').mockReturnValue(false),
};

describe('a planted leak', () => {
  it.each(Object.entries(leaks))('of %s is found', async (_, plant) => {
    plant();
    await expect(sweep()).rejects.toMatchObject({ name: 'AssertionError' });
  });
});
