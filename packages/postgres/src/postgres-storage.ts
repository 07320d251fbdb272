import type { Storage, TableStore } from '@daybook/core';
import { type DuckdbTablesOptions, duckdbTables, type PartStore } from '@daybook/duckdb';
import { Pool } from 'pg';
import { Database } from './database';
import { Hints } from './hints';
import { PartCache, type PartCacheOptions } from './part-cache';
import { PostgresCheckpoints } from './postgres-checkpoints';
import { PostgresEvents } from './postgres-events';
import { PostgresParts } from './postgres-parts';
import { checkSchema, migrate, quoted, type SchemaOptions } from './schema';

/** Where a book is kept, and what DuckDB may take for work on table data. Give `connectionString` or `sql`. */
export interface PostgresStorageOptions extends SchemaOptions, Pick<DuckdbTablesOptions, 'memoryLimit' | 'threads'> {
  /** `postgres://user:password@host:port/database`. The storage keeps connections of its own and closes them. */
  readonly connectionString?: string;
  /** A pool of the package `pg` that stays yours: the storage does not close it. */
  readonly sql?: Pool;
  /** Most connections at once. Default 10. With `sql` the pool says. */
  readonly connections?: number;
  /** Whether to make and update the tables when first used. Default true. Otherwise run what `schemaSql()` gives. */
  readonly migrate?: boolean;
  /**
   * Whether a pooler in transaction mode stands in between, such as PgBouncer: then nothing is left on a connection from one transaction to
   * the next. Default false.
   */
  readonly pooler?: boolean;
  /**
   * A direct connection, past any pooler, that is told when logs grow. Default: `connectionString`, unless there is a pooler. Without one
   * the storage looks several times a second, while somebody watches.
   */
  readonly listen?: string | false;
  /** How long a statement may take; then it fails with `STORE_UNAVAILABLE`. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Keeps table data elsewhere than in PostgreSQL: `fileParts(directory)`, say. */
  readonly parts?: PartStore;
  /** Of copies of parts for DuckDB, where parts are kept in PostgreSQL. */
  readonly cache?: PartCacheOptions;
}

/**
 * Keeps everything in PostgreSQL 14 or later: events, checkpoints, and table data as Parquet parts. What was acknowledged is on the
 * server's disk. `docs/postgres.md` says what lies where.
 *
 * Nothing is connected to before it is first used: a server that is not there, or tables that are not Daybook's, are `STORE_UNAVAILABLE` then.
 */
export function postgresStorage(options: PostgresStorageOptions): Storage {
  return new PostgresStorage(options);
}

class PostgresStorage implements Storage {
  readonly features = { durable: true, shared: true };
  readonly events: PostgresEvents;
  readonly checkpoints: PostgresCheckpoints;
  readonly tables: TableStore & AsyncDisposable;
  readonly #database: Database;
  readonly #hints: Hints;

  constructor(options: PostgresStorageOptions) {
    const { connectionString, pooler = false, schema = 'daybook', partitions, cache, memoryLimit, threads } = options;
    const { listen = pooler ? false : connectionString } = options;
    quoted(schema);
    this.#database = new Database({
      pool: poolOf(options),
      owned: options.sql === undefined,
      keepsStatements: !pooler,
      prepare: (client) => (options.migrate === false ? checkSchema : migrate)(client, { schema, partitions }),
    });
    this.#hints = new Hints(this.#database, schema, listen || undefined);
    this.events = new PostgresEvents(this.#database, schema, this.#hints);
    this.checkpoints = new PostgresCheckpoints(this.#database, schema);
    const parts = options.parts ?? new PostgresParts(this.#database, schema, new PartCache(cache));
    this.tables = duckdbTables({ parts, memoryLimit, threads });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = await Promise.allSettled([this.events.close(), this.tables[Symbol.asyncDispose]()]);
    await this.#hints.close();
    await this.#database.close();
    for (const part of closed) if (part.status === 'rejected') throw part.reason;
  }
}

function poolOf({ sql, connectionString, connections = 10, pooler = false, statementTimeoutMs = 30_000 }: PostgresStorageOptions): Pool {
  if ((sql === undefined) === (connectionString === undefined)) throw new TypeError('Give either connectionString or sql');
  if (sql !== undefined) return sql;
  const pool = new Pool({
    ...{ connectionString, max: connections, keepAlive: true, allowExitOnIdle: true, application_name: 'daybook' },
    ...{ connectionTimeoutMillis: 10_000, query_timeout: statementTimeoutMs + 5_000 },
    // Poolers refuse a connection that asks for it.
    ...(!pooler && { statement_timeout: statementTimeoutMs }),
  });
  // A connection that breaks tells the statement under way; the next statement opens another.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
