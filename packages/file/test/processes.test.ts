import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RecordedEvent } from '@daybook/core';
import { collect, event } from '@daybook/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStorage } from '../src/index';
import { startChild } from './child';

/** The suite's long form sets it to 100. */
const crashRounds = Number(process.env.DAYBOOK_CRASH_ROUNDS ?? 5);
/** Starting a process takes long on a busy machine. */
const patient = { timeout: 120_000 };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'daybook-file-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

type Acknowledged = {
  readonly status: string;
  readonly writes: { readonly log: string; readonly expected: number; readonly ids: string[] }[];
};

function positionsOf(events: readonly RecordedEvent[]): number[] {
  return events.map(({ position }) => position);
}

describe('a process killed while it appends', () => {
  it(
    'loses nothing that was acknowledged and leaves no half batch',
    async () => {
      const logs = ['project/a', 'organization/b'];
      const acknowledged: Acknowledged[] = [];
      for (let round = 0; round < crashRounds; round += 1) {
        const child = startChild<Acknowledged>('append-until-killed.ts', { directory, logs });
        await child.report();
        await setTimeout(Math.random() * 200);
        await child.kill();
        acknowledged.push(...child.reports);

        await using storage = fileStorage({ directory });
        const [one, other] = await Promise.all(logs.map((log) => collect(storage.events.read(log))));
        expect(positionsOf(one!)).toEqual(range(1, one!.length));
        expect(other!.length).toBe(one!.length);
        const stored = new Map([one!, other!].flat().map(({ log, position, id }) => [`${log} ${position}`, id]));
        for (const { status, writes } of acknowledged) {
          expect(status).toBe('appended');
          for (const { log, expected, ids } of writes) {
            expect(ids.map((_, index) => stored.get(`${log} ${expected + index + 1}`))).toEqual(ids);
          }
        }
        const unacknowledged = one!.length - acknowledged.reduce((sum, { writes }) => sum + writes[0]!.ids.length, 0);
        expect(unacknowledged).toBeGreaterThanOrEqual(0);
        const tagged = await collect(storage.events.read(logs[0]!, { tags: ['note:1'] }));
        expect(tagged).toEqual(one);
      }
    },
    120_000 + crashRounds * 5_000,
  );
});

describe('several processes that write one log at once', () => {
  it('make one history without gaps, from an empty directory on', patient, async () => {
    const log = 'project/shared';
    const path = join(directory, 'book');
    const children = range(1, 3).map(() =>
      startChild<{ conflicts: number }>('append-in-competition.ts', { directory: path, log, count: 100 }),
    );
    await Promise.all(children.map((child) => child.end()));

    await using storage = fileStorage({ directory: path });
    const events = await collect(storage.events.read(log));
    expect(positionsOf(events)).toEqual(range(1, 300));
    expect(new Set(events.map(({ id }) => id)).size).toBe(300);
    expect(events.map(({ recordedAt }) => recordedAt)).toEqual(events.map(({ recordedAt }) => recordedAt).sort());
  });

  it('go on when one of them is killed', patient, async () => {
    await using storage = fileStorage({ directory });
    const child = startChild<Acknowledged>('append-until-killed.ts', { directory, logs: ['project/a', 'project/b'] });
    await child.report();
    const append = async () => {
      const expected = (await storage.events.head('project/c'))?.position ?? 0;
      return (await storage.events.append([{ log: 'project/c', expected, events: [event()] }])).status;
    };
    const appends = [await append()];
    const killed = child.kill();
    appends.push(await append());
    await killed;
    appends.push(await append());
    expect(appends).toEqual(['appended', 'appended', 'appended']);
  });
});

describe('a full disk', () => {
  it('fails what it has no room for and nothing else', patient, async () => {
    const log = 'project/full';
    const child = startChild<{ outcomes: string[]; read: number; head: number }>(
      'fill-disk.ts',
      { directory, log },
      { largestFileBytes: 2_000_000 },
    );
    const { outcomes, read, head } = await child.report();
    await child.end();
    expect(outcomes).toEqual(['appended', 'STORE_UNAVAILABLE', 'appended', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    expect(read).toBe(head);

    await using storage = fileStorage({ directory });
    expect(positionsOf(await collect(storage.events.read(log)))).toEqual(range(1, head));
    const events = range(1, 500).map(() => event());
    expect((await storage.events.append([{ log, expected: head, events }])).status).toBe('appended');
  });
});
