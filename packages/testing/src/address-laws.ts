import assert from 'node:assert/strict';
import { isDaybookError, openDaybook, type Project, type Session, type Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, newPlace } from './law';
import { property } from './property';

const names = ['ada', 'bo', 'cy'] as const;
const count = 3;

/** Who does it; which address the session carries, if any; which address it is about. By number. */
interface Step {
  readonly what: keyof typeof moves;
  readonly who: number;
  readonly carried: number | undefined;
  readonly about: number;
}

const step: Arbitrary<Step> = fc.record({
  what: fc.constantFrom('take', 'take', 'set', 'invite', 'invite', 'invite', 'accept', 'decline', 'forget', 'forgetAddress'),
  who: fc.nat(names.length - 1),
  carried: fc.option(fc.nat(count - 1), { nil: undefined }),
  about: fc.nat(count - 1),
});

/** What is so, in plain JavaScript: it knows no contacts, no keys and no logs. */
class Model {
  /** Whose an address is. */
  readonly holders = new Map<string, string>();
  /** The addresses of each, that shown last. */
  readonly shown = new Map<string, string[]>();
  /** Open invitations that an address leads to. */
  readonly open = new Map<string, string>();
  readonly forgotten = new Set<string>();

  give(address: string, person: string): void {
    for (const [one, addresses] of this.shown)
      this.shown.set(
        one,
        addresses.filter((other) => other !== address),
      );
    this.shown.set(person, [...(this.shown.get(person) ?? []), address]);
    this.holders.set(address, person);
  }

  /** What comes to it, then or later, is nobody's. */
  drop(address: string): void {
    const holder = this.holders.get(address);
    if (holder !== undefined)
      this.shown.set(
        holder,
        this.shown.get(holder)!.filter((other) => other !== address),
      );
    this.holders.delete(address);
    this.open.delete(address);
  }

  invitations(person: string, carried: string | undefined): string[] {
    return [...this.open].flatMap(([address, id]) => (address === carried || this.holders.get(address) === person ? [id] : [])).toSorted();
  }
}

interface Scene {
  readonly model: Model;
  readonly project: Project;
  readonly system: Session;
  person(who: number): string;
  address(about: number): string;
  session(who: number, carried: number | undefined): Session;
}

/** Each does a thing and says what has come of it. */
const moves = {
  async take({ model, session, person, address }, { who, carried, about }) {
    const asked = session(who, carried).setProfile({ email: ` ${address(about).toUpperCase()}` });
    if (carried !== about) return denied(asked);
    await asked;
    model.give(address(about), person(who));
  },
  async set({ model, system, person, address }, { who, about }) {
    await system.setProfile({ email: address(about) }, person(who));
    model.give(address(about), person(who));
  },
  async invite({ model, project, address }, { about }) {
    if (model.open.has(address(about))) return;
    model.open.set(address(about), (await project.invite({ email: address(about) })).id);
  },
  accept: (scene, step) => answer(scene, step, (session, id) => session.acceptInvitation(id)),
  decline: (scene, step) => answer(scene, step, (session, id) => session.declineInvitation(id)),
  async forget({ model, system, person }, { who }) {
    await system.forgetPerson(person(who));
    for (const address of model.shown.get(person(who)) ?? []) model.drop(address);
    model.forgotten.add(person(who));
  },
  async forgetAddress({ model, session, address }, { who, carried, about }) {
    const asked = session(who, carried).forgetPerson({ email: address(about) });
    if (carried !== about) return denied(asked);
    await asked;
    model.drop(address(about));
  },
} as const satisfies Record<string, (scene: Scene, step: Step) => Promise<void>>;

/** Answers what came to one address, if it did; whose session carries it has shown that it is theirs. */
async function answer(
  { model, project, session, person, address }: Scene,
  { who, carried, about }: Step,
  work: (session: Session, id: string) => Promise<unknown>,
): Promise<void> {
  const id = model.open.get(address(about));
  if (id === undefined) return;
  const asked = work(session(who, carried), id);
  if (!model.invitations(person(who), carried === undefined ? undefined : address(carried)).includes(id)) {
    await assert.rejects(asked, { code: 'INVITATION_NOT_FOUND' });
    return;
  }
  await asked;
  await project.removeAdministrator(person(who));
  model.open.delete(address(about));
  if (carried === about) model.give(address(about), person(who));
}

/** E-mail addresses belong to one person at a time, on any storage. */
export const addressLaws: readonly Law[] = [
  property(
    'gives each address to one person at a time, with what comes to it, and forgets with somebody what is theirs alone',
    fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
    async (storage, steps) => {
      const scene = await begun(storage);
      for (const step of steps) await moves[step.what](scene, step);
      await agrees(scene);
    },
    25,
  ),
  {
    title: 'gives an address that two sessions carry to one of them, however they compete, and tells the other',
    needs: 'shared',
    async check({ open }) {
      const place = newPlace();
      await using one = await open(place);
      await using two = await open(place);
      const books = await Promise.all([one, two].map((storage) => openDaybook({ storage })));
      for (let round = 0; round < 10; round++) {
        const email = `${crypto.randomUUID()}@example.com`;
        const people = [0, 1, 2, 3].map((i) => books[i % 2]!.as({ kind: 'person', id: `${email.slice(0, 8)}-${i}`, email }));
        await Promise.all(people.map((session) => session.setProfile({ email })));
        const holding = (await Promise.all(people.map((session) => session.profile()))).filter((profile) => profile.email === email);
        assert.equal(holding.length, 1);
        const [adopted, released] = await movements(one, people);
        assert.equal(adopted! - released!, 1);
      }
    },
  },
  {
    title: 'forgets with somebody only the addresses that are theirs still, however they are taken meanwhile',
    needs: 'shared',
    async check({ open }) {
      const place = newPlace();
      await using one = await open(place);
      await using two = await open(place);
      const [here, there] = await Promise.all([one, two].map((storage) => openDaybook({ storage })));
      for (let round = 0; round < 10; round++) {
        const email = `${crypto.randomUUID()}@example.com`;
        const former = here!.as({ kind: 'person', id: `former-${email.slice(0, 8)}`, email });
        const next = there!.as({ kind: 'person', id: `next-${email.slice(0, 8)}`, email });
        await former.setProfile({ email });
        await Promise.all([former.forgetPerson(former.actor.id), next.setProfile({ email })]);
        assert.deepEqual(await former.profile(), { id: former.actor.id, forgotten: true });
        assert.equal((await next.profile()).email, email);
      }
    },
  },
];

/** How often the logs of some persons say that an address became theirs, and was theirs no more. */
async function movements({ events }: Storage, people: readonly Session[]): Promise<number[]> {
  const ids = new Set(people.map(({ actor }) => actor.id));
  const counts = { ContactAdopted: 0, ContactReleased: 0 };
  for await (const logs of events.logs({ prefix: 'user/' })) {
    for (const log of logs) {
      for await (const page of events.read(log, { types: Object.keys(counts) })) {
        for (const { type, actor } of page) if (ids.has(actor.id)) counts[type as keyof typeof counts]++;
      }
    }
  }
  return Object.values(counts);
}

async function agrees({ model, project, system, person, address, session }: Scene): Promise<void> {
  for (const who of names.keys()) {
    for (const carried of [undefined, ...Array.from({ length: count }, (_, i) => i)]) {
      const invitations = (await session(who, carried).invitations()).map(({ id }) => id).toSorted();
      assert.deepEqual(invitations, model.invitations(person(who), carried === undefined ? undefined : address(carried)));
    }
    const { email, forgotten } = await system.profile(person(who));
    const forgets = model.forgotten.has(person(who));
    assert.deepEqual(
      { email, forgotten },
      { email: forgets ? undefined : model.shown.get(person(who))?.at(-1), forgotten: forgets || undefined },
    );
  }
  const readable = (await project.invitations()).filter(({ email }) => email !== undefined).map(({ id }) => id);
  assert.deepEqual(readable.toSorted(), [...model.open.values()].toSorted());
}

async function begun(storage: Storage): Promise<Scene> {
  // Not closed: the storage is the caller's. Persons and addresses are this run's own.
  const daybook = await openDaybook({ storage });
  const run = crypto.randomUUID().slice(0, 8);
  const owner = daybook.as({ kind: 'person', id: `owner-${run}` });
  const { id } = await owner.createOrganization({ name: 'Acme' });
  const project = await owner.createProject({ organization: id, name: 'Addresses' });
  const person = (who: number) => `${names[who]}-${run}`;
  const address = (about: number) => `address-${about}-${run}@example.com`;
  const session = (who: number, carried: number | undefined) =>
    daybook.as({ kind: 'person', id: person(who), ...(carried !== undefined && { email: address(carried) }) });
  return { model: new Model(), project, system: daybook.as({ kind: 'system', id: 'app' }), person, address, session };
}

async function denied(asked: Promise<unknown>): Promise<void> {
  await assert.rejects(asked, (error) => isDaybookError(error, 'ACCESS_DENIED'));
}
