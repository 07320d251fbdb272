import type { Column, Filter, RowCounts } from '@daybook/core';
import { matches } from './filters';
import { type Cells, keyOf, lastByKey, liveRows, mergeRows, type PartContent, pick, sameCells } from './merge';

/** The parts from `at` on, `count` of them, give way to others. */
export interface Exchange {
  readonly at: number;
  readonly count: number;
  readonly added: readonly PartContent[];
}

/** What the parts of one incremental load do to a base with these rows under these columns. */
export function countChanges(columns: readonly string[], base: readonly Cells[], added: readonly PartContent[]): RowCounts {
  const rows = mergeRows(added, columns);
  const key = added.find(({ kind }) => kind === 'upserts')?.key;
  if (!key) return { inserted: rows.length, updated: 0, unchanged: 0, deleted: 0 };

  const keyOfRow = keyOf(columns, key);
  const after = lastByKey(rows, keyOfRow);
  const before = lastByKey(
    base.filter((row) => after.has(keyOfRow(row))),
    keyOfRow,
  );
  const unchanged = [...before].filter(([each, row]) => sameCells(row, after.get(each)!)).length;
  return { inserted: after.size - before.size, updated: before.size - unchanged, unchanged, deleted: 0 };
}

/** The live rows of each part that meet all conditions. */
export function findRows(parts: readonly PartContent[], columns: readonly Column[], where: readonly Filter[]): (readonly Cells[])[] {
  const ids = columns.map(({ id }) => id);
  const holds = matches(columns, where);
  return liveRows(parts).map((rows, i) => {
    const cells = pick(parts[i]!.columns, ids);
    return rows.filter((row) => holds(cells(row)));
  });
}

/** Removes found rows by their key: one part of keys, at the end. */
export function deleteByKey(parts: readonly PartContent[], found: readonly (readonly Cells[])[], key: readonly string[]): Exchange[] {
  const keys = found.flatMap((rows, i) => rows.map(pick(parts[i]!.columns, key)));
  return keys.length > 0 ? [{ at: parts.length, count: 0, added: [deletes(key, keys)] }] : [];
}

/** Removes found rows where they stand. An `upserts` part goes on taking the keys that it took from the parts before it. */
export function deleteInPlace(parts: readonly PartContent[], found: readonly (readonly Cells[])[]): Exchange[] {
  return parts.flatMap(({ kind, key, columns, rows }, at) => {
    if (found[at]!.length === 0) return [];
    const gone = new Set(found[at]!);
    const rest = orNothing({ kind, key, columns, rows: rows.filter((row) => !gone.has(row)) });
    const taken = key ? [deletes(key, found[at]!.map(pick(columns, key)))] : [];
    return [{ at, count: 1, added: [...rest, ...taken] }];
  });
}

/** Parts that read the same as a run of parts and hold these columns; `first` when no other part stands before the run. */
export function compactParts(run: readonly PartContent[], columns: readonly string[], first: boolean): PartContent[] {
  const rows = mergeRows(run, columns);
  const plain = orNothing({ kind: 'rows', columns, rows });
  if (first) return plain;

  const taken = takenKeys(run);
  const [only] = taken;
  if (!only || taken.length > 1 || run.some(({ kind }) => kind === 'rows')) return [...taken.flatMap(orNothing), ...plain];

  // Each row left came with its key, which no other row has, so one part can hold the rows and take their keys.
  const { key } = only;
  const left = new Set(rows.map(keyOf(columns, key)));
  const keyOfKey = keyOf(key, key);
  const deleted = only.rows.filter((each) => !left.has(keyOfKey(each)));
  return [...orNothing({ kind: 'upserts', key, columns, rows }), ...orNothing(deletes(key, deleted))];
}

/** All keys that a run of parts takes from the parts before it: a part for each list of key columns. */
function takenKeys(run: readonly PartContent[]): (PartContent & { readonly key: readonly string[] })[] {
  const byKey = new Map<string, { key: readonly string[]; rows: Cells[] }>();
  for (const { key, columns, rows } of run) {
    if (!key) continue;
    const taken = byKey.get(JSON.stringify(key)) ?? { key, rows: [] };
    byKey.set(JSON.stringify(key), { key, rows: [...taken.rows, ...rows.map(pick(columns, key))] });
  }
  return [...byKey.values()].map(({ key, rows }) => deletes(key, rows));
}

/** Each key stands once. */
function deletes(key: readonly string[], keys: readonly Cells[]) {
  return { kind: 'deletes' as const, key, columns: key, rows: [...lastByKey(keys, keyOf(key, key)).values()] };
}

/** No part without rows is ever written. */
export function orNothing(part: PartContent): PartContent[] {
  return part.rows.length > 0 ? [part] : [];
}
