import assert from 'node:assert/strict';
import { openDaybook, type Storage, type Table, type TableStore } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import type { Law } from './law';
import { property } from './property';

type PartialRow = Readonly<Record<string, string | null>>;
type Others = { readonly what: 'load'; readonly rows: readonly PartialRow[] } | { readonly what: 'truncate' | 'addColumn' };

/** Keys are few, so that they meet; most rows lack something. */
const row: Arbitrary<PartialRow> = fc
  .tuple(fc.constantFrom('1', '2', '3'), fc.record({ a: cell(), b: cell() }, { requiredKeys: [] }))
  .map(([id, rest]) => ({ id, ...rest }));
const rows = fc.array(row, { minLength: 1, maxLength: 5 });
const others: Arbitrary<Others> = fc.oneof(
  { weight: 4, arbitrary: rows.map((rows): Others => ({ what: 'load', rows })) },
  { weight: 1, arbitrary: fc.constantFrom<Others>({ what: 'truncate' }, { what: 'addColumn' }) },
);

/** Loads of rows that lack columns, where another process was quicker. */
export const partialLoadLaws: readonly Law[] = [
  property(
    'fills rows up from the version that they are appended to, whatever another process does between writing and appending',
    fc.record({
      first: rows,
      meanwhile: others,
      mine: fc.oneof(
        rows,
        rows.map((some) => [...some, { id: '4', a: 'x', b: 'y' }]),
      ),
    }),
    async (storage, { first, meanwhile, mine }) => {
      let interrupt = async () => {};
      const alice = await session(betweenWriteAndAppend(storage, () => interrupt()));
      const { id: organization } = await alice.createOrganization({ name: 'Acme' });
      const project = await alice.createProject({ organization, name: 'Partial' });
      await project.createBucket({ stage: 'in', name: 'main' });
      const columns = ['id', 'a', 'b'].map((name) => ({ name }));
      const table = await project.createTable('in.c-main.t', { columns, primaryKey: ['id'] });
      await table.load({ rows: first }, { mode: 'incremental' });
      const elsewhere = (await (await session(storage)).project(project.id)).table(table.id);
      interrupt = async () => {
        interrupt = async () => {};
        await doneBy(elsewhere, meanwhile);
      };
      const { read } = await table.load({ rows: mine }, { mode: 'incremental' });
      assert.equal(read, mine.length);

      const model = upserted(meanwhile.what === 'truncate' ? new Map() : upserted(new Map(), first), [
        ...(meanwhile.what === 'load' ? meanwhile.rows : []),
        ...mine,
      ]);
      const found = (await table.preview()).map(({ id, a = null, b = null }) => ({ id, a, b }));
      assert.deepEqual(found, [...model.values()]);
    },
    25,
  ),
];

async function session(storage: Storage) {
  // Not closed: the storage is the caller's.
  return (await openDaybook({ storage })).as({ kind: 'person', id: 'alice' });
}

/** A storage that does something after the parts of a load are written and before its event is appended. */
function betweenWriteAndAppend(storage: Storage, work: () => Promise<void>): Storage {
  const stage: TableStore['stage'] = async (request) => {
    const staged = await storage.tables.stage(request);
    return {
      columns: staged.columns,
      ...(staged.types && { types: staged.types }),
      async write(wanted) {
        const written = await staged.write(wanted);
        await work();
        return written;
      },
      [Symbol.asyncDispose]: () => staged[Symbol.asyncDispose](),
    };
  };
  return {
    ...storage,
    ...portsOf(storage),
    tables: new Proxy(storage.tables, { get: (tables, key) => (key === 'stage' ? stage : bound(tables, key)) }),
  };
}

function portsOf({ events, checkpoints, features }: Storage) {
  return { events, checkpoints, features, [Symbol.asyncDispose]: async () => {} };
}

function bound(tables: TableStore, key: string | symbol): unknown {
  const value = Reflect.get(tables, key) as unknown;
  return typeof value === 'function' ? value.bind(tables) : value;
}

async function doneBy(table: Table, others: Others): Promise<void> {
  if (others.what === 'load') await table.load({ rows: others.rows }, { mode: 'incremental' });
  else if (others.what === 'truncate') await table.truncate();
  else await table.addColumn({ name: 'more' });
}

/** What a map of rows makes of it, one row after another; an updated row stands where its last update stands. */
function upserted(model: ReadonlyMap<string, PartialRow>, rows: readonly PartialRow[]): Map<string, PartialRow> {
  const after = new Map(model);
  for (const row of rows) {
    const before = after.get(row.id!) ?? { id: row.id!, a: null, b: null };
    after.delete(row.id!);
    after.set(row.id!, { ...before, ...row });
  }
  return after;
}

function cell(): Arbitrary<string | null> {
  return fc.constantFrom('x', 'y', null);
}
