import assert from 'node:assert/strict';
import type { Checkpoint } from '@daybook/core';
import { append, event, readAll, write } from './events';
import { type Law, law } from './law';

/** What a checkpoint store finds again. */
export const checkpointLaws: readonly Law[] = [
  law('has no checkpoint of a log before one is saved', async ({ checkpoints }) => {
    assert.equal(await checkpoints.latest('project/1', { fold: 'f1' }), undefined);
    assert.equal(await checkpoints.latest('project/1', { fold: 'f1', upTo: 10 }), undefined);
  }),

  law('gives back the newest checkpoint, in whatever order they were saved', async ({ checkpoints }) => {
    for (const position of [100, 9, 1000, 10, 999]) await checkpoints.save('project/1', checkpoint(position));
    assert.deepEqual({ ...(await checkpoints.latest('project/1', { fold: 'f1' })) }, checkpoint(1000));
  }),

  law('gives back the newest checkpoint at or before a position', async ({ checkpoints }) => {
    const saved = [1, 9, 10, 99, 100, 70_000, 3_000_000_000, Number.MAX_SAFE_INTEGER];
    for (const position of saved) await checkpoints.save('project/1', checkpoint(position));
    for (const upTo of [...saved, 2, 50, 101, 69_999, 4_000_000_000]) {
      const expected = checkpoint(saved.findLast((position) => position <= upTo)!);
      assert.deepEqual({ ...(await checkpoints.latest('project/1', { fold: 'f1', upTo })) }, expected, `up to ${upTo}`);
    }
    assert.equal(await checkpoints.latest('project/1', { fold: 'f1', upTo: 0 }), undefined);
  }),

  law('keeps folds apart', async ({ checkpoints }) => {
    const folds = ['f1', 'f10', 'f', 'f1:2', 'F1', 'f1/žluťoučký'];
    for (const [index, fold] of folds.entries()) await checkpoints.save('project/1', { ...checkpoint(10 + index), fold });
    for (const [index, fold] of folds.entries()) {
      const found = await checkpoints.latest('project/1', { fold });
      assert.deepEqual([found?.fold, found?.position], [fold, 10 + index]);
    }
    assert.equal(await checkpoints.latest('project/1', { fold: 'f2' }), undefined);
  }),

  law('keeps logs apart', async ({ checkpoints }) => {
    const logs = ['project/1', 'project/10', 'project/1/f1', 'project', 'user/1'];
    for (const [index, log] of logs.entries()) await checkpoints.save(log, checkpoint(index + 1));
    for (const [index, log] of logs.entries()) {
      assert.equal((await checkpoints.latest(log, { fold: 'f1' }))?.position, index + 1);
    }
    assert.equal(await checkpoints.latest('project/', { fold: 'f1' }), undefined);
  }),

  law('replaces a checkpoint saved again at its position, and only that one', async ({ checkpoints }) => {
    for (const position of [5, 6, 7]) await checkpoints.save('project/1', checkpoint(position));
    await checkpoints.save('project/1', { ...checkpoint(6), state: '{"n":"new"}' });
    const states = [];
    for (const upTo of [5, 6, 7]) states.push((await checkpoints.latest('project/1', { fold: 'f1', upTo }))?.state);
    assert.deepEqual(states, ['{"n":5}', '{"n":"new"}', '{"n":7}']);
  }),

  law('keeps a state of megabytes, character by character', async ({ checkpoints }) => {
    const state = JSON.stringify({ text: 'žluťoučký 漢字 🐎 \u0000 \u2028 "\\'.repeat(150_000) });
    await checkpoints.save('project/1', { ...checkpoint(3), state });
    assert.equal((await checkpoints.latest('project/1', { fold: 'f1' }))?.state, state);
  }),

  law('erases all checkpoints of a log and none of its neighbours', async ({ checkpoints }) => {
    const others = ['project/10', 'project/1/x', 'project'];
    for (const log of ['project/1', ...others]) {
      for (const fold of ['f1', 'f2']) for (const position of [1, 20]) await checkpoints.save(log, { ...checkpoint(position), fold });
    }
    await checkpoints.erase('project/1');
    for (const fold of ['f1', 'f2']) {
      assert.equal(await checkpoints.latest('project/1', { fold }), undefined);
      for (const log of others) assert.equal((await checkpoints.latest(log, { fold }))?.position, 20);
    }
    await checkpoints.erase('project/2');
  }),

  law('is only a cache: checkpoints and events of a log come and go without each other', async ({ checkpoints, events }) => {
    await checkpoints.save('project/1', checkpoint(40));
    assert.deepEqual([await events.head('project/1'), await readAll(events, 'project/1')], [undefined, []]);
    await append(events, write('project/1', 0, event()));
    await checkpoints.erase('project/1');
    assert.equal((await readAll(events, 'project/1')).length, 1);
  }),
];

function checkpoint(position: number): Checkpoint {
  return { position, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f1', state: JSON.stringify({ n: position }) };
}
