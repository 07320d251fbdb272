import assert from 'node:assert/strict';
import { type ColumnType, canonicalText, columnTypes, readValue, type Value } from '@daybook/core';
import fc from 'fast-check';
import { typedText } from './arbitraries';
import { type Law, law } from './law';
import { property } from './property';
import { TableDriver } from './table-driver';

/** Which texts each type takes, and what is read back. */
export const valueLaws: readonly Law[] = [
  ...columnTypes.map((type) =>
    law(`reads ${type} values in their one form`, async ({ tables }) => {
      const table = new TableDriver(tables, ['n:integer', `value:${type}`]);
      const examples = accepted[type];
      await table.loadRows(examples.map(([value], n) => ({ n, value })));
      const tuples = await table.tuples();
      assert.deepEqual(
        tuples.map(([, value]) => value),
        examples.map(([, value]) => value),
      );
    }),
  ),

  ...columnTypes.map((type) =>
    law(`refuses what is no ${type}`, async ({ tables }) => {
      const table = new TableDriver(tables, ['n:integer', `value:${type}`]);
      for (const value of refused[type]) {
        const details = await table.refused('INVALID_VALUE', { csv: `n,value\n1,\n2,"${value}"\n` });
        assert.deepEqual([details.line, details.column, details.value], [3, 'value', value]);
      }
      assert.deepEqual(table.data.parts, []);
    }),
  ),

  ...columnTypes.map((type) =>
    property(
      `takes a text as ${type} exactly when the grammar of values does`,
      fc.array(typedText(type), { minLength: 1, maxLength: 5 }),
      async ({ tables }, texts) => {
        const table = new TableDriver(tables, [`value:${type}`]);
        const rows = texts.map((value) => ({ value }));
        const canonical = texts.map((text) => canonicalText(type, text));
        if (canonical.includes(undefined)) {
          const { column, value } = await table.refused('INVALID_VALUE', { rows });
          assert.equal(column, 'value');
          assert.equal(canonical[texts.indexOf(value ?? '')], undefined, `${value} fits`);
          return;
        }
        await table.load({ rows });
        assert.deepEqual(
          await table.tuples(),
          canonical.map((text) => [readValue(type, text!)]),
        );
      },
      30,
    ),
  ),
];

const accepted: Readonly<Record<ColumnType, readonly (readonly [string, Value])[]>> = {
  string: [
    ['', ''],
    [' a ', ' a '],
    ['žluťoučký 漢字 🐎', 'žluťoučký 漢字 🐎'],
    ['a\r\n"b"\t', 'a\r\n"b"\t'],
    ['007', '007'],
    ['e\u0301', 'e\u0301'],
    ['\u00e9', '\u00e9'],
  ],
  integer: [
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['007', 7],
    ['-12', -12],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['0000000000000000000000000000000000000001', 1],
  ],
  numeric: [
    ['0', 0],
    ['-0.0', 0],
    ['.5', 0.5],
    ['5.', 5],
    ['+1.50', 1.5],
    ['0.1', 0.1],
    ['0.000000001', '0.000000001'],
    ['12345678901234567890123456789.123456789', '12345678901234567890123456789.123456789'],
    ['-99999999999999999999999999999.999999999', '-99999999999999999999999999999.999999999'],
    ['1.10000000000000000000', 1.1],
    ['0.30000000000000000', 0.3],
    ['123456789.123456789', '123456789.123456789'],
  ],
  float: [
    ['0', 0],
    ['-0', 0],
    ['1e3', 1000],
    ['.5E-1', 0.05],
    ['0.1', 0.1],
    ['1.7976931348623157e308', 1.7976931348623157e308],
    ['5e-324', 5e-324],
    ['9007199254740993', 9007199254740992],
    ['123456789.12345679', 123456789.12345679],
  ],
  boolean: [
    ['true', true],
    ['FALSE', false],
    ['tRuE', true],
    ['1', true],
    ['0', false],
  ],
  date: [
    ['2026-11-01', '2026-11-01'],
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['9999-12-31', '9999-12-31'],
    ['1582-10-10', '1582-10-10'],
  ],
  timestamp: [
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01 10:00', '2026-11-01T10:00:00Z'],
    ['2026-11-01T10:00:00', '2026-11-01T10:00:00Z'],
    ['2026-11-01T10:00:00.500Z', '2026-11-01T10:00:00.5Z'],
    ['2026-11-01T10:00:00.000001Z', '2026-11-01T10:00:00.000001Z'],
    ['2026-11-01T10:00:00+02:00', '2026-11-01T08:00:00Z'],
    ['2026-11-01 00:30:00-0530', '2026-11-01T06:00:00Z'],
    ['2027-01-01T00:30+01:00', '2026-12-31T23:30:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['2026-03-29T02:30:00', '2026-03-29T02:30:00Z'],
  ],
};

const refused: Readonly<Record<ColumnType, readonly string[]>> = {
  string: ['\0', 'a\0b'],
  integer: ['', ' 1', '1 ', '1.0', '1e3', '0x10', '1_000', '--1', '9223372036854775808', '-9223372036854775809', 'x', '１', '1\n'],
  numeric: ['', '.', '1e3', '1.1234567891', '123456789012345678901234567890', 'NaN', 'Infinity', '1.2.3', '$1', '1 000'],
  float: ['', '.', '1e', 'e5', 'NaN', 'Infinity', '-inf', '1e309', '0x1p3', '1 e5'],
  boolean: ['', 'yes', 'no', 't', 'f', '2', 'true ', '01', 'Y'],
  date: [
    '',
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '0000-01-01',
    '2026-13-01',
    '2026-1-1',
    '10000-01-01',
    '01/02/2026',
    '2026-11-01T00:00:00Z',
    'today',
    '2026-11-00',
  ],
  timestamp: [
    '',
    '2026-11-01T24:00:00Z',
    '2026-11-01T10:60Z',
    '2026-11-01T23:59:60Z',
    '2026-11-01T10Z',
    '2026-02-30T10:00:00Z',
    '2026-11-01T10:00:00.1234567Z',
    '2026-11-01T10:00:00z',
    '2026-11-01T10:00:00 Z',
    '2026-11-01T10:00:00 Europe/Prague',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '1761991200',
    'now',
  ],
};
