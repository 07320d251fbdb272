import assert from 'node:assert/strict';
import {
  type Actor,
  type Daybook,
  isDaybookError,
  type Organization,
  openDaybook,
  type Project,
  type RecordedEvent,
  type Storage,
  type Write,
} from '@daybook/core';
import fc from 'fast-check';
import { readAll } from './events';
import { faultyStorage } from './faulty-storage';
import { type Law, law } from './law';
import { property } from './property';

/** One storage, worked with by two processes. Appends of the first can be held before they begin; the other's go on. */
interface Scene {
  readonly storage: Storage;
  readonly held: Daybook;
  readonly hold: () => Held;
  /** How many appends the first has made or tried. */
  appends(): number;
  readonly organization: Organization;
  readonly project: Project;
}

interface Held {
  readonly reached: Promise<void>;
  letGo(): void;
}

interface Loser {
  readonly role: string;
  /** Gives somebody the role, and says who works by it in the first process, and how it ends. */
  begin(scene: Scene): Promise<{ readonly work: () => Promise<unknown>; readonly end: () => Promise<unknown> }>;
}

const losers: readonly Loser[] = [
  {
    role: 'an administrator',
    async begin({ held, project }) {
      await project.addAdministrator('bo');
      const own = await person(held, 'bo').project(project.id);
      return { work: () => own.createBucket({ stage: 'in', name: 'by-bo' }), end: () => project.removeAdministrator('bo') };
    },
  },
  {
    role: 'a member of the organization',
    async begin({ held, project, organization }) {
      await organization.addMember('bo');
      const own = await person(held, 'bo').project(project.id);
      return { work: () => own.addAdministrator('cy'), end: () => organization.removeMember('bo') };
    },
  },
  {
    role: 'an auditor of the organization',
    async begin({ held, project, organization }) {
      await organization.addAuditor('bo');
      const own = await person(held, 'bo').project(project.id);
      return { work: () => own.table('in.c-main.t').export({ csv: nowhere() }), end: () => organization.removeAuditor('bo') };
    },
  },
  {
    role: 'an auditor of the project',
    async begin({ held, project }) {
      await project.addAuditor('bo');
      const own = await person(held, 'bo').project(project.id);
      return { work: () => own.table('in.c-main.t').export({ csv: nowhere() }), end: () => project.removeAuditor('bo') };
    },
  },
  {
    role: 'limited access',
    async begin({ held, project }) {
      const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' } });
      const own = await (await held.authenticate(secret)).project();
      return {
        work: () => own.createTable('in.c-main.by-bo', { columns: [{ name: 'id' }] }),
        end: () => project.revokeAccess(id),
      };
    },
  },
];

/** Who somebody is, is asked for at each attempt to append, and holds when the append does. */
export const standingLaws: readonly Law[] = [
  ...losers.flatMap(({ role, begin }) => [
    law(`refuses a command of ${role} whose role ends after the decision and before the append`, async (storage) => {
      const scene = await begun(storage);
      const { work, end } = await begin(scene);
      const held = scene.hold();
      const outcome = settled(work());
      await held.reached;
      await assertEnded(scene, end, held, outcome);
    }),
    law(`refuses a command of ${role} whose role ends while it waits for its turn`, async (storage) => {
      const scene = await begun(storage);
      const { work, end } = await begin(scene);
      const held = scene.hold();
      const first = person(scene.held, 'olga').project(scene.project.id);
      const turn = (await first).createBucket({ stage: 'out', name: 'first' });
      await held.reached;
      const outcome = settled(work());
      await assertEnded(scene, end, held, outcome);
      await turn;
    }),
  ]),

  law('lets support staff in without asking only while that is allowed', async (storage) => {
    const { held, hold, project, organization } = await begun(storage);
    const append = hold();
    const outcome = settled(held.as({ kind: 'support', id: 'sam' }).joinProject(project.id, { reason: 'r' }));
    await append.reached;
    await organization.changeSettings({ allowSupportAutoJoin: false });
    append.letGo();
    assert.equal((await outcome).code, 'APPROVAL_REQUIRED');
    assert.deepEqual(await project.support(), []);
  }),

  law('asks the organization nothing where an administrator needs nothing of it', async (storage) => {
    const { held, hold, appends, project, organization } = await begun(storage);
    const own = await person(held, 'olga').project(project.id);
    const before = appends();
    const append = hold();
    const work = own.createBucket({ stage: 'in', name: 'other' });
    await append.reached;
    await organization.addMember('bo');
    append.letGo();
    await work;
    assert.equal(appends() - before, 1, 'one append, which nothing that happened to the organization was in the way of');
  }),

  law('decides again, on the newest standing, when the organization moved on; who kept the role is not refused', async (storage) => {
    const { held, hold, appends, project, organization } = await begun(storage);
    await organization.addMember('bo');
    const own = await person(held, 'bo').project(project.id);
    const before = appends();
    const append = hold();
    const work = own.addAdministrator('cy');
    await append.reached;
    await organization.addMember('dee');
    append.letGo();
    await work;
    assert.equal(appends() - before, 2);
    assert.ok((await project.administrators()).some(({ id }) => id === 'cy'));
  }),

  law('lets members of two projects work at once', async (storage) => {
    const { held, hold, appends, project, organization } = await begun(storage);
    for (const id of ['bo', 'cy']) await organization.addMember(id);
    const other = await person(held, 'olga').createProject({ organization: organization.id, name: 'Other' });
    const [bo, cy] = [await person(held, 'bo').project(project.id), await person(held, 'cy').project(other.id)];
    const before = appends();
    const append = hold();
    const work = bo.addAdministrator('dee');
    await append.reached;
    await cy.addAdministrator('eve');
    append.letGo();
    await work;
    assert.equal(appends() - before, 2, 'neither was in the way of the other');
  }),

  property(
    'stores nothing by anybody who had not the right to it at that position, whoever works and takes rights away at once',
    fc.array(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 2, maxLength: 5 }), { minLength: 4, maxLength: 12 }),
    async (storage, rounds) => {
      const appended: Write[][] = [];
      const watched = watching(storage, (writes) => appended.push([...writes]));
      const { organization, project } = await begun(watched);
      const processes = [await openDaybook({ storage: watched }), await openDaybook({ storage: watched })];
      const secrets: string[] = [];
      for (const [i, round] of rounds.entries()) {
        const works = round.map(async ([what, who], j) => {
          const one = { organization, project, secrets, daybook: processes[j % 2]!, who: names[who % names.length]!, name: `n${i}-${j}` };
          await unlessRefused(() => moves[what % moves.length]!(one));
        });
        await Promise.all(works);
      }
      const log = await readAll(storage.events, `project/${project.id}`);
      assertRights(log, await readAll(storage.events, `organization/${organization.id}`), appended);
    },
    20,
  ),
];

async function begun(storage: Storage): Promise<Scene> {
  let next: { begin(): void; readonly gate: Promise<undefined> } | undefined;
  let count = 0;
  const holding = faultyStorage(storage, ({ operation }) => {
    if (operation !== 'events.append') return undefined;
    count += 1;
    const held = next;
    next = undefined;
    held?.begin();
    return held?.gate;
  });
  const hold = () => {
    const [reached, gate] = [signal(), signal()];
    next = { begin: reached.give, gate: gate.given.then(() => undefined) };
    return { reached: reached.given, letGo: gate.give };
  };
  // Not closed: the storage is the caller's.
  const [held, other] = [await openDaybook({ storage: holding }), await openDaybook({ storage })];
  const olga = person(other, 'olga');
  const organization = await olga.createOrganization({ name: 'Acme' });
  const project = await olga.createProject({ organization: organization.id, name: 'Sales' });
  await project.createBucket({ stage: 'in', name: 'main' });
  await project.createTable('in.c-main.t', { from: { csv: 'id\n1\n' } });
  return { storage, held, hold, appends: () => count, organization, project };
}

function signal(): { give(): void; readonly given: Promise<void> } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

function person(daybook: Daybook, id: string) {
  return daybook.as({ kind: 'person', id });
}

function nowhere(): WritableStream<Uint8Array> {
  return new WritableStream();
}

async function settled(work: Promise<unknown>): Promise<{ readonly code?: string }> {
  try {
    await work;
    return {};
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return { code: error.code };
  }
}

/** Ends the role, lets go, and finds the command refused and nothing of it on record. */
async function assertEnded(
  { project }: Scene,
  end: () => Promise<unknown>,
  held: Held,
  outcome: Promise<{ readonly code?: string }>,
): Promise<void> {
  await end();
  const { position } = await project.describe();
  held.letGo();
  assert.equal((await outcome).code, 'ACCESS_DENIED');
  const after: string[] = [];
  for await (const { type, actor } of project.history({ from: position + 1 })) if (actor.id !== 'olga') after.push(type);
  assert.deepEqual(
    after.filter((type) => type !== 'AccessRefused'),
    [],
  );
}

interface Move {
  readonly daybook: Daybook;
  readonly organization: Organization;
  readonly project: Project;
  readonly secrets: string[];
  readonly who: string;
  /** That nothing else bears. */
  readonly name: string;
}

const names = ['bo', 'cy', 'dee'];

const moves: readonly ((move: Move) => Promise<unknown>)[] = [
  ({ organization, who }) => organization.addMember(who),
  ({ organization, who }) => organization.removeMember(who),
  ({ organization, who }) => organization.addAuditor(who),
  ({ organization, who }) => organization.removeAuditor(who),
  ({ project, who }) => project.addAdministrator(who),
  ({ project, who }) => project.removeAdministrator(who),
  ({ project, who }) => project.addAuditor(who),
  ({ project, who }) => project.removeAuditor(who),
  async ({ project, secrets }) => secrets.push((await project.grantAccess({ buckets: { 'in.c-main': 'write' } })).secret),
  async ({ project }) => project.revokeAccess((await project.accesses())[0]?.id ?? 'none'),
  async (move) => (await projectOf(move)).createBucket({ stage: 'in', name: move.name }),
  async (move) => (await projectOf(move)).table('in.c-main.t').load({ csv: 'id\n2\n' }, { mode: 'incremental' }),
  async (move) => (await projectOf(move)).addAdministrator(names[move.name.length % names.length]!),
  async (move) => (await projectOf(move)).table('in.c-main.t').export({ csv: nowhere() }),
  async ({ daybook, secrets, name }) => {
    const access = await daybook.authenticate(secrets.at(-1) ?? 'none');
    await (await access.project()).createTable(`in.c-main.${name}`, { from: { csv: 'id\n1\n' } });
  },
];

function projectOf({ daybook, project, who }: Move): Promise<Project> {
  return person(daybook, who).project(project.id);
}

/** What anybody may be refused here. Anything else fails. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDaybookError(error) || !/_DENIED|ALREADY_|_NOT_FOUND|LAST_MEMBER|AUTHENTICATION_FAILED/.test(error.code)) throw error;
  }
}

/** The storage, telling what was appended by it. */
function watching(storage: Storage, tell: (writes: readonly Write[]) => void): Storage {
  const append: Storage['events']['append'] = async (writes) => {
    const result = await storage.events.append(writes);
    if (result.status === 'appended') tell(writes);
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

/** What anybody may do, and what ends work that a role was lost under. */
const byAnybody = /^(ProjectCreated|AccessRefused|StorageJobFailed)$/;

type Roles = Set<string>;

/** Each event's actor has a role in the project right before it, or one in the organization where the same append found it. */
function assertRights(
  log: readonly RecordedEvent[],
  organization: readonly RecordedEvent[],
  appended: readonly (readonly Write[])[],
): void {
  const roles: Roles = new Set();
  for (const event of log) {
    const { actor, type, position } = event;
    if (actor.kind !== 'system' && !byAnybody.test(type) && !hasRole(roles, actor)) {
      const writes = appended.find((all) => all.some(({ events }) => events.some(({ id }) => id === event.id)));
      const asserted = writes?.find(({ log: name }) => name.startsWith('organization/'))?.expected ?? 0;
      const elsewhere: Roles = new Set();
      for (const one of organization.slice(0, asserted)) change(elsewhere, one);
      assert.ok(hasRole(elsewhere, actor), `${type} at ${position} by ${actor.kind} ${actor.id}, who had no right to it`);
    }
    change(roles, event);
  }
}

function hasRole(roles: Roles, { kind, id }: Actor): boolean {
  const held = kind === 'limited' ? ['Access'] : ['Administrator', 'Auditor', 'Member'];
  return held.some((role) => roles.has(`${role} ${id}`));
}

function change(roles: Roles, { type, data }: RecordedEvent): void {
  const { person, member, access } = data as Readonly<Record<string, string>>;
  const [, role, what] = /^(Administrator|Auditor|Member|Access)(.+)$/.exec(type) ?? [];
  if (type === 'OrganizationCreated') roles.add(`Member ${member}`);
  else if (what && /Added|Joined|Granted/.test(what)) roles.add(`${role} ${access ?? person}`);
  else if (what && /Removed|Left|Expired|Revoked/.test(what)) roles.delete(`${role} ${access ?? person}`);
}
