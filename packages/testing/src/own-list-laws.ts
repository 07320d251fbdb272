import assert from 'node:assert/strict';
import {
  type Daybook,
  isDaybookError,
  type NewEvent,
  type Organization,
  openDaybook,
  type Project,
  type Session,
  type Storage,
} from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, law } from './law';
import { freshProperty } from './property';

// Somebody's own lists are found through their own log; what is so, the projects and organizations say. These laws look at all of them.

const people = ['ada', 'bo', 'sue'] as const;
const staff = ['sue', 'ron'] as const;

/** Whom and where, by number; until when, in hours. */
interface Step {
  readonly what: keyof typeof moves;
  readonly who: number;
  readonly where: number;
  readonly hours: number;
}

interface Scene {
  readonly storage: Storage;
  readonly daybook: Daybook;
  readonly system: Session;
  readonly organizations: readonly Organization[];
  readonly projects: readonly Project[];
  readonly clock: { hours: number };
}

const person = ({ daybook }: Scene, who: number) =>
  daybook.as({ kind: 'person', id: people[who % people.length]!, email: `${who % people.length}@example.com` });
const support = ({ daybook }: Scene, who: number) => daybook.as({ kind: 'support', id: staff[who % staff.length]! });
const at = <T>(all: readonly T[], where: number): T => all[where % all.length]!;
const ending = ({ clock }: Scene, hours: number) => (hours % 2 === 0 ? {} : { expiresAt: instant(clock.hours + hours) });

const moves = {
  addMember: ({ organizations }, { who, where }) => at(organizations, where).addMember(at(people, who)),
  removeMember: ({ organizations }, { who, where }) => at(organizations, where).removeMember(at(people, who)),
  join: (scene, { who, where }) => person(scene, who).joinProject(at(scene.projects, where).id),
  add: (scene, { who, where, hours }) => at(scene.projects, where).addAdministrator(at(people, who), ending(scene, hours)),
  remove: ({ projects }, { who, where }) => at(projects, where).removeAdministrator(at(people, who)),
  leave: (scene, { who, where }) => person(scene, who).leaveProject(at(scene.projects, where).id),
  accept: async (scene, { who, where }) => {
    const { id } = await at(scene.projects, where).invite({ email: `${who % people.length}@example.com` });
    await person(scene, who).acceptInvitation(id);
  },
  supportJoin: (scene, { who, where, hours }) =>
    support(scene, who).joinProject(at(scene.projects, where).id, { reason: 'r', ...ending(scene, hours) }),
  supportLeave: (scene, { who, where }) => support(scene, who).leaveProject(at(scene.projects, where).id),
  supportRemove: ({ projects }, { who, where }) => at(projects, where).removeSupport(at(staff, who)),
  move: ({ projects, organizations }, { who, where }) => at(projects, where).moveTo(at(organizations, who).id),
  wait: async ({ clock }, { hours }) => {
    clock.hours += hours;
  },
  runDue: ({ daybook }) => daybook.runDue(),
} as const satisfies Record<string, (scene: Scene, step: Step) => Promise<unknown>>;

const step: Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...(Object.keys(moves) as (keyof typeof moves)[])),
  who: fc.nat(5),
  where: fc.nat(5),
  hours: fc.nat(30),
});

/** Own lists, and lists of which one entry cannot be read, on any storage. */
export const ownListLaws: readonly Law[] = [
  freshProperty(
    'lists for everybody what a look at all projects and organizations gives, before and after those of former versions were found',
    fc.record({
      former: fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()), { maxLength: 6 }),
      steps: fc.array(step, { maxLength: 30, size: 'max' }),
    }),
    async (storage, { former, steps }) => {
      const scene = await begun(storage);
      for (const [who, where, stays] of former) await asFormerly(scene, at(people, who), at(scene.projects, where).id, stays);
      await agrees(scene);
      for (const step of steps) await unlessRefused(() => moves[step.what](scene, step));
      await agrees(scene);
      await scene.daybook.runDue();
      await agrees(scene);
    },
    8,
  ),
  law('lists what cannot be read with the reason, does all else that is due, and finds everybody all the same', async (storage) => {
    const scene = await begun(storage);
    const { daybook, projects, organizations, system } = scene;
    for (const project of projects) await project.addAdministrator('ada', { expiresAt: instant(5) });
    const [broken, ...sound] = [...projects].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await appendRaw(scene, `project/${broken!.id}`, 'FromTheFuture', {});
    const unreadable = { id: broken!.id, unreadable: 'NEWER_VERSION' };
    const inOrganizations = await Promise.all(organizations.map((organization) => organization.projects()));
    const lists = [await system.projects(), await person(scene, 0).projects(), inOrganizations.flat()];
    for (const list of lists) {
      assert.deepEqual(
        list.filter((one) => one.unreadable),
        [unreadable],
      );
      assert.deepEqual(
        list.flatMap((one) => (one.unreadable ? [] : [one.id])).toSorted(),
        sound.map(({ id }) => id),
      );
    }
    assert.deepEqual(await person(scene, 1).projects(), []);
    scene.clock.hours = 6;
    const { expired, failed } = await daybook.runDue();
    assert.equal(expired, sound.length);
    assert.deepEqual(
      failed.map(({ project, error }) => [project, isDaybookError(error, 'NEWER_VERSION') && error.details]),
      [
        [
          broken!.id,
          {
            what: 'event',
            log: `project/${broken!.id}`,
            position: (await storage.events.head(`project/${broken!.id}`))!.position,
            type: 'FromTheFuture',
          },
        ],
      ],
    );
    assert.deepEqual(await person(scene, 0).projects(), [unreadable]);
  }),
];

async function agrees(scene: Scene): Promise<void> {
  const { projects, organizations, system } = scene;
  const expected = new Map<string, string[]>();
  const put = (who: string, entry: string) => expected.set(who, [...(expected.get(who) ?? []), entry].toSorted());
  for (const project of projects) {
    for (const { id, since } of await project.administrators()) put(`person ${id}`, `${project.id} administrator ${since}`);
    for (const { id, since } of await project.support()) put(`support ${id}`, `${project.id} support ${since}`);
    put('system app', `${project.id} system ${(await project.describe()).createdAt}`);
  }
  for (const organization of organizations) {
    const { members, createdAt } = await organization.describe();
    for (const { id, since } of members) put(`person ${id}`, `${organization.id} member ${since}`);
    put('system app', `${organization.id} system ${createdAt}`);
  }
  const everybody = [...people.keys()].map((who) => person(scene, who));
  for (const session of [
    ...everybody,
    ...[...staff.keys()].map((who) => support(scene, who)),
    system,
    scene.daybook.as({ kind: 'person', id: 'app' }),
  ]) {
    const lists = [await session.projects(), await session.organizations()];
    const entries = lists.flat().map((one) => (one.unreadable ? one.id : `${one.id} ${one.role} ${one.since}`));
    assert.deepEqual(entries.toSorted(), expected.get(`${session.actor.kind} ${session.actor.id}`) ?? []);
    assert.deepEqual([await paged((page) => session.projects(page)), await paged((page) => session.organizations(page))], lists);
  }
}

/** One by one. */
async function paged<T extends { readonly id: string }>(list: (page: { limit: number; after?: string }) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const last = found.at(-1);
    const [next] = await list({ limit: 1, ...(last && { after: last.id }) });
    if (!next) return found;
    found.push(next);
  }
}

/** Former versions noted nothing in the log of whoever came or went. */
async function asFormerly(scene: Scene, who: string, project: string, stays: boolean): Promise<void> {
  await appendRaw(scene, `project/${project}`, 'AdministratorAdded', { person: who });
  if (!stays) await appendRaw(scene, `project/${project}`, 'AdministratorRemoved', { person: who });
}

async function appendRaw({ storage, clock }: Scene, log: string, type: string, data: { readonly [key: string]: string }): Promise<void> {
  const tags = data.person === undefined ? [] : [`person:${data.person}`];
  const event: NewEvent = { id: crypto.randomUUID(), type, data, tags, actor: { kind: 'system', id: 'app' }, at: instant(clock.hours) };
  await storage.events.append([{ log, expected: (await storage.events.head(log))!.position, events: [event] }]);
}

async function begun(storage: Storage): Promise<Scene> {
  // Not closed: the storage is the law's.
  const clock = { hours: 0 };
  const daybook = await openDaybook({ storage, clock: () => new Date(instant(clock.hours)) });
  const owner = daybook.as({ kind: 'person', id: 'owner' });
  const system = daybook.as({ kind: 'system', id: 'app' });
  const organizations: Organization[] = [];
  const projects: Project[] = [];
  for (const name of ['Acme', 'Umbrella']) {
    const { id } = await owner.createOrganization({ name });
    organizations.push(await system.organization(id));
    for (const project of ['One', 'Two']) projects.push(await system.createProject({ organization: id, name: `${name} ${project}` }));
  }
  return { storage, daybook, system, organizations, projects, clock };
}

/** What anybody may be refused here. Anything else fails. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDaybookError(error) || !/_DENIED|ALREADY_|_NOT_FOUND|LAST_MEMBER|_EXPIRED|APPROVAL|INVALID_INPUT/.test(error.code)) throw error;
  }
}

function instant(hours: number): string {
  return new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000).toISOString();
}
