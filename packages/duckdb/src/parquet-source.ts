import { open } from 'node:fs/promises';
import type { ColumnType } from '@daybook/core';
import { openParquet, type ParquetBytes } from '@daybook/parquet';
import type { SourceRow } from './csv';
import type { Database } from './database';
import { readParquet } from './duckdb-files';
import { guard, privateModes, writeWhole } from './file-system';
import { type ParquetValue, parquetValue } from './parquet-sql';
import type { Receiver } from './receive';
import { literal } from './sql';
import { type Relation, type TextSource, textColumn, valueColumn } from './text-source';

/** A Parquet file that was received; its columns are in its end. */
export interface StagedParquet extends TextSource {
  readonly columns: readonly string[];
  /** The types that fit best. */
  readonly types: readonly ColumnType[];
}

/** `database` is one that the file may break. Throws `MALFORMED_INPUT`. */
export async function stageParquet(
  receiver: Receiver,
  path: string,
  nullValues: readonly string[],
  database: Database,
): Promise<StagedParquet> {
  const file = await openParquet(await receive(receiver, path));
  const values = file.columns.map((column, i) => parquetValue(column, `c${i}`));
  const nulls = new Set<string | null>(nullValues);
  return {
    database,
    columns: file.columns.map(({ name }) => name),
    types: file.columns.map(({ type }) => type),
    relation: values.every((value) => value !== undefined) ? relationOf(path, values, nullValues, file.rows) : undefined,
    async *records(): AsyncGenerator<SourceRow> {
      let line = 0;
      for await (const group of file.read()) {
        for (const cells of group) yield { line: ++line, cells: cells.map((cell) => (nulls.has(cell) ? null : cell)) };
      }
    },
  };
}

/** Columns are named by their place, whatever the file calls them. */
function relationOf(path: string, values: readonly ParquetValue[], nullValues: readonly string[], rows: number): Relation {
  const orNull = ({ text }: ParquetValue, column: string, as: string) => {
    const isNull = nullValues.length > 0 ? `${column} IS NULL OR ${text} IN (${nullValues.map(literal).join(', ')})` : `${column} IS NULL`;
    return `CASE WHEN ${isNull} THEN NULL ELSE coalesce(${as}, error('no text')) END`;
  };
  const columns = values.flatMap((value, i) => [
    `${orNull(value, `c${i}`, value.text)} AS ${textColumn(i)}`,
    `${orNull(value, `c${i}`, value.value)} AS ${valueColumn(i)}`,
  ]);
  const names = values.map((_, i) => `c${i}`);
  return { sql: `(SELECT ${columns.join(', ')} FROM ${readParquet(path)} AS file(${names.join(', ')}))`, count: async () => ({ rows }) };
}

async function receive(receiver: Receiver, path: string): Promise<ParquetBytes> {
  const file = await open(path, 'w', privateModes.file);
  let byteLength = 0;
  try {
    for await (const chunk of receiver.chunks()) {
      await writeWhole(file, chunk);
      byteLength += chunk.length;
    }
  } finally {
    await file.close();
  }
  return { byteLength, slice: (start, end = byteLength) => guard('read a temporary file', () => readAt(path, start, end - start)) };
}

async function readAt(path: string, from: number, length: number): Promise<ArrayBuffer> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, from + at);
      if (bytesRead === 0) throw new RangeError('it is cut off');
      at += bytesRead;
    }
    return bytes.buffer;
  } finally {
    await file.close();
  }
}
