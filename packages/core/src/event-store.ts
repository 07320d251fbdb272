import type { Json } from './message';

/** Names a log: `project/<id>`, `organization/<id>` or `user/<id>`. At most 200 characters of `[A-Za-z0-9_.:/-]`. */
export type LogId = string;

/** Who caused an event. The embedding app has authenticated them. */
export interface Actor {
  readonly kind: 'person' | 'limited' | 'support' | 'system';
  readonly id: string;
}

/** An event on its way into a log. */
export interface NewEvent {
  /** A v7 uuid, unique within its log: what makes a retry safe. */
  readonly id: string;
  readonly type: string;
  readonly data: { readonly [key: string]: Json };
  /** `kind:id`, at most 16 of at most 300 characters: the index by which slices of a log are read. */
  readonly tags: readonly string[];
  readonly actor: Actor;
  /** The caller's time, ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** The embedding app's request that it was caused in. */
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** A stored event. `recordedAt` = the later of `at` and the previous event's `recordedAt`. */
export interface RecordedEvent extends Omit<NewEvent, 'at'> {
  readonly log: LogId;
  readonly position: number;
  readonly recordedAt: string;
}

/** The last event's place and time. */
export interface Head {
  readonly position: number;
  readonly recordedAt: string;
}

/** The place before the first event. */
export const noHead: Head = { position: 0, recordedAt: '' };

/**
 * The events for one log; none = an assertion: the log is only to be where it is expected. `expected` is the head's position that the decision
 * saw; 0 = the log must not exist.
 */
export interface Write {
  readonly log: LogId;
  readonly expected: number;
  readonly events: readonly NewEvent[];
}

export type AppendResult =
  /** Stored and, where the storage is durable, on disk. `heads` in the order of the writes, assertions too; of a log that does not exist `noHead`. */
  | { readonly status: 'appended'; readonly heads: readonly Head[] }
  /** Nothing was stored: `log` is not where the caller believed. */
  | { readonly status: 'conflict'; readonly log: LogId; readonly head: Head | undefined };

export interface ReadOptions {
  /** Only positions greater than this. Default 0. */
  readonly after?: number;
  /** Only positions up to and including this. Default: the end. */
  readonly upTo?: number;
  /** Only events that carry all of these tags. */
  readonly tags?: readonly string[];
  /** Only events of any of these types. */
  readonly types?: readonly string[];
  /** Newest first. Bounds keep their meaning. */
  readonly backward?: boolean;
  /** At most this many events in all. */
  readonly limit?: number;
}

/**
 * Append-only logs. Positions are 1, 2, 3 … within a log, without gaps; there is no order between logs.
 *
 * Throws only `STORE_UNAVAILABLE` (the outcome may be unknown; asking again with the same event ids is safe) and `STORE_CORRUPT`;
 * for what breaks the rules of these types, a `TypeError`.
 */
export interface EventStore {
  /**
   * Atomic over all writes: all stored or none. The logs are distinct. A write without events holds its log, shared, while the others are stored:
   * appends that assert one log do not wait for each other, one that writes to it waits for them and they for it. Assertions alone are
   * answered as any append: whether all of them hold.
   *
   * Asked again with the same ids at the same place it answers the first result, heads as they were then, wherever the logs that it asserted
   * are now; when only some of the ids are there, or elsewhere, or in another order, `conflict`.
   */
  append(writes: readonly Write[]): Promise<AppendResult>;
  /** In order, in non-empty pages of at most 1,000 events; an index range, never a scan of the whole log. An unknown log is empty. */
  read(log: LogId, options?: ReadOptions): AsyncIterable<readonly RecordedEvent[]>;
  /** Undefined for a log without events. One key look-up. */
  head(log: LogId): Promise<Head | undefined>;
  /** In ascending order (by UTF-16 code units), in non-empty pages. */
  logs(options?: { readonly prefix?: string; readonly after?: LogId }): AsyncIterable<readonly LogId[]>;
  /** Removes a whole log, for the purge of a deleted project. Nothing else ever removes an event. */
  erase(log: LogId): Promise<void>;
  /**
   * A hint that a log grew, from whichever process; readers keep their own position, so a lost hint loses nothing.
   * Returns the function that stops it.
   */
  watch(listener: (log: LogId) => void): () => void;
}

const logPattern = /^[A-Za-z0-9_.:/-]{1,200}$/;

/** What every adapter checks before it stores: the rules that the types above cannot say. Throws `TypeError`. */
export function checkWrites(writes: readonly Write[]): void {
  if (new Set(writes.map(({ log }) => log)).size !== writes.length) throw new TypeError('A log is written twice in one append');
  for (const { log, expected, events } of writes) {
    if (!logPattern.test(log)) throw new TypeError(`Not a log id: ${log}`);
    if (!Number.isSafeInteger(expected) || expected < 0) throw new TypeError(`Not a position: ${expected}`);
    if (new Set(events.map(({ id }) => id)).size !== events.length) throw new TypeError(`An event id is given twice for ${log}`);
    for (const { tags } of events) {
      if (tags.length > 16 || tags.some((tag) => tag.length === 0 || tag.length > 300))
        throw new TypeError(`At most 16 tags of 1 to 300 characters`);
    }
  }
}

/** What a write becomes after `head`: positions without gaps, times that never run backwards. */
export function record({ log, events }: Write, head: Head | undefined): RecordedEvent[] {
  let { position, recordedAt } = head ?? { position: 0, recordedAt: '' };
  return events.map(({ id, type, data, tags, actor, at, correlationId, causationId }) => {
    position += 1;
    if (at > recordedAt) recordedAt = at;
    const traced = { ...(correlationId !== undefined && { correlationId }), ...(causationId !== undefined && { causationId }) };
    return { id, log, position, type, data, tags, actor, recordedAt, ...traced };
  });
}

/** Whether a write stores nothing and only says where its log is. */
export function isAssertion({ events }: Write): boolean {
  return events.length === 0;
}
