import type { Dialect } from './csv';
import { bufferBytes } from './text-source';

/** DuckDB refuses longer lines anyway. */
const longestLine = 2 ** 22;

/**
 * Looks at a CSV text while it passes, for what DuckDB reads otherwise than we do without refusing it: blanks around quotes (it drops them),
 * nulls too many at the end of a line (it drops them), line ends of several kinds, blank lines where there is one column, a mark of
 * byte order, NUL; in a text of several pieces also a quote alone in a line (where a piece begins, it may take it for the other kind of quote).
 * It is enough to be sure that a text has none of it, so in doubt the answer is that it has.
 */
export class CsvLook {
  readonly #dialect: Dialect;
  readonly #oneColumn: boolean;
  /** A blank between a quote and the end of its field, or another quote. Where a piece ends we cannot see on, so a blank there counts too. */
  readonly #blankedQuote: RegExp;
  /** What a null at the end of a line looks like, delimiter first; bytes as characters. */
  readonly #lastNulls: readonly string[];
  /** A line with a null at its end and as many fields as it should have, each without quotes or quoted from end to end. */
  readonly #endsWell: RegExp;
  #plain: boolean;
  #started = false;
  #feeds = false;
  #returns = false;
  #loneReturns = false;
  #loneQuotes = false;
  #bytes = 0;
  /** The line that has not ended yet; bytes as characters. */
  #line = '';

  constructor(dialect: Dialect, columns: number) {
    this.#dialect = dialect;
    this.#oneColumn = columns === 1;
    this.#plain = isCommon(dialect);
    const [delimiter, quote] = this.#plain ? [escaped(dialect.delimiter), escaped(dialect.enclosure)] : [',', '"'];
    this.#blankedQuote = new RegExp(
      `(?:^|[${delimiter}\\n]) +(?:${quote}(?!${quote}[^${quote}${delimiter}\\r\\n])|$)|(?:^|${quote}) +(?:[${quote}${delimiter}\\r\\n]|$)`,
    );
    const field = quote ? `(?:[^${quote}${delimiter}]*|${quote}(?:[^${quote}]|${quote}${quote})*${quote})` : `[^${delimiter}]*`;
    this.#endsWell = new RegExp(`^(?:${field}${delimiter}){${columns - 1}}[^${delimiter}]*$`);
    this.#lastNulls = [...dialect.nulls].map((text) => Buffer.from(dialect.delimiter + text).toString('latin1'));
  }

  /** Whether DuckDB reads all of it as we do, or refuses it. */
  get isPlain(): boolean {
    return this.#plain && !(this.#returns && (this.#feeds || this.#loneReturns)) && !(this.#loneQuotes && this.#bytes > bufferBytes);
  }

  /** How lines end, as DuckDB is to be told. It can be told only of LF, and sees for itself where all are CRLF. */
  get newLine(): string | undefined {
    return this.#returns ? undefined : '\\n';
  }

  at(chunk: Buffer): void {
    if (!this.#plain || chunk.length === 0) return;
    this.#bytes += chunk.length;
    this.#lookAtLineEnds(chunk);
    this.#loneQuotes ||= this.#hasLoneQuote(chunk);
    this.#plain =
      !chunk.includes(0) &&
      !this.#hasMark(chunk) &&
      !this.#hasBlankedQuote(chunk) &&
      !this.#hasBlankLine(chunk) &&
      !this.#hasExtraFields(chunk);
    const end = chunk.lastIndexOf('\n') + 1;
    this.#line = (end > 0 ? '' : this.#line) + chunk.toString('latin1', end);
    this.#plain &&= this.#line.length < longestLine;
    this.#started = true;
  }

  /** The last line may have no end. */
  atEnd(): void {
    this.#plain &&= this.#isGoodLine(this.#line) && !this.#line.endsWith('\r');
  }

  #hasMark(chunk: Buffer): boolean {
    return !this.#started && chunk[0] === 0xef;
  }

  #hasBlankedQuote(chunk: Buffer): boolean {
    const quote = this.#dialect.enclosure;
    if (!quote || !(chunk.includes(`${quote} `) || chunk.includes(` ${quote}`) || chunk[0] === 0x20)) return false;
    return this.#blankedQuote.test(chunk.toString('latin1'));
  }

  #hasLoneQuote(chunk: Buffer): boolean {
    const quote = this.#dialect.enclosure;
    if (!quote) return false;
    const [seam, quoted] = [this.#line + chunk.toString('latin1', 0, 3), chunk.includes(quote)];
    return [`${quote}\n`, `${quote}\r\n`].some((end) => seam.startsWith(end) || (quoted && this.#isIn(chunk, `\n${end}`)));
  }

  #hasBlankLine(chunk: Buffer): boolean {
    if (!this.#oneColumn) return false;
    const seam = this.#line + chunk.toString('latin1', 0, 2);
    return /^\r?\n/.test(seam) || chunk.includes('\n\n') || chunk.includes('\n\r\n');
  }

  #hasExtraFields(chunk: Buffer): boolean {
    const start = chunk.toString('latin1', 0, chunk.indexOf('\n') + 1);
    const seam = start !== '' && !this.#isGoodLine(this.#line + start.slice(0, -1));
    if (seam || !this.#lastNulls.some((end) => this.#isIn(chunk, `${end}\n`) || (this.#returns && this.#isIn(chunk, `${end}\r\n`))))
      return seam;
    const lines = chunk.toString('latin1', start.length).split('\n').slice(0, -1);
    return !lines.every((line) => this.#isGoodLine(line));
  }

  #isIn(chunk: Buffer, text: string): boolean {
    return chunk.includes(text, 0, 'latin1');
  }

  #isGoodLine(line: string): boolean {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    return !this.#lastNulls.some((end) => text.endsWith(end)) || this.#endsWell.test(text);
  }

  #lookAtLineEnds(chunk: Buffer): void {
    const held = this.#line.endsWith('\r') ? '\r' : '';
    if (!held && !chunk.includes('\r')) {
      this.#feeds ||= chunk.includes('\n');
      return;
    }
    const text = held + chunk.toString('latin1');
    this.#returns = true;
    this.#feeds ||= /(?<!\r)\n/.test(text);
    this.#loneReturns ||= /\r[^\n]/.test(text);
  }
}

/** Dialects that we know DuckDB to read as we do. */
function isCommon({ delimiter, enclosure, escapedBy, nulls }: Dialect): boolean {
  const plainNulls = ![...nulls].some((text) => text.includes(delimiter) || /["'\r\n]/.test(text));
  return /^[,;|\t]$/.test(delimiter) && /^["']?$/.test(enclosure) && escapedBy === '' && plainNulls;
}

/** For a regular expression. */
function escaped(character: string): string {
  return character && `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
