import { type AppendResult, type Head, isAssertion, type LogId, type ReadOptions, type RecordedEvent, type Write } from '@daybook/core';
import { plain } from './events';

/** The plainest event store there can be, a list a log: what every store must agree with. */
export class EventModel {
  readonly #logs = new Map<LogId, RecordedEvent[]>();

  append(writes: readonly Write[]): AppendResult {
    const additions = writes.filter((write) => !isAssertion(write));
    const isRepeated = additions.length > 0 && additions.every((write) => this.#isThere(write));
    if (isRepeated) return { status: 'appended', heads: writes.map((write) => this.#headAfter(write)) };
    const [stale] = this.stale(writes);
    if (stale !== undefined) return { status: 'conflict', log: stale, head: this.head(stale) };
    for (const write of additions) this.#store(write);
    return { status: 'appended', heads: writes.map((write) => this.#headAfter(write)) };
  }

  /** The logs that are not where the writes believe, or hold one of their ids. */
  stale(writes: readonly Write[]): LogId[] {
    return writes
      .filter(({ log, expected, events }) => {
        const stored = this.#events(log);
        return stored.length !== expected || events.some(({ id }) => stored.some((known) => known.id === id));
      })
      .map(({ log }) => log);
  }

  read(
    log: LogId,
    { after = 0, upTo = Infinity, tags = [], types, backward = false, limit = Infinity }: ReadOptions = {},
  ): RecordedEvent[] {
    const found = this.#events(log).filter(
      (event) =>
        event.position > after &&
        event.position <= upTo &&
        tags.every((tag) => event.tags.includes(tag)) &&
        (types === undefined || types.includes(event.type)),
    );
    return (backward ? found.reverse() : found).slice(0, limit);
  }

  head(log: LogId): Head | undefined {
    const last = this.#events(log).at(-1);
    return last && { position: last.position, recordedAt: last.recordedAt };
  }

  logs({ prefix = '', after = '' }: { prefix?: string; after?: LogId } = {}): LogId[] {
    return [...this.#logs.keys()].filter((log) => log.startsWith(prefix) && log > after).sort();
  }

  erase(log: LogId): void {
    this.#logs.delete(log);
  }

  #events(log: LogId): RecordedEvent[] {
    return this.#logs.get(log) ?? [];
  }

  #isThere({ log, expected, events }: Write): boolean {
    return events.every(({ id }, index) => this.#events(log)[expected + index]?.id === id);
  }

  #headAfter({ log, expected, events }: Write): Head {
    const position = expected + events.length;
    return { position, recordedAt: this.#events(log)[position - 1]?.recordedAt ?? '' };
  }

  #store({ log, events }: Write): void {
    const stored = this.#events(log);
    let recordedAt = stored.at(-1)?.recordedAt ?? '';
    for (const { at, ...event } of events) {
      if (at > recordedAt) recordedAt = at;
      stored.push(plain({ ...event, log, position: stored.length + 1, recordedAt }));
    }
    this.#logs.set(log, stored);
  }
}
