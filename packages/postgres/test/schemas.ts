import { randomUUID } from 'node:crypto';
import type { Storage } from '@daybook/core';
import { Client } from 'pg';
import { inject } from 'vitest';
import { type PostgresStorageOptions, postgresStorage } from '../src/index';

export const connectionString = inject('connectionString');

/** A schema name that nobody else uses. */
export function newSchema(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}

/** A storage in a schema, with few connections: a run has many storages. */
export function storageIn(schema: string, options: Partial<PostgresStorageOptions> = {}): Storage {
  return postgresStorage({ connectionString, schema, connections: 4, threads: 2, ...options });
}

/** A connection behind the storage's back, for as long as `work` takes. */
export async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function dropSchemas(schemas: Iterable<string>): Promise<void> {
  await withClient(async (client) => {
    for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
}
