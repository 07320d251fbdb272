import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDaybookError, type TableStore } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { TableDriver } from '@daybook/testing';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc, { type Arbitrary } from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { agree, assertMany, outcome, timeout } from './agree.fixture';
import { nestedTypes, plainTypes, type Sample, type SampleType } from './parquet-values.fixture';
import { literal } from './sql';
import { temporaryFolder, temporaryTables } from './temporary.fixture';

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

interface Column {
  readonly type: string;
  readonly values: readonly (Sample | null)[];
}

const types = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...plainTypes) }, { weight: 1, arbitrary: nestedTypes });

const files = fc.record({
  columns: fc.array(types.chain(columnOf), { minLength: 1, maxLength: 4 }),
  codec: fc.constantFrom('uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'),
  version: fc.constantFrom('v1', 'v2'),
});

/** Of what has no sign, DuckDB's second version has a way that memory refuses. */
function versionOf({ columns, version }: FileSample): string {
  return columns.some(({ type }) => type.includes('UINTEGER')) ? 'v1' : version;
}

type FileSample = typeof files extends Arbitrary<infer T> ? T : never;

function columnOf({ type, values }: SampleType): Arbitrary<Column> {
  return fc.record({ type: fc.constant(type), values: fc.array(fc.option(values, { freq: 5 }), { minLength: 3, maxLength: 3 }) });
}

async function write(duckdb: DuckDBConnection, path: string, file: FileSample) {
  const { columns, codec } = file;
  const rows = [0, 1, 2].map((i) => columns.map(({ type, values }) => values[i]?.sql ?? `CAST(NULL AS ${type})`));
  const selects = rows.map((values) => `SELECT ${values.map((value, i) => `${value} AS c${i}`).join(', ')}`);
  await duckdb.run(
    `COPY (${selects.join(' UNION ALL ')}) TO ${literal(path)} (FORMAT parquet, CODEC ${literal(codec)}, PARQUET_VERSION ${versionOf(file)})`,
  );
  return new Uint8Array(await readFile(path));
}

/** Rows in columns of the types that fit best, or why not. */
async function typedRows(tables: TableStore, parquet: Uint8Array) {
  const header = new TableDriver(tables, []);
  const found = await header.stage({ parquet });
  await found[Symbol.asyncDispose]();
  const table = new TableDriver(
    tables,
    found.types!.map((type, i) => `c${i}:${type}`),
  );
  try {
    await table.load({ parquet }, { mode: 'full' });
    return await table.tuples();
  } catch (error) {
    if (!isDaybookError(error, 'INVALID_VALUE')) throw error;
    return error.details;
  }
}

describe('what DuckDB wrote to a Parquet file', () => {
  it('is read exactly, and by both engines alike', { timeout }, async () => {
    await using memory = memoryStorage();
    await using duckdb = await temporaryTables();
    await using folder = await temporaryFolder();
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await assertMany(files, async (file) => {
      const parquet = await write(connection, join(folder.path, 'file.parquet'), file);
      const names = file.columns.map((_, i) => `c${i}`);
      const expected = [0, 1, 2].map((row) => file.columns.map(({ values }) => values[row]?.text ?? null));
      for (const { tables } of [memory, duckdb]) {
        const texts = new TableDriver(tables, names);
        await texts.load({ parquet }, { mode: 'full' });
        expect(await texts.tuples()).toEqual(expected);
      }
      expect(await typedRows(duckdb.tables, parquet)).toEqual(await typedRows(memory.tables, parquet));
    });
    connection.closeSync();
  });

  it('or another program, is read alike, whatever its numbers are', { timeout }, async () => {
    const edges = [0n, 1n, -1n, 999n, -999n, 1000n, -1000n, -62135596800000000n, 253402300799999999n, 253402300800000000n];
    const ends = [2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n, 2n ** 63n - 2n];
    const longs = fc.oneof(
      fc.bigInt({ min: ends[1]!, max: ends[0]! }),
      fc.constantFrom(...edges, ...ends),
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
    );
    const shorts = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(-719_162, -719_163, 2_932_896, 2_932_897));
    const annotated = (type: 'INT32' | 'INT64', element: object) => ({
      name: 'c0',
      type,
      repetition_type: 'OPTIONAL' as const,
      ...element,
    });
    const timestamps = ['MILLIS', 'MICROS', 'NANOS'].flatMap((unit) =>
      [true, false].map((isAdjustedToUTC) => annotated('INT64', { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit } })),
    );
    const times = ['MICROS', 'NANOS'].map((unit) => annotated('INT64', { logical_type: { type: 'TIME', isAdjustedToUTC: false, unit } }));
    const elements = [
      ...timestamps,
      ...times,
      annotated('INT32', { converted_type: 'DATE' }),
      annotated('INT32', { converted_type: 'TIME_MILLIS' }),
      annotated('INT64', {}),
    ];
    const written = fc
      .constantFrom(...elements)
      .chain((element) => fc.record({ element: fc.constant(element), value: element.type === 'INT32' ? shorts : longs }));
    await agree(written, async (tables, { element, value }) => {
      const schema = [{ name: 'root', num_children: 1 }, element] as SchemaElement[];
      const parquet = new Uint8Array(parquetWriteBuffer({ schema, columnData: [{ name: 'c0', data: [null, value] }] }));
      const texts = await outcome(tables, ['c0'], () => ({ parquet }));
      return { ...texts, typed: await typedRows(tables, parquet) };
    });
  });
});
