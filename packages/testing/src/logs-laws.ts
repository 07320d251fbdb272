import assert from 'node:assert/strict';
import type { EventStore } from '@daybook/core';
import { append, assertGapless, collect, event, events, readAll, write } from './events';
import { type Law, law } from './law';

const ids = ['project/10', 'project/2', 'Project/1', 'project/1', 'user/a', 'project/1/x', 'project/1:x', 'project_1', 'organization/1'];

/** Which logs there are, and how one is erased. */
export const logsLaws: readonly Law[] = [
  law('lists no log while there is none', async ({ events: store }) => {
    for await (const page of store.logs()) assert.fail(`a page of ${page.length}`);
  }),

  law('lists every log once, in order', async ({ events: store }) => {
    await openLogs(store, ids);
    await append(store, write('project/1', 1, ...events(3)));
    assert.deepEqual(await collect(store.logs()), [...ids].sort());
  }),

  law('lists the logs whose id begins with a prefix', async ({ events: store }) => {
    await openLogs(store, ids);
    for (const prefix of ['', 'p', 'project/', 'project/1', 'project/1/', 'user/a', 'user/ab', 'z']) {
      assert.deepEqual(await collect(store.logs({ prefix })), ids.filter((id) => id.startsWith(prefix)).sort(), `prefix ${prefix}`);
    }
  }),

  law('lists the logs after one, whether it exists or not', async ({ events: store }) => {
    await openLogs(store, ids);
    for (const after of [...ids, 'project/15', 'a', 'z']) {
      assert.deepEqual(await collect(store.logs({ after })), ids.filter((id) => id > after).sort(), `after ${after}`);
      const both = ids.filter((id) => id.startsWith('project/') && id > after).sort();
      assert.deepEqual(await collect(store.logs({ prefix: 'project/', after })), both, `with a prefix, after ${after}`);
    }
  }),

  law('lists thousands of logs in pages that are not empty', async ({ events: store }) => {
    const many = Array.from({ length: 2500 }, (_, n) => `project/${n}`);
    for (let start = 0; start < many.length; start += 500) await openLogs(store, many.slice(start, start + 500));
    const listed = [];
    for await (const page of store.logs({ prefix: 'project/' })) {
      assert.ok(page.length > 0);
      listed.push(...page);
    }
    assert.deepEqual(listed, [...many].sort());
  }),

  law('does not list a log whose first append was refused', async ({ events: store }) => {
    await store.append([write('project/1', 5, event())]);
    assert.deepEqual(await collect(store.logs()), []);
  }),

  law('erases everything of a log', async ({ events: store }) => {
    await append(store, write('project/1', 0, event('Loaded', { tags: ['table:a'] }), ...events(1200)));
    await store.erase('project/1');
    assert.equal(await store.head('project/1'), undefined);
    assert.deepEqual(await collect(store.logs()), []);
    for (const options of [{}, { backward: true }, { tags: ['table:a'] }, { types: ['Loaded', 'Noted'] }]) {
      assert.deepEqual(await readAll(store, 'project/1', options), []);
    }
  }),

  law('erases nothing of the neighbours of a log', async ({ events: store }) => {
    const opened = event('Opened', { tags: ['table:a'] });
    await append(store, ...ids.map((log) => write(log, 0, opened, event())));
    await store.erase('project/1');
    const others = ids.filter((id) => id !== 'project/1');
    assert.deepEqual(await collect(store.logs()), [...others].sort());
    for (const log of others) {
      assert.equal((await store.head(log))?.position, 2);
      assert.equal((await readAll(store, log)).length, 2);
      assert.equal((await readAll(store, log, { tags: ['table:a'], types: ['Opened'] })).length, 1);
    }
  }),

  law('lets an erased log begin again, with the same ids too', async ({ events: store }) => {
    const first = event('Opened', { tags: ['table:a'], at: '2030-01-01T00:00:00.000Z' });
    await append(store, write('project/1', 0, first, ...events(5)));
    await store.erase('project/1');
    const again = { ...first, tags: ['table:b'], at: '2026-01-01T00:00:00.000Z' };
    assert.deepEqual(await append(store, write('project/1', 0, again)), [{ position: 1, recordedAt: again.at }]);
    assertGapless(await readAll(store, 'project/1'));
    assert.deepEqual(await readAll(store, 'project/1', { tags: ['table:a'] }), []);
    assert.equal((await readAll(store, 'project/1', { tags: ['table:b'] })).length, 1);
  }),

  law('erases a log that does not exist without complaint', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    await store.erase('project/2');
    await store.erase('project/');
    assert.deepEqual(await collect(store.logs()), ['project/1']);
  }),
];

async function openLogs(store: EventStore, logs: readonly string[]): Promise<void> {
  await append(store, ...logs.map((log) => write(log, 0, event())));
}
