import { isDaybookError, type Project, type ProjectView } from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Book, collect, openBook } from '../../test/book';
import { holds } from '../../test/property';

// Buckets are dropped and made again under two names, with tables, snapshots and grants in them, by an administrator and by those whom access was
// granted. What these are answered, now and as of every position, is what a plain model says: it numbers the buckets, and knows nothing of events.

interface TableModel {
  readonly number: number;
  readonly id: string;
  bucket: number;
  version: number;
  /** The version with which it came into its bucket. */
  arrived: number;
}

interface SnapshotModel {
  readonly id: string;
  readonly table: number;
  readonly bucket: number;
}

/** What there is at one time; `dropped` in the order in which it was. */
interface World {
  buckets: Record<string, number>;
  tables: TableModel[];
  dropped: TableModel[];
  snapshots: SnapshotModel[];
}

interface Holder {
  readonly access: string;
  readonly project: Project;
  /** By the numbers of buckets. */
  granted: Record<number, 'read' | 'write'>;
}

interface Scene extends Book {
  readonly world: World;
  readonly past: { readonly position: number; readonly world: World }[];
  readonly holders: Holder[];
  /** A number that nothing has yet. */
  next(): number;
}

const names = ['in.c-a', 'in.c-b'];
const ids = ['in.c-a.t', 'in.c-a.u', 'in.c-b.t'];
const bucketOf = (id: string) => id.slice(0, id.lastIndexOf('.'));
const pick = <T>(from: readonly T[], choice: number): T => from[choice % from.length]!;

/** Who asks: the administrator, or somebody who may write the bucket that bears a name now, if they do. */
function asking(
  { project, holders, world }: Scene,
  bucket: string,
  choice: number,
): { readonly by: Project; readonly may: boolean; readonly limited: boolean } {
  const holder = holders[choice % (holders.length + 1)];
  if (!holder) return { by: project, may: true, limited: false };
  const number = world.buckets[bucket];
  return { by: holder.project, may: number !== undefined && holder.granted[number] === 'write', limited: true };
}

/** Does what the model expects to be done; the model changes with it, or it is refused. */
async function does(expected: boolean, act: () => Promise<unknown>, change: () => void): Promise<void> {
  let refusal: string | undefined;
  try {
    await act();
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    refusal = error.code;
  }
  expect([String(act), refusal]).toEqual([String(act), expected ? undefined : expect.any(String)]);
  if (expected) change();
}

const moves = {
  makeBucket({ project, world, next }, one) {
    const bucket = pick(names, one);
    const act = () => project.createBucket({ stage: 'in', name: bucket.slice(5) });
    return does(!(bucket in world.buckets), act, () => Object.assign(world.buckets, { [bucket]: next() }));
  },
  dropBucket({ project, world, holders }, one) {
    const bucket = pick(names, one);
    const number = world.buckets[bucket];
    return does(
      number !== undefined,
      () => project.dropBucket(bucket, { force: true }),
      () => {
        world.dropped.push(...world.tables.filter((table) => table.bucket === number));
        world.tables = world.tables.filter((table) => table.bucket !== number);
        delete world.buckets[bucket];
        for (const { granted } of holders) delete granted[number!];
      },
    );
  },
  makeTable(scene, one, other) {
    const { world, next } = scene;
    const id = pick(ids, one);
    const { by, may } = asking(scene, bucketOf(id), other);
    const bucket = world.buckets[bucketOf(id)];
    const act = () => by.createTable(id, { columns: [{ name: 'id' }], primaryKey: ['id'] });
    return does(may && bucket !== undefined && !tableOf(world, id), act, () => {
      world.tables.push({ number: next(), id, bucket: bucket!, version: 1, arrived: 1 });
    });
  },
  load(scene, one, other) {
    const id = pick(ids, one);
    const { by, may } = asking(scene, bucketOf(id), other);
    const table = tableOf(scene.world, id);
    const act = () => by.table(id).load({ rows: [{ id: String(other) }] });
    return does(may && table !== undefined, act, () => {
      table!.version += 1;
    });
  },
  dropTable(scene, one, other) {
    const { world } = scene;
    const id = pick(ids, one);
    const { by, may } = asking(scene, bucketOf(id), other);
    const table = tableOf(world, id);
    return does(
      may && table !== undefined,
      () => by.table(id).drop(),
      () => {
        world.tables = world.tables.filter((each) => each !== table);
        world.dropped.push(table!);
      },
    );
  },
  restore(scene, one, other) {
    const { world, next } = scene;
    const id = pick(ids, one);
    const { by, may, limited } = asking(scene, bucketOf(id), other);
    const there = world.buckets[bucketOf(id)];
    const table = world.dropped.findLast((each) => each.id === id && (!limited || each.bucket === there));
    return does(
      may && table !== undefined && !tableOf(world, id),
      () => by.restoreTable(id),
      () => {
        world.buckets[bucketOf(id)] = there ?? next();
        const into = world.buckets[bucketOf(id)]!;
        world.dropped = world.dropped.filter((each) => each !== table);
        world.tables.push({ ...table!, bucket: into, arrived: table!.bucket === into ? table!.arrived : table!.version });
      },
    );
  },
  async snapshot(scene, one, other) {
    const { world } = scene;
    const id = pick(ids, one);
    const { by, may } = asking(scene, bucketOf(id), other);
    const table = tableOf(world, id);
    let made = '';
    const act = async () => {
      made = (await by.table(id).snapshot()).id;
    };
    await does(may && table !== undefined, act, () => world.snapshots.push({ id: made, table: table!.number, bucket: table!.bucket }));
  },
  async deleteSnapshot({ world, holders, project }, one, other) {
    const snapshot = world.snapshots[one % Math.max(world.snapshots.length, 1)];
    if (!snapshot) return;
    const holder = holders[other % (holders.length + 1)];
    const may = !holder || holder.granted[snapshot.bucket] === 'write';
    await does(
      may,
      () => (holder?.project ?? project).deleteSnapshot(snapshot.id),
      () => {
        world.snapshots = world.snapshots.filter((each) => each !== snapshot);
      },
    );
  },
  async grant({ daybook, project, world, holders }, one, other) {
    const wanted = Object.entries(world.buckets).filter((_, i) => one % 3 > 0 || (one >> i) % 2);
    const buckets = Object.fromEntries(wanted.map(([name]) => [name, pick(['read', 'write'] as const, other)]));
    const granted = Object.fromEntries(wanted.map(([name, number]) => [number, buckets[name]!]));
    const holder = holders[other % 4];
    if (holder) {
      await project.updateAccess(holder.access, { buckets });
      holder.granted = granted;
      return;
    }
    const { id: access, secret } = await project.grantAccess({ buckets });
    holders.push({ access, project: await (await daybook.authenticate(secret)).project(), granted });
  },
} as const satisfies Record<string, (scene: Scene, one: number, other: number) => Promise<void>>;

function tableOf({ tables }: World, id: string): TableModel | undefined {
  return tables.find((table) => table.id === id);
}

/** What limited access is to be shown of a world. */
function expectedOf(world: World, granted: Holder['granted']) {
  const seen = <T extends { readonly bucket: number }>(all: readonly T[]) => all.filter(({ bucket }) => bucket in granted);
  return {
    buckets: Object.keys(world.buckets)
      .filter((name) => world.buckets[name]! in granted)
      .toSorted(),
    tables: seen(world.tables)
      .map(({ id, version }) => `${id} ${version}`)
      .toSorted(),
    snapshots: seen(world.snapshots)
      .map(({ id }) => id)
      .toSorted(),
    versions: Object.fromEntries(
      ids.map((id) => {
        const [table] = seen(world.tables).filter((each) => each.id === id);
        return [id, table ? Array.from({ length: table.version - table.arrived + 1 }, (_, i) => table.version - i) : []];
      }),
    ),
  };
}

async function shownOf(view: ProjectView) {
  const versions: Record<string, number[]> = {};
  for (const id of ids) versions[id] = (await unlessRefused(() => view.table(id).versions()))?.items.map(({ version }) => version) ?? [];
  return {
    buckets: (await view.buckets()).map(({ id }) => id),
    tables: (await view.tables()).map(({ id, version }) => `${id} ${version}`),
    snapshots: (await view.snapshots()).map(({ id }) => id).toSorted(),
    versions,
  };
}

/** Rows of a table's versions and snapshots now: which of them can be read. */
async function readable({ project, granted }: Holder, { tables, snapshots }: World): Promise<void> {
  for (const { id, number, bucket, version, arrived } of tables) {
    for (let of = 1; of <= version; of++) {
      const read = (await unlessRefused(() => collect(project.table(id).rows({ of: { version: of } })))) !== undefined;
      expect([id, of, read]).toEqual([id, of, bucket in granted && of >= arrived]);
    }
    for (const snapshot of snapshots) {
      const read = (await unlessRefused(() => collect(project.table(id).rows({ of: { snapshot: snapshot.id } })))) !== undefined;
      const expected = bucket in granted && snapshot.bucket in granted && snapshot.table === number;
      expect([id, snapshot.id, read]).toEqual([id, snapshot.id, expected]);
    }
  }
}

/** Whether a table of then was in another bucket than the one that bears the name now and is granted. */
function isHidden({ buckets }: World, { granted }: Holder, { id, bucket }: TableModel): boolean {
  return !(bucket in granted) && buckets[bucketOf(id)]! in granted;
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return undefined;
  }
}

async function scene(): Promise<Scene> {
  let number = 0;
  const next = () => {
    number += 1;
    return number;
  };
  return { ...(await openBook()), world: { buckets: {}, tables: [], dropped: [], snapshots: [] }, past: [], holders: [], next };
}

const kinds = Object.keys(moves) as (keyof typeof moves)[];
/** A world with something in it, and tables that come back, are met more often. */
const often = ['makeBucket', 'makeBucket', 'makeTable', 'makeTable', 'load', 'snapshot', 'restore', 'restore', 'grant', 'grant'] as const;
const some = (minLength: number, maxLength: number) =>
  fc.array(fc.record({ what: fc.constantFrom(...kinds, ...often), one: fc.nat(99), other: fc.nat(99) }), {
    minLength,
    maxLength,
    size: 'max',
  });
/** By this number the administrator is asked, however many have access. */
const administrator = 59;
/** What seldom happens by chance: a table with a past and a snapshot is dropped with its bucket, comes back, and the new bucket is granted. */
const comeback = (['makeBucket', 'makeTable', 'load', 'snapshot', 'dropBucket', 'restore'] as const).map((what) => ({
  what,
  one: 0,
  other: administrator,
}));
const granting = { what: 'grant', one: 1, other: administrator } as const;
const steps = fc
  .tuple(some(10, 60), fc.constantFrom([], [...comeback, granting]), some(0, 10))
  .map(([before, between, after]) => [...before, ...between, ...after]);

describe('limited access to buckets that are dropped and made again', () => {
  it('is shown now, and as of every position, what a plain model of identities says', async () => {
    // Tables of a former bucket whose name is granted now, versions that one had before it came into a granted bucket, and snapshots of former buckets.
    const met = { tables: 0, versions: 0, snapshots: 0 };
    await holds(
      steps,
      async (asked) => {
        const at = await scene();
        for (const { what, one, other } of asked) {
          await moves[what](at, one, other);
          at.past.push({ position: (await at.project.describe()).position!, world: structuredClone(at.world) });
        }
        for (const holder of at.holders) {
          expect(await shownOf(holder.project)).toEqual(expectedOf(at.world, holder.granted));
          await readable(holder, at.world);
          const { tables, snapshots } = at.world;
          met.versions += tables.filter(({ bucket, arrived }) => bucket in holder.granted && arrived > 1).length;
          met.snapshots += tables.filter(
            ({ number, bucket }) => bucket in holder.granted && snapshots.some((one) => one.table === number && one.bucket !== bucket),
          ).length;
          for (const { position, world } of at.past) {
            expect([position, await shownOf(holder.project.at(position))]).toEqual([position, expectedOf(world, holder.granted)]);
            met.tables += world.tables.filter((table) => isHidden(at.world, holder, table)).length;
          }
        }
        expect(at.errors).toEqual([]);
      },
      60,
    );
    // A property that meets none of them would say little.
    for (const count of Object.values(met)) expect(count).toBeGreaterThan(3);
  });
});
