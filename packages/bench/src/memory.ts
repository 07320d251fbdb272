import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rows, withDuckdb } from './duckdb';
import { type Suite, shareOf } from './figure';
import { median, say } from './measure';
import { inFolder } from './workplace';

const count = 1_000_000;
const times = 3;

/** Input is streamed: four times as much of it takes hardly more memory. */
export const memory: Suite = {
  figures: ['peak-memory-of-a-load-four-times-larger'],
  run: (report) =>
    inFolder(async (folder) => {
      const [small, large] = [join(folder, 'small.csv'), join(folder, 'large.csv')];
      await withDuckdb(async (duckdb) => {
        await duckdb.run(`COPY (${rows(count)}) TO '${small}' (FORMAT csv, HEADER)`);
        await duckdb.run(`COPY (${rows(4 * count)}) TO '${large}' (FORMAT csv, HEADER)`);
      });
      const peaks: Record<string, number[]> = { [small]: [], [large]: [] };
      for (let time = 0; time < times; time++) {
        for (const csv of [small, large]) {
          say(`loading ${csv === small ? count : 4 * count} rows in a process of its own`);
          peaks[csv]!.push(await peakMegabytes(csv, join(folder, `book-${time}-${csv === small ? 'small' : 'large'}`)));
        }
      }
      report(
        shareOf({
          ...{ name: 'peak-memory-of-a-load-four-times-larger', value: median(peaks[large]!), unit: 'MB', goal: '<= 1.3' },
          rival: { name: `a load of ${count} rows`, value: median(peaks[small]!) },
        }),
      );
    }),
};

async function peakMegabytes(csv: string, book: string): Promise<number> {
  const program = fileURLToPath(new URL('./load-in-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, csv, book]);
  return Number(stdout) / 1_024;
}
