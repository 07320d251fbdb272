import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/property';
import { columnName, columnNames, countGenerations, findColumn, type Generations, keyOf, newColumn } from './columns';

const code = (code: string) => expect.objectContaining({ code });

describe('a column name', () => {
  it.each([
    ['id', 'id'],
    ['žluťoučký    kůň', 'zlutoucky_kun'],
    ['Příliš', 'Prilis'],
    ['Größe (cm)', 'Grosse_cm'],
    ['ŁÓDŹ', 'LODZ'],
    ['smørrebrød', 'smorrebrod'],
    ['Þór', 'Thor'],
    ['__id__', 'id'],
    ['a__b', 'a__b'],
    ['a-b', 'a-b'],
    ['  first name ', 'first_name'],
    ['price/€', 'price'],
    ['ﬁrst', 'first'],
    ['№ 1', 'No_1'],
    ['1', '1'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('for the header %j is %s', (header, name) => {
    expect(columnName(header)).toBe(name);
  });

  it.each(['', ' ', '___', '漢字', '🐎', '!?', 'x'.repeat(65), 'ß'.repeat(33)])('is refused for the header %j', (header) => {
    expect(() => columnName(header)).toThrow(code('INVALID_COLUMN_NAME'));
  });

  it('is ASCII of at most 64 characters, and its own name, for any header', () =>
    holds(fc.string({ unit: 'grapheme' }), (header) => {
      let name: string;
      try {
        name = columnName(header);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_COLUMN_NAME' });
        return;
      }
      expect(name).toMatch(/^[A-Za-z0-9-](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9-])?$/);
      expect(columnName(name)).toBe(name);
    }));
});

describe('a header', () => {
  it('tells which names were changed', () => {
    expect(columnNames(['id', 'Kůň', 'note'])).toEqual({ names: ['id', 'Kun', 'note'], normalized: [{ from: 'Kůň', to: 'Kun' }] });
  });

  it('is refused without columns, with an empty one, and with two that are equal', () => {
    expect(() => columnNames([])).toThrow(code('NO_COLUMNS'));
    expect(() => columnNames(['id', ''])).toThrow(code('INVALID_COLUMN_NAME'));
    expect(() => columnNames(['id', 'ID'])).toThrow(expect.objectContaining({ code: 'DUPLICATE_COLUMN', details: { column: 'ID' } }));
    expect(() => columnNames(['kůň', 'kun'])).toThrow(code('DUPLICATE_COLUMN'));
    expect(() => columnNames(Array.from({ length: 2_001 }, (_, i) => `c${i}`))).toThrow(code('INVALID_COLUMN_NAME'));
  });
});

describe('a column id', () => {
  it('is the name the first time, and never twice', () => {
    expect(newColumn({}, { name: 'note' })).toEqual({ id: 'note', name: 'note', type: 'string', nullable: true });
    expect(newColumn({ note: 1 }, { name: 'Note', type: 'date', nullable: false })).toEqual({
      id: 'Note~2',
      name: 'Note',
      type: 'date',
      nullable: false,
    });
    expect(newColumn({}, { name: 'constructor' }).id).toBe('constructor');
  });

  it('is unique in a table for all time, whatever names come and go', () =>
    holds(fc.array(fc.constantFrom('a', 'A', 'b', 'constructor', 'toString')), (names) => {
      const generations: Generations = {};
      const ids = names.map((name) => {
        const column = newColumn(generations, { name });
        countGenerations(generations, [column]);
        return column.id.toLowerCase();
      });
      expect(new Set(ids).size).toBe(ids.length);
    }));
});

describe('columns', () => {
  const columns = ['id', 'Note'].map((name) => newColumn({}, { name }));

  it('are found by name, ignoring case', () => {
    expect(findColumn(columns, 'NOTE')).toBe(columns[1]);
    expect(() => findColumn(columns, 'x')).toThrow(
      expect.objectContaining({ code: 'COLUMN_NOT_FOUND', details: { column: 'x', columns: ['id', 'Note'] } }),
    );
  });

  it('make a key when each is there and named once', () => {
    expect(keyOf(columns, ['note', 'ID'])).toEqual(['Note', 'id']);
    expect(keyOf(columns, [])).toEqual([]);
    expect(() => keyOf(columns, ['id', 'x'])).toThrow(code('INVALID_PRIMARY_KEY'));
    expect(() => keyOf(columns, ['id', 'ID'])).toThrow(code('INVALID_PRIMARY_KEY'));
  });
});
