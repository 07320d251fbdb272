import { type Column, canonicalText, compareTexts, type Filter, type RowQuery, type Value } from '@daybook/core';
import type { Cells } from './merge';

/** Whether a row under these columns meets all conditions. */
export function matches(columns: readonly Column[], where: readonly Filter[]): (row: Cells) => boolean {
  const tests = where.map(({ column: name, op, values }) => {
    const [column, index] = find(columns, name);
    const holds = condition(
      column,
      op,
      values.map((value) => textOf(column, value)),
    );
    return (row: Cells) => holds(row[index]!);
  });
  return (row) => tests.every((test) => test(row));
}

/** Filters, orders and cuts rows under these columns. */
export function select(
  columns: readonly Column[],
  rows: readonly Cells[],
  { where = [], orderBy = [], limit }: RowQuery,
): readonly Cells[] {
  const found = where.length > 0 ? rows.filter(matches(columns, where)) : rows;
  const ordered = orderBy.length > 0 ? found.toSorted(order(columns, orderBy)) : found;
  return ordered.slice(0, limit);
}

function condition(column: Column, op: Filter['op'], texts: Cells): (cell: string | null) => boolean {
  const ordering = (holds: (difference: number) => boolean) => (cell: string | null) =>
    cell !== null && texts.some((text) => text !== null && holds(compareTexts(column.type, cell, text)));
  switch (op) {
    case 'eq':
    case 'in':
      return (cell) => texts.includes(cell);
    case 'ne':
      return (cell) => !texts.includes(cell);
    case 'gt':
      return ordering((difference) => difference > 0);
    case 'ge':
      return ordering((difference) => difference >= 0);
    case 'lt':
      return ordering((difference) => difference < 0);
    case 'le':
      return ordering((difference) => difference <= 0);
    default:
      throw new TypeError(`Not an operator: ${op satisfies never}`);
  }
}

/** Nulls last both ways. Sorting is stable, so ties keep the table's order. */
function order(columns: readonly Column[], orderBy: NonNullable<RowQuery['orderBy']>): (a: Cells, b: Cells) => number {
  const comparisons = orderBy.map(({ column: name, direction = 'asc' }) => {
    const [column, index] = find(columns, name);
    const sign = direction === 'desc' ? -1 : 1;
    return (a: Cells, b: Cells) => {
      const [x, y] = [a[index]!, b[index]!];
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return sign * compareTexts(column.type, x, y);
    };
  });
  return (a, b) => {
    for (const compare of comparisons) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function find(columns: readonly Column[], name: string): [Column, number] {
  const index = columns.findIndex((column) => column.name === name);
  if (index < 0) throw new TypeError(`No column ${name}`);
  return [columns[index]!, index];
}

function textOf({ name, type }: Column, value: Value): string | null {
  if (value === null) return null;
  const text = canonicalText(type, String(value));
  if (text === undefined) throw new TypeError(`Not a value of column ${name}: ${value}`);
  return text;
}
