import { type CsvOptions, DaybookError } from '@daybook/core';

/** One record of a source. `line` is where it starts: the physical line, or the number of the row where there are no lines. */
export interface SourceRow {
  readonly line: number;
  readonly cells: PartialCells;
}

/** Undefined where the record says nothing of a column. */
export type PartialCells = readonly (string | null | undefined)[];

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
  for (const [name, text] of Object.entries({ delimiter, enclosure, escapedBy })) {
    if ((text !== '' || name === 'delimiter') && !isCharacter(text)) throw new TypeError(`${name} is to be one character`);
  }
  if (enclosure && escapedBy) throw new TypeError('enclosure and escapedBy exclude each other');
  return { delimiter, enclosure, escapedBy, nulls: new Set(['', ...nullValues]) };
}

/** A record that was found in a text, and where the text goes on. */
export interface Found {
  readonly cells: readonly (string | null)[];
  readonly end: number;
}

/**
 * The record that starts at `from`, no cells for a blank line. Undefined when it may go on behind the end of the text, which is so only
 * as long as the text is not `whole`. Throws `MALFORMED_INPUT` with this line.
 */
export function scanRecord(text: string, from: number, dialect: Dialect, line: number, whole: boolean): Found | undefined {
  const cells: (string | null)[] = [];
  for (let at = from; ; at += dialect.delimiter.length) {
    const field = scanField(text, at, dialect, line, whole);
    if (!field) return undefined;
    cells.push(field.value);
    at = field.end;
    if (!text.startsWith(dialect.delimiter, at)) return { cells: at === from ? [] : cells, end: at + lineEndAt(text, at) };
  }
}

/** The records of a text that comes in pieces; the first one stands on `line`. Throws `MALFORMED_INPUT` when it gets there. */
export async function* readRecords(
  pieces: AsyncIterable<string>,
  dialect: Dialect,
  line: number,
): AsyncGenerator<SourceRow & Pick<Found, 'cells'>> {
  let [text, enough, next] = ['', 0, line];
  function* records(whole: boolean): Generator<SourceRow & Pick<Found, 'cells'>> {
    let at = 0;
    while (at < text.length) {
      const found = scanRecord(text, at, dialect, next, whole);
      if (!found) break;
      yield { line: next, cells: found.cells };
      next += countLines(text.slice(at, found.end));
      at = found.end;
    }
    text = text.slice(at);
    // A record longer than a piece is not looked at again before the text has doubled.
    enough = 2 * text.length;
  }
  for await (const piece of pieces) {
    text += piece;
    if (text.length >= enough) yield* records(false);
  }
  yield* records(true);
}

/** A line ends with LF, CRLF or CR; CR CR LF, which is CRLF gone through a program that knew LF alone, is one end too. */
const lineEnds = /\n|\r(?:\r?\n)?/g;

/** The most characters of a line's end. */
export const longestLineEnd = 3;

/** How many lines end in a text. */
export function countLines(text: string): number {
  return text.match(lineEnds)?.length ?? 0;
}

/** Where a text goes on after so many lines; undefined when it has not as many, or may go on with more of a line's end. */
export function afterLines(text: string, lines: number, whole: boolean): number | undefined {
  if (lines === 0) return 0;
  const found = [...text.matchAll(lineEnds)][lines - 1];
  if (!found || (!whole && found.index + longestLineEnd > text.length)) return undefined;
  return found.index + found[0].length;
}

/** How long the line's end is that stands here; 0 = none does. */
function lineEndAt(text: string, at: number): number {
  if (text[at] === '\n') return 1;
  if (text[at] !== '\r') return 0;
  if (text[at + 1] === '\n') return 2;
  return text[at + 1] === '\r' && text[at + 2] === '\n' ? longestLineEnd : 1;
}

/** What is wrong with a source, and where. */
export function malformed(line: number, reason: string): DaybookError<'MALFORMED_INPUT'> {
  return new DaybookError('MALFORMED_INPUT', { line, reason });
}

interface Field {
  readonly value: string | null;
  readonly end: number;
}

function scanField(text: string, from: number, dialect: Dialect, line: number, whole: boolean): Field | undefined {
  const { enclosure, escapedBy, nulls } = dialect;
  if (enclosure && text.startsWith(enclosure, from)) return scanEnclosed(text, from, dialect, line, whole);
  if (escapedBy) return scanEscaped(text, from, dialect, line, whole);
  const end = fieldEnd(text, from, dialect.delimiter, whole);
  if (end === undefined) return undefined;
  const value = text.slice(from, end);
  return { value: nulls.has(value) ? null : value, end };
}

/** A doubled enclosure stands for itself. */
function scanEnclosed(text: string, from: number, { enclosure, delimiter }: Dialect, line: number, whole: boolean): Field | undefined {
  const length = enclosure.length;
  let end = text.indexOf(enclosure, from + length);
  while (end >= 0 && text.startsWith(enclosure, end + length)) end = text.indexOf(enclosure, end + 2 * length);
  if (end < 0) {
    if (whole) throw malformed(line, 'a quote is open to the end');
    return undefined;
  }
  const after = end + length;
  if (!whole && after + longestLineEnd > text.length) return undefined;
  if (!endsField(text, after, delimiter)) throw malformed(line, 'text follows a closing quote');
  return { value: text.slice(from + length, end).replaceAll(enclosure + enclosure, enclosure), end: after };
}

/** What means null is compared as it stands in the text: `\N` can mean null, and `\NULL` never does. */
function scanEscaped(text: string, from: number, dialect: Dialect, line: number, whole: boolean): Field | undefined {
  const { delimiter, escapedBy, nulls } = dialect;
  let value = '';
  let at = from;
  while (!endsField(text, at, delimiter)) {
    if (text.startsWith(escapedBy, at)) at += escapedBy.length;
    const character = text.codePointAt(at);
    if (character === undefined) {
      if (whole) throw malformed(line, 'an escape ends the text');
      return undefined;
    }
    const taken = String.fromCodePoint(character);
    value += taken;
    at += taken.length;
  }
  if (!whole && at + longestLineEnd > text.length) return undefined;
  return { value: nulls.has(text.slice(from, at)) ? null : value, end: at };
}

function fieldEnd(text: string, from: number, delimiter: string, whole: boolean): number | undefined {
  let at = from;
  while (!endsField(text, at, delimiter)) at += 1;
  // The last characters in hand may be the first of a line's end or of a delimiter.
  return whole || at + longestLineEnd <= text.length ? at : undefined;
}

function endsField(text: string, at: number, delimiter: string): boolean {
  return at >= text.length || text[at] === '\n' || text[at] === '\r' || text.startsWith(delimiter, at);
}

function isCharacter(text: string): boolean {
  return [...text].length === 1 && text !== '\n' && text !== '\r';
}
