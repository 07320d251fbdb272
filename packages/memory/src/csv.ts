import { type CsvOptions, DaybookError } from '@daybook/core';
import type { Cells, PartialCells } from './merge';

/** A row of a source and where it starts: the physical line, or the number of the row where there are no lines. */
export interface SourceRow {
  readonly line: number;
  readonly cells: PartialCells;
}

/** How a CSV text is read, with every default in place. */
export interface Dialect {
  readonly delimiter: string;
  /** '' = none. */
  readonly enclosure: string;
  /** '' = none. */
  readonly escapedBy: string;
  /** Texts that mean null when they stand unquoted. */
  readonly nulls: ReadonlySet<string>;
}

/** Throws `TypeError` for what is no dialect. */
export function dialectOf({ delimiter = ',', escapedBy = '', enclosure = escapedBy ? '' : '"', nullValues = [] }: CsvOptions): Dialect {
  if (!isCharacter(delimiter)) throw new TypeError('The delimiter is one character');
  if (enclosure && !isCharacter(enclosure)) throw new TypeError('The enclosure is one character');
  if (escapedBy && !isCharacter(escapedBy)) throw new TypeError('The escape is one character');
  if (enclosure && escapedBy) throw new TypeError('There is an enclosure or an escape, not both');
  return { delimiter, enclosure, escapedBy, nulls: new Set(['', ...nullValues]) };
}

/**
 * The records of a CSV text from the offset `from` on, which is line `line`. A wholly blank line is a record without cells.
 * Throws `MALFORMED_INPUT` when it gets there.
 */
export function* readCsv(text: string, dialect: Dialect, { from = 0, line = 1 } = {}): Generator<SourceRow & { readonly cells: Cells }> {
  const reader = new FieldReader(text, dialect, from);
  while (!reader.atEnd) {
    const start = { offset: reader.offset, line };
    const cells = [reader.field(line)];
    while (reader.skip(dialect.delimiter)) cells.push(reader.field(line));
    const blank = reader.offset === start.offset;
    lineEnds.some((end) => reader.skip(end));
    line += text.slice(start.offset, reader.offset).match(lineEnd)?.length ?? 0;
    yield { line: start.line, cells: blank ? [] : cells };
  }
}

/** How lines end, longest first: CR CR LF is CRLF that went through a program which knew LF alone. */
const lineEnds = ['\r\r\n', '\r\n', '\n', '\r'];
const lineEnd = new RegExp(lineEnds.join('|'), 'g');

/** Where a text goes on after so many lines. */
export function afterLines(text: string, lines: number): { from: number; line: number } {
  let [from, passed] = [0, 0];
  for (const { 0: end, index } of lines > 0 ? text.matchAll(lineEnd) : []) {
    from = index + end.length;
    passed += 1;
    if (passed === lines) break;
  }
  return { from: passed === lines ? from : text.length, line: lines + 1 };
}

/** One line of CSV with the default dialect: null is nothing, the empty text is `""`. */
export function writeCsv(cells: Cells): string {
  return `${cells.map(writeField).join(',')}\n`;
}

function writeField(cell: string | null): string {
  if (cell === null) return '';
  return cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Reads one field after another. It stands before a field, or after one: on a delimiter, at the end of a line or of the text. */
class FieldReader {
  readonly #text: string;
  readonly #dialect: Dialect;
  #offset: number;

  constructor(text: string, dialect: Dialect, offset: number) {
    this.#text = text;
    this.#dialect = dialect;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#text.length;
  }

  /** Passes over this text if it stands here. */
  skip(text: string): boolean {
    const found = this.#text.startsWith(text, this.#offset);
    if (found) this.#offset += text.length;
    return found;
  }

  /** `line` is where the record starts. */
  field(line: number): string | null {
    const { enclosure, escapedBy } = this.#dialect;
    if (enclosure && this.skip(enclosure)) return this.#enclosed(enclosure, line);
    return escapedBy ? this.#escaped(escapedBy, line) : this.#plain();
  }

  #plain(): string | null {
    const start = this.#offset;
    while (!this.#atFieldEnd()) this.#offset += 1;
    return this.#orNull(this.#text.slice(start, this.#offset));
  }

  /** An enclosure inside stands doubled. */
  #enclosed(enclosure: string, line: number): string {
    let value = '';
    for (;;) {
      const end = this.#text.indexOf(enclosure, this.#offset);
      if (end < 0) throw malformed(line, 'a quote is open to the end');
      value += this.#text.slice(this.#offset, end);
      this.#offset = end + enclosure.length;
      if (!this.skip(enclosure)) break;
      value += enclosure;
    }
    if (!this.#atFieldEnd()) throw malformed(line, 'text follows a closing quote');
    return value;
  }

  /** What means null is compared as it stands in the text: `\N` can mean null, and `\NULL` never does. */
  #escaped(escapedBy: string, line: number): string | null {
    const start = this.#offset;
    let value = '';
    while (!this.#atFieldEnd()) {
      this.skip(escapedBy);
      const character = this.#text.codePointAt(this.#offset);
      if (character === undefined) throw malformed(line, 'an escape ends the text');
      value += String.fromCodePoint(character);
      this.#offset += character > 0xffff ? 2 : 1;
    }
    return this.#orNull(this.#text.slice(start, this.#offset)) && value;
  }

  #orNull(text: string): string | null {
    return this.#dialect.nulls.has(text) ? null : text;
  }

  #atFieldEnd(): boolean {
    const [text, at] = [this.#text, this.#offset];
    return at >= text.length || text[at] === '\n' || text[at] === '\r' || text.startsWith(this.#dialect.delimiter, at);
  }
}

function isCharacter(text: string): boolean {
  return [...text].length === 1 && text !== '\n' && text !== '\r';
}

function malformed(line: number, reason: string): DaybookError<'MALFORMED_INPUT'> {
  return new DaybookError('MALFORMED_INPUT', { line, reason });
}
