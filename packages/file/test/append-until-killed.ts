/** Appends batches of one to five events to two logs at once, for ever, and reports each one that was acknowledged. */
import { event } from '@daybook/testing';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';

const { directory, logs } = argument<{ directory: string; logs: string[] }>();
const storage = fileStorage({ directory });

for (let round = 1; ; round += 1) {
  const writes = await Promise.all(
    logs.map(async (log) => ({
      log,
      expected: (await storage.events.head(log))?.position ?? 0,
      events: Array.from({ length: 1 + (round % 5) }, () => event('Noted', { tags: ['note:1'] })),
    })),
  );
  const { status } = await storage.events.append(writes);
  await report({ status, writes: writes.map(({ log, expected, events }) => ({ log, expected, ids: events.map(({ id }) => id) })) });
}
