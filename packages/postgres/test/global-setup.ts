import { type Release, temporaryPostgres } from '@daybook/postgres-server';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser: tests make schemas and roles, end connections, and have plans logged. */
    readonly connectionString: string;
    /** What the project's tests ask for. */
    readonly release?: Release;
  }
}

/** One server for the whole run: its own, or the one that `DATABASE_URL` names where the project asks for no release. */
export default async function setup({ config, provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { release } = config.provide;
  const given = process.env.DATABASE_URL;
  if (given !== undefined && release === undefined) {
    provide('connectionString', given);
    return undefined;
  }
  // What tests do to it is crash the server, not the machine: then nothing depends on what reached the disk.
  const server = await temporaryPostgres({ fsync: 'off' }, release);
  provide('connectionString', server.connectionString);
  return async () => server[Symbol.asyncDispose]();
}
