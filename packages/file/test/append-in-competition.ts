/** Appends events one by one to a log that other processes append to as well, trying again on each conflict. Reports how many conflicts it met. */
import { event } from '@daybook/testing';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';

const { directory, log, count } = argument<{ directory: string; log: string; count: number }>();
const storage = fileStorage({ directory });
let conflicts = 0;
for (let stored = 0; stored < count; ) {
  const expected = (await storage.events.head(log))?.position ?? 0;
  const { status } = await storage.events.append([{ log, expected, events: [event('Noted', { at: new Date().toISOString() })] }]);
  if (status === 'appended') stored += 1;
  else conflicts += 1;
}
await storage[Symbol.asyncDispose]();
await report({ conflicts });
process.disconnect();
