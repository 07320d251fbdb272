import assert from 'node:assert/strict';
import { type Daybook, isDaybookError, type Organization, openDaybook, type Project, type Storage, type Table } from '@daybook/core';
import { collect } from './events';
import { faultyStorage, type Operation } from './faulty-storage';
import { type Law, law } from './law';

/** One storage, worked with by two processes. Appends of the first, or what else it does, can be held before they begin; the other's go on. */
interface Scene {
  readonly storage: Storage;
  readonly held: Daybook;
  /** The next one. */
  readonly hold: (operation?: Operation) => Held;
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

const longWorks: Readonly<Record<string, (table: Table) => Promise<unknown>>> = {
  load: (table) => table.load({ csv: 'id\n5\n' }, { mode: 'incremental' }),
  'deletion that finds nothing': (table) => table.deleteRows({ where: [{ column: 'id', op: 'eq', values: ['none'] }] }),
};

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

  ...Object.entries(longWorks).map(([what, work]) =>
    law(`ends no ${what} well, and leaves no part of it, when the right to it ended before`, async (storage) => {
      const scene = await begun(storage);
      const { held, hold, project } = scene;
      await project.addAdministrator('bo');
      const own = await person(held, 'bo').project(project.id);
      const before = await partsOf(scene);
      const created = hold();
      const outcome = settled(work(own.table('in.c-main.t')));
      await created.reached;
      const ended = hold();
      created.letGo();
      await ended.reached;
      await assertEnded(scene, () => project.removeAdministrator('bo'), ended, outcome);
      assert.deepEqual(await partsOf(scene), before);
    }),
  ),

  law('begins no work that waited for its table when the right to it ended before', async (storage) => {
    const scene = await begun(storage);
    const { held, hold, project } = scene;
    await project.addAdministrator('bo');
    const [first, second] = [await person(held, 'olga').project(project.id), await person(held, 'bo').project(project.id)];
    const writing = hold('tables.write');
    const ahead = first.table('in.c-main.t').load({ csv: 'id\n5\n' }, { mode: 'incremental' });
    await writing.reached;
    const created = hold();
    const outcome = settled(second.table('in.c-main.t').load({ csv: 'id\n6\n' }, { mode: 'incremental' }));
    await created.reached;
    const behind = first.createBucket({ stage: 'out', name: 'behind' });
    created.letGo();
    await behind;
    const waiting = await project.storageJobs({ status: ['waiting'] });
    assert.deepEqual(
      waiting.items.map(({ actor }) => actor?.id),
      ['bo'],
    );
    await assertEnded(scene, () => project.removeAdministrator('bo'), writing, outcome);
    await ahead;
  }),

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

  law('answers a member nothing once another process has removed them', async (storage) => {
    const { held, project, organization } = await begun(storage);
    await organization.addMember('bo');
    const own = await person(held, 'bo').project(project.id);
    const questions = [() => own.administrators(), () => own.at(1).describe()];
    for (const ask of questions) await ask();
    await organization.removeMember('bo');
    for (const ask of questions) await assert.rejects(ask, { code: 'ACCESS_DENIED' });
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
];

async function begun(storage: Storage): Promise<Scene> {
  const next = new Map<Operation, { begin(): void; readonly gate: Promise<undefined> }>();
  let count = 0;
  const holding = faultyStorage(storage, ({ operation }) => {
    if (operation === 'events.append') count += 1;
    const held = next.get(operation);
    next.delete(operation);
    held?.begin();
    return held?.gate;
  });
  const hold = (operation: Operation = 'events.append') => {
    const [reached, gate] = [signal(), signal()];
    next.set(operation, { begin: reached.give, gate: gate.given.then(() => undefined) });
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

async function partsOf({ storage, project }: Scene): Promise<readonly string[]> {
  return (await collect(storage.tables.parts(project.id))).map(({ id }) => id).toSorted();
}

/** Ends the role, lets go, and finds the command refused and nothing of it on record from then on, but that it failed. */
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
    after.filter((type) => !/^(AccessRefused|StorageJobFailed)$/.test(type)),
    [],
  );
}
