import { join } from 'node:path';
import type { NewEvent } from '@daybook/core';
import { open } from 'lmdb';
import { v7 } from 'uuid';
import { type Suite, shareOf } from './figure';
import { alternating, say } from './measure';
import { inFolder, inProject } from './workplace';

const rounds = 5;
const [counted, uncounted] = [21, 30];

/** Durable writes: one event at a time beside LMDB doing the same, and many commands at once beside one at a time. */
export const appending: Suite = {
  figures: ['append-one-at-a-time', 'commands-64-at-once'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, async (project, { events }) => {
        say('appending');
        const raw = rawLmdb(join(folder, 'raw'));
        const each = 300;
        let head = 0;
        const [ours, bare] = await alternating(
          rounds,
          async () => {
            for (let i = 0; i < each; i++) await events.append([{ log: 'user/bench', expected: head++, events: [newEvent()] }]);
          },
          async () => {
            for (let i = 0; i < each; i++) await raw.append(newEvent());
          },
        );
        await raw.close();
        report(
          shareOf({
            ...{ name: 'append-one-at-a-time', value: each / ours, unit: 'events/s', goal: '>= 0.5' },
            rival: { name: 'LMDB, the same rows in one durable transaction each', value: each / bare },
          }),
        );

        const command = (i: string) => project.setMetadata('bench', { turn: i });
        const [together, inTurn] = await alternating(
          counted,
          (round) => Promise.all(Array.from({ length: 64 }, (_, i) => command(`${round} together ${i}`))),
          async (round) => {
            for (let i = 0; i < 64; i++) await command(`${round} in turn ${i}`);
          },
          { uncounted },
        );
        report(
          shareOf({
            ...{ name: 'commands-64-at-once', value: 64 / together, unit: 'commands/s', goal: '>= 10' },
            rival: { name: 'one at a time', value: 64 / inTurn },
          }),
        );
      }),
    ),
};

/** About 300 bytes, with two tags. */
export function newEvent(): NewEvent {
  return {
    id: v7(),
    type: 'BenchRun',
    data: { note: 'as long as a small event is', number: 42, more: 'x'.repeat(100) },
    tags: ['table:bench', 'actor:person:someone'],
    actor: { kind: 'person', id: 'someone' },
    at: new Date().toISOString(),
  };
}

/** An event, its head and four index rows, as bare as it gets: no conflict is looked for, no id checked. */
function rawLmdb(path: string) {
  const database = open({ path, overlappingSync: false, encoding: 'string' });
  let position = 0;
  return {
    append: (event: NewEvent) =>
      database.transaction(() => {
        position += 1;
        database.put(['event', position], JSON.stringify(event));
        database.put(['head'], String(position));
        for (const row of [...event.tags, event.type, event.id]) database.put(['index', row, position], '');
      }),
    close: () => database.close(),
  };
}
