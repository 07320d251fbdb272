import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Column, ExportRequest, TableStore } from '@daybook/core';
import { writeCsv } from './csv';
import type { Cells } from './merge';
import { writeNdjson } from './ndjson';
import { writeParquet } from './parquet';
import { teller } from './progress';
import { toRow } from './rows';

type Exported = Awaited<ReturnType<TableStore['export']>>;

/** Writes rows under these columns in a format, one chunk after another. */
export async function exportRows(
  columns: readonly Column[],
  rows: readonly Cells[],
  { format, gzip, onProgress }: Pick<ExportRequest, 'format' | 'gzip' | 'onProgress'>,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<Exported> {
  const tell = teller(onProgress);
  const hash = createHash('sha256');
  let [bytes, uncompressedBytes] = [0, 0];

  function* plain(): Generator<Uint8Array> {
    for (const chunk of formats[format](columns, rows)) {
      uncompressedBytes += chunk.length;
      yield chunk;
    }
  }
  for await (const chunk of gzip ? compressed(plain()) : plain()) {
    hash.update(chunk);
    bytes += chunk.length;
    await write(chunk);
    tell({ phase: 'exporting', bytes });
  }
  tell({ phase: 'exporting', bytes, rows: rows.length }, 'last');
  return { rows: rows.length, bytes, uncompressedBytes, sha256: hash.digest('hex') };
}

async function* compressed(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // A failure of either side ends the other, so the reader of `gzip` sees every error.
  pipeline(Readable.from(chunks), gzip, () => {});
  yield* gzip;
}

const rowsAtOnce = 1000;
const bytesAtOnce = 2 ** 20;

const formats: Record<ExportRequest['format'], (columns: readonly Column[], rows: readonly Cells[]) => Iterable<Uint8Array>> = {
  *csv(columns, rows) {
    yield Buffer.from(writeCsv(columns.map(({ name }) => name)));
    yield* lines(rows, writeCsv);
  },
  ndjson(columns, rows) {
    const [row, line] = [toRow(columns), writeNdjson(columns.map(({ name }) => name))];
    return lines(rows, (cells) => line(row(cells)));
  },
  *parquet(columns, rows) {
    const file = writeParquet(columns, rows);
    for (let at = 0; at < file.length; at += bytesAtOnce) yield file.subarray(at, at + bytesAtOnce);
  },
};

function* lines(rows: readonly Cells[], line: (row: Cells) => string): Generator<Uint8Array> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    yield Buffer.from(
      rows
        .slice(at, at + rowsAtOnce)
        .map(line)
        .join(''),
    );
  }
}
