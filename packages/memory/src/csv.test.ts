import { type CsvOptions, isDaybookError } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterLines, dialectOf, readCsv, writeCsv } from './csv';

function read(text: string, options: CsvOptions = {}) {
  return [...readCsv(text, dialectOf(options))];
}

function cells(text: string, options: CsvOptions = {}) {
  return read(text, options).map((record) => record.cells);
}

/** The details of the refusal. */
function malformed(text: string, options: CsvOptions = {}) {
  try {
    read(text, options);
  } catch (error) {
    if (isDaybookError(error, 'MALFORMED_INPUT')) return error.details;
    throw error;
  }
  throw new Error('was read');
}

describe('reading CSV', () => {
  it('tells null from the empty text', () => {
    expect(cells('1,,""\n')).toEqual([['1', null, '']]);
    expect(cells(',\n')).toEqual([[null, null]]);
  });

  it('takes further texts for null only where they are not quoted', () => {
    expect(cells('NULL,"NULL",null,N/A\n', { nullValues: ['NULL', 'N/A'] })).toEqual([[null, 'NULL', 'null', null]]);
  });

  it('ends records at LF or CRLF, with the last one or without', () => {
    expect(cells('a,b\r\n1,2\n3,4')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(cells('a,b\r\n1,\r\n')).toEqual([
      ['a', 'b'],
      ['1', null],
    ]);
  });

  it('ends records at CR and at CR CR LF, also where ends are mixed', () => {
    const expected = [
      ['a', 'b'],
      ['1', null],
      ['"', '3'],
    ];
    for (const ends of [
      ['\r', '\r', '\r'],
      ['\r\r\n', '\r\r\n', ''],
      ['\n', '\r', '\r\n'],
      ['\r', '\r\r\n', '\n'],
    ])
      expect(cells(`a,b${ends[0]}1,${ends[1]}"""",3${ends[2]}`)).toEqual(expected);
    expect(cells('"a\rb"\rc\r\r\r\n')).toEqual([['a\rb'], ['c'], []]);
  });

  it('keeps delimiters, line ends and doubled quotes inside quotes', () => {
    expect(cells('"Prague, CZ","say ""hi""","two\r\nlines"\n')).toEqual([['Prague, CZ', 'say "hi"', 'two\r\nlines']]);
  });

  it('takes a quote inside an unquoted field for text', () => {
    expect(cells('5\' 10",a"b"c, "d"\n')).toEqual([['5\' 10"', 'a"b"c', ' "d"']]);
  });

  it('reads other dialects', () => {
    expect(cells("'a;b';c''d\n", { delimiter: ';', enclosure: "'" })).toEqual([['a;b', "c''d"]]);
    expect(cells('"a"\tb\n', { delimiter: '\t', enclosure: '' })).toEqual([['"a"', 'b']]);
    expect(cells('a🐎b\n', { delimiter: '🐎' })).toEqual([['a', 'b']]);
  });

  it('takes the meaning of the character after an escape away', () => {
    expect(cells('a\\,b,\\\\,"c"\\\nd,\\🐎\n', { escapedBy: '\\' })).toEqual([['a,b', '\\', '"c"\nd', '🐎']]);
    expect(malformed('a,b\\', { escapedBy: '\\' })).toMatchObject({ line: 1 });
  });

  it('compares what means null as it stands in an escaped text', () => {
    expect(cells('\\N,\\NULL,NULL,\n', { escapedBy: '\\', nullValues: ['\\N', 'NULL'] })).toEqual([[null, 'NULL', null, null]]);
  });

  it('gives wholly blank lines as records without cells', () => {
    expect(cells('\na\n\r\n""\n')).toEqual([[], ['a'], [], ['']]);
    expect(cells('a\n')).toEqual([['a']]);
  });

  it('says in which physical line a record starts', () => {
    expect(read('"one\ntwo",x\r\n\r\n"three\r\n\n",y\nz,z').map(({ line }) => line)).toEqual([1, 3, 4, 7]);
    expect(read('"one\rtwo",x\r\r"three\r\r\n\r",y\r\r\nz,z').map(({ line }) => line)).toEqual([1, 3, 4, 7]);
    expect([...readCsv('junk\n"\n1\n', dialectOf({}), afterLines('junk\n"\n1\n', 2))]).toEqual([{ line: 3, cells: ['1'] }]);
  });

  it('passes over lines to the end and no further', () => {
    expect(afterLines('a\nb', 1)).toEqual({ from: 2, line: 2 });
    expect(afterLines('a\nb', 5).from).toBe(3);
  });

  it('refuses text after a closing quote and a quote open to the end, with the line where the record starts', () => {
    expect(malformed('id,name\n1,"Ada"x\n')).toEqual({ line: 2, reason: 'text follows a closing quote' });
    expect(malformed('id,name\n1,"two\nlines" ,y\n')).toMatchObject({ line: 2 });
    expect(malformed('id,name\n1,"Ada\n2,Grace\n')).toEqual({ line: 2, reason: 'a quote is open to the end' });
    expect(malformed('id,"')).toMatchObject({ line: 1 });
  });

  it('insists on a dialect of single characters', () => {
    for (const options of [{ delimiter: '' }, { delimiter: '||' }, { delimiter: '\n' }, { enclosure: '""' }, { escapedBy: '\\\\' }])
      expect(() => dialectOf(options)).toThrow(TypeError);
    expect(() => dialectOf({ enclosure: '"', escapedBy: '\\' })).toThrow(TypeError);
  });

  const cell = fc.option(fc.string({ unit: fc.constantFrom('a', 'ž', '🐎', ',', ';', '"', "'", '\n', '\r', '\\', ' ') }), { nil: null });

  it('reads back what a writer wrote that quotes whatever it can', () => {
    const newline = fc.constantFrom('\n', '\r\n');
    const dialect = fc.record({ delimiter: fc.constantFrom(',', ';', '\t'), enclosure: fc.constantFrom('"', "'") });
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(records, dialect, newline, (given, { delimiter, enclosure }, end) => {
        const quote = (text: string) => enclosure + text.split(enclosure).join(enclosure + enclosure) + enclosure;
        const text = given.map((row) => row.map((value) => (value === null ? '' : quote(value))).join(delimiter) + end).join('');
        expect(cells(text, { delimiter, enclosure })).toEqual(given);
      }),
    );
  });

  it('reads back what a writer wrote that escapes every character', () => {
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(records, (given) => {
        const text = given.map((row) => row.map((value) => [...(value ?? '')].map((c) => `\\${c}`).join('')).join(',')).join('\n');
        const expected = given.map((row) => row.map((value) => value || null));
        expect(cells(text, { escapedBy: '\\' })).toEqual(expected);
      }),
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (given) => {
        const blank = (row: readonly (string | null)[]) => (row.length === 1 && row[0] === null ? [] : row);
        expect(cells(given.map(writeCsv).join(''))).toEqual(given.map(blank));
      }),
    );
  });
});

describe('writing CSV', () => {
  it('quotes only where it must', () => {
    expect(writeCsv(['plain text', null, '', 'a,b', 'say "hi"', 'two\nlines', '\r', ' a '])).toBe(
      'plain text,,"","a,b","say ""hi""","two\nlines","\r", a \n',
    );
  });
});
