import { type Column, canonicalText, columnTypes } from '@daybook/core';
import { inMemory, openParquet } from '@daybook/parquet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeParquet } from './parquet';

describe('a Parquet file of ours', () => {
  const columns = columnTypes.map((type): Column => ({ id: type, name: `a ${type}`, type, nullable: true }));
  const bounded = (max: bigint) => fc.bigInt({ min: -max, max });
  const instants = fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true });
  const texts = {
    string: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    integer: bounded(2n ** 63n - 1n).map(String),
    numeric: fc.tuple(bounded(10n ** 29n - 1n), fc.nat(999_999_999)).map(([whole, part]) => `${whole}.${String(part).padStart(9, '0')}`),
    float: fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
    boolean: fc.boolean().map(String),
    date: instants.map((at) => at.toISOString().slice(0, 10)),
    timestamp: fc
      .tuple(instants, fc.nat(999_999))
      .map(([at, micros]) => `${at.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`),
  };
  const row = fc.tuple(
    ...columnTypes.map((type) =>
      fc.option(
        texts[type].map((text) => canonicalText(type, text)!),
        { nil: null },
      ),
    ),
  );

  it('keeps every value of every type, and nulls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const file = await openParquet(inMemory(writeParquet(columns, rows)));
        expect(file.columns.map(({ name, type }) => [name, type])).toEqual(columns.map(({ name, type }) => [name, type]));
        const groups: unknown[] = [];
        for await (const group of file.read()) groups.push(...group);
        expect(groups).toEqual(rows);
      }),
    );
  });
});
