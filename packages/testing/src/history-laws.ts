import assert from 'node:assert/strict';
import type { EventStore, LogId, NewEvent, ReadOptions, Write } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { v7 } from 'uuid';
import { eventFields, readOptions } from './arbitraries';
import { EventModel } from './event-model';
import { collect, event, plain, readAll, write } from './events';
import type { Law } from './law';
import { property } from './property';

type Fields = Omit<NewEvent, 'id'>;

/** `drift` is how far from the head the append believes the log to be. */
interface Attempt {
  readonly log: LogId;
  readonly drift: number;
  readonly events: readonly Fields[];
}

type Step =
  | { readonly kind: 'append'; readonly attempts: readonly Attempt[] }
  /** An earlier append again, perhaps with one event more in its first log. */
  | { readonly kind: 'again'; readonly which: number; readonly more: readonly Fields[] }
  | { readonly kind: 'read'; readonly log: LogId; readonly options: ReadOptions }
  | { readonly kind: 'erase'; readonly log: LogId };

const logs = ['project/1', 'project/10', 'user/1'];

function step(): Arbitrary<Step> {
  const log = fc.constantFrom(...logs);
  const drift = fc.constantFrom(0, 0, 0, 0, 0, 0, -1, 1);
  const attempt = fc.record({ log, drift, events: fc.array(eventFields(), { maxLength: 4 }) });
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append'),
        attempts: fc.uniqueArray(attempt, { minLength: 1, selector: (given) => given.log }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('again'), which: fc.nat(20), more: fc.array(eventFields(), { maxLength: 1 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('read'), log, options: readOptions(12) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase'), log }) },
  );
}

/** Any history of appends, retries, reads and erasures goes as it does on the plainest store. */
export const historyLaws: readonly Law[] = [
  property(
    'goes through any history as a plain list a log does',
    fc.array(step(), { minLength: 1, maxLength: 25, size: 'max' }),
    async ({ events }, steps) => {
      for (const log of logs) await events.erase(log);
      await agrees(events, steps);
    },
    30,
  ),

  property(
    'takes ids in any order, and none twice',
    fc.array(fc.uniqueArray(id(), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 30, size: 'max' }),
    async ({ events }, appends) => {
      const [log] = logs as [LogId];
      await events.erase(log);
      const model = new EventModel();
      for (const ids of appends) {
        const given = ids.map((id) => event('Noted', { id, data: { by: id } }));
        await appendsAlike(events, model, [write(log, model.head(log)?.position ?? 0, ...given)]);
      }
      assert.deepEqual(await readAll(events, log), model.read(log));
    },
    20,
  ),

  property(
    'reads any selection of a log that grew in small steps and large ones',
    fc.record({
      sizes: fc.array(fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 90 })), {
        minLength: 40,
        maxLength: 90,
      }),
      kinds: fc.array(eventFields(), { minLength: 3, maxLength: 6 }),
      reads: fc.array(readOptions(300), { minLength: 25, maxLength: 25 }),
    }),
    async ({ events }, { sizes, kinds, reads }) => {
      const [log] = logs as [LogId];
      await events.erase(log);
      const model = new EventModel();
      for (const [turn, size] of sizes.entries()) {
        const expected = model.head(log)?.position ?? 0;
        const { at } = kinds[turn % kinds.length]!;
        const given = Array.from({ length: size }, (_, index) => withId({ ...kinds[(index * turn) % kinds.length]!, at }));
        await appendsAlike(events, model, [write(log, expected, ...given)]);
      }
      for (const options of reads) {
        assert.deepEqual(await readAll(events, log, options), model.read(log, options), JSON.stringify(options));
      }
    },
    8,
  ),
];

/** Those that ascend, as most do, and those that come in no order. */
function id(): Arbitrary<string> {
  const odd = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', '\n', '\0', 'é', '\uffff', '🐎'), minLength: 1, maxLength: 3 });
  return fc.oneof(
    odd,
    fc.nat(60).map((number) => `id-${String(number).padStart(2, '0')}`),
  );
}

async function agrees(store: EventStore, steps: readonly Step[]): Promise<void> {
  const model = new EventModel();
  const tried: (readonly Write[])[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'append':
        tried.push(step.attempts.map((attempt) => toWrite(attempt, model)));
        await appendsAlike(store, model, tried.at(-1)!);
        break;
      case 'again':
        await appendsAlike(store, model, again(tried, step));
        break;
      case 'read':
        assert.deepEqual(await readAll(store, step.log, step.options), model.read(step.log, step.options));
        break;
      case 'erase':
        await store.erase(step.log);
        model.erase(step.log);
        break;
    }
  }
  await holdsTheSame(store, model);
}

function toWrite({ log, drift, events }: Attempt, model: EventModel): Write {
  const position = model.head(log)?.position ?? 0;
  return { log, expected: Math.max(0, position + drift), events: events.map(withId) };
}

function withId(fields: Fields): NewEvent {
  return { ...fields, id: v7() };
}

function again(tried: readonly (readonly Write[])[], { which, more }: Step & { kind: 'again' }): readonly Write[] {
  const [first, ...others] = tried[which % Math.max(1, tried.length)] ?? [];
  return first ? [{ ...first, events: [...first.events, ...more.map(withId)] }, ...others] : [];
}

async function appendsAlike(store: EventStore, model: EventModel, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return;
  const stale = model.stale(writes);
  const expected = model.append(writes);
  const answer = plain(await store.append(writes));
  if (expected.status === 'appended' || answer.status === 'appended') {
    assert.deepEqual(answer, plain(expected));
  } else {
    assert.ok(stale.includes(answer.log), `${answer.log} is where the caller believed`);
    assert.deepEqual(answer.head, model.head(answer.log));
  }
}

async function holdsTheSame(store: EventStore, model: EventModel): Promise<void> {
  assert.deepEqual(await collect(store.logs()), model.logs());
  for (const log of logs) {
    assert.deepEqual(await store.head(log), model.head(log));
    assert.deepEqual(await readAll(store, log), model.read(log));
  }
}
