import type { Checkpoint } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { memoryCheckpoints } from './memory-checkpoints';

function checkpoint(position: number, given: Partial<Checkpoint> = {}): Checkpoint {
  return { position, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'project/1', state: `{"at":${position}}`, ...given };
}

describe('checkpoints in memory', () => {
  it('finds the newest of a fold at or before a position, saved in any order', async () => {
    const store = memoryCheckpoints();
    for (const position of [20, 10, 30]) await store.save('project/p', checkpoint(position));
    await store.save('project/p', checkpoint(25, { fold: 'project/2' }));
    const position = async (upTo?: number) => (await store.latest('project/p', { fold: 'project/1', upTo }))?.position;
    expect([await position(), await position(30), await position(29), await position(10), await position(9)]).toEqual([
      30,
      30,
      20,
      10,
      undefined,
    ]);
    expect(await store.latest('project/q', { fold: 'project/1' })).toBeUndefined();
  });

  it('replaces one at the same place', async () => {
    const store = memoryCheckpoints();
    await store.save('project/p', checkpoint(10));
    await store.save('project/p', checkpoint(10, { state: '"new"' }));
    expect((await store.latest('project/p', { fold: 'project/1' }))?.state).toBe('"new"');
  });

  it('forgets all of a log, and only that', async () => {
    const store = memoryCheckpoints();
    await store.save('project/p', checkpoint(10));
    await store.save('project/q', checkpoint(20));
    await store.erase('project/p');
    expect(await store.latest('project/p', { fold: 'project/1' })).toBeUndefined();
    expect(await store.latest('project/q', { fold: 'project/1' })).toMatchObject({ position: 20 });
  });
});
