import { gzipSync } from 'node:zlib';
import { isDaybookError } from '@daybook/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { inMemory, openParquet } from './parquet-file';

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

async function readParquet(bytes: Uint8Array) {
  const file = await openParquet(inMemory(bytes));
  const rows: (string | null)[][] = [];
  for await (const group of file.read()) rows.push(...group);
  return { columns: file.columns.map(({ name }) => name), types: file.columns.map(({ type }) => type), rows };
}

/** A file of one column with one value and a null, as another program might write it. */
function foreign(element: Omit<SchemaElement, 'name'>, value: unknown): Uint8Array {
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 1 },
    { name: 'column', repetition_type: 'OPTIONAL', ...element },
  ];
  return new Uint8Array(parquetWriteBuffer({ schema, columnData: [{ name: 'column', data: [value, null] }] }));
}

describe('reading Parquet', () => {
  const timestamp = (unit: 'MILLIS' | 'MICROS' | 'NANOS') =>
    ({ type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit } }) as const;

  it.each<[string, Omit<SchemaElement, 'name'>, unknown, string, string]>([
    ['INT32', { type: 'INT32' }, -7, 'integer', '-7'],
    ['INT64', { type: 'INT64' }, 9223372036854775807n, 'integer', '9223372036854775807'],
    ['UINT_64', { type: 'INT64', converted_type: 'UINT_64' }, 18446744073709551615n, 'numeric', '18446744073709551615'],
    ['DECIMAL(9,2) of 32 bits', { type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2 }, -5n, 'numeric', '-0.05'],
    [
      'DECIMAL(18,4)',
      { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 4 },
      123456789012345678n,
      'numeric',
      '12345678901234.5678',
    ],
    [
      'DECIMAL(38,9)',
      { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', precision: 38, scale: 9 },
      -(10n ** 37n),
      'numeric',
      '-10000000000000000000000000000',
    ],
    ['DECIMAL(5,0)', { type: 'INT32', converted_type: 'DECIMAL', precision: 5, scale: 0 }, 42n, 'numeric', '42'],
    [
      'DECIMAL with more digits than ours',
      { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', precision: 38, scale: 10 },
      15n,
      'string',
      '0.0000000015',
    ],
    ['DOUBLE', { type: 'DOUBLE' }, 1e300, 'float', '1e+300'],
    ['FLOAT', { type: 'FLOAT' }, 1.5, 'float', '1.5'],
    ['BOOLEAN', { type: 'BOOLEAN' }, true, 'boolean', 'true'],
    ['DATE', { type: 'INT32', converted_type: 'DATE' }, -1, 'date', '1969-12-31'],
    ['TIMESTAMP of milliseconds', timestamp('MILLIS'), -1n, 'timestamp', '1969-12-31T23:59:59.999Z'],
    ['TIMESTAMP of microseconds', timestamp('MICROS'), -1n, 'timestamp', '1969-12-31T23:59:59.999999Z'],
    ['TIMESTAMP of nanoseconds', timestamp('NANOS'), -1n, 'timestamp', '1969-12-31T23:59:59.999999999Z'],
    ['TIME', { type: 'INT64', converted_type: 'TIME_MICROS' }, 36_000_500_000n, 'string', '10:00:00.5'],
    ['UTF8', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, 'kůň 🐎', 'string', 'kůň 🐎'],
    ['bytes without a type', { type: 'BYTE_ARRAY' }, new TextEncoder().encode('kůň'), 'string', 'kůň'],
    ['JSON', { type: 'BYTE_ARRAY', converted_type: 'JSON' }, { a: [1] }, 'string', '{"a":[1]}'],
    [
      'UUID',
      { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
      '00000000-0000-0000-0000-000000000001',
      'string',
      '00000000-0000-0000-0000-000000000001',
    ],
  ])('maps %s to the type that fits best', async (_, element, value, type, text) => {
    expect(await readParquet(foreign(element, value))).toEqual({ columns: ['column'], types: [type], rows: [[text], [null]] });
  });

  it('marks bytes that are no text with NUL, which no column takes', async () => {
    const { rows } = await readParquet(foreign({ type: 'BYTE_ARRAY' }, Uint8Array.of(0xff, 0xfe)));
    expect(rows).toEqual([['\0xfffe'], [null]]);
  });

  it('makes JSON text of nested values', async () => {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 1 },
      { name: 'tags', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', type: 'INT64' },
    ];
    const file = parquetWriteBuffer({ schema, columnData: [{ name: 'tags', data: [[1n, null, 9007199254740993n], null] }] });
    const { types, rows } = await readParquet(new Uint8Array(file));
    expect([types, rows]).toEqual([['string'], [['[1,null,9007199254740993]'], [null]]]);
  });

  it('unpacks what other programs pack with', async () => {
    const data = Array.from({ length: 5000 }, (_, i) => `order ${i % 50}`);
    const columnData = [{ name: 'name', data, type: 'STRING' as const }];
    const file = parquetWriteBuffer({ columnData, codec: 'GZIP', compressors: { GZIP: gzipSync } });
    expect((await readParquet(new Uint8Array(file))).rows.flat()).toEqual(data);
  });

  it('refuses what is no Parquet, or is cut off', async () => {
    const whole = foreign({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, 'text');
    for (const bytes of [new Uint8Array(), Buffer.from('id,name\n1,Ada\n'), whole.subarray(0, -8), whole.subarray(20)])
      await expect(readParquet(bytes)).rejects.toSatisfy((error) => isDaybookError(error, 'MALFORMED_INPUT'));
  });

  it('reads or refuses a file that says anywhere that two billion values follow', async () => {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 2 },
      { name: 'a', repetition_type: 'OPTIONAL', type: 'INT64' },
      { name: 'b', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    ];
    const columnData = [
      { name: 'a', data: [1n, null, 3n] },
      { name: 'b', data: ['x', 'x', null] },
    ];
    const whole = new Uint8Array(parquetWriteBuffer({ schema, columnData, codec: 'UNCOMPRESSED' }));
    // As Thrift and the runs of values write a number.
    const billions = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    for (let at = 4; at < whole.length - 8 - billions.length; at++) {
      const bytes = whole.slice();
      bytes.set(billions, at);
      await readParquet(bytes).catch((error) => expect(isDaybookError(error, 'MALFORMED_INPUT')).toBe(true));
    }
  });
});
