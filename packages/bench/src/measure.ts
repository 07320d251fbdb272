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
  const [first, second] = await inTurns(rounds, [one, other], prepare);
  return [first!, second!];
}

/** The same of any number of things; each goes first in its turn. */
export async function inTurns(
  rounds: number,
  works: readonly ((round: number) => Promise<unknown>)[],
  prepare: (round: number) => Promise<void> = async () => {},
): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    await prepare(round);
    for (let turn = 0; turn < works.length; turn++) {
      const which = (round + turn) % works.length;
      times[which]!.push(await seconds(() => works[which]!(round)));
    }
  }
  return times.map(median);
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
