import { setImmediate } from 'node:timers/promises';
import { DaybookError, type LogId, type ReadOptions, type RecordedEvent } from '@daybook/core';
import type { Database, Rows } from './database';
import { tagSlice, typeSlice } from './key-text';

const eventsInPage = 1_000;
const bytesInPage = 4_000_000;

/**
 * Reads one log page by page; the next page is on its way while one is parsed and the caller works on it. Between pages it holds nothing of
 * the database, so it goes on where it was over whatever connection there is.
 */
export class EventReader {
  readonly #database: Database;
  readonly #text: string;
  readonly #log: LogId;
  readonly #options: ReadOptions;
  /** Positions above `after` and up to `upTo` are still to be read, and at most `left`. */
  #after: number;
  #upTo: number;
  #left: number;
  /** Which event has to come next, where that is known. */
  #expected: number | undefined;

  constructor(database: Database, schema: string, log: LogId, options: ReadOptions) {
    const { after = 0, upTo = Number.MAX_SAFE_INTEGER, limit = Number.POSITIVE_INFINITY } = options;
    this.#database = database;
    this.#text = `SELECT * FROM ${schema}.read_page($1, $2, $3, $4, $5, $6, $7, ${bytesInPage})`;
    this.#log = log;
    this.#options = options;
    this.#after = Math.min(Math.max(0, Math.floor(after)), Number.MAX_SAFE_INTEGER);
    this.#upTo = Math.min(Math.floor(upTo), Number.MAX_SAFE_INTEGER);
    this.#left = limit;
    if (!this.#isFiltered && !options.backward) this.#expected = this.#after + 1;
  }

  async *pages(): AsyncGenerator<readonly RecordedEvent[]> {
    this.#database.checkOpen();
    let next = this.#ask();
    while (next !== undefined) {
      const rows = await next;
      next = this.#ask();
      if (next !== undefined) await setImmediate(); // it goes out before the parsing begins
      const events = this.#eventsOf(rows);
      next ??= this.#ask(); // when not all were asked for
      if (events.length > 0) yield events;
    }
  }

  get #isFiltered(): boolean {
    return (this.#options.tags?.length ?? 0) > 0 || this.#options.types !== undefined;
  }

  #ask(): Promise<Rows> | undefined {
    if (this.#after >= this.#upTo || this.#left <= 0 || this.#options.types?.length === 0) return undefined;
    const rows = this.#page(Math.ceil(Math.min(this.#left, eventsInPage)));
    rows.catch(() => {}); // whoever waits for them is told
    return rows;
  }

  async #page(count: number): Promise<Rows> {
    const { tags = [], types = [], backward = false } = this.#options;
    const ofTypes = [...new Set(types.map(typeSlice))];
    const allOf = [...new Set([...tags.map(tagSlice), ...(ofTypes.length === 1 ? ofTypes : [])])];
    const anyOf = ofTypes.length === 1 ? [] : ofTypes;
    const values = [this.#log, this.#after, this.#upTo, backward, allOf, anyOf, count];
    const rows = await this.#database.read(`read ${this.#log}`, this.#text, values);
    const last = rows.at(-1);
    const isLast = last === undefined || (rows.length < count && last[3] === null);
    if (isLast) this.#after = this.#upTo;
    else if (backward) this.#upTo = Number(last[0]) - 1;
    else this.#after = Number(last[0]);
    this.#left -= rows.length;
    return rows;
  }

  #eventsOf(rows: Rows): readonly RecordedEvent[] {
    const found = rows.map((row) => this.#parse(row));
    if (!this.#isFiltered) return found;
    const events = found.filter((event) => this.#isAskedFor(event));
    this.#left += rows.length - events.length;
    return events;
  }

  #parse([place, recordedAt, body]: Rows[number]): RecordedEvent {
    const position = Number(place);
    const missing = body === null ? position : position === (this.#expected ?? position) ? undefined : this.#expected;
    if (missing !== undefined) throw new DaybookError('STORE_CORRUPT', { what: `event ${missing} of ${this.#log} is missing` });
    if (!this.#isFiltered) this.#expected = this.#options.backward ? position - 1 : position + 1;
    const event = parse(body!) as { -readonly [name in keyof RecordedEvent]: RecordedEvent[name] } | undefined;
    if (event === undefined) throw new DaybookError('STORE_CORRUPT', { what: `event ${position} of ${this.#log} is no JSON object` });
    event.log = this.#log;
    event.position = position;
    event.recordedAt = recordedAt!;
    return event;
  }

  /** Slices find events, the events decide: texts that keys hold as a digest might share one. */
  #isAskedFor({ tags, type }: RecordedEvent): boolean {
    const asked = this.#options;
    return (asked.tags ?? []).every((tag) => tags.includes(tag)) && (asked.types === undefined || asked.types.includes(type));
  }
}

/** Undefined where it is no JSON object. */
function parse(text: string): object | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
