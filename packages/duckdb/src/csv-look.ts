import type { Dialect } from './csv';
import { shortRecord } from './text-source';

/** What a byte of CSV can be, in the order of the grammar's columns. */
const kinds = { text: 0, blank: 1, delimiter: 2, quote: 3, LF: 4, CR: 5, NUL: 6 } as const;

/** What a byte can bring about. */
const events = { value: 1, null: 2, quotedBreak: 3, blankLine: 4, record: 5, recordOfNull: 6, odd: 7 } as const;

/**
 * Where a text can stand; for each kind of byte, where it stands then, and what that brings about. It is the grammar of `scanRecord` less
 * what is odd: what we refuse, and what DuckDB reads otherwise without refusing it (it drops blanks around quotes, ends lines at a CR
 * alone and texts at a NUL). In doubt it is odd.
 */
const grammar = Object.entries({
  // Where most bytes stand, and change nothing.
  plain: 'plain plain field/value quote start/record returned',
  quoted: 'quoted quoted quoted closed quoted/quotedBreak returnedQuoted',
  // Where a field begins: the first of a record, another one, one behind blanks.
  start: 'plain blanks field/null opened start/blankLine returnedBlank',
  field: 'plain blanks field/null opened start/recordOfNull returnedNull',
  blanks: 'plain blanks field/value /odd start/record returned',
  // Behind a quote that is text, and blanks.
  quote: 'plain quoteBlanks field/value quote start/record returned',
  quoteBlanks: 'plain quoteBlanks /odd /odd /odd /odd',
  // Behind a quote that opens, or two that stand for one; and blanks.
  opened: 'quoted openedBlanks quoted closed quoted/quotedBreak returnedQuoted',
  openedBlanks: 'quoted openedBlanks /odd /odd /odd /odd',
  // Behind a quote that closes, unless another follows.
  closed: '/odd /odd field/value opened start/record returned',
  // Behind a CR.
  returned: '/odd /odd /odd /odd start/record /odd',
  returnedNull: '/odd /odd /odd /odd start/recordOfNull /odd',
  returnedBlank: '/odd /odd /odd /odd start/blankLine /odd',
  returnedQuoted: '/odd /odd /odd /odd quoted/quotedBreak /odd',
});

/** The grammar for the loop: at the place of a state plus a kind stands the place of the next state plus the event. */
const steps = Uint8Array.from(grammar.flatMap(([, row]) => [...row.split(' '), '/odd', '/odd'].map(stepOf)));

const [quoted, start, returned] = [placeOf('quoted'), placeOf('start'), placeOf('returned')];

function stepOf(step: string): number {
  const [next, event] = step.split('/') as [string, keyof typeof events | undefined];
  return (next === '' ? 0 : placeOf(next)) + (event ? events[event] : 0);
}

function placeOf(state: string): number {
  return 8 * grammar.findIndex(([name]) => name === state);
}

/**
 * Looks at a CSV text while it passes, byte by byte: counts what DuckDB will have to have read of it, and finds what it would read
 * otherwise than we do without refusing it.
 */
export class CsvLook {
  readonly #kinds: Uint8Array;
  /** All bytes above are text. */
  readonly #highest: number;
  readonly #columns: number;
  readonly #countsNulls: boolean;
  #odd: boolean;
  #started = false;
  #state = start;
  #fields = 1;
  #records = 0;
  #nulls = 0;
  /** How many bytes of the record that has not ended yet have passed. */
  #open = 0;
  #longest = 0;
  #feeds = false;
  #returns = false;
  #breaks = false;

  constructor(dialect: Dialect, columns: number) {
    this.#kinds = kindsOf(dialect);
    this.#highest = this.#kinds.findLastIndex((kind) => kind !== kinds.text);
    this.#columns = columns;
    this.#countsNulls = dialect.nulls.size === 1;
    this.#odd = !isCommon(dialect);
  }

  /** Whether DuckDB reads all of it as we do, or refuses it. */
  get isPlain(): boolean {
    return !this.#odd && !(this.#returns && this.#feeds) && this.#longest <= shortRecord;
  }

  /** How many records there are; blank lines are none. */
  get records(): number {
    return this.#records;
  }

  /** How many fields are null; undefined where they were not counted. */
  get nulls(): number | undefined {
    return this.#countsNulls ? this.#nulls : undefined;
  }

  /** Whether lines break inside quotes: who begins to read somewhere in between cannot be sure what he sees. */
  get breaks(): boolean {
    return this.#breaks;
  }

  /** How lines end, as DuckDB is to be told. It can be told only of LF, and sees for itself where all are CRLF. */
  get newLine(): string | undefined {
    return this.#returns ? undefined : '\\n';
  }

  at(chunk: Buffer): void {
    // A mark of byte order behind the first.
    this.#odd ||= !this.#started && chunk[0] === 0xef;
    this.#started = true;
    this.#pass(chunk);
  }

  /** The last line may have no end. */
  atEnd(): void {
    const feeds = this.#feeds;
    this.#odd ||= this.#state >= returned;
    if (this.#state !== start) this.#pass(Buffer.from('\n'));
    this.#odd ||= this.#state !== start;
    this.#feeds = feeds;
  }

  /** What the loop touches is at hand: it decides how fast a text is received. */
  #pass(chunk: Buffer): void {
    if (this.#odd) return;
    const [kindOf, highest, stepAt, end] = [this.#kinds, this.#highest, steps, chunk.length];
    let [state, fields, nulls, from] = [this.#state, this.#fields, 0, -this.#open];
    for (let i = 0; i < end; i++) {
      const byte = chunk[i]!;
      // Most bytes are told by this alone.
      if (byte > highest && state <= quoted) continue;
      const kind = kindOf[byte]!;
      if (kind <= kinds.blank && state <= quoted) continue;
      const step = stepAt[state + kind]!;
      const event = step & 7;
      if (event === events.value) {
        fields += 1;
      } else if (event === events.null) {
        fields += 1;
        nulls += 1;
      } else if (event === events.odd) {
        this.#odd = true;
        return;
      } else if (event !== 0) {
        if (state < returned) this.#feeds = true;
        else this.#returns = true;
        if (event === events.quotedBreak) {
          this.#breaks = true;
        } else {
          if (event === events.recordOfNull) nulls += 1;
          this.#endLine(event === events.blankLine ? 0 : fields, i - from);
          fields = 1;
          from = i + 1;
        }
      }
      state = step & ~7;
    }
    [this.#state, this.#fields, this.#open] = [state, fields, end - from];
    this.#nulls += nulls;
  }

  /** A blank line has no fields, which are a null where there is one column. Where fields lack or are too many, our own reader says where. */
  #endLine(fields: number, length: number): void {
    if (fields === this.#columns) {
      this.#records += 1;
      if (length > this.#longest) this.#longest = length;
    } else if (fields > 0 || this.#columns === 1) {
      this.#odd = true;
    }
  }
}

function kindsOf({ delimiter, enclosure }: Dialect): Uint8Array {
  const kindOf = new Uint8Array(256);
  kindOf[0x00] = kinds.NUL;
  kindOf[0x0a] = kinds.LF;
  kindOf[0x0d] = kinds.CR;
  kindOf[0x20] = kinds.blank;
  if (enclosure) kindOf[enclosure.charCodeAt(0)] = kinds.quote;
  kindOf[delimiter.charCodeAt(0)] = kinds.delimiter;
  return kindOf;
}

/** Dialects that we know DuckDB to read as we do. */
export function isCommon({ delimiter, enclosure, escapedBy, nulls }: Dialect): boolean {
  const plainNulls = ![...nulls].some((text) => text.includes(delimiter) || /["'\r\n]/.test(text));
  return /^[,;|\t]$/.test(delimiter) && /^["']?$/.test(enclosure) && escapedBy === '' && plainNulls;
}
