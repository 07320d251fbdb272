import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, deletes, partList, rows, upserts } from '../test/parts';
import { mergeRows } from './merge';

describe('merging parts', () => {
  it('adds rows, replaces them and removes them, in the order of the parts', () => {
    const parts = [
      rows(['id', 'name'], ['1', 'Ada'], ['2', 'Grace'], ['3', 'Edsger']),
      upserts(['id'], ['id', 'name'], ['2', 'Hopper'], ['4', 'Alan']),
      deletes(['id'], ['1'], ['4'], ['9']),
      upserts(['id'], ['id', 'name'], ['1', 'Lovelace']),
    ];
    expect(mergeRows(parts, ['id', 'name'])).toEqual([
      ['3', 'Edsger'],
      ['2', 'Hopper'],
      ['1', 'Lovelace'],
    ]);
  });

  it('gives null for columns that a part lacks and passes over those not asked for', () => {
    const parts = [rows(['id', 'old'], ['1', 'x']), rows(['new', 'id'], ['y', '2'])];
    expect(mergeRows(parts, ['id', 'new'])).toEqual([
      ['1', null],
      ['2', 'y'],
    ]);
  });

  it('takes nulls in keys for equal, and no other values', () => {
    const parts = [
      rows(['a', 'b'], [null, '1'], ['', '2'], ['null', '3'], ['x', null], ['x', 'null']),
      deletes(['a', 'b'], [null, '1'], ['x', 'null']),
    ];
    expect(mergeRows(parts, ['a', 'b'])).toEqual([
      ['', '2'],
      ['null', '3'],
      ['x', null],
    ]);
  });

  it('goes by the key that a table had when a part was written', () => {
    const parts = [
      upserts(['id'], ['id', 'code', 'n'], ['1', 'a', '1'], ['2', 'b', '2']),
      upserts(['code'], ['id', 'code', 'n'], ['9', 'a', '3']),
      rows(['id', 'code', 'n'], ['2', 'b', '4']),
      deletes(['id'], ['9']),
    ];
    expect(mergeRows(parts, ['id', 'n'])).toEqual([
      ['2', '2'],
      ['2', '4'],
    ]);
  });

  it('agrees with applying the parts one after another', () => {
    fc.assert(
      fc.property(partList(), (parts) => {
        expect(mergeRows(parts, ['a', 'b', 'c'])).toEqual(applied(parts));
      }),
    );
  });
});
