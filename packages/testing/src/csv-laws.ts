import assert from 'node:assert/strict';
import type { CsvOptions, Value } from '@daybook/core';
import fc from 'fast-check';
import { csvSample } from './arbitraries';
import { cutCsv, cutInto } from './cut-csv';
import { type Law, law } from './law';
import { property } from './property';
import { TableDriver } from './table-driver';

/** How CSV text is read, to the letter. */
export const csvLaws: readonly Law[] = [
  ...examples().map(({ title, csv, columns, options, rows }) =>
    law(`reads ${title}`, async ({ tables }) => {
      const table = new TableDriver(tables, columns);
      const { read, change } = await table.load(csv, { csv: options });
      assert.deepEqual(await table.tuples(), rows);
      assert.deepEqual([read, change.rows.inserted], [rows.length, rows.length]);
    }),
  ),

  ...malformed().map(({ title, csv, line, columns = ['id', 'name'], options }) =>
    law(`refuses ${title}, naming the line`, async ({ tables }) => {
      const table = new TableDriver(tables, columns);
      const details = await table.refused('MALFORMED_INPUT', csv, { csv: options });
      assert.equal(details.line, line);
      assert.ok(details.reason);
    }),
  ),

  ...invalid().map(({ title, csv, details, columns, options }) =>
    law(`refuses ${title}, naming line, column and value`, async ({ tables }) => {
      const table = new TableDriver(tables, columns);
      const { line, column, value } = await table.refused('INVALID_VALUE', csv, { csv: options });
      assert.deepEqual({ line, column, value }, details);
    }),
  ),

  ...notUtf8().map(({ title, bytes }) =>
    law(`refuses ${title}`, async ({ tables }) => {
      await new TableDriver(tables, ['id', 'name']).refused('MALFORMED_INPUT', bytes);
    }),
  ),

  ...headers().map(({ title, csv, options, header }) =>
    law(`reads ${title}`, async ({ tables }) => {
      await using staged = await new TableDriver(tables, ['id', 'name']).stage(csv, options);
      assert.deepEqual(staged.columns, header);
    }),
  ),

  property(
    'reads any text in any dialect, however its bytes are cut into chunks',
    fc.tuple(csvSample(), fc.array(fc.nat(200), { maxLength: 5 })),
    async ({ tables }, [{ csv, options, header, rows }, cuts]) => {
      const table = new TableDriver(tables, header);
      await table.load({ csv: cutInto(csv, cuts) }, { csv: options });
      assert.deepEqual(await table.tuples(), rows);
    },
  ),

  property(
    'reads records of any length wherever they stand, however they are cut',
    cutCsv(),
    async ({ tables }, { csv, options, header, rows, cuts }) => {
      const table = new TableDriver(tables, header);
      const { read } = await table.load({ csv: cutInto(csv, cuts) }, { csv: options });
      assert.equal(read, rows.length);
      assert.deepEqual(await table.tuples(), rows);
    },
    20,
  ),
];

interface Example {
  readonly title: string;
  readonly csv: string;
  readonly columns: readonly string[];
  readonly options?: CsvOptions;
  readonly rows: readonly (readonly Value[])[];
}

function examples(): readonly Example[] {
  const two = ['id', 'name'];
  const ada = [['1', 'Ada']];
  return [
    { title: 'a header and rows', csv: 'id,name\n1,Ada\n2,Grace\n', columns: two, rows: [...ada, ['2', 'Grace']] },
    { title: 'a header without rows', csv: 'id,name\n', columns: two, rows: [] },
    { title: 'a header without rows or line end', csv: 'id,name', columns: two, rows: [] },
    { title: 'a last line without its end', csv: 'id,name\n1,Ada', columns: two, rows: ada },
    { title: 'lines that end in CR LF', csv: 'id,name\r\n1,Ada\r\n2,\r\n', columns: two, rows: [...ada, ['2', null]] },
    { title: 'lines that end in CR', csv: 'id,name\r1,Ada\r2,\r', columns: two, rows: [...ada, ['2', null]] },
    { title: 'a last line without its end where the others end in CR', csv: 'id,name\r1,Ada', columns: two, rows: ada },
    { title: 'lines that end in CR CR LF', csv: 'id,name\r\r\n1,Ada\r\r\n2,\r\r\n', columns: two, rows: [...ada, ['2', null]] },
    {
      title: 'lines that end in different ways',
      csv: 'id,name\n1,Ada\r2,\r\n,""\r\r\n',
      columns: two,
      rows: [...ada, ['2', null], [null, '']],
    },
    { title: 'a header that ends in CR where the lines end in LF', csv: 'id,name\r1,Ada\n', columns: two, rows: ada },
    {
      title: 'CR inside quotes as text',
      csv: 'id,name\r1,"a\rb"\r2,"\r\r\n"\r',
      columns: two,
      rows: [
        ['1', 'a\rb'],
        ['2', '\r\r\n'],
      ],
    },
    { title: 'past blank lines that end in CR', csv: 'id,name\r\r1,Ada\r\r\r', columns: two, rows: ada },
    { title: 'blank lines of one column in CR', csv: 'name\r\rAda\r\r', columns: ['name'], rows: [[null], ['Ada'], [null]] },
    { title: 'one column in CR CR LF', csv: 'name\r\r\nAda\r\r\n\r\r\n', columns: ['name'], rows: [['Ada'], [null]] },
    { title: 'CR where there is no enclosure', csv: 'id,name\r1,"Ada\r', columns: two, options: { enclosure: '' }, rows: [['1', '"Ada']] },
    {
      title: 'an escaped CR as part of the field',
      csv: 'id,name\r1,a\\\rb\r2,\r',
      columns: two,
      options: { escapedBy: '\\' },
      rows: [
        ['1', 'a\rb'],
        ['2', null],
      ],
    },
    { title: 'past so many lines that end in CR', csv: '# by "hand\rid,name\r1,Ada\r', columns: two, options: { skipLines: 2 }, rows: ada },
    { title: 'a byte order mark', csv: '\ufeffid,name\n1,Ada\n', columns: two, rows: ada },
    { title: 'a byte order mark before a quoted header', csv: '\ufeff"id",name\n1,Ada\n', columns: two, rows: ada },
    { title: 'the columns in the order of the file', csv: 'name,id\nAda,1\n', columns: two, rows: ada },
    {
      title: 'an empty field as null and a quoted one as empty text',
      csv: 'id,name\n1,\n2,""\n,""\n',
      columns: two,
      rows: [
        ['1', null],
        ['2', ''],
        [null, ''],
      ],
    },
    { title: 'a line of delimiters as a row of nulls', csv: 'a,b,c\n,,\n', columns: ['a', 'b', 'c'], rows: [[null, null, null]] },
    {
      title: 'quoted delimiters, quotes and line breaks',
      csv: 'id,name\n"1","Ada, ""the"" first\nof\r\nmany"\n',
      columns: two,
      rows: [['1', 'Ada, "the" first\nof\r\nmany']],
    },
    {
      title: 'a field of nothing but quotes',
      csv: 'id,name\n1,""""\n2,""""""\n',
      columns: two,
      rows: [
        ['1', '"'],
        ['2', '""'],
      ],
    },
    {
      title: 'a quote inside an unquoted field as it stands',
      csv: 'id,name\n1,5" pipe\n2,a""b\n3, "c"\n',
      columns: two,
      rows: [
        ['1', '5" pipe'],
        ['2', 'a""b'],
        ['3', ' "c"'],
      ],
    },
    { title: 'spaces as they stand', csv: 'id,name\n 1 ,\tAda \n', columns: two, rows: [[' 1 ', '\tAda ']] },
    {
      title: 'text of every script',
      csv: 'id,name\nž,漢字\n🐎,مرحبا\nNa\u0308,\u2028\n',
      columns: two,
      rows: [
        ['ž', '漢字'],
        ['🐎', 'مرحبا'],
        ['Na\u0308', '\u2028'],
      ],
    },
    {
      title: 'what looks like numbers, dates and nulls as text',
      csv: 'id,name\n007,1e3\nNULL,2026-02-30\nNaN,true\n',
      columns: two,
      rows: [
        ['007', '1e3'],
        ['NULL', '2026-02-30'],
        ['NaN', 'true'],
      ],
    },
    { title: 'a comment sign as text', csv: 'id,name\n#1,Ada\n', columns: two, rows: [['#1', 'Ada']] },
    {
      title: 'a backslash as text',
      csv: 'id,name\n1,a\\\n2,"\\"\n',
      columns: two,
      rows: [
        ['1', 'a\\'],
        ['2', '\\'],
      ],
    },

    {
      title: 'past blank lines where there are several columns',
      csv: 'id,name\n\n1,Ada\n\n\n2,Grace\n\n',
      columns: two,
      rows: [...ada, ['2', 'Grace']],
    },
    { title: 'past blank lines that end in CR LF', csv: 'id,name\r\n\r\n1,Ada\r\n\r\n', columns: two, rows: ada },
    { title: 'a blank line inside quotes as text', csv: 'id,name\n1,"\n\n"\n', columns: two, rows: [['1', '\n\n']] },
    {
      title: 'a blank line of one column as null',
      csv: 'name\nAda\n\nGrace\n\n',
      columns: ['name'],
      rows: [['Ada'], [null], ['Grace'], [null]],
    },
    { title: 'blank lines of one column in CR LF', csv: 'name\r\n\r\n""\r\n', columns: ['name'], rows: [[null], ['']] },
    { title: 'one column of nothing but blank lines', csv: 'name\n\n\n\n', columns: ['name'], rows: [[null], [null], [null]] },
    { title: 'one column whose last line has no end', csv: 'name\n\nAda', columns: ['name'], rows: [[null], ['Ada']] },

    {
      title: 'another delimiter',
      csv: 'id;name\n1;"a;b"\n2;a,b\n',
      columns: two,
      options: { delimiter: ';' },
      rows: [
        ['1', 'a;b'],
        ['2', 'a,b'],
      ],
    },
    {
      title: 'tabs between fields',
      csv: 'id\tname\n1\tAda\n\t""\n',
      columns: two,
      options: { delimiter: '\t' },
      rows: [...ada, [null, '']],
    },
    { title: 'a delimiter beyond ASCII', csv: 'id¦name\n1¦Ada\n', columns: two, options: { delimiter: '¦' }, rows: ada },
    {
      title: 'another enclosure',
      csv: "id,name\n1,'a, ''b'''\n2,\"c\"\n3,''\n",
      columns: two,
      options: { enclosure: "'" },
      rows: [
        ['1', "a, 'b'"],
        ['2', '"c"'],
        ['3', ''],
      ],
    },
    {
      title: 'quotes as text where there is no enclosure',
      csv: 'id,name\n1,"Ada"\n"2,""\n',
      columns: two,
      options: { enclosure: '' },
      rows: [
        ['1', '"Ada"'],
        ['"2', '""'],
      ],
    },

    {
      title: 'escaped characters as they stand',
      csv: 'id,name\n1,a\\,b\n2,c\\\\d\n3,\\n\\t\n',
      columns: two,
      options: { escapedBy: '\\' },
      rows: [
        ['1', 'a,b'],
        ['2', 'c\\d'],
        ['3', 'nt'],
      ],
    },
    {
      title: 'an escaped line break as part of the field',
      csv: 'id,name\n1,a\\\nb\n2,Grace\n',
      columns: two,
      options: { escapedBy: '\\' },
      rows: [
        ['1', 'a\nb'],
        ['2', 'Grace'],
      ],
    },
    {
      title: 'quotes as text where there is an escape character',
      csv: 'id,name\n1,"Ada"\n2,\n',
      columns: two,
      options: { escapedBy: '\\' },
      rows: [
        ['1', '"Ada"'],
        ['2', null],
      ],
    },

    {
      title: 'given texts as null where they stand unquoted',
      csv: 'id,name\nNULL,\\N\n"NULL","\\N"\nnull,\n',
      columns: two,
      options: { nullValues: ['NULL', '\\N'] },
      rows: [
        [null, null],
        ['NULL', '\\N'],
        ['null', null],
      ],
    },
    {
      title: 'given texts as null in typed columns',
      csv: 'id,at\n1,NA\nNA,2026-11-01\n',
      columns: ['id:integer', 'at:date'],
      options: { nullValues: ['NA'] },
      rows: [
        [1, null],
        [null, '2026-11-01'],
      ],
    },

    {
      title: 'a first line as data where columns are named',
      csv: '1,Ada\n2,Grace\n',
      columns: two,
      options: { columns: ['id', 'name'] },
      rows: [...ada, ['2', 'Grace']],
    },
    { title: 'columns named in the order of the file', csv: 'Ada,1\n', columns: two, options: { columns: ['name', 'id'] }, rows: ada },
    {
      title: 'a first line as data where there are no headers',
      csv: 'id,name\n1,Ada\n',
      columns: two,
      options: { withoutHeaders: true },
      rows: [['id', 'name'], ...ada],
    },
    {
      title: 'past so many lines, then data',
      csv: '# exported by "hand\nid,name\n1,Ada\n',
      columns: two,
      options: { skipLines: 2 },
      rows: ada,
    },
    {
      title: 'past so many lines whatever is said of headers',
      csv: 'junk\r\n1,Ada\r\n',
      columns: two,
      options: { skipLines: 1, withoutHeaders: false },
      rows: ada,
    },
    {
      title: 'past so many lines where columns are named',
      csv: 'junk\nAda,1\n',
      columns: two,
      options: { skipLines: 1, columns: ['name', 'id'] },
      rows: ada,
    },
    {
      title: 'one column without headers that begins with blank lines',
      csv: '\n\nAda\n',
      columns: ['name'],
      options: { withoutHeaders: true },
      rows: [[null], [null], ['Ada']],
    },
    ...[1_000_000, 2_000_000, 4_000_000].map((length) => {
      const long = 'x'.repeat(length);
      return {
        title: `a last record of ${length} characters`,
        csv: `id,name\n1,Ada\n2,${long}`,
        columns: two,
        rows: [...ada, ['2', long]],
      };
    }),
    { title: 'a text without headers that is empty', csv: '', columns: two, options: { withoutHeaders: true }, rows: [] },
  ];
}

interface Malformed {
  readonly title: string;
  readonly csv: string;
  readonly line: number;
  readonly columns?: readonly string[];
  readonly options?: CsvOptions;
}

function malformed(): readonly Malformed[] {
  return [
    { title: 'a line with a field too few', csv: 'id,name\n1,Ada\n2\n', line: 3 },
    { title: 'a line with a field too many', csv: 'id,name\n1,Ada,x\n', line: 2 },
    { title: 'a line with an empty field too many', csv: 'id,name\n1,Ada\n2,Grace,\n', line: 3 },
    { title: 'a ragged last line without its end', csv: 'id,name\r\n1,Ada\r\n2', line: 3 },
    ...[1_000_000, 2_000_000, 4_000_000].map((length) => {
      return { title: `a ragged last line of ${length} characters`, csv: `id,name\n1,Ada\n${'x'.repeat(length)}`, line: 3 };
    }),
    { title: 'a ragged line after line breaks inside quotes', csv: 'id,name\n1,"a\nb\nc"\n2\n', line: 5 },
    { title: 'a ragged line after blank lines', csv: 'id,name\n\n\n1\n', line: 4 },
    { title: 'a second field in a file of one column', csv: 'name\nAda\nGrace,Hopper\n', columns: ['name'], line: 3 },
    { title: 'a ragged line where columns are named', csv: '1,Ada\n2\n', line: 2, options: { columns: ['id', 'name'] } },
    { title: 'a first line that does not fit the columns named', csv: '1,Ada,x\n', line: 1, options: { columns: ['id', 'name'] } },
    { title: 'a ragged line after lines passed over', csv: 'junk\njunk\n1,Ada\n2\n', line: 4, options: { skipLines: 2 } },
    { title: 'a ragged line with an escape character', csv: 'id,name\n1,a\\\nb\n2\\,x\n', line: 4, options: { escapedBy: '\\' } },
    { title: 'a ragged line that ends in CR', csv: 'id,name\r1,"\r\r\n"\r\r2\r', line: 5 },
    { title: 'text after a closing quote', csv: 'id,name\n1,Ada\n2,"Grace"x\n', line: 3 },
    { title: 'a space after a closing quote', csv: 'id,name\n"1" ,Ada\n', line: 2 },
    { title: 'a quote that is never closed', csv: 'id,name\n1,Ada\n2,"Grace\n3,x\n', line: 3 },
    { title: 'a quote opened as the last character', csv: 'id,name\n1,"', line: 2 },
    { title: 'a header whose quote is never closed', csv: 'id,"name\n1,Ada\n', line: 1 },
  ];
}

interface Invalid {
  readonly title: string;
  readonly csv: string;
  readonly columns: readonly string[];
  readonly options?: CsvOptions;
  readonly details: { readonly line: number; readonly column: string; readonly value: string | null };
}

function invalid(): readonly Invalid[] {
  const typed = ['id:integer', 'name'];
  return [
    {
      title: 'a value that does not fit',
      csv: 'id,name\n1,Ada\nx,Grace\n',
      columns: typed,
      details: { line: 3, column: 'id', value: 'x' },
    },
    {
      title: 'a value that does not fit, in any order of columns',
      csv: 'name,id\nAda,1.5\n',
      columns: typed,
      details: { line: 2, column: 'id', value: '1.5' },
    },
    {
      title: 'empty text in a column that is not of text',
      csv: 'id,name\n"",Ada\n',
      columns: typed,
      details: { line: 2, column: 'id', value: '' },
    },
    { title: 'a space before a number', csv: 'id,name\n 1,Ada\n', columns: typed, details: { line: 2, column: 'id', value: ' 1' } },
    {
      title: 'a value after line breaks inside quotes',
      csv: 'id,name\n1,"a\nb"\n"x",Grace\n',
      columns: typed,
      details: { line: 4, column: 'id', value: 'x' },
    },
    {
      title: 'a value in a row that begins above it',
      csv: 'name,id\n"a\nb",x\n',
      columns: typed,
      details: { line: 2, column: 'id', value: 'x' },
    },
    {
      title: 'a value after blank lines',
      csv: 'id,name\r\n\r\n1,Ada\r\n\r\nx,Grace\r\n',
      columns: typed,
      details: { line: 5, column: 'id', value: 'x' },
    },
    {
      title: 'a value in a line after those passed over',
      csv: 'junk\nx,Grace\n',
      columns: typed,
      options: { skipLines: 1 },
      details: { line: 2, column: 'id', value: 'x' },
    },
    {
      title: 'a value in a first line that is data',
      csv: 'x,Grace\n',
      columns: typed,
      options: { columns: ['id', 'name'] },
      details: { line: 1, column: 'id', value: 'x' },
    },
    {
      title: 'null where null is not allowed',
      csv: 'id,name\n1,Ada\n,Grace\n',
      columns: ['id:integer!', 'name'],
      details: { line: 3, column: 'id', value: null },
    },
    {
      title: 'null text where null is not allowed',
      csv: 'id,name\nNA,Ada\n',
      columns: ['id:string!', 'name'],
      options: { nullValues: ['NA'] },
      details: { line: 2, column: 'id', value: null },
    },
    {
      title: 'a blank line of one column that may not be null',
      csv: 'name\nAda\n\n',
      columns: ['name:string!'],
      details: { line: 3, column: 'name', value: null },
    },
    { title: 'a NUL character', csv: 'id,name\n1,Ada\n2,a\0b\n', columns: typed, details: { line: 3, column: 'name', value: 'a\0b' } },
    { title: 'a quoted NUL character', csv: 'id,name\n1,"\0"\n', columns: typed, details: { line: 2, column: 'name', value: '\0' } },
    { title: 'a NUL character in a number', csv: 'id,name\n1\0,Ada\n', columns: typed, details: { line: 2, column: 'id', value: '1\0' } },
  ];
}

function notUtf8(): readonly { title: string; bytes: Uint8Array }[] {
  const around = (...bytes: readonly number[]) => Buffer.concat([Buffer.from('id,name\n1,Ad'), Buffer.from(bytes), Buffer.from('\n')]);
  return [
    { title: 'a stray byte', bytes: around(0xff) },
    { title: 'Latin-1', bytes: around(0xe9, 0x20) },
    { title: 'an overlong character', bytes: around(0xc0, 0xaf) },
    { title: 'half of a surrogate pair', bytes: around(0xed, 0xa0, 0x80) },
    { title: 'a character cut off by the end', bytes: Buffer.from('id,name\n1,🐎').subarray(0, -1) },
    { title: 'a header that is not UTF-8', bytes: Buffer.from([0x69, 0x64, 0xe9, 0x2c, 0x6e, 0x0a]) },
    { title: 'UTF-16', bytes: Buffer.from('\ufeffid,name\n1,Ada\n', 'utf16le') },
  ];
}

function headers(): readonly { title: string; csv: string; options?: CsvOptions; header: readonly string[] }[] {
  return [
    { title: 'an empty source as one without columns', csv: '', header: [] },
    { title: 'a lonely byte order mark as one without columns', csv: '\ufeff', header: [] },
    {
      title: 'header names as they stand',
      csv: ' Žluťoučký    kůň ,"a ""b"", c",id,id\n',
      header: [' Žluťoučký    kůň ', 'a "b", c', 'id', 'id'],
    },
    { title: 'a header with a line break', csv: '"first\nsecond",b\n1,2\n', header: ['first\nsecond', 'b'] },
    { title: 'an empty header name as empty', csv: 'id,,""\n', header: ['id', '', ''] },
    { title: 'a header in another dialect', csv: "a;'b;c'\n", options: { delimiter: ';', enclosure: "'" }, header: ['a', 'b;c'] },
    { title: 'the names it is given where the file has none', csv: '1,Ada\n', options: { columns: ['x', 'y'] }, header: ['x', 'y'] },
  ];
}
