import assert from 'node:assert/strict';
import type { Storage } from '@daybook/core';
import { append, assertGapless, collect, conflict, event, events, readAll, write } from './events';
import { type Law, newPlace } from './law';
import { rowsOf, TableDriver } from './table-driver';

/** What is still there when a durable storage is opened again. */
export const durabilityLaws: readonly Law[] = [
  survives(
    'finds every event again, with its indexes',
    async ({ events: store }) => {
      const tagged = event('Loaded', { tags: ['table:a', 'job:1'], data: { text: 'kůň 🐎' } });
      await append(store, write('project/1', 0, ...events(1100), tagged), write('user/a', 0, event()));
      return readAll(store, 'project/1');
    },
    async ({ events: store }, before) => {
      assert.deepEqual(await readAll(store, 'project/1'), before);
      assert.deepEqual(await readAll(store, 'project/1', { tags: ['job:1'], types: ['Loaded'] }), before.slice(-1));
      assert.deepEqual(await store.head('project/1'), { position: 1101, recordedAt: '2026-11-01T10:00:00.000Z' });
      assert.deepEqual(await collect(store.logs()), ['project/1', 'user/a']);
    },
  ),

  survives(
    'goes on where a log ended, in time too',
    async ({ events: store }) => {
      const first = write('project/1', 0, event('First', { at: '2030-01-01T00:00:00.000Z' }));
      return { first, heads: await append(store, first) };
    },
    async ({ events: store }, { first, heads }) => {
      assert.deepEqual(await append(store, first), heads);
      await conflict(store, write('project/1', 0, event()));
      assert.deepEqual(await append(store, write('project/1', 1, event())), [{ position: 2, recordedAt: '2030-01-01T00:00:00.000Z' }]);
      assertGapless(await readAll(store, 'project/1'));
    },
  ),

  survives(
    'does not find an erased log again',
    async ({ events: store }) => {
      await append(store, write('project/1', 0, ...events(3)), write('project/10', 0, event()));
      await store.erase('project/1');
    },
    async ({ events: store }) => {
      assert.equal(await store.head('project/1'), undefined);
      assert.deepEqual(await collect(store.logs()), ['project/10']);
    },
  ),

  survives(
    'finds checkpoints again',
    async ({ checkpoints }) => {
      for (const position of [10, 9]) {
        await checkpoints.save('project/1', { position, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f1', state: `{"n":${position}}` });
      }
    },
    async ({ checkpoints }) => {
      assert.equal((await checkpoints.latest('project/1', { fold: 'f1' }))?.state, '{"n":10}');
      assert.equal((await checkpoints.latest('project/1', { fold: 'f1', upTo: 9 }))?.state, '{"n":9}');
    },
  ),

  survives(
    'finds table data again, part by part',
    async ({ tables }) => {
      const table = new TableDriver(tables, ['id:integer', 'name'], ['id']);
      await table.load('id,name\n1,Ada\n2,Grace\n3,\n');
      await table.load('id,name\n2,Hopper\n4,""\n');
      await table.deleteRows({ column: 'id', op: 'eq', values: [1] });
      return { data: table.data, rows: await table.rows() };
    },
    async ({ tables }, { data, rows }) => {
      assert.deepEqual(await rowsOf(tables, data), rows);
      for (const { id } of data.parts) assert.equal(await tables.verify(data.project, id), 'intact');
      const listed = (await collect(tables.parts(data.project))).map(({ id, bytes }) => ({ id, bytes }));
      assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set(data.parts.map(({ id }) => id)));
      for (const { id, bytes } of data.parts) assert.ok(listed.some((part) => part.id === id && part.bytes === bytes));
    },
  ),
];

/** A law over two lives of one storage. */
function survives<T>(title: string, first: (storage: Storage) => Promise<T>, second: (storage: Storage, kept: T) => Promise<void>): Law {
  return {
    title,
    needs: 'durable',
    async check({ open }) {
      const place = newPlace();
      const kept = await (async () => {
        await using storage = await open(place);
        return await first(storage);
      })();
      await using storage = await open(place);
      await second(storage, kept);
    },
  };
}
