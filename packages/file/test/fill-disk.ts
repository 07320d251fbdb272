/** Meets a file that cannot grow: first with an append too large for what is left, then with small ones until nothing is left. Reports each outcome. */
import { isDaybookError } from '@daybook/core';
import { collect, event } from '@daybook/testing';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';

const { directory, log } = argument<{ directory: string; log: string }>();
const storage = fileStorage({ directory });

async function append(count: number): Promise<string> {
  const expected = (await storage.events.head(log))?.position ?? 0;
  const events = Array.from({ length: count }, () => event('Noted', { data: { text: 'x'.repeat(1_000) } }));
  try {
    return (await storage.events.append([{ log, expected, events }])).status;
  } catch (error) {
    if (isDaybookError(error) && error.cause instanceof Error) return error.code;
    throw error;
  }
}

const outcomes = [await append(20), await append(5_000), await append(1)];
let small = outcomes[2]!;
while (small === 'appended') small = await append(3);
outcomes.push(small, await append(100));
const read = (await collect(storage.events.read(log))).length;
const head = (await storage.events.head(log))?.position ?? 0;
await storage[Symbol.asyncDispose]();
await report({ outcomes, read, head });
process.disconnect();
