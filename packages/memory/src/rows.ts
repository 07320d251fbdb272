import { type Column, type Row, readValue, type Value } from '@daybook/core';
import type { Cells } from './merge';

/** From rows under these columns to what users read. Own properties whatever the names are, `__proto__` too. */
export function toRow(columns: readonly Column[]): (row: Cells) => Row {
  return (row) => Object.fromEntries(columns.map((column, i) => [column.name, readCell(column, row[i]!)]));
}

/** From a cell to what users read. */
export function readCell({ type }: Column, cell: string | null): Value {
  return cell === null ? null : readValue(type, cell);
}
