import type { Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { type Law, law, type Subject } from './law';

/**
 * A law about random values, all tried on one storage. fast-check's report names the seed; `DAYBOOK_SEED` begins with one, and
 * `DAYBOOK_RUNS` multiplies how often each property is tried (default 1).
 */
export function property<T>(title: string, values: Arbitrary<T>, holds: (storage: Storage, value: T) => Promise<void>, numRuns = 50): Law {
  return law(title, (storage) => tryAll(values, (value) => holds(storage, value), numRuns));
}

/** The same, each value on a storage of its own. */
export function freshProperty<T>(
  title: string,
  values: Arbitrary<T>,
  holds: (storage: Storage, value: T) => Promise<void>,
  numRuns: number,
): Law {
  const holdsAnew = ({ open }: Subject) => {
    return async (value: T) => {
      await using storage = await open();
      await holds(storage, value);
    };
  };
  return { title, check: (subject) => tryAll(values, holdsAnew(subject), numRuns) };
}

async function tryAll<T>(values: Arbitrary<T>, holds: (value: T) => Promise<void>, numRuns: number): Promise<void> {
  const seed = numberFrom('DAYBOOK_SEED');
  await fc.assert(fc.asyncProperty(values, holds), {
    numRuns: Math.ceil(numRuns * (numberFrom('DAYBOOK_RUNS') ?? 1)),
    ...(seed === undefined ? {} : { seed }),
  });
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new TypeError(`${variable} is not a number: ${text}`);
  return number;
}
