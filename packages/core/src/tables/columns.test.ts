import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/property';
import type { Column } from '../table-store';
import { columnName, columnNames, countGenerations, findColumn, type Generations, keyOf, matchColumns, newColumn } from './columns';

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
    ['abc-def----ghi', 'abc_def_ghi'],
    ['-a-', 'a'],
    ['名前', 'u540d_u524d'],
    [' 名前 ', 'u540d_u524d'],
    ['\u304b\u3099', 'u304c'],
    ['名前 id', 'id'],
    ['!?', 'u21_u3f'],
    ['___', 'u5f_u5f_u5f'],
    ['🐎', 'u1f40e'],
    ['名'.repeat(10), Array(10).fill('u540d').join('_')],
    ['  first name ', 'first_name'],
    ['price/€', 'price'],
    ['ﬁrst', 'first'],
    ['№ 1', 'No_1'],
    ['1', '1'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('for the header %j is %s', (header, name) => {
    expect(columnName(header)).toBe(name);
  });

  it.each(['', ' ', '\u00a0\n', 'x'.repeat(65), 'ß'.repeat(33), '名'.repeat(11), `a${' '.repeat(1_000)}b`, 'a\ud800'])(
    'is refused for the header %j',
    (header) => {
      expect(() => columnName(header)).toThrow(code('INVALID_COLUMN_NAME'));
    },
  );

  it('is ASCII of at most 64 characters, and its own name, for any header', () =>
    holds(fc.string({ unit: 'grapheme' }), (header) => {
      let name: string;
      try {
        name = columnName(header);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_COLUMN_NAME' });
        return;
      }
      expect(name).toMatch(/^[A-Za-z0-9](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/);
      expect(columnName(name)).toBe(name);
    }));
});

describe('a header', () => {
  it('is refused without columns, with an empty one, and with two that are equal', () => {
    expect(() => columnNames([])).toThrow(code('NO_COLUMNS'));
    expect(() => columnNames(['id', ''])).toThrow(code('INVALID_COLUMN_NAME'));
    expect(() => columnNames(['id', 'ID'])).toThrow(expect.objectContaining({ code: 'DUPLICATE_COLUMN', details: { column: 'ID' } }));
    expect(() => columnNames(['kůň', 'kun'])).toThrow(code('DUPLICATE_COLUMN'));
    expect(() => columnNames(Array.from({ length: 2_001 }, (_, i) => `c${i}`))).toThrow(code('INVALID_COLUMN_NAME'));
  });
});

/** The columns that versions before made of headers: `-` stood, and what a column was read from was forgotten. */
function formerColumns(headers: readonly string[]): Column[] {
  return headers.map((header) => {
    const name = header
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .replace(/[^A-Za-z0-9_-]+/g, '_')
      .replace(/^_+|_+$/g, '');
    return { id: name, name, type: 'string', nullable: true };
  });
}

describe('the headers of a table', () => {
  const character = fc.constantFrom(...'abAB1', 'ž', 'Ž', 'é', '-', '-', '_', ' ', '.', '名', 'ﬁ');
  const headers = fc.uniqueArray(fc.string({ unit: character, minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  const distinct = (columns: readonly Column[]) =>
    columns.every(({ name }) => name !== '') && new Set(columns.map(({ name }) => name.toLowerCase())).size === columns.length;

  it('fit it, though a version before called its columns otherwise, in any order', () =>
    holds(
      fc.tuple(headers, fc.infiniteStream(fc.nat(5))).filter(([headers]) => distinct(formerColumns(headers))),
      ([headers, order]) => {
        const columns = formerColumns(headers);
        const shuffled = headers
          .map((header, i) => ({ header, column: columns[i], by: order.next().value }))
          .toSorted((a, b) => a.by - b.by);
        const found = matchColumns(
          columns,
          shuffled.map(({ header }) => header),
        );
        expect(found).toEqual(shuffled.map(({ column }) => column));
      },
      1_000,
    ));

  const made = (name: string, readFrom?: string): Column => ({
    id: name,
    name,
    type: 'string',
    nullable: true,
    ...(readFrom && { readFrom }),
  });
  const columns = [made('Kun', 'Kůň'), made('u42f', 'Я'), made('old-name'), made('old_name'), made('column_5', '例')];
  it.each([
    ['KUN', 'Kun'],
    ['Kůň', 'Kun'],
    ['kuň', 'Kun'],
    ['Я', 'u42f'],
    ['U42F', 'u42f'],
    ['я', undefined],
    ['例', 'column_5'],
    ['Old-Name', 'old-name'],
    ['óld-name', 'old-name'],
    ['old name', 'old_name'],
    ['old - name', 'old_name'],
    ['', undefined],
    ['x'.repeat(65), undefined],
  ])('match %j to %s', (header, name) => {
    expect(matchColumns(columns, [header])[0]?.name).toBe(name);
    if (name) expect(findColumn(columns, header).name).toBe(name);
    else expect(() => findColumn(columns, header)).toThrow(code('COLUMN_NOT_FOUND'));
  });

  it('are two for one column only by refusal', () => {
    const found = matchColumns(columns, ['Kun', 'Kůň']);
    expect(found.map((column) => column?.name)).toEqual(['Kun', undefined]);
    expect(() => columnNames(['Kun', 'Kůň'], found)).toThrow(code('DUPLICATE_COLUMN'));
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
    expect(newColumn({ kun: 1 }, { name: 'Kůň' })).toMatchObject({ id: 'Kun~2', name: 'Kun', readFrom: 'Kůň' });
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
