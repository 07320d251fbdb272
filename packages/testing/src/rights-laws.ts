import assert from 'node:assert/strict';
import {
  type Actor,
  type Daybook,
  isDaybookError,
  type Organization,
  openDaybook,
  type Project,
  type RecordedEvent,
  type Session,
  type Storage,
  type Write,
} from '@daybook/core';
import fc from 'fast-check';
import { collect, readAll } from './events';
import type { Law } from './law';
import { freshProperty } from './property';

/** What an answer or an event can need. `AutoJoin` is everybody's of support staff. */
type Role = 'Administrator' | 'Auditor' | 'Support' | 'Access' | 'Member' | 'AutoJoin';

/** Until when who has which role. */
type Roles = ReadonlyMap<string, string>;

interface Positions {
  readonly project: number;
  readonly organization: number;
}

/** A question that was answered, somewhere between two moments. */
interface Answered {
  readonly title: string;
  readonly actor: Actor;
  readonly now: string;
  readonly from: Positions;
  readonly to: Positions;
}

interface Scene {
  readonly storage: Storage;
  readonly clock: { hours: number };
  /** olga's, who keeps every role. */
  readonly organization: Organization;
  readonly project: Project;
  /** Handles that somebody got when they had a role, and keeps. */
  readonly kept: Map<string, unknown>;
  readonly accesses: { readonly id: string; readonly session: Session }[];
  readonly answered: Answered[];
}

interface Move extends Scene {
  /** One of two processes. */
  readonly daybook: Daybook;
  readonly who: string;
  /** Who it is done to. */
  readonly whom: string;
  /** That nothing else bears. */
  readonly name: string;
  readonly choice: number;
}

const names = ['bo', 'cy'];
const pick = <T>(from: readonly T[], choice: number): T | undefined => from[choice % from.length];
const writers: readonly Role[] = ['Administrator', 'Support', 'Access'];
const readers: readonly Role[] = [...writers, 'Auditor'];

/** Whose each event can be. */
const rights: Readonly<Record<string, readonly Role[]>> = {
  ...{ OrganizationSettingsChanged: ['Member'], MemberAdded: ['Member'], MemberRemoved: ['Member'], ProjectAdded: ['Member'] },
  ...{ AdministratorAdded: ['Member'], AdministratorJoined: ['Member'], AdministratorRemoved: ['Administrator', 'Member'] },
  ...{ AdministratorLeft: ['Administrator'], AuditorLeft: ['Auditor'], SupportLeft: ['Support'] },
  ...{ AccessGranted: ['Administrator'], AccessRevoked: ['Administrator'] },
  ...{ SupportJoined: ['AutoJoin'], SupportRemoved: ['Administrator', 'Member'] },
  ...{ BucketCreated: ['Administrator', 'Support'], TableCreated: writers, TableLoaded: writers, TableExported: readers },
  ...{ StorageJobCreated: readers, StorageJobStarted: readers, StorageJobSucceeded: writers },
};

/** What begins a log, what ends work that a role was lost under, and what tells of refusals. */
const byAnybody = /^(OrganizationCreated|ProjectCreated|AccessRefused|StorageJobFailed)$/;

/** Whom each question is answered. */
const questions = {
  overview: { may: ['Administrator', 'Auditor', 'Support'], ask: (project) => project.overview() },
  administrators: { may: ['Administrator', 'Auditor', 'Support', 'Member'], ask: (project) => project.administrators() },
  invitations: { may: ['Administrator', 'Auditor', 'Member'], ask: (project) => project.invitations() },
  accesses: { may: ['Administrator', 'Auditor', 'Support'], ask: (project) => project.accesses() },
  preview: { may: readers, ask: (project) => project.table('in.c-main.t').preview() },
  past: { may: readers, ask: (project) => project.at(5).buckets() },
} as const satisfies Record<string, { readonly may: readonly Role[]; readonly ask: (project: Project) => Promise<unknown> }>;

type Moves = readonly ((move: Move) => Promise<unknown>)[];

const comings: Moves = [
  ({ organization, whom }) => organization.addMember(whom),
  ({ organization, whom, ...move }) => organization.addAuditor(whom, ending(move)),
  ({ organization }) => organization.changeSettings({ allowSupportAutoJoin: true }),
  ({ project, whom, ...move }) => project.addAdministrator(whom, ending(move)),
  ({ project, whom, ...move }) => project.addAuditor(whom, ending(move)),
  ({ daybook, project, who }) => person(daybook, who).joinProject(project.id),
  ({ daybook, project, who, clock }) => staff(daybook, who).joinProject(project.id, { reason: 'r', expiresAt: hour(clock.hours + 4) }),
  async ({ project, daybook, accesses, ...move }) => {
    const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' }, ...ending(move) });
    accesses.push({ id, session: await daybook.authenticate(secret) });
  },
];

const goings: Moves = [
  ({ organization, whom }) => organization.removeMember(whom),
  ({ organization, whom }) => organization.removeAuditor(whom),
  ({ organization }) => organization.changeSettings({ allowSupportAutoJoin: false }),
  ({ project, whom }) => project.removeAdministrator(whom),
  ({ project, whom }) => project.removeAuditor(whom),
  ({ project, whom }) => project.removeSupport(whom),
  async ({ project, accesses, choice }) => project.revokeAccess(pick(accesses, choice)?.id ?? 'none'),
  ({ daybook, project, who }) => person(daybook, who).leaveProject(project.id),
  ({ daybook, project, who }) => staff(daybook, who).leaveProject(project.id),
  ({ daybook }) => daybook.runDue(),
];

const works: Moves = [
  async (move) => (await organizationOf(move)).addMember(move.whom),
  async (move) => (await organizationOf(move)).removeMember(move.whom),
  async (move) => (await projectOf(move)).addAdministrator(move.whom),
  async (move) => (await projectOf(move)).removeAdministrator(move.whom),
  async (move) => (await projectOf(move)).removeSupport(move.whom),
  async (move) => (await projectOf(move)).grantAccess({ buckets: {} }),
  async (move) => (await anyProject(move)).createBucket({ stage: 'in', name: move.name }),
  async (move) => (await anyProject(move)).createTable(`in.c-main.${move.name}`, { from: { csv: 'id\n1\n' } }),
  async (move) => (await anyProject(move)).table('in.c-main.t').load({ csv: 'id\n2\n' }, { mode: 'incremental' }),
  async (move) => (await anyProject(move)).table('in.c-main.t').deleteRows({ where: [{ column: 'id', op: 'eq', values: [move.who] }] }),
  async (move) => (await anyProject(move)).table('in.c-main.t').export({ csv: new WritableStream() }),
  (move) => answering(move, 'organization', personOf(move).actor, async () => (await organizationOf(move)).describe()),
  ...Object.keys(questions).map((title) => (move: Move) => ask(move, title as keyof typeof questions)),
];

const kinds = { comings, goings, works };
const choices = { who: fc.nat(1), whom: fc.nat(1), choice: fc.nat(999) };
const move = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('comings' as const), what: fc.nat(comings.length - 1), ...choices }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('goings' as const), what: fc.nat(goings.length - 1), ...choices }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('works' as const), what: fc.nat(works.length - 1), ...choices }) },
);

/** Who lost a right has nothing after that: no event, no answer and no part. */
export const rightsLaws: readonly Law[] = [
  freshProperty(
    'stores nothing by anybody, and answers nobody, who had not the right to it then, whoever works and takes rights away at once',
    fc.array(fc.array(move, { minLength: 2, maxLength: 6 }), { minLength: 15, maxLength: 30, size: 'max' }),
    async (storage, rounds) => {
      const appended: (readonly Write[])[] = [];
      const watched = watching(storage, (writes) => appended.push(writes));
      const clock = { hours: 0 };
      const open = () => openDaybook({ storage: watched, clock: () => new Date(hour(clock.hours)) });
      const processes = [await open(), await open()];
      const scene = await begun(storage, processes[0]!, clock);
      for (const [i, round] of rounds.entries()) {
        const works = round.map(({ kind, what, who, whom, choice }, j) => {
          const daybook = processes[j % 2]!;
          const one = { ...scene, daybook, who: pick(names, who)!, whom: pick(names, whom)!, name: `n${i}-${j}`, choice };
          return unlessRefused(() => kinds[kind][what]!(one));
        });
        await Promise.all(works);
        clock.hours += 1;
      }
      await assertRights(scene, appended);
    },
    40,
  ),
];

/** Not closed: the storage is the caller's. */
async function begun(storage: Storage, daybook: Daybook, clock: Scene['clock']): Promise<Scene> {
  const olga = person(daybook, 'olga');
  const organization = await olga.createOrganization({ name: 'Acme' });
  const project = await olga.createProject({ organization: organization.id, name: 'Sales' });
  await project.createBucket({ stage: 'in', name: 'main' });
  await project.createTable('in.c-main.t', { from: { csv: 'id\n1\n' } });
  return { storage, clock, organization, project, kept: new Map(), accesses: [], answered: [] };
}

function person(daybook: Daybook, id: string): Session {
  return daybook.as({ kind: 'person', id });
}

function staff(daybook: Daybook, id: string): Session {
  return daybook.as({ kind: 'support', id });
}

function personOf({ daybook, who }: Move): Session {
  return person(daybook, who);
}

/** A person, support staff, or a holder of limited access. */
function anySession(move: Move): Session {
  const { daybook, who, accesses, choice } = move;
  return pick([personOf(move), personOf(move), staff(daybook, who), pick(accesses, choice >> 2)?.session], choice) ?? personOf(move);
}

function projectOf(move: Move, session = personOf(move)): Promise<Project> {
  return keeping(move, `project ${named(session.actor)}`, () => session.project(move.project.id));
}

function anyProject(move: Move): Promise<Project> {
  return projectOf(move, anySession(move));
}

function organizationOf(move: Move): Promise<Organization> {
  return keeping(move, `organization ${move.who}`, () => personOf(move).organization(move.organization.id));
}

async function keeping<T>({ kept, name }: Move, title: string, open: () => Promise<T>): Promise<T> {
  const key = `${title} in ${Number(name.at(-1)) % 2}`;
  const handle = (kept.get(key) as T | undefined) ?? (await open());
  kept.set(key, handle);
  return handle;
}

async function ask(move: Move, title: keyof typeof questions): Promise<void> {
  const session = anySession(move);
  await answering(move, title, session.actor, async () => questions[title].ask(await projectOf(move, session)));
}

/** Asks, and notes that it was answered, and between which moments. */
async function answering(move: Move, title: string, actor: Actor, work: () => Promise<unknown>): Promise<void> {
  const [from, now] = [await positions(move), hour(move.clock.hours)];
  await work();
  move.answered.push({ title, actor, now, from, to: await positions(move) });
}

async function positions({ storage, project, organization }: Scene): Promise<Positions> {
  const [inProject, inOrganization] = await Promise.all([
    storage.events.head(`project/${project.id}`),
    storage.events.head(`organization/${organization.id}`),
  ]);
  return { project: inProject!.position, organization: inOrganization!.position };
}

/** Now and then for four hours. */
function ending({ choice, clock }: Pick<Move, 'choice' | 'clock'>): { expiresAt?: string } {
  return choice % 3 === 0 ? { expiresAt: hour(clock.hours + 4) } : {};
}

/** What anybody may be refused here. Anything else fails. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const expected = /_DENIED|ALREADY_|_NOT_FOUND|LAST_MEMBER|AUTHENTICATION_FAILED|APPROVAL_REQUIRED/;
    if (!isDaybookError(error) || !expected.test(error.code)) throw error;
  }
}

/** The storage, telling what was appended by it. */
function watching(storage: Storage, tell: (writes: readonly Write[]) => void): Storage {
  const append: Storage['events']['append'] = async (writes) => {
    const result = await storage.events.append(writes);
    if (result.status === 'appended') tell([...writes]);
    return result;
  };
  const own = <T extends object>(target: T, overridden: Partial<T>): T =>
    new Proxy(target, {
      get(_, name) {
        const value = overridden[name as keyof T] ?? target[name as keyof T];
        return typeof value === 'function' && !(name in overridden) ? value.bind(target) : value;
      },
    });
  return own(storage, { events: own(storage.events, { append }) } as Partial<Storage>);
}

async function assertRights({ storage, project, organization, answered }: Scene, appended: readonly (readonly Write[])[]): Promise<void> {
  const log = await readAll(storage.events, `project/${project.id}`);
  const organizationLog = await readAll(storage.events, `organization/${organization.id}`);
  const [here, there] = [rolesAlong(log), rolesAlong(organizationLog)];
  const assertedBy = new Map(appended.flatMap((writes) => writes.flatMap(({ events }) => events.map(({ id }) => [id, assertion(writes)]))));

  // Right before it in its own log, or in the organization where the same append found that.
  for (const event of log) assertRight(event, [here[event.position - 1]!, there[assertedBy.get(event.id) ?? 0]!]);
  for (const event of organizationLog) assertRight(event, [there[event.position - 1]!]);

  for (const { title, actor, now, from, to } of answered) {
    const inOrganization = there.slice(from.organization, to.organization + 1);
    const meanwhile = title === 'organization' ? inOrganization : [...here.slice(from.project, to.project + 1), ...inOrganization];
    const may = title === 'organization' ? (['Member', 'Auditor'] as const) : questions[title as keyof typeof questions].may;
    const had = meanwhile.some((roles) => holds(roles, may, actor, now));
    assert.ok(
      had,
      `${title} was answered to ${named(actor)} at ${JSON.stringify(to)}, who had no right to it from ${JSON.stringify(from)} on`,
    );
  }

  const recorded = JSON.stringify(log);
  const parts = (await collect(storage.tables.parts(project.id))).map(({ id }) => id);
  assert.deepEqual(
    parts.filter((id) => !recorded.includes(id)),
    [],
    'parts of work that was refused are gone',
  );
}

function assertRight({ type, actor, position, recordedAt, data }: RecordedEvent, found: readonly Roles[]): void {
  if (actor.kind === 'system' || byAnybody.test(type)) return;
  const may = mayRecord(type, data);
  const had = found.some((roles) => holds(roles, may, actor, recordedAt));
  assert.ok(had, `${type} at ${position} by ${named(actor)}, who had no right to it`);
}

function mayRecord(type: string, data: RecordedEvent['data']): readonly Role[] {
  // Of a project its administrators', of an organization its members': neither is known of the other log.
  if (/^Auditor(Added|Removed)$/.test(type)) return ['Administrator', 'Member'];
  if (type === 'StorageJobCreated' && data.operation !== 'tableExport') return writers;
  assert.ok(rights[type], `whose is ${type}?`);
  return rights[type];
}

function assertion(writes: readonly Write[]): number {
  return writes.find(({ log }) => log.startsWith('organization/'))?.expected ?? 0;
}

function holds(roles: Roles, may: readonly Role[], actor: Actor, now: string): boolean {
  return may.some((role) => (roles.get(`${role} ${named(role === 'AutoJoin' ? everybody(actor) : actor)}`) ?? '') > now);
}

function named({ kind, id }: Actor): string {
  return `${kind} ${id}`;
}

function everybody({ kind }: Actor): Actor {
  return { kind, id: '*' };
}

/** By position, the roles after that many events. */
function rolesAlong(log: readonly RecordedEvent[]): readonly Roles[] {
  const along: Roles[] = [new Map()];
  for (const event of log) along.push(after(along.at(-1)!, event));
  return along;
}

const forGood = '9';
const actorKinds: Readonly<Record<string, Actor['kind']>> = { Support: 'support', Access: 'limited' };

function after(before: Roles, { type, data }: RecordedEvent): Roles {
  const roles = new Map(before);
  const { person, member, access, expiresAt = forGood } = data as Readonly<Record<string, string>>;
  const [, role, what = ''] = /^(Administrator|Auditor|Member|Access|Support)([A-Z][a-z]+)$/.exec(type) ?? [];
  const key = `${role} ${actorKinds[role!] ?? 'person'} ${access ?? person}`;
  if (/^(Added|Joined|Granted)$/.test(what)) roles.set(key, expiresAt);
  if (/^(Removed|Left|Expired|Revoked)$/.test(what)) roles.delete(key);
  if (role === 'Administrator' && roles.has(key)) roles.delete(`Auditor person ${person}`);
  if (type === 'OrganizationCreated') roles.set(`Member person ${member}`, forGood).set('AutoJoin support *', forGood);
  if (type === 'ProjectCreated') roles.set(`Administrator person ${(data as { createdBy: string }).createdBy}`, forGood);
  if (type === 'OrganizationSettingsChanged') {
    if (data.allowSupportAutoJoin) roles.set('AutoJoin support *', forGood);
    else roles.delete('AutoJoin support *');
  }
  return roles;
}

function hour(count: number): string {
  return new Date(Date.UTC(2026, 0, 1) + count * 3_600_000).toISOString();
}
