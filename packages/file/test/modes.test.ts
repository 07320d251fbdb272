import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import { openDaybook } from '@daybook/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStorage } from '../src/index';

let folder: string;
let umask: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-modes-'));
  // Whatever is not asked for explicitly is open to everybody now.
  umask = process.umask(0);
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(process.platform === 'win32')('the files of a book', () => {
  it('are for nobody but the user whose process made them, at every moment', async () => {
    const directory = join(folder, 'data', 'book');
    const open = new Set<string>();
    const seen = new Set<string>();
    const look = () => {
      for (const { path, mode } of walk(join(folder, 'data'))) {
        seen.add(kindOf(relative(directory, path)));
        if (mode & 0o077) open.add(`${mode.toString(8)} ${path}`);
      }
    };
    const rows = Array.from({ length: 30_000 }, (_, id) => `${id},${'x'.repeat(40)}\n`);
    const daybook = await openDaybook({ storage: fileStorage({ directory }) });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const { id: organization } = await alice.createOrganization({ name: 'Acme' });
    const project = await alice.createProject({ organization, name: 'Sales' });
    await project.createBucket({ stage: 'in', name: 'main' });
    async function* csv() {
      yield 'id,note\n';
      for (let at = 0; at < rows.length; at += 10_000) {
        yield rows.slice(at, at + 10_000).join('');
        look();
      }
    }
    const table = await project.createTable('in.c-main.orders', { from: { csv: csv() }, primaryKey: ['id'] });
    await table.load({ csv: csv() }, { mode: 'incremental', onProgress: look });
    await table.deleteRows({ where: [{ column: 'id', op: 'lt', values: ['100'] }] });
    for (const format of ['csv', 'ndjson', 'parquet'] as const)
      await table.export({ [format]: watching(look) } as { csv: Writable }, { onProgress: look });
    await table.load({ parquet: await bytesOf(table) });
    look();
    await daybook.close();
    look();
    expect([...open]).toEqual([]);
    for (const kind of ['events.lmdb', 'events.lmdb-lock', 'daybook.json', 'hints', 'part', 'scratch file']) expect(seen).toContain(kind);
  });

  it('are left as they are where somebody opened them, which is told once', async () => {
    const directory = join(folder, 'book');
    await (await openDaybook({ storage: fileStorage({ directory }) })).close();
    chmodSync(join(directory, 'events.lmdb'), 0o644);
    const told: unknown[] = [];
    const daybook = await openDaybook({ storage: fileStorage({ directory }), onError: (error) => told.push(error) });
    await daybook.as({ kind: 'person', id: 'alice' }).createOrganization({ name: 'Acme' });
    await daybook.close();
    expect(told.map(String)).toEqual([expect.stringContaining(join(directory, 'events.lmdb'))]);
    expect(String(told[0])).not.toContain('daybook.json');
    expect(lstatSync(join(directory, 'events.lmdb')).mode & 0o777).toBe(0o644);
  });
});

function watching(look: () => void): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      look();
      done();
    },
  });
}

async function bytesOf(table: { export(target: { parquet: Writable }): Promise<unknown> }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await table.export({ parquet: sink });
  return Buffer.concat(chunks);
}

function* walk(path: string): Generator<{ path: string; mode: number }> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  yield { path, mode: found.mode & 0o777 };
  if (!found.isDirectory()) return;
  for (const name of readdirSync(path)) yield* walk(join(path, name));
}

function kindOf(path: string): string {
  if (path.includes('~scratch')) return 'scratch file';
  return path.endsWith('.parquet') ? 'part' : path;
}
