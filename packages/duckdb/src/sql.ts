import { type Column, type ColumnType, canonicalText, type Filter, type Value } from '@daybook/core';

/** A name in SQL, whatever it holds. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL, whatever it holds. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list in SQL of expressions. */
export function list(expressions: readonly (string | number)[]): string {
  return `[${expressions.join(', ')}]`;
}

/** The name of a column in statements: none of our own names in them starts with `$`. */
export function sqlColumn(id: string): string {
  return identifier(`$${marked(id)}`);
}

/** Columns of parts as statements name them, and where each row stands. */
export function fromParts(ids: readonly string[], parts: string): string {
  return `SELECT ${[...ids.map((id) => `${partColumn(id)} AS ${sqlColumn(id)}`), place].join(', ')} FROM ${parts}`;
}

/** Columns of a query as parts name them. */
export function toPart(ids: readonly string[], query: string): string {
  return `SELECT ${ids.map((id) => `${sqlColumn(id)} AS ${partColumn(id)}`).join(', ')} FROM (${query})`;
}

/** The place of a row: which of the parts that are read (0, 1 …), and where in it. Every file has these columns. */
export const place = 'file_index, file_row_number';

/** The name of a column inside parts, beside which stands nothing of ours but the place. */
export function partColumn(id: string): string {
  return identifier(marked(id));
}

/** DuckDB takes names that differ only in case for one, and calls columns of its own `file_…`; so capitals and that start are marked. */
function marked(id: string): string {
  return id.replace(/^file_|[A-Z^]/g, (mark) => `^${mark.toLowerCase()}`);
}

/** The SQL type of a column inside parts. Timestamps are microseconds in UTC. */
export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  numeric: 'DECIMAL(38,9)',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

/** From a stored value to its canonical text. */
export function textOf(type: ColumnType, value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  switch (type) {
    case 'numeric':
      return `rtrim(rtrim(${text}, '0'), '.')`;
    case 'timestamp':
      return `replace(${text}, ' ', 'T') || 'Z'`;
    case 'float':
      return floatText(value);
    default:
      return text;
  }
}

/** As ECMAScript writes numbers: DuckDB has the same shortest digits, but puts them another way where the exponent is small. */
function floatText(value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  const [mantissa, exponent] = [`split_part(${text}, 'e', 1)`, `CAST(split_part(${text}, 'e', 2) AS INTEGER)`];
  const digits = `replace(replace(rtrim(rtrim(${mantissa}, '0'), '.'), '.', ''), '-', '')`;
  const sign = `CASE WHEN ${value} < 0 THEN '-' ELSE '' END`;
  return `CASE
    WHEN NOT contains(${text}, 'e') THEN regexp_replace(${text}, '\\.0$', '')
    WHEN ${exponent} BETWEEN 0 AND 20 THEN ${sign} || rpad(${digits}, ${exponent} + 1, '0')
    WHEN ${exponent} BETWEEN -6 AND -1 THEN ${sign} || '0.' || repeat('0', -1 - ${exponent}) || ${digits}
    ELSE regexp_replace(regexp_replace(${text}, '\\.0e', 'e'), 'e([+-])0', 'e\\1') END`;
}

/** A value as SQL, in the type of its column. Throws `TypeError` for what does not fit. */
export function typedValue({ name, type }: Column, value: Value): string {
  if (value === null) return `CAST(NULL AS ${sqlTypes[type]})`;
  const text = canonicalText(type, String(value));
  if (text === undefined) throw new TypeError(`Not a value of column ${name}: ${value}`);
  return `CAST(${literal(text)} AS ${sqlTypes[type]})`;
}

/** All conditions, as SQL. True where there are none. */
export function conditions(columns: readonly Column[], where: readonly Filter[]): string {
  const tests = where.map(({ column: name, op, values }) => {
    const column = columnOf(columns, name);
    return `(${condition(
      sqlColumn(column.id),
      op,
      values.map((value) => typedValue(column, value)),
    )})`;
  });
  return tests.join(' AND ') || 'true';
}

/** The column of this name. Throws `TypeError` when there is none. */
export function columnOf(columns: readonly Column[], name: string): Column {
  const column = columns.find((each) => each.name === name);
  if (!column) throw new TypeError(`No column ${name}`);
  return column;
}

const comparisons = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

function condition(column: string, op: Filter['op'], values: readonly string[]): string {
  switch (op) {
    case 'eq':
    case 'in':
      return values.map((value) => `${column} IS NOT DISTINCT FROM ${value}`).join(' OR ') || 'false';
    case 'ne':
      return values.map((value) => `${column} IS DISTINCT FROM ${value}`).join(' AND ') || 'true';
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return values.map((value) => `coalesce(${column} ${comparisons[op]} ${value}, false)`).join(' OR ') || 'false';
    default:
      throw new TypeError(`Not an operator: ${op satisfies never}`);
  }
}
