import type { EventStore, NewEvent, ReadOptions, RecordedEvent } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryEvents } from './memory-events';

let made = 0;

function event(type: string, given: Partial<NewEvent> = {}): NewEvent {
  made += 1;
  return {
    id: `event-${made}`,
    type,
    data: {},
    tags: [],
    actor: { kind: 'person', id: 'alice' },
    at: '2026-11-01T10:00:00.000Z',
    ...given,
  };
}

async function pagesOf<T>(source: AsyncIterable<readonly T[]>): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for await (const page of source) pages.push(page);
  return pages;
}

async function collect(store: EventStore, log: string, options?: ReadOptions): Promise<RecordedEvent[]> {
  return (await pagesOf(store.read(log, options))).flat();
}

describe('events in memory', () => {
  it('stores what JSON text can hold, and nobody changes it through a shared object', async () => {
    const store = memoryEvents();
    const data = { name: 'Sales', nested: { zero: -0, gone: undefined as never } };
    await store.append([{ log: 'project/p', expected: 0, events: [event('ProjectCreated', { data })] }]);
    data.name = 'changed by the writer';
    const [first] = await collect(store, 'project/p');
    (first!.data as { name: string }).name = 'changed by a reader';

    const [again] = await collect(store, 'project/p');
    expect(again!.data).toStrictEqual({ name: 'Sales', nested: { zero: 0 } });
    expect(again).not.toHaveProperty('at');
  });

  it('stores nothing of an append when one event cannot be written as JSON', async () => {
    const store = memoryEvents();
    const append = store.append([
      { log: 'project/a', expected: 0, events: [event('A')] },
      { log: 'project/b', expected: 0, events: [event('B', { data: { size: 10n as never } })] },
    ]);
    await expect(append).rejects.toThrow(TypeError);
    expect(await store.head('project/a')).toBeUndefined();
  });

  it('answers the first result to a repeat, also when the log has grown since', async () => {
    const store = memoryEvents();
    const write = { log: 'project/p', expected: 0, events: [event('A'), event('B')] };
    const first = await store.append([write]);
    await store.append([{ log: 'project/p', expected: 2, events: [event('C', { at: '2027-01-01T00:00:00.000Z' })] }]);
    expect(await store.append([write])).toStrictEqual(first);
    expect(await collect(store, 'project/p')).toHaveLength(3);
  });

  it('answers conflict when only some of the ids are there, or stand elsewhere', async () => {
    const store = memoryEvents();
    const [a, b] = [event('A'), event('B')];
    await store.append([{ log: 'project/p', expected: 0, events: [a] }]);
    for (const [expected, events] of [
      [0, [a, b]],
      [1, [a]],
      [1, [b, a]],
      [0, [b]],
    ] as const) {
      const answer = await store.append([{ log: 'project/p', expected, events }]);
      expect(answer).toMatchObject({ status: 'conflict', log: 'project/p', head: { position: 1 } });
    }
    const elsewhere = await store.append([
      { log: 'project/p', expected: 0, events: [a] },
      { log: 'project/q', expected: 0, events: [b] },
    ]);
    expect(elsewhere.status).toBe('conflict');
    expect(await store.head('project/q')).toBeUndefined();
  });

  it('tells watchers of growth after the append, until they stop', async () => {
    const store = memoryEvents();
    const seen: string[] = [];
    const stop = store.watch((log) => seen.push(log));
    const write = { log: 'user/u', expected: 0, events: [event('A')] };
    await store.append([write]);
    await store.append([write]);
    expect(seen).toEqual(['user/u']);
    stop();
    await store.append([{ log: 'user/u', expected: 1, events: [event('B')] }]);
    expect(seen).toEqual(['user/u']);
  });

  it('starts a log anew after it was erased', async () => {
    const store = memoryEvents();
    await store.append([{ log: 'project/p', expected: 0, events: [event('A'), event('A')] }]);
    await store.erase('project/p');
    expect(await store.head('project/p')).toBeUndefined();
    expect(await store.append([{ log: 'project/p', expected: 0, events: [event('B')] }])).toMatchObject({ heads: [{ position: 1 }] });
    expect(await collect(store, 'project/p')).toHaveLength(1);
  });

  it('lists logs by prefix and from a place on, in order', async () => {
    const store = memoryEvents();
    for (const log of ['user/b', 'project/2', 'user/a', 'project/10']) await store.append([{ log, expected: 0, events: [event('A')] }]);
    const list = async (options?: { prefix?: string; after?: string }) => (await pagesOf(store.logs(options))).flat();
    expect(await list()).toEqual(['project/10', 'project/2', 'user/a', 'user/b']);
    expect(await list({ prefix: 'user/' })).toEqual(['user/a', 'user/b']);
    expect(await list({ prefix: 'project/', after: 'project/10' })).toEqual(['project/2']);
  });

  it('reads in pages of at most a thousand', async () => {
    const store = memoryEvents();
    await store.append([{ log: 'l', expected: 0, events: Array.from({ length: 2001 }, () => event('A')) }]);
    const sizes = (await pagesOf(store.read('l'))).map(({ length }) => length);
    expect(sizes).toEqual([1000, 1000, 1]);
  });

  it('finds by tags, types and range what a scan finds', async () => {
    const tags = fc.uniqueArray(fc.constantFrom('table:1', 'table:2', 'job:1'), { maxLength: 3 });
    const type = fc.constantFrom('A', 'B', 'C');
    const position = fc.option(fc.nat(50), { nil: undefined });
    const options = fc.record({
      after: position,
      upTo: position,
      limit: position,
      tags,
      types: fc.option(fc.uniqueArray(type), { nil: undefined }),
      backward: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ type, tags }), { minLength: 1, maxLength: 40 }), options, async (given, query) => {
        const store = memoryEvents();
        await store.append([{ log: 'l', expected: 0, events: given.map((each) => event(each.type, each)) }]);
        expect((await collect(store, 'l', query)).map((found) => found.position)).toEqual(scan(given, query));
      }),
    );
  });
});

function scan(
  events: readonly Pick<NewEvent, 'type' | 'tags'>[],
  { after = 0, upTo = 1e9, tags = [], types, backward, limit }: ReadOptions,
) {
  const found = events
    .map((each, i) => ({ ...each, position: i + 1 }))
    .filter(({ position }) => position > after && position <= upTo)
    .filter((each) => tags.every((tag) => each.tags.includes(tag)) && (types?.includes(each.type) ?? true))
    .map(({ position }) => position);
  return (backward ? found.reverse() : found).slice(0, limit);
}
