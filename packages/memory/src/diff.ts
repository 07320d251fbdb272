import type { Column, Row, RowChange } from '@daybook/core';
import { type Cells, keyOf, pick, sameCells } from './merge';
import { toRow } from './rows';

/** One of the two versions to compare: its rows under its columns. */
export interface Side {
  readonly columns: readonly Column[];
  readonly rows: readonly Cells[];
}

/** What leads from one version to another. Rows are matched by `key` (column ids); without one they are compared whole. */
export function* diffRows(from: Side, to: Side, key: readonly string[]): Generator<RowChange> {
  const columns = new Set([...idsOf(from), ...idsOf(to)]);
  if (key.length > 0) yield* diffByKey(from, to, key, [...columns]);
  else yield* diffWhole(from, to, [...columns]);
}

function* diffByKey(from: Side, to: Side, key: readonly string[], columns: readonly string[]): Generator<RowChange> {
  const [before, after] = [byKey(from, key), byKey(to, key)];
  const [wholeBefore, wholeAfter] = [pick(idsOf(from), columns), pick(idsOf(to), columns)];
  const [keyBefore, keyAfter] = [keyRow(from, key), keyRow(to, key)];
  for (const [text, row] of before) {
    const other = after.get(text);
    if (!other) yield { kind: 'deleted', key: keyBefore(row), before: toRow(from.columns)(row) };
    else if (!sameCells(wholeBefore(row), wholeAfter(other)))
      yield { kind: 'updated', key: keyAfter(other), before: toRow(from.columns)(row), after: toRow(to.columns)(other) };
  }
  for (const [text, row] of after) {
    if (!before.has(text)) yield { kind: 'inserted', key: keyAfter(row), after: toRow(to.columns)(row) };
  }
}

/** Of equal rows the first ones on both sides are paired. */
function* diffWhole(from: Side, to: Side, columns: readonly string[]): Generator<RowChange> {
  for (const before of unpaired(from, to, columns)) yield { kind: 'deleted', key: null, before: toRow(from.columns)(before) };
  for (const after of unpaired(to, from, columns)) yield { kind: 'inserted', key: null, after: toRow(to.columns)(after) };
}

/** The rows of one side that have no equal left on the other. */
function unpaired(side: Side, other: Side, columns: readonly string[]): Cells[] {
  const counts = new Map<string, number>();
  for (const text of other.rows.map(keyOf(idsOf(other), columns))) counts.set(text, (counts.get(text) ?? 0) + 1);
  const textOf = keyOf(idsOf(side), columns);
  return side.rows.filter((row) => {
    const text = textOf(row);
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  });
}

function byKey({ columns, rows }: Side, key: readonly string[]): Map<string, Cells> {
  const text = keyOf(
    columns.map(({ id }) => id),
    key,
  );
  return new Map(rows.map((row) => [text(row), row]));
}

function keyRow({ columns }: Side, key: readonly string[]): (row: Cells) => Row {
  const keyColumns = key.map((id) => columns.find((column) => column.id === id)!);
  const cells = pick(
    columns.map(({ id }) => id),
    key,
  );
  return (row) => toRow(keyColumns)(cells(row));
}

function idsOf({ columns }: Side): string[] {
  return columns.map(({ id }) => id);
}
