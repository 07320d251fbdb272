import { memoryStorage } from '@daybook/memory';
import { type FaultPlan, faultyStorage } from '@daybook/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alice, bob, later } from '../test/facts';
import { holds } from '../test/property';
import { type Authority, type Environment, executeTogether, Log, type Request } from './commands';
import { organizationDecider, type ProjectCommands, type ProjectState, projectDecider } from './decider';
import { DaybookError } from './errors';
import { type EventStore, type LogId, noHead, type RecordedEvent } from './event-store';
import type { OrganizationCommands } from './organizations/decide';
import type { OrganizationState } from './organizations/state';
import type { Storage } from './storage';

const log = 'project/sales';
const never = { storage: memoryStorage(), clock: () => new Date(later(0)), onEvent() {}, onError() {} };

let ids = 0;
function environment(storage: Storage, more: Partial<Environment> = {}): Environment {
  return { ...never, newId: () => `id-${ids++}`, ...more, storage };
}

/** An organization without a log, of which alice is a member. */
const acme: Authority = {
  id: 'organization/nowhere',
  fresh: async () => noHead,
  known: ({ id }) => ({ position: 0, standing: { isMember: id === 'alice', isAuditor: false, autoJoin: true } }),
};

function projectLog(storage: Storage, more?: Partial<Environment>): Log<ProjectState, ProjectCommands> {
  return new Log(log, projectDecider, environment(storage, more), () => acme);
}

function ask<C extends keyof ProjectCommands>(type: C, data: object, actor = alice as Request['actor']): Request {
  return { command: projectDecider.parse(type, data), actor };
}

const addFeature = (feature: string, actor?: Request['actor']) => ask('AddFeature', { feature }, actor);

/** A storage with a project that alice administers. */
async function withProject(): Promise<Storage> {
  const storage = memoryStorage();
  const opened = projectLog(storage);
  await opened.execute(ask('CreateProject', { project: 'sales', organization: 'acme', name: 'Sales' }));
  await opened.execute(ask('JoinProject', {}));
  return storage;
}

async function stored(storage: Storage, id: LogId = log): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of storage.events.read(id)) events.push(...page);
  return events;
}

async function featuresOf(storage: Storage): Promise<string[]> {
  return (await projectLog(storage).fresh()).state.project.features;
}

/** A promise, and how to keep it. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Counts appends, and lets `plan` decide about them. */
function appends(storage: Storage, plan: FaultPlan = () => undefined): { storage: Storage; count: () => number } {
  let count = 0;
  const counted = faultyStorage(storage, (call) => {
    if (call.operation !== 'events.append') return undefined;
    count += 1;
    return plan(call);
  });
  return { storage: counted, count: () => count };
}

describe('commands that come together', () => {
  it('go out as one append', async () => {
    const { storage, count } = appends(await withProject());
    const opened = projectLog(storage);
    await Promise.all(Array.from({ length: 64 }, (_, i) => opened.execute(addFeature(`f${i}`))));
    expect(count()).toBe(1);
    expect(await featuresOf(storage)).toEqual(Array.from({ length: 64 }, (_, i) => `f${i}`));
  });

  it('wait while an append is in flight, and then go out as one', async () => {
    const { open, opened } = gate();
    const { storage, count } = appends(await withProject(), async ({ nth }) => {
      if (nth === 1) await opened;
      return undefined;
    });
    const project = projectLog(storage);
    const first = project.execute(addFeature('f0'));
    await vi.waitFor(() => expect(count()).toBe(1));
    const others = Array.from({ length: 63 }, (_, i) => project.execute(addFeature(`f${i + 1}`)));
    open();
    await Promise.all([first, ...others]);
    expect(count()).toBe(2);
    expect((await stored(storage)).slice(2).map(({ data }) => data.feature)).toEqual(Array.from({ length: 64 }, (_, i) => `f${i}`));
  });

  it('succeed or are refused each on its own, and see what those before them did', async () => {
    const { storage, count } = appends(await withProject());
    const opened = projectLog(storage);
    const asked = [
      addFeature('a'),
      addFeature('b', bob),
      addFeature('a'),
      ask('DisableProject', { reason: 'unpaid' }),
      addFeature('c'),
      ask('EnableProject', {}),
      addFeature('d'),
    ];
    const results = await Promise.allSettled(asked.map((request) => opened.execute(request)));
    expect(
      results.map((result) => (result.status === 'rejected' ? result.reason.code : result.value.events.map(({ type }) => type))),
    ).toEqual([['FeatureAdded'], 'ACCESS_DENIED', [], ['ProjectDisabled'], 'PROJECT_DISABLED', ['ProjectEnabled'], ['FeatureAdded']]);
    expect(count()).toBe(1);
  });

  it('answer each with the state right after it', async () => {
    const opened = projectLog(await withProject());
    const outcomes = await Promise.all(['a', 'b', 'c'].map((feature) => opened.execute(addFeature(feature))));
    expect(outcomes.map(({ position, state }) => [position, state.project.features])).toEqual([
      [3, ['a']],
      [4, ['a', 'b']],
      [5, ['a', 'b', 'c']],
    ]);
  });

  it('that lead to nothing append nothing', async () => {
    const { storage, count } = appends(await withProject());
    const opened = projectLog(storage);
    await Promise.allSettled([opened.execute(ask('JoinProject', {}, alice)), opened.execute(addFeature('x', bob))]);
    expect(count()).toBe(0);
  });

  it('are decided on thousands at a time, in order', async () => {
    const { storage, count } = appends(await withProject());
    const opened = projectLog(storage);
    await Promise.all(Array.from({ length: 2_500 }, (_, i) => opened.execute(ask('RenameProject', { name: `Name ${i}` }))));
    expect(count()).toBe(3);
    expect((await stored(storage)).slice(2).map(({ data }) => data.name)).toEqual(Array.from({ length: 2_500 }, (_, i) => `Name ${i}`));
  });

  it('are told to onEvent in order, once they are stored', async () => {
    const storage = await withProject();
    const told: RecordedEvent[] = [];
    const opened = projectLog(storage, { onEvent: (event) => told.push(event) });
    await Promise.all(['a', 'b', 'c'].map((feature) => opened.execute(addFeature(feature))));
    expect(told).toEqual((await stored(storage)).slice(2));
  });
});

describe('another process that writes to the same log', () => {
  it('is not noticed by whoever asks here, and nothing is lost or done twice', async () => {
    const storage = await withProject();
    const [here, there] = [projectLog(storage), projectLog(storage)];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => [
        here.execute(addFeature(`h${i}`)),
        there.execute(addFeature(`t${i}`)),
        new Promise(setImmediate),
      ]).flat(),
    );
    expect(new Set(await featuresOf(storage)).size).toBe(80);
    expect((await stored(storage)).map(({ position }) => position)).toEqual(Array.from({ length: 82 }, (_, i) => i + 1));
    expect((await here.fresh()).state).toEqual((await there.fresh()).state);
  });

  it('makes waiting commands be decided again on what it wrote', async () => {
    const inner = await withProject();
    const { storage } = appends(inner, async ({ nth }) => {
      if (nth === 1) await projectLog(inner).execute(ask('DisableProject', { reason: 'unpaid' }));
      return undefined;
    });
    const opened = projectLog(storage);
    await expect(opened.execute(addFeature('a'))).rejects.toMatchObject({ code: 'PROJECT_DISABLED' });
    expect(await featuresOf(storage)).toEqual([]);
  });

  it('cannot do the same thing too: of two equal requests one records it', async () => {
    const storage = await withProject();
    const results = await Promise.all(Array.from({ length: 8 }, () => projectLog(storage).execute(addFeature('once'))));
    expect(results.flatMap(({ events }) => events)).toHaveLength(1);
    expect(await featuresOf(storage)).toEqual(['once']);
  });

  it('is seen by every query at once', async () => {
    const storage = await withProject();
    const [here, there] = [projectLog(storage), projectLog(storage)];
    await here.fresh();
    await there.execute(addFeature('a'));
    expect((await here.fresh()).state.project.features).toEqual(['a']);
  });

  it('that erases the log is noticed too', async () => {
    const storage = await withProject();
    const opened = projectLog(storage);
    await opened.fresh();
    await storage.events.erase(log);
    expect(await opened.fresh()).toMatchObject({ position: 0, state: projectDecider.initial });
  });
});

describe('a question and a command at once', () => {
  it('do not make the state be folded from the beginning', async () => {
    const storage = await withProject();
    const from: (number | undefined)[] = [];
    const { open, opened } = gate();
    let late = false;
    const events = watched(storage.events, {
      head: async (id) => {
        const head = await storage.events.head(id);
        if (late) {
          late = false;
          await opened;
        }
        return head;
      },
      read: (id, options) => {
        from.push(options?.after);
        return storage.events.read(id, options);
      },
    });
    const project = projectLog({ ...storage, events, checkpoints: storage.checkpoints, tables: storage.tables });
    await project.fresh();
    from.length = 0;
    late = true;
    const question = project.fresh();
    await project.execute(addFeature('a'));
    open();
    expect((await question).state.project.features.length).toBeLessThanOrEqual(1);
    expect((await project.fresh()).state.project.features).toEqual(['a']);
    expect(from.filter((after) => !after)).toEqual([]);
  });
});

describe('a storage that fails', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets waits between tries pass. */
  async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
    const [result] = await Promise.all([Promise.allSettled([work]), vi.advanceTimersByTimeAsync(60_000)]);
    return result[0];
  }

  it('and stored all the same is asked again with the same ids: the event is there once', async () => {
    const inner = await withProject();
    const ids: string[][] = [];
    const { storage, count } = appends(inner, ({ nth }) => (nth < 4 ? 'answer lost' : undefined));
    const events = watched(storage.events, {
      append: (writes) => {
        ids.push(writes.flatMap(({ events }) => events.map(({ id }) => id)));
        return storage.events.append(writes);
      },
    });
    const result = await settled(projectLog({ ...storage, events }).execute(addFeature('a')));
    expect(result).toMatchObject({ status: 'fulfilled', value: { position: 3 } });
    expect(count()).toBe(4);
    expect(new Set(ids.flat()).size).toBe(1);
    expect(await stored(inner)).toHaveLength(3);
  });

  it('that stored while another process wrote after it answers the first result', async () => {
    const inner = await withProject();
    const { storage } = appends(inner, async ({ nth }) => (nth === 1 ? 'answer lost' : undefined));
    const opened = projectLog(storage);
    const asked = opened.execute(addFeature('a'));
    await vi.waitFor(async () => expect(await stored(inner)).toHaveLength(3));
    await projectLog(inner).execute(addFeature('b'));
    expect(await settled(asked)).toMatchObject({ status: 'fulfilled', value: { position: 3 } });
    expect((await opened.fresh()).state.project.features).toEqual(['a', 'b']);
  });

  it('for good rejects all that wait with STORE_UNAVAILABLE, and the log is usable afterwards', async () => {
    const { storage } = appends(await withProject(), ({ nth }) => (nth <= 4 ? 'failed' : undefined));
    const opened = projectLog(storage);
    const results = await settled(Promise.allSettled(['a', 'b'].map((feature) => opened.execute(addFeature(feature)))));
    expect(results).toMatchObject({ value: [{ reason: { code: 'STORE_UNAVAILABLE' } }, { reason: { code: 'STORE_UNAVAILABLE' } }] });
    expect((await opened.execute(addFeature('c'))).state.project.features).toEqual(['c']);
    expect(await featuresOf(storage)).toEqual(['c']);
  });

  it('whose answers are lost for good leaves what it stored, and the next command sees it', async () => {
    const { storage } = appends(await withProject(), ({ nth }) => (nth <= 4 ? 'answer lost' : undefined));
    const opened = projectLog(storage);
    expect(await settled(opened.execute(addFeature('a')))).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    expect((await opened.execute(addFeature('a'))).events).toEqual([]);
    expect(await featuresOf(storage)).toEqual(['a']);
  });

  it('to read is told at once, and the log is usable afterwards', async () => {
    let down = true;
    const storage = faultyStorage(await withProject(), ({ operation }) => (down && operation === 'events.head' ? 'failed' : undefined));
    const opened = projectLog(storage);
    await expect(opened.execute(addFeature('a'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    down = false;
    expect((await opened.execute(addFeature('a'))).position).toBe(3);
  });

  it('in another way is not asked again', async () => {
    const inner = await withProject();
    let tries = 0;
    const events = watched(inner.events, {
      append: async () => {
        tries += 1;
        throw new DaybookError('STORE_CORRUPT', { what: 'the log' });
      },
    });
    const opened = projectLog({ ...inner, events });
    await expect(opened.execute(addFeature('a'))).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(tries).toBe(1);
  });
});

describe('an append to several logs', () => {
  const organizationLog = (storage: Storage, id: string, more?: Partial<Environment>) =>
    new Log<OrganizationState, OrganizationCommands>(`organization/${id}`, organizationDecider, environment(storage, more));
  const askOrganization = (type: keyof OrganizationCommands, data: object, actor: Request['actor'] = alice): Request => ({
    command: organizationDecider.parse(type, data),
    actor,
  });

  async function twoOrganizations(): Promise<Storage> {
    const storage = await withProject();
    for (const name of ['acme', 'apex']) await organizationLog(storage, name).execute(askOrganization('CreateOrganization', { name }));
    return storage;
  }

  function steps(storage: Storage, n: number, actor?: Request['actor']) {
    const add = [askOrganization('AddProject', { project: `p${n}`, name: 'P' }, actor)];
    return [
      { log: projectLog(storage), requests: [addFeature(`f${n}`)] },
      { log: organizationLog(storage, 'apex'), requests: add },
      { log: organizationLog(storage, 'acme'), requests: add },
    ];
  }

  const lengths = async (storage: Storage) =>
    Promise.all([log, 'organization/acme', 'organization/apex'].map(async (id) => (await storage.events.head(id))?.position));

  it('stores all', async () => {
    const storage = await twoOrganizations();
    await executeTogether(environment(storage), steps(storage, 1));
    expect(await lengths(storage)).toEqual([3, 2, 2]);
  });

  it('stores nothing when one of them refuses', async () => {
    const storage = await twoOrganizations();
    await expect(executeTogether(environment(storage), steps(storage, 1, bob))).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect(await lengths(storage)).toEqual([2, 1, 1]);
  });

  it('is decided again when another process wrote to one of them', async () => {
    const inner = await twoOrganizations();
    const { storage, count } = appends(inner, async ({ nth }) => {
      if (nth === 1) await organizationLog(inner, 'apex').execute(askOrganization('RenameOrganization', { name: 'Apex' }));
      return undefined;
    });
    await executeTogether(environment(storage), steps(storage, 1));
    expect(count()).toBe(2);
    expect(await lengths(inner)).toEqual([3, 2, 3]);
  });

  it('takes turns with all other commands, in whatever order the logs are named: nobody waits in a circle', async () => {
    const storage = await twoOrganizations();
    const shared = steps(storage, 0);
    const [project, apex, acme] = shared.map(({ log }) => log) as [
      Log<ProjectState, ProjectCommands>,
      ...Log<OrganizationState, OrganizationCommands>[],
    ];
    const work = Array.from({ length: 30 }, (_, n) => {
      const add = [askOrganization('AddProject', { project: `p${n}`, name: 'P' })];
      const named = [
        { log: project, requests: [addFeature(`f${n}`)] },
        { log: apex!, requests: add },
        { log: acme!, requests: add },
      ];
      if (n % 3 === 0) return project.execute(addFeature(`g${n}`));
      return executeTogether(environment(storage), n % 3 === 1 ? named : named.toReversed());
    });
    await Promise.all(work);
    expect(await lengths(storage)).toEqual([32, 21, 21]);
  });
});

describe('the time of events', () => {
  it('never runs backwards, whatever the clock does, and decisions see no time before the last event', () =>
    holds(fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(3)), { minLength: 1, maxLength: 20 }), async (ticks) => {
      const storage = await withProject();
      let now = 0;
      const opened = projectLog(storage, { clock: () => new Date(later(now)) });
      for (const [day, together] of ticks) {
        now = day;
        await Promise.all(Array.from({ length: together + 1 }, (_, i) => opened.execute(ask('RenameProject', { name: `At ${day} ${i}` }))));
      }
      const times = (await stored(storage)).map(({ recordedAt }) => recordedAt);
      expect(times).toEqual(times.toSorted());
      expect((await opened.fresh()).recordedAt).toBe(times.at(-1));
    }));
});

describe('the state at hand', () => {
  it('is what a replay from the store gives, whatever was asked by whom and when', () =>
    holds(fc.array(fc.tuple(fc.nat(1), fc.nat(6), fc.boolean()), { maxLength: 40 }), async (asked) => {
      const storage = await withProject();
      const logs = [projectLog(storage), projectLog(storage)];
      const requests = [
        addFeature('a'),
        addFeature('b', bob),
        ask('RemoveFeature', { feature: 'a' }),
        ask('RenameProject', { name: 'X' }),
        ask('SetProjectMetadata', { provider: 'p', values: { a: '1' } }),
        ask('DisableProject', { reason: 'x' }),
        ask('EnableProject', {}),
      ];
      const running: Promise<unknown>[] = [];
      for (const [process, request, waits] of asked) {
        const answer = logs[process]!.execute(requests[request]!).catch((error: DaybookError) => error.code);
        running.push(answer);
        if (waits) await answer;
      }
      await Promise.all(running);
      for (const opened of logs) expect(await opened.fresh()).toEqual(await projectLog(storage).fresh());
    }));
});

function watched(events: EventStore, methods: Partial<EventStore>): EventStore {
  return {
    append: (writes) => events.append(writes),
    read: (id, options) => events.read(id, options),
    head: (id) => events.head(id),
    logs: (options) => events.logs(options),
    erase: (id) => events.erase(id),
    watch: (listener) => events.watch(listener),
    ...methods,
  };
}
