import type { Column, ColumnType, Filter, RowQuery, Value } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, select } from './filters';

function columnsOf(types: Readonly<Record<string, ColumnType>>): Column[] {
  return Object.entries(types).map(([name, type], i) => ({ id: `c${i}`, name, type, nullable: true }));
}

const order = columnsOf({ id: 'integer', status: 'string', amount: 'numeric', at: 'timestamp', paid: 'boolean' });
const orders = [
  ['9', 'new', '10', '2026-11-01T10:00:00Z', 'false'],
  ['10', '', '9.5', '2026-11-01T10:00:00.5Z', 'true'],
  ['11', null, null, null, null],
  ['-1', 'zoë', '-3', '2025-12-31T23:59:59Z', 'true'],
  ['12', '🐎', '10', '2026-11-01T10:00:00Z', null],
  ['13', '\uffee', '0.1', '2026-11-02T00:00:00Z', 'false'],
];

/** Ids of the rows that meet the conditions. */
function found(...where: Filter[]): string[] {
  return orders.filter(matches(order, where)).map(([id]) => id!);
}

function ids(query: RowQuery): string[] {
  return select(order, orders, query).map(([id]) => id!);
}

describe('filters', () => {
  it('tell null, the empty text and other texts apart', () => {
    expect(found({ column: 'status', op: 'eq', values: [''] })).toEqual(['10']);
    expect(found({ column: 'status', op: 'eq', values: [null] })).toEqual(['11']);
    expect(found({ column: 'status', op: 'in', values: [null, 'new', 'old'] })).toEqual(['9', '11']);
    expect(found({ column: 'status', op: 'ne', values: ['new', ''] })).toEqual(['11', '-1', '12', '13']);
    expect(found({ column: 'status', op: 'ne', values: [null] })).toEqual(['9', '10', '-1', '12', '13']);
  });

  it('compare by type, never with null', () => {
    expect(found({ column: 'id', op: 'gt', values: [9] })).toEqual(['10', '11', '12', '13']);
    expect(found({ column: 'amount', op: 'ge', values: ['10.00'] })).toEqual(['9', '12']);
    expect(found({ column: 'amount', op: 'lt', values: [0.1] })).toEqual(['-1']);
    expect(found({ column: 'amount', op: 'le', values: [0.1, null] })).toEqual(['-1', '13']);
    expect(found({ column: 'at', op: 'gt', values: ['2026-11-01T11:00:00+01:00'] })).toEqual(['10', '13']);
    expect(found({ column: 'paid', op: 'lt', values: [true] })).toEqual(['9', '13']);
    expect(found({ column: 'amount', op: 'gt', values: [null] })).toEqual([]);
  });

  it('compare texts by code point', () => {
    expect(found({ column: 'status', op: 'gt', values: ['\uffee'] })).toEqual(['12']);
    expect(found({ column: 'status', op: 'ge', values: ['zo'] })).toEqual(['-1', '12', '13']);
  });

  it('hold for one of the values, and together for all', () => {
    expect(found({ column: 'id', op: 'gt', values: [11, 12] })).toEqual(['12', '13']);
    expect(found({ column: 'paid', op: 'eq', values: [true] }, { column: 'amount', op: 'gt', values: [0] })).toEqual(['10']);
    expect(found({ column: 'id', op: 'eq', values: [] })).toEqual([]);
    expect(found({ column: 'id', op: 'ne', values: [] })).toHaveLength(6);
    expect(found()).toHaveLength(6);
  });

  it('take a value in any of its forms', () => {
    expect(found({ column: 'paid', op: 'eq', values: ['1'] })).toEqual(['10', '-1']);
    expect(found({ column: 'id', op: 'eq', values: ['+009'] })).toEqual(['9']);
  });

  it('are a bug where column or value cannot be', () => {
    expect(() => found({ column: 'nowhere', op: 'eq', values: [] })).toThrow(TypeError);
    expect(() => found({ column: 'id', op: 'eq', values: ['x'] })).toThrow(TypeError);
  });
});

describe('order and limit', () => {
  it('puts nulls last both ways and keeps the order of ties', () => {
    expect(ids({ orderBy: [{ column: 'amount' }] })).toEqual(['-1', '13', '10', '9', '12', '11']);
    expect(ids({ orderBy: [{ column: 'amount', direction: 'desc' }] })).toEqual(['9', '12', '10', '13', '-1', '11']);
    expect(ids({ orderBy: [{ column: 'paid', direction: 'desc' }] })).toEqual(['10', '-1', '9', '13', '11', '12']);
  });

  it('orders by one column after another', () => {
    const orderBy = [
      { column: 'amount', direction: 'desc' },
      { column: 'id', direction: 'desc' },
    ] as const;
    expect(ids({ orderBy })).toEqual(['12', '9', '10', '13', '-1', '11']);
  });

  it('cuts after filters and order', () => {
    expect(ids({ where: [{ column: 'id', op: 'ge', values: [9] }], orderBy: [{ column: 'id', direction: 'desc' }], limit: 2 })).toEqual([
      '13',
      '12',
    ]);
    expect(ids({ limit: 0 })).toEqual([]);
    expect(ids({ limit: 100 })).toHaveLength(6);
  });

  it('agrees with numbers about order and comparison of integers', () => {
    const cell = fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: null });
    const column = columnsOf({ n: 'integer' });
    fc.assert(
      fc.property(fc.array(cell), fc.integer({ min: -1000, max: 1000 }), (cells, bound) => {
        const rows = cells.map((value) => [value === null ? null : String(value)]);
        const numbers = (query: RowQuery): Value[] => select(column, rows, query).map(([text]) => (text === null ? null : Number(text)));
        const known = cells.filter((value) => value !== null);
        const nulls = cells.filter((value) => value === null);
        expect(numbers({ orderBy: [{ column: 'n' }] })).toEqual([...known.toSorted((a, b) => a - b), ...nulls]);
        expect(numbers({ orderBy: [{ column: 'n', direction: 'desc' }] })).toEqual([...known.toSorted((a, b) => b - a), ...nulls]);
        expect(numbers({ where: [{ column: 'n', op: 'le', values: [bound] }] })).toEqual(known.filter((value) => value <= bound));
      }),
    );
  });
});
