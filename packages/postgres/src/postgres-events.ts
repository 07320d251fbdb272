import {
  type AppendResult,
  checkWrites,
  type EventStore,
  type Head,
  isAssertion,
  type LogId,
  type ReadOptions,
  type RecordedEvent,
  type Write,
} from '@daybook/core';
import { appendCall, appendTexts } from './append-call';
import { AppendQueue } from './append-queue';
import type { Database } from './database';
import { EventReader } from './event-reader';
import type { Hints } from './hints';
import { quoted } from './schema';
import { rowsOf, type WriteRows } from './write-rows';

const logsInPage = 1_000;

/** Logs as rows in PostgreSQL, written by one stored function. */
export class PostgresEvents implements EventStore {
  readonly #database: Database;
  readonly #schema: string;
  readonly #appendTexts: ReturnType<typeof appendTexts>;
  readonly #hints: Hints;
  readonly #queue = new AppendQueue((group) => this.#store(group));
  #closed = false;

  constructor(database: Database, schema: string, hints: Hints) {
    this.#database = database;
    this.#schema = quoted(schema);
    this.#appendTexts = appendTexts(this.#schema);
    this.#hints = hints;
  }

  async append(writes: readonly Write[]): Promise<AppendResult> {
    if (this.#closed) throw new TypeError('The storage is closed');
    checkWrites(writes);
    if (writes.length === 0) return { status: 'appended', heads: [] };
    const result = await this.#queue.append(writes.map(rowsOf));
    if (result.status === 'appended') this.#hints.announce(writes.filter((write) => !isAssertion(write)).map(({ log }) => log));
    return result;
  }

  read(log: LogId, options: ReadOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    return new EventReader(this.#database, this.#schema, log, options).pages();
  }

  async head(log: LogId): Promise<Head | undefined> {
    const [row] = await this.#database.read(
      `read the head of ${log}`,
      `SELECT position, recorded_at FROM ${this.#schema}.heads WHERE log = $1`,
      [log],
    );
    return row && { position: Number(row[0]), recordedAt: row[1]! };
  }

  async *logs({ prefix = '', after = '' }: { readonly prefix?: string; readonly after?: LogId } = {}): AsyncGenerator<readonly LogId[]> {
    const text = `SELECT log FROM ${this.#schema}.heads WHERE log > $1 AND log >= $2 AND log < $3 ORDER BY log LIMIT ${logsInPage}`;
    for (let last = after; ; ) {
      const rows = await this.#database.read('list the logs', text, [last, prefix, `${prefix}\u{10ffff}`]);
      if (rows.length === 0) return;
      const page = rows.map(([log]) => log!);
      yield page;
      if (rows.length < logsInPage) return;
      last = page.at(-1)!;
    }
  }

  async erase(log: LogId): Promise<void> {
    if (this.#closed) throw new TypeError('The storage is closed');
    await this.#database.transaction(`erase ${log}`, (run) => run(`SELECT ${this.#schema}.erase($1)`, [log]), { unhurried: true });
  }

  watch(listener: (log: LogId) => void): () => void {
    return this.#hints.listen(listener);
  }

  /** Refuses what is asked from now on; ends after what was asked before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.settle();
  }

  async #store(group: readonly (readonly WriteRows[])[]): Promise<readonly (AppendResult | undefined)[]> {
    const what = `append to ${group.flatMap((writes) => writes.map(({ log }) => log)).join(', ')}`;
    const call = appendCall(group);
    return call.results(await this.#database.write(what, this.#appendTexts[call.function], call.parameters));
  }
}
