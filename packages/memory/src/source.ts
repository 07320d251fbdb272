import {
  type Bytes,
  type Column,
  type ColumnType,
  canonicalText,
  DaybookError,
  type Source,
  type SourceFacts,
  type StageRequest,
} from '@daybook/core';
import { inMemory, openParquet } from '@daybook/parquet';
import { afterLines, dialectOf, readCsv, type SourceRow } from './csv';
import type { PartialCells } from './merge';
import { readNdjson, rowsToNdjson } from './ndjson';
import { teller } from './progress';
import { decode, isWellFormed, type Received, receive } from './receive';

/** A source that was received, and as much of it read as its header takes. */
export interface OpenSource {
  readonly columns: readonly string[];
  readonly types?: readonly ColumnType[];
  readonly facts: SourceFacts;
  /** From the start each time. Throws `MALFORMED_INPUT` when it gets there. */
  rows(): Iterable<SourceRow>;
}

/** Receives a source and reads its header. Throws `MALFORMED_INPUT`. */
export async function openSource(request: StageRequest): Promise<OpenSource> {
  const { source, onProgress } = request;
  const tell = teller(onProgress);
  const received = await receive(bytesOf(source), (bytes) => tell({ phase: 'receiving', bytes }));
  const facts = factsOf(source, received);
  tell({ phase: 'receiving', bytes: facts.bytes }, 'last');
  return { facts, ...(await openText(request, received)) };
}

/** Takes a source in and keeps nothing of it. Throws `MALFORMED_INPUT`. */
export async function receiveSource(source: Source): Promise<SourceFacts> {
  return factsOf(source, await receive(bytesOf(source), () => {}));
}

function factsOf({ name }: Source, { facts }: Received): SourceFacts {
  return { ...(name !== undefined && { name }), ...facts };
}

/**
 * A row's values as canonical texts of its columns. What it lacks is null; in an upsert by a `key` it stays undefined, and the key must be there.
 * Throws `INVALID_VALUE`.
 */
export function fit(columns: readonly Column[], { line, cells }: SourceRow, key: readonly string[]): PartialCells {
  return columns.map(({ id, name, type, nullable }, i) => {
    const value = cells[i];
    const isLacking = value === undefined && key.length > 0;
    if (isLacking && !key.includes(id)) return undefined;
    const text = value == null ? (nullable && !isLacking ? null : undefined) : textOf(type, value);
    if (text === undefined) throw new DaybookError('INVALID_VALUE', { line, column: name, value: value ?? null, type });
    return text;
  });
}

function textOf(type: ColumnType, value: string): string | undefined {
  return type !== 'string' || isWellFormed(value) ? canonicalText(type, value) : undefined;
}

function bytesOf(source: StageRequest['source']): Bytes {
  if ('csv' in source) return source.csv;
  if ('ndjson' in source) return source.ndjson;
  if ('parquet' in source) return source.parquet;
  return rowsToNdjson(source.rows);
}

async function openText({ source, csv, header }: StageRequest, { bytes }: Received): Promise<Omit<OpenSource, 'facts'>> {
  if ('csv' in source) return openCsv(decode(bytes), csv, header);
  if ('parquet' in source) {
    return openParquetRows(bytes, csv);
  }
  const { columns, rows } = readNdjson(decode(bytes));
  return { columns, rows: () => rows };
}

async function openParquetRows(bytes: Uint8Array, { nullValues }: StageRequest['csv']): Promise<Omit<OpenSource, 'facts'>> {
  const file = await openParquet(inMemory(bytes));
  const nulls = new Set<string | null>(nullValues);
  const rows: SourceRow[] = [];
  for await (const group of file.read()) {
    for (const cells of group) rows.push({ line: rows.length + 1, cells: cells.map((cell) => (nulls.has(cell) ? null : cell)) });
  }
  return { columns: file.columns.map(({ name }) => name), types: file.columns.map(({ type }) => type), rows: () => rows };
}

function openCsv(text: string, options: StageRequest['csv'], header: readonly string[] | undefined): Omit<OpenSource, 'facts'> {
  const dialect = dialectOf(options);
  const start = afterLines(text, options.skipLines ?? 0);
  const columns = header ?? readHeader(text, dialect, start);
  return {
    columns,
    *rows() {
      const records = readCsv(text, dialect, start);
      if (!header) records.next();
      for (const { line, cells } of records) {
        if (cells.length === columns.length) yield { line, cells };
        else if (cells.length > 0) throw ragged(line, columns.length, cells.length);
        else if (columns.length === 1) yield { line, cells: [null] };
      }
    },
  };
}

/** No text means null in a header. */
function readHeader(text: string, dialect: ReturnType<typeof dialectOf>, start: { from: number; line: number }): string[] {
  const [first] = readCsv(text, { ...dialect, nulls: new Set() }, start);
  if (!first) return [];
  return first.cells.length === 0 ? [''] : first.cells.map(String);
}

function ragged(line: number, expected: number, found: number): DaybookError<'MALFORMED_INPUT'> {
  return new DaybookError('MALFORMED_INPUT', { line, reason: `it has ${found} values where ${expected} are expected` });
}
