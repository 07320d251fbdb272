import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Column, ExportRequest, TableData, TableStore } from '@daybook/core';
import type { Session } from './database';
import { copyTo } from './duckdb-files';
import type { Engine } from './engine';
import { makePrivate } from './file-system';
import { teller } from './progress';
import { columnsOf, readRows, select } from './query';
import { identifier, sqlColumn, textOf } from './sql';
import { Version } from './version';

type Exported = Awaited<ReturnType<TableStore['export']>>;

/** What an export is made of, and how many rows it has once it was read. */
interface Content {
  readonly chunks: AsyncIterable<Uint8Array>;
  rows(): number;
}

/** Hands the bytes of an export to `write`. */
export async function exportRows(
  engine: Engine,
  data: TableData,
  request: ExportRequest,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<Exported> {
  if (request.format === 'ndjson') return send(ndjson(engine, data, request), request, write);
  await using version = await Version.open(engine.parts, data);
  await using session = await engine.database.borrow();
  await using scratch = await engine.parts.scratch();
  const path = join(scratch.directory, 'export');
  const query = `SELECT ${selected(columnsOf(data, request), request.format)} FROM (${await select(version, session, request)})`;
  return await send(await copy(session, query, request.format, path), request, write);
}

function selected(columns: readonly Column[], format: 'csv' | 'parquet'): string {
  const value = format === 'csv' ? csvValue : parquetValue;
  return columns.map((column) => `${value(column)} AS ${identifier(column.name)}`).join(', ');
}

function csvValue({ id, type }: Column): string {
  return textOf(type, sqlColumn(id));
}

/** Other readers are to see that timestamps are UTC. */
function parquetValue({ id, type }: Column): string {
  return type === 'timestamp' ? `make_timestamptz(epoch_us(${sqlColumn(id)}))` : sqlColumn(id);
}

const formats = {
  csv: {
    format: 'csv',
    compression: `'none'`,
    delimiter: `','`,
    escape: `'"'`,
    header: 'true',
    new_line: `'\\n'`,
    nullstr: `''`,
    quote: `'"'`,
  },
  parquet: { format: 'parquet', compression: 'zstd' },
} as const;

async function copy(session: Session, query: string, format: 'csv' | 'parquet', path: string): Promise<Content> {
  await makePrivate(path);
  const [rows = 0] = await session.counts(copyTo(path, query, formats[format]));
  return { chunks: createReadStream(path, { highWaterMark: 2 ** 20 }), rows: () => rows };
}

function ndjson(engine: Engine, data: TableData, request: ExportRequest): Content {
  let rows = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const batch of readRows(engine, data, request)) {
      rows += batch.length;
      yield Buffer.from(batch.map((row) => `${JSON.stringify(row)}\n`).join(''));
    }
  }
  return { chunks: chunks(), rows: () => rows };
}

async function send(content: Content, { gzip, onProgress }: ExportRequest, write: (chunk: Uint8Array) => Promise<void>): Promise<Exported> {
  const tell = teller(onProgress);
  const hash = createHash('sha256');
  let [bytes, uncompressedBytes] = [0, 0];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content.chunks) {
      uncompressedBytes += chunk.length;
      yield chunk;
    }
  }
  const deliver = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      await write(chunk);
      tell({ phase: 'exporting', bytes });
    }
  };
  if (gzip) await pipeline(Readable.from(counted()), createGzip(), deliver);
  else await deliver(counted());
  tell({ phase: 'exporting', bytes, rows: content.rows() }, 'last');
  return { rows: content.rows(), bytes, uncompressedBytes, sha256: hash.digest('hex') };
}
