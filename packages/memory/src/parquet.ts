import type { Column, ColumnType } from '@daybook/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cells } from './merge';

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

/** A Parquet file of these rows. */
export function writeParquet(columns: readonly Column[], rows: readonly Cells[]): Uint8Array {
  const data = columns.map(({ name, type }, i) => ({
    name,
    data: rows.map((row) => (row[i] === null ? null : physical[type].value(row[i]!))),
  }));
  const schema = columns.map(({ name, type }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...physical[type].element }));
  const root: SchemaElement = { name: 'schema', num_children: columns.length };
  return new Uint8Array(parquetWriteBuffer({ columnData: data, schema: [root, ...schema] }));
}

const decimals = 9;

/** How each of our types is stored, and from its canonical text to what the writer takes. */
const physical: Record<ColumnType, { element: Omit<SchemaElement, 'name'>; value: (text: string) => unknown }> = {
  string: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, value: (text) => text },
  integer: { element: { type: 'INT64' }, value: BigInt },
  numeric: {
    element: {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: 16,
      converted_type: 'DECIMAL',
      precision: 38,
      scale: decimals,
      logical_type: { type: 'DECIMAL', precision: 38, scale: decimals },
    },
    value: (text) => {
      const [whole = '', fraction = ''] = text.split('.');
      return BigInt(whole + fraction.padEnd(decimals, '0'));
    },
  },
  float: { element: { type: 'DOUBLE' }, value: Number },
  boolean: { element: { type: 'BOOLEAN' }, value: (text) => text === 'true' },
  date: {
    element: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
    value: (text) => Date.parse(`${text}T00:00:00Z`) / dayMs,
  },
  timestamp: {
    element: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    },
    value: (text) => {
      const [seconds = '', fraction = ''] = text.slice(0, -1).split('.');
      return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
    },
  },
};

const dayMs = 86_400_000;
