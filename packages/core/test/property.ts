import fc, { type Arbitrary } from 'fast-check';

/**
 * Holds a check against random values. fast-check's report names the seed; `DAYBOOK_SEED` begins with one, and `DAYBOOK_RUNS`
 * multiplies how often each property is tried (default 1).
 */
export async function holds<T>(values: Arbitrary<T>, check: (value: T) => void | Promise<void>, numRuns = 100): Promise<void> {
  const seed = numberFrom('DAYBOOK_SEED');
  const property = fc.asyncProperty(values, async (value) => {
    await check(value);
  });
  await fc.assert(property, { numRuns: Math.ceil(numRuns * (numberFrom('DAYBOOK_RUNS') ?? 1)), ...(seed !== undefined && { seed }) });
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new TypeError(`${variable} is not a number: ${text}`);
  return number;
}
