import { open } from 'node:fs/promises';
import { type ColumnType, DaybookError } from '@daybook/core';
import type { SourceRow } from './csv';
import type { Session } from './database';
import { parquetRows, readParquet } from './duckdb-files';
import { privateModes, writeWhole } from './file-system';
import type { Receiver } from './receive';
import { textOf } from './sql';
import { type TextSource, textColumn } from './text-source';

/** A Parquet file that was received; its columns are in its end. */
export interface StagedParquet extends TextSource {
  readonly columns: readonly string[];
  /** The types that fit best. */
  readonly types: readonly ColumnType[];
}

/** Throws `MALFORMED_INPUT`. */
export async function stageParquet(receiver: Receiver, borrow: () => Promise<Session>, path: string): Promise<StagedParquet> {
  const file = await open(path, 'w', privateModes.file);
  try {
    for await (const chunk of receiver.chunks()) await writeWhole(file, chunk);
  } finally {
    await file.close();
  }
  const [columns, count] = await describe(borrow, path);
  const names = columns.map((_, i) => `c${i}`);
  // Columns are named here by their place, whatever the file calls them.
  const rows = `${readParquet(path)} AS file(${names.join(', ')})`;
  const texts = columns.map(({ fit }, i) => fit.text(names[i]!));
  return {
    columns: columns.map(({ name }) => name),
    types: columns.map(({ fit }) => fit.type),
    relation: {
      // Only here can a text hold NUL.
      sql: `(SELECT ${texts.map((text, i) => `CASE WHEN contains(${text}, chr(0)) THEN error(${text}) ELSE ${text} END AS ${textColumn(i)}`).join(', ')} FROM ${rows})`,
      rows: count,
    },
    async *records(): AsyncGenerator<SourceRow> {
      let read = 0;
      try {
        await using session = await borrow();
        const query = `SELECT CAST(json_array(file_row_number + 1, ${texts.join(', ')}) AS VARCHAR) FROM ${rows}`;
        for await (const batch of session.json<[number, ...(string | null)[]]>(query)) {
          for (const [line, ...cells] of batch) yield { line, cells };
          read += batch.length;
        }
        if (read !== count) throw new Error(`DuckDB read ${read} rows where there are ${count}`);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

interface FileColumn {
  readonly name: string;
  readonly fit: Fit;
}

async function describe(borrow: () => Promise<Session>, path: string): Promise<[columns: FileColumn[], rows: number]> {
  try {
    await using session = await borrow();
    const rows = await session.rows(`DESCRIBE FROM ${readParquet(path)}`);
    const [count = 0] = await session.counts(parquetRows(path));
    return [rows.map(([name, type]) => ({ name: String(name), fit: fitOf(String(type)) })), count];
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): DaybookError<'MALFORMED_INPUT'> {
  const reason = `it is not readable as Parquet (${cause instanceof Error ? cause.message : cause})`;
  return new DaybookError('MALFORMED_INPUT', { reason }, { cause });
}

/** Our type for one of Parquet's, and from its values to our texts. */
interface Fit {
  readonly type: ColumnType;
  readonly text: (value: string) => string;
}

function fitOf(sqlType: string): Fit {
  const as = (type: ColumnType, cast = (value: string) => value): Fit => ({ type, text: (value) => textOf(type, cast(value)) });
  const [, precision, scale] = (/^DECIMAL\((\d+),(\d+)\)$/.exec(sqlType) ?? []).map(Number);
  if (precision !== undefined && scale !== undefined) {
    const type = scale <= 9 && precision - scale <= 29 ? 'numeric' : 'string';
    return { type, text: (value) => (scale > 0 ? decimalText(value) : wholeText(value)) };
  }
  if (/^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(sqlType)) return { type: sqlType === 'UBIGINT' ? 'numeric' : 'integer', text: wholeText };
  if (sqlType === 'FLOAT' || sqlType === 'DOUBLE') return as('float', (value) => `CAST(${value} AS DOUBLE)`);
  if (sqlType === 'BOOLEAN') return as('boolean');
  if (sqlType === 'DATE') return as('date');
  if (sqlType.startsWith('TIMESTAMP')) return as('timestamp', (value) => `make_timestamp(epoch_us(${value}))`);
  if (sqlType.startsWith('TIME')) return as('string', (value) => `CAST(${value} AS TIME)`);
  if (sqlType === 'BLOB') return as('string', (value) => `decode(${value})`);
  if (/[[(]/.test(sqlType)) return as('string', (value) => `to_json(${value})`);
  return as('string');
}

function decimalText(value: string): string {
  return textOf('numeric', value);
}

function wholeText(value: string): string {
  return `CAST(${value} AS VARCHAR)`;
}
