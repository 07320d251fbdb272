import assert from 'node:assert/strict';
import { type Daybook, isDaybookError, type Organization, openDaybook, type Project, type Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, newPlace } from './law';
import { property } from './property';

/** People and access are picked by number: which ones there are depends on the steps before. */
interface Step {
  readonly what: keyof typeof moves;
  readonly who: number;
  readonly hours: number;
}

/** A project, and what came of the steps so far. */
interface Scene {
  readonly daybook: Daybook;
  readonly organization: Organization;
  readonly project: Project;
  readonly invitations: string[];
  readonly accesses: string[];
  readonly requests: string[];
  /** In hours from now; undefined = for good. */
  end(hours: number): string | undefined;
}

const people = ['ada', 'bo', 'cy', 'dee'];
const pick = <T>(from: readonly T[], choice: number): T | undefined => from[choice % from.length];
const named = (who: number) => pick(people, who)!;
const email = (who: number) => `${named(who)}@example.com`;
const support = ({ daybook }: Scene, who: number) => daybook.as({ kind: 'support', id: `support-${named(who)}` });
const person = ({ daybook }: Scene, who: number) => daybook.as({ kind: 'person', id: named(who), email: email(who) });

const moves = {
  addMember: ({ organization }, who) => organization.addMember(named(who)),
  removeMember: ({ organization }, who) => organization.removeMember(pick(['someone', ...people], who)!),
  join: (scene, who) => person(scene, who).joinProject(scene.project.id),
  add: ({ project, end }, who, hours) => project.addAdministrator(named(who), { reason: 'r', ...ending(end(hours)) }),
  addAuditor: ({ project, end }, who, hours) => project.addAuditor(named(who), ending(end(hours))),
  removeAuditor: ({ project }, who) => project.removeAuditor(named(who)),
  auditAll: ({ organization, end }, who, hours) => organization.addAuditor(named(who), ending(end(hours))),
  auditNoMore: ({ organization }, who) => organization.removeAuditor(named(who)),
  inviteAuditor: async ({ project, invitations, end }, who, hours) => {
    invitations.push((await project.invite({ email: email(who), role: 'auditor', ...ending(end(hours)) })).id);
  },
  remove: ({ project }, who) => project.removeAdministrator(named(who)),
  leave: (scene, who) => person(scene, who).leaveProject(scene.project.id),
  invite: async ({ project, invitations, end }, who, hours) => {
    invitations.push((await project.invite({ email: email(who), ...ending(end(hours)) })).id);
  },
  accept: (scene, who) => person(scene, who).acceptInvitation(pick(scene.invitations, who) ?? 'none'),
  acceptOwn: async (scene, who) => person(scene, who).acceptInvitation((await person(scene, who).invitations())[0]?.id ?? 'none'),
  decline: async (scene, who) => person(scene, who).declineInvitation((await person(scene, who).invitations())[0]?.id ?? 'none'),
  cancel: ({ project, invitations }, who) => project.cancelInvitation(pick(invitations, who) ?? 'none'),
  grant: async ({ project, accesses, end }, _who, hours) => {
    accesses.push((await project.grantAccess({ buckets: { 'in.c-main': 'read' }, ...ending(end(hours)) })).id);
  },
  update: ({ project, accesses }, who) => project.updateAccess(pick(accesses, who) ?? 'none', { buckets: {} }),
  revoke: ({ project, accesses }, who) => project.revokeAccess(pick(accesses, who) ?? 'none'),
  supportJoin: (scene, who, hours) => support(scene, who).joinProject(scene.project.id, { reason: 'r', ...ending(scene.end(hours)) }),
  supportAsk: async (scene, who, hours) => {
    scene.requests.push((await support(scene, who).requestToJoin(scene.project.id, { reason: 'r', ...ending(scene.end(hours)) })).id);
  },
  supportApprove: ({ project, requests }, who) => project.approveSupport(pick(requests, who) ?? 'none'),
  supportReject: ({ project, requests }, who) => project.rejectSupport(pick(requests, who) ?? 'none'),
  supportLeave: (scene, who) => support(scene, who).leaveProject(scene.project.id),
  supportRemove: ({ project }, who) => project.removeSupport(`support-${named(who)}`),
  runDue: ({ daybook }) => daybook.runDue(),
  wait: async () => {},
} as const satisfies Record<string, (scene: Scene, who: number, hours: number) => Promise<unknown>>;

const step: Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...(Object.keys(moves) as (keyof typeof moves)[])),
  who: fc.nat(30),
  hours: fc.nat(72),
});

/** People and access go on any storage as a recount of their history says. */
export const peopleLaws: readonly Law[] = [
  property(
    'lists people, access and support staff as a recount of their history does, and leaves no organization without a member',
    fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
    async (storage, steps) => {
      const clock = { hours: 0 };
      const scene = await begun(storage, clock);
      for (const { what, who, hours } of steps) {
        if (what === 'wait') clock.hours += hours;
        await unlessRefused(() => moves[what](scene, who, hours));
        assert.notEqual((await scene.organization.describe()).members.length, 0);
      }
      assert.deepEqual(await listed(scene.project), await recounted(scene.project, hour(clock.hours)));
    },
    20,
  ),
  property(
    'ends each thing that is over once, however many ask at once and however late',
    fc.array(fc.integer({ min: 1, max: 48 }), { minLength: 1, maxLength: 12 }),
    async (storage, ends) => {
      const clock = { hours: 0 };
      const { daybook, project } = await begun(storage, clock);
      for (const [i, hours] of ends.entries()) {
        await project.addAdministrator(`person-${i}`, { expiresAt: hour(hours) });
        await project.grantAccess({ expiresAt: hour(hours) });
      }
      clock.hours = 24;
      const others = await Promise.all([1, 2].map(() => openDaybook({ storage, clock: () => new Date(hour(clock.hours)) })));
      const due = await Promise.all([daybook, ...others].map((one) => one.runDue()));
      const over = ends.filter((hours) => hours <= 24).length;
      assert.equal(
        due.reduce((sum, { expired }) => sum + expired, 0),
        2 * over,
      );
      assert.equal((await all(project.history({ types: ['AdministratorExpired', 'AccessExpired'] }))).length, 2 * over);
    },
    10,
  ),
  {
    title: 'lets an auditor read everything, at any moment until their end, and write nothing by it',
    async check({ open }) {
      await using storage = await open();
      const clock = { hours: 0 };
      const { daybook, project, organization } = await begun(storage, clock);
      const table = await project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n2\n' }, primaryKey: ['id'] });
      const { position } = await project.describe();
      await table.drop();
      await project.addAuditor('erin', { reason: 'year end', expiresAt: hour(24) });
      await organization.addAuditor('otto', { expiresAt: hour(24) });
      const before = [(await project.describe()).position, (await all(organization.history())).length];
      for (const id of ['erin', 'otto']) {
        const auditor = daybook.as({ kind: 'person', id });
        const read = await auditor.project(project.id);
        assert.deepEqual((await read.tables()).length, 0);
        assert.deepEqual(await all(read.at(position).table('in.c-main.orders').rows()), [[{ id: '1' }, { id: '2' }]]);
        assert.ok((await all(read.history())).length > 0);
        await assert.rejects(() => read.restoreTable('in.c-main.orders'), { code: 'ACCESS_DENIED' });
        await assert.rejects(() => read.revert(position, { dryRun: true }), { code: 'ACCESS_DENIED' });
        await assert.rejects(() => read.addAuditor('mallory'), { code: 'ACCESS_DENIED' });
      }
      const otto = await daybook.as({ kind: 'person', id: 'otto' }).organization(organization.id);
      assert.equal((await all(otto.history())).length, before[1]);
      const told = await all(project.history({ from: before[0]! + 1 }));
      assert.deepEqual(new Set(told.map(({ type }) => type)), new Set(['AccessRefused']));
      clock.hours = 24;
      for (const id of ['erin', 'otto']) {
        await assert.rejects(() => daybook.as({ kind: 'person', id }).project(project.id), { code: 'ACCESS_DENIED' });
      }
      await assert.rejects(() => otto.describe(), { code: 'ACCESS_DENIED' });
    },
  },
  {
    title: 'ends at once what is being read when the right to it ends',
    async check({ open }) {
      await using storage = await open();
      const { daybook, project } = await begun(storage, { hours: 0 });
      const rows = Array.from({ length: 60_000 }, (_, i) => `${i},some text of row ${i}`).join('\n');
      const { id: table } = await project.createTable('in.c-main.long', { from: { csv: `id,text\n${rows}\n` }, primaryKey: ['id'] });
      await project.table(table).load({ csv: 'id,text\n' }, { mode: 'full' });
      const whole = { of: { version: 1 } };
      const readings: Readonly<Record<string, (held: Project, revoke: () => Promise<unknown>) => Promise<void>>> = {
        rows: (held, revoke) => afterFirst(held.table(table).rows(whole), revoke),
        diff: (held, revoke) => afterFirst(held.table(table).diff({ from: { version: 1 } }), revoke),
        async export(held, revoke) {
          let chunks = 0;
          const csv = new WritableStream({
            async write() {
              chunks += 1;
              await revoke();
            },
          });
          await held.table(table).export({ csv }, whole);
          assert.fail(`${chunks} chunks were written`);
        },
      };
      const limited = async (): Promise<[Project, () => Promise<unknown>]> => {
        const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'read' } });
        return [await (await daybook.authenticate(secret)).project(), () => project.revokeAccess(id)];
      };
      const administrator = async (): Promise<[Project, () => Promise<unknown>]> => {
        await project.addAdministrator('bo');
        return [await daybook.as({ kind: 'person', id: 'bo' }).project(project.id), () => project.removeAdministrator('bo')];
      };
      for (const [name, read] of Object.entries(readings)) {
        for (const reader of [limited, administrator]) {
          const [held, end] = await reader();
          await assert.rejects(() => read(held, end), { code: 'ACCESS_DENIED' }, `${name} by ${reader.name}`);
        }
      }

      for (let i = 0; i < 120; i++) await project.setDescription(`${i}`);
      const [held, end] = await administrator();
      await assert.rejects(() => afterFirst(held.history(), end), { code: 'ACCESS_DENIED' });
    },
  },
  {
    title: 'takes access away at once, in every opening',
    needs: 'shared',
    async check({ open }) {
      const place = newPlace();
      await using one = await open(place);
      await using two = await open(place);
      const { project } = await begun(one, { hours: 0 });
      const { id, secret } = await project.grantAccess({ buckets: { 'in.c-main': 'write' } });
      const elsewhere = await openDaybook({ storage: two, clock: () => new Date(hour(0)) });
      const held = await (await elsewhere.authenticate(secret)).project();
      assert.deepEqual(
        (await held.buckets()).map((bucket) => bucket.id),
        ['in.c-main'],
      );
      await project.revokeAccess(id);
      await assert.rejects(() => held.buckets(), { code: 'ACCESS_DENIED' });
      await assert.rejects(() => held.createTable('in.c-main.x', { columns: [{ name: 'id' }] }), { code: 'ACCESS_DENIED' });
      await assert.rejects(() => elsewhere.authenticate(secret), { code: 'AUTHENTICATION_FAILED' });
    },
  },
];

async function begun(storage: Storage, clock: { hours: number }): Promise<Scene> {
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage, clock: () => new Date(hour(clock.hours)) });
  const someone = daybook.as({ kind: 'person', id: 'someone' });
  const { id } = await someone.createOrganization({ name: 'Acme' });
  const project = await someone.createProject({ organization: id, name: 'People' });
  const organization = await daybook.as({ kind: 'system', id: 'app' }).organization(id);
  await project.createBucket({ stage: 'in', name: 'main' });
  const end = (hours: number) => (hours % 3 === 0 ? undefined : hour(clock.hours + hours));
  return { daybook, organization, project, invitations: [], accesses: [], requests: [], end };
}

function ending(expiresAt: string | undefined): { expiresAt?: string } {
  return expiresAt === undefined ? {} : { expiresAt };
}

/** What anybody may be refused here. Anything else fails. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDaybookError(error) || !/_DENIED|ALREADY_|_NOT_FOUND|LAST_MEMBER|_EXPIRED|APPROVAL/.test(error.code)) throw error;
  }
}

type Lists = Readonly<Record<'administrators' | 'auditors' | 'invitations' | 'accesses' | 'support' | 'requests', readonly string[]>>;

async function listed(project: Project): Promise<Lists> {
  const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id).toSorted();
  return {
    administrators: ids(await project.administrators()),
    auditors: ids(await project.auditors()),
    invitations: ids(await project.invitations()),
    accesses: ids(await project.accesses()),
    support: ids(await project.support()),
    requests: ids(await project.supportRequests()),
  };
}

/** The same, from history alone: who came in until when, less who went out. */
async function recounted(project: Project, now: string): Promise<Lists> {
  const until: Record<keyof Lists, Map<string, string>> = {
    ...{ administrators: new Map(), auditors: new Map(), invitations: new Map(), accesses: new Map() },
    ...{ support: new Map(), requests: new Map() },
  };
  for await (const { type, data } of project.history()) {
    const { person, invitation, access, request, role, expiresAt = '9' } = data as Readonly<Record<string, string>>;
    const becomes = type === 'InvitationAccepted' ? (role ?? 'administrator') : undefined;
    if (/^Administrator(Joined|Added)$/.test(type) || becomes === 'administrator') {
      until.administrators.set(person!, expiresAt);
      until.auditors.delete(person!);
    }
    if (type === 'AuditorAdded' || becomes === 'auditor') until.auditors.set(person!, expiresAt);
    if (/^Auditor(Removed|Left|Expired)$/.test(type)) until.auditors.delete(person!);
    if (/^Administrator(Removed|Left|Expired)$/.test(type)) until.administrators.delete(person!);
    if (type === 'InvitationCreated') until.invitations.set(invitation!, expiresAt);
    else if (type.startsWith('Invitation')) until.invitations.delete(invitation!);
    if (/^Access(Granted|Updated)$/.test(type)) until.accesses.set(access!, expiresAt);
    if (/^Access(Revoked|Expired)$/.test(type)) until.accesses.delete(access!);
    if (/^Support(Joined|Approved)$/.test(type)) until.support.set(person!, expiresAt);
    if (/^Support(Left|Removed|Expired)$/.test(type)) until.support.delete(person!);
    if (type === 'SupportRequested') until.requests.set(request!, expiresAt);
    else if (/^Support(Approved|Rejected|RequestExpired)$/.test(type)) until.requests.delete(request!);
  }
  const current = (ends: ReadonlyMap<string, string>) => [...ends].flatMap(([id, end]) => (end > now ? [id] : [])).toSorted();
  const { administrators, auditors, invitations, accesses, support, requests } = until;
  return {
    ...{
      administrators: current(administrators),
      auditors: current(auditors),
      invitations: current(invitations),
      accesses: current(accesses),
    },
    ...{ support: current(support), requests: current(requests) },
  };
}

/** Does something once the first item was given, and goes on. */
async function afterFirst(items: AsyncIterable<unknown>, work: () => Promise<unknown>): Promise<void> {
  let given = 0;
  for await (const _ of items) if (++given === 1) await work();
  assert.fail(`${given} items were given`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function hour(count: number): string {
  return new Date(Date.UTC(2026, 0, 1) + count * 3_600_000).toISOString();
}
