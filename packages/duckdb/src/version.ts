import type { Column, Part, TableData } from '@daybook/core';
import { isChosen, type Session } from './database';
import { readParquet } from './duckdb-files';
import type { OpenParts, PartStore } from './part-store';
import { fromParts, list, partColumn, place, sqlColumn, sqlTypes } from './sql';

/**
 * One version of a table in SQL. Rows stand in `rows` and `upserts` parts; `upserts` and `deletes` parts take rows away from those before
 * them. DuckDB's joins do not keep the order of rows. So what is counted or sorted is read through an anti join (`rows`), and what has
 * to come in order is read in two steps: first which rows are gone, as one bit a row, then the parts from end to end (`ordered`).
 */
export class Version implements AsyncDisposable {
  readonly data: TableData;
  /** Those that hold rows. */
  readonly holders: readonly Part[];
  readonly #opened: OpenParts;
  readonly #paths: ReadonlyMap<string, string>;
  /** A part for each key column that is no column of the table any more, and still tells which rows a part has taken. */
  readonly #foreignKeys: ReadonlyMap<string, Part>;

  private constructor(data: TableData, foreignKeys: ReadonlyMap<string, Part>, opened: OpenParts, paths: ReadonlyMap<string, string>) {
    this.data = data;
    this.holders = data.parts.filter(holdsRows);
    this.#foreignKeys = foreignKeys;
    this.#opened = opened;
    this.#paths = paths;
  }

  /** `others` are parts that are not to be read, but whose key columns are to be among those of `stored`. */
  static async open(parts: PartStore, data: TableData, others: readonly Part[] = []): Promise<Version> {
    const foreignKeys = foreignKeysOf(data.columns, [...data.parts, ...others]);
    const ids = [...new Set([...data.parts, ...foreignKeys.values()].map(({ id }) => id))];
    const opened = await parts.open(data.project, ids);
    return new Version(data, foreignKeys, opened, new Map(ids.map((id, i) => [id, opened.paths[i]!])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }

  /** Whether later parts take rows away. */
  get isMerged(): boolean {
    return this.#masks().length > 0;
  }

  /** The lists of key columns by which parts take rows away, each once. */
  get keys(): readonly (readonly string[])[] {
    return [...new Map(this.data.parts.flatMap(({ key }) => (key ? [[keyText(key), key] as const] : []))).values()];
  }

  /** All keys that parts with this key hold, each once. */
  keysOf(key: readonly string[]): string {
    const parts = this.data.parts.filter((part) => part.key && keyText(part.key) === keyText(key));
    return `SELECT DISTINCT ${key.map(sqlColumn).join(', ')} FROM (${fromParts(key, this.#files(parts))})`;
  }

  /** The keys of all rows that stand in any of the parts, whatever their kind, each once. */
  anyKeys(key: readonly string[]): string {
    return `SELECT DISTINCT ${key.map(sqlColumn).join(', ')} FROM (${this.#scan(this.data.parts, this.#columnsOf(key), [])})`;
  }

  /** One of the parts that hold rows as it is, and which of its rows the session remembers. */
  holder(index: number): { readonly file: string; readonly isChosen: string } {
    return { file: this.#files([this.holders[index]!]), isChosen: isChosen(`(${this.#starts()[index]} + file_row_number)`) };
  }

  /** Rows of parts whether or not later parts took them away, with their place, in order. */
  stored(columns: readonly Column[] = this.data.columns): string {
    return this.#scan(this.holders, columns, [...this.#foreignKeys.keys()]);
  }

  /** The columns of `stored`. */
  get storedIds(): readonly string[] {
    return [...this.data.columns.map(({ id }) => id), ...this.#foreignKeys.keys()];
  }

  /** The rows of this version with their place, in any order. `from` may be a choice of `stored` rows that has all key columns. */
  rows(from: string = this.stored()): string {
    const joins = this.#masks().map(
      (mask, i) => `ANTI JOIN (${mask.query}) m${i} ON ${same('s', `m${i}`, mask.key)} AND s.file_index < m${i}.before`,
    );
    return `SELECT s.* FROM (${from}) s ${joins.join(' ')}`;
  }

  /** The places of stored rows that later parts took away. */
  taken(): string {
    const queries = this.#masks().map(
      (mask) =>
        `SELECT ${place} FROM (${this.#scan(this.holders.slice(0, mask.before), this.#columnsOf(mask.key), mask.key)}) s SEMI JOIN (${mask.query}) m ON ${same('s', 'm', mask.key)} AND s.file_index < m.before`,
    );
    return queries.join(' UNION ALL ');
  }

  /** The rows of this version with their place, in order. The session can do so for one version at a time: it remembers which rows are gone. */
  async ordered(session: Session, columns: readonly Column[] = this.data.columns): Promise<string> {
    if (!this.isMerged || !(await this.choose(session, this.taken()))) return this.stored(columns);
    return `SELECT * FROM (${this.stored(columns)}) WHERE NOT ${this.isChosen}`;
  }

  /** Lets the session remember rows by their place. Tells how many. */
  async choose(session: Session, places: string): Promise<number> {
    return session.choose(`SELECT ${this.#number} FROM (${places})`, this.#starts().at(-1)!);
  }

  /** Whether a row is one of those that the session remembers. */
  get isChosen(): string {
    return isChosen(this.#number);
  }

  /** A row's number when the stored rows of all parts are counted through. */
  get #number(): string {
    return `(${list(this.#starts())}[CAST(file_index AS BIGINT) + 1] + file_row_number)`;
  }

  #starts(): number[] {
    const starts = [0];
    for (const { rows } of this.holders) starts.push(starts.at(-1)! + rows);
    return starts;
  }

  /** Parts that take rows away, together where they have the same key. `before` = how many holders of rows stand before them at most. */
  #masks(): { readonly key: readonly string[]; readonly query: string; readonly before: number }[] {
    const byKey = new Map<string, { key: readonly string[]; parts: Part[]; before: number[] }>();
    let before = 0;
    for (const part of this.data.parts) {
      if (part.key && before > 0) {
        const masks = byKey.get(keyText(part.key)) ?? { key: part.key, parts: [], before: [] };
        byKey.set(keyText(part.key), masks);
        masks.parts.push(part);
        masks.before.push(before);
      }
      if (holdsRows(part)) before += 1;
    }
    return [...byKey.values()].map(({ key, parts, before }) => ({
      key,
      query: `SELECT ${key.map(sqlColumn).join(', ')}, ${list(before)}[CAST(file_index AS BIGINT) + 1] AS before FROM (${fromParts(key, this.#files(parts))})`,
      before: before.at(-1)!,
    }));
  }

  #columnsOf(ids: readonly string[]): Column[] {
    return this.data.columns.filter(({ id }) => ids.includes(id));
  }

  /** What none of the parts has is null; `others` are columns whose type only the parts know. */
  #scan(parts: readonly Part[], columns: readonly Column[], others: readonly string[]): string {
    const ids = [...new Set([...columns.map(({ id }) => id), ...others])];
    const typed = columns.map(({ id, type }) => `CAST(NULL AS ${sqlTypes[type]}) AS ${partColumn(id)}`);
    const empty = `SELECT ${[...typed, 'CAST(NULL AS UBIGINT) AS file_index', 'CAST(NULL AS BIGINT) AS file_row_number'].join(', ')} WHERE false`;
    const sources = [empty];
    // A part with that key has its columns.
    for (const id of others) {
      if (columns.some((column) => column.id === id)) continue;
      sources.push(`SELECT ${partColumn(id)} FROM ${this.#files([this.#foreignKeys.get(id)!])} WHERE false`);
    }
    if (parts.length > 0) sources.push(`SELECT *, ${place} FROM ${this.#files(parts)}`);
    return fromParts(ids, `(${sources.join(' UNION ALL BY NAME ')})`);
  }

  #files(parts: readonly Part[]): string {
    return readParquet(...parts.map(({ id }) => this.#paths.get(id)!));
  }
}

/** Whether two keys are of the same columns. */
export function sameKey(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

/** Whether two relations agree in these columns (ids), nulls too. */
export function same(left: string, right: string, ids: readonly string[]): string {
  return ids.map((id) => `${left}.${sqlColumn(id)} IS NOT DISTINCT FROM ${right}.${sqlColumn(id)}`).join(' AND ') || 'true';
}

function foreignKeysOf(columns: readonly Column[], parts: readonly Part[]): Map<string, Part> {
  const known = new Set(columns.map(({ id }) => id));
  return new Map(parts.flatMap((part) => (part.key ?? []).filter((id) => !known.has(id)).map((id) => [id, part] as const)));
}

function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}

function holdsRows({ kind }: Part): boolean {
  return kind !== 'deletes';
}
