import type { Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, law } from './law';

/**
 * A law about random values, all tried on one storage. fast-check's report names the seed; `DAYBOOK_SEED` begins with one, and
 * `DAYBOOK_RUNS` multiplies how often each property is tried (default 1).
 */
export function property<T>(title: string, values: Arbitrary<T>, holds: (storage: Storage, value: T) => Promise<void>, numRuns = 50): Law {
  return law(title, async (storage) => {
    const seed = numberFrom('DAYBOOK_SEED');
    await fc.assert(
      fc.asyncProperty(values, (value) => holds(storage, value)),
      { numRuns: Math.ceil(numRuns * (numberFrom('DAYBOOK_RUNS') ?? 1)), ...(seed === undefined ? {} : { seed }) },
    );
  });
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new TypeError(`${variable} is not a number: ${text}`);
  return number;
}
