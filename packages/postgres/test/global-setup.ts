import { temporaryPostgres } from '@daybook/postgres-server';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser, or at least somebody who may create schemas and roles. */
    readonly connectionString: string;
  }
}

/** One server for the whole run: its own, or the one that `DATABASE_URL` names. */
export default async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined) {
    provide('connectionString', given);
    return undefined;
  }
  // What tests do to it is crash the server, not the machine: then nothing depends on what reached the disk.
  const server = await temporaryPostgres({ fsync: 'off' });
  provide('connectionString', server.connectionString);
  return async () => server[Symbol.asyncDispose]();
}
