import type { ColumnType } from '@daybook/core';
import type { SchemaElement } from 'hyparquet';

export type TimeUnit = 'MILLIS' | 'MICROS' | 'NANOS';

/** What the values of a column are, and how its numbers are to be taken. */
export type ParquetKind =
  | { readonly is: 'boolean' | 'bytes' | 'date' | 'float' | 'float16' | 'int96' | 'integer' | 'interval' | 'text' | 'uuid' }
  | { readonly is: 'unsigned'; readonly bits: 32 | 64 }
  | { readonly is: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly is: 'time'; readonly unit: TimeUnit }
  | { readonly is: 'timestamp'; readonly unit: TimeUnit; readonly isUtc: boolean }
  /** Lists, maps and structures. */
  | { readonly is: 'nested' };

/**
 * What a column that is not nested holds, by its annotations; of two that contradict each other the newer, logical one counts
 * (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md). Throws where nothing of ours can hold it.
 */
export function kindOf(element: SchemaElement): ParquetKind {
  const { type, type_length: length, converted_type: converted, logical_type: logical } = element;
  const name = logical?.type ?? converted;
  switch (name) {
    case 'DECIMAL':
      return decimalKind(element);
    case 'DATE':
      return stored(element, { is: 'date' }, type === 'INT32');
    case 'TIME':
    case 'TIME_MILLIS':
    case 'TIME_MICROS': {
      const unit = unitOf(element);
      return stored(element, { is: 'time', unit }, type === (unit === 'MILLIS' ? 'INT32' : 'INT64'));
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS': {
      const isUtc = logical?.type !== 'TIMESTAMP' || logical.isAdjustedToUTC;
      return stored(element, { is: 'timestamp', unit: unitOf(element), isUtc }, type === 'INT64');
    }
    case 'INTEGER':
      return logical?.type === 'INTEGER' && !logical.isSigned ? unsignedKind(element) : wholeKind(element);
    case 'UINT_8':
    case 'UINT_16':
    case 'UINT_32':
    case 'UINT_64':
      return unsignedKind(element);
    case 'INT_8':
    case 'INT_16':
    case 'INT_32':
    case 'INT_64':
      return wholeKind(element);
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
    case 'JSON':
      return stored(element, { is: 'text' }, type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY');
    case 'UUID':
      return stored(element, { is: 'uuid' }, type === 'FIXED_LEN_BYTE_ARRAY' && length === 16);
    case 'FLOAT16':
      return stored(element, { is: 'float16' }, type === 'FIXED_LEN_BYTE_ARRAY' && length === 2);
    case 'INTERVAL':
      return stored(element, { is: 'interval' }, type === 'FIXED_LEN_BYTE_ARRAY' && length === 12);
    case 'NULL':
    case undefined:
      return plainKind(element);
    default:
      throw new RangeError(`column ${element.name} holds ${name}, which no column here can hold`);
  }
}

/** The type that fits a kind best. */
export function typeOf(kind: ParquetKind): ColumnType {
  switch (kind.is) {
    case 'boolean':
    case 'date':
    case 'float':
    case 'integer':
    case 'timestamp':
      return kind.is;
    case 'float16':
      return 'float';
    case 'int96':
      return 'timestamp';
    case 'unsigned':
      return kind.bits === 64 ? 'numeric' : 'integer';
    case 'decimal':
      return kind.scale <= 9 && kind.precision - kind.scale <= 29 ? 'numeric' : 'string';
    default:
      return 'string';
  }
}

function plainKind(element: SchemaElement): ParquetKind {
  switch (element.type) {
    case 'BOOLEAN':
      return { is: 'boolean' };
    case 'INT32':
    case 'INT64':
      return { is: 'integer' };
    case 'INT96':
      return { is: 'int96' };
    case 'FLOAT':
    case 'DOUBLE':
      return { is: 'float' };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { is: 'bytes' };
    default:
      throw new RangeError(`column ${element.name} has no type`);
  }
}

function wholeKind(element: SchemaElement): ParquetKind {
  return stored(element, { is: 'integer' }, isWhole(element));
}

/** Fewer bits than 32 are kept in 32, where no number of them looks negative. */
function unsignedKind(element: SchemaElement): ParquetKind {
  return stored(element, { is: 'unsigned', bits: element.type === 'INT64' ? 64 : 32 }, isWhole(element));
}

function isWhole({ type }: SchemaElement): boolean {
  return type === 'INT32' || type === 'INT64';
}

function decimalKind(element: SchemaElement): ParquetKind {
  const { precision = 0, scale = 0 } = element.logical_type?.type === 'DECIMAL' ? element.logical_type : element;
  const isBytes = element.type === 'BYTE_ARRAY' || element.type === 'FIXED_LEN_BYTE_ARRAY';
  return stored(
    element,
    { is: 'decimal', precision, scale },
    (isWhole(element) || isBytes) && precision >= 1 && scale >= 0 && scale <= precision,
  );
}

function unitOf({ logical_type: logical, converted_type: converted }: SchemaElement): TimeUnit {
  if (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') return logical.unit;
  return converted?.endsWith('MILLIS') ? 'MILLIS' : 'MICROS';
}

function stored(element: SchemaElement, kind: ParquetKind, isStoredSo: boolean): ParquetKind {
  if (!isStoredSo)
    throw new RangeError(`column ${element.name} says that its ${element.type} are of a kind that is not stored so (${kind.is})`);
  return kind;
}
