import { open } from 'node:fs/promises';
import type { CsvOptions } from '@daybook/core';
import { afterLines, countLines, type Dialect, dialectOf, malformed, readRecords, type SourceRow, scanRecord } from './csv';
import { CsvLook, isCommon } from './csv-look';
import { readCsv } from './duckdb-files';
import { type Receiver, Utf8, withoutMark } from './receive';
import { bufferBytes, type Counts, type Relation, TextFile, type TextSource, textBeforeBadByte, textColumn, textOf } from './text-source';

/** A CSV text whose header has been read. */
export interface StagedCsv {
  readonly columns: readonly string[];
  /** Takes in the rest. */
  receive(): Promise<TextSource>;
}

/** Reads as far as the header goes. `header` names the columns where the text does not. Throws `MALFORMED_INPUT`. */
export async function stageCsv(
  receiver: Receiver,
  options: CsvOptions,
  header: readonly string[] | undefined,
  path: string,
): Promise<StagedCsv> {
  const dialect = dialectOf(options);
  const chunks = receiver.chunks();
  const start = await readStart(chunks, dialect, options.skipLines ?? 0, header);
  return {
    columns: start.header,
    receive: async () => {
      const file = await TextFile.create(path, start.line);
      let isBare = isCommon(dialect);
      const write = async (chunk: Buffer) => {
        const text = await file.write(chunk);
        isBare &&= !text.includes('\r') && !(dialect.enclosure && text.includes(dialect.enclosure));
      };
      try {
        await write(start.rest);
        for await (const chunk of chunks) await write(chunk);
      } finally {
        await file.close();
      }
      const look = () => lookAt(path, dialect, start.header.length);
      return new CsvSource(path, dialect, start.header.length, start.line, isBare ? look : await look());
    },
  };
}

async function lookAt(path: string, dialect: Dialect, columns: number): Promise<CsvLook> {
  const look = new CsvLook(dialect, columns);
  const file = await open(path);
  try {
    // One buffer for all: a stream's new ones cost as much as half the look.
    const buffer = Buffer.allocUnsafeSlow(2 ** 18);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      look.at(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  look.atEnd();
  return look;
}

class CsvSource implements TextSource {
  readonly relation: Relation | undefined;
  readonly #path: string;
  readonly #dialect: Dialect;
  readonly #columns: number;
  readonly #line: number;

  /** Text without quotes and CRs is looked at while DuckDB reads it: nothing that is found there changes how. */
  constructor(path: string, dialect: Dialect, columns: number, line: number, look: CsvLook | (() => Promise<CsvLook>)) {
    this.#path = path;
    this.#dialect = dialect;
    this.#columns = columns;
    this.#line = line;
    if (typeof look === 'function') this.relation = this.#relation(async () => countsOf(await look()));
    else if (look.isPlain) this.relation = this.#relation(async () => countsOf(look), look);
  }

  async *records(): AsyncGenerator<SourceRow> {
    const columns = this.#columns;
    for await (const { line, cells } of readRecords(textOf(this.#path), this.#dialect, this.#line)) {
      if (cells.length === columns) yield { line, cells };
      else if (cells.length > 0) throw malformed(line, `it has ${cells.length} values where ${columns} are expected`);
      else if (columns === 1) yield { line, cells: [null] };
    }
  }

  #relation(count: Relation['count'], { breaks: isSequential, newLine }: Pick<CsvLook, 'breaks' | 'newLine'> = bare): Relation {
    const { delimiter, enclosure, nulls: nullTexts } = this.#dialect;
    const columns = Array.from({ length: this.#columns }, (_, i) => textColumn(i));
    const sql = readCsv(this.#path, {
      delimiter,
      enclosure,
      nulls: [...nullTexts],
      columns,
      newLine,
      bufferBytes,
      longestLineBytes: bufferBytes,
      parallel: !isSequential,
      padded: false,
    });
    return { sql, count, isSequential };
  }
}

const bare = { breaks: false, newLine: '\\n' };

function countsOf({ isPlain, records: rows, nulls }: CsvLook): Counts | undefined {
  return isPlain ? { rows, nulls } : undefined;
}

interface Start {
  /** Empty for an empty text. */
  readonly header: readonly string[];
  /** The line that the data begins with. */
  readonly line: number;
  /** What was received beyond the header. */
  readonly rest: Buffer;
}

async function readStart(
  chunks: AsyncGenerator<Buffer>,
  dialect: Dialect,
  skipLines: number,
  given: readonly string[] | undefined,
): Promise<Start> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await chunks.next();
    if (value) bytes = Buffer.concat([bytes, value]);
    const text = done || bytes.length >= 3 ? withoutMark(bytes) : undefined;
    const start = text && startOf(text, dialect, skipLines, given, done === true);
    if (start) return start;
  }
}

/** Undefined when the text has to go on for the header to be whole. */
function startOf(
  bytes: Buffer,
  dialect: Dialect,
  skipLines: number,
  given: readonly string[] | undefined,
  whole: boolean,
): Start | undefined {
  const text = new Utf8().take(bytes)?.toString();
  if (text === undefined) throw malformed(1 + countLines(textBeforeBadByte(bytes)), 'it is not valid UTF-8');
  const from = afterLines(text, skipLines, whole);
  if (from === undefined && !whole) return undefined;
  const data = from ?? text.length;
  const line = 1 + skipLines;
  if (given) return { header: given, line, rest: bytes.subarray(Buffer.byteLength(text.slice(0, data))) };

  if (data === text.length) return whole ? { header: [], line, rest: Buffer.alloc(0) } : undefined;
  // No text means null in a header.
  const found = scanRecord(text, data, { ...dialect, nulls: new Set() }, line, whole);
  if (!found) return undefined;
  return {
    header: found.cells.length === 0 ? [''] : found.cells.map(String),
    line: line + countLines(text.slice(data, found.end)),
    rest: bytes.subarray(Buffer.byteLength(text.slice(0, found.end))),
  };
}
