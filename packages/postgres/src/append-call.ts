import type { AppendResult, Head } from '@daybook/core';
import { bigints, integers, texts } from './arrays';
import type { Rows, Value } from './database';
import type { WriteRows } from './write-rows';

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
  const isOne = group.length === 1 && writes!.length === 1 && writes![0]!.count === 1;
  return isOne ? new EventCall(writes![0]!) : new GroupCall(group);
}

class EventCall implements AppendCall {
  readonly function = 'append_one';
  readonly parameters: Value[];
  readonly #writes: readonly WriteRows[];

  constructor(write: WriteRows) {
    const { log, expected, time, lastId, batches } = write;
    const { slices, events } = batches[0]!;
    this.#writes = [write];
    this.parameters = [log, expected, time, lastId, slices, events];
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

/** Of the writes, and of their batches, which tell their writes. */
function columnsOf(writes: readonly WriteRows[]): Value[] {
  const batches = writes.flatMap((write) => write.batches);
  return [
    texts(writes.map(({ log }) => log)),
    bigints(writes.map(({ expected }) => expected)),
    integers(writes.map(({ count }) => count)),
    texts(writes.map(({ time }) => time)),
    texts(writes.map(({ firstId }) => firstId)),
    texts(writes.map(({ lastId }) => lastId)),
    integers(writes.flatMap((write, index) => write.batches.map(() => index + 1))),
    bigints(batches.map(({ last }) => last)),
    integers(batches.map(({ count }) => count)),
    texts(batches.map(({ time }) => time)),
    texts(batches.map(({ lastId }) => lastId)),
    texts(batches.map(({ slices }) => slices)),
    texts(batches.map(({ events }) => events)),
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
