import { isDaybookError, type Rows } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNdjson, rowsToNdjson, writeNdjson } from './ndjson';

function refusal(text: string) {
  try {
    readNdjson(text);
  } catch (error) {
    if (isDaybookError(error, 'MALFORMED_INPUT')) return error.details;
    throw error;
  }
  throw new Error('was read');
}

function cells(text: string) {
  return readNdjson(text).rows.map((row) => row.cells);
}

async function textOf(rows: Rows): Promise<string> {
  let text = '';
  for await (const line of rowsToNdjson(rows)) text += line;
  return text;
}

describe('reading NDJSON', () => {
  it('finds the columns of all lines in order of first appearance, also those that look like numbers', () => {
    const { columns, rows } = readNdjson('{"name":"Ada","10":"x"}\n{"2":true,"name":null}\n');
    expect(columns).toEqual(['name', '10', '2']);
    expect(rows.map((row) => row.cells)).toEqual([
      ['Ada', 'x', undefined],
      [null, undefined, 'true'],
    ]);
  });

  it('keeps all digits of numbers', () => {
    expect(cells('{"a":9007199254740993,"b":-0.10,"c":1E400,"d":[12345678901234567890.5]}')).toEqual([
      ['9007199254740993', '-0.10', '1E400', '[12345678901234567890.5]'],
    ]);
  });

  it('makes one JSON text of a nested value, however it is spaced and escaped', () => {
    expect(cells('{ "a" : { "b" : [ 1 , { "c d" : "\\u017e, \\"x\\" {}[]:" } ] , "e" : null } , "f" : [] , "g" : {} }')).toEqual([
      ['{"b":[1,{"c d":"ž, \\"x\\" {}[]:"}],"e":null}', '[]', '{}'],
    ]);
  });

  it('decodes strings and keys, whatever they hold', () => {
    const { columns, rows } = readNdjson('{"\\u0061\\"b":"x,y:{}[]\\n\\\\\\"","":"","__proto__":"p","constructor":1}');
    expect(columns).toEqual(['a"b', '', '__proto__', 'constructor']);
    expect(rows[0]!.cells).toEqual(['x,y:{}[]\n\\"', '', 'p', '1']);
  });

  it('takes the last of equal keys', () => {
    expect(cells('{"a":1,"a":2}')).toEqual([['2']]);
    expect(cells('{"a":{"x":1,"y":[{"z":1,"\\u007a":{}}],"x":2}}')).toEqual([['{"x":2,"y":[{"z":{}}]}']]);
  });

  it('passes over blank lines and counts them', () => {
    expect(readNdjson('\n{"a":1}\r\n  \n{"a":2}').rows).toEqual([
      { line: 2, cells: ['1'] },
      { line: 4, cells: ['2'] },
    ]);
    expect(readNdjson('')).toEqual({ columns: [], rows: [] });
  });

  it('refuses lines that are no JSON object', () => {
    for (const line of ['[1]', '"a"', '1', 'null', 'true'])
      expect(refusal(`{"a":1}\n${line}\n`)).toEqual({ line: 2, reason: 'it is not a JSON object' });
    for (const line of ["{'a':1}", '{"a":1', '{"a":01}', '{"a":1}{"a":2}', '{"a":NaN}', '{"a":"\t"}'])
      expect(refusal(`{"a":1}\n\n${line}\n`)).toEqual({ line: 3, reason: 'it is not JSON' });
  });

  it('agrees with JSON.parse about every object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })),
        fc.constantFrom('', ' '),
        (object, space) => {
          const text = JSON.stringify(object, null, space).replaceAll('\n', '');
          const { columns, rows } = readNdjson(text);
          const expected = Object.entries(JSON.parse(text)).map(([key, value]) => [key, cellOf(value)]);
          expect(columns.map((column, i) => [column, rows[0]!.cells[i]])).toEqual(expected);
        },
      ),
    );
  });
});

function cellOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  return JSON.stringify(value);
}

describe('rows as NDJSON', () => {
  it('writes what JSON has no word for as text or leaves it out', async () => {
    const text = await textOf([
      { big: 2n ** 63n, at: new Date('2026-11-01T10:00:00Z'), none: undefined, list: [1n, { a: [] }], not: Number.NaN },
    ]);
    expect(text).toBe('{"big":"9223372036854775808","at":"2026-11-01T10:00:00.000Z","list":["1",{"a":[]}],"not":"NaN"}\n');
    expect(cells(text)).toEqual([['9223372036854775808', '2026-11-01T10:00:00.000Z', '["1",{"a":[]}]', 'NaN']]);
  });

  it('takes async rows, and keys that every object inherits', async () => {
    async function* rows() {
      yield JSON.parse('{"__proto__":"a","toString":"b"}');
      yield { toString: 'c' };
    }
    expect(readNdjson(await textOf(rows()))).toMatchObject({
      columns: ['__proto__', 'toString'],
      rows: [{ cells: ['a', 'b'] }, { cells: [undefined, 'c'] }],
    });
  });

  it('leaves it to the reader to refuse what is no object', async () => {
    for (const row of [null, undefined, 'text', 5, [1]]) {
      const text = await textOf([{ a: 1 }, row as never]);
      expect(refusal(text)).toMatchObject({ line: 2 });
    }
  });
});

describe('writing NDJSON', () => {
  it('keeps the order of columns whose names look like numbers', () => {
    expect(writeNdjson(['b', '1', 'a'])({ '1': null, a: 'ž"', b: 1.5 })).toBe('{"b":1.5,"1":null,"a":"ž\\""}\n');
  });
});
