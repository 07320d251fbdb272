import { type CsvOptions, isDaybookError, type Source, type TableStore, type Value } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { TableDriver } from '@daybook/testing';
import fc, { type Arbitrary } from 'fast-check';
import { expect } from 'vitest';
import { temporaryTables } from './temporary.fixture';

/** `pnpm test:deep` tries many more. A failure names the seed; `DAYBOOK_SEED` begins with it. */
const [runs, seed] = [200 * Number(process.env.DAYBOOK_RUNS || 1), Number(process.env.DAYBOOK_SEED || Math.floor(Math.random() * 2 ** 31))];
export const timeout = 180_000 * Math.max(1, Number(process.env.DAYBOOK_RUNS || 1));

/** What became of a source: its rows, or why it was refused and where. */
export type Outcome =
  | { readonly read: number; readonly rows: readonly (readonly Value[])[] }
  | { readonly code: string; readonly details: object };

export async function outcome(
  tables: TableStore,
  columns: readonly string[],
  source: () => Source,
  csv: CsvOptions = {},
): Promise<Outcome> {
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

/** Memory and DuckDB make the same of each value. */
export async function agree<T>(values: Arbitrary<T>, outcomeIn: (tables: TableStore, value: T) => Promise<Outcome>): Promise<void> {
  await using memory = memoryStorage();
  await using duckdb = await temporaryTables();
  await assertMany(values, async (value) => {
    const [expected, found] = [await outcomeIn(memory.tables, value), await outcomeIn(duckdb.tables, value)];
    // Rows of megabytes are not for a report.
    expect(isSame(expected, found)).toBe(true);
  });
}

/** As many values as are asked for. */
export async function assertMany<T>(values: Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  console.info(`seed ${seed}, ${runs} runs`);
  await fc.assert(fc.asyncProperty(values, check), { numRuns: runs, seed });
}

function isSame(one: Outcome, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
