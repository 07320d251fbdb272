import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Column, isDaybookError, type RecordedEvent, type Storage } from '@daybook/core';
import { fileParts } from '@daybook/duckdb';
import { collect, directoryName, event, tableLife } from '@daybook/testing';
import fc from 'fast-check';
import { Client, Pool } from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionString, dropSchemas, newSchema, storageIn, withClient } from '../test/schemas';
import { type PostgresStorageOptions, postgresStorage } from './index';

const log = 'project/a';
const columns: readonly Column[] = [{ id: 'c1', name: 'text', type: 'string', nullable: true }];
const schemas: string[] = [];
let schema: string;

beforeEach(() => {
  schema = newSchema();
  schemas.push(schema);
});

afterAll(() => dropSchemas(schemas), 120_000);

const open = (options: Partial<PostgresStorageOptions> = {}) => storageIn(schema, options);

function positionsOf(events: readonly RecordedEvent[]): number[] {
  return events.map(({ position }) => position);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return isDaybookError(error) ? error.code : `${error}`;
  }
  return 'no error';
}

async function load({ tables }: Storage, csv: string) {
  await using staged = await tables.stage({ project: 'p', source: { csv }, csv: {} });
  const base = { project: 'p', columns, primaryKey: [], parts: [] };
  const { change } = await staged.write({ base, columns, mode: 'full' });
  return { ...base, parts: change.splices.flatMap(({ added }) => added) };
}

function named(name: string): string {
  const url = new URL(connectionString);
  url.searchParams.set('application_name', name);
  return url.href;
}

/** What `append` of the schema takes for one event, as text. */
function bareAppend(expected: number, id: string) {
  const types = ['int4', 'text', 'int8', 'int4', 'text', 'text', 'text', 'int4', 'int8', 'int4', 'text', 'text', 'text', 'text'];
  const at = '2026-11-01T10:00:00.000Z';
  const events = JSON.stringify([{ id, type: 'Noted', data: {}, tags: [], actor: { kind: 'person', id: 'alice' } }]);
  const ofWrite = [[1], [log], [expected], [1], [at], [`"${id}"`], [`"${id}"`]];
  const ofBatch = [[1], [expected + 1], [1], [at], [`"${id}"`], ['type Noted'], [events]];
  const parameters = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  return { text: `SELECT * FROM ${schema}.append(true, ${parameters})`, values: [...ofWrite, ...ofBatch] };
}

describe('opening', () => {
  it('takes a connection string or a pool, and nothing in between', () => {
    expect(() => postgresStorage({})).toThrow(TypeError);
    expect(() => postgresStorage({ connectionString, sql: new Pool() })).toThrow(TypeError);
  });

  it('of a server that is not there is told by the first use, and again by the next', async () => {
    await using storage = postgresStorage({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
    for (let tries = 0; tries < 2; tries += 1) {
      const error = await storage.events.head(log).catch((error) => error);
      expect(error.code).toBe('STORE_UNAVAILABLE');
      expect(error.cause).toBeInstanceOf(Error);
    }
  });
});

describe('closing', () => {
  it('waits for appends under way, asked for in one turn', async () => {
    const storage = open();
    const appends = [0, 1, 2].map((expected) => storage.events.append([{ log, expected, events: [event()] }]));
    await storage[Symbol.asyncDispose]();
    expect((await Promise.all(appends)).map(({ status }) => status)).toEqual(['appended', 'appended', 'appended']);
  });

  it('makes every later use a mistake of the caller', async () => {
    const storage = open();
    await storage[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await expect(storage.events.append([{ log, expected: 0, events: [event()] }])).rejects.toThrow(TypeError);
    await expect(storage.events.head(log)).rejects.toThrow(TypeError);
    await expect(collect(storage.events.read(log))).rejects.toThrow(TypeError);
    await expect(storage.checkpoints.latest(log, { fold: 'f' })).rejects.toThrow(TypeError);
  });

  it('leaves a pool that the caller opened', async () => {
    const pool = new Pool({ connectionString, max: 2 });
    const storage = open({ connectionString: undefined, sql: pool });
    await storage.events.append([{ log, expected: 0, events: [event()] }]);
    await storage[Symbol.asyncDispose]();
    expect((await pool.query(`SELECT count(*) FROM ${schema}.events`)).rows).toEqual([{ count: '1' }]);
    await pool.end();
  });
});

describe('a pool of one connection', () => {
  it.each([1, 3])('serves appends, reads and transactions by turns and at once, %s times', async (times) => {
    await using storage = open({ connections: 1 });
    for (let turn = 0; turn < times; turn += 1) {
      await Promise.all([
        storage.events.append([{ log: `project/${turn}`, expected: 0, events: [event()] }]),
        storage.events.head(log),
        storage.checkpoints.save(log, { position: turn + 1, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f', state: '{}' }),
        storage.events.erase('project/none'),
      ]);
      await storage.events.erase('project/none');
      expect((await storage.checkpoints.latest(log, { fold: 'f' }))?.position).toBe(turn + 1);
    }
    expect((await collect(storage.events.logs())).length).toBe(times);
  });

  it('is there for its owner as soon as the storage does nothing, and ends when its owner wants', async () => {
    const pool = new Pool({ connectionString, max: 1 });
    await using storage = open({ connectionString: undefined, sql: pool });
    for (let expected = 0; expected < 3; expected += 1) {
      await storage.events.append([{ log, expected, events: [event()] }]);
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    }
    await storage.events.head(log);
    await pool.end();
    await expect(storage.events.head(log)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('appending', () => {
  it('of what JSON cannot write stores nothing of it', async () => {
    await using storage = open();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const bad = [
      { log, expected: 0, events: [event()] },
      { log: 'project/b', expected: 0, events: [event('Noted', { data: circle as never })] },
    ];
    const [refused, stored] = await Promise.allSettled([
      storage.events.append(bad),
      storage.events.append([{ log: 'project/c', expected: 0, events: [event()] }]),
    ]);
    expect([refused.status, stored.status]).toEqual(['rejected', 'fulfilled']);
    expect(await collect(storage.events.logs())).toEqual(['project/c']);
  });

  it.each([
    [20, 1],
    [40, 2],
  ])('answers each of %s appends on its own, though their number of transactions is %s', async (count, expected) => {
    await using storage = open();
    const { append } = storage.events;
    const first = event('Noted', { id: 'first' });
    await storage.events.append([{ log: 'project/0', expected: 0, events: [first] }]);
    const transactions = () =>
      withClient(async (client) => (await client.query(`SELECT count(DISTINCT xmin::text) FROM ${schema}.batches`)).rows[0].count);
    const before = Number(await transactions());
    const appends = range(0, count).map((number) =>
      append.call(storage.events, [{ log: `project/${number}`, expected: number === 7 ? 5 : 0, events: [number === 0 ? first : event()] }]),
    );
    const results = await Promise.all(appends);
    expect(results.map(({ status }) => status)).toEqual(range(0, count).map((number) => (number === 7 ? 'conflict' : 'appended')));
    expect((await collect(storage.events.logs())).length).toBe(count);
    expect(Number(await transactions()) - before).toBe(expected);
  });

  it('of an id that its log has is answered conflict, and spoils nothing that went with it', async () => {
    await using storage = open();
    await storage.events.append([{ log, expected: 0, events: [event('Noted', { id: 'taken' }), event()] }]);
    const [taken, other] = await Promise.all([
      storage.events.append([{ log, expected: 2, events: [event(), event('Noted', { id: 'taken' })] }]),
      storage.events.append([{ log: 'project/b', expected: 0, events: [event()] }]),
    ]);
    expect(taken).toMatchObject({ status: 'conflict', log, head: { position: 2 } });
    expect(other.status).toBe('appended');
  });

  it('is on disk, whatever the setting of the server', async () => {
    const url = new URL(connectionString);
    url.searchParams.set('options', '-c synchronous_commit=off');
    const settings: string[] = [];
    await using storage = open({ connectionString: url.href });
    await storage.events.head(log);
    const one = `SELECT * FROM ${schema}.append_one('${log}', 1, '2026-11-01T10:00:00.000Z', '"y"', 'type Noted', '[{"id":"y"}]')`;
    await withClient(async (client) => {
      const setting = async () => settings.push((await client.query('SHOW synchronous_commit')).rows[0].synchronous_commit);
      await client.query('SET synchronous_commit = off');
      for (const append of [bareAppend(0, 'x'), { text: one }]) {
        await client.query('BEGIN');
        expect((await client.query(append)).rows).toMatchObject([{ outcome: 'appended' }]);
        await setting();
        await client.query('COMMIT');
        await setting();
      }
    });
    expect(settings).toEqual(['on', 'off', 'on', 'off']);
  });
});

describe('what is stored', () => {
  const query = (sql: string) => withClient(async (client) => (await client.query(sql)).rows);

  it('of many small events is few rows, none of them compressed', async () => {
    await using storage = open();
    const many = Array.from({ length: 1_000 }, () => event('Noted', { data: { text: 'a'.repeat(150) }, tags: ['note:1', 'job:2'] }));
    await storage.events.append([{ log, expected: 0, events: many }]);
    const [rows] = await query(`SELECT count(*)::int, max(pg_column_size(b)) AS size, max(pg_column_compression(events)) AS compression
      FROM ${schema}.batches b`);
    expect(rows.count).toBeLessThan(250);
    expect(rows.size).toBeLessThan(2_000);
    expect(rows.compression).toBeNull();
  });

  it('gets its slices 64 events at a time', async () => {
    await using storage = open();
    for (const expected of range(0, 149)) {
      await storage.events.append([{ log, expected, events: [event('Noted', { tags: ['note:1', `turn:${expected}`] })] }]);
    }
    expect(await query(`SELECT position::int, sliced::int FROM ${schema}.heads`)).toEqual([{ position: 150, sliced: 128 }]);
    const slices = await query(
      `SELECT slice, last::int, cardinality(batches) FROM ${schema}.slices WHERE slice <> 'type Noted' ORDER BY 3 DESC, 2`,
    );
    expect(slices.slice(0, 2)).toEqual([64, 128].map((last) => ({ slice: 'tag note:1', last, cardinality: 64 })));
    expect(slices.length).toBe(2 + 128);
  });

  it('can be seen by people, an event a row', async () => {
    await using storage = open();
    const data = { nul: 'a\0b', half: '\ud800', quotes: '"\\' };
    const events = ['b', 'a', 'c"d'].map((id) => event('Noted', { id, data, tags: ['note:1'] }));
    await storage.events.append([{ log, expected: 0, events }]);
    const rows = await query(`SELECT position::int, id, recorded_at, body FROM ${schema}.events WHERE log = '${log}'`);
    expect(rows.map(({ position, id, recorded_at }) => [position, id, recorded_at])).toEqual(
      ['b', 'a', 'c\\"d'].map((id, index) => [index + 1, id, '2026-11-01T10:00:00.000Z']),
    );
    expect(rows.map(({ body }) => JSON.parse(body))).toEqual(events.map(({ at, ...rest }) => rest));
  });
});

describe('reading', () => {
  it('keeps pages of large events small', async () => {
    await using storage = open();
    const large = () => event('Noted', { data: { text: 'x'.repeat(1_500_000) }, tags: ['note:1'] });
    await storage.events.append([{ log, expected: 0, events: [large(), large(), large(), large()] }]);
    for (const options of [{}, { tags: ['note:1'] }, { backward: true }]) {
      const sizes: number[] = [];
      for await (const page of storage.events.read(log, options)) sizes.push(page.length);
      expect(sizes).toEqual([3, 1]);
    }
  });

  it('tells texts apart that keys cannot hold', async () => {
    await using storage = open();
    const tags = ['\ud800', '\ud801', '\ufffd', 'nul\0', 'nul'];
    const types = ['A'.repeat(5_000), `${'A'.repeat(5_000)}B`, 'N\0', 'N', 'M'];
    await storage.events.append([{ log, expected: 0, events: tags.map((tag, i) => event(types[i], { id: tag, tags: [tag] })) }]);
    for (const [index, tag] of tags.entries()) {
      const found = await collect(storage.events.read(log, { tags: [tag] }));
      expect(positionsOf(found)).toEqual([index + 1]);
      expect(found[0]!.id).toBe(tag);
    }
    for (const [index, type] of types.entries()) {
      expect(positionsOf(await collect(storage.events.read(log, { types: [type] })))).toEqual([index + 1]);
    }
  });

  it('takes no text for the digest of another', async () => {
    await using storage = open();
    const unstorable = 'nul\0';
    const digest = `sha256 ${createHash('sha256').update(unstorable, 'utf16le').digest('hex')}`;
    await storage.events.append([
      { log, expected: 0, events: [event('Noted', { tags: [unstorable, digest] }), event('Noted', { tags: [digest] })] },
    ]);
    expect(positionsOf(await collect(storage.events.read(log, { tags: [unstorable] })))).toEqual([1]);
    expect(positionsOf(await collect(storage.events.read(log, { tags: [digest] })))).toEqual([1, 2]);
  });

  it('joins slices without walking through the larger one', async () => {
    await using storage = open();
    const all = Array.from({ length: 4_000 }, (_, n) => event('Noted', { tags: ['all', ...(n % 1_999 === 0 ? ['few'] : [])] }));
    await storage.events.append([{ log, expected: 0, events: all }]);
    for (const backward of [false, true]) {
      const found = positionsOf(await collect(storage.events.read(log, { tags: ['all', 'few'], types: ['Noted', 'Other'], backward })));
      expect(found).toEqual(backward ? [3_999, 2_000, 1] : [1, 2_000, 3_999]);
    }
    // Each place of the smaller slice is looked for in the larger one, and not the other way round.
    const asked = await withClient(async (client) => {
      await client.query('BEGIN');
      await client.query(`SELECT * FROM ${schema}.read_page('${log}', 0, 9999, false, '{tag all,tag few}', '{}', 1000, 1000000)`);
      const scans = `SELECT idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'slices' AND schemaname = '${schema}'`;
      return Number((await client.query(scans)).rows[0].idx_scan);
    });
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(20);
  });

  it('ends when the log is erased meanwhile', async () => {
    await using storage = open();
    const many = Array.from({ length: 3_500 }, () => event('Noted', { data: { text: 'x'.repeat(1_700) }, tags: ['note:1'] }));
    for (const options of [{}, { tags: ['note:1'] }]) {
      await storage.events.append([{ log, expected: 0, events: many }]);
      let read = 0;
      for await (const page of storage.events.read(log, options)) {
        read += page.length;
        await storage.events.erase(log);
      }
      expect([500, 1_000]).toContain(read); // the next page may have been on its way
    }
  });

  it('tells of damage, and never reads over it', async () => {
    await using storage = open();
    for (const expected of range(0, 70)) {
      await storage.events.append([{ log, expected, events: [event('Noted', { tags: ['note:1'] })] }]);
    }
    const damage = (sql: string) => withClient((client) => client.query(sql));
    for (const events of ['[{"id":', '[null]', '[]', '[{},{}]', '{"length":1}']) {
      await damage(`UPDATE ${schema}.batches SET events = '${events}' WHERE last = 3`);
      expect(await codeOf(() => collect(storage.events.read(log)))).toBe('STORE_CORRUPT');
      expect(await codeOf(() => collect(storage.events.read(log, { tags: ['note:1'], backward: true })))).toBe('STORE_CORRUPT');
    }
    await damage(`DELETE FROM ${schema}.batches WHERE last = 3`);
    expect(await codeOf(() => collect(storage.events.read(log)))).toBe('STORE_CORRUPT');
    expect(await codeOf(() => collect(storage.events.read(log, { backward: true })))).toBe('STORE_CORRUPT');
    expect(await codeOf(() => collect(storage.events.read(log, { tags: ['note:1'] })))).toBe('STORE_CORRUPT');
  });
});

describe('a connection that is lost', () => {
  it('in the middle of appends loses nothing and stores nothing twice', async () => {
    const name = `victim ${schema}`;
    await using storage = open({ connectionString: named(name) });
    let killed = 0;
    let isDone = false;
    const killing = withClient(async (client) => {
      // Then it may end: on a busy machine a connection takes longer to make than the next one takes to be lost.
      while (!isDone && killed < 30) {
        const { rowCount } = await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
          name,
        ]);
        killed += rowCount ?? 0;
        await setTimeout(Math.random() * 30);
      }
    });
    const surely = async <T>(work: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
        }
      }
    };
    const ids: string[] = [];
    while (killed < 30 || ids.length < 60) {
      const next = event();
      const result = await surely(() => storage.events.append([{ log, expected: ids.length, events: [next] }]));
      expect(result).toMatchObject({ status: 'appended', heads: [{ position: ids.push(next.id) }] });
    }
    isDone = true;
    await killing;
    expect((await collect(storage.events.read(log))).map(({ id }) => id)).toEqual(ids);
  });

  it('does not end a read, which goes on where it was', async () => {
    const name = `reader ${schema}`;
    await using storage = open({ connectionString: named(name) });
    await storage.events.append([{ log, expected: 0, events: range(1, 5_000).map(() => event('Noted', { tags: ['note:1'] })) }]);
    for (const options of [{}, { tags: ['note:1'] }]) {
      const seen: number[] = [];
      for await (const page of storage.events.read(log, options)) {
        seen.push(...positionsOf(page));
        await withClient((client) =>
          client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]),
        );
      }
      expect(seen).toEqual(range(1, 5_000));
    }
  });
});

describe('a writer that keeps its transaction open', () => {
  it('hides nothing from readers and holds up nobody but those who write the same log', async () => {
    await using storage = open();
    await storage.events.append([{ log, expected: 0, events: [event()] }]);
    const client = new Client({ connectionString });
    await client.connect();
    await client.query('BEGIN');
    await client.query(bareAppend(1, 'held'));

    const waiting = storage.events.append([{ log, expected: 1, events: [event()] }]);
    for (let expected = 0; expected < 20; expected += 1) {
      await storage.events.append([{ log: 'project/b', expected, events: [event()] }]);
      expect(positionsOf(await collect(storage.events.read(log)))).toEqual([1]);
      expect(positionsOf(await collect(storage.events.read('project/b')))).toEqual(range(1, expected + 1));
    }
    await client.query('COMMIT');
    await client.end();
    expect(await waiting).toMatchObject({ status: 'conflict', head: { position: 2 } });
    expect((await collect(storage.events.read(log)))[1]!.id).toBe('held');
  });

  it('is waited for no longer than a statement may take', async () => {
    await using storage = open({ statementTimeoutMs: 300 });
    await storage.events.append([{ log, expected: 0, events: [event()] }]);
    const client = new Client({ connectionString });
    await client.connect();
    await client.query('BEGIN');
    await client.query(bareAppend(1, 'held'));
    expect(await codeOf(() => storage.events.append([{ log, expected: 1, events: [event()] }]))).toBe('STORE_UNAVAILABLE');
    await client.end();
    expect((await storage.events.append([{ log, expected: 1, events: [event()] }])).status).toBe('appended');
  });
});

describe('hints', () => {
  it.each(['a notification', 'looking'])('reach listeners of another storage by %s, until they stop', async (way) => {
    await using one = open();
    await using other = open(way === 'looking' ? { listen: false } : {});
    await one.events.head(log);
    const heard: string[] = [];
    const stopped: string[] = [];
    other.events.watch((each) => stopped.push(each))();
    const stop = other.events.watch((each) => heard.push(each));
    for (const [index, each] of ['project/b', 'project/c'].entries()) {
      await one.events.append([{ log: each, expected: 0, events: [event()] }]);
      while (heard.length <= index) await setTimeout(10);
    }
    stop();
    expect(heard).toEqual(['project/b', 'project/c']);
    expect(stopped).toEqual([]);
  });

  it('come again after the connection that is told was lost', async () => {
    await using one = open();
    await using other = open({ listen: connectionString });
    await one.events.head(log);
    const heard = new Set<string>();
    const stop = other.events.watch((each) => heard.add(each));
    await setTimeout(200);
    await withClient((client) =>
      client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daybook hints'`),
    );
    await one.events.append([{ log, expected: 0, events: [event()] }]);
    while (!heard.has(log)) await setTimeout(10);
    stop();
  });
});

describe('parts', () => {
  it('larger than a piece come back as they were, also without a copy at hand', async () => {
    const lines = range(1, 150_000).map((n) => createHash('sha256').update(String(n)).digest('base64'));
    await using one = open();
    const data = await load(one, `text\n${lines.join('\n')}\n`);
    const { rows } = await withClient((client) => client.query(`SELECT count(*) FROM ${schema}.parts`));
    expect(Number(rows[0].count)).toBeGreaterThan(data.parts.length);
    await using other = open();
    const read = (await collect(other.tables.read(data))).map(({ text }) => text);
    expect(read).toEqual(lines);
    expect(await other.tables.verify('p', data.parts[0]!.id)).toBe('intact');
  });

  it('that were altered or lost a piece are told', async () => {
    await using one = open();
    const data = await load(one, 'text\na\n');
    const id = data.parts[0]!.id;
    await using other = open();
    await withClient((client) => client.query(`UPDATE ${schema}.parts SET data = set_byte(data, 10, 255 - get_byte(data, 10))`));
    expect(await other.tables.verify('p', id)).toBe('altered');
    expect(await codeOf(() => collect(other.tables.read(data)))).toBe('STORE_CORRUPT');
  });

  it('lie in no more of the cache than it may take, but for those in use', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'daybook-cache-'));
    try {
      const files = () => readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet')).length;
      await using storage = open({ cache: { directory, bytes: 1 } });
      const one = await load(storage, 'text\na\n');
      const other = await load(storage, 'text\nb\n');
      expect(files()).toBe(0);
      const both = { ...one, parts: [...one.parts, ...other.parts] };
      expect(await collect(storage.tables.read(both))).toEqual([{ text: 'a' }, { text: 'b' }]);
      expect(files()).toBe(0);
      await storage[Symbol.asyncDispose]();
      expect(readdirSync(join(directory, '~scratch'))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('are read out of a cache in a directory of any name', { timeout: 120_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'daybook-cache-'));
    const life = (storage: Storage) => tableLife(storage.tables, ['env', 'a', 'k'], ['env']);
    try {
      await using plain = open();
      const expected = await life(plain);
      const property = fc.asyncProperty(directoryName(), async (name) => {
        await using storage = open({ cache: { directory: join(directory, name) } });
        expect(await life(storage)).toEqual(expected);
      });
      await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 5), examples: [['env=prod'], ['a[1]*']] });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('may be kept elsewhere', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'daybook-parts-'));
    try {
      await using storage = open({ parts: fileParts(directory) });
      const data = await load(storage, 'text\na\n');
      expect(await collect(storage.tables.read(data))).toEqual([{ text: 'a' }]);
      expect(await storage.events.head(log)).toBeUndefined();
      const { rows } = await withClient((client) => client.query(`SELECT count(*) FROM ${schema}.parts`));
      expect(rows).toEqual([{ count: '0' }]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
