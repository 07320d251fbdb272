import { type Column, DaybookError, type TableData } from '@daybook/core';
import type { Session } from './database';
import { readParquet } from './duckdb-files';
import { findRepeats } from './last-of-each';
import type { PartStore } from './part-store';
import type { PartFile, PartWriter } from './part-writer';
import { fromParts, partColumn, sqlColumn } from './sql';
import { same, Version } from './version';

/** Where the record of a row begins. The name, like the others here, is none that a column has inside parts. */
export const lineColumn = 'file_line';

/** Rows of an upsert, some of which lack something. Beside the source's columns it has `lineColumn` and a flag for each column that some lack. */
export interface PartialFile extends PartFile {
  /** The source's. */
  readonly columns: readonly Column[];
  /** The ids of those that some rows lack. */
  readonly lacking: readonly string[];
}

/** The name of the flag that says which rows lack a column. */
export function lacksColumn(lacking: readonly string[], id: string): string {
  return `file_lacks_${lacking.indexOf(id)}`;
}

/**
 * Rows under all columns of the base, one for each key, each with what it lacks from the last one with its key: before it in the file, or in the base.
 * Throws `INVALID_VALUE` where a new row lacks what may not be null.
 */
export async function fillUp(
  parts: PartStore,
  session: Session,
  writer: PartWriter,
  base: TableData,
  file: PartialFile,
): Promise<PartFile> {
  await using version = await Version.open(parts, base);
  await refuseNulls(session, version, file);
  const { path } = await mergeRepeats(session, writer, file, base.primaryKey);
  const given = rowsIn({ ...file, path }, 'file_row_number AS file_nth');
  const cells = base.columns.map(({ id }) => `${cell(file, id)} AS ${partColumn(id)}`);
  const lacked = base.columns.filter(({ id }) => lacks(file, id));
  return writer.file(
    `SELECT ${cells.join(', ')} FROM (${given}) g
    LEFT JOIN (${storedRows(version, path, lacked)}) b ON ${same('g', 'b', base.primaryKey)} ORDER BY g.file_nth`,
  );
}

/** The rows of a file as statements name their columns, with the flags, and `more`. */
function rowsIn({ path, columns, lacking }: PartialFile, more: string): string {
  const values = columns.map(({ id }) => `${partColumn(id)} AS ${sqlColumn(id)}`);
  return `SELECT ${[...values, ...flagsOf(lacking), more].join(', ')} FROM ${readParquet(path)}`;
}

function flagsOf(lacking: readonly string[]): string[] {
  return lacking.map((id) => lacksColumn(lacking, id));
}

/** Rows with equal keys as one: where the last stands, each column as the last row that has it says. */
async function mergeRepeats(session: Session, writer: PartWriter, file: PartialFile, key: readonly string[]): Promise<PartFile> {
  const { rows, columns, lacking } = file;
  const repeats = await findRepeats(session, writer, { rows, sql: `(${rowsIn(file, 'file_row_number')})` }, key);
  if (!repeats) return file;
  const flags = flagsOf(lacking);
  const keys = key.map(sqlColumn);
  const merged = [
    ...keys,
    ...columns.filter(({ id }) => !key.includes(id)).map(({ id }) => `${lastCell(file, id)} AS ${sqlColumn(id)}`),
    ...flags.map((flag) => `bool_and(${flag}) AS ${flag}`),
    'max(file_row_number) AS file_nth',
  ];
  const others = [...columns.map(({ id }) => sqlColumn(id)), ...flags, 'file_row_number AS file_nth'];
  const stored = [...columns.map(({ id }) => `${sqlColumn(id)} AS ${partColumn(id)}`), ...flags];
  return writer.file(
    `SELECT ${stored.join(', ')} FROM (
      SELECT ${merged.join(', ')} FROM ${repeats.among} GROUP BY ${keys.join(', ')}
      UNION ALL BY NAME SELECT ${others.join(', ')} FROM ${repeats.apart}
    ) ORDER BY file_nth`,
  );
}

/** `arg_max` passes over nulls. */
function lastCell({ lacking }: PartialFile, id: string): string {
  const last = `arg_max_null(${sqlColumn(id)}, file_row_number)`;
  return lacking.includes(id) ? `${last} FILTER (NOT ${lacksColumn(lacking, id)})` : last;
}

function cell(file: PartialFile, id: string): string {
  if (!lacks(file, id)) return `g.${sqlColumn(id)}`;
  if (!file.lacking.includes(id)) return `b.${sqlColumn(id)}`;
  return `CASE WHEN g.${lacksColumn(file.lacking, id)} THEN b.${sqlColumn(id)} ELSE g.${sqlColumn(id)} END`;
}

/** Whether any row lacks the column. */
function lacks({ columns, lacking }: PartialFile, id: string): boolean {
  return lacking.includes(id) || !columns.some((column) => column.id === id);
}

/** The base's rows with a key that is in the file: the key and some columns. */
function storedRows(version: Version, path: string, columns: readonly Column[]): string {
  const { data, keys } = version;
  const needed = data.columns.filter(
    (column) => columns.includes(column) || [data.primaryKey, ...keys].some((key) => key.includes(column.id)),
  );
  const wanted = fromParts(data.primaryKey, readParquet(path));
  return version.rows(`SELECT s.* FROM (${version.stored(needed)}) s SEMI JOIN (${wanted}) f ON ${same('s', 'f', data.primaryKey)}`);
}

/** The first row of a key that the base does not have must have every column that may not be null. */
async function refuseNulls(session: Session, version: Version, file: PartialFile): Promise<void> {
  const { columns, primaryKey } = version.data;
  const required = columns.filter(({ id, nullable }) => !nullable && lacks(file, id));
  if (required.length === 0) return;
  const flags = required.map(({ id }, i) => {
    const flag = file.lacking.includes(id) ? `arg_min(${lacksColumn(file.lacking, id)}, file_row_number)` : 'true';
    return `${flag} AS file_missing_${i}`;
  });
  const missing = required.map((_, i) => `file_missing_${i}`);
  const keys = primaryKey.map(sqlColumn).join(', ');
  const [found] = await session.rows(
    `SELECT ${lineColumn}, ${missing.join(', ')} FROM (
      SELECT ${keys}, min(${lineColumn}) AS ${lineColumn}, ${flags.join(', ')}
      FROM (${rowsIn(file, `${lineColumn}, file_row_number`)}) GROUP BY ${keys}
    ) g ANTI JOIN (${storedRows(version, file.path, [])}) b ON ${same('g', 'b', primaryKey)}
    WHERE ${missing.join(' OR ')} ORDER BY ${lineColumn} LIMIT 1`,
  );
  if (!found) return;
  const [line, ...isMissing] = found;
  const { name, type } = required[isMissing.indexOf(true)]!;
  throw new DaybookError('INVALID_VALUE', { line: Number(line), column: name, value: null, type });
}
