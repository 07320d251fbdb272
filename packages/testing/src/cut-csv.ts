import fc, { type Arbitrary } from 'fast-check';
import { type CsvSample, csvText, dialectOptions, lineEnds, text } from './arbitraries';

/** A CSV text of any size, and where its stream is cut, in bytes. */
export interface CutCsv extends CsvSample {
  readonly cuts: readonly number[];
}

/** The sizes of the pieces in which readers take a text, small and large ones. */
const pieces = [
  [2 ** 16, 2 ** 20],
  [1_000_000, 2_000_000, 2 ** 21, 4_000_000],
] as const;

/** A size, mostly small; else near the edge of what readers take at a time; seldom huge. */
export function size(): Arbitrary<number> {
  const near = (sizes: readonly number[]) =>
    fc.tuple(fc.constantFrom(...sizes), fc.integer({ min: -8, max: 8 })).map(([at, by]) => at + by);
  return fc.oneof(
    { weight: 800, arbitrary: fc.nat(300) },
    { weight: 180, arbitrary: near(pieces[0]) },
    { weight: 19, arbitrary: near(pieces[1]) },
    { weight: 1, arbitrary: fc.integer({ min: 5_000_000, max: 20_000_000 }) },
  );
}

/** A cell of any length, with what is awkward at its ends. */
function longCell(): Arbitrary<string | null> {
  const long = fc.tuple(text(), size(), text()).map(([before, length, after]) => before + 'x'.repeat(length) + after);
  return fc.oneof(fc.option(text(), { nil: null }), long);
}

/**
 * Rows of which some begin near where readers cut a text, and some are longer than what readers take at a time, in any dialect that can
 * hold them. Before them stand as many plain rows as it takes to come there, behind them some more.
 */
export function cutCsv(): Arbitrary<CutCsv> {
  return fc
    .record({
      at: size(),
      width: fc.constantFrom(8, 100, 1_000, 70_000),
      rows: fc.array(fc.tuple(longCell(), longCell()), { minLength: 1, maxLength: 3 }),
      behind: fc.oneof(fc.constant(0), fc.nat(3), size()),
      cuts: fc.array(size(), { maxLength: 3 }),
      dialect: fc.record({
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        enclosure: fc.constantFrom('"', "'"),
        newlines: lineEnds(),
        lastNewline: fc.boolean(),
        mark: fc.boolean(),
        quoteAll: fc.boolean(),
      }),
    })
    .map(({ at, width, rows: some, behind, cuts, dialect }) => {
      const header = ['id', 'v'];
      const rows = [...plainRows(at - csvText([header], dialect).length, width), ...some, ...plainRows(behind, width)];
      return { csv: csvText([header, ...rows], dialect), options: dialectOptions(dialect), header, rows, cuts };
    });
}

/** Rows that take so many characters, written without quotes and ended by one. */
function plainRows(size: number, width: number): (readonly [string, string])[] {
  const count = Math.floor(size / width);
  if (count < 1) return [];
  return Array.from({ length: count }, (_, i) => {
    const length = i === 0 ? size - (count - 1) * width : width;
    return ['r', 'y'.repeat(length - 3)] as const;
  });
}

/** The bytes of a text, cut at these places, wherever characters begin. */
export async function* cutInto(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut > start && cut < bytes.length) {
      yield bytes.subarray(start, cut);
      start = cut;
    }
  }
  yield bytes.subarray(start);
}
