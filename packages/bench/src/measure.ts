/** Seconds that something takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

export interface TurnOptions {
  /** Before each round; not counted. */
  readonly prepare?: (round: number) => Promise<void>;
  /** Rounds at first that are not counted, where what is measured would still be compiled. A service runs for longer. Default 0. */
  readonly uncounted?: number;
}

/** Median seconds of two things, done in turn `rounds` times, each going first every other time. */
export async function alternating(
  rounds: number,
  one: (round: number) => Promise<unknown>,
  other: (round: number) => Promise<unknown>,
  options: TurnOptions = {},
): Promise<[number, number]> {
  const [first, second] = await inTurns(rounds, [one, other], options);
  return [first!, second!];
}

/** The same of any number of things; each goes first in its turn. */
export async function inTurns(
  rounds: number,
  works: readonly ((round: number) => Promise<unknown>)[],
  { prepare = async () => {}, uncounted = 0 }: TurnOptions = {},
): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < uncounted + rounds; round++) {
    await prepare(round);
    for (let turn = 0; turn < works.length; turn++) {
      const which = (round + turn) % works.length;
      times[which]!.push(await seconds(() => works[which]!(round)));
    }
  }
  return times.map((each) => median(each.slice(uncounted)));
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
