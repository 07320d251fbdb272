import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rows, withDuckdb } from './duckdb';
import { type Suite, shareOf } from './figure';
import { say } from './measure';
import { inFolder } from './workplace';

const count = 1_000_000;

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
      const peak = (csv: string, size: number) => {
        say(`loading ${size} rows in a process of its own`);
        return peakMegabytes(csv, join(folder, `book-of-${size}`));
      };
      const rival = { name: `a load of ${count} rows`, value: await peak(small, count) };
      const value = await peak(large, 4 * count);
      report(shareOf({ name: 'peak-memory-of-a-load-four-times-larger', value, unit: 'MB', goal: '<= 1.3', rival }));
    }),
};

async function peakMegabytes(csv: string, book: string): Promise<number> {
  const program = fileURLToPath(new URL('./load-in-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, csv, book]);
  return Number(stdout) / 1_024;
}
