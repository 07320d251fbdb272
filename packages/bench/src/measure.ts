/** Seconds that something takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

/**
 * Median seconds of two things, done in turn `rounds` times, each going first every other time. What `prepare` does before each round is not
 * counted.
 */
export async function alternating(
  rounds: number,
  one: (round: number) => Promise<unknown>,
  other: (round: number) => Promise<unknown>,
  prepare: (round: number) => Promise<void> = async () => {},
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    await prepare(round);
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      times[which].push(await seconds(() => (which === 0 ? one : other)(round)));
    }
  }
  return [median(times[0]), median(times[1])];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Says on stderr what is going on. */
export function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
