import { type Column, type Row, type RowQuery, readValue, type TableData } from '@daybook/core';
import type { Session } from './database';
import type { Engine } from './engine';
import { columnOf, conditions, literal, place, sqlColumn, textOf } from './sql';
import { Version } from './version';

/** The rows that a query asks for, in batches. */
export async function* readRows({ parts, database }: Engine, data: TableData, query: RowQuery): AsyncGenerator<readonly Row[]> {
  await using version = await Version.open(parts, data);
  await using session = await database.borrow();
  const columns = columnsOf(data, query);
  const rows = await select(version, session, query);
  for await (const batch of session.json<Row>(`SELECT CAST(${jsonObject(columns)} AS VARCHAR) FROM (${rows})`))
    yield batch.map(reader(columns));
}

/** The columns that a query asks for, in its order. */
export function columnsOf(data: TableData, { columns }: RowQuery): readonly Column[] {
  return columns ? columns.map((name) => columnOf(data.columns, name)) : data.columns;
}

/** The rows that a query asks for, with their place, all columns, in order. */
export async function select(version: Version, session: Session, { where = [], orderBy = [], limit }: RowQuery): Promise<string> {
  const { columns } = version.data;
  const order = orderBy.map(
    ({ column, direction = 'asc' }) => `${sqlColumn(columnOf(columns, column).id)} ${direction === 'desc' ? 'DESC' : 'ASC'} NULLS LAST`,
  );
  const rows = order.length > 0 ? version.rows() : await version.ordered(session);
  return [
    `SELECT * FROM (${rows}) WHERE ${conditions(columns, where)}`,
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}, ${place}`] : []),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(' ');
}

/** A JSON object of some columns; `reader` makes what users read of it. */
export function jsonObject(columns: readonly Column[], prefix = ''): string {
  return `json_object(${columns.map((column) => `${literal(column.name)}, ${jsonValue(column, prefix + sqlColumn(column.id))}`).join(', ')})`;
}

/** Finishes what `jsonObject` made: digits that JSON's numbers might lose came as text. */
export function reader(columns: readonly Column[]): (row: Row) => Row {
  const digits = columns.filter(({ type }) => type === 'integer' || type === 'numeric');
  if (digits.length === 0) return (row) => row;
  return (row) => {
    const read: Record<string, Row[string]> = row;
    for (const { name, type } of digits) {
      const value = read[name];
      if (typeof value === 'string') read[name] = readValue(type, value);
    }
    return read;
  };
}

function jsonValue({ type }: Column, value: string): string {
  switch (type) {
    case 'integer':
      return `CASE WHEN ${value} BETWEEN -9007199254740992 AND 9007199254740992 THEN to_json(${value}) ELSE to_json(CAST(${value} AS VARCHAR)) END`;
    case 'string':
    case 'boolean':
    case 'float':
      return value;
    default:
      return textOf(type, value);
  }
}
