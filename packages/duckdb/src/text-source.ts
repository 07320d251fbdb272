import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ColumnType } from '@daybook/core';
import { countLines, type Dialect, malformed, readRecords, type SourceRow } from './csv';
import type { Database } from './database';
import { readCsv } from './duckdb-files';
import { privateModes, writeWhole } from './file-system';
import { Utf8 } from './receive';

/** What DuckDB has to have read, counted without its reader. */
export interface Counts {
  readonly rows: number;
  /** How many of all cells are null; undefined where nobody has counted. */
  readonly nulls?: number | undefined;
}

/** What DuckDB is to read, and what it has to have read then: nothing that it reads of a source goes without. */
export interface Relation {
  /** Has the columns `t0`, `t1` … in the source's order, rows in order. */
  readonly sql: string;
  /** Counts while DuckDB reads, where that takes long. Undefined: DuckDB might have read it otherwise than we do. */
  count(): Promise<Counts | undefined>;
  /** Whether one thread reads it. */
  readonly isSequential?: boolean;
}

/** Rows of texts, ready to be read: at full speed by DuckDB, or one by one to say what is wrong with them. */
export interface TextSource {
  /** Undefined where DuckDB might read it otherwise than we do. */
  readonly relation: Relation | undefined;
  /** What reads the relation, where it is not the engine's own database. */
  readonly database?: Database;
  /**
   * Only of sources whose records may lack columns: those that some do (by index), and in SQL over `relation` whether a record does. Then `relation`
   * has the line of each record, too, as `line`.
   */
  readonly lacking?: ReadonlyMap<number, string>;
  /** For sources that know: the type that each column is of as it stands; then `relation` has its values, too, as `v0`, `v1` … */
  readonly types?: readonly ColumnType[];
  /** Throws `MALFORMED_INPUT` when it gets there. */
  records(): AsyncIterable<SourceRow>;
}

/** The name of a source's column in its relation. */
export function textColumn(index: number): string {
  return `t${index}`;
}

/** The name of it as values of the type that it is of as it stands. */
export function valueColumn(index: number): string {
  return `v${index}`;
}

/**
 * CSV as we write it ourselves, for what DuckDB or other code is to read surely: each record begins with its line, null is nothing and every
 * text is quoted. A record that lacks columns which were known by then has bits behind its line, the last column's first: 1 = it is lacking.
 */
export class RecordFile {
  readonly path: string;
  readonly #file: FileHandle;
  #text = '';
  #rows = 0;
  #values = 0;
  #longestBytes = 0;
  #storable = true;
  /** For each column the line of the first record that has it. */
  readonly #since: number[] = [];
  readonly #lacked = new Set<number>();
  #firstLine: number | undefined;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<RecordFile> {
    return new RecordFile(path, await open(path, 'w', privateModes.file));
  }

  async write({ line, cells }: SourceRow): Promise<void> {
    this.#firstLine ??= line;
    while (this.#since.length < cells.length) this.#since.push(line);
    const isWhole = cells.length === this.#since.length && !cells.includes(undefined);
    const start = isWhole ? line : `${line} ${this.#bitsOf(cells)}`;
    const record = `${start},${cells.map((cell) => this.#quoted(cell)).join(',')}\n`;
    this.#rows += 1;
    for (const cell of cells) if (typeof cell === 'string') this.#values += 1;
    // A character takes up to three bytes here (four for two units).
    if (3 * record.length > this.#longestBytes) this.#longestBytes = Math.max(this.#longestBytes, Buffer.byteLength(record));
    this.#text += record;
    if (this.#text.length > 2 ** 20) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  /** `columns` may be more than some records have: those that were found later are null before. Undefined when a text cannot be stored. */
  relation(columns: number): Relation | undefined {
    if (!this.#storable) return undefined;
    const longestLineBytes = Math.max(bufferBytes, this.#longestBytes);
    const sql = readCsv(this.path, {
      delimiter: ',',
      enclosure: '"',
      nulls: [''],
      columns: ['line', ...Array.from({ length: columns }, (_, i) => textColumn(i))],
      newLine: '\\n',
      bufferBytes: 2 * longestLineBytes,
      longestLineBytes,
      parallel: false,
      padded: true,
    });
    const counts = { rows: this.#rows, nulls: this.#rows * columns - this.#values };
    const counted = { count: async () => counts, isSequential: true };
    if (this.lacking.size === 0) return { sql, ...counted };
    const [line, bits] = [`split_part(line, ' ', 1)`, `split_part(line, ' ', 2)`];
    const lacks = `bitstring(CASE WHEN ${bits} = '' THEN '0' ELSE ${bits} END, ${columns})`;
    return { sql: `(SELECT * REPLACE (CAST(${line} AS BIGINT) AS line), ${lacks} AS lacks FROM ${sql})`, ...counted };
  }

  /** See `TextSource`. */
  get lacking(): ReadonlyMap<number, string> {
    const [first = 0, columns] = [this.#firstLine, this.#since.length];
    const lacking = this.#since.flatMap((since, i): [number, string][] => {
      const tests = [
        ...(since > first ? [`line < ${since}`] : []),
        ...(this.#lacked.has(i) ? [`get_bit(lacks, ${columns - 1 - i}) = 1`] : []),
      ];
      return tests.length > 0 ? [[i, `(${tests.join(' OR ')})`]] : [];
    });
    return new Map(lacking);
  }

  /** What was written, again. */
  async *records(columns: number): AsyncGenerator<SourceRow> {
    for await (const { cells } of readRecords(textOf(this.path), plainDialect, 1)) {
      const [line, bits = ''] = cells[0]!.split(' ');
      const isLacking = (i: number) => Number(line) < (this.#since[i] ?? 0) || bits.at(-1 - i) === '1';
      yield {
        line: Number(line),
        cells: Array.from({ length: columns }, (_, i) => (isLacking(i) ? undefined : unmarked(cells[i + 1] ?? null))),
      };
    }
  }

  /** What no column can hold is kept as JSON text behind a NUL, for the refusal to show. */
  #quoted(cell: string | null | undefined): string {
    if (cell == null) return '';
    if (!/[\0\p{Surrogate}]/u.test(cell)) return `"${cell.replaceAll('"', '""')}"`;
    this.#storable = false;
    return `"\0${JSON.stringify(cell).replaceAll('"', '""')}"`;
  }

  #bitsOf(cells: SourceRow['cells']): string {
    let bits = '';
    for (let i = 0; i < this.#since.length; i++) {
      if (cells[i] === undefined) this.#lacked.add(i);
      bits = `${cells[i] === undefined ? 1 : 0}${bits}`;
    }
    return bits;
  }

  async #flush(): Promise<void> {
    await writeWhole(this.#file, this.#text);
    this.#text = '';
  }
}

const plainDialect: Dialect = { delimiter: ',', enclosure: '"', escapedBy: '', nulls: new Set(['']) };

function unmarked(cell: string | null): string | null {
  return cell?.startsWith('\0') ? JSON.parse(cell.slice(1)) : cell;
}

/**
 * The pieces of a CSV file that DuckDB begins to read each for itself. They are as short as they may be: rows of whole pieces wait in memory
 * for their turn to be written. Each has to hold the longest record twice: DuckDB drops some that do not fit.
 */
export const bufferBytes = 2_000_000;

/** How long the records are that fit without more room. */
export const shortRecord = bufferBytes / 2;

/** The text of a file, which is UTF-8 for sure. */
export async function* textOf(path: string): AsyncGenerator<string> {
  yield* createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20 });
}

/** A file that text is written to as it comes, checked to be UTF-8. */
export class TextFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #firstLine: number;
  readonly #utf8 = new Utf8();
  #written: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, firstLine: number) {
    this.path = path;
    this.#file = file;
    this.#firstLine = firstLine;
  }

  /** `firstLine` is the line of the source that the file begins with. */
  static async create(path: string, firstLine: number): Promise<TextFile> {
    return new TextFile(path, await open(path, 'w', privateModes.file), firstLine);
  }

  /** Returns what was whole of it. Throws `MALFORMED_INPUT`. */
  async write(chunk: Buffer): Promise<Buffer> {
    const text = this.#utf8.take(chunk);
    await this.#written;
    if (!text) throw malformed(await this.#badLine(chunk), 'it is not valid UTF-8');
    // The next piece is looked at while this one is written.
    this.#written = writeWhole(this.#file, text);
    this.#written.catch(() => {});
    return text;
  }

  async close(): Promise<void> {
    try {
      await this.#written;
      if (!this.#utf8.complete) throw malformed(await this.#badLine(Buffer.alloc(0)), 'it is not valid UTF-8');
    } finally {
      await this.#file.close();
    }
  }

  /** Counts only when it is needed: the lines written, and those of the piece before the first bad byte. */
  async #badLine(chunk: Buffer): Promise<number> {
    let [line, text] = [this.#firstLine, ''];
    for await (const piece of textOf(this.path)) {
      text += piece;
      // A line's end may be cut.
      const end = text.search(/\r{0,2}$/);
      line += countLines(text.slice(0, end));
      text = text.slice(end);
    }
    return line + countLines(text + textBeforeBadByte(chunk));
  }
}

/** What stands before the first byte that is not UTF-8. */
export function textBeforeBadByte(chunk: Buffer): string {
  const text = chunk.toString();
  return text.slice(0, Math.max(0, text.indexOf('\uFFFD')));
}
