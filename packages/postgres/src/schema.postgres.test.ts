import { setTimeout } from 'node:timers/promises';
import { isDaybookError } from '@daybook/core';
import { collect, event } from '@daybook/testing';
import { Client, Pool } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { connectionString, dropSchemas, newSchema, storageIn, withClient } from '../test/schemas';
import { grantSql, postgresStorage, schemaSql } from './index';

const log = 'project/a';
const schemas: string[] = [];
const roles: string[] = [];

afterAll(async () => {
  await dropSchemas(schemas);
  await withClient(async (client) => {
    for (const role of roles) await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

function freshSchema(name = newSchema()): string {
  schemas.push(name);
  return name;
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return isDaybookError(error) ? error.code : `${error}`;
  }
  return 'no error';
}

async function messageOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'no error',
    (error) => String(error.message),
  );
}

async function makeTables(schema: string): Promise<void> {
  await using storage = storageIn(schema);
  await storage.events.head(log);
}

describe('the tables', () => {
  it('are made once when ten storages start at once', async () => {
    const schema = freshSchema();
    const storages = Array.from({ length: 10 }, () => storageIn(schema));
    // An append alone would ask again where another storage has made the tables meanwhile.
    expect(await Promise.all(storages.map(({ events }) => events.head(log)))).toEqual(storages.map(() => undefined));
    const appends = storages.map(({ events }, i) => events.append([{ log: `project/${i}`, expected: 0, events: [event()] }]));
    expect((await Promise.all(appends)).map(({ status }) => status)).toEqual(storages.map(() => 'appended'));
    expect((await collect(storages[0]!.events.logs())).length).toBe(10);
    for (const storage of storages) await storage[Symbol.asyncDispose]();
    await withClient(async (client) => {
      const { rows } = await client.query(`SELECT number, name FROM ${schema}.migrations ORDER BY number`);
      expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
      expect(rows[0]).toEqual({ number: 1, name: 'events' });
    });
  });

  it('are seen by a connection that waited while they were made, though it remembers that there were none', async () => {
    const pool = new Pool({ connectionString, max: 1, application_name: 'waiting' });
    const storageOn = (schema: string) => storageIn(schema, { connectionString: undefined, sql: pool });
    const waits = `SELECT FROM pg_stat_activity WHERE application_name = 'waiting' AND wait_event = 'advisory'`;
    try {
      await storageOn(freshSchema()).events.head(log); // a connection that makes something for the first time forgets what it remembers
      const schema = freshSchema();
      await withClient(async (client) => {
        await client.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('daybook ${schema}', 0))`);
        const make = async () => {
          while ((await client.query(waits)).rowCount === 0) await setTimeout(10);
          await client.query(schemaSql({ schema })); // commits
        };
        const [head] = await Promise.all([storageOn(schema).events.head(log), make()]);
        expect(head).toBeUndefined();
      });
    } finally {
      await pool.end();
    }
  });

  it('are made by hand from the SQL that is printed', async () => {
    const schema = freshSchema();
    await withClient((client) => client.query(schemaSql({ schema })));
    await using storage = storageIn(schema, { migrate: false });
    expect((await storage.events.append([{ log, expected: 0, events: [event()] }])).status).toBe('appended');
  });

  it.each(['Daybook', 'with "quotes"', "o'neill; DROP SCHEMA public; --", 'žluťoučký', 'select'])(
    'stand in a schema named %s',
    async (name) => {
      const schema = `${name} ${newSchema().slice(5, 20)}`;
      try {
        await using storage = storageIn(schema);
        await storage.events.append([{ log, expected: 0, events: [event('Noted', { tags: ['note:1'] })] }]);
        expect((await collect(storage.events.read(log, { tags: ['note:1'] }))).length).toBe(1);
        await storage.events.erase(log);
        expect(await storage.events.head(log)).toBeUndefined();
      } finally {
        await withClient((client) => client.query(`DROP SCHEMA "${schema.replaceAll('"', '""')}" CASCADE`));
      }
    },
  );

  it('are never looked for under a name that PostgreSQL would cut short', () => {
    for (const schema of ['', 'x'.repeat(64), 'ž'.repeat(32), 'nul\0']) expect(() => storageIn(schema)).toThrow(TypeError);
  });

  it('that are missing are told, and not made, with migrate: false', async () => {
    const schema = freshSchema();
    await using storage = storageIn(schema, { migrate: false });
    expect(await codeOf(storage.events.head(log))).toBe('STORE_UNAVAILABLE');
    expect(await messageOf(storage.events.head(log))).toContain('schemaSql()');
    await makeTables(schema);
    expect(await storage.events.head(log)).toBeUndefined();
  });

  it.each([true, false])('of a newer release, or altered, are refused (migrate: %s)', async (migrate) => {
    const schema = freshSchema();
    await makeTables(schema);
    await withClient((client) => client.query(`INSERT INTO ${schema}.migrations VALUES (999, 'later', 'x')`));
    await using newer = storageIn(schema, { migrate });
    expect(await codeOf(newer.events.head(log))).toBe('STORE_UNAVAILABLE');
    expect(await messageOf(newer.events.head(log))).toContain('newer');

    await withClient((client) =>
      client.query(`DELETE FROM ${schema}.migrations WHERE number = 999; UPDATE ${schema}.migrations SET sha256 = 'x' WHERE number = 2`),
    );
    await using altered = storageIn(schema, { migrate });
    expect(await messageOf(altered.events.head(log))).toContain('another update 2');
  });

  it('that lack the last update get it, or are told to lack it', async () => {
    const schema = freshSchema();
    await makeTables(schema);
    await withClient((client) => client.query(`DROP TABLE ${schema}.hints; DELETE FROM ${schema}.migrations WHERE name = 'hints'`));
    await using checking = storageIn(schema, { migrate: false });
    expect(await messageOf(checking.events.head(log))).toContain('(hints)');
    await makeTables(schema);
    expect(await checking.events.head(log)).toBeUndefined();
  });
});

describe('a role with the least rights', () => {
  it('does all that a storage does, and changes no event', async () => {
    const schema = freshSchema();
    await makeTables(schema);
    const role = `role_${newSchema()}`;
    roles.push(role);
    await withClient((client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; ${grantSql({ schema, role })}`));
    const asRole = new URL(connectionString);
    asRole.username = role;
    asRole.password = 'secret';

    await using storage = postgresStorage({ connectionString: asRole.href, schema, connections: 4 });
    await storage.events.append([{ log, expected: 0, events: [event('Noted', { tags: ['note:1'] }), event()] }]);
    expect((await collect(storage.events.read(log, { tags: ['note:1'] }))).length).toBe(1);
    await storage.checkpoints.save(log, { position: 1, recordedAt: '2026-11-01T10:00:00.000Z', fold: 'f', state: '{}' });
    await using staged = await storage.tables.stage({ project: 'p', source: { csv: 'a\n1\n' }, csv: {} });
    const columns = [{ id: 'a', name: 'a', type: 'string' as const, nullable: true }];
    await staged.write({ base: { project: 'p', columns, primaryKey: [], parts: [] }, columns, mode: 'full' });

    const client = new Client({ connectionString: asRole.href });
    await client.connect();
    try {
      expect((await client.query(`SELECT position FROM ${schema}.events WHERE log = '${log}'`)).rows).toEqual([
        { position: '1' },
        { position: '2' },
      ]);
      const forbidden = [
        `UPDATE ${schema}.batches SET events = '[]'`,
        `DELETE FROM ${schema}.batches`,
        `TRUNCATE ${schema}.batches`,
        `INSERT INTO ${schema}.batches VALUES ('${log}', 3, 1, '', '"x"', '', '[{}]')`,
        `DELETE FROM ${schema}.late_ids`,
        `SELECT ${schema}.slice_batches('${log}', 0, 2)`,
        `UPDATE ${schema}.heads SET position = 0`,
        `INSERT INTO ${schema}.slices VALUES ('${log}', 'tag x', 1, '{1}')`,
        `UPDATE ${schema}.migrations SET sha256 = 'x'`,
        `UPDATE ${schema}.parts SET data = ''`,
        `CREATE TABLE ${schema}.mine ()`,
        `ALTER FUNCTION ${schema}.erase RESET search_path`,
      ];
      for (const sql of forbidden) {
        await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' });
      }
      // Neither can it be fooled by what its caller puts into the way: the function looks for its tables in its own schema.
      await client.query(`CREATE TEMP TABLE heads (log text, position bigint, recorded_at text); SET search_path = pg_temp, ${schema}`);
      await client.query(`SELECT ${schema}.erase('${log}')`);
    } finally {
      await client.end();
    }
    expect(await storage.events.head(log)).toBeUndefined();
  });

  it('is needed: nobody else may call the functions', async () => {
    const schema = freshSchema();
    await makeTables(schema);
    const role = `role_${newSchema()}`;
    roles.push(role);
    await withClient(async (client) => {
      await client.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${schema} TO ${role}; SET ROLE ${role}`);
      await expect(client.query(`SELECT ${schema}.erase('${log}')`)).rejects.toMatchObject({ code: '42501' });
    });
  });
});
