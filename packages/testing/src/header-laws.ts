import assert from 'node:assert/strict';
import { isDaybookError, openDaybook, type Project, type Source, type Storage } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import type { Law } from './law';
import { property } from './property';

const letter = fc.constantFrom(...'abAB019', 'ž', 'Ů', 'ß', 'ø', 'ł', 'æ', 'ı', 'ﬁ', '名', '前', 'が', 'Я', 'я', '\u0301');
const other = fc.constantFrom(' ', '-', '_', '.', '"', "'", ',', ';', '\n', '\t', '\u00a0', '€', '!', '🐎', '\u200b', '~', '%');
const word = fc.array(fc.oneof({ weight: 3, arbitrary: letter }, other), { maxLength: 6 }).map((characters) => characters.join(''));
const header: Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: word },
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom('constructor', '__proto__', 'u540d', 'x'.repeat(64), 'x'.repeat(65), '名'.repeat(11), ''),
);

const formats = {
  csv: (headers) => ({ csv: `${headers.map(quoted).join(',')}\n${headers.map(() => 'v').join(',')}\n` }),
  ndjson: (headers) => ({ ndjson: `{${headers.map((key) => `${JSON.stringify(key)}:"v"`).join(',')}}\n` }),
  rows: (headers) => ({ rows: [Object.fromEntries(headers.map((key) => [key, 'v']))] }),
} as const satisfies Record<string, (headers: readonly string[]) => Source>;

const refusals = ['NO_COLUMNS', 'INVALID_COLUMN_NAME', 'DUPLICATE_COLUMN'];

/** How columns come to their names, and are found again. */
export const headerLaws: readonly Law[] = [
  property(
    "makes column names of any headers, or refuses; a table's own file and its export fit it then, a copy's and a reverted one's too",
    fc.record({
      format: fc.constantFrom('csv', 'ndjson', 'rows'),
      headers: fc.uniqueArray(header, { minLength: 1, maxLength: 5 }),
    }),
    async (storage, { format, headers }) => {
      const project = await newProject(storage);
      const source = () => formats[format](headers);
      const keys = format === 'rows' ? Object.keys(Object.fromEntries(headers.map((key) => [key, 1]))) : headers;
      const table = await unlessRefused(() => project.createTable('in.c-main.t', { from: source(), primaryKey: [headers[0]!] }));
      if (!table) return;

      const { columns, primaryKey } = await table.describe();
      for (const [i, { name, readFrom }] of columns.entries()) {
        assert.match(name, /^[A-Za-z0-9](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/);
        assert.equal(readFrom, name === keys[i] ? undefined : keys[i]);
      }
      const names = columns.map(({ name }) => name);
      assert.equal(new Set(names.map((name) => name.toLowerCase())).size, headers.length);
      assert.deepEqual(table.result?.normalized, normalized(keys, names));
      assert.deepEqual(primaryKey, [names[keys.indexOf(headers[0]!)]]);

      const { version } = await table.load(source());
      await table.dropPrimaryKey();
      const copy = await project.copyTable({ from: { table: table.id, version }, to: 'in.c-main.copy' });
      await table.revert({ version });
      for (const each of [table, copy]) {
        for (const mode of ['full', 'incremental'] as const) {
          const load = await each.load(source(), { mode });
          assert.deepEqual([load.addedColumns, load.normalized], [[], normalized(keys, names)]);
        }
        assert.deepEqual((await each.describe()).columns, columns);
      }

      const chunks: Uint8Array[] = [];
      await table.export({ csv: new WritableStream({ write: (chunk: Uint8Array) => void chunks.push(chunk) }) });
      const again = await table.load({ csv: Buffer.concat(chunks) });
      assert.deepEqual([again.addedColumns, again.normalized], [[], []]);

      for (const [i, key] of keys.entries()) {
        const [row] = await table.preview({
          columns: [key],
          where: [{ column: key, op: 'eq', values: ['v'] }],
          orderBy: [{ column: key }],
        });
        assert.deepEqual(row, { [names[i]!]: 'v' });
      }
    },
    20,
  ),
];

async function newProject(storage: Storage): Promise<Project> {
  // Not closed: the storage is the caller's.
  const daybook = await openDaybook({ storage });
  const someone = daybook.as({ kind: 'person', id: 'someone' });
  const { id } = await someone.createOrganization({ name: 'Acme' });
  const project = await someone.createProject({ organization: id, name: 'Headers' });
  await project.createBucket({ stage: 'in', name: 'main' });
  return project;
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isDaybookError(error) && refusals.includes(error.code)) return undefined;
    throw error;
  }
}

function normalized(headers: readonly string[], names: readonly string[]) {
  return headers.flatMap((from, i) => (from === names[i] ? [] : [{ from, to: names[i]! }]));
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
