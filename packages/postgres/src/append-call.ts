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
export interface AppendCall {
  readonly function: AppendFunction;
  /** In the order of the function's. */
  readonly parameters: Value[];
  /** What the rows that came back say of each append. Undefined: one of its logs was busy; it is to be asked alone. */
  results(rows: Rows): (AppendResult | undefined)[];
}

export function appendCall(group: readonly (readonly WriteRows[])[]): AppendCall {
  const [writes] = group;
  const isOne = group.length === 1 && writes!.length === 1 && writes![0]!.ids.length === 1;
  return isOne ? new EventCall(writes![0]!) : new GroupCall(group);
}

class EventCall implements AppendCall {
  readonly function = 'append_one';
  readonly parameters: Value[];
  readonly #writes: readonly WriteRows[];

  constructor(write: WriteRows) {
    const { log, expected, ids, times, bodies, slices } = write;
    this.#writes = [write];
    this.parameters = [log, expected, ids[0]!, times[0]!, bodies[0]!, texts(slices.map(({ name }) => name))];
  }

  results([row]: Rows): (AppendResult | undefined)[] {
    return [resultOf(this.#writes, [answerOf(row!)])];
  }
}

class GroupCall implements AppendCall {
  readonly function = 'append';
  readonly parameters: Value[];
  readonly #group: readonly (readonly WriteRows[])[];
  /** All writes in the order of their logs, in which everybody locks them; each with its place in the group. */
  readonly #placed: readonly { readonly append: number; readonly index: number; readonly write: WriteRows }[];

  constructor(group: readonly (readonly WriteRows[])[]) {
    this.#group = group;
    this.#placed = group
      .flatMap((writes, append) => writes.map((write, index) => ({ append, index, write })))
      .sort((a, b) => (a.write.log < b.write.log ? -1 : 1));
    const places = this.#placed.map(({ append }) => append + 1);
    // Only an append alone waits for others: nobody waits with it.
    this.parameters = [group.length === 1, integers(places), ...columnsOf(this.#placed.map(({ write }) => write))];
  }

  results(rows: Rows): (AppendResult | undefined)[] {
    const answers = this.#group.map((): Answer[] => []);
    for (const [row, { append, index }] of this.#placed.entries()) answers[append]![index] = answerOf(rows[row]!);
    return this.#group.map((writes, append) => resultOf(writes, answers[append]!));
  }
}

/** Of the writes, of their events, and of their slices, which tell their writes. */
function columnsOf(writes: readonly WriteRows[]): Value[] {
  const slices = writes.flatMap((write) => write.slices);
  return [
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
  const [types, tags] = [new Map<string, number[]>(), new Map<string, number[]>()];
  for (const [index, event] of events.entries()) {
    add(types, event.type, first + index);
    for (const tag of event.tags) add(tags, tag, first + index);
  }
  const slices: Slice[] = [];
  for (const [type, positions] of types) addPieces(slices, typeSlice(type), positions);
  for (const [tag, positions] of tags) addPieces(slices, tagSlice(tag), positions);
  return slices;
}

/** In the order of positions; the same again is the same. */
function add(slices: Map<string, number[]>, text: string, position: number): void {
  const positions = slices.get(text);
  if (positions === undefined) slices.set(text, [position]);
  else if (positions.at(-1) !== position) positions.push(position);
}

function addPieces(slices: Slice[], name: string, positions: readonly number[]): void {
  for (let from = 0; from < positions.length; from += positionsInRow) {
    slices.push({ name, positions: positions.slice(from, from + positionsInRow) });
  }
}
