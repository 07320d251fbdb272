import type { ColumnType } from '@daybook/core';
import type { ParquetColumn, ParquetKind } from '@daybook/parquet';
import { sqlTypes, textOf } from './sql';

/**
 * A value that a Parquet file holds, in SQL. DuckDB loses nothing of it: what cannot be said exactly raises an error, or is to be seen in the
 * text. Null stays null, and what is not null does not become it.
 */
export interface ParquetValue {
  readonly text: string;
  /** Of the type that fits its kind best. */
  readonly value: string;
}

/** Undefined where DuckDB would lose some of it. */
export function parquetValue({ kind, type }: ParquetColumn, column: string): ParquetValue | undefined {
  switch (kind.is) {
    case 'boolean':
      return { text: plain(column), value: column };
    case 'integer':
      return { text: plain(column), value: `CAST(${column} AS ${sqlTypes.integer})` };
    case 'unsigned':
      return { text: plain(column), value: `CAST(${column} AS ${kind.bits === 64 ? sqlTypes.numeric : sqlTypes.integer})` };
    case 'decimal':
      return decimalValue(kind, type, column);
    case 'float':
      return floatValue(`CAST(${column} AS DOUBLE)`);
    case 'date':
      return { text: plain(withinDates(column)), value: withinDates(column) };
    case 'timestamp':
      return timestampValue(kind, column);
    case 'bytes':
      return textValue(`decode(${column})`);
    case 'text':
    case 'uuid':
      return textValue(plain(column));
    default:
      return undefined;
  }
}

function plain(column: string): string {
  return `CAST(${column} AS VARCHAR)`;
}

function textValue(text: string): ParquetValue {
  const value = `CASE WHEN contains(${text}, chr(0)) THEN error('NUL') ELSE ${text} END`;
  return { text: value, value };
}

/** Of more digits than 38 DuckDB makes floats, and where none is before the point it writes none. */
function decimalValue({ precision, scale }: ParquetKind & { is: 'decimal' }, type: ColumnType, column: string): ParquetValue | undefined {
  if (precision > 38 || precision === scale) return undefined;
  const text = scale > 0 ? textOf('numeric', column) : plain(column);
  return { text, value: type === 'string' ? text : `CAST(${column} AS ${sqlTypes[type]})` };
}

/** As ECMAScript calls what is no number. Adding zero makes 0 of -0. */
function floatValue(column: string): ParquetValue {
  const number = `(${column} + 0.0::DOUBLE)`;
  const infinite = `CASE WHEN ${column} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  const text = `CASE WHEN isnan(${column}) THEN 'NaN' WHEN isinf(${column}) THEN ${infinite} ELSE ${textOf('float', number)} END`;
  return { text, value: `CASE WHEN isfinite(${column}) THEN ${number} ELSE error('not finite') END` };
}

function withinDates(column: string): string {
  return `CASE WHEN ${column} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN ${column} ELSE error('out of range') END`;
}

/** Nanoseconds have digits beyond ours, and no year before 1677; those with a zone DuckDB rounds. */
function timestampValue({ unit, isUtc }: ParquetKind & { is: 'timestamp' }, column: string): ParquetValue | undefined {
  if (unit !== 'NANOS') {
    const local = isUtc ? `make_timestamp(epoch_us(${column}))` : column;
    const within = `CASE WHEN ${local} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN ${local} ELSE error('out of range') END`;
    return { text: textOf('timestamp', within), value: within };
  }
  if (isUtc) return undefined;
  const finite = `CASE WHEN isfinite(${column}) THEN ${column} ELSE error('infinite') END`;
  const micros = `CAST(${finite} AS TIMESTAMP)`;
  return {
    text: textOf('timestamp', finite),
    value: `CASE WHEN CAST(${micros} AS TIMESTAMP_NS) = ${column} THEN ${micros} ELSE error('too fine') END`,
  };
}
