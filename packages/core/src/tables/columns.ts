import { DaybookError } from '../errors';
import { own } from '../message';
import type { Column } from '../table-store';
import type { ColumnType } from './values';

export interface ColumnDefinition {
  readonly name: string;
  /** Default `string`. */
  readonly type?: ColumnType;
  /** Default true. */
  readonly nullable?: boolean;
}

/** A header that had to be changed to become a column name. */
export interface NormalizedName {
  readonly from: string;
  readonly to: string;
}

export const maxColumnName = 64;
export const maxColumns = 2_000;

/** Letters that Unicode does not decompose into a base letter and marks. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  ł: 'l',
  Ł: 'L',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  ŧ: 't',
  Ŧ: 'T',
  ŋ: 'n',
  Ŋ: 'N',
};

/**
 * The column name for a header cell: diacritics transliterated, runs of other characters turned to `_`, outer `_` trimmed.
 * `žluťoučký    kůň` → `zlutoucky_kun`. Refuses: `INVALID_COLUMN_NAME`.
 */
export function columnName(header: string): string {
  const name = header
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\p{ASCII}]/gu, (letter) => letters[letter] ?? letter)
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (name === '') throw new DaybookError('INVALID_COLUMN_NAME', { name: header.slice(0, 200), reason: 'it has no letter or digit' });
  if (name.length > maxColumnName) {
    throw new DaybookError('INVALID_COLUMN_NAME', { name: header.slice(0, 200), reason: `it is longer than ${maxColumnName} characters` });
  }
  return name;
}

/** The column names for a header. Refuses: `NO_COLUMNS`, `INVALID_COLUMN_NAME`, `DUPLICATE_COLUMN`. */
export function columnNames(header: readonly string[]): { names: string[]; normalized: NormalizedName[] } {
  if (header.length === 0) throw new DaybookError('NO_COLUMNS', {});
  if (header.length > maxColumns) {
    throw new DaybookError('INVALID_COLUMN_NAME', {
      name: header[maxColumns]!.slice(0, 200),
      reason: `a table has at most ${maxColumns} columns`,
    });
  }
  const names = header.map(columnName);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw new DaybookError('DUPLICATE_COLUMN', { column: name });
    seen.add(name.toLowerCase());
  }
  const normalized = header.flatMap((from, i) => (from === names[i] ? [] : [{ from, to: names[i]! }]));
  return { names, normalized };
}

/** How many ids each name (in lower case) was given in a table so far. */
export type Generations = Record<string, number>;

/**
 * A column with an id that its table never used before: the name itself the first time, `note~2` when `note` was there once.
 * Ids differ from names so that a column dropped and added again does not bring old values back.
 */
export function newColumn(generations: Readonly<Generations>, { name, type = 'string', nullable = true }: ColumnDefinition): Column {
  const used = own(generations, name.toLowerCase()) ?? 0;
  return { id: used === 0 ? name : `${name}~${used + 1}`, name, type, nullable };
}

/** Notes in a draft that ids were given. */
export function countGenerations(draft: Generations, columns: readonly Column[]): void {
  for (const { name } of columns) {
    const key = name.toLowerCase();
    draft[key] = (own(draft, key) ?? 0) + 1;
  }
}

/** Finds a column by name, ignoring case. Refuses: `COLUMN_NOT_FOUND`. */
export function findColumn(columns: readonly Column[], name: string): Column {
  const wanted = name.toLowerCase();
  const column = columns.find((column) => column.name.toLowerCase() === wanted);
  if (!column) throw new DaybookError('COLUMN_NOT_FOUND', { column: name, columns: columns.map(({ name }) => name) });
  return column;
}

/** The ids of key columns, given by name. Refuses: `INVALID_PRIMARY_KEY` (unknown or named twice). */
export function keyOf(columns: readonly Column[], names: readonly string[]): string[] {
  const ids = names.map((name) => columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.id);
  const wrong = ids.findIndex((id, i) => id === undefined || ids.indexOf(id) !== i);
  if (wrong !== -1) {
    throw new DaybookError('INVALID_PRIMARY_KEY', { column: names[wrong]!, columns: columns.map(({ name }) => name) });
  }
  return ids as string[];
}
