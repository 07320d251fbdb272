import { assertNever } from '../message';

/** What a column can hold. Both table engines follow the grammar below to the letter. */
export const columnTypes = ['string', 'integer', 'numeric', 'float', 'boolean', 'date', 'timestamp'] as const;
export type ColumnType = (typeof columnTypes)[number];

/**
 * A value as users read and write it. Integer and numeric are numbers where that loses no digit, else strings; dates are `YYYY-MM-DD`,
 * timestamps ISO 8601 UTC (`2026-11-01T10:00:00Z`, up to six digits of a second, no trailing zeros).
 */
export type Value = string | number | boolean | null;

/**
 * The texts that each type accepts, as regular expressions that ECMAScript and RE2 read alike. They are matched whole, after no trimming.
 * Beyond them: integers fit 64 bits; numerics have at most 29 digits before the point and 9 after it (zeros aside); floats are finite;
 * dates and timestamps exist in the proleptic Gregorian calendar, years 0001 to 9999; a timestamp without an offset is UTC, a second of 60 does not exist.
 */
export const valuePatterns: Readonly<Record<Exclude<ColumnType, 'string'>, string>> = {
  integer: '[+-]?[0-9]{1,40}',
  numeric: '[+-]?([0-9]{1,60}(\\.[0-9]{0,60})?|\\.[0-9]{1,60})',
  float: '[+-]?([0-9]{1,400}(\\.[0-9]{0,400})?|\\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?',
  boolean: '[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|0|1',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
  timestamp: '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?',
};

const patterns = Object.fromEntries(Object.entries(valuePatterns).map(([type, source]) => [type, new RegExp(`^(?:${source})$`)])) as Record<
  keyof typeof valuePatterns,
  RegExp
>;

const minInteger = -(2n ** 63n);
const maxInteger = 2n ** 63n - 1n;

/**
 * The one text that stands for a value of this type: equal values have equal texts. Undefined when the text does not fit the type.
 * A NUL character fits no type.
 */
export function canonicalText(type: ColumnType, text: string): string | undefined {
  if (type === 'string') return text.includes('\0') ? undefined : text;
  if (!patterns[type].test(text)) return undefined;
  switch (type) {
    case 'integer':
      return canonicalInteger(text);
    case 'numeric':
      return canonicalNumeric(text);
    case 'float':
      return canonicalFloat(text);
    case 'boolean':
      return String(text === '1' || text.toLowerCase() === 'true');
    case 'date':
      return isDate(text) ? text : undefined;
    case 'timestamp':
      return canonicalTimestamp(text);
    default:
      return assertNever(type);
  }
}

/** From a canonical text to what users read. */
export function readValue(type: ColumnType, text: string): Value {
  switch (type) {
    case 'string':
    case 'date':
    case 'timestamp':
      return text;
    case 'boolean':
      return text === 'true';
    case 'float':
      return Number(text);
    case 'integer':
    case 'numeric': {
      const number = Number(text);
      return String(number) === text ? number : text;
    }
    default:
      return assertNever(type);
  }
}

/** Orders two canonical texts of a type: negative, zero or positive. */
export function compareTexts(type: ColumnType, a: string, b: string): number {
  switch (type) {
    case 'string':
      return compareCodePoints(a, b);
    case 'date':
      return a < b ? -1 : Number(a > b);
    case 'boolean':
      return Number(a === 'true') - Number(b === 'true');
    case 'float':
      return Number(a) - Number(b);
    case 'integer':
    case 'numeric': {
      const difference = scaled(a) - scaled(b);
      return difference < 0n ? -1 : Number(difference > 0n);
    }
    case 'timestamp': {
      // Without the Z the longer fraction is the later one: 10:00:00 < 10:00:00.5
      const [x, y] = [a.slice(0, -1), b.slice(0, -1)];
      return x < y ? -1 : Number(x > y);
    }
    default:
      return assertNever(type);
  }
}

/** By code point, as UTF-8 bytes compare; UTF-16 puts emoji before some letters. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const [xHigh, yHigh] = [isSurrogate(x), isSurrogate(y)];
    return xHigh === yHigh ? x - y : Number(xHigh) - Number(yHigh);
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function canonicalInteger(text: string): string | undefined {
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= minInteger && value <= maxInteger ? String(value) : undefined;
}

function canonicalNumeric(text: string): string | undefined {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = whole.replace(/^0+/, '');
  const decimals = fraction.replace(/0+$/, '');
  if (digits.length > 29 || decimals.length > 9) return undefined;
  const body = `${digits || '0'}${decimals && `.${decimals}`}`;
  return negative && body !== '0' ? `-${body}` : body;
}

function canonicalFloat(text: string): string | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? String(value === 0 ? 0 : value) : undefined;
}

function isDate(text: string): boolean {
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

const timestampParts = /^(.{10})(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):?(\d\d))?)?$/;

function canonicalTimestamp(text: string): string | undefined {
  const [, date = '', hour = '00', minute = '00', second = '00', fraction = '', sign, offsetHour = '00', offsetMinute = '00'] =
    timestampParts.exec(text) ?? [];
  if (!isDate(date) || hour > '23' || minute > '59' || second > '59' || offsetHour > '15' || offsetMinute > '59') return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -60_000 : 60_000);
  const utc = new Date(Date.parse(`${date}T${hour}:${minute}:${second}Z`) - offset);
  const year = utc.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  const decimals = fraction.replace(/0+$/, '');
  return `${utc.toISOString().slice(0, 19)}${decimals && `.${decimals}`}Z`;
}

/** A canonical numeric as a whole number of billionths. */
function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}
