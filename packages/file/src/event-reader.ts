import { DaybookError, type LogId, type RecordedEvent } from '@daybook/core';
import type { Environment } from './environment';
import { positionIn, positionKey, type RowKind, rowsOf, textKey } from './keys';
import { inAll, inAny, inRange, type Places } from './places';

const charactersInPage = 4_000_000;

/** What a read asks for, its bounds cut to the log as it was when the read began. */
export interface Reading {
  readonly log: LogId;
  readonly first: number;
  readonly last: number;
  readonly backward: boolean;
  readonly tags: readonly string[];
  readonly types: readonly string[] | undefined;
}

/** Reads one log page by page. Between pages it holds nothing of the database, so a slow consumer costs nobody anything. */
export class EventReader {
  readonly #environment: Environment;
  readonly #reading: Reading;
  readonly #events: Buffer;
  /** The places that the index names; undefined = every one. */
  readonly #indexed: Places | undefined;
  #from: number;
  readonly #to: number;

  constructor(environment: Environment, reading: Reading) {
    const { log, first, last, backward, tags, types } = reading;
    this.#environment = environment;
    this.#reading = reading;
    this.#events = rowsOf(log, 'event');
    [this.#from, this.#to] = backward ? [-last, -first] : [first, last];
    const ranges = tags.map((tag) => this.#range('tag', tag));
    if (types !== undefined) ranges.push(inAny(types.map((type) => this.#range('type', type))));
    this.#indexed = ranges.length === 0 ? undefined : inAll(ranges);
  }

  /** The next events, at most `count`; none at the end. To be called within one snapshot. */
  page(count: number): RecordedEvent[] {
    const page: RecordedEvent[] = [];
    let characters = 0;
    for (const [place, text] of this.#indexed === undefined ? this.#sequence(count) : this.#selection(this.#indexed)) {
      if (text === undefined) return this.#endAt(place, page);
      this.#from = place + 1;
      const event = parseEvent(text, this.#reading.log, Math.abs(place));
      if (!this.#isAskedFor(event)) continue;
      page.push(event);
      characters += text.length;
      if (page.length === count || characters > charactersInPage) break;
    }
    return page;
  }

  /** Events one after the other; a place without one has no text. */
  *#sequence(count: number): Generator<[place: number, text: string | undefined]> {
    const to = Math.min(this.#to, this.#from + count - 1);
    let place = this.#from;
    for (const { key, value } of this.#environment.rows.getRange(this.#between(this.#events, place, to))) {
      if (Math.abs(place) !== positionIn(key)) break;
      yield [place, value];
      place += 1;
    }
    if (place <= to) yield [place, undefined];
  }

  *#selection(indexed: Places): Generator<[place: number, text: string | undefined]> {
    for (;;) {
      const place = indexed.next(this.#from);
      if (place === undefined) return;
      yield [place, this.#environment.rows.get(positionKey(this.#events, Math.abs(place)))];
    }
  }

  #range(kind: RowKind, text: string): Places {
    const prefix = textKey(rowsOf(this.#reading.log, kind), text);
    return inRange((from, limit) => {
      const keys = this.#environment.rows.getKeys({ ...this.#between(prefix, from, this.#to), limit });
      return Array.from(keys, (key) => (this.#reading.backward ? -positionIn(key) : positionIn(key)));
    });
  }

  #between(prefix: Buffer, from: number, to: number): { start: Buffer; end: Buffer; reverse?: boolean } {
    if (!this.#reading.backward) return { start: positionKey(prefix, from), end: positionKey(prefix, to + 1) };
    return { start: positionKey(prefix, -from), end: positionKey(prefix, -to - 1), reverse: true };
  }

  /** The index finds events, the events decide: texts that keys hold as a digest, or that are no valid Unicode, may share index rows. */
  #isAskedFor({ tags, type }: RecordedEvent): boolean {
    const asked = this.#reading;
    return asked.tags.every((tag) => tags.includes(tag)) && (asked.types === undefined || asked.types.includes(type));
  }

  /** An event can be missing because the log was erased while it was read. */
  #endAt(place: number, page: RecordedEvent[]): RecordedEvent[] {
    const { log } = this.#reading;
    if (this.#environment.hasLog(log)) throw new DaybookError('STORE_CORRUPT', { what: `event ${Math.abs(place)} of ${log} is missing` });
    this.#from = this.#to + 1;
    return page;
  }
}

/** A stored event; `STORE_CORRUPT` unless it is what its key says. */
export function parseEvent(text: string, log: LogId, position: number): RecordedEvent {
  const event = parse<RecordedEvent>(text, `event ${position} of ${log}`);
  if (event?.log !== log || event.position !== position) {
    throw new DaybookError('STORE_CORRUPT', { what: `another event stands in the place of event ${position} of ${log}` });
  }
  return event;
}

/** JSON text that this package stored. */
export function parse<T>(text: string, what: string): T {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DaybookError('STORE_CORRUPT', { what: `${what} is not JSON` }, { cause });
  }
}
