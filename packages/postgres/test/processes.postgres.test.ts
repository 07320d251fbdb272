import { setTimeout } from 'node:timers/promises';
import { openDaybook, type RecordedEvent } from '@daybook/core';
import { temporaryPostgres } from '@daybook/postgres-server';
import { collect } from '@daybook/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { postgresStorage } from '../src/index';
import { startChild } from './child';
import { connectionString, dropSchemas, newSchema, storageIn, withClient } from './schemas';

/** The suite's long form sets it to 20. */
const crashRounds = Number(process.env.DAYBOOK_CRASH_ROUNDS ?? 2);
/** Starting a process takes long on a busy machine. */
const patient = { timeout: 180_000 };
const schemas: string[] = [];

afterAll(() => dropSchemas(schemas));

function freshSchema(): string {
  const schema = newSchema();
  schemas.push(schema);
  return schema;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function positionsOf(events: readonly RecordedEvent[]): number[] {
  return events.map(({ position }) => position);
}

type Acknowledged = { readonly log: string; readonly expected: number; readonly ids: string[] }[];

describe('a server that crashes under load from several processes', () => {
  it(
    'loses nothing that was acknowledged, and leaves no gap and nothing twice',
    async () => {
      await using server = await temporaryPostgres();
      const logs = ['project/a', 'organization/b'];
      const argument = { connectionString: server.connectionString, schema: 'daybook', logs };
      const children = range(1, 3).map(() => startChild<Acknowledged>('append-until-stopped.ts', argument));
      await Promise.all(children.map((child) => child.report()));
      for (let round = 0; round < crashRounds; round += 1) {
        await setTimeout(100 + Math.random() * 500);
        await server.stop('immediate');
        await server.start();
        await Promise.all(children.map((child) => child.report()));
      }
      await Promise.all(children.map((child) => child.stop()));

      await using storage = postgresStorage({ connectionString: server.connectionString });
      const [one, other] = await Promise.all(logs.map((log) => collect(storage.events.read(log))));
      expect(positionsOf(one!)).toEqual(range(1, one!.length));
      expect(positionsOf(other!)).toEqual(range(1, one!.length));
      for (const events of [one!, other!]) {
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        expect(events.map(({ recordedAt }) => recordedAt)).toEqual(events.map(({ recordedAt }) => recordedAt).sort());
      }
      const stored = new Map([one!, other!].flat().map(({ log, position, id }) => [`${log} ${position}`, id]));
      const acknowledged = children.flatMap(({ reports }) => reports.flat());
      for (const { log, expected, ids } of acknowledged) {
        expect(ids.map((_, index) => stored.get(`${log} ${expected + index + 1}`))).toEqual(ids);
      }
      // Each child asked until it was answered, so there is nothing else either.
      expect(acknowledged.reduce((sum, { ids }) => sum + ids.length, 0)).toBe(stored.size);
      expect(await collect(storage.events.read(logs[0]!, { tags: ['note:1'] }))).toEqual(one);
    },
    180_000 + crashRounds * 20_000,
  );
});

describe('ten processes that start at once on a schema that is not there', () => {
  it('make its tables once, and all append', patient, async () => {
    const schema = freshSchema();
    const logs = range(1, 10).map((number) => `project/${number}`);
    const children = logs.map((log) => startChild<string>('first-append.ts', { connectionString, schema, log }));
    await Promise.all(children.map((child) => child.report()));
    for (const child of children) child.go();
    await Promise.all(children.map((child) => child.end()));
    expect(children.map(({ reports }) => reports)).toEqual(logs.map(() => ['ready', 'appended']));

    await using checking = storageIn(schema, { migrate: false });
    expect((await collect(checking.events.logs())).sort()).toEqual([...logs].sort());
    await withClient(async (client) => {
      const { rows } = await client.query(`SELECT number, applied_at FROM ${schema}.migrations ORDER BY number`);
      expect(rows.map(({ number }) => number)).toEqual(range(1, rows.length));
      expect(new Set(rows.map(({ applied_at }) => applied_at.toISOString())).size).toBe(1); // one transaction
    });
  });
});

describe('eight processes that give commands to one project', () => {
  it('make a linear history', patient, async () => {
    const schema = freshSchema();
    await using storage = storageIn(schema);
    const daybook = await openDaybook({ storage });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const { id: organization } = await alice.createOrganization({ name: 'Acme' });
    const project = await alice.createProject({ organization, name: 'Sales' });
    const log = `project/${project.id}`;
    const before = (await storage.events.head(log))!.position;

    const [names, count] = [range(1, 8).map((number) => `writer ${number}`), 12];
    const children = names.map((name) =>
      startChild('command-in-competition.ts', { connectionString, schema, project: project.id, name, count }),
    );
    await Promise.all(children.map((child) => child.end()));

    const events = (await collect(storage.events.read(log))).slice(before);
    expect(positionsOf(events)).toEqual(range(before + 1, before + names.length * count));
    for (const name of names) {
      const turns = events.filter(({ data }) => data.provider === name).map(({ data }) => (data.values as { turn: string }).turn);
      expect(turns).toEqual(range(0, count - 1).map(String));
    }
  });
});
