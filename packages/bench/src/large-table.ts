import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Project, Table } from '@daybook/core';
import type { DuckDBConnection } from '@duckdb/node-api';
import { readCsv, rewrite, rows, withDuckdb } from './duckdb';
import { alone, type Suite, shareOf, timesQuicker } from './figure';
import { alternating, median, say, seconds } from './measure';
import { inFolder, inProject } from './workplace';

const large = 10_000_000;
const small = 100_000;
const rounds = 5;

/** The cost of a change follows the change: 1,000 rows into ten million. */
export const largeTable: Suite = {
  figures: ['load-1k-rows-into-10m', 'load-1k-rows-beside-rewriting', 'base-parts-rewritten', 'read-10m-after-load'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, (project) =>
        withDuckdb(async (duckdb) => {
          say(`building a table of ${large} rows`);
          const file = (name: string) => join(folder, name);
          const tenMillion = await tableOf(project, duckdb, file('large.parquet'), 'large', large);
          const aHundredThousand = await tableOf(project, duckdb, file('small.parquet'), 'small', small);

          say('reading it');
          const before = await medianOf(3, () => readAll(tenMillion));

          say('loading 1,000 rows into it');
          const { parts } = await tenMillion.describe();
          const [into10m, into100k] = await alternating(
            rounds,
            (round) => load(tenMillion, file(`large-${round}.csv`)),
            (round) => load(aHundredThousand, file(`small-${round}.csv`)),
            {
              async prepare(round) {
                await someRows(duckdb, file(`large-${round}.csv`), large, round);
                await someRows(duckdb, file(`small-${round}.csv`), small, round);
              },
            },
          );
          const after = await tenMillion.describe();
          report(
            shareOf({
              ...{ name: 'load-1k-rows-into-10m', value: into10m, unit: 's', goal: '<= 25' },
              rival: { name: 'the same into 100,000 rows', value: into100k },
            }),
          );
          report(alone({ name: 'base-parts-rewritten', value: parts + rounds - after.parts, unit: 'parts', goal: '<= 0' }));

          say('reading it again');
          const afterwards = await medianOf(3, () => readAll(tenMillion));
          report(
            shareOf({
              ...{ name: 'read-10m-after-load', value: afterwards, unit: 's', goal: '<= 1.8' },
              rival: { name: 'reading it before the loads', value: before },
            }),
          );

          say('rewriting it with DuckDB');
          const rewritten = await seconds(() =>
            duckdb.run(rewrite(file('large.parquet'), readCsv(file('large-0.csv')), file('rewritten.parquet'))),
          );
          report(
            timesQuicker({
              ...{ name: 'load-1k-rows-beside-rewriting', value: into10m, unit: 's', goal: '>= 10' },
              rival: { name: 'DuckDB, rewriting the table', value: rewritten },
            }),
          );
        }),
      ),
    ),
};

async function tableOf(project: Project, duckdb: DuckDBConnection, path: string, name: string, count: number): Promise<Table> {
  await duckdb.run(`COPY (${rows(count)}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  return project.createTable(`in.c-main.${name}`, { from: { parquet: createReadStream(path) }, primaryKey: ['id'] });
}

/** 1,000 random keys, of which nine in ten are in the table. */
async function someRows(duckdb: DuckDBConnection, path: string, count: number, round: number): Promise<void> {
  const all = rows(1_000, { salt: String(round) });
  const spread = `SELECT DISTINCT ON (id) * FROM (SELECT * REPLACE (printf('k%09d', hash(id, ${round}) % ${Math.round(count / 0.9)}) AS id) FROM (${all}))`;
  await duckdb.run(`COPY (${spread}) TO '${path}' (FORMAT csv, HEADER)`);
}

function load(table: Table, path: string) {
  return table.load({ csv: createReadStream(path) }, { mode: 'incremental' });
}

/** Every row and column, handed out and dropped. */
function readAll(table: Table) {
  return table.export({ csv: new Writable({ write: (_chunk, _encoding, done) => done() }) });
}

async function medianOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const measured: number[] = [];
  for (let i = 0; i < times; i++) measured.push(await seconds(work));
  return median(measured);
}
