import { setImmediate } from 'node:timers/promises';
import {
  type AppendResult,
  checkWrites,
  type EventStore,
  type Head,
  isAssertion,
  type LogId,
  noHead,
  type ReadOptions,
  type RecordedEvent,
  record,
  type Write,
} from '@daybook/core';
import type { Environment } from './environment';
import { EventReader, parse, parseEvent } from './event-reader';
import type { Hints } from './hints';
import { afterAll, headKey, positionKey, rowsOf, textKey } from './keys';
import { Lines, type Place } from './lines';

const eventsInPage = 1_000;
const logsInPage = 1_000;
const rowsInSweep = 10_000;

/** Logs as rows in LMDB: each event under its position, and index rows that lead to it. */
export class FileEvents implements EventStore {
  readonly #environment: Environment;
  readonly #hints: Hints;
  /** Appends to one log follow each other in the order they were asked, so a caller may count on its own before they are stored. */
  readonly #lines = new Lines();
  #closed = false;

  constructor(environment: Environment, hints: Hints) {
    this.#environment = environment;
    this.#hints = hints;
  }

  async append(writes: readonly Write[]): Promise<AppendResult> {
    checkWrites(writes);
    const places = writes.map((write) => ({ log: write.log, shared: isAssertion(write) }));
    const result = await this.#inTurn(places, () => this.#append(writes, `append to ${writes.map(({ log }) => log).join(', ')}`));
    if (result.status === 'appended') this.#hints.announce(places.flatMap(({ log, shared }) => (shared ? [] : [log])));
    return result;
  }

  async *read(log: LogId, options: ReadOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    const { after = 0, upTo = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY, backward = false, tags = [], types } = options;
    const head = await this.head(log);
    const first = Math.max(1, Math.floor(after) + 1);
    const last = Math.min(Math.floor(upTo), head?.position ?? 0);
    if (first > last) return;
    const reader = new EventReader(this.#environment, { log, first, last, backward, tags, types });
    for (let left = limit; left > 0; ) {
      const page = this.#environment.read(`read ${log}`, () => reader.page(Math.min(left, eventsInPage)));
      if (page.length === 0) return;
      left -= page.length;
      yield page;
      await setImmediate(); // nothing here waits for the disk: without it a long read would keep everything else from running
    }
  }

  async head(log: LogId): Promise<Head | undefined> {
    return this.#environment.read(`read the head of ${log}`, () => this.#head(log));
  }

  async *logs({ prefix = '', after }: { readonly prefix?: string; readonly after?: LogId } = {}): AsyncGenerator<readonly LogId[]> {
    const end = prefix === '' ? undefined : afterAll(Buffer.from(prefix));
    for (let last = after; ; ) {
      const start = last === undefined || last < prefix ? Buffer.from(prefix) : Buffer.from(`${last}\0`);
      const page = this.#environment.read('list the logs', () =>
        Array.from(this.#environment.heads.getKeys({ start: start.length === 0 ? undefined : start, end, limit: logsInPage }), String),
      );
      if (page.length === 0) return;
      yield page;
      last = page.at(-1);
    }
  }

  async erase(log: LogId): Promise<void> {
    await this.#inTurn([{ log, shared: false }], async () => {
      const { heads } = this.#environment;
      const removeHead = async () => {
        const head = await this.head(log);
        if (head === undefined) return true;
        return this.#environment.write(`erase ${log}`, () =>
          heads.ifVersion(headKey(log), head.position, () => heads.remove(headKey(log))),
        );
      };
      while (!(await removeHead())); // another process appended in between
      await this.#sweep(log);
    });
  }

  watch(listener: (log: LogId) => void): () => void {
    return this.#hints.listen(listener);
  }

  /** Refuses what is asked from now on; ends after what was asked before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#lines.settle();
  }

  async #inTurn<T>(places: readonly Place[], action: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new TypeError('The storage is closed');
    return this.#lines.inTurn(places, action);
  }

  /**
   * Decides on a snapshot and stores on the condition that no head has moved since, so LMDB's write lock, which all processes share,
   * is never held while JavaScript runs. When a head has moved the decision is made again.
   */
  async #append(writes: readonly Write[], what: string): Promise<AppendResult> {
    for (const write of writes) if (write.expected === 0 && !isAssertion(write)) await this.#sweep(write.log);
    for (;;) {
      const decision = this.#environment.read(what, () => this.#decide(writes));
      if (!Array.isArray(decision)) return decision;
      const changes = decision.some(({ rows }) => rows.length > 0);
      const stored = !changes || (await this.#environment.write(what, () => this.#store(decision)));
      if (stored) return { status: 'appended', heads: decision.map(({ head }) => head) };
    }
  }

  /** The answer, or what is to be stored. */
  #decide(writes: readonly Write[]): Addition[] | AppendResult {
    const heads = writes.map(({ log }) => this.#head(log));
    const stale = writes.findIndex((write, index) => (heads[index]?.position ?? 0) !== write.expected || this.#hasAnyId(write));
    if (stale === -1) return writes.map((write, index) => additionOf(write, heads[index]));
    const events = writes.filter((write) => !isAssertion(write));
    const isRepeated = events.length > 0 && events.every((write) => this.#isStored(write));
    if (!isRepeated) return { status: 'conflict', log: writes[stale]!.log, head: heads[stale] };
    return { status: 'appended', heads: writes.map((write) => this.#headAfter(write)) };
  }

  #hasAnyId({ log, events }: Write): boolean {
    const ids = rowsOf(log, 'id');
    return events.some(({ id }) => this.#environment.rows.doesExist(textKey(ids, id)));
  }

  /** Whether exactly these events stand where this write would put them: then it is the retry of one that succeeded. */
  #isStored({ log, expected, events }: Write): boolean {
    return events.every(({ id }, index) => this.#event(log, expected + index + 1)?.id === id);
  }

  /** A log that was asserted may have been erased since. */
  #headAfter({ log, expected, events }: Write): Head {
    const position = expected + events.length;
    return headOf(this.#event(log, position) ?? { ...noHead, position });
  }

  /** One transaction, stored when every log's head is where its write expects it. */
  async #store(additions: readonly Addition[]): Promise<boolean> {
    const { heads, rows } = this.#environment;
    const conditions: Promise<boolean>[] = [];
    const storeFrom = (index: number): void => {
      const addition = additions[index];
      if (addition === undefined) {
        for (const { log, head, rows: added } of additions) {
          if (added.length > 0) heads.put(headKey(log), JSON.stringify(head), head.position);
          for (const [key, text] of added) rows.put(key, text);
        }
      } else {
        const { log, expected } = addition;
        const then = () => storeFrom(index + 1);
        conditions.push(expected === 0 ? heads.ifNoExists(headKey(log), then) : heads.ifVersion(headKey(log), expected, then));
      }
    };
    storeFrom(0);
    return (await Promise.all(conditions)).every(Boolean); // lmdb can call an inner condition met when an outer one was not
  }

  /** Removes the rows of a log that has no head: what an erasure has still to do, or one that a crash cut short. */
  async #sweep(log: LogId): Promise<void> {
    const { heads, rows } = this.#environment;
    const what = `erase ${log}`;
    const prefix = rowsOf(log);
    const leftovers = () =>
      this.#environment.hasLog(log) ? [] : Array.from(rows.getKeys({ start: prefix, end: afterAll(prefix), limit: rowsInSweep }));
    for (let keys = this.#environment.read(what, leftovers); keys.length > 0; keys = this.#environment.read(what, leftovers)) {
      await this.#environment.write(what, () =>
        heads.ifNoExists(headKey(log), () => {
          for (const key of keys) rows.remove(key);
        }),
      );
    }
  }

  #head(log: LogId): Head | undefined {
    const text = this.#environment.heads.get(headKey(log));
    return text === undefined ? undefined : parse<Head>(text, `the head of ${log}`);
  }

  #event(log: LogId, position: number): RecordedEvent | undefined {
    const text = this.#environment.rows.get(positionKey(rowsOf(log, 'event'), position));
    return text === undefined ? undefined : parseEvent(text, log, position);
  }
}

/** What an append does to a log, without rows nothing: made whole before anything is stored, so that what JSON cannot write fails in time. */
interface Addition {
  readonly log: LogId;
  readonly expected: number;
  readonly head: Head;
  readonly rows: readonly Row[];
}

type Row = readonly [key: Buffer, text: string];

function additionOf(write: Write, head: Head | undefined): Addition {
  const { log, expected } = write;
  const events = record(write, head);
  return { log, expected, head: headOf(events.at(-1) ?? head ?? noHead), rows: rowsFor(log, events) };
}

/** Each event under its position, and the index rows that lead to it: their keys say all. */
function rowsFor(log: LogId, events: readonly RecordedEvent[]): Row[] {
  const [byPosition, ids, tags, types] = [rowsOf(log, 'event'), rowsOf(log, 'id'), rowsOf(log, 'tag'), rowsOf(log, 'type')];
  return events.flatMap((event): Row[] => [
    [positionKey(byPosition, event.position), JSON.stringify(event)],
    [textKey(ids, event.id), ''],
    ...event.tags.map((tag): Row => [positionKey(textKey(tags, tag), event.position), '']),
    [positionKey(textKey(types, event.type), event.position), ''],
  ]);
}

function headOf({ position, recordedAt }: Head): Head {
  return { position, recordedAt };
}
