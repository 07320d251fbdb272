import type { Column } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, deletes, partList, rows, upserts } from '../test/parts';
import { compactParts, countChanges, deleteByKey, deleteInPlace, type Exchange, findRows } from './changes';
import { mergeRows, type PartContent } from './merge';

const ids = ['a', 'b', 'c'];
const columns = ids.map((id): Column => ({ id, name: id, type: 'string', nullable: true }));

function exchange(parts: readonly PartContent[], exchanges: readonly Exchange[]): PartContent[] {
  return exchanges.toReversed().reduce((list, { at, count, added }) => list.toSpliced(at, count, ...added), [...parts]);
}

describe('compacting parts', () => {
  const base = rows(['a', 'b'], ['1', 'x'], ['2', 'x'], ['3', 'x']);
  const first = upserts(['a'], ['a', 'b'], ['2', 'y'], ['4', 'y']);
  const second = upserts(['a'], ['a', 'b'], ['4', 'z'], ['5', 'z']);

  it('folds everything into one part of rows', () => {
    expect(compactParts([base, first, second, deletes(['a'], ['1'])], ['a', 'b'], true)).toEqual([
      rows(['a', 'b'], ['3', 'x'], ['2', 'y'], ['4', 'z'], ['5', 'z']),
    ]);
    expect(compactParts([base, deletes(['a'], ['1'], ['2'], ['3'])], ['a', 'b'], true)).toEqual([]);
  });

  it('folds later upserts into one that still takes their keys', () => {
    expect(compactParts([first, second], ['a', 'b'], false)).toEqual([upserts(['a'], ['a', 'b'], ['2', 'y'], ['4', 'z'], ['5', 'z'])]);
  });

  it('keeps what later parts take from parts before the run', () => {
    const run = [first, deletes(['a'], ['2'], ['1']), second];
    expect(compactParts(run, ['a', 'b'], false)).toEqual([
      upserts(['a'], ['a', 'b'], ['4', 'z'], ['5', 'z']),
      deletes(['a'], ['2'], ['1']),
    ]);
  });

  it('changes neither rows nor their order, whatever run is folded', () => {
    fc.assert(
      fc.property(partList(), fc.nat(6), fc.nat(6), (parts, start, length) => {
        const at = Math.min(start, parts.length);
        const run = parts.slice(at, at + length);
        const folded = exchange(parts, [{ at, count: run.length, added: compactParts(run, ids, at === 0) }]);
        expect(applied(folded)).toEqual(applied(parts));
      }),
      { numRuns: 500 },
    );
  });

  it('needs at most one part of rows and one of keys for the parts of a table whose key stayed', () => {
    fc.assert(
      fc.property(partList([['a', 'b']]), (run) => {
        expect(compactParts(run, ids, false).length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('deleting rows', () => {
  const where = [{ column: 'c', op: 'in', values: ['x', null] }] as const;
  const stays = (row: readonly (string | null)[]) => row[2] !== 'x' && row[2] !== null;

  it('exchanges only the parts that hold a match', () => {
    const parts = [rows(['c'], ['x'], ['y']), rows(['c'], ['y']), rows(['c'], ['x'])];
    expect(deleteInPlace(parts, findRows(parts, columns, where))).toEqual([
      { at: 0, count: 1, added: [rows(['c'], ['y'])] },
      { at: 2, count: 1, added: [] },
    ]);
  });

  it('does not bring back what a part with a match had replaced', () => {
    const parts = [rows(['a', 'c'], ['1', 'old'], ['2', 'old']), upserts(['a'], ['a', 'c'], ['1', 'x'], ['2', 'new'])];
    const [found, left] = [findRows(parts, columns, where), deleteInPlace(parts, findRows(parts, columns, where))];
    expect(found).toEqual([[], [['1', 'x']]]);
    expect(mergeRows(exchange(parts, left), ['a', 'c'])).toEqual([['2', 'new']]);
  });

  it('removes the matching rows of any parts in place, and no others', () => {
    fc.assert(
      fc.property(partList(), (parts) => {
        const exchanges = deleteInPlace(parts, findRows(parts, columns, where));
        expect(applied(exchange(parts, exchanges))).toEqual(applied(parts).filter(stays));
      }),
    );
  });

  it('removes them by key with one part at the end, where the key tells rows apart', () => {
    fc.assert(
      fc.property(partList([['a', 'b']]), (parts) => {
        const keyed = parts.filter(({ kind }) => kind !== 'rows');
        const exchanges = deleteByKey(keyed, findRows(keyed, columns, where), ['a', 'b']);
        expect(exchanges.every(({ at, count, added }) => at === keyed.length && count === 0 && added.length === 1)).toBe(true);
        expect(applied(exchange(keyed, exchanges))).toEqual(applied(keyed).filter(stays));
      }),
    );
  });
});

describe('counting changes', () => {
  it('tells inserted, updated and unchanged rows apart, by all columns of the base', () => {
    const base = [
      ['1', 'x', null],
      ['2', 'x', 'note'],
      ['3', 'x', null],
    ];
    const added = [upserts(['a'], ['a', 'b'], ['1', 'x'], ['2', 'x'], ['3', 'y'], ['4', 'x'])];
    expect(countChanges(ids, base, added)).toEqual({ inserted: 1, updated: 2, unchanged: 1, deleted: 0 });
  });

  it('counts rows that are only appended as inserted', () => {
    expect(countChanges(ids, [], [rows(['a'], ['1'], ['1'])])).toMatchObject({ inserted: 2, updated: 0 });
  });
});
