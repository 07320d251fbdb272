// The main job of Daybook, step by step, on four years of weather in Seattle and New York. It leaves its book in ./.daybook/quickstart.
// Run: npx -y pnpm@10 quickstart      Run it again: the same book, one more project in it. On PostgreSQL: DAYBOOK_STORE=postgres
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Daybook, isDaybookError, type Organization, openDaybook, type Progress, type Project, type Session } from '@daybook/core';
import { Table } from 'console-table-printer';
import { openBook } from './book';

const directory = resolve('.daybook/quickstart');
const seattleAndNewYork = dataSet('weather.csv');
const seattleOnly = dataSet('seattle-weather.csv');

mkdirSync(directory, { recursive: true });
const book = await openBook(directory);
try {
  const daybook = await openDaybook({ storage: book.storage });
  try {
    await run(daybook);
  } finally {
    await daybook.close();
  }
  sayWhereItLies();
} finally {
  await book[Symbol.asyncDispose]();
}

async function run(daybook: Daybook): Promise<void> {
  heading('An organization, a project, a bucket');
  // Your app has authenticated her; Daybook notes who does what, and checks whether she may.
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const organization = await organizationOf(alice);
  const runs = (await organization.projects()).length + 1;
  const project = await alice.createProject({ organization: organization.id, name: `Weather, run ${runs}` });
  const bucket = await project.createBucket({ stage: 'in', name: 'weather' });
  const hers = await alice.projects();
  print(hers.flatMap((one) => (one.unreadable ? [] : [{ project: one.name, role: one.role, since: one.since, status: one.status }])));

  heading('A table, from a CSV file with the first three years');
  const weather = await project.createTable(`${bucket}.daily`, {
    from: { csv: rowsBefore('2015', seattleAndNewYork), name: 'weather-2012-to-2014.csv' },
    columns: [
      { name: 'date', type: 'date' },
      { name: 'precipitation', type: 'numeric' },
      { name: 'temp_max', type: 'numeric' },
      { name: 'temp_min', type: 'numeric' },
      { name: 'wind', type: 'numeric' },
    ],
    primaryKey: ['location', 'date'],
    onProgress,
  });
  print(await weather.preview({ limit: 3 }));
  const endOf2014 = (await weather.describe()).changedAt;

  heading('2015 arrives: the supplier sends the whole file once more, and only what is new goes in');
  const loaded = await weather.load({ csv: seattleAndNewYork, name: 'weather.csv' }, { mode: 'incremental', onProgress });
  const { read, inserted, updated, unchanged, version } = loaded;
  print([{ read, inserted, updated, unchanged, version }]);

  heading('A load that does not fit is refused, and changes nothing');
  const refusal = await weather.load({ csv: seattleOnly, name: 'seattle-weather.csv' }, { mode: 'incremental' }).catch((error) => error);
  if (!isDaybookError(refusal, 'COLUMNS_DO_NOT_MATCH')) throw refusal;
  print([{ code: refusal.code, message: refusal.message }]);

  heading('A snapshot, then a clean-up that goes wrong: every day with rain is gone');
  const snapshot = await weather.snapshot({ description: 'before the clean-up' });
  const damage = await weather.deleteRows({ where: [{ column: 'precipitation', op: 'gt', values: [0] }] });
  print([{ deleted: damage.deleted, left: (await weather.describe()).rowCount, snapshotOfVersion: snapshot.version }]);

  heading('What is different from the snapshot?');
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  const examples = [];
  for await (const change of weather.diff({ from: { snapshot: snapshot.id } })) {
    if (change.kind === 'columnAdded' || change.kind === 'columnDropped') continue;
    counts[change.kind] += 1;
    if (change.kind === 'deleted' && examples.length < 3) examples.push({ change: change.kind, ...change.before });
  }
  print([counts]);
  print(examples);

  heading('Back to the snapshot: a new version, no data written');
  await weather.revert({ snapshot: snapshot.id });
  await printVersions(weather);

  heading('The first version, copied into a table of its own');
  const out = await project.createBucket({ stage: 'out', name: 'report' });
  await project.copyTable({ from: { table: weather.id, version: 1 }, to: `${out}.weather_2012_to_2014` });
  await printTables(project);

  heading(`The project as it was at ${endOf2014}`);
  await printTables(project.at(endOf2014));

  heading('Its history, in plain sentences');
  for await (const { position, at, sentence } of project.history()) console.log(`${String(position).padStart(3)}  ${at}  ${sentence}`);

  heading('Everything that was done to stored data, the newest first');
  const { items } = await project.storageJobs();
  print(
    items.map(({ operation, table, status, parameters, metrics, error }) => ({
      ...{ operation, table: table ?? '', status, source: 'format' in parameters ? (parameters.name ?? '') : '' },
      ...{ rowsIn: metrics?.rowsIn ?? 0, bytesIn: metrics?.bytesIn ?? 0, error: error?.code ?? '' },
    })),
  );
}

/** What an earlier run made, or a new one. */
async function organizationOf(session: Session): Promise<Organization> {
  const [found] = await session.organizations();
  return found ? session.organization(found.id) : session.createOrganization({ name: 'Weather Bureau' });
}

/** A file of the package vega-datasets. */
function dataSet(name: string): string {
  return readFileSync(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')), 'utf8');
}

/** The lines of a CSV text up to a year: what the supplier had sent by then. */
function rowsBefore(year: string, csv: string): string {
  const [header, ...lines] = csv.trimEnd().split('\n');
  return [header, ...lines.filter((line) => line.split(',')[1]! < year), ''].join('\n');
}

function onProgress({ phase, bytes, rows }: Progress): void {
  console.log(`  ${phase}: ${bytes} bytes${rows === undefined ? '' : `, ${rows} rows`}`);
}

async function printTables(view: Pick<Project, 'tables'>): Promise<void> {
  print(
    (await view.tables()).map(({ id, version, rowCount, primaryKey }) => ({ id, version, rowCount, primaryKey: primaryKey.join(', ') })),
  );
}

async function printVersions(table: ReturnType<Project['table']>): Promise<void> {
  const { items } = await table.versions();
  print(
    items.map(({ version, at, actor, change: { operation, rows, rowCount } }) => ({
      ...{ version, at, by: actor?.id, operation, inserted: rows.inserted, deleted: rows.deleted, rowsAfter: rowCount },
    })),
  );
}

function sayWhereItLies(): void {
  heading(`The book lies in ${book.place}`);
  const contents = book.contents();
  if (contents.length > 0) print(contents);
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function print(rows: readonly object[]): void {
  const table = new Table({
    rows: [...rows] as Record<string, unknown>[],
    defaultColumnOptions: { alignment: 'left' },
    shouldDisableColors: true,
  });
  console.log(table.render());
}
