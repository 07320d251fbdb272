import fc, { type Arbitrary } from 'fast-check';
import { identifier, literal } from './sql';

/** A value as DuckDB is told of it, as the text that a column of it reads, and as JSON where it is inside of another one. */
export interface Sample {
  readonly sql: string;
  readonly text: string;
  readonly json: string;
}

/** A type of DuckDB's, and values of it. */
export interface SampleType {
  readonly type: string;
  readonly values: Arbitrary<Sample>;
}

function whole(type: string, bits: number, isSigned: boolean): SampleType {
  const [min, max] = isSigned ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  const numbers = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n));
  return { type, values: numbers.map((number) => token(type, String(number))) };
}

function decimal(precision: number, scale: number): SampleType {
  const [type, most] = [`DECIMAL(${precision},${scale})`, 10n ** BigInt(precision) - 1n];
  const numbers = fc.oneof(fc.bigInt({ min: -most, max: most }), fc.constantFrom(0n, most, -most, 1n));
  return { type, values: numbers.map((unscaled) => token(type, scaled(unscaled, scale))) };
}

function float(type: 'FLOAT' | 'DOUBLE', numbers: Arbitrary<number>): SampleType {
  const sample = (text: string) => (/^[NI-]+[a-z]/.test(text) ? quoted(`${literal(text)}::${type}`, text) : token(type, text));
  return { type, values: numbers.map((number) => sample(String(number === 0 ? 0 : number))) };
}

/** Years -3506 to 10457, and infinity. */
const dates: SampleType = {
  type: 'DATE',
  values: fc.oneof(
    fc
      .oneof(fc.integer({ min: -2_000_000, max: 3_100_000 }), fc.constantFrom(-719_162, -719_163, 2_932_896, 2_932_897))
      .map((days) => quoted(`DATE '1970-01-01' + ${days}::INTEGER`, new Date(days * 86_400_000).toISOString().split('T')[0]!)),
    infinite('DATE'),
  ),
};

/** `make`: from so many parts of a second since 1970, of so many digits, to SQL. */
function instants(type: string, digits: number, make: (count: bigint) => string): SampleType {
  const perSecond = 10n ** BigInt(digits);
  const edge = (iso: string) => (BigInt(Date.parse(iso)) / 1000n) * perSecond;
  // Nanoseconds last from 1677 to 2262.
  const [least, most] = digits === 9 ? [edge('1678-01-01'), edge('2262-01-01')] : [edge('-003000-01-01'), edge('+011000-01-01')];
  const [first, last] = digits === 9 ? [least, most] : [edge('0001-01-01'), edge('+010000-01-01')];
  const counts = fc.oneof(
    fc.bigInt({ min: least, max: most }),
    fc.bigInt({ min: -2000n, max: 2000n }),
    fc.bigInt({ min: edge('2024-01-01') / perSecond, max: edge('2025-01-01') / perSecond }).map((seconds) => seconds * perSecond),
    fc.constantFrom(first, first - 1n, last, last - 1n),
  );
  const values = counts.map((count) => {
    const fraction = ((count % perSecond) + perSecond) % perSecond;
    const second = new Date(Number((count - fraction) / perSecond) * 1000).toISOString().replace('.000Z', '');
    return quoted(make(count), `${second}${scaled(fraction, digits).slice(1)}Z`);
  });
  return { type, values: fc.oneof(values, infinite(type)) };
}

const times: SampleType = {
  type: 'TIME',
  values: fc.bigInt({ min: 0n, max: 86_399_999_999n }).map((micros) => {
    const second = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(11, 19);
    return quoted(`TIME '00:00:00' + to_microseconds(${micros})`, `${second}${scaled(micros % 1_000_000n, 6).slice(1)}`);
  }),
};

/** Those that are text for UTF-8, too. */
const texts = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));

const strings: SampleType = { type: 'VARCHAR', values: texts.map((text) => quoted(literal(text), text)) };

export const plainTypes: readonly SampleType[] = [
  whole('TINYINT', 8, true),
  whole('SMALLINT', 16, true),
  whole('INTEGER', 32, true),
  whole('BIGINT', 64, true),
  whole('UTINYINT', 8, false),
  whole('USMALLINT', 16, false),
  whole('UINTEGER', 32, false),
  whole('UBIGINT', 64, false),
  decimal(4, 1),
  decimal(9, 9),
  decimal(18, 4),
  decimal(18, 10),
  decimal(38, 0),
  decimal(38, 9),
  decimal(38, 30),
  decimal(38, 38),
  float('DOUBLE', fc.double()),
  float('FLOAT', fc.float()),
  { type: 'BOOLEAN', values: fc.boolean().map((is) => token('BOOLEAN', String(is))) },
  strings,
  { type: 'BLOB', values: texts.map((text) => quoted(`encode(${literal(text)})`, text)) },
  { type: 'UUID', values: fc.uuid().map((text) => quoted(`${literal(text)}::UUID`, text)) },
  dates,
  times,
  instants('TIMESTAMP', 6, (count) => `make_timestamp(${count})`),
  instants('TIMESTAMP WITH TIME ZONE', 6, (count) => `make_timestamp(${count})::TIMESTAMP WITH TIME ZONE`),
  instants('TIMESTAMP_MS', 3, (count) => `make_timestamp_ms(${count})::TIMESTAMP_MS`),
  instants('TIMESTAMP_NS', 9, (count) => `make_timestamp_ns(${count})`),
];

const depths = { depthSize: 'small', maxDepth: 3 } as const;
const names = fc.uniqueArray(fc.constantFrom('a', 'b', '__proto__', 'list', 'element', 'array', 'key', 'a.b', 'constructor', '1'), {
  minLength: 1,
  maxLength: 3,
});

/** Lists, structures and maps, of one another and of plain values. */
export const nestedTypes: Arbitrary<SampleType> = fc.letrec<{ nested: SampleType; any: SampleType }>((tie) => ({
  any: fc.oneof(depths, fc.constantFrom(...plainTypes), tie('nested')),
  nested: fc.oneof(
    depths,
    tie('any').map(listOf),
    fc.tuple(fc.constantFrom(strings, whole('INTEGER', 32, true)), tie('any')).map(mapOf),
    structs(tie('any')),
  ),
})).nested;

function listOf({ type, values }: SampleType): SampleType {
  const items = fc.array(orNull({ type, values }), { maxLength: 3 });
  return nested(`${type}[]`, items, (list) => ({
    sql: `[${list.map(({ sql }) => sql).join(', ')}]`,
    json: `[${list.map(({ json }) => json).join(',')}]`,
  }));
}

function mapOf([key, value]: [SampleType, SampleType]): SampleType {
  const entries = fc.uniqueArray(fc.tuple(key.values, orNull(value)), { maxLength: 3, selector: ([{ text }]) => text });
  return nested(`MAP(${key.type}, ${value.type})`, entries, (all) => ({
    sql: `MAP {${all.map(([one, other]) => `${one.sql}: ${other.sql}`).join(', ')}}`,
    json: `{${all.map(([one, other]) => `${JSON.stringify(one.text)}:${other.json}`).join(',')}}`,
  }));
}

function structs(field: Arbitrary<SampleType>): Arbitrary<SampleType> {
  return names.chain((all) =>
    fc.tuple(...all.map(() => field)).map((fields) => {
      const type = `STRUCT(${all.map((name, i) => `${identifier(name)} ${fields[i]!.type}`).join(', ')})`;
      return nested(type, fc.tuple(...fields.map(orNull)), (values) => ({
        sql: `{${all.map((name, i) => `${identifier(name)}: ${values[i]!.sql}`).join(', ')}}`,
        json: `{${all.map((name, i) => `${JSON.stringify(name)}:${values[i]!.json}`).join(',')}}`,
      }));
    }),
  );
}

function nested<T>(type: string, values: Arbitrary<T>, sampleOf: (value: T) => { sql: string; json: string }): SampleType {
  const sample = (value: T) => {
    const { sql, json } = sampleOf(value);
    return { sql: `CAST(${sql} AS ${type})`, text: json, json };
  };
  return { type, values: values.map(sample) };
}

function orNull({ type, values }: SampleType): Arbitrary<Sample> {
  return fc.option(values, { nil: { sql: `CAST(NULL AS ${type})`, text: '', json: 'null' }, freq: 4 });
}

function infinite(type: string): Arbitrary<Sample> {
  return fc.constantFrom('infinity', '-infinity').map((text) => quoted(`${literal(text)}::${type}`, text));
}

function token(type: string, text: string): Sample {
  return { sql: `${literal(text)}::${type}`, text, json: text };
}

function quoted(sql: string, text: string): Sample {
  return { sql, text, json: JSON.stringify(text) };
}

/** Without zeros at the end of a fraction. */
function scaled(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const [units, fraction] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale).replace(/0+$/, '')];
  return `${unscaled < 0n ? '-' : ''}${units}${fraction && `.${fraction}`}`;
}
