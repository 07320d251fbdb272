import { join } from 'node:path';
import { openDaybook, type Storage } from '@daybook/core';
import { postgresStorage } from '@daybook/postgres';
import { temporaryPostgres } from '@daybook/postgres-server';
import { Client, Pool } from 'pg';
import { newEvent } from './appending';
import { type Figure, type Suite, shareOf } from './figure';
import { alternating, inTurns, say } from './measure';
import { type Contender, daybook, dcb, emmett } from './rivals';
import { inFolder } from './workplace';

const readBack = 'project/read-back';
const writers = 10;

/** PostgreSQL: beside its own bare function and cursor, and beside two event stores on the same server in the same run. */
export const postgres: Suite = {
  figures: [
    ...['postgres-append', 'postgres-append-emmett', 'postgres-append-dcb', 'postgres-commands-64-at-once'],
    ...['postgres-10-writers-emmett', 'postgres-10-writers-dcb', 'postgres-batches-emmett', 'postgres-batches-dcb'],
    ...['postgres-read', 'postgres-read-emmett', 'postgres-read-dcb', 'postgres-append-to-1m-events'],
  ],
  run: (report) =>
    inFolder(async (folder) => {
      say('PostgreSQL: starting a server');
      await using server = await temporaryPostgres();
      const { connectionString } = server;
      const storage = postgresStorage({ connectionString, cache: { directory: join(folder, 'cache') } });
      const client = new Client({ connectionString });
      await client.connect();
      try {
        await using other = await dcb(connectionString);
        await using another = emmett(connectionString);
        const contenders = [daybook(storage.events), another, other] as const;
        await oneAtATime(contenders, connectionString, report);
        await manyWriters(contenders, report);
        await batches(contenders, report);
        await reading(contenders, client, report);
        await longLog(contenders[0], report);
        await commands(storage, report);
      } finally {
        await client.end();
        await storage[Symbol.asyncDispose]();
      }
    }),
};

type Contenders = readonly [ours: Contender, emmett: Contender, dcb: Contender];
type Report = (figure: Figure) => void;

async function oneAtATime(contenders: Contenders, connectionString: string, report: Report): Promise<void> {
  say('one event an append');
  const count = 100;
  const log = 'project/one-at-a-time';
  const pool = new Pool({ connectionString });
  const bare = bareFunction(pool);
  const works = contenders.map((contender) => async () => {
    for (let i = 0; i < count; i++) await contender.append(log, [newEvent()]);
  });
  const bares = async () => {
    for (let i = 0; i < count; i++) await bare();
  };
  const times = await inTurns(31, [...works, bares], { uncounted: 45 });
  const [ours, emmetts, dcbs, pure] = times.map((seconds) => count / seconds);
  await pool.end();
  const rival = { name: 'the stored function, called through a pool of the same client', value: pure! };
  report(shareOf({ name: 'postgres-append', value: ours!, unit: 'events/s', goal: '>= 0.9', rival }));
  compare(contenders, 'postgres-append', ['>= 1.8', '>= 1'], [ours!, emmetts!, dcbs!], report);
}

async function manyWriters(contenders: Contenders, report: Report): Promise<void> {
  say(`${writers} writers at once, each to a log of its own`);
  const each = 50;
  const works = contenders.map((contender) => async () => {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let i = 0; i < each; i++) await contender.append(`project/writer-${writer}`, [newEvent()]);
      }),
    );
  });
  const times = await inTurns(15, works, { uncounted: 25 });
  const rates = times.map((seconds) => (writers * each) / seconds);
  compare(contenders, 'postgres-10-writers', ['>= 3', '>= 3'], rates, report);
}

async function batches(contenders: Contenders, report: Report): Promise<void> {
  say('batches of 1,000');
  const [counted, uncounted, each] = [7, 3, 10];
  const works = contenders.map((contender) => async () => {
    for (let i = 0; i < each; i++) await contender.append(readBack, Array.from({ length: 1_000 }, newEvent));
  });
  const times = await inTurns(counted, works, { uncounted });
  const rates = times.map((seconds) => (each * 1_000) / seconds);
  compare(contenders, 'postgres-batches', ['>= 3', '>= 1.8'], rates, report);
}

async function reading(contenders: Contenders, client: Client, report: Report): Promise<void> {
  say('reading 100,000 events back');
  const count = 100_000;
  await client.query('VACUUM ANALYZE'); // all of them as autovacuum would leave them
  const works = contenders.map((contender) => async () => {
    const read = await contender.read(readBack);
    if (read !== count) throw new Error(`${contender.name} read ${read} events`);
  });
  const [ours, emmetts, dcbs, bares] = await inTurns(5, [...works, () => bareCursor(client)], { uncounted: 1 });
  const rival = { name: 'a bare cursor with JSON.parse', value: count / bares! };
  report(shareOf({ name: 'postgres-read', value: count / ours!, unit: 'events/s', goal: '>= 0.8', rival }));
  compare(contenders, 'postgres-read', ['>= 1.5', '>= 1.5'], [count / ours!, count / emmetts!, count / dcbs!], report);
}

async function longLog(ours: Contender, report: Report): Promise<void> {
  say('a log of 1,000,000 events');
  for (let i = 0; i < 500; i++) await ours.append('project/long', Array.from({ length: 2_000 }, newEvent));
  await ours.append('project/short', Array.from({ length: 1_000 }, newEvent));
  const each = 100;
  const appendTo = (log: string) => async () => {
    for (let i = 0; i < each; i++) await ours.append(log, [newEvent()]);
  };
  const [long, short] = await alternating(15, appendTo('project/long'), appendTo('project/short'));
  const rival = { name: 'to a log of 1,000', value: (short / each) * 1_000 };
  report(shareOf({ name: 'postgres-append-to-1m-events', value: (long / each) * 1_000, unit: 'ms', goal: '<= 1.2', rival }));
}

async function commands(storage: Storage, report: Report): Promise<void> {
  say('64 commands at once');
  const book = await openDaybook({ storage });
  const someone = book.as({ kind: 'person', id: 'someone' });
  const { id: organization } = await someone.createOrganization({ name: 'Bench' });
  const project = await someone.createProject({ organization, name: 'Bench' });
  const command = (turn: string) => project.setMetadata('bench', { turn });
  const [together, inTurn] = await alternating(
    7,
    (round) => Promise.all(Array.from({ length: 64 }, (_, i) => command(`${round} together ${i}`))),
    async (round) => {
      for (let i = 0; i < 64; i++) await command(`${round} in turn ${i}`);
    },
  );
  const rival = { name: 'one at a time', value: 64 / inTurn };
  report(shareOf({ name: 'postgres-commands-64-at-once', value: 64 / together, unit: 'commands/s', goal: '>= 8', rival }));
}

function compare(contenders: Contenders, name: string, goals: readonly string[], rates: readonly number[], report: Report): void {
  for (const [index, short] of ['emmett', 'dcb'].entries()) {
    const rival = { name: contenders[index + 1]!.name, value: rates[index + 1]! };
    report(shareOf({ name: `${name}-${short}`, value: rates[0]!, unit: 'events/s', goal: goals[index]!, rival }));
  }
}

/** Appends an event like ours by nothing but the stored function. */
function bareFunction(pool: Pool): () => Promise<unknown> {
  const text = 'SELECT * FROM daybook.append_one($1, $2, $3, $4, $5, $6)';
  let head = 0;
  return () => {
    const { id, type, data, tags, actor, at } = newEvent();
    const slices = [`type ${type}`, ...tags.map((tag) => `tag ${tag}`)].join('\n');
    const values = ['project/bare', head++, at, JSON.stringify(id), slices, JSON.stringify([{ id, type, data, tags, actor }])];
    return pool.query({ name: 'bare', text, values });
  };
}

async function bareCursor(client: Client): Promise<void> {
  await client.query('BEGIN');
  const text = 'DECLARE bare NO SCROLL CURSOR FOR SELECT last, recorded_at, events FROM daybook.batches WHERE log = $1 ORDER BY last';
  await client.query(text, [readBack]);
  for (;;) {
    const { rows } = await client.query<string[]>({ text: 'FETCH 1000 FROM bare', rowMode: 'array' });
    if (rows.length === 0) break;
    for (const [, , events] of rows) JSON.parse(events!);
  }
  await client.query('COMMIT');
}
