import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDaybookError, type RecordedEvent, type Storage } from '@daybook/core';
import { collect, directoryName, event, tableLife } from '@daybook/testing';
import fc from 'fast-check';
import { open as openDatabase } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../test/child';
import { Environment } from './environment';
import { fileStorage } from './index';
import { headKey, positionKey, rowsOf } from './keys';

const log = 'project/a';
let directory: string;
let opened: AsyncDisposable[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'daybook-file-'));
  opened = [];
});

afterEach(async () => {
  for (const each of opened) await each[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function open(path = directory): Storage {
  const storage = fileStorage({ directory: path });
  opened.push(storage);
  return storage;
}

/** The database behind a storage's back. */
function openRows(): Environment {
  const environment = new Environment(join(directory, 'events.lmdb'));
  opened.push({ [Symbol.asyncDispose]: () => environment.close() });
  return environment;
}

function positionsOf(events: readonly RecordedEvent[]): number[] {
  return events.map(({ position }) => position);
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return isDaybookError(error) ? error.code : `${error}`;
  }
  return 'no error';
}

describe('a directory', () => {
  it('may have any name: nothing is read of it', { timeout: 120_000 }, async () => {
    const life = (storage: Storage) => tableLife(storage.tables, ['env', 'a', 'k'], ['env']);
    const expected = await life(open(join(directory, 'plain')));
    const property = fc.asyncProperty(directoryName(), async (name) => {
      await using storage = fileStorage({ directory: join(directory, name, 'book') });
      expect(await life(storage)).toEqual(expected);
    });
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 10), examples: [['env=prod'], ['a[1]*']] });
  });

  it('is made with all that leads to it, and opened again with what it holds', async () => {
    const path = join(directory, 'deep', 'book');
    const first = open(path);
    await first.events.append([{ log, expected: 0, events: [event('Noted', { id: '1' })] }]);
    await first[Symbol.asyncDispose]();
    expect((await collect(open(path).events.read(log))).map(({ id }) => id)).toEqual(['1']);
  });

  it('may be given relative to the current one, and stays where it is when that changes', async () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      const storage = open('./books/one');
      process.chdir(before);
      expect(await storage.tables.parts('p')[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
      expect(readdirSync(join(directory, 'books/one'))).toContain('events.lmdb');
    } finally {
      process.chdir(before);
    }
  });

  it('says what it is', () => {
    open();
    expect(JSON.parse(readFileSync(join(directory, 'daybook.json'), 'utf8'))).toEqual({ format: 'daybook-file', version: 1 });
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that holds something else is refused and left alone', async () => {
    writeFileSync(join(directory, 'thesis.txt'), 'mine');
    expect(await codeOf(() => open())).toBe('STORE_UNAVAILABLE');
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
  });

  it('with hidden files only is taken', async () => {
    writeFileSync(join(directory, '.keep'), '');
    expect(await open().events.head(log)).toBeUndefined();
  });

  it.each(['{"format":"daybook-file","version":2}', '{"format":"other","version":1}', 'null', '{'])(
    'marked %s is refused',
    async (marker) => {
      writeFileSync(join(directory, 'daybook.json'), marker);
      expect(await codeOf(() => open())).toBe('STORE_UNAVAILABLE');
    },
  );

  it('that is a file is refused', async () => {
    writeFileSync(join(directory, 'file'), '');
    expect(await codeOf(() => open(join(directory, 'file')))).toBe('STORE_UNAVAILABLE');
  });
});

describe('two storages of one directory in one process', () => {
  it('see what the other stores, also through another path, and outlive each other', async () => {
    symlinkSync(directory, `${directory}-link`);
    try {
      const [one, other] = [open(), open(`${directory}-link`)];
      await one.events.append([{ log, expected: 0, events: [event()] }]);
      expect((await other.events.head(log))?.position).toBe(1);
      await one[Symbol.asyncDispose]();
      expect((await other.events.append([{ log, expected: 1, events: [event()] }])).status).toBe('appended');
      expect(positionsOf(await collect(open().events.read(log)))).toEqual([1, 2]);
    } finally {
      rmSync(`${directory}-link`);
    }
  });

  it('that append at once: one is stored, one is told', async () => {
    const results = await Promise.all([open(), open()].map(({ events }) => events.append([{ log, expected: 0, events: [event()] }])));
    expect(results.map(({ status }) => status).sort()).toEqual(['appended', 'conflict']);
  });
});

describe('closing', () => {
  it('waits for appends under way', async () => {
    const storage = open();
    const appends = [0, 1, 2].map((expected) => storage.events.append([{ log, expected, events: [event()] }]));
    await storage[Symbol.asyncDispose]();
    expect((await Promise.all(appends)).map(({ status }) => status)).toEqual(['appended', 'appended', 'appended']);
    expect((await open().events.head(log))?.position).toBe(3);
  });

  it('makes every later use a mistake of the caller', async () => {
    const storage = open();
    await storage[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await expect(storage.events.append([{ log, expected: 0, events: [event()] }])).rejects.toThrow(TypeError);
    await expect(storage.events.head(log)).rejects.toThrow(TypeError);
    await expect(storage.checkpoints.latest(log, { fold: 'f' })).rejects.toThrow(TypeError);
  });
});

describe('appending', () => {
  it('of what JSON cannot write stores nothing of it', async () => {
    const { events } = open();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const bad = event('Noted', { data: circle as never });
    const writes = [
      { log, expected: 0, events: [event()] },
      { log: 'project/b', expected: 0, events: [event(), bad] },
    ];
    await expect(events.append(writes)).rejects.toThrow(TypeError);
    expect(await collect(events.logs())).toEqual([]);
    expect((await events.append(writes.slice(0, 1))).status).toBe('appended');
  });

  it('to many logs at once takes few transactions', async () => {
    const { events } = open();
    const database = openDatabase({ path: join(directory, 'events.lmdb'), noSubdir: true, overlappingSync: false });
    opened.push({ [Symbol.asyncDispose]: () => database.close() });
    const transactions = () => {
      database.resetReadTxn();
      return (database.getStats() as { lastTxnId: number }).lastTxnId;
    };
    const before = transactions();
    await Promise.all(
      Array.from({ length: 64 }, (_, index) => events.append([{ log: `project/${index}`, expected: 0, events: [event()] }])),
    );
    expect(transactions() - before).toBe(1);
    expect(await collect(events.logs())).toHaveLength(64);
  });
});

describe('reading', () => {
  it('lets others work between pages and does not see what came after it began', async () => {
    const { events } = open();
    await events.append([{ log, expected: 0, events: Array.from({ length: 2_500 }, () => event()) }]);
    const sizes: number[] = [];
    for await (const page of events.read(log)) {
      sizes.push(page.length);
      await events.append([{ log, expected: 2_499 + sizes.length, events: [event()] }]);
    }
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('keeps pages of large events small', async () => {
    const { events } = open();
    const large = () => event('Noted', { data: { text: 'x'.repeat(1_500_000) } });
    await events.append([{ log, expected: 0, events: [large(), large(), large(), large()] }]);
    const sizes: number[] = [];
    for await (const page of events.read(log)) sizes.push(page.length);
    expect(sizes).toEqual([3, 1]);
  });

  it('ends when the log is erased meanwhile', async () => {
    const { events } = open();
    await events.append([{ log, expected: 0, events: Array.from({ length: 1_500 }, () => event('Noted', { tags: ['note:1'] })) }]);
    for (const options of [{}, { tags: ['note:1'] }]) {
      let read = 0;
      for await (const page of events.read(log, options)) {
        read += page.length;
        await events.erase(log);
      }
      expect(read).toBe(1_000);
      await events.append([{ log, expected: 0, events: Array.from({ length: 1_500 }, () => event('Noted', { tags: ['note:1'] })) }]);
    }
  });

  it('tells texts apart that keys cannot', async () => {
    const { events } = open();
    const tags = ['\ud800', '\ud801', '\ufffd'];
    await events.append([{ log, expected: 0, events: tags.map((tag) => event('Noted', { tags: [tag] })) }]);
    for (const [index, tag] of tags.entries()) expect(positionsOf(await collect(events.read(log, { tags: [tag] })))).toEqual([index + 1]);
  });

  it('finds types of any length', async () => {
    const { events } = open();
    const types = ['A'.repeat(3_000), `${'A'.repeat(3_000)}B`];
    await events.append([{ log, expected: 0, events: types.map((type) => event(type)) }]);
    expect(positionsOf(await collect(events.read(log, { types: [types[1]!] })))).toEqual([2]);
  });
});

describe('damage', () => {
  it('of an event is told, not read over', async () => {
    const { events } = open();
    await events.append([{ log, expected: 0, events: Array.from({ length: 5 }, () => event('Noted', { tags: ['note:1'] })) }]);
    const { rows } = openRows();
    const third = positionKey(rowsOf(log, 'event'), 3);
    const readAll = () => collect(events.read(log));
    const readTagged = () => collect(events.read(log, { tags: ['note:1'], backward: true }));
    for (const text of ['{"id":', rows.get(positionKey(rowsOf(log, 'event'), 2))!, 'null']) {
      await rows.put(third, text);
      expect([await codeOf(readAll), await codeOf(readTagged)]).toEqual(['STORE_CORRUPT', 'STORE_CORRUPT']);
    }
    await rows.remove(third);
    expect([await codeOf(readAll), await codeOf(readTagged)]).toEqual(['STORE_CORRUPT', 'STORE_CORRUPT']);
    await rows.remove(positionKey(rowsOf(log, 'event'), 5));
    expect([await codeOf(readAll), await codeOf(readTagged)]).toEqual(['STORE_CORRUPT', 'STORE_CORRUPT']);
  });

  it.each([Buffer.alloc(65_536), Buffer.from('no database')])('of the database is told on opening', async (bytes) => {
    await open()[Symbol.asyncDispose]();
    writeFileSync(join(directory, 'events.lmdb'), bytes);
    expect(await codeOf(() => open())).toBe('STORE_CORRUPT');
  });
});

describe('an erasure that a crash cut short', () => {
  it('is finished before the log begins again', async () => {
    const { events } = open();
    const first = Array.from({ length: 3 }, (_, index) => event('Noted', { id: `${index}`, tags: ['note:old'] }));
    await events.append([{ log, expected: 0, events: first }]);
    await openRows().heads.remove(headKey(log));
    expect(await collect(events.read(log))).toEqual([]);
    await events.append([{ log, expected: 0, events: [event('Noted', { id: '1' })] }]);
    await events.append([{ log, expected: 1, events: [event('Noted', { id: '2' })] }]);
    expect((await collect(events.read(log))).map(({ id }) => id)).toEqual(['1', '2']);
    expect(await collect(events.read(log, { tags: ['note:old'] }))).toEqual([]);
  });
});

describe('hints', () => {
  it('reach listeners of the same storage, of another and of another process, until they stop', { timeout: 120_000 }, async () => {
    const [one, other] = [open(), open()];
    const heard = (storage: Storage) => new Promise<string>((resolve) => opened.push(stopping(storage.events.watch(resolve))));
    const stopped: string[] = [];
    one.events.watch((each) => stopped.push(each))();
    const [near, far] = [heard(one), heard(other)];
    await one.events.append([{ log, expected: 0, events: [event()] }]);
    expect(await Promise.all([near, far])).toEqual([log, log]);

    const fromAfar = heard(one);
    const child = startChild('append-in-competition.ts', { directory, log: 'project/b', count: 1 });
    expect(await fromAfar).toBe('project/b');
    await child.end();
    expect(stopped).toEqual([]);
  });

  it('work again after their file is gone, and name no log that is not there', async () => {
    const [one, other] = [open(), open()];
    const heard = new Set<string>();
    opened.push(stopping(other.events.watch((each) => heard.add(each))));
    const appendUntilHeard = async (id: string) => {
      for (let expected = 0; !heard.has(id); expected += 1) {
        await one.events.append([{ log: id, expected, events: [event()] }]);
        await setTimeout(20);
      }
    };
    await appendUntilHeard(log);
    rmSync(join(directory, 'hints'));
    await appendUntilHeard('project/with-a-longer-name');
    expect([...heard]).toEqual([log, 'project/with-a-longer-name']);
  });
});

function stopping(stop: () => void): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => stop() };
}
