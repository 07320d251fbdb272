import type { NewEvent, Write } from '@daybook/core';
import { tagSlice, typeSlice } from './key-text';

/** A write as it goes to the server: a copy, so what its owner does to the events afterwards changes nothing. */
export interface WriteRows {
  readonly log: Write['log'];
  readonly expected: number;
  /** Of its events: none, where it only asserts. */
  readonly count: number;
  readonly time: string;
  /** Empty unless the ids ascend. */
  readonly firstId: string;
  readonly lastId: string;
  readonly batches: readonly Batch[];
}

/** Events that follow each other and have one time: a row. */
export interface Batch {
  /** The position of the last one. */
  readonly last: number;
  readonly count: number;
  readonly time: string;
  /** Its id, as JSON. */
  readonly lastId: string;
  /** The tags and types that any of them has, a line each. */
  readonly slices: string;
  /** A JSON array of objects whose first key is `id`. */
  readonly events: string;
}

/** PostgreSQL compresses rows from 2,000 bytes on, which takes longer than to write them. */
const charactersInBatch = 1_700;
const timePattern = /^[-+0-9TZ:.]{1,40}$/;
const ascii = /^[ -~]*$/;

/** Throws what JSON cannot write, before anything is stored. */
export function rowsOf({ log, expected, events }: Write): WriteRows {
  const batches: Batch[] = [];
  const ids = events.map(({ id }) => JSON.stringify(id));
  let [batch, last, time] = [new BatchOfOneTime(''), expected, ''];
  const finish = () => {
    if (batch.count === 0) return;
    last += batch.count;
    batches.push(batch.rowAt(last));
  };
  for (const [index, event] of events.entries()) {
    time = laterOf(time, event.at);
    const body = bodyOf(event);
    if (!batch.takes(time, body)) {
      finish();
      batch = new BatchOfOneTime(time);
    }
    batch.add(event, ids[index]!, body);
  }
  finish();
  return { log, expected, count: events.length, time, firstId: ascend(ids) ? (ids[0] ?? '') : '', lastId: ids.at(-1) ?? '', batches };
}

class BatchOfOneTime {
  readonly #time: string;
  readonly #types = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #slices: string[] = [];
  readonly #bodies: string[] = [];
  #lastId = '';
  #characters = 0;

  constructor(time: string) {
    this.#time = time;
  }

  get count(): number {
    return this.#bodies.length;
  }

  takes(time: string, body: string): boolean {
    return time === this.#time && this.#characters + body.length <= charactersInBatch;
  }

  add({ type, tags }: NewEvent, id: string, body: string): void {
    if (!this.#types.has(type)) {
      this.#types.add(type);
      this.#addSlice(typeSlice(type));
    }
    for (const tag of tags) {
      if (this.#tags.has(tag)) continue;
      this.#tags.add(tag);
      this.#addSlice(tagSlice(tag));
    }
    this.#lastId = id;
    this.#bodies.push(body);
    this.#characters += body.length;
  }

  rowAt(last: number): Batch {
    return {
      last,
      count: this.count,
      time: this.#time,
      lastId: this.#lastId,
      slices: this.#slices.join('\n'),
      events: `[${this.#bodies.join(',')}]`,
    };
  }

  #addSlice(slice: string): void {
    this.#slices.push(slice);
    this.#characters += slice.length;
  }
}

/** An event's log, position and time stand beside it. Its id comes first. */
function bodyOf({ id, type, data, tags, actor, correlationId, causationId }: NewEvent): string {
  return JSON.stringify({ id, type, data, tags, actor, correlationId, causationId });
}

/** Times are made to run forward. */
function laterOf(time: string, at: string): string {
  if (!timePattern.test(at)) throw new TypeError(`Not an instant: ${at}`);
  return at > time ? at : time;
}

/** Whether each text is greater than the one before, here as in PostgreSQL: beyond ASCII their orders differ. */
function ascend(texts: readonly string[]): boolean {
  return texts.every((text, index) => ascii.test(text) && (index === 0 || text > texts[index - 1]!));
}
