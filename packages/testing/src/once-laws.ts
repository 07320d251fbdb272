import assert from 'node:assert/strict';
import { isDaybookError, type LoadResult, openDaybook, type Project, type Source, type Storage, type Table } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { faultyStorage } from './faulty-storage';
import { type Law, law } from './law';
import { property } from './property';

/** Operations that change a table, each told in which version it is to be. `one` makes them differ. */
const changes = {
  deleteRows: (table: Table, ifVersion: number) => table.deleteRows({ where: [{ column: 'id', op: 'ge', values: ['0'] }], ifVersion }),
  truncate: (table: Table, ifVersion: number) => table.truncate({ ifVersion }),
  addColumn: (table: Table, ifVersion: number, one: number) => table.addColumn({ name: `c${one}` }, { ifVersion }),
  dropColumn: (table: Table, ifVersion: number) => table.dropColumn('v', { ifVersion }),
  setPrimaryKey: (table: Table, ifVersion: number) => table.setPrimaryKey(['id', 'v'], { ifVersion }),
  dropPrimaryKey: (table: Table, ifVersion: number) => table.dropPrimaryKey({ ifVersion }),
  revert: (table: Table, ifVersion: number) => table.revert({ version: 1 }, { ifVersion }),
  drop: (table: Table, ifVersion: number) => table.drop({ ifVersion }),
  load: (table: Table, ifVersion: number, one: number) => table.load({ csv: `id,v\n${one},z\n` }, { mode: 'incremental', ifVersion }),
} as const;
type Change = keyof typeof changes;
const change = fc.constantFrom(...(Object.keys(changes) as Change[]));

const sources = {
  csv: () => ({ csv: 'Číslo,v\n1,a\n2,b\n2,c\n' }),
  otherCsv: () => ({ csv: 'Číslo,v\n1,a\n' }),
  rows: () => ({ rows: [{ cislo: 3, v: 'c' }] }),
  withAnotherColumn: () => ({ ndjson: '{"Cislo":4,"v":"d","Další":1}\n' }),
  malformed: () => ({ csv: 'Číslo,v\n1,a,b,c\n' }),
} as const satisfies Record<string, () => Source>;

/** A load, asked for so many times at once, by both openings in turn. */
interface Step {
  readonly source: keyof typeof sources;
  readonly key: string;
  readonly mode: 'full' | 'incremental';
  readonly times: number;
}
const step: Arbitrary<Step> = fc.record({
  source: fc.constantFrom(...(Object.keys(sources) as (keyof typeof sources)[])),
  key: fc.constantFrom('monday', 'tuesday', `ž🐎${'x'.repeat(252)}`),
  mode: fc.constantFrom('full', 'incremental'),
  times: fc.constantFrom(1, 1, 3),
});

/** What is done once, and what only if. */
export const onceLaws: readonly Law[] = [
  property(
    'loads once by an idempotency key, into a table with a primary key or without, whoever asks how often and at once',
    fc.record({ primaryKey: fc.subarray(['Cislo']), steps: fc.array(step, { minLength: 4, maxLength: 10 }) }),
    async (storage, { primaryKey, steps }) => {
      const [one, two] = await opened(storage);
      await one.createTable(id, { columns: [{ name: 'Cislo' }, { name: 'v' }], primaryKey });
      const firsts = new Map<string, { readonly source: Step['source']; readonly result: LoadResult }>();
      for (const { source, key, mode, times } of steps) {
        const before = await seen(one);
        const asked = Array.from({ length: times }, (_, i) => load((i % 2 ? two : one).table(id), { source, key, mode }));
        const answers = await Promise.all(asked);
        const first = firsts.get(key);
        if (first) {
          const mismatch = { code: 'IDEMPOTENCY_MISMATCH', details: { key, storageJob: first.result.storageJob } };
          for (const answer of answers) assert.deepEqual(answer, source === first.source ? first.result : mismatch);
          assert.deepEqual(await seen(one), before);
        } else {
          const [result] = answers;
          for (const answer of answers) assert.deepEqual(answer, result);
          if ('code' in result!) assert.match(result.code, /^(MALFORMED_INPUT|COLUMNS_DO_NOT_MATCH)$/);
          else firsts.set(key, { source, result: result! });
        }
      }
      const loaded = [];
      for await (const { data } of one.history({ types: ['TableLoaded'] })) loaded.push(data.storageJob);
      assert.deepEqual(
        loaded.map((storageJob) => (storageJob as { id: string }).id),
        [...firsts.values()].map(({ result }) => result.storageJob),
      );
    },
    8,
  ),

  property(
    'creates a table once by an idempotency key, whoever asks how often and at once',
    fc.record({ source: fc.constantFrom('csv', 'otherCsv'), times: fc.integer({ min: 1, max: 4 }) }),
    async (storage, { source, times }) => {
      const [one, two] = await opened(storage);
      const create = async (project: Project, from: Source) => (await project.createTable(id, { from, idempotencyKey: 'first' })).result;
      const asked = Array.from({ length: times }, (_, i) => create(i % 2 ? two : one, sources[source]()));
      const [first, ...others] = await Promise.all(asked);
      for (const other of others) assert.deepEqual(other, first);
      const before = await seen(one);
      assert.deepEqual(await create(two, sources[source]()), first);
      // The same message, to whoever finds the table there already.
      assert.deepEqual(await one.table(id).load(sources[source](), { mode: 'incremental', idempotencyKey: 'first' }), first);
      const mismatch = { code: 'IDEMPOTENCY_MISMATCH', details: { key: 'first', storageJob: first!.storageJob } };
      await assert.rejects(() => create(one, sources.rows()), mismatch);
      await assert.rejects(() => one.createTable(id, { from: sources[source](), idempotencyKey: 'second' }), { code: 'TABLE_EXISTS' });
      await assert.rejects(() => one.createTable(id, { from: sources[source]() }), { code: 'TABLE_EXISTS' });
      assert.deepEqual(await seen(one), before);
    },
    5,
  ),

  law('answers a load whose answer was lost, also after the table has changed, and rows went', async (storage) => {
    let losing = Number.POSITIVE_INFINITY;
    let appends = 0;
    const lossy = faultyStorage(storage, ({ operation, nth }) => {
      if (operation === 'events.append') appends = nth;
      return operation === 'events.append' && nth > losing ? 'answer lost' : undefined;
    });
    const [one] = await opened(lossy);
    const table = await one.createTable(id, { columns: [{ name: 'Cislo' }, { name: 'v' }] });
    const once = { mode: 'incremental', idempotencyKey: 'message 1', ifVersion: 1 } as const;
    losing = appends + 1;
    await assert.rejects(() => table.load(sources.csv(), once), { code: 'STORE_UNAVAILABLE' });
    losing = Number.POSITIVE_INFINITY;

    const again = await table.load(sources.csv(), once);
    assert.deepEqual([again.version, again.inserted, again.read], [2, 3, 3]);
    await table.dropColumn('v');
    await table.revert({ version: 1 });
    await table.truncate();
    assert.deepEqual(await table.load(sources.csv(), once), again);
    assert.equal((await table.describe()).rowCount, 0);
  }),

  property(
    'changes a table only in the version that is asked for, and of two who ask at once lets one',
    fc.record({ first: change, second: change, rename: fc.boolean() }),
    async (storage, { first, second, rename }) => {
      const [one, two] = await opened(storage);
      await one.createTable(id, { from: { csv: 'id,v\n1,a\n' }, primaryKey: ['id'] });
      const { version } = await one.table(id).load({ csv: 'id,v\n1,a\n2,b\n' });

      for (const other of [version - 1, version + 1]) {
        const before = await seen(one);
        await assert.rejects(() => changes[first](two.table(id), other, 1), refused(version));
        if (rename) await assert.rejects(() => one.table(id).rename('other', { ifVersion: other }), refused(version));
        assert.deepEqual(await seen(one), before);
      }
      const answers = await Promise.allSettled([changes[first](one.table(id), version, 1), changes[second](two.table(id), version, 2)]);
      const late = answers.filter((answer) => answer.status === 'rejected');
      assert.equal(late.length, 1);
      assert.ok(isDaybookError(late[0]!.reason, 'TABLE_CHANGED') || isDaybookError(late[0]!.reason, 'TABLE_NOT_FOUND'), late[0]!.reason);
    },
    20,
  ),
];

const id = 'in.c-main.t';

/** What a load answers; or its refusal. */
async function load(
  table: Table,
  { source, key, mode }: Pick<Step, 'source' | 'key' | 'mode'>,
): Promise<LoadResult | { readonly code: string; readonly details: unknown }> {
  try {
    return await table.load(sources[source](), { mode, idempotencyKey: key });
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return { code: error.code, details: error.details };
  }
}

/** One project, opened twice, as by two processes. */
async function opened(storage: Storage): Promise<[Project, Project]> {
  // Not closed: the storage is the caller's.
  const [one, two] = [await openDaybook({ storage }), await openDaybook({ storage })];
  const someone = { kind: 'person', id: 'someone' } as const;
  const { id: organization } = await one.as(someone).createOrganization({ name: 'Acme' });
  const project = await one.as(someone).createProject({ organization, name: 'Once' });
  await project.createBucket({ stage: 'in', name: 'main' });
  return [project, await two.as(someone).project(project.id)];
}

function refused(version: number) {
  return { code: 'TABLE_CHANGED', details: { table: id, version } };
}

/** What a refusal must leave as it was. */
async function seen(project: Project) {
  const entries = [];
  for await (const { position } of project.history()) entries.push(position);
  return { entries, tables: await project.tables() };
}
