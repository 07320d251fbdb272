import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DaybookError } from '@daybook/core';
import type { PoolClient } from 'pg';
import { sqlState } from './errors';

/** Where and how Daybook's tables are made. */
export interface SchemaOptions {
  /** The namespace of everything that Daybook makes. Default `daybook`. */
  readonly schema?: string;
  /** Makes each table in so many hash partitions by log. Only asked when the tables are made. Default: none. */
  readonly partitions?: number;
}

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

const folder = new URL('../sql/', import.meta.url);
const missing = new Set(['3F000', '42P01']); // invalid_schema_name, undefined_table

/** All SQL that makes the tables, for those who run it themselves. */
export function schemaSql(options: SchemaOptions = {}): string {
  const steps = migrations().map((migration) => sqlOf(migration, options));
  return ['BEGIN;', foundation(options), ...steps, 'COMMIT;', ''].join('\n');
}

/** What a role may do that reads and appends, and nothing else. */
export function grantSql({ schema, role }: SchemaOptions & { readonly role: string }): string {
  return substituted(readFileSync(new URL('grants.sql', folder), 'utf8'), { schema }).replaceAll(':"role"', quoted(role));
}

/** A name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63) throw new TypeError(`Not a name in PostgreSQL: ${name}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** Makes or updates the tables. Any number of processes may do so at once: each waits for the one before. */
export async function migrate(client: PoolClient, options: SchemaOptions): Promise<void> {
  if (missingFrom(await applied(client, options)).length === 0) return;
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`daybook ${options.schema ?? 'daybook'}`]);
  // A connection that waited may remember that the schema was not there; when it opens a table it hears of what was made since.
  await client.query('SELECT FROM pg_namespace LIMIT 1');
  await client.query(foundation(options));
  for (const migration of missingFrom(await applied(client, options))) await client.query(sqlOf(migration, options));
  await client.query('COMMIT');
}

/** `STORE_UNAVAILABLE` unless the tables are what this release needs. */
export async function checkSchema(client: PoolClient, options: SchemaOptions): Promise<void> {
  const [first] = missingFrom(await applied(client, options));
  if (first !== undefined)
    refuse(options, `lacks update ${first.number} (${first.name}); run the SQL of schemaSql(), or leave out \`migrate: false\``);
}

function missingFrom(there: readonly Migration[]): Migration[] {
  return migrations().slice(there.length);
}

/** The migrations that were run; `STORE_UNAVAILABLE` when they are not ours. */
async function applied(client: PoolClient, options: SchemaOptions): Promise<Migration[]> {
  const known = migrations();
  const there = await rowsOf(client, options);
  for (const [index, { number, name, sha256 }] of there.entries()) {
    const ours = known[index];
    if (ours === undefined) refuse(options, `has update ${number} (${name}), which is newer than this release of Daybook`);
    if (number !== ours.number || sha256 !== ours.sha256)
      refuse(options, `was made with another update ${ours.number} than ${ours.name} of this release`);
  }
  return known.slice(0, there.length);
}

async function rowsOf(client: PoolClient, { schema }: SchemaOptions): Promise<Migration[]> {
  try {
    const { rows } = await client.query<Migration>(
      substituted('SELECT number, name, sha256 FROM :"schema".migrations ORDER BY number', { schema }),
    );
    return rows;
  } catch (error) {
    if (missing.has(sqlState(error) ?? '')) return [];
    throw error;
  }
}

function foundation({ schema }: SchemaOptions): string {
  return substituted(
    `CREATE SCHEMA IF NOT EXISTS :"schema";
CREATE TABLE IF NOT EXISTS :"schema".migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
`,
    { schema },
  );
}

/** A step, and the note that it was taken. Its names stand in the schema by themselves. */
function sqlOf({ number, name, sha256, text }: Migration, options: SchemaOptions): string {
  return substituted(
    `SET LOCAL search_path = :"schema";
${partitioned(text, options)}
INSERT INTO :"schema".migrations (number, name, sha256) VALUES (${number}, '${name}', '${sha256}');
`,
    options,
  );
}

function substituted(text: string, { schema = 'daybook' }: SchemaOptions): string {
  return text.replaceAll(':"schema"', quoted(schema));
}

/** Tables say how they may be partitioned. */
function partitioned(text: string, { partitions }: SchemaOptions): string {
  if (partitions === undefined) return text;
  if (!Number.isSafeInteger(partitions) || partitions < 1) throw new TypeError(`Not a number of partitions: ${partitions}`);
  const made: string[] = [];
  const tables = text.replace(/^CREATE TABLE (\w+) (.*?)\/\* (PARTITION BY HASH \(\w+\)) \*\/;/gms, (_, table, columns, by) => {
    for (let remainder = 0; remainder < partitions; remainder++) {
      made.push(
        `CREATE TABLE ${table}_${remainder} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${remainder});`,
      );
    }
    return `CREATE TABLE ${table} ${columns}${by};`;
  });
  return [tables, ...made].join('\n');
}

let read: readonly Migration[] | undefined;

/** In order; the number of each is its place. */
function migrations(): readonly Migration[] {
  read ??= readdirSync(folder)
    .filter((file) => /^\d{3}-/.test(file))
    .sort()
    .map((file, index) => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      return { number: index + 1, name: file.slice(4, -4), sha256: createHash('sha256').update(text).digest('hex'), text };
    });
  return read;
}

function refuse({ schema = 'daybook' }: SchemaOptions, what: string): never {
  throw new DaybookError('STORE_UNAVAILABLE', { what: `schema ${schema} ${what}` });
}
