/**
 * Appends one to five events to two logs at once, which others write too, until it is stopped. Whatever the server does meanwhile, each append
 * is asked until it is answered, with the same ids. Reports each that was acknowledged.
 */
import { setTimeout } from 'node:timers/promises';
import { type AppendResult, isDaybookError, type NewEvent } from '@daybook/core';
import { event } from '@daybook/testing';
import { postgresStorage } from '../src/index';
import { argument, isStopped, report } from './in-child';

const { connectionString, schema, logs } = argument<{ connectionString: string; schema: string; logs: string[] }>();
const { events: store, ...storage } = open();

function open() {
  const storage = postgresStorage({ connectionString, schema, connections: 4 });
  return { events: storage.events, close: () => storage[Symbol.asyncDispose]() };
}

async function surely<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
      await setTimeout(50);
    }
  }
}

async function append(batches: readonly (readonly NewEvent[])[]): Promise<AppendResult & { expected: number[] }> {
  for (;;) {
    const heads = await surely(() => Promise.all(logs.map((log) => store.head(log))));
    const expected = heads.map((head) => head?.position ?? 0);
    const writes = logs.map((log, index) => ({ log, expected: expected[index]!, events: batches[index]! }));
    const result = await surely(() => store.append(writes));
    if (result.status === 'appended') return { ...result, expected };
  }
}

for (let round = 1; !isStopped(); round += 1) {
  const batches = logs.map(() => Array.from({ length: 1 + (round % 5) }, () => event('Noted', { tags: ['note:1'] })));
  const { expected } = await append(batches);
  await report(logs.map((log, index) => ({ log, expected: expected[index]!, ids: batches[index]!.map(({ id }) => id) })));
}
await storage.close();
process.disconnect();
