import { type Column, type ColumnType, canonicalText, DaybookError } from '@daybook/core';
import { parquetMetadata, parquetRead, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cells } from './merge';

/** What a Parquet file holds, and the column types that fit it best. Throws `MALFORMED_INPUT`. */
export async function readParquet(bytes: Uint8Array): Promise<{ columns: string[]; types: ColumnType[]; rows: Cells[] }> {
  try {
    const file = new Uint8Array(bytes).buffer;
    const metadata = parquetMetadata(file);
    const columns = parquetSchema(metadata).children.map(readAs);
    let rows: unknown[][] = [];
    const onComplete = (all: unknown[][]) => {
      rows = all;
    };
    await parquetRead({ file, metadata, compressors, parsers, utf8: false, onComplete });
    return {
      columns: columns.map(({ name }) => name),
      types: columns.map(({ type }) => type),
      rows: rows.map((row) => row.map((value, i) => (value === null || value === undefined ? null : textOf(columns[i]!, value)))),
    };
  } catch (cause) {
    const reason = `it is not readable as Parquet (${cause instanceof Error ? cause.message : cause})`;
    throw new DaybookError('MALFORMED_INPUT', { reason }, { cause });
  }
}

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

/** Texts where the reader would give dates, whose instants end at milliseconds. What is finer than a microsecond is cut off. */
const parsers = {
  timestampFromMilliseconds: (instant: bigint) => timestamp(instant * 1000n),
  timestampFromMicroseconds: (instant: bigint) => timestamp(instant),
  timestampFromNanoseconds: (instant: bigint) => timestamp(floorDivide(instant, 1000n)),
  dateFromDays: (days: number) => isoInstant(days * dayMs).slice(0, 10),
  stringFromBytes: (bytes: Uint8Array) => decoder.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array) => decoder.decode(bytes),
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface ColumnReader {
  readonly name: string;
  readonly type: ColumnType;
  readonly text: (value: unknown) => string;
}

/** The one text of a value, where it fits the type that was found for its column. */
function textOf({ type, text }: ColumnReader, value: unknown): string {
  const found = text(value);
  return canonicalText(type, found) ?? found;
}

/** How a column is read. */
function readAs({ element, children }: SchemaTree): ColumnReader {
  const { name, type, converted_type: converted, logical_type: logical } = element;
  if (children.length > 0 || element.repetition_type === 'REPEATED') return { name, type: 'string', text: stringOf };
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return decimal(element);
  if (converted === 'DATE' || logical?.type === 'DATE') return { name, type: 'date', text: String };
  if (converted?.startsWith('TIMESTAMP') || logical?.type === 'TIMESTAMP' || type === 'INT96')
    return { name, type: 'timestamp', text: String };
  if (converted?.startsWith('TIME') || logical?.type === 'TIME') return { name, type: 'string', text: timeOfDay(element) };
  if (converted === 'UINT_64' || (logical?.type === 'INTEGER' && logical.bitWidth === 64 && !logical.isSigned))
    return { name, type: 'numeric', text: String };
  if (type === 'INT32' || type === 'INT64') return { name, type: 'integer', text: String };
  if (type === 'FLOAT' || type === 'DOUBLE' || logical?.type === 'FLOAT16') return { name, type: 'float', text: String };
  if (type === 'BOOLEAN') return { name, type: 'boolean', text: String };
  return { name, type: 'string', text: stringOf };
}

/** The reader makes floats of decimals, so it is told that these are plain numbers. */
function decimal(element: SchemaElement): ColumnReader {
  const { name, logical_type: logical } = element;
  const { precision = 0, scale = 0 } = logical?.type === 'DECIMAL' ? logical : element;
  element.converted_type = undefined;
  element.logical_type = undefined;
  return {
    name,
    type: scale <= 9 && precision - scale <= 29 ? 'numeric' : 'string',
    text: (value) => decimalText(value instanceof Uint8Array ? signed(value) : BigInt(String(value)), scale),
  };
}

function signed(bigEndian: Uint8Array): bigint {
  return BigInt.asIntN(8 * bigEndian.length, BigInt(`0x0${Buffer.from(bigEndian).toString('hex')}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled)
    .replace('-', '')
    .padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`.replace(/\.$/, '');
}

function timeOfDay({ converted_type: converted, logical_type: logical }: SchemaElement): (value: unknown) => string {
  const unit = logical?.type === 'TIME' ? logical.unit : converted === 'TIME_MILLIS' ? 'MILLIS' : 'MICROS';
  const micros = { MILLIS: (time: bigint) => time * 1000n, MICROS: (time: bigint) => time, NANOS: (time: bigint) => time / 1000n }[unit];
  return (value) =>
    timestamp(micros(BigInt(String(value))))
      .slice(11, -1)
      .replace(/\.?0+$/, '');
}

/** An ISO instant from microseconds since 1970. */
function timestamp(micros: bigint): string {
  const millis = floorDivide(micros, 1000n);
  return `${isoInstant(Number(millis)).slice(0, -1)}${String(micros - millis * 1000n).padStart(3, '0')}Z`;
}

/** Years beyond 9999 get a sign and six digits, which no date or timestamp column takes. */
function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** Nested values become JSON text. */
function stringOf(value: unknown): string {
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return decoder.decode(value);
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? jsonNumber(inner) : inner));
}

function jsonNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
