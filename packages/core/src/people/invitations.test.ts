import { isDaybookError, type NewEvent, type RecordedEvent } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook } from '../../test/book';
import { later } from '../../test/facts';
import { personUser } from '../users/directory';

const email = 'Dan@Example.com';
const dan = ({ daybook }: Book, address = ' dan@example.com') => daybook.as({ kind: 'person', id: 'dan', email: address });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was refused';
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return error.code;
  }
}

async function sentences({ project }: Book): Promise<string[]> {
  return (await all(project.history())).map(({ sentence }) => sentence);
}

/** Everything that is stored, as text. */
async function everythingIn({ storage }: Book): Promise<string> {
  const events: RecordedEvent[] = [];
  for (const log of await collect(storage.events.logs())) events.push(...(await collect(storage.events.read(log))));
  return JSON.stringify(events);
}

describe('inviting somebody', () => {
  it('reaches them by the address that the application knows of them, however it is written', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email, reason: 'the audit' });
    const [open] = await dan(book).invitations();
    expect(open).toMatchObject({ id, project: { id: book.project.id, name: 'Sales' }, reason: 'the audit', expiresAt: later(14) });
    expect(await book.daybook.as({ kind: 'person', id: 'dora', email: 'dora@example.com' }).invitations()).toEqual([]);

    const project = await dan(book).acceptInvitation(id);
    await project.rename('Renamed by dan');
    expect(await dan(book).invitations()).toEqual([]);
    expect(await book.project.invitations()).toEqual([]);
    expect((await book.project.administrators()).find((one) => one.id === 'dan')).toEqual({
      ...{ id: 'dan', email: 'dan@example.com', since: later(0) },
    });
  });

  it('is listed with the address until it is answered, cancelled or over', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email });
    const invitedBy = { kind: 'person', id: 'alice' };
    expect(await book.project.invitations()).toEqual([
      { id, email: 'dan@example.com', role: 'administrator', invitedBy, createdAt: later(0), expiresAt: later(14) },
    ]);
    book.day(14);
    expect(await book.project.invitations()).toEqual([]);
    expect(await dan(book).invitations()).toEqual([]);
    expect(await codeOf(dan(book).acceptInvitation(id))).toBe('INVITATION_EXPIRED');

    const again = await book.project.invite({ email });
    await dan(book).declineInvitation(again.id);
    const third = await book.project.invite({ email });
    await book.project.cancelInvitation(third.id);
    expect([await book.project.invitations(), await dan(book).invitations()]).toEqual([[], []]);
    expect(await codeOf(dan(book).acceptInvitation(third.id))).toBe('INVITATION_NOT_FOUND');
  });

  it('is refused twice, to oneself, to an administrator, and to an address that is none', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email });
    expect(await codeOf(book.project.invite({ email: 'DAN@example.com' }))).toBe('ALREADY_INVITED');
    await dan(book).acceptInvitation(id);
    expect(await codeOf(book.project.invite({ email }))).toBe('ALREADY_MEMBER');
    const alice = book.daybook.as({ kind: 'person', id: 'alice', email: 'alice@example.com' });
    expect(await codeOf((await alice.project(book.project.id)).invite({ email: 'Alice@example.com' }))).toBe('INVITING_YOURSELF');
    await book.daybook.as({ kind: 'person', id: 'alice', email: 'alice@example.org' }).setProfile({ email: 'alice@example.org' });
    expect(await codeOf(book.project.invite({ email: 'alice@example.org' }))).toBe('INVITING_YOURSELF');
    for (const no of [
      '',
      'dan',
      'dan@',
      '@example.com',
      'a b@example.com',
      'a@b\u0000.com',
      'a\ud800@b.com',
      `${'x'.repeat(250)}@example.com`,
    ]) {
      expect([no, await codeOf(book.project.invite({ email: no }))]).toEqual([no, 'INVALID_INPUT']);
    }
  });

  it.each([
    ['bob@exämple.de', 'BOB@xn--exmple-cua.de'],
    ['bob@exämple.de', 'bob@EXÄMPLE.de'],
    ['a&b@x.com', 'A&B@X.com'],
    ['root@localhost', 'root@localhost'],
    ['o/=!#~%@x.example', 'o/=!#~%@x.example'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['bob@bücher.xn--p1ai', 'bob@xn--bcher-kva.xn--p1ai'],
    ['böb@example.com', 'böb@example.com'],
  ])('reaches %s as %s', async (invited, known) => {
    const book = await openBook();
    await book.project.invite({ email: invited });
    expect(await book.daybook.as({ kind: 'person', id: 'bob', email: known }).invitations()).toHaveLength(1);
  });

  it.each([
    ['mi\u212ae@example.com', 'mike@example.com'],
    ['bÖb@example.com', 'böb@example.com'],
    ['b\u006f\u0308b@example.com', 'b\u00f6b@example.com'],
  ])('of %s reaches nobody whose address is %s', async (invited, known) => {
    const book = await openBook();
    await book.project.invite({ email: invited });
    expect(await book.daybook.as({ kind: 'person', id: 'mike', email: known }).invitations()).toEqual([]);
  });

  it.each(['', ' ', 'nobody', 'a b@example.com'])(
    'is asked and received by somebody whose session carries %j, as by one without an address',
    async (none) => {
      const book = await openBook();
      const alice = book.daybook.as({ kind: 'person', id: 'alice', email: none });
      expect(await alice.invitations()).toEqual([]);
      expect((await (await alice.project(book.project.id)).invite({ email })).id).toBeDefined();
      expect(await codeOf(alice.setProfile({ email: none }))).toBe('INVALID_INPUT');
    },
  );

  it('leaves nothing behind when it is refused', async () => {
    const book = await openBook();
    const olga = await book.daybook.as({ kind: 'person', id: 'olga' }).project(book.project.id);
    await book.organization.removeMember('olga');
    const before = await collect(book.storage.events.logs());
    expect(await codeOf(olga.invite({ email }))).toBe('ACCESS_DENIED');
    expect(await codeOf(book.project.invite({ email, expiresAt: '2020-01-01' }))).toBe('INVALID_INPUT');
    expect(await collect(book.storage.events.logs())).toEqual(before);
  });

  it('makes one contact of one address, from however many sides it comes at once', async () => {
    const book = await openBook();
    const projects = await Promise.all(
      Array.from({ length: 8 }, (_, i) => book.alice.createProject({ organization: book.organization.id, name: `Project ${i}` })),
    );
    await Promise.all(projects.map((project) => project.invite({ email })));
    expect((await dan(book).invitations()).map(({ project }) => project.name).toSorted()).toEqual(projects.map((_, i) => `Project ${i}`));
    const logs = await collect(book.storage.events.logs());
    expect(logs.filter((log) => log.startsWith('address/'))).toHaveLength(1);
    expect(logs.filter((log) => log.startsWith('key/'))).toHaveLength(1);
  });
});

describe('personal data', () => {
  it('is stored in no log in clear, and shown to those who may see it', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email });
    await dan(book).acceptInvitation(id);
    await dan(book, 'daniel@example.org').setProfile({ name: 'Daniel Křižík', email: 'daniel@example.org' });
    expect(await dan(book).profile()).toEqual({ id: 'dan', name: 'Daniel Křižík', email: 'daniel@example.org' });
    expect((await book.project.administrators()).at(-1)).toMatchObject({ id: 'dan', name: 'Daniel Křižík', email: 'daniel@example.org' });
    expect((await sentences(book)).at(-2)).toBe('alice invited dan@example.com to administer the project');
    const stored = (await everythingIn(book)).toLowerCase();
    for (const secret of ['daniel', 'example.com', 'example.org', 'křižík']) expect(stored).not.toContain(secret);
  });

  it('is one’s own: nobody else reads, sets or destroys it', async () => {
    const book = await openBook();
    await dan(book).setProfile({ name: 'Dan' });
    for (const session of [book.alice, book.daybook.as({ kind: 'support', id: 'dan' })]) {
      expect(await codeOf(session.profile('dan'))).toBe('ACCESS_DENIED');
      expect(await codeOf(session.setProfile({ name: 'X' }, 'dan'))).toBe('ACCESS_DENIED');
      expect(await codeOf(session.forgetPerson('dan'))).toBe('ACCESS_DENIED');
    }
    expect(await book.daybook.as({ kind: 'system', id: 'app' }).profile('dan')).toEqual({ id: 'dan', name: 'Dan' });
  });

  it('is destroyed with its keys: the log stays as it was, and history names a forgotten person', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email });
    await (await dan(book).acceptInvitation(id)).rename('X');
    await dan(book).setProfile({ name: 'Dan' });
    const user = (await collect(book.storage.events.logs({ prefix: 'user/' })))[0]!;
    const [before, projectBefore] = [
      await collect(book.storage.events.read(user)),
      await collect(book.storage.events.read(`project/${book.project.id}`)),
    ];

    await book.daybook.as({ kind: 'system', id: 'app' }).forgetPerson('dan');
    await book.daybook.as({ kind: 'system', id: 'app' }).forgetPerson('dan');
    expect((await collect(book.storage.events.read(user))).slice(0, before.length)).toEqual(before);
    expect(await collect(book.storage.events.read(`project/${book.project.id}`))).toEqual(projectBefore);
    expect((await collect(book.storage.events.logs())).filter((log) => /^(key|address)\//.test(log))).toEqual([]);
    expect((await sentences(book)).slice(-3)).toEqual([
      'alice invited a forgotten person to administer the project',
      'a forgotten person accepted the invitation and became an administrator',
      'a forgotten person renamed the project to X',
    ]);
    expect((await book.project.administrators()).at(-1)).toEqual({ id: 'dan', forgotten: true, since: later(0) });
    expect(await dan(book).profile()).toEqual({ id: 'dan', forgotten: true });
  });

  it('of somebody who was invited and never came is destroyed by the address: by the system, and by whose session carries it', async () => {
    const book = await openBook();
    const carries = (address: string) => book.daybook.as({ kind: 'person', id: 'dora', email: address });
    for (const forgetting of [book.daybook.as({ kind: 'system', id: 'app' }), carries('DAN@example.com')]) {
      await book.project.invite({ email });
      await forgetting.forgetPerson({ email });
      expect((await book.project.invitations()).at(-1)).not.toHaveProperty('email');
    }
    expect(await dan(book).invitations()).toEqual([]);
    // Somebody new, as far as anybody can tell.
    await book.project.invite({ email });
    expect(await dan(book).invitations()).toHaveLength(1);
  });

  it('tells nobody whether an address is known: asking to forget it is denied before it is looked up', async () => {
    const read: string[] = [];
    const storage = memoryStorage();
    const events = new Proxy(storage.events, {
      get:
        (store, method) =>
        (log: string, ...rest: unknown[]) => {
          read.push(`${String(method)} ${log}`);
          return (Reflect.get(store, method) as (...given: unknown[]) => unknown).call(store, log, ...rest);
        },
    });
    const book = await openBook({ storage: { ...storage, events, features: storage.features, [Symbol.asyncDispose]: async () => {} } });
    await book.project.invite({ email });
    const { daybook } = book;
    for (const denied of [book.alice, dan(book, 'daniel@example.com'), daybook.as({ kind: 'support', id: 'sue', email })]) {
      const asked = ['Dan@example.com', 'nobody@example.com'].map(async (address) => {
        read.length = 0;
        const refusal = await denied.forgetPerson({ email: address }).catch((error) => error);
        return { code: refusal.code, details: refusal.details, message: refusal.message, read: [...read] };
      });
      const [known, unknown] = await Promise.all(asked);
      expect(known).toMatchObject({ code: 'ACCESS_DENIED', details: { action: 'forgetPerson' }, read: [] });
      expect(unknown).toEqual(known);
    }
    expect(await dan(book).invitations()).toHaveLength(1);
  });

  it('can be given anew by somebody who was forgotten', async () => {
    const book = await openBook();
    await dan(book).setProfile({ name: 'Dan' });
    await dan(book).forgetPerson('dan');
    await dan(book).setProfile({ name: 'Daniel', email: 'dan@example.com' });
    expect(await dan(book).profile()).toEqual({ id: 'dan', name: 'Daniel', email: 'dan@example.com' });
  });
});

describe('an e-mail address', () => {
  const bobsAddress = 'bob@example.com';
  const session = ({ daybook }: Book, id: string, address?: string) =>
    daybook.as({ kind: 'person', id, ...(address !== undefined && { email: address }) });

  it('is taken by nobody but whose session carries it', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email: bobsAddress });
    const denied = { code: 'ACCESS_DENIED', details: { action: 'setProfile' } };
    for (const mallory of [session(book, 'mallory'), session(book, 'mallory', 'mallory@example.com')]) {
      await expect(mallory.setProfile({ email: bobsAddress })).rejects.toMatchObject(denied);
      await expect(mallory.setProfile({ email: 'mallory@example.com' }, 'bob')).rejects.toMatchObject(denied);
      expect(await mallory.invitations()).toEqual([]);
      expect(await codeOf(mallory.acceptInvitation(id))).toBe('INVITATION_NOT_FOUND');
    }
    await book.daybook.as({ kind: 'system', id: 'app' }).forgetPerson('mallory');
    expect(await session(book, 'bob', bobsAddress).invitations()).toMatchObject([{ id }]);
    expect(await book.project.invitations()).toMatchObject([{ id, email: bobsAddress }]);
  });

  it('moves to whoever uses it, with what comes to it, and the log of who had it says so', async () => {
    const book = await openBook();
    const { daybook, project, storage } = book;
    const system = daybook.as({ kind: 'system', id: 'app' });
    await session(book, 'ann', bobsAddress).setProfile({ name: 'Ann', email: bobsAddress });
    await system.setProfile({ email: 'ann@example.com' }, 'ann');
    const { id } = await project.invite({ email: bobsAddress });
    expect(await session(book, 'ann').invitations()).toMatchObject([{ id }]);
    // Reading moves nothing.
    expect(await session(book, 'bob', bobsAddress).invitations()).toMatchObject([{ id }]);
    expect(await session(book, 'bob').invitations()).toEqual([]);
    await session(book, 'bob', bobsAddress).setProfile({ email: bobsAddress });
    expect(await session(book, 'ann').invitations()).toEqual([]);
    expect(await session(book, 'bob').invitations()).toMatchObject([{ id }]);
    expect(await system.profile('ann')).toEqual({ id: 'ann', name: 'Ann', email: 'ann@example.com' });
    const ann = await collect(storage.events.read(`user/${personUser('ann')}`));
    expect(ann.at(-1)).toMatchObject({ type: 'ContactReleased', actor: { kind: 'person', id: 'bob' } });
    await session(book, 'ann').forgetPerson('ann');
    await session(book, 'bob').acceptInvitation(id);
    expect((await project.administrators()).at(-1)).toMatchObject({ id: 'bob', email: bobsAddress });
  });

  it('that somebody only said was theirs, before that was asked for, finds nothing; it is forgotten with them', async () => {
    const book = await openBook();
    const { id } = await book.project.invite({ email: bobsAddress });
    const contact = (await collect(book.storage.events.read(`project/${book.project.id}`))).at(-1)!.data.contact as string;
    await said(book, 'mallory', contact);
    expect(await session(book, 'mallory').invitations()).toEqual([]);
    expect(await session(book, 'mallory').profile()).toEqual({ id: 'mallory' });
    await book.project.cancelInvitation(id);
    await (await book.daybook.as({ kind: 'system', id: 'app' }).project(book.project.id)).addAdministrator('mallory');
    // As if he were mallory, who is an administrator.
    await book.project.invite({ email: bobsAddress });
    await session(book, 'mallory').forgetPerson('mallory');
    expect((await book.project.invitations())[0]).not.toHaveProperty('email');
  });

  /** As former versions recorded it. */
  async function said({ storage }: Book, person: string, contact: string): Promise<void> {
    const actor = { kind: 'person', id: person } as const;
    const at = later(0);
    const event = (type: string, data: NewEvent['data']): NewEvent => ({ id: crypto.randomUUID(), type, data, tags: [], actor, at });
    const { position } = (await storage.events.head(`user/${contact}`))!;
    await storage.events.append([
      { log: `user/${contact}`, expected: position, events: [event('ContactClaimed', { person })] },
      { log: `user/${personUser(person)}`, expected: 0, events: [event('ContactAdopted', { contact })] },
    ]);
  }
});
