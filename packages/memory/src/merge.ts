import type { Part } from '@daybook/core';

/** One row: canonical texts, null where there is no value. */
export type Cells = readonly (string | null)[];

/** The same, undefined where the row says nothing of a column. */
export type PartialCells = readonly (string | null | undefined)[];

/** What a part holds: rows under column ids. Those of a `deletes` part are keys. */
export interface PartContent extends Pick<Part, 'kind' | 'key'> {
  readonly columns: readonly string[];
  readonly rows: readonly Cells[];
}

/** From rows under `columns` to the cells of `wanted` columns; null where there is no such column. */
export function pick(columns: readonly string[], wanted: readonly string[]): (row: PartialCells) => Cells {
  const indexes = wanted.map((column) => columns.indexOf(column));
  return (row) => indexes.map((index) => row[index] ?? null);
}

/** From rows under `columns` to a text that equal keys share. Nulls equal each other. */
export function keyOf(columns: readonly string[], key: readonly string[]): (row: PartialCells) => string {
  const cells = pick(columns, key);
  return (row) => JSON.stringify(cells(row));
}

/** The keys that an `upserts` or `deletes` part takes from the parts before it. */
export function keysOf({ columns, key = [], rows }: PartContent): string[] {
  return rows.map(keyOf(columns, key));
}

/**
 * What of each part's rows no later part has replaced or removed. We go from the last part to the first and remember the keys seen; a
 * table may have had several keys in its life, so they are kept apart by key columns.
 */
export function liveRows(parts: readonly PartContent[]): (readonly Cells[])[] {
  const gone = new Map<string, { readonly key: readonly string[]; readonly taken: Set<string> }>();
  const live = parts.toReversed().map((part) => {
    const checks = [...gone.values()].map(({ key, taken }) => ({ taken, keyOfRow: keyOf(part.columns, key) }));
    const rows = part.kind === 'deletes' ? [] : part.rows.filter((row) => !checks.some(({ taken, keyOfRow }) => taken.has(keyOfRow(row))));
    if (part.kind !== 'rows') {
      const key = part.key ?? [];
      const { taken } = getOrSet(gone, JSON.stringify(key), () => ({ key, taken: new Set<string>() }));
      for (const each of keysOf(part)) taken.add(each);
    }
    return rows;
  });
  return live.reverse();
}

/** The rows that parts have in the end, under these columns. */
export function mergeRows(parts: readonly PartContent[], columns: readonly string[]): Cells[] {
  return liveRows(parts).flatMap((rows, i) => rows.map(pick(parts[i]!.columns, columns)));
}

/** Rows by key, each where its last one stands. */
export function lastByKey(rows: Iterable<Cells>, keyOfRow: (row: Cells) => string): Map<string, Cells> {
  const byKey = new Map<string, Cells>();
  for (const row of rows) {
    const key = keyOfRow(row);
    byKey.delete(key);
    byKey.set(key, row);
  }
  return byKey;
}

/** Whether two rows under the same columns hold the same. */
export function sameCells(a: Cells, b: Cells): boolean {
  return a.length === b.length && a.every((cell, i) => cell === b[i]);
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
