import { storageConformance } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from './memory-storage';

storageConformance('memory', { describe, it, open: async () => memoryStorage() });

describe('storage in memory', () => {
  it('can be used on after one of its users has disposed it', async () => {
    const storage = memoryStorage();
    const event = {
      id: 'e1',
      type: 'ProjectCreated',
      data: {},
      tags: [],
      actor: { kind: 'person', id: 'alice' },
      at: '2026-11-01T10:00:00.000Z',
    } as const;
    await storage.events.append([{ log: 'project/p', expected: 0, events: [event] }]);
    await storage[Symbol.asyncDispose]();
    expect(await storage.events.head('project/p')).toEqual({ position: 1, recordedAt: '2026-11-01T10:00:00.000Z' });
  });

  it('keeps nothing in common with another', async () => {
    const [one, other] = [memoryStorage(), memoryStorage()];
    await one.checkpoints.save('project/p', { position: 1, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f', state: '{}' });
    expect(await other.checkpoints.latest('project/p', { fold: 'f' })).toBeUndefined();
  });
});
