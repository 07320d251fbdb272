import { type Column, DaybookError, type TableData } from '@daybook/core';
import type { SourceRow } from './csv';
import { type Cells, keyOf, lastByKey } from './merge';

/** Whether some row says nothing of a column of the base; `columns` are the source's. */
export function isPartial({ columns: all }: TableData, columns: readonly Column[], rows: readonly SourceRow[]): boolean {
  return rows.length > 0 && (all.length > columns.length || rows.some(({ cells }) => cells.includes(undefined)));
}

/**
 * Rows under all columns of the base, each with what it lacks from the last one with its key: before it, or among `stored`. Throws `INVALID_VALUE`
 * where a new row lacks what may not be null.
 */
export function fillUp(base: TableData, columns: readonly Column[], rows: readonly SourceRow[], stored: readonly Cells[]): Cells[] {
  const ids = base.columns.map(({ id }) => id);
  const indexes = ids.map((id) => columns.findIndex((column) => column.id === id));
  const keyOfRow = keyOf(ids, base.primaryKey);
  const last = lastByKey(stored, keyOfRow);
  return rows.map(({ line, cells }) => {
    const given = indexes.map((index) => cells[index]);
    const key = keyOfRow(given);
    const before = last.get(key);
    const filled = base.columns.map((column, i) => {
      const cell = given[i];
      if (cell !== undefined) return cell;
      return before ? before[i]! : nullIn(column, line);
    });
    last.set(key, filled);
    return filled;
  });
}

function nullIn({ name, type, nullable }: Column, line: number): null {
  if (!nullable) throw new DaybookError('INVALID_VALUE', { line, column: name, value: null, type });
  return null;
}
