import { memoryStorage } from '@daybook/memory';
import { faultyStorage } from '@daybook/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alice, later } from '../test/facts';
import { holds } from '../test/property';
import { lead, wishes } from '../test/random-project';
import type { Checkpoint } from './checkpoint-store';
import { Log } from './commands';
import { type ProjectCommands, type ProjectState, projectDecider } from './decider';
import type { EventStore, NewEvent, ReadOptions, RecordedEvent } from './event-store';
import { type Fold, Folder } from './folds';
import { positionAt } from './reading';
import type { Storage } from './storage';

const log = 'project/random';
const folder = (storage: Storage) => new Folder<ProjectState>(storage, projectDecider as never, log);
const openLog = (storage: Storage) =>
  new Log<ProjectState, ProjectCommands>(log, projectDecider, {
    storage,
    clock: () => new Date(),
    newId: () => '',
    onEvent() {},
    onError() {},
  });

describe('folding', () => {
  const fold = folder(memoryStorage());

  it('in two halves equals folding at once, one by one, and in place', () =>
    holds(fc.tuple(wishes(), fc.double({ min: 0, max: 1, noNaN: true })), ([wished, where]) => {
      const { events, end } = lead(wished);
      const half = Math.floor(where * events.length);
      const atOnce = fold.apply(fold.empty, events);
      expect(atOnce).toEqual(end);
      expect(fold.apply(fold.apply(fold.empty, events.slice(0, half)), events.slice(half))).toEqual(atOnce);
      expect(events.reduce((before, event) => fold.apply(before, [event]), fold.empty)).toEqual(atOnce);
      expect(fold.advance(fold.begin(), copy(events))).toEqual(atOnce);
    }));

  it('goes on from a checkpoint as if there had been none', () =>
    holds(fc.tuple(wishes(), fc.double({ min: 0, max: 1, noNaN: true })), ([wished, where]) => {
      const { events, end } = lead(wished);
      const half = Math.floor(where * events.length);
      const checkpoint = copy(fold.apply(fold.empty, events.slice(0, half)));
      expect(fold.advance(checkpoint, copy(events.slice(half)))).toEqual(end);
    }));

  it('leaves the state it began with, and the events, as they were', () =>
    holds(wishes(), (wished) => {
      const { events } = lead(wished);
      const half = fold.apply(fold.empty, events.slice(0, events.length / 2));
      const [state, payloads] = [copy(half), copy(events)];
      fold.apply(half, events.slice(events.length / 2));
      expect(half).toEqual(state);
      expect(copy(events)).toEqual(payloads);
    }));

  it('of an event that is unknown says that a newer version wrote it', () => {
    const unknown = { ...lead([]).events[0]!, type: 'Unheard' };
    expect(() => fold.apply(fold.empty, [unknown])).toThrow(expect.objectContaining({ code: 'NEWER_VERSION' }));
    expect(() => fold.apply(fold.empty, [{ ...unknown, type: 'constructor' }])).toThrow(expect.objectContaining({ code: 'NEWER_VERSION' }));
  });
});

describe('the state as of a position', () => {
  it('is the fold of the events up to it', () =>
    holds(
      wishes(),
      async (wished) => {
        const storage = memoryStorage();
        const { events } = lead(wished);
        await store(storage, events);
        const opened = openLog(storage);
        const prefixes = folder(storage);
        for (let position = 1; position <= events.length; position++) {
          const prefix = prefixes.apply(prefixes.empty, events.slice(0, position));
          expect(await opened.at(position)).toEqual(prefix);
        }
        expect(await opened.fresh()).toEqual(await openLog(storage).at(events.length));
      },
      30,
    ));
});

describe('the position at an instant', () => {
  it('is that of the last event up to it, as a linear search finds', () =>
    holds(fc.tuple(fc.array(fc.nat(5), { maxLength: 40 }), fc.integer({ min: -2, max: 200 })), async ([steps, when]) => {
      const storage = memoryStorage();
      const hours = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step, 0));
      const events = hours.map((hour, i) => ({ ...feature(i), at: later(hour / 24) }));
      if (events.length > 0) await storage.events.append([{ log, expected: 0, events }]);
      const instant = later(when / 24);
      const linear = events.filter(({ at }) => at <= instant).length;
      expect(await positionAt(storage.events, log, instant)).toBe(linear);
    }));

  it('is found by few reads', async () => {
    const { storage, reads } = counting(memoryStorage());
    await storage.events.append([{ log, expected: 0, events: Array.from({ length: 4_096 }, (_, i) => ({ ...feature(i), at: later(i) })) }]);
    expect(await positionAt(storage.events, log, later(1_234.5))).toBe(1_235);
    expect(reads.length).toBeLessThanOrEqual(13);
  });
});

describe('checkpoints', () => {
  const count = 12_345;
  const history = Array.from({ length: count }, (_, i) => feature(i));

  async function long(): Promise<Storage> {
    const storage = memoryStorage();
    const [created] = lead([]).events;
    await store(storage, [created!]);
    await storage.events.append([{ log, expected: 1, events: history }]);
    await openLog(storage).fresh();
    return storage;
  }

  async function answers(storage: Storage): Promise<Fold<ProjectState>[]> {
    const opened = openLog(storage);
    return [await opened.fresh(), await opened.at(1), await opened.at(4_999), await opened.at(7_500), await opened.at(11_000)];
  }

  it('make any past state quick to open: no more than about 5,000 events are read', async () => {
    const { storage, reads } = counting(await long());
    for (const position of [4_999, 7_500, 11_000, count]) {
      reads.length = 0;
      await openLog(storage).at(position);
      expect(reads.reduce((sum, { events }) => sum + events, 0)).toBeLessThanOrEqual(6_000);
    }
  });

  it('are only a cache: without them the answers are the same', async () => {
    const storage = await long();
    const before = await answers(storage);
    await storage.checkpoints.erase(log);
    expect(await answers(storage)).toEqual(before);
    expect((await storage.checkpoints.latest(log, { fold: projectDecider.fold }))?.position).toBeGreaterThan(5_000);
  });

  it('of another fold, and those that cannot be read, count for nothing', async () => {
    const storage = await long();
    const before = await answers(storage);
    const wrong = { position: 10_500, recordedAt: later(0), state: '{"project":{"name":"wrong"}}' };
    await storage.checkpoints.save(log, { ...wrong, fold: `${projectDecider.fold}0` });
    await storage.checkpoints.save(log, { ...wrong, fold: projectDecider.fold, position: 10_900, state: '{"project":' });
    expect(await answers(storage)).toEqual(before);
  });

  it('may fail to be saved and to be found', async () => {
    const storage = await long();
    const before = await answers(storage);
    const faulty = faultyStorage(storage, ({ operation }) => (operation.startsWith('checkpoints.') ? 'failed' : undefined));
    expect(await answers(faulty)).toEqual(before);
  });

  it('hold what a replay comes to', async () => {
    const storage = await long();
    const saved = (await storage.checkpoints.latest(log, { fold: projectDecider.fold })) as Checkpoint;
    await storage.checkpoints.erase(log);
    const replayed = await openLog(storage).at(saved.position);
    expect({ ...saved, state: JSON.parse(saved.state) }).toMatchObject(replayed);
  });
});

describe('a fold', () => {
  it.each(['UTC', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu'])('depends on no time zone: %s', async (zone) => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      const offset = new Date('2026-07-01T00:00:00Z').getTimezoneOffset();
      expect(offset).toBe({ UTC: 0, 'America/New_York': 240, 'Pacific/Apia': -780, 'Asia/Kathmandu': -345 }[zone]);
      const create = projectDecider.parse('CreateProject', { project: 'p', organization: 'o', name: 'P', type: 'demo', expiresInDays: 30 });
      const [created] = projectDecider.decide(create, projectDecider.initial, {
        actor: alice,
        now: '2026-03-01T00:00:00.000Z',
        standing: () => ({ isMember: true, isAuditor: false, autoJoin: true }),
      });
      expect(created!.data).toMatchObject({ expiresAt: '2026-03-31T00:00:00.000Z' });
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});

function feature(n: number): NewEvent {
  const [type, feature] = n % 2 === 0 ? ['FeatureAdded', `f${n}`] : ['FeatureRemoved', `f${n - 1}`];
  return { id: `id-${n}`, type, data: { feature }, tags: [], actor: alice, at: later(0) };
}

async function store(storage: Storage, events: readonly RecordedEvent[]): Promise<void> {
  await storage.events.append([
    { log, expected: 0, events: events.map(({ recordedAt, position, log, ...event }) => ({ ...event, at: recordedAt })) },
  ]);
}

interface Reading {
  readonly options: ReadOptions | undefined;
  events: number;
}

/** Notes every read, and how many events it gave. */
function counting(storage: Storage): { storage: Storage; reads: Reading[] } {
  const reads: Reading[] = [];
  const { events } = storage;
  const counted: EventStore = {
    append: (writes) => events.append(writes),
    head: (log) => events.head(log),
    logs: (options) => events.logs(options),
    erase: (log) => events.erase(log),
    watch: (listener) => events.watch(listener),
    async *read(log, options) {
      const reading = { options, events: 0 };
      reads.push(reading);
      for await (const page of events.read(log, options)) {
        reading.events += page.length;
        yield page;
      }
    },
  };
  return { storage: { ...storage, events: counted, checkpoints: storage.checkpoints, tables: storage.tables }, reads };
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
