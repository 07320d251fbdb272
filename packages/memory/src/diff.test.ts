import type { Column, RowChange } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffRows, type Side } from './diff';
import type { Cells } from './merge';

function side(names: readonly string[], ...rows: Cells[]): Side {
  return { columns: names.map((name): Column => ({ id: name, name, type: 'string', nullable: true })), rows };
}

const before = side(['id', 'name'], ['1', 'Ada'], ['2', 'Grace'], ['3', 'Edsger'], [null, 'Nobody']);
const after = side(['id', 'name'], ['4', 'Alan'], ['3', 'Dijkstra'], [null, 'Nobody'], ['1', 'Ada'], ['', 'Empty']);

describe('differences between versions', () => {
  it('go by key: deleted and updated rows by the order before, then inserted ones by the order after', () => {
    expect([...diffRows(before, after, ['id'])]).toEqual([
      { kind: 'deleted', key: { id: '2' }, before: { id: '2', name: 'Grace' } },
      { kind: 'updated', key: { id: '3' }, before: { id: '3', name: 'Edsger' }, after: { id: '3', name: 'Dijkstra' } },
      { kind: 'inserted', key: { id: '4' }, after: { id: '4', name: 'Alan' } },
      { kind: 'inserted', key: { id: '' }, after: { id: '', name: 'Empty' } },
    ]);
  });

  it('go by whole rows without a key, however often a row stands there', () => {
    const [few, many] = [side(['a'], ['x'], ['y']), side(['a'], ['x'], ['x'], ['z'], ['x'])];
    expect([...diffRows(few, many, [])]).toEqual([
      { kind: 'deleted', key: null, before: { a: 'y' } },
      { kind: 'inserted', key: null, after: { a: 'x' } },
      { kind: 'inserted', key: null, after: { a: 'z' } },
      { kind: 'inserted', key: null, after: { a: 'x' } },
    ]);
  });

  it('take a column that one side lacks for null there', () => {
    const wider = side(['note', 'id'], [null, '1'], ['new', '2']);
    const narrow = side(['id'], ['1'], ['2']);
    const row = { kind: 'updated', key: { id: '2' }, before: { id: '2' }, after: { note: 'new', id: '2' } };
    expect([...diffRows(narrow, wider, ['id'])]).toEqual([row]);
    expect([...diffRows(wider, narrow, ['id'])]).toEqual([{ ...row, before: row.after, after: row.before }]);
    expect([...diffRows(narrow, wider, [])].map(({ kind }) => kind)).toEqual(['deleted', 'inserted']);
  });

  it('match columns by id, not by name', () => {
    const columns: Column[] = [{ id: 'a-again', name: 'a', type: 'string', nullable: true }];
    expect([...diffRows(side(['a'], ['x']), { columns, rows: [['x']] }, [])]).toHaveLength(2);
  });

  it('lead from one version to the other', () => {
    const cell = fc.constantFrom(null, '', 'x', 'y');
    const table = fc.uniqueArray(fc.tuple(cell, cell, cell), { selector: ([a, b]) => JSON.stringify([a, b]) });
    fc.assert(
      fc.property(table, table, fc.constantFrom(['a', 'b'], []), (from, to, key) => {
        const names = ['a', 'b', 'c'];
        const changes = [...diffRows(side(names, ...from), side(names, ...to), key)];
        expect(sorted(apply(from, changes))).toEqual(sorted(to));
        expect([...diffRows(side(names, ...to), side(names, ...to), key)]).toEqual([]);
      }),
    );
  });
});

function apply(rows: readonly Cells[], changes: readonly RowChange[]): Cells[] {
  const left = rows.map((row) => JSON.stringify(row));
  for (const change of changes) {
    if (change.kind !== 'inserted') left.splice(left.indexOf(JSON.stringify(Object.values(change.before))), 1);
    if (change.kind !== 'deleted') left.push(JSON.stringify(Object.values(change.after)));
  }
  return left.map((row) => JSON.parse(row));
}

function sorted(rows: readonly Cells[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
