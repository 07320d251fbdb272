import { join, relative } from 'node:path';
import type { Storage } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { postgresStorage } from '@daybook/postgres';
import { type PostgresServer, startPostgres } from '@daybook/postgres-server';
import { filesIn } from './files';

/** A storage, and where what it keeps lies. Disposing it stops the server that it started. */
export interface Book extends AsyncDisposable {
  readonly kind: 'file' | 'postgres';
  readonly storage: Storage;
  readonly place: string;
  /** What lies there. */
  contents(): readonly object[];
}

/**
 * A book in files, or in PostgreSQL where `DAYBOOK_STORE` says `postgres` or `postgres://…`. With `postgres` alone it is the server that
 * `DATABASE_URL` names, or one of its own with its data in the directory.
 */
export async function openBook(directory: string): Promise<Book> {
  const store = process.env.DAYBOOK_STORE ?? 'file';
  if (store === 'file') return bookInFiles(join(directory, 'book'));
  if (!/^postgres(ql)?($|:\/\/)/.test(store)) throw new Error(`DAYBOOK_STORE is ${store}; it may be file, postgres or postgres://…`);
  const given = store.includes('://') ? store : process.env.DATABASE_URL;
  return given === undefined ? bookOnOwnServer(await startPostgres(join(directory, 'postgres'))) : bookOnServer(given);
}

function bookInFiles(directory: string): Book {
  return {
    kind: 'file',
    storage: fileStorage({ directory }),
    place: `${relative('.', directory)}, and stays there. The parts are Parquet files; any reader of those opens them`,
    contents: () => filesIn(directory).map(({ path, bytes }) => ({ file: path, bytes })),
    [Symbol.asyncDispose]: async () => {},
  };
}

function bookOnServer(connectionString: string): Book {
  const { host, pathname } = new URL(connectionString);
  return {
    kind: 'postgres',
    storage: postgresStorage({ connectionString }),
    place: `schema daybook of database ${decodeURIComponent(pathname.slice(1))} on ${host}`,
    contents: () => [],
    [Symbol.asyncDispose]: async () => {},
  };
}

function bookOnOwnServer(server: PostgresServer): Book {
  return {
    ...bookOnServer(server.connectionString),
    place: `schema daybook of a PostgreSQL whose data is in ${relative('.', server.directory)}, and stays there. The server stops now`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
