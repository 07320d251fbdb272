import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CsvOptions, isDaybookError } from '@daybook/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialCells } from './csv';
import { stageCsv } from './csv-source';
import { Database } from './database';
import { Receiver } from './receive';

/** Undefined when DuckDB refuses. */
async function collect(batches: AsyncIterable<unknown[]>): Promise<unknown[] | undefined> {
  const rows: unknown[] = [];
  try {
    for await (const batch of batches) rows.push(...batch);
    return rows;
  } catch {
    return undefined;
  }
}

function nullsIn(rows: readonly PartialCells[]): number {
  return rows.flat().filter((cell) => cell === null).length;
}

describe('CSV that DuckDB reads at full speed', () => {
  let folder: string;
  const database = new Database({ memoryLimit: '500MB', threads: 2 }, async () => join(folder, 'spill'));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'daybook-csv-'));
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What DuckDB makes of a text, and what our own reader does; undefined = refused, or not tried. */
  async function readings(csv: string, columns: number, options: CsvOptions) {
    const header = Array.from({ length: columns }, (_, i) => `c${i}`);
    const staged = await stageCsv(new Receiver(csv, () => {}), options, header, join(folder, 'source'));
    const source = await staged.receive();
    await using session = await database.borrow();
    const { relation } = source;
    const counts = await relation?.count();
    const query = `SELECT CAST(json_array(*COLUMNS(*)) AS VARCHAR) FROM ${relation?.sql}`;
    const fast = counts && (await collect(session.json(query)));
    const slow: PartialCells[] = [];
    try {
      for await (const { cells } of source.records()) slow.push(cells);
    } catch (error) {
      if (!isDaybookError(error, 'MALFORMED_INPUT')) throw error;
      return { fast, slow: undefined };
    }
    if (counts) expect([counts.rows, counts.nulls ?? nullsIn(slow)]).toEqual([slow.length, nullsIn(slow)]);
    return { fast, slow };
  }

  const piece = fc.constantFrom(
    'a',
    'b',
    'NULL',
    '',
    ' ',
    '\t',
    '"',
    '""',
    '"x"',
    "'",
    ',',
    ',',
    ',',
    ';',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\u00e9',
    '\ufeff',
    '"x,y"',
    '"\n"',
  );
  const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
  const dialect = fc.constantFrom<CsvOptions>(
    {},
    {},
    { delimiter: ';' },
    { delimiter: '\t' },
    { enclosure: "'" },
    { enclosure: '' },
    { nullValues: ['NULL'] },
  );

  it('is read as by our own reader, or refused', async () => {
    let [read, tried] = [0, 0];
    const property = fc.asyncProperty(text, fc.integer({ min: 1, max: 3 }), dialect, async (csv, columns, options) => {
      const { fast, slow } = await readings(csv, columns, options);
      tried += 1;
      if (!fast) return;
      read += 1;
      expect(fast).toEqual(slow);
    });
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 1500) });
    expect(read).toBeGreaterThan(tried / 20);
  });

  it.each([
    ['plain text', 'a,b\nc,\n,"x ""y"", z"\n'],
    ['CRLF', 'a,b\r\nc,\r\n'],
    ['line breaks in quotes', '"a\nb",c\n"\n",d\n'],
    ['no line end at the end', 'a,b\nc,d'],
    ['blank lines', '\na,b\n\n\nc,d\n\n'],
    ['a quote alone in a CRLF line where DuckDB begins to read', `${`${'x'.repeat(96)},y\r\n`.repeat(20_000)}x,y\r\n"\r\na",b\r\n`],
    ['a quote alone in a line where DuckDB begins to read', `${`${'x'.repeat(97)},y\n`.repeat(20_000)}x,y\n"\na",b\n`],
  ])('is %s', async (_, csv) => {
    const { fast, slow } = await readings(csv, 2, {});
    expect(fast).toBeDefined();
    expect(fast).toEqual(slow);
  });

  it('is read by our own reader where lines end with CR, with CR CR LF or in several ways', async () => {
    for (const csv of ['a,"\r"\rb,c\r', 'a,"\r"\r\r\nb,c\r\r\n', 'a,"\r"\nb,c\r', 'a,"\r"\r\nb,c']) {
      expect(await readings(csv, 2, {})).toEqual({
        fast: undefined,
        slow: [
          ['a', '\r'],
          ['b', 'c'],
        ],
      });
    }
  });

  it.each([
    ['blanks before a quote', 'a, "b"\n'],
    ['blanks before the quotes of a quote', 'a, """\n"\n'],
    ['blanks after a quote', '"a" ,b\n'],
    ['an empty field too many', 'a,b,\n'],
    ['a null too many', 'a,b,NULL\n'],
    ['an empty field too many, at the end', 'a,b,'],
    ['an empty field too many, quoted', '"a","b",\n'],
    ['an empty field too many after a line break', '"a\n",b,\n'],
    ['a lone CR', 'a,b\rc,d\n'],
    ['line ends of two kinds', 'a,b\r\nc,d\n'],
    ['a mark of byte order after the first', '\ufeff\ufeffa,b\n'],
    ['NUL', 'a,\0\n'],
    ['a record of more than 1 MB', `a,b\nc,${'x'.repeat(1_000_000)}\nd,e\n`],
    ['a last record of more than 1 MB', `a,b\nc,${'x'.repeat(4_000_000)}`],
    ['a record that lacks a column', `a,b\n${'x'.repeat(4_000_000)}`],
  ])('is never text with %s', async (_, csv) => {
    expect((await readings(csv, 2, { nullValues: ['NULL'] })).fast).toBeUndefined();
  });
});
