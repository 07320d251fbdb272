import { DaybookError, type Row, type Rows } from '@daybook/core';
import type { SourceRow } from './csv';

/** The rows of an NDJSON text under all its keys, in order of first appearance. Throws `MALFORMED_INPUT`. */
export function readNdjson(text: string): { readonly columns: readonly string[]; readonly rows: readonly SourceRow[] } {
  const columns = new Map<string, number>();
  const read = text.split('\n').flatMap((json, i) => {
    if (json.trim() === '') return [];
    const cells: (string | null)[] = [];
    for (const [key, cell] of readObject(json, i + 1)) {
      if (!columns.has(key)) columns.set(key, columns.size);
      cells[columns.get(key)!] = cell;
    }
    return [{ line: i + 1, cells }];
  });
  const rows = read.map(({ line, cells }) => ({ line, cells: Array.from({ length: columns.size }, (_, i) => cells[i] ?? null) }));
  return { columns: [...columns.keys()], rows };
}

/** One line of NDJSON, keys in the order of the columns. */
export function writeNdjson(columns: readonly string[]): (row: Row) => string {
  const keys = columns.map((column) => [column, JSON.stringify(column)] as const);
  return (row) => `{${keys.map(([column, key]) => `${key}:${JSON.stringify(row[column])}`).join(',')}}\n`;
}

/** Plain objects as NDJSON text, one a line. Numbers that JSON does not have become strings. */
export async function* rowsToNdjson(rows: Rows): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row, (_, value) => (isForeign(value) ? String(value) : value))}\n`;
}

function isForeign(value: unknown): boolean {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value));
}

/** A string with its quotes, a mark, or a number or word. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Keys and cells of one JSON object. JSON.parse would lose digits of long numbers and the order of keys like "7", so it only says
 * whether the text is JSON; then we can take it apart without looking for mistakes.
 */
function* readObject(json: string, line: number): Generator<[key: string, cell: string | null]> {
  if (!isObject(parse(json, line))) throw new DaybookError('MALFORMED_INPUT', { line, reason: 'it is not a JSON object' });
  let [depth, key, value] = [0, '', [] as string[]];
  for (const [token] of json.matchAll(tokens)) {
    if (token === '{' || token === '[') depth += 1;
    if (depth === 1 && token === ':') {
      key = JSON.parse(value.pop()!);
    } else if (depth === 1 && (token === ',' || token === '}')) {
      if (value.length > 0) yield [key, toCell(value)];
      value = [];
    } else if (depth > 1 || token !== '{') {
      value.push(token);
    }
    if (token === '}' || token === ']') depth -= 1;
  }
}

/** Numbers as they are written; objects and arrays as JSON text without spaces, strings in them written one way. */
function toCell(value: readonly string[]): string | null {
  const [first] = value as [string];
  if (value.length > 1) return value.map((token) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token)).join('');
  if (first === 'null') return null;
  return first.startsWith('"') ? JSON.parse(first) : first;
}

function parse(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new DaybookError('MALFORMED_INPUT', { line, reason: 'it is not JSON' }, { cause });
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
