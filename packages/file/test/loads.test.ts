import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openDaybook, type Project, type Storage } from '@daybook/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStorage } from '../src/index';
import { startChild } from './child';
import { expectedRows, rowsOf } from './loads';

/** The suite's long form sets it to 100. */
const crashRounds = Number(process.env.DAYBOOK_CRASH_ROUNDS ?? 5);
const patient = { timeout: 180_000 };
const tables = ['in.c-main.keyed', 'in.c-main.keyless'];
const isKeyed = (table: string) => table === tables[0];
let directory: string;
let project: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'daybook-loads-'));
  await using daybook = await openDaybook({ storage: fileStorage({ directory }) });
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const { id } = await alice.createOrganization({ name: 'Acme' });
  const created = await alice.createProject({ organization: id, name: 'Sales' });
  await created.createBucket({ stage: 'in', name: 'main' });
  for (const table of tables) {
    const primaryKey = isKeyed(table) ? ['id'] : [];
    await created.createTable(table, { columns: [{ name: 'id' }, { name: 'n' }], primaryKey });
  }
  project = created.id;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function inProject<T>(work: (opened: Project, storage: Storage) => Promise<T>): Promise<T> {
  const storage = fileStorage({ directory });
  await using daybook = await openDaybook({ storage });
  return await work(await daybook.as({ kind: 'person', id: 'alice' }).project(project), storage);
}

async function expectIntactParts({ tables }: Storage): Promise<void> {
  for await (const parts of tables.parts(project)) {
    for (const { id } of parts) expect(await tables.verify(project, id)).toBe('intact');
  }
}

async function expectGapless({ events }: Storage): Promise<void> {
  let position = 0;
  for await (const page of events.read(`project/${project}`)) for (const event of page) expect(event.position).toBe(++position);
}

describe('a process killed while it loads', () => {
  it(
    'keeps every version that was acknowledged, whole',
    async () => {
      const acknowledged = new Map(tables.map((table) => [table, 1]));
      for (let round = 0; round < crashRounds; round++) {
        const child = startChild<{ table: string; version: number }>('load-until-killed.ts', { directory, project, tables });
        await child.report();
        await setTimeout(Math.random() * 1_000);
        await child.kill();
        for (const { table, version } of child.reports) acknowledged.set(table, version);

        await inProject(async (opened, storage) => {
          for (const table of tables) {
            const keyed = isKeyed(table);
            const { version } = await opened.table(table).describe();
            expect(version).toBeGreaterThanOrEqual(acknowledged.get(table)!);
            const older = 1 + Math.floor(Math.random() * version);
            expect(await rowsOf(opened, table, version)).toEqual(expectedRows(version, keyed));
            expect(await rowsOf(opened, table, older)).toEqual(expectedRows(older, keyed));
          }
          await expectIntactParts(storage);
          await expectGapless(storage);
        });
      }
      expect(Math.max(...acknowledged.values())).toBeGreaterThan(1);
    },
    180_000 + crashRounds * 10_000,
  );
});

describe('two processes that load into the same tables at once', () => {
  it('lose nothing and leave no gap', patient, async () => {
    const count = 15;
    const children = ['one', 'other'].map((name) => startChild('load-in-competition.ts', { directory, project, tables, name, count }));
    await Promise.all(children.map((child) => child.end()));
    await inProject(async (opened, storage) => {
      const own = ['one', 'other'].flatMap((name) => Array.from({ length: count }, (_, i) => `${name} ${i} ${name}`));
      for (const table of tables) {
        const { version, rowCount } = await opened.table(table).describe();
        expect(version).toBe(1 + 2 * count);
        const rows = await rowsOf(opened, table, version);
        expect(rows.length).toBe(rowCount);
        expect(rows.filter((row) => !row.startsWith('everybody'))).toEqual(own.toSorted());
        expect(rows.filter((row) => row.startsWith('everybody')).length).toBe(isKeyed(table) ? 1 : 2 * count);
      }
      await expectGapless(storage);
    });
  });
});

describe('a disk too full for a load', () => {
  it('fails that load and leaves the table, and room for others', patient, async () => {
    const table = tables[0]!;
    const child = startChild<string[]>('load-onto-full-disk.ts', { directory, project, table }, { largestFileBytes: 2_000_000 });
    expect(await child.report()).toEqual(['STORE_UNAVAILABLE', 'loaded']);
    await child.end();
    await inProject(async (opened) => {
      expect(await rowsOf(opened, table, 2)).toEqual(['1 small']);
      const { items } = await opened.storageJobs({ operation: ['tableLoad'] });
      expect(items.map(({ status, error }) => error?.code ?? status)).toEqual(['success', 'STORE_UNAVAILABLE']);
      const parts = readdirSync(join(directory, 'parts'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(parts.filter(({ name }) => name.endsWith('.parquet')).length).toBe(1);
    });
  });
});
