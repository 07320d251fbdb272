import { DaybookError, type Rows } from '@daybook/core';
import { malformed } from './csv';
import { type Receiver, Utf8, withoutMark } from './receive';
import { RecordFile, type TextSource, textBeforeBadByte } from './text-source';

/** An NDJSON text that was read to its end, as only then its keys are known. */
export interface StagedNdjson extends TextSource {
  /** All keys, in order of first appearance. */
  readonly columns: readonly string[];
}

/** Throws `MALFORMED_INPUT`. */
export async function stageNdjson(receiver: Receiver, path: string): Promise<StagedNdjson> {
  const columns = new Map<string, number>();
  const file = await RecordFile.create(path);
  try {
    for await (const { line, text } of readLines(receiver.chunks())) {
      const cells: (string | null | undefined)[] = [];
      for (const [key, cell] of readObject(text, line)) {
        if (!columns.has(key)) columns.set(key, columns.size);
        cells[columns.get(key)!] = cell;
      }
      await file.write({ line, cells });
    }
  } finally {
    await file.close();
  }
  const width = columns.size;
  const { lacking } = file;
  return { columns: [...columns.keys()], relation: file.relation(width), lacking, records: () => file.records(width) };
}

/** Plain objects as NDJSON text, one a line. Numbers that JSON does not have become strings. */
export async function* rowsToNdjson(rows: Rows): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row, (_, value) => (isForeign(value) ? String(value) : value))}\n`;
}

function isForeign(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value));
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** Those that are not blank. */
async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const utf8 = new Utf8();
  let [line, rest, first] = [0, '', true];
  for await (const chunk of chunks) {
    const text = utf8.take(first ? withoutMark(chunk) : chunk);
    if (!text) throw malformed(line + textBeforeBadByte(chunk).split('\n').length, 'it is not valid UTF-8');
    first = false;
    const lines = (rest + text.toString()).split('\n');
    rest = lines.pop()!;
    for (const each of lines) {
      line += 1;
      if (each.trim() !== '') yield { line, text: each };
    }
  }
  if (!utf8.complete) throw malformed(1 + line, 'it is not valid UTF-8');
  if (rest.trim() !== '') yield { line: line + 1, text: rest };
}

const numbers = /-?[0-9][0-9.eE+-]*/g;

/**
 * Keys and cells of one JSON object, a key that comes twice with its last value. JSON.parse would lose digits, and order keys like "7"
 * first; so we mark every string with `s` and make strings of numbers, marked with `n`.
 */
function readObject(json: string, line: number): [key: string, cell: string | null][] {
  if (!isObject(parse(json, line))) throw malformed(line, 'it is not a JSON object');
  return Object.entries(JSON.parse(marked(json)) as object).map(([key, value]) => [key.slice(1), cellOf(value)]);
}

function marked(json: string): string {
  let [text, at] = ['', 0];
  for (let open = json.indexOf('"'); open >= 0; open = json.indexOf('"', at)) {
    const close = closingQuote(json, open);
    text += `${json.slice(at, open).replace(numbers, '"n$&"')}"s${json.slice(open + 1, close + 1)}`;
    at = close + 1;
  }
  return text + json.slice(at).replace(numbers, '"n$&"');
}

/** Where a string ends: at a quote behind no backslash, or behind pairs of them. */
function closingQuote(json: string, open: number): number {
  for (let close = json.indexOf('"', open + 1); ; close = json.indexOf('"', close + 1)) {
    let before = close;
    while (json[before - 1] === '\\') before -= 1;
    if ((close - before) % 2 === 0) return close;
  }
}

/** Numbers as they are written; objects and arrays as JSON text. */
function cellOf(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value.slice(1) : jsonOf(value);
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('n') ? value.slice(1) : JSON.stringify(value.slice(1));
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (!isObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key.slice(1))}:${jsonOf(inner)}`)
    .join(',')}}`;
}

function parse(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new DaybookError('MALFORMED_INPUT', { line, reason: 'it is not JSON' }, { cause });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
