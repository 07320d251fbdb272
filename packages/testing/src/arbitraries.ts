import { type ColumnType, type CsvOptions, canonicalText, type Json, type NewEvent, type ReadOptions } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { event, plain } from './events';

/** What JSON text can hold: well-formed strings, odd keys, never `-0`. */
export function json(): Arbitrary<Json> {
  return fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }).map((value) => plain(value as Json));
}

/** An event's payload. */
export function payload(): Arbitrary<{ readonly [key: string]: Json }> {
  return fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), json(), { maxKeys: 4 }).map(plain);
}

const types = ['Created', 'Loaded', 'LoadedAgain', 'Dropped'];
const tags = ['table:a', 'table:ab', 'table:a:b', 'job:1', 'job:ž🐎'];

/** An event without an id: ids are unique, so they are given when it is used. */
export function eventFields(): Arbitrary<Omit<NewEvent, 'id'>> {
  return fc
    .record({
      type: fc.constantFrom(...types),
      data: payload(),
      tags: fc.subarray(tags),
      actor: fc.record({
        kind: fc.constantFrom('person', 'limited', 'support', 'system'),
        id: fc.string({ unit: 'binary', minLength: 1 }),
      }),
      at: instant(),
      correlationId: fc.option(fc.uuid(), { nil: undefined }),
      causationId: fc.option(fc.uuid(), { nil: undefined }),
    })
    .map(plain);
}

/** A valid event with a new id. */
export function newEvent(): Arbitrary<NewEvent> {
  return eventFields().map((fields) => event(fields.type, fields));
}

/** An instant as events carry it: ISO 8601 UTC with milliseconds. */
export function instant(): Arbitrary<string> {
  const range = { min: new Date('2020-01-01T00:00:00.000Z'), max: new Date('2030-01-01T00:00:00.000Z'), noInvalidDate: true };
  return fc.date(range).map((date) => date.toISOString());
}

/** A read of a log of about so many events. */
export function readOptions(length: number): Arbitrary<ReadOptions> {
  return fc.record(
    {
      after: fc.nat(length),
      upTo: fc.nat(length + 2),
      tags: fc.subarray(tags, { minLength: 1, maxLength: 2 }),
      types: fc.subarray(types, { minLength: 1 }),
      backward: fc.boolean(),
      limit: fc.nat(length),
    },
    { requiredKeys: [] },
  );
}

/** Any text that a string column holds: well-formed, without NUL, rich in what file formats trip over. */
export function text(): Arbitrary<string> {
  const awkward = fc.constantFrom(
    '',
    ' ',
    ',',
    ';',
    '"',
    '""',
    "'",
    '\\',
    '\n',
    '\r\n',
    '\r',
    '\t',
    '\\N',
    'NULL',
    'null',
    '\ufeff',
    '\u2028',
    '🐎',
    'ž',
    '漢',
  );
  return fc.oneof(
    fc
      .array(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 5 })
      .map((parts) => parts.join('').replaceAll('\0', '')),
    fc.string({ maxLength: 8 }).map((value) => value.replaceAll('\0', '')),
  );
}

const digits = (minLength: number, maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const sign = fc.constantFrom('', '', '-', '+');

const typedTexts: Readonly<Record<ColumnType, Arbitrary<string>>> = {
  string: text(),
  integer: fc.oneof(
    fc.tuple(sign, digits(1, 20)).map((parts) => parts.join('')),
    fc.bigInt({ min: -(2n ** 63n) - 2n, max: 2n ** 63n + 1n }).map(String),
    fc.constantFrom(
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
      '-9223372036854775809',
      '007',
      '1.0',
      '1e3',
      '',
      '-',
    ),
  ),
  numeric: fc.oneof(
    fc.tuple(sign, digits(0, 31), fc.constantFrom('', '.'), digits(0, 11)).map((parts) => parts.join('')),
    fc.tuple(sign, digits(1, 4), fc.constant('.'), digits(1, 3)).map((parts) => parts.join('')),
  ),
  float: fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc
      .tuple(sign, digits(1, 4), fc.constantFrom('', '.', '.5'), fc.constantFrom('', 'e5', 'E-7', 'e+300', 'e400'))
      .map((parts) => parts.join('')),
  ),
  boolean: fc.constantFrom('true', 'FALSE', 'tRuE', '0', '1', 'yes', 't', '2', ' true'),
  date: fc.oneof(
    fc.tuple(digits(4, 4), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 })).map(dashed),
    fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
  ),
  timestamp: fc
    .tuple(
      fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      fc.constantFrom('T', ' '),
      fc.tuple(fc.nat(24), fc.nat(60)).map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
      fc.constantFrom('', ':00', ':59', ':60', ':07.5', ':07.120', ':07.123456', ':07.1234567'),
      fc.constantFrom('', 'Z', '+00:00', '+0200', '-03:30', '+14:00', '-23:59', '+24:00', 'z'),
    )
    .map((parts) => parts.join('')),
};

function dashed([year, month, day]: [string, number, number]): string {
  return [year, ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-');
}

/** Texts that fit a type, and texts that just do not. */
export function typedText(type: ColumnType): Arbitrary<string> {
  return typedTexts[type];
}

/** Texts that fit a type, not in their canonical form only. */
export function fittingText(type: ColumnType): Arbitrary<string> {
  return typedTexts[type].filter((candidate) => canonicalText(type, candidate) !== undefined);
}

/** Names that a directory may have, though programs take them for patterns, options or assignments. */
export function directoryName(): Arbitrary<string> {
  const piece = fc.constantFrom(
    '*',
    '?',
    '[',
    ']',
    '[1]',
    '[!a]',
    '{x,y}',
    '=',
    'env=',
    '%41',
    "'",
    '"',
    ' ',
    '~',
    '#',
    ';',
    ',',
    '$HOME',
    'é',
    '🐎',
  );
  return fc.array(fc.oneof(piece, fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
}

/** A CSV text, how it is to be read, and the cells that stand in it: header first. */
export interface CsvSample {
  readonly csv: string;
  readonly options: CsvOptions;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Any CSV text of some columns, in any dialect that can hold it. */
export function csvSample(): Arbitrary<CsvSample> {
  const cell = fc.option(text(), { nil: null });
  return fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc
      .record({
        rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 }),
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        enclosure: fc.constantFrom('"', "'"),
        newlines: lineEnds(),
        lastNewline: fc.boolean(),
        mark: fc.boolean(),
        quoteAll: fc.boolean(),
      })
      .map(({ rows, ...dialect }) => {
        const header = Array.from({ length: width }, (_, index) => `column_${index}`);
        return { csv: csvText([header, ...rows], dialect), options: dialectOptions(dialect), header, rows };
      }),
  );
}

/** How lines end, one after another and again from the start: mostly all alike. */
export function lineEnds(): Arbitrary<readonly string[]> {
  const any = fc.constantFrom('\n', '\n', '\r\n', '\r', '\r\r\n');
  return fc.oneof(
    { weight: 4, arbitrary: any.map((end) => [end]) },
    { weight: 1, arbitrary: fc.array(any, { minLength: 2, maxLength: 3 }) },
  );
}

/** How a CSV text is written. */
export interface Dialect {
  readonly delimiter: string;
  readonly enclosure: string;
  readonly newlines: readonly string[];
  readonly lastNewline: boolean;
  readonly mark: boolean;
  readonly quoteAll: boolean;
}

export function dialectOptions({ delimiter, enclosure }: Dialect): CsvOptions {
  return { ...(delimiter === ',' ? {} : { delimiter }), ...(enclosure === '"' ? {} : { enclosure }) };
}

/**
 * A null at the very end needs its line's end: without it there would be no line. Blank lines end as the first line does, as one that ends
 * with CR before a blank one that ends with LF would end with CRLF.
 */
export function csvText(lines: readonly (readonly (string | null)[])[], dialect: Dialect): string {
  const written = lines.map((cells) => cells.map((cell) => csvCell(cell, dialect)).join(dialect.delimiter));
  const ends = written.includes('') ? dialect.newlines.slice(0, 1) : dialect.newlines;
  const text = written.map((line, i) => line + ends[i % ends.length]).join('');
  const open = dialect.lastNewline || written.at(-1) === '' ? text : text.slice(0, -ends[(lines.length - 1) % ends.length]!.length);
  return `${dialect.mark ? '\ufeff' : ''}${open}`;
}

function csvCell(cell: string | null, { delimiter, enclosure, quoteAll }: Dialect): string {
  if (cell === null) return '';
  const plainly = cell !== '' && ![delimiter, enclosure, '\n', '\r', '\ufeff'].some((special) => cell.includes(special));
  return plainly && !quoteAll ? cell : `${enclosure}${cell.replaceAll(enclosure, enclosure.repeat(2))}${enclosure}`;
}
