import type { CsvOptions } from '@daybook/core';
import { cutCsv, cutInto, json, size } from '@daybook/testing';
import fc, { type Arbitrary } from 'fast-check';
import { describe, it } from 'vitest';
import { agree, outcome, timeout } from './agree.fixture';

describe('what DuckDB makes of a text is what memory makes of it', () => {
  /** Something put into a text, from so far before where it would be read on. */
  const spoiled = fc.tuple(
    cutCsv(),
    fc.option(
      fc.record({
        what: fc.constantFrom('"', "'", ',', '\n', '\r', ' ', '\0', '"x', ' "', '" ', '\r\n', ''),
        from: fc.nat(),
        to: fc.nat(1),
      }),
    ),
    fc.constantFrom<CsvOptions>({}, {}, {}, { enclosure: '' }, { escapedBy: '\\', enclosure: '' }, { nullValues: ['r'] }, { skipLines: 1 }),
  );

  it('CSV', { timeout }, async () => {
    await agree(spoiled, (tables, [{ csv, options, header, cuts }, spoil, more]) => {
      const at = spoil ? spoil.from % (csv.length + 1) : 0;
      const text = spoil ? csv.slice(0, at) + spoil.what + csv.slice(at + spoil.to) : csv;
      return outcome(tables, header, () => ({ csv: cutInto(text, cuts) }), { ...options, ...more });
    });
  });

  const key = fc.constantFrom('a', 'b', '\u0061', '10', '__proto__', 'constructor');
  const number = fc.constantFrom('0', '-0', '1.50', '1e400', '12345678901234567890.123456789', '-1E-7');
  /** JSON as it may be written: keys twice, blanks, numbers of any length. */
  const { value, object } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      json().map((one) => JSON.stringify(one)),
      number,
      jsonList(tie('value')),
      tie('object'),
    ),
    object: fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, text]) => ` "${name}" :\t${text}`).join(',')}}`),
  }));
  const long = fc.tuple(json(), size()).map(([one, length]) => JSON.stringify([one, '\\"'.repeat(length / 8), 'x'.repeat(length)]));
  const line = fc.oneof(
    { weight: 4, arbitrary: object },
    { weight: 1, arbitrary: long.map((text) => `{"a":${text}}`) },
    { weight: 1, arbitrary: value },
  );

  it('NDJSON', { timeout }, async () => {
    const texts = fc.tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\n\n'), fc.array(size(), { maxLength: 3 }));
    await agree(texts, (tables, [lines, end, cuts]) =>
      outcome(tables, ['a'], () => ({ ndjson: cutInto(['{"a":1}', ...lines].join(end), cuts) })),
    );
  });
});

function jsonList(values: Arbitrary<string>): Arbitrary<string> {
  return fc.array(values, { maxLength: 3 }).map((texts) => `[${texts.join(' , ')}]`);
}
