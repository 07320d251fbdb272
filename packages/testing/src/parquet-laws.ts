import assert from 'node:assert/strict';
import { isDaybookError } from '@daybook/core';
import fc from 'fast-check';
import { type Law, law } from './law';
import { longDecimal, type ParquetSample, readableParquet, unfitParquet } from './parquet-samples';
import { property } from './property';
import { TableDriver } from './table-driver';

/** Parquet files of other programs: a value is exact or refused, and a broken file breaks nothing but its load. */
export const parquetLaws: readonly Law[] = [
  ...readableParquet.map((sample) =>
    law(`reads ${sample.title} of Parquet exactly`, async ({ tables }) => {
      const table = new TableDriver(tables, [`value:${sample.type}`]);
      await using staged = await table.stage({ parquet: bytesOf(sample) });
      assert.deepEqual(staged.types, [sample.type]);
      await table.load({ parquet: bytesOf(sample) });
      assert.deepEqual((await table.tuples()).flat(), sample.values);
    }),
  ),

  ...unfitParquet.map((sample) =>
    law(`refuses ${sample.title} in Parquet, or takes it for null when told so`, async ({ tables }) => {
      const table = new TableDriver(tables, [`value:${sample.type}`]);
      const { line, column, value } = await table.refused('INVALID_VALUE', { parquet: bytesOf(sample) });
      assert.deepEqual([line, column, value], [2, 'value', sample.value]);
      await table.load({ parquet: bytesOf(sample) }, { csv: { nullValues: ['none', sample.value] } });
      const values = (await table.tuples()).flat();
      assert.deepEqual([values.length, values[1]], [2, null]);

      const texts = new TableDriver(tables, ['value']);
      await texts.load({ parquet: bytesOf(sample) });
      assert.equal((await texts.tuples()).flat()[1], sample.value);
    }),
  ),

  law('reads a decimal of more than 38 digits exactly, or refuses it', async ({ tables }) => {
    const table = new TableDriver(tables, ['value']);
    const source = { parquet: Buffer.from(longDecimal, 'base64') };
    try {
      await table.load(source);
    } catch (error) {
      if (!isDaybookError(error, 'INVALID_VALUE')) throw error;
      assert.deepEqual([error.details.line, error.details.column], [1, 'value']);
      return;
    }
    assert.deepEqual(await table.tuples(), [[`1${'0'.repeat(38)}.01`]]);
  }),

  property(
    'reads or refuses Parquet in which bytes were changed or lost, and goes on',
    fc.record({
      sample: fc.constantFrom(...readableParquet),
      changes: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), byte: fc.nat(255) }), {
        maxLength: 3,
      }),
      // The end, or what is before it.
      fromEnd: fc.boolean(),
      kept: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }),
    }),
    async ({ tables }, { sample, changes, fromEnd, kept }) => {
      const whole = bytesOf(sample);
      for (const { at, byte } of changes) whole[Math.floor(at * whole.length)] = byte;
      const length = Math.floor(kept * whole.length);
      const parquet = fromEnd ? whole.subarray(whole.length - length) : whole.subarray(0, length);
      const table = new TableDriver(tables, []);
      try {
        await table.load({ parquet });
      } catch (error) {
        if (!isDaybookError(error, 'MALFORMED_INPUT') && !isDaybookError(error, 'INVALID_VALUE')) throw error;
        assert.deepEqual(await table.storedParts(), []);
        return;
      }
      await table.rows();
      await tables.erase(table.data.project);
    },
    100,
  ),
];

function bytesOf({ base64 }: ParquetSample): Buffer {
  return Buffer.from(base64, 'base64');
}
