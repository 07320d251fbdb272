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
import { lowerBound } from './sorted';

const pageSize = 1000;

/** Logs in the memory of this process. */
export function memoryEvents(): EventStore {
  return new MemoryEvents();
}

class MemoryEvents implements EventStore {
  readonly #logs = new Map<LogId, Log>();
  readonly #watchers = new Set<(log: LogId) => void>();

  async append(writes: readonly Write[]): Promise<AppendResult> {
    checkWrites(writes);
    const additions = writes.filter((write) => !isAssertion(write));
    if (additions.length > 0 && additions.every((write) => this.#logs.get(write.log)?.holds(write))) {
      return { status: 'appended', heads: writes.map((write) => this.#headAfter(write)) };
    }
    const stale = writes.find(({ log, expected, events }) => {
      const stored = this.#logs.get(log);
      return (stored?.length ?? 0) !== expected || events.some(({ id }) => stored?.has(id));
    });
    if (stale) return { status: 'conflict', log: stale.log, head: this.#logs.get(stale.log)?.head };

    // What JSON cannot write throws here, before anything is stored.
    const entries = additions.map((write) => record(write, this.#logs.get(write.log)?.head).map(toEntry));
    for (const [i, { log }] of additions.entries()) this.#log(log).push(entries[i]!);
    for (const { log } of additions) this.#announce(log);
    return { status: 'appended', heads: writes.map((write) => this.#headAfter(write)) };
  }

  async *read(log: LogId, options: ReadOptions = {}): AsyncGenerator<readonly RecordedEvent[]> {
    const stored = this.#logs.get(log);
    if (!stored) return;
    let page: RecordedEvent[] = [];
    for (const position of stored.positions(options)) {
      page.push(stored.eventAt(position));
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async head(log: LogId): Promise<Head | undefined> {
    return this.#logs.get(log)?.head;
  }

  async *logs({ prefix = '', after = '' }: { prefix?: string; after?: LogId } = {}): AsyncGenerator<readonly LogId[]> {
    const found = [...this.#logs.keys()].filter((log) => log.startsWith(prefix) && log > after).sort();
    for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize);
  }

  async erase(log: LogId): Promise<void> {
    this.#logs.delete(log);
  }

  watch(listener: (log: LogId) => void): () => void {
    const watcher = (log: LogId) => listener(log);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** A log that was asserted may have been erased since. */
  #headAfter({ log, expected, events }: Write): Head {
    const position = expected + events.length;
    return this.#logs.get(log)?.headAt(position) ?? { ...noHead, position };
  }

  #log(id: LogId): Log {
    const log = this.#logs.get(id) ?? new Log();
    this.#logs.set(id, log);
    return log;
  }

  /** Later, so that a listener can neither delay nor fail an append. */
  #announce(log: LogId): void {
    for (const watcher of this.#watchers) queueMicrotask(() => this.#watchers.has(watcher) && watcher(log));
  }
}

/** An event as kept: as text, so that nobody changes history through an object that they gave or got. */
interface Entry {
  readonly id: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly recordedAt: string;
  readonly text: string;
}

function toEntry(event: RecordedEvent): Entry {
  const { id, type, tags, recordedAt } = event;
  return { id, type, tags: [...new Set(tags)], recordedAt, text: JSON.stringify(event) };
}

/** The positions of the events that share a tag or a type, ascending. */
type Index = readonly number[];

/** One log: its events by position, and an index a tag, type and id. */
class Log {
  readonly #entries: Pick<Entry, 'text' | 'recordedAt'>[] = [];
  readonly #ids = new Map<string, number>();
  readonly #tags = new Map<string, number[]>();
  readonly #types = new Map<string, number[]>();

  get length(): number {
    return this.#entries.length;
  }

  /** A log that exists has an event. */
  get head(): Head {
    return this.headAt(this.length);
  }

  headAt(position: number): Head {
    return { position, recordedAt: this.#entries[position - 1]?.recordedAt ?? noHead.recordedAt };
  }

  eventAt(position: number): RecordedEvent {
    return JSON.parse(this.#entries[position - 1]!.text);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Whether exactly this was appended before. */
  holds({ expected, events }: Write): boolean {
    return events.every(({ id }, i) => this.#ids.get(id) === expected + i + 1);
  }

  push(entries: readonly Entry[]): void {
    for (const { id, type, tags, recordedAt, text } of entries) {
      this.#entries.push({ recordedAt, text });
      this.#ids.set(id, this.length);
      addTo(this.#types, type, this.length);
      for (const tag of tags) addTo(this.#tags, tag, this.length);
    }
  }

  /**
   * The positions that a read finds, in its order. Each index says which position it holds next, from where we are: all tags must agree,
   * so we leap to the furthest of them; one type is enough, so the nearest of them counts.
   */
  *positions({ after = 0, upTo = this.length, tags = [], types, backward = false, limit = Number.POSITIVE_INFINITY }: ReadOptions) {
    const [first, last] = [after + 1, Math.min(upTo, this.length)];
    const seek = backward ? seekBackward : seekForward;
    const [furthest, nearest] = backward ? [Math.min, Math.max] : [Math.max, Math.min];
    const allOf = tags.map((tag) => this.#tags.get(tag) ?? []);
    const anyOf = types?.map((type) => this.#types.get(type) ?? []);

    let [position, found] = [backward ? last : first, 0];
    while (first <= position && position <= last && found < limit) {
      const next = furthest(
        position,
        ...allOf.map((index) => seek(index, position)),
        ...(anyOf ? [nearest(...anyOf.map((index) => seek(index, position)))] : []),
      );
      if (next === position) {
        yield position;
        found += 1;
        position += backward ? -1 : 1;
      } else {
        position = next;
      }
    }
  }
}

function addTo(indexes: Map<string, number[]>, key: string, position: number): void {
  const index = indexes.get(key);
  if (index) index.push(position);
  else indexes.set(key, [position]);
}

function seekForward(index: Index, position: number): number {
  return index[lowerBound(index, position, Number)] ?? Number.POSITIVE_INFINITY;
}

function seekBackward(index: Index, position: number): number {
  return index[lowerBound(index, position + 1, Number) - 1] ?? Number.NEGATIVE_INFINITY;
}
