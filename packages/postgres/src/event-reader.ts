import { setImmediate } from 'node:timers/promises';
import { DaybookError, type LogId, type ReadOptions, type RecordedEvent } from '@daybook/core';
import type { Database, Rows } from './database';
import { tagSlice, typeSlice } from './key-text';

const mostEvents = 1_000;
/** Of a page from the server; each has an event or more. */
const mostBatches = 500;
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
  /** Of what is asked: positions above `after` and up to `upTo`. */
  readonly #after: number;
  readonly #upTo: number;
  /** What is still to be asked for: positions above `low` and up to `high`, and at most `left` events. */
  #low: number;
  #high: number;
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
    [this.#low, this.#high, this.#left] = [this.#after, this.#upTo, limit];
    if (!this.#isFiltered && !options.backward) this.#expected = this.#after + 1;
  }

  async *pages(): AsyncGenerator<readonly RecordedEvent[]> {
    this.#database.checkOpen();
    let next = this.#ask();
    while (next !== undefined) {
      const rows = await next;
      const left = this.#left;
      this.#left -= this.#isFiltered ? rows.length : sum(rows.map((row) => this.#countIn(row)));
      next = this.#ask();
      if (next !== undefined) await setImmediate(); // it goes out before the parsing begins
      const events = this.#eventsOf(rows).slice(0, left);
      this.#left = left - events.length;
      next ??= this.#ask(); // when fewer came than might have
      for (let from = 0; from < events.length; from += mostEvents) yield events.slice(from, from + mostEvents);
    }
  }

  get #isFiltered(): boolean {
    return (this.#options.tags?.length ?? 0) > 0 || this.#options.types !== undefined;
  }

  #ask(): Promise<Rows> | undefined {
    if (this.#low >= this.#high || this.#left <= 0 || this.#options.types?.length === 0) return undefined;
    const rows = this.#page(Math.ceil(Math.min(this.#left, mostBatches)));
    rows.catch(() => {}); // whoever waits for them is told
    return rows;
  }

  async #page(count: number): Promise<Rows> {
    const { tags = [], types = [], backward = false } = this.#options;
    const ofTypes = [...new Set(types.map(typeSlice))];
    const allOf = [...new Set([...tags.map(tagSlice), ...(ofTypes.length === 1 ? ofTypes : [])])];
    const anyOf = ofTypes.length === 1 ? [] : ofTypes;
    // Every position has an event: no more are asked for than are wanted.
    const high = this.#isFiltered || backward ? this.#high : Math.min(this.#high, this.#low + this.#left);
    const values = [this.#log, this.#low, high, backward, allOf, anyOf, count];
    const rows = await this.#database.read(`read ${this.#log}`, this.#text, values);
    const [first, last, , , full] = rows.at(-1) ?? [];
    if (rows.length < count && !full) this.#low = this.#high;
    else if (backward) this.#high = Number(first ?? last) - 1;
    else this.#low = Number(last);
    return rows;
  }

  /** How many events of a batch are asked for. */
  #countIn([first, last]: Rows[number]): number {
    return Math.min(Number(last), this.#upTo) - Math.max(Number(first) - 1, this.#after);
  }

  #eventsOf(rows: Rows): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    for (const row of rows) {
      const batch = this.#batchOf(row);
      for (const event of this.#options.backward ? batch.reverse() : batch) events.push(event);
    }
    return events;
  }

  /** The events of a row that are asked for. */
  #batchOf([start, end, recordedAt, text]: Rows[number]): RecordedEvent[] {
    const [first, last] = [Number(start), Number(end)];
    this.#checkPlace(start === null ? last + 1 : first, last);
    const events = parseArray(text!);
    if (events?.length !== last - first + 1 || !events.every(isObject))
      throw new DaybookError('STORE_CORRUPT', { what: `events ${first} to ${last} of ${this.#log} are no array of JSON objects` });
    let position = first;
    for (const event of events) {
      event.log = this.#log;
      event.position = position++;
      event.recordedAt = recordedAt!;
    }
    const isWhole = !this.#isFiltered && first > this.#after && last <= this.#upTo;
    return isWhole ? events : events.filter((event) => this.#isAskedFor(event));
  }

  /** `first` is beyond `last` where nothing was found. */
  #checkPlace(first: number, last: number): void {
    const { backward } = this.#options;
    const expected = this.#expected ?? last;
    if (expected < first || expected > last)
      throw new DaybookError('STORE_CORRUPT', { what: `event ${expected} of ${this.#log} is missing` });
    if (!this.#isFiltered) this.#expected = backward ? first - 1 : last + 1;
  }

  /** Slices find batches, the events decide: texts that keys hold as a digest might share one. */
  #isAskedFor({ position, tags, type }: RecordedEvent): boolean {
    const asked = this.#options;
    if (position <= this.#after || position > this.#upTo) return false;
    return (asked.tags ?? []).every((tag) => tags.includes(tag)) && (asked.types === undefined || asked.types.includes(type));
  }
}

type Body = { -readonly [name in keyof RecordedEvent]: RecordedEvent[name] };

/** Undefined where it is no JSON array. */
function parseArray(text: string): Body[] | undefined {
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
