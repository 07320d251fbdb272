import assert from 'node:assert/strict';
import type { Storage } from '@daybook/core';
import { append, assertGapless, conflict, event, events, readAll, write } from './events';
import { type Law, newPlace } from './law';
import { rowsOf, TableDriver } from './table-driver';
import { toldOf } from './watch-laws';

/** What holds when one place is opened several times at once. */
export const sharingLaws: readonly Law[] = [
  shared('shows what one opening appended to the other at once', async (one, two) => {
    assert.deepEqual([await one.events.head('project/1'), await two.events.head('project/1')], [undefined, undefined]);
    await append(one.events, write('project/1', 0, event('A', { tags: ['table:a'] })));
    assert.equal((await two.events.head('project/1'))?.position, 1);
    await append(two.events, write('project/1', 1, event('B', { tags: ['table:a'] })));
    for (const { events: store } of [one, two]) {
      assert.equal((await store.head('project/1'))?.position, 2);
      assert.deepEqual(
        (await readAll(store, 'project/1', { tags: ['table:a'] })).map(({ type }) => type),
        ['A', 'B'],
      );
    }
  }),

  shared('answers conflict to what the other opening overtook', async (one, two) => {
    await append(one.events, write('project/1', 0, event()));
    const answer = await conflict(two.events, write('project/2', 0, event()), write('project/1', 0, event()));
    assert.deepEqual([answer.log, answer.head?.position], ['project/1', 1]);
    assert.equal(await one.events.head('project/2'), undefined);
  }),

  shared('lets one of two openings win each position, and loses nothing', async (one, two) => {
    await Promise.all([one, two].map((storage, writer) => appendMany(storage, writer, 40)));
    const recorded = await readAll(one.events, 'project/1');
    assertGapless(recorded);
    assert.equal(recorded.length, 80);
    for (const writer of [0, 1]) {
      const own = recorded.filter(({ data }) => data.writer === writer).map(({ data }) => data.n);
      assert.deepEqual(
        own,
        Array.from({ length: 40 }, (_, n) => n),
      );
    }
  }),

  shared('answers the first result to a retry through the other opening', async (one, two) => {
    const same = write('project/1', 0, ...events(2));
    const heads = await append(one.events, same);
    assert.deepEqual(await append(two.events, same), heads);
  }),

  shared('tells a watcher of what the other opening appended', async (one, two) => {
    const told = toldOf(two.events, 'project/1');
    await append(one.events, write('project/1', 0, event()));
    await told;
  }),

  shared('shows an erased log to the other opening as gone', async (one, two) => {
    await append(one.events, write('project/1', 0, ...events(3)));
    assert.equal((await readAll(two.events, 'project/1')).length, 3);
    assert.equal((await two.events.head('project/1'))?.position, 3);
    await one.events.erase('project/1');
    assert.equal(await two.events.head('project/1'), undefined);
    assert.deepEqual(await append(two.events, write('project/1', 0, event())), [{ position: 1, recordedAt: '2026-11-01T10:00:00.000Z' }]);
  }),

  shared('shares checkpoints', async (one, two) => {
    const checkpoint = { position: 3, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f1', state: '{}' };
    await one.checkpoints.save('project/1', checkpoint);
    assert.deepEqual({ ...(await two.checkpoints.latest('project/1', { fold: 'f1' })) }, checkpoint);
    await two.checkpoints.erase('project/1');
    assert.equal(await one.checkpoints.latest('project/1', { fold: 'f1' }), undefined);
  }),

  shared('shares table data', async (one, two) => {
    const table = new TableDriver(one.tables, ['id:integer', 'name'], ['id']);
    await table.load('id,name\n1,Ada\n2,Grace\n');
    assert.deepEqual(await rowsOf(two.tables, table.data), await table.rows());
    const change = await two.tables.deleteRows(table.data, [{ column: 'id', op: 'eq', values: [1] }]);
    const after = { ...table.data, parts: [...table.data.parts, ...change.splices.flatMap(({ added }) => added)] };
    assert.deepEqual(await rowsOf(one.tables, after), [{ id: 2, name: 'Grace' }]);
  }),
];

/** Appends events one by one, again at the new head after each conflict. */
async function appendMany({ events: store }: Storage, writer: number, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const next = event('Noted', { data: { writer, n } });
    let expected = (await store.head('project/1'))?.position ?? 0;
    for (;;) {
      const answer = await store.append([write('project/1', expected, next)]);
      if (answer.status === 'appended') break;
      expected = answer.head?.position ?? 0;
    }
  }
}

/** A law over two openings of one place. */
function shared(title: string, check: (one: Storage, two: Storage) => Promise<void>): Law {
  return {
    title,
    needs: 'shared',
    async check({ open }) {
      const place = newPlace();
      await using one = await open(place);
      await using two = await open(place);
      await check(one, two);
    },
  };
}
