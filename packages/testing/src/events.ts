import assert from 'node:assert/strict';
import type { AppendResult, EventStore, Head, LogId, NewEvent, ReadOptions, RecordedEvent, Write } from '@daybook/core';
import { v7 } from 'uuid';

/** An event to append: valid, with an id of its own. */
export function event(type = 'Noted', given: Partial<NewEvent> = {}): NewEvent {
  return { id: v7(), type, data: {}, tags: [], actor: { kind: 'person', id: 'alice' }, at: '2026-11-01T10:00:00.000Z', ...given };
}

/** As many events as asked for: `data.n` counts them from 1. */
export function events(count: number, type?: string): NewEvent[] {
  return Array.from({ length: count }, (_, index) => event(type, { data: { n: index + 1 } }));
}

/** One log's share of an append. */
export function write(log: LogId, expected: number, ...events: readonly NewEvent[]): Write {
  return { log, expected, events };
}

/** Appends and insists on it. */
export async function append(store: EventStore, ...writes: readonly Write[]): Promise<readonly Head[]> {
  const result = await store.append(writes);
  if (result.status === 'conflict') assert.fail(`conflict: ${result.log} is at ${result.head?.position ?? 0}`);
  return result.heads;
}

/** Appends and insists on a conflict. */
export async function conflict(store: EventStore, ...writes: readonly Write[]): Promise<AppendResult & { readonly status: 'conflict' }> {
  const result = await store.append(writes);
  if (result.status === 'appended') assert.fail('appended where a conflict was due');
  return result;
}

/** All items of all pages. */
export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

/** Everything read, as plain JSON: without keys that are undefined. */
export async function readAll(store: EventStore, log: LogId, options?: ReadOptions): Promise<RecordedEvent[]> {
  return plain(await collect(store.read(log, options)));
}

/** The value as its JSON text says it. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The first of these positions and ids is 1, and none is left out. */
export function assertGapless(recorded: readonly RecordedEvent[]): void {
  assert.deepEqual(
    recorded.map(({ position }) => position),
    recorded.map((_, index) => index + 1),
  );
}
