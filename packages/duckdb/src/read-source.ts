import { join } from 'node:path';
import { type Column, isDaybookError } from '@daybook/core';
import { unavailable } from './database';
import type { Scratch } from './part-store';
import type { PartFile, PartWriter } from './part-writer';
import { sqlColumn, sqlTypes, toPart } from './sql';
import { RecordFile, type Relation, type TextSource, textColumn } from './text-source';
import { fit, typed } from './typed';

/** All rows of a source as values of these columns. DuckDB reads it first; when it refuses, or read something else than is there, we do. */
export async function readSource(writer: PartWriter, scratch: Scratch, source: TextSource, columns: readonly Column[]): Promise<PartFile> {
  if (source.relation) {
    try {
      return await readWhole(writer, source.relation, columns, typed);
    } catch (error) {
      if (!isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
    }
  }
  const checked = await RecordFile.create(join(scratch.directory, 'checked.csv'));
  try {
    for await (const row of source.records()) await checked.write({ line: row.line, cells: fit(columns, row) });
  } finally {
    await checked.close();
  }
  return readWhole(writer, checked.relation(columns.length)!, columns, ({ type }, text) => `CAST(${text} AS ${sqlTypes[type]})`);
}

/**
 * The only way by which DuckDB reads a source: what it has read is what was counted, or it is `STORE_UNAVAILABLE`. Its readers can drop
 * what they do not understand without a word.
 */
async function readWhole(
  writer: PartWriter,
  { sql, rows, nulls, isSequential }: Relation,
  columns: readonly Column[],
  value: (column: Column, text: string) => string,
): Promise<PartFile> {
  const values = columns.map((column, i) => `${value(column, textColumn(i))} AS ${sqlColumn(column.id)}`);
  const query = toPart(
    columns.map(({ id }) => id),
    `SELECT ${values.join(', ')} FROM ${sql}`,
  );
  const file = await writer.file(query, { anyOrder: isSequential });
  if (file.rows !== rows) throw unavailable(new Error(`DuckDB read ${file.rows} rows where there are ${rows}`));
  if (nulls !== undefined && file.nulls !== nulls) throw unavailable(new Error(`DuckDB read ${file.nulls} nulls where there are ${nulls}`));
  return file;
}
