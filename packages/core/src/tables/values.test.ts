import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/property';
import { type ColumnType, canonicalText, columnTypes, compareCodePoints, compareTexts, readValue } from './values';

describe('the canonical text', () => {
  it.each([
    ['string', '', ''],
    ['string', ' x\n', ' x\n'],
    ['integer', '007', '7'],
    ['integer', '+5', '5'],
    ['integer', '-0', '0'],
    ['integer', '9223372036854775807', '9223372036854775807'],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['numeric', '1.50', '1.5'],
    ['numeric', '.5', '0.5'],
    ['numeric', '5.', '5'],
    ['numeric', '-0.000', '0'],
    ['numeric', '+00012.3400', '12.34'],
    ['numeric', `${'9'.repeat(29)}.${'9'.repeat(9)}`, `${'9'.repeat(29)}.${'9'.repeat(9)}`],
    ['float', '1e3', '1000'],
    ['float', '-0', '0'],
    ['float', '1E-7', '1e-7'],
    ['float', '0.1', '0.1'],
    ['boolean', 'TRUE', 'true'],
    ['boolean', '0', 'false'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2000-02-29', '2000-02-29'],
    ['timestamp', '2026-11-01', '2026-11-01T00:00:00Z'],
    ['timestamp', '2026-11-01 10:00', '2026-11-01T10:00:00Z'],
    ['timestamp', '2026-11-01T10:00:00.120000Z', '2026-11-01T10:00:00.12Z'],
    ['timestamp', '2026-11-01T00:30:00+02:00', '2026-10-31T22:30:00Z'],
    ['timestamp', '2026-12-31T23:30:00.5-0100', '2027-01-01T00:30:00.5Z'],
    ['timestamp', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ] as const)('of the %s %j is %j', (type, text, canonical) => {
    expect(canonicalText(type, text)).toBe(canonical);
  });

  it.each([
    ['string', 'a\0b'],
    ['integer', ''],
    ['integer', '1.0'],
    ['integer', '1e3'],
    ['integer', ' 1'],
    ['integer', '1\n'],
    ['integer', '٣'],
    ['integer', '9223372036854775808'],
    ['integer', '-9223372036854775809'],
    ['numeric', '.'],
    ['numeric', '1e3'],
    ['numeric', '1'.repeat(30)],
    ['numeric', '0.0000000001'],
    ['float', '1e999'],
    ['float', 'NaN'],
    ['float', 'Infinity'],
    ['float', '0x10'],
    ['boolean', 'yes'],
    ['date', '2023-02-29'],
    ['date', '1900-02-29'],
    ['date', '2026-13-01'],
    ['date', '2026-00-01'],
    ['date', '2026-01-00'],
    ['date', '0000-01-01'],
    ['date', '2026-1-1'],
    ['timestamp', '2026-11-01T24:00:00Z'],
    ['timestamp', '2026-11-01T10:00:60Z'],
    ['timestamp', '2026-11-01T10:00:00.1234567Z'],
    ['timestamp', '2026-11-01T10'],
    ['timestamp', '0001-01-01T00:00:00+01:00'],
    ['timestamp', '9999-12-31T23:30:00-01:00'],
  ] as const)('of the %s %j does not exist', (type, text) => {
    expect(canonicalText(type, text)).toBeUndefined();
  });

  it('is its own canonical text', async () => {
    for (const type of columnTypes) {
      await holds(fitting(type), (text) => {
        const canonical = canonicalText(type, text);
        expect(canonical).toBeDefined();
        expect(canonicalText(type, canonical!)).toBe(canonical);
      });
    }
  });

  it('of equal values is equal', async () => {
    for (const type of ['integer', 'numeric', 'float', 'boolean', 'timestamp'] as const) {
      await holds(respelled(type), ([text, respelling]) => expect(canonicalText(type, respelling)).toBe(canonicalText(type, text)));
    }
  });

  it('of any text at all is answered, and never throws', async () => {
    for (const type of columnTypes)
      await holds(fc.string({ unit: 'binary' }), (text) => expect(['string', 'undefined']).toContain(typeof canonicalText(type, text)));
  });
});

describe('what users read', () => {
  it.each([
    ['integer', '5', 5],
    ['integer', '9007199254740993', '9007199254740993'],
    ['numeric', '0.1', 0.1],
    ['numeric', '0.123456789', 0.123456789],
    ['numeric', '12345678901234567890.5', '12345678901234567890.5'],
    ['numeric', '0.0000001', '0.0000001'],
    ['float', '1e+300', 1e300],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['date', '2026-11-01', '2026-11-01'],
    ['string', '5', '5'],
  ] as const)('of the %s %s is %j', (type, text, value) => {
    expect(readValue(type, text)).toBe(value);
  });

  it('loses no digit', async () => {
    for (const type of columnTypes) {
      await holds(fitting(type), (text) => {
        const canonical = canonicalText(type, text)!;
        expect(canonicalText(type, String(readValue(type, canonical)))).toBe(canonical);
      });
    }
  });
});

describe('the order of values', () => {
  it('is total: of each two one comes first or they are equal, and it is the same for all three', async () => {
    for (const type of columnTypes) {
      const canonical = fitting(type).map((text) => canonicalText(type, text)!);
      await holds(fc.tuple(canonical, canonical, canonical), ([a, b, c]) => {
        expect(Math.sign(compareTexts(type, a, b))).toBe(-Math.sign(compareTexts(type, b, a)) + 0);
        expect(compareTexts(type, a, b) === 0).toBe(a === b);
        if (compareTexts(type, a, b) <= 0 && compareTexts(type, b, c) <= 0) expect(compareTexts(type, a, c)).toBeLessThanOrEqual(0);
      });
    }
  });

  it.each([
    ['integer', (text: string) => BigInt(text)],
    ['float', (text: string) => Number(text)],
    ['date', (text: string) => Date.parse(text)],
    ['timestamp', (text: string) => micros(text)],
    ['numeric', (text: string) => billionths(text)],
  ] as const)('of the type %s is that of the values', (type, value) =>
    holds(fc.tuple(fitting(type), fitting(type)), ([first, second]) => {
      const [a, b] = [canonicalText(type, first)!, canonicalText(type, second)!];
      const expected = value(a) < value(b) ? -1 : Number(value(a) > value(b));
      expect(Math.sign(compareTexts(type, a, b))).toBe(expected);
    }),
  );

  it('of strings is that of their UTF-8 bytes', () =>
    holds(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), ([a, b]) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }));

  it('puts emoji behind every letter of the basic plane', () => {
    expect(compareCodePoints('\uffee', '🐎')).toBeLessThan(0);
    expect(compareCodePoints('🐎a', '🐎')).toBeGreaterThan(0);
    expect(compareCodePoints('a', 'a')).toBe(0);
  });
});

const year = { min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true };

/** Texts that fit a type, in all their spellings. */
function fitting(type: ColumnType): Arbitrary<string> {
  if (type === 'string') return fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  if (type === 'date') return fc.date(year).map((date) => date.toISOString().slice(0, 10));
  return respelled(type).map(([, text]) => text);
}

/** Two spellings of one value. */
function respelled(type: Exclude<ColumnType, 'string' | 'date'>): Arbitrary<[string, string]> {
  const zeros = fc.nat(4).map((count) => '0'.repeat(count));
  const signed = (digits: string, more: string) => (digits.startsWith('-') ? `-${more}${digits.slice(1)}` : `${more}${digits}`);
  switch (type) {
    case 'integer':
      return fc
        .tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), zeros)
        .map(([value, more]) => [String(value), signed(String(value), more)]);
    case 'numeric':
      return fc
        .tuple(fc.bigInt({ min: -(10n ** 29n) + 1n, max: 10n ** 29n - 1n }), fc.nat(999_999_999), zeros, zeros)
        .map(([whole, part, before, after]) => {
          const fraction = String(part).padStart(9, '0');
          return [`${whole}.${fraction}`, `${signed(String(whole), before)}.${fraction}${after}`];
        });
    case 'float':
      return fc
        .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), zeros)
        .map(([value, more]) => [String(value), signed(String(value), more)]);
    case 'boolean':
      return fc.constantFrom(['true', 'TRUE'], ['true', '1'], ['false', 'False'], ['false', '0']);
    case 'timestamp':
      return fc.tuple(fc.date(year), fc.nat(999), fc.integer({ min: -15 * 60 + 1, max: 15 * 60 - 1 })).map(([date, more, offset]) => {
        const fraction = `${date.toISOString().slice(20, 23)}${String(more).padStart(3, '0')}`;
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'));
        return [
          `${date.toISOString().slice(0, 19)}.${fraction}Z`,
          `${local.replace('T', ' ')}.${fraction}${offset < 0 ? '-' : '+'}${hours}:${minutes}`,
        ];
      });
  }
}

function micros(timestamp: string): bigint {
  const [, whole = '', fraction = ''] = /^(.{19})\.?(\d*)Z$/.exec(timestamp)!;
  return BigInt(Date.parse(`${whole}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'));
}

function billionths(numeric: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(numeric)!;
  const value = BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, '0'));
  return sign ? -value : value;
}
