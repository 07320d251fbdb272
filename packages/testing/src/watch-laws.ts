import assert from 'node:assert/strict';
import type { EventStore, LogId } from '@daybook/core';
import { append, conflict, event, events, write } from './events';
import { type Law, law } from './law';

/** How watchers learn that a log grew. */
export const watchLaws: readonly Law[] = [
  law('tells a watcher which log grew', async ({ events: store }) => {
    const told = toldOf(store, 'project/1');
    await append(store, write('project/1', 0, event()));
    await told;
  }),

  law('tells every watcher, of every log of an append', async ({ events: store }) => {
    const logs = ['project/1', 'user/a'];
    const told = [...logs, ...logs].map((log) => toldOf(store, log));
    await append(store, ...logs.map((log) => write(log, 0, ...events(2))));
    await Promise.all(told);
  }),

  law('tells a watcher when the events can be read', async ({ events: store }) => {
    const told = toldOf(store, 'project/1');
    const appending = append(store, write('project/1', 0, event()));
    await told;
    assert.equal((await store.head('project/1'))?.position, 1);
    await appending;
  }),

  law('tells no more once stopped, and stops twice without complaint', async ({ events: store }) => {
    const heard: LogId[] = [];
    const stop = store.watch((log) => heard.push(log));
    stop();
    stop();
    const told = toldOf(store, 'project/1');
    await append(store, write('project/1', 0, event()));
    await told;
    assert.deepEqual(heard, []);
  }),

  law('goes on telling the others when one stops', async ({ events: store }) => {
    const stopFirst = store.watch(() => undefined);
    const told = toldOf(store, 'project/1');
    stopFirst();
    await append(store, write('project/1', 0, event()));
    await told;
  }),

  law('tells of no log that did not grow', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    const heard = new Set<LogId>();
    const stop = store.watch((log) => heard.add(log));
    await conflict(store, write('project/1', 0, event()), write('project/2', 0, event()));
    const told = toldOf(store, 'project/3');
    await append(store, write('project/3', 0, event()));
    await told;
    stop();
    assert.ok(!heard.has('project/2'));
  }),
];

const patienceMs = 5_000;

/** Resolves when a watcher is told of the log; fails when nobody is for a long time. */
export function toldOf(store: EventStore, log: LogId): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => finish(() => reject(new assert.AssertionError({ message: `nobody was told of ${log}` }))),
      patienceMs,
    );
    const stop = store.watch((grown) => grown === log && finish(resolve));
    function finish(settle: () => void): void {
      clearTimeout(deadline);
      stop();
      settle();
    }
  });
}
