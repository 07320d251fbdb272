import { type CsvOptions, isDaybookError, type Source, type TableStore, type Value } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { cutCsv, cutInto, json, size, TableDriver } from '@daybook/testing';
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryTables } from './temporary.fixture';

/** `pnpm test:deep` tries many more. A failure names the seed; `DAYBOOK_SEED` begins with it. */
const [runs, seed] = [200 * Number(process.env.DAYBOOK_RUNS || 1), Number(process.env.DAYBOOK_SEED || Math.floor(Math.random() * 2 ** 31))];
const timeout = 180_000 * Math.max(1, Number(process.env.DAYBOOK_RUNS || 1));

/** What became of a source: its rows, or why it was refused and where. */
type Outcome =
  | { readonly read: number; readonly rows: readonly (readonly Value[])[] }
  | { readonly code: string; readonly details: object };

async function outcome(tables: TableStore, columns: readonly string[], source: () => Source, csv: CsvOptions = {}): Promise<Outcome> {
  const table = new TableDriver(tables, columns);
  try {
    await using staged = await table.stage(source(), csv);
    // Another name is never a column's. Of those, too, both have to find the same ones.
    const { columns: names } = staged;
    if (!names.every((name) => /^\w+$/.test(name))) return { code: 'INVALID_COLUMN_NAME', details: { names } };
    const { read } = await table.load(source(), { csv, mode: 'full' });
    return { read, rows: await table.tuples() };
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return { code: error.code, details: error.details };
  }
}

async function agree<T>(values: Arbitrary<T>, outcomeIn: (tables: TableStore, value: T) => Promise<Outcome>): Promise<void> {
  await using memory = memoryStorage();
  await using duckdb = await temporaryTables();
  const property = fc.asyncProperty(values, async (value) => {
    const [expected, found] = [await outcomeIn(memory.tables, value), await outcomeIn(duckdb.tables, value)];
    // Rows of megabytes are not for a report.
    expect(isSame(expected, found)).toBe(true);
  });
  console.info(`seed ${seed}, ${runs} runs`);
  await fc.assert(property, { numRuns: runs, seed });
}

function isSame(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

describe('what DuckDB makes of a text is what memory makes of it', () => {
  /** Something put into a text, from so far before where it would be read on. */
  const spoiled = fc.tuple(
    cutCsv(),
    fc.option(
      fc.record({
        what: fc.constantFrom('"', "'", ',', '\n', '\r', ' ', '\0', '"x', ' "', '" ', '\r\n', ''),
        from: fc.nat(),
        to: fc.nat(1),
      }),
    ),
    fc.constantFrom<CsvOptions>({}, {}, {}, { enclosure: '' }, { escapedBy: '\\', enclosure: '' }, { nullValues: ['r'] }, { skipLines: 1 }),
  );

  it('CSV', { timeout }, async () => {
    await agree(spoiled, (tables, [{ csv, options, header, cuts }, spoil, more]) => {
      const at = spoil ? spoil.from % (csv.length + 1) : 0;
      const text = spoil ? csv.slice(0, at) + spoil.what + csv.slice(at + spoil.to) : csv;
      return outcome(tables, header, () => ({ csv: cutInto(text, cuts) }), { ...options, ...more });
    });
  });

  const key = fc.constantFrom('a', 'b', '\u0061', '10', '__proto__', 'constructor');
  const number = fc.constantFrom('0', '-0', '1.50', '1e400', '12345678901234567890.123456789', '-1E-7');
  /** JSON as it may be written: keys twice, blanks, numbers of any length. */
  const { value, object } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      json().map((one) => JSON.stringify(one)),
      number,
      jsonList(tie('value')),
      tie('object'),
    ),
    object: fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, text]) => ` "${name}" :\t${text}`).join(',')}}`),
  }));
  const long = fc.tuple(json(), size()).map(([one, length]) => JSON.stringify([one, '\\"'.repeat(length / 8), 'x'.repeat(length)]));
  const line = fc.oneof(
    { weight: 4, arbitrary: object },
    { weight: 1, arbitrary: long.map((text) => `{"a":${text}}`) },
    { weight: 1, arbitrary: value },
  );

  it('NDJSON', { timeout }, async () => {
    const texts = fc.tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\n\n'), fc.array(size(), { maxLength: 3 }));
    await agree(texts, (tables, [lines, end, cuts]) =>
      outcome(tables, ['a'], () => ({ ndjson: cutInto(['{"a":1}', ...lines].join(end), cuts) })),
    );
  });
});

function jsonList(values: Arbitrary<string>): Arbitrary<string> {
  return fc.array(values, { maxLength: 3 }).map((texts) => `[${texts.join(' , ')}]`);
}
