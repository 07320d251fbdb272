import { DaybookError, type Row, type Rows } from '@daybook/core';
import type { SourceRow } from './csv';

/** The rows of an NDJSON text under all its keys, in order of first appearance; undefined where a row lacks one. Throws `MALFORMED_INPUT`. */
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
  const rows = read.map(({ line, cells }) => ({ line, cells: Array.from({ length: columns.size }, (_, i) => cells[i]) }));
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

/** Numbers as they are written; objects and arrays as JSON text. */
function toCell(value: readonly string[]): string | null {
  const [first] = value as [string];
  if (value.length > 1) return jsonText(value);
  if (first === 'null') return null;
  return first.startsWith('"') ? JSON.parse(first) : first;
}

/** An object or an array that has not ended yet. */
interface Open {
  readonly isObject: boolean;
  /** In an array by their place. */
  readonly members: Map<string | number, string>;
  /** Whose value comes next. */
  key?: string | undefined;
}

/** The tokens of one value without spaces: strings are written one way, and of equal keys the last has its value, at the place of the first. */
function jsonText(tokens: readonly string[]): string {
  const open: Open[] = [{ isObject: false, members: new Map() }];
  const put = (text: string) => {
    const inner = open.at(-1)!;
    if (inner.isObject && inner.key === undefined) {
      inner.key = text;
    } else {
      inner.members.set(inner.key ?? inner.members.size, text);
      inner.key = undefined;
    }
  };
  for (const token of tokens) {
    if (token === '{' || token === '[') {
      open.push({ isObject: token === '{', members: new Map() });
    } else if (token === '}' || token === ']') {
      const { isObject, members } = open.pop()!;
      put(isObject ? `{${[...members].map(([key, text]) => `${key}:${text}`).join(',')}}` : `[${[...members.values()].join(',')}]`);
    } else if (token !== ',' && token !== ':') {
      put(token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token);
    }
  }
  return open[0]!.members.get(0)!;
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
