import { isDaybookError } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { append, collect, event, readAll, write } from './events';
import { type Call, type FaultPlan, faultyStorage } from './faulty-storage';
import { storageConformance } from './storage-conformance';
import { TableDriver } from './table-driver';

const unavailable = (error: unknown) => isDaybookError(error, 'STORE_UNAVAILABLE');
const on = (operation: Call['operation'], fault: 'failed' | 'answer lost', nth = 1): FaultPlan => {
  return (call) => (call.operation === operation && call.nth === nth ? fault : undefined);
};

storageConformance('a storage whose faults never strike', {
  describe,
  it,
  open: async () => faultyStorage(memoryStorage(), () => undefined),
});

describe('faulty storage', () => {
  it('fails a call before anything happens', async () => {
    const { events } = faultyStorage(memoryStorage(), on('events.append', 'failed'));
    await expect(events.append([write('project/1', 0, event())])).rejects.toSatisfy(unavailable);
    expect(await events.head('project/1')).toBeUndefined();
  });

  it('loses the answer of an append that was stored, and a retry gets it', async () => {
    const { events } = faultyStorage(memoryStorage(), on('events.append', 'answer lost', 2));
    await append(events, write('project/1', 0, event('A')));
    const second = write('project/1', 1, event('B'));
    await expect(events.append([second])).rejects.toSatisfy(unavailable);
    expect((await readAll(events, 'project/1')).map(({ type }) => type)).toEqual(['A', 'B']);
    expect(await append(events, second)).toEqual([await events.head('project/1')]);
  });

  it('counts the calls of each operation', async () => {
    const calls: Call[] = [];
    const { events, checkpoints } = faultyStorage(memoryStorage(), (call) => void calls.push(call));
    await events.head('project/1');
    await events.head('project/1');
    await checkpoints.latest('project/1', { fold: 'f1' });
    expect(calls).toEqual([
      { operation: 'events.head', nth: 1 },
      { operation: 'events.head', nth: 2 },
      { operation: 'checkpoints.latest', nth: 1 },
    ]);
  });

  it('delays a call until its promise resolves', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<undefined>((resolve) => {
      open = () => resolve(undefined);
    });
    const { events } = faultyStorage(memoryStorage(), ({ operation, nth }) =>
      operation === 'events.append' && nth === 1 ? gate : undefined,
    );
    const late = events.append([write('project/1', 0, event('Late'))]);
    await append(events, write('project/1', 0, event('Early')));
    open();
    expect((await late).status).toBe('conflict');
    expect((await readAll(events, 'project/1')).map(({ type }) => type)).toEqual(['Early']);
  });

  it('fails a read before its first page, or after its last', async () => {
    const storage = memoryStorage();
    await append(storage.events, write('project/1', 0, event()));
    for (const [fault, pages] of [
      ['failed', 0],
      ['answer lost', 1],
    ] as const) {
      const { events } = faultyStorage(storage, on('events.read', fault));
      const seen = [];
      const reading = (async () => {
        for await (const page of events.read('project/1')) seen.push(page);
      })();
      await expect(reading).rejects.toSatisfy(unavailable);
      expect(seen.length).toBe(pages);
      expect((await readAll(events, 'project/1')).length).toBe(1);
    }
  });

  it('fails the writing of a staged source, or loses what it wrote', async () => {
    for (const [fault, orphans] of [
      ['failed', 0],
      ['answer lost', 1],
    ] as const) {
      const { tables } = faultyStorage(memoryStorage(), on('tables.write', fault));
      const table = new TableDriver(tables, ['id']);
      await expect(table.load('id\n1\n')).rejects.toSatisfy(unavailable);
      expect((await collect(tables.parts('p1'))).length).toBe(orphans);
    }
  });
});
