import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Project, Table } from '@daybook/core';
import { rows, withDuckdb } from './duckdb';
import { type Suite, shareOf } from './figure';
import { alternating, say } from './measure';
import { inFolder, inProject } from './workplace';

const rounds = 40;

/** What writes no data costs the same, whatever the table's size. */
export const constantTime: Suite = {
  figures: ['snapshot-of-1m-rows', 'revert-of-1m-rows', 'copy-of-1m-rows'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, async (project) => {
        say('snapshots, reverts and copies of 1,000,000 rows and of 100');
        const large = await tableOf(project, folder, 'large', 1_000_000);
        const small = await tableOf(project, folder, 'small', 100);
        const works: Readonly<Record<string, (table: Table, round: number) => Promise<unknown>>> = {
          snapshot: (table) => table.snapshot(),
          // There and back again: what is so already needs no revert.
          revert: (table, round) => table.revert({ version: round % 2 === 0 ? 1 : 2 }),
          copy: (table, round) => project.copyTable({ from: { table: table.id }, to: `${table.id}_${round}` }),
        };
        for (const [name, work] of Object.entries(works)) {
          const [onLarge, onSmall] = await alternating(
            rounds,
            (round) => work(large, round),
            (round) => work(small, round),
          );
          const figure = { name: `${name}-of-1m-rows`, value: onLarge * 1_000, unit: 'ms', goal: '<= 1.5' };
          report(shareOf({ ...figure, rival: { name: 'the same of 100 rows', value: onSmall * 1_000 } }));
        }
      }),
    ),
};

async function tableOf(project: Project, folder: string, name: string, count: number): Promise<Table> {
  const path = join(folder, `${name}.parquet`);
  await withDuckdb((duckdb) => duckdb.run(`COPY (${rows(count)}) TO '${path}' (FORMAT parquet)`));
  const table = await project.createTable(`in.c-main.${name}`, { from: { parquet: createReadStream(path) }, primaryKey: ['id'] });
  await table.addColumn({ name: 'second_version' });
  return table;
}
