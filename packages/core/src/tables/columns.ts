import { DaybookError } from '../errors';
import { own } from '../message';
import type { Column } from '../table-store';
import type { ColumnType } from './values';

export interface ColumnDefinition {
  /** A column's name, or a header that one is made of. */
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
export const maxHeader = 1_000;
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

/** A header in plain letters where it has any: without marks, `ß` as `ss`. */
function plain(header: string): string {
  return header
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\p{ASCII}]/gu, (letter) => letters[letter] ?? letter);
}

function joined(text: string, others: RegExp): string {
  return text.replace(others, '_').replace(/^_+|_+$/g, '');
}

/** As its code points: what no Latin letter or digit is left of. Empty for a blank one. */
function spelledOut(header: string): string {
  const points = [...header.trim().normalize('NFC')];
  return points.map((character) => `u${character.codePointAt(0)!.toString(16)}`).join('_');
}

/** The name that a header stands for, though it be none: empty or too long. */
function nameFor(header: string): string {
  return joined(plain(header), /[^A-Za-z0-9_]+/g) || spelledOut(header);
}

/** The name that a header was given before `-` became `_`. */
function formerNameFor(header: string): string {
  return joined(plain(header), /[^A-Za-z0-9_-]+/g);
}

/**
 * The column name for a header cell: diacritics transliterated, runs of other characters turned to `_`, outer `_` trimmed; the code points of one
 * without a Latin letter or digit. `žluťoučký    kůň` → `zlutoucky_kun`, `abc-def----ghi` → `abc_def_ghi`, `名前` → `u540d_u524d`.
 * Refuses: `INVALID_COLUMN_NAME`.
 */
export function columnName(header: string): string {
  checkHeader(header);
  const name = nameFor(header);
  if (name === '') throw invalidName(header, 'its header is empty');
  if (name.length > maxColumnName) throw invalidName(header, `it would be longer than ${maxColumnName} characters: ${name.slice(0, 100)}`);
  return name;
}

/** What no column can keep as what it was read from. Refuses: `INVALID_COLUMN_NAME`. */
function checkHeader(header: string): void {
  if (header.length > maxHeader) throw invalidName(header, `its header is longer than ${maxHeader} characters`);
  if (/\p{Surrogate}/u.test(header)) throw invalidName(header, 'its header is not well-formed text');
}

function invalidName(header: string, reason: string): DaybookError<'INVALID_COLUMN_NAME'> {
  return new DaybookError('INVALID_COLUMN_NAME', { name: header.slice(0, 200).replace(/\p{Surrogate}/gu, '\uFFFD'), reason });
}

/** By what a header is known to be one of a table's columns, the surest first. */
const waysToMatch: readonly { readonly ofColumn: (column: Column) => string | undefined; readonly ofHeader: (header: string) => string }[] =
  [
    { ofColumn: ({ name }) => name.toLowerCase(), ofHeader: (header) => header.toLowerCase() },
    { ofColumn: ({ readFrom }) => readFrom, ofHeader: (header) => header },
    { ofColumn: ({ name }) => name.toLowerCase(), ofHeader: (header) => formerNameFor(header).toLowerCase() },
    { ofColumn: ({ name }) => name.toLowerCase(), ofHeader: (header) => nameFor(header).toLowerCase() },
  ];

/**
 * Which of the columns each header is: by its text, ignoring case; by what the column was read from; by the name that it would get. So a table's own
 * file always fits it, whatever rule named its columns. A column is one header's at most; undefined = none of them.
 */
export function matchColumns(columns: readonly Column[], headers: readonly string[]): (Column | undefined)[] {
  const found: (Column | undefined)[] = headers.map(() => undefined);
  const free = new Set(columns);
  for (const { ofColumn, ofHeader } of waysToMatch) {
    if (free.size === 0) break;
    const known = new Map([...free].map((column) => [ofColumn(column), column]));
    headers.forEach((header, i) => {
      const column = found[i] ? undefined : known.get(ofHeader(header));
      if (column && free.delete(column)) found[i] = column;
    });
  }
  return found;
}

/** The column names for a header; where it is of a table, `columns` are the table's. Refuses: `NO_COLUMNS`, `INVALID_COLUMN_NAME`, `DUPLICATE_COLUMN`. */
export function columnNames(headers: readonly string[], columns: readonly (Column | undefined)[] = []): string[] {
  if (headers.length === 0) throw new DaybookError('NO_COLUMNS', {});
  if (headers.length > maxColumns) throw invalidName(headers[maxColumns]!, `a table has at most ${maxColumns} columns`);
  headers.forEach(checkHeader);
  const names = headers.map((header, i) => columns[i]?.name ?? columnName(header));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw new DaybookError('DUPLICATE_COLUMN', { column: name });
    seen.add(name.toLowerCase());
  }
  return names;
}

/** Which headers are not called as their columns are. */
export function normalizedNames(headers: readonly string[], columns: readonly Column[]): NormalizedName[] {
  return headers.flatMap((from, i) => (from === columns[i]!.name ? [] : [{ from, to: columns[i]!.name }]));
}

/** How many ids each name (in lower case) was given in a table so far. */
export type Generations = Record<string, number>;

/**
 * A column with an id that its table never used before: the name itself the first time, `note~2` when `note` was there once.
 * Ids differ from names so that a column dropped and added again does not bring old values back. Refuses: `INVALID_COLUMN_NAME`.
 */
export function newColumn(
  generations: Readonly<Generations>,
  { name: header, type = 'string', nullable = true }: ColumnDefinition,
): Column {
  const name = columnName(header);
  const used = own(generations, name.toLowerCase()) ?? 0;
  return { id: used === 0 ? name : `${name}~${used + 1}`, name, type, nullable, ...(header !== name && { readFrom: header }) };
}

/** Notes in a draft that ids were given. */
export function countGenerations(draft: Generations, columns: readonly Column[]): void {
  for (const { name } of columns) {
    const key = name.toLowerCase();
    draft[key] = (own(draft, key) ?? 0) + 1;
  }
}

/** Finds a column by its name or a header that stands for it. Refuses: `COLUMN_NOT_FOUND`. */
export function findColumn(columns: readonly Column[], name: string): Column {
  for (const { ofColumn, ofHeader } of waysToMatch) {
    const wanted = ofHeader(name);
    const column = columns.find((column) => ofColumn(column) === wanted);
    if (column) return column;
  }
  throw new DaybookError('COLUMN_NOT_FOUND', { column: name, columns: columns.map(({ name }) => name) });
}

/** The ids of key columns, given by name or header. Refuses: `INVALID_PRIMARY_KEY` (unknown or named twice). */
export function keyOf(columns: readonly Column[], names: readonly string[]): string[] {
  return matchColumns(columns, names).map((column, i) => {
    if (!column) throw new DaybookError('INVALID_PRIMARY_KEY', { column: names[i]!, columns: columns.map(({ name }) => name) });
    return column.id;
  });
}
