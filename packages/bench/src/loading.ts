import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCsv, rewrite, rows, withDuckdb } from './duckdb';
import { type Suite, shareOf, timesQuicker } from './figure';
import { alternating, say } from './measure';
import { inFolder, inProject } from './workplace';

const count = 1_000_000;
const rounds = 5;

/** Rows in and out, beside DuckDB doing the same with files. */
export const loading: Suite = {
  figures: ['load-1m-rows', 'load-1m-rows-with-key', 'load-10k-rows-into-1m', 'export-1m-rows'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, (project) =>
        withDuckdb(async (duckdb) => {
          const file = (name: string) => join(folder, name);
          const csv = file('rows.csv');
          await duckdb.run(`COPY (${rows(count)}) TO '${csv}' (FORMAT csv, HEADER)`);
          const megabytes = (await stat(csv)).size / 1e6;
          say(`loading a CSV of ${count} rows, ${Math.round(megabytes)} MB`);

          for (const primaryKey of [[], ['id']]) {
            const name = primaryKey.length === 0 ? 'load-1m-rows' : 'load-1m-rows-with-key';
            const [ours, bare] = await alternating(
              rounds,
              (round) =>
                project.createTable(`in.c-main.rows_${primaryKey.length}_${round}`, { from: { csv: createReadStream(csv) }, primaryKey }),
              () => duckdb.run(`COPY (SELECT * FROM ${readCsv(csv)}) TO '${file('rows.parquet')}' (FORMAT parquet, COMPRESSION zstd)`),
            );
            const figure = { name, value: megabytes / ours, unit: 'MB/s', goal: '>= 0.6' };
            report(shareOf({ ...figure, rival: { name: 'DuckDB, CSV to Parquet', value: megabytes / bare } }));
          }

          const table = project.table('in.c-main.rows_1_0');
          const [loads, rewrites] = await alternating(
            rounds,
            async (round) => {
              const some = file(`some-${round}.csv`);
              await table.load({ csv: createReadStream(some) }, { mode: 'incremental' });
            },
            (round) => duckdb.run(rewrite(file('rows.parquet'), readCsv(file(`some-${round}.csv`)), file('rewritten.parquet'))),
            {
              async prepare(round) {
                const some = rows(10_000, { apart: 150, salt: String(round) });
                await duckdb.run(`COPY (${some}) TO '${file(`some-${round}.csv`)}' (FORMAT csv, HEADER)`);
              },
            },
          );
          report(
            timesQuicker({
              ...{ name: 'load-10k-rows-into-1m', value: loads, unit: 's', goal: '>= 0.6' },
              rival: { name: 'DuckDB, rewriting the table', value: rewrites },
            }),
          );

          const whole = project.table('in.c-main.rows_1_1');
          const [out, bareOut] = await alternating(
            rounds,
            () => whole.export({ csv: createWriteStream(file('out.csv')) }),
            () => duckdb.run(`COPY (SELECT * FROM read_parquet('${file('rows.parquet')}')) TO '${file('bare.csv')}' (FORMAT csv, HEADER)`),
          );
          report(
            shareOf({
              ...{ name: 'export-1m-rows', value: megabytes / out, unit: 'MB/s', goal: '>= 0.6' },
              rival: { name: 'DuckDB, Parquet to CSV', value: megabytes / bareOut },
            }),
          );
          await rm(csv);
        }),
      ),
    ),
};
