import { DaybookError, type RecordedEvent } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { collect, openBook } from '../../test/book';
import { later } from '../../test/facts';
import { projectDecider } from '../decider';

describe('one’s own projects and organizations', () => {
  it('are listed with the role, since when, and what they are', async () => {
    const { alice, daybook, organization, project } = await openBook();
    const asAlice = {
      id: project.id,
      name: 'Sales',
      organization: organization.id,
      status: 'active',
      role: 'administrator',
      since: later(0),
    };
    expect(await alice.projects()).toEqual([asAlice]);
    expect(await alice.organizations()).toEqual([{ id: organization.id, name: 'Acme', role: 'member', since: later(0) }]);
    await project.disable({ reason: 'r' });
    expect(await daybook.as({ kind: 'person', id: 'ada' }).projects()).toEqual([{ ...asAlice, status: 'disabled' }]);
    expect(await daybook.as({ kind: 'person', id: 'olga' }).projects()).toEqual([]);
  });

  it('are those of a person, or of support staff under the same id', async () => {
    const { daybook, project } = await openBook();
    await daybook.as({ kind: 'support', id: 'sue' }).joinProject(project.id, { reason: 'ticket 42' });
    const sue = daybook.as({ kind: 'support', id: 'sue' });
    expect(await sue.projects()).toMatchObject([{ id: project.id, role: 'support' }]);
    expect(await sue.organizations()).toEqual([]);
    expect(await daybook.as({ kind: 'person', id: 'sue' }).projects()).toEqual([]);
    await daybook.runDue();
    expect(await daybook.as({ kind: 'person', id: 'sue' }).projects()).toEqual([]);
  });

  it('are over when they are over, whether or not anybody has noticed, and then leave the log of who had them', async () => {
    const book = await openBook();
    const { daybook, project, storage } = book;
    await project.addAdministrator('dan', { expiresAt: later(2) });
    const dan = daybook.as({ kind: 'person', id: 'dan' });
    book.day(2);
    expect(await dan.projects()).toEqual([]);
    await daybook.runDue();
    const users = await collect(storage.events.logs({ prefix: 'user/' }));
    const last = await Promise.all(users.map(async (log) => (await collect(storage.events.read(log))).at(-1)!));
    expect(last.map(({ type, data }) => [type, data])).toContainEqual(['PlaceLeft', { kind: 'project', id: project.id }]);
  });

  it('are none of limited access, and a page is asked for in numbers and ids', async () => {
    const { alice, daybook, project } = await openBook();
    const limited = await daybook.authenticate((await project.grantAccess({})).secret);
    for (const list of [limited.projects(), limited.organizations()]) await expect(list).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    for (const page of [{ limit: 0 }, { limit: 1.5 }, { after: '/' }])
      await expect(alice.projects(page)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('are not known when the storage is away', async () => {
    const storage = memoryStorage();
    const away = { now: false };
    const events = new Proxy(storage.events, {
      get:
        (store, method) =>
        (log: string, ...rest: unknown[]) => {
          if (away.now && method === 'head' && log.startsWith('project/'))
            throw new DaybookError('STORE_UNAVAILABLE', { what: 'the network' });
          return (Reflect.get(store, method) as (...given: unknown[]) => unknown).call(store, log, ...rest);
        },
    });
    const { alice, daybook, organization } = await openBook({
      storage: { ...storage, events, features: storage.features, [Symbol.asyncDispose]: async () => {} },
    });
    away.now = true;
    for (const work of [alice.projects(), organization.projects(), daybook.runDue()])
      await expect(work).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('are listed when they are damaged, with that reason', async () => {
    const book = await openBook();
    const { storage, project, organization } = book;
    const sound = storage.events.head.bind(storage.events);
    storage.events.head = async (log) => {
      if (log === `project/${project.id}`) throw new DaybookError('STORE_CORRUPT', { what: 'an event' });
      return sound(log);
    };
    const unreadable = { id: project.id, unreadable: 'STORE_CORRUPT' };
    expect([await organization.projects(), await book.alice.projects()]).toEqual([[unreadable], [unreadable]]);
    expect((await book.daybook.runDue()).failed).toMatchObject([{ project: project.id, error: { code: 'STORE_CORRUPT' } }]);
  });

  it('of before are found by one sweep, and not again; what cannot be read is waited for', async () => {
    const book = await openBook();
    const { daybook, project, storage } = book;
    const swept = async () => (await storage.events.head('book/places')) !== undefined;
    const events = storage.events;
    const sound = events.read.bind(events);
    events.read = (log, options) => {
      if (log === `project/${project.id}` && options?.types) throw new DaybookError('STORE_CORRUPT', { what: 'an event' });
      return sound(log, options);
    };
    await daybook.runDue();
    expect(await swept()).toBe(false);
    events.read = sound;
    await Promise.all([daybook.runDue(), daybook.runDue()]);
    expect(await swept()).toBe(true);
    expect((await storage.events.head('book/places'))!.position).toBe(1);
  });
});

describe('an event that is not known here', () => {
  const read = (event: Partial<RecordedEvent>) => () =>
    projectDecider.evolve(structuredClone(projectDecider.initial), {
      ...{ id: 'e', log: 'project/p', position: 7, type: 'FeatureAdded', data: {}, tags: [], recordedAt: later(0) },
      ...{ actor: { kind: 'person', id: 'alice' }, ...event },
    });

  it.each([
    ['by its type', { type: 'FromTheFuture' }],
    ['by its shape', { type: 'ProjectMetadataSet', data: { provider: 'app', changes: [] } }],
    ['by what every object inherits', { type: 'constructor' }],
  ])('%s was written by a newer version', (_how, event) => {
    const details = { what: 'event', log: 'project/p', position: 7, type: event.type };
    expect(read(event)).toThrow(expect.objectContaining({ code: 'NEWER_VERSION', details }));
  });
});
