import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type EventStore, Folder, openDaybook, projectDecider, type RecordedEvent } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { memoryCheckpoints, memoryEvents } from '@daybook/memory';
import { alone, type Suite, shareOf } from './figure';
import { history, store } from './history';
import { alternating, median, say, seconds } from './measure';
import { inFolder } from './workplace';

const length = 100_000;
/** In the middle, and as far from the checkpoint before it as a position can be. */
const middle = 54_999;

/** What it costs that state is a fold of events. */
export const folding: Suite = {
  figures: ['fold-from-memory', 'open-as-of-the-middle'],
  run: (report) =>
    inFolder(async (place) => {
      say(`folding a history of ${length} events`);
      const id = randomUUID();
      const log = `project/${id}`;
      const directory = join(place, 'book');
      const storage = fileStorage({ directory });
      await store(storage.events, log, history(id, length));

      const events = await readAll(storage.events, log, length);
      const folder = new Folder({ events: memoryEvents(), checkpoints: memoryCheckpoints() }, projectDecider, log);
      const fold = async (recorded: readonly RecordedEvent[]) => folder.advance(folder.begin(), recorded);
      const times: number[] = [];
      for (let round = 0; round < 9; round++) times.push(await seconds(() => fold(events)));
      report(alone({ name: 'fold-from-memory', value: length / median(times), unit: 'events/s', goal: '>= 500000' }));

      await openAt(directory, id, length);
      const [ours, rival] = await alternating(
        5,
        () => openAt(directory, id, middle),
        async () => fold(await readAll(storage.events, log, 10_000)),
      );
      report(
        shareOf({
          ...{ name: 'open-as-of-the-middle', value: ours, unit: 's', goal: '<= 1' },
          rival: { name: 'reading and folding 10,000 events', value: rival },
        }),
      );
      await storage[Symbol.asyncDispose]();
    }),
};

/** Opens the book anew and asks for a past state. (The first time leaves checkpoints.) */
async function openAt(directory: string, id: string, position: number): Promise<void> {
  await using daybook = await openDaybook({ storage: fileStorage({ directory }) });
  const project = await daybook.as({ kind: 'system', id: 'bench' }).project(id);
  const { tables } = await project.at(position).describe();
  if (tables === 0) throw new Error('The past is empty');
}

async function readAll(events: EventStore, log: string, limit: number): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const page of events.read(log, { limit })) all.push(...page);
  return all;
}
