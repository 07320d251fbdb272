import { type Column, type ColumnType, canonicalText, DaybookError, valuePatterns } from '@daybook/core';
import type { PartialCells, SourceRow } from './csv';
import { isWellFormed } from './receive';
import { literal, sqlTypes } from './sql';

/**
 * A record's values as canonical texts of its columns. What it lacks is null; in an upsert by a `key` it stays undefined, and the key must be there.
 * Throws `INVALID_VALUE`.
 */
export function fit(columns: readonly Column[], { line, cells }: SourceRow, key: readonly string[]): PartialCells {
  return columns.map(({ id, name, type, nullable }, i) => {
    const value = cells[i];
    const isLacking = value === undefined && key.length > 0;
    if (isLacking && !key.includes(id)) return undefined;
    const text = value == null ? (nullable && !isLacking ? null : undefined) : isWellFormed(value) ? canonicalText(type, value) : undefined;
    if (text === undefined) throw new DaybookError('INVALID_VALUE', { line, column: name, value: value ?? null, type });
    return text;
  });
}

/**
 * A text as a value of its column, in SQL. What does not fit raises an error; that includes some texts that do fit but are rare, so an
 * error says no more than that `fit` is to look.
 */
export function typed({ type, nullable }: Column, text: string): string {
  const sqlType = sqlTypes[type];
  const refused = `CAST(error(coalesce(${text}, '')) AS ${sqlType})`;
  const fits =
    type === 'string'
      ? text
      : `CASE WHEN ${text} IS NULL THEN NULL WHEN ${isFit(type, text)} THEN coalesce(${cast(type, text)}, ${refused}) ELSE ${refused} END`;
  return nullable ? fits : `CASE WHEN ${text} IS NULL THEN ${refused} ELSE ${fits} END`;
}

/** What is a value of its column's type already. */
export function stored({ type, nullable }: Column, value: string): string {
  return nullable ? value : `CASE WHEN ${value} IS NULL THEN CAST(error('null') AS ${sqlTypes[type]}) ELSE ${value} END`;
}

type TypedColumn = Exclude<ColumnType, 'string'>;

function isFit(type: TypedColumn, text: string): string {
  const pattern = matches(text, valuePatterns[type]);
  switch (type) {
    case 'numeric':
      return `${pattern} AND ${matches(text, '[+-]?0*[0-9]{0,29}([.][0-9]{0,9}0*)?')}`;
    case 'date':
      return `${pattern} AND ${text} >= '0001'`;
    case 'timestamp':
      return `${pattern} AND ${text} >= '0001' AND substr(${text}, 12, 2) < '24'`;
    default:
      return pattern;
  }
}

/** Null where there is no such value. */
function cast(type: TypedColumn, text: string): string {
  switch (type) {
    case 'float':
      // Adding zero makes 0 of -0.
      return `CASE WHEN isfinite(TRY_CAST(${text} AS DOUBLE)) THEN TRY_CAST(${text} AS DOUBLE) + 0.0::DOUBLE END`;
    case 'boolean':
      return `lower(${text}) IN ('true', '1')`;
    case 'timestamp':
      return timestamp(text);
    default:
      return `TRY_CAST(${text} AS ${sqlTypes[type]})`;
  }
}

/** DuckDB would pass over an offset, so we take it off ourselves. Local times near either end of all years are left to `fit`. */
function timestamp(text: string): string {
  const local = `TRY_CAST(${text} AS TIMESTAMP)`;
  const clock = `TRY_CAST(regexp_extract(${text}, '^(.{10}([T ][0-9:.]+)?)', 1) AS TIMESTAMP)`;
  const part = (group: number) => `CAST(regexp_extract(${text}, '([+-])([0-9]{2}):?([0-9]{2})$', ${group}) AS INTEGER)`;
  const minutes = `(${part(2)} * 60 + ${part(3)})`;
  const sign = `CASE WHEN ${text}[-6] = '-' OR ${text}[-5] = '-' THEN 1 ELSE -1 END`;
  return `CASE
    WHEN length(${text}) = 10 OR ${matches(text, '.{10}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z?')} THEN ${local}
    WHEN ${matches(text, '.{10}[T ][0-9:]+Z?')} THEN ${clock}
    WHEN ${text} BETWEEN '0002' AND '9999' AND ${part(2)} < 16 AND ${part(3)} < 60 THEN ${clock} + to_minutes(${sign} * ${minutes}) END`;
}

function matches(text: string, pattern: string): string {
  return `regexp_full_match(${text}, ${literal(pattern)})`;
}
