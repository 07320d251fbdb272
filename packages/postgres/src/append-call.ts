import type { AppendResult, Head, NewEvent, Write } from '@daybook/core';
import { bigints, integers, texts } from './arrays';
import type { Rows, Value } from './database';
import { keyText, tagSlice, typeSlice } from './key-text';

const positionsInRow = 100;
const timePattern = /^[-+0-9TZ:.]{1,40}$/;

/** A write as it goes to the server: a copy, so what its owner does to the events afterwards changes nothing. */
export interface WriteRows {
  readonly log: LogName;
  readonly expected: number;
  readonly ids: readonly string[];
  /** Made to run forward. */
  readonly times: readonly string[];
  readonly bodies: readonly string[];
  readonly slices: readonly Slice[];
}

interface Slice {
  readonly name: string;
  readonly positions: readonly number[];
}

type LogName = Write['log'];

/** Throws what JSON cannot write, before anything is stored. */
export function rowsOf({ log, expected, events }: Write): WriteRows {
  const ids = events.map(({ id }) => keyText(id));
  return { log, expected, ids, times: timesOf(events), bodies: events.map(bodyOf), slices: slicesOf(events, expected + 1) };
}

/** The functions that append, and how many parameters each has. */
const parameterCounts = { append: 15, append_one: 6 } as const;
type AppendFunction = keyof typeof parameterCounts;

/** How each is called; made once, since the driver finds prepared statements by their text. */
export function appendTexts(schema: string): Readonly<Record<AppendFunction, string>> {
  const textOf = (name: AppendFunction) => {
    const parameters = Array.from({ length: parameterCounts[name] }, (_, index) => `$${index + 1}`);
    return `SELECT * FROM ${schema}.${name}(${parameters.join(', ')})`;
  };
  return { append: textOf('append'), append_one: textOf('append_one') };
}

/** One call of a function of the schema, for several appends. */
export class AppendCall {
  readonly #group: readonly (readonly WriteRows[])[];
  /** All writes in the order of their logs, in which everybody locks them; each with its place in the group. */
  readonly #placed: readonly { readonly append: number; readonly index: number; readonly write: WriteRows }[];

  constructor(group: readonly (readonly WriteRows[])[]) {
    this.#group = group;
    this.#placed = group
      .flatMap((writes, append) => writes.map((write, index) => ({ append, index, write })))
      .sort((a, b) => (a.write.log < b.write.log ? -1 : 1));
  }

  get function(): AppendFunction {
    return this.#single === undefined ? 'append' : 'append_one';
  }

  /** In the order of the function's parameters. */
  parameters(): Value[] {
    return this.#single === undefined ? this.#parametersOfAll() : parametersOfOne(this.#single);
  }

  /** The only write, of a single event. */
  get #single(): WriteRows | undefined {
    const [first] = this.#placed;
    return this.#placed.length === 1 && first!.write.ids.length === 1 ? first!.write : undefined;
  }

  /** Only an append alone waits for others: nobody waits with it. */
  #parametersOfAll(): Value[] {
    const writes = this.#placed.map(({ write }) => write);
    const slices = writes.flatMap((write) => write.slices);
    return [
      this.#group.length === 1,
      integers(this.#placed.map(({ append }) => append + 1)),
      texts(writes.map(({ log }) => log)),
      bigints(writes.map(({ expected }) => expected)),
      integers(writes.map(({ ids }) => ids.length)),
      texts(writes.map(({ times }) => times.at(-1)!)),
      integers(writes.flatMap(({ ids }, index) => ids.map(() => index + 1))),
      bigints(writes.flatMap(({ ids, expected }) => ids.map((_, index) => expected + index + 1))),
      texts(writes.flatMap(({ ids }) => ids)),
      texts(writes.flatMap(({ times }) => times)),
      texts(writes.flatMap(({ bodies }) => bodies)),
      integers(writes.flatMap((write, index) => write.slices.map(() => index + 1))),
      texts(slices.map(({ name }) => name)),
      integers(slices.map(({ positions }) => positions.length)),
      bigints(slices.flatMap(({ positions }) => positions)),
    ];
  }

  /** What the rows that came back say of each append. Undefined: one of its logs was busy; it is to be asked alone. */
  results(rows: Rows): (AppendResult | undefined)[] {
    const answers = this.#group.map((): Answer[] => []);
    for (const [row, { append, index }] of this.#placed.entries()) answers[append]![index] = answerOf(rows[row]!);
    return this.#group.map((writes, append) => resultOf(writes, answers[append]!));
  }
}

function parametersOfOne({ log, expected, ids, times, bodies, slices }: WriteRows): Value[] {
  return [log, expected, ids[0]!, times[0]!, bodies[0]!, texts(slices.map(({ name }) => name))];
}

interface Answer {
  readonly outcome: string;
  readonly head: Head | undefined;
}

function answerOf([outcome, position, recordedAt]: Rows[number]): Answer {
  return { outcome: outcome!, head: position === null ? undefined : { position: Number(position), recordedAt: recordedAt! } };
}

function resultOf(writes: readonly WriteRows[], answers: readonly Answer[]): AppendResult | undefined {
  if (answers.some(({ outcome }) => outcome === 'busy')) return undefined;
  const stale = answers.findIndex(({ outcome }) => outcome === 'stale');
  if (stale === -1) return { status: 'appended', heads: answers.map(({ head }) => head!) };
  return { status: 'conflict', log: writes[stale]!.log, head: answers[stale]!.head };
}

/** An event's log, position and time stand beside it. */
function bodyOf({ id, type, data, tags, actor, correlationId, causationId }: NewEvent): string {
  return JSON.stringify({ id, type, data, tags, actor, correlationId, causationId });
}

function timesOf(events: readonly NewEvent[]): string[] {
  let latest = '';
  return events.map(({ at }) => {
    if (!timePattern.test(at)) throw new TypeError(`Not an instant: ${at}`);
    if (at > latest) latest = at;
    return latest;
  });
}

/** The positions of the events that have a tag, or a type, in pieces of a row each. */
function slicesOf(events: readonly NewEvent[], first: number): Slice[] {
  const [types, tags] = [new Slices(), new Slices()];
  for (const [index, event] of events.entries()) {
    types.add(event.type, first + index);
    for (const tag of event.tags) tags.add(tag, first + index);
  }
  return [...types.rows(typeSlice), ...tags.rows(tagSlice)];
}

class Slices {
  readonly #positions = new Map<string, number[]>();

  /** In the order of positions; the same again is the same. */
  add(text: string, position: number): void {
    const positions = this.#positions.get(text);
    if (positions === undefined) this.#positions.set(text, [position]);
    else if (positions.at(-1) !== position) positions.push(position);
  }

  *rows(nameOf: (text: string) => string): Generator<Slice> {
    for (const [text, positions] of this.#positions) {
      const name = nameOf(text);
      for (let from = 0; from < positions.length; from += positionsInRow) {
        yield { name, positions: positions.slice(from, from + positionsInRow) };
      }
    }
  }
}
