import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Pool, PoolClient, QueryArrayConfig, QueryArrayResult } from 'pg';
import { Connections } from './connections';
import { isLost, isRepeatable, storeError } from './errors';

/** Rows as the driver reads them: int8 as text, bytea as bytes, arrays of text as arrays. */
export type Rows<Row extends readonly unknown[] = readonly (string | null)[]> = readonly Row[];
export type Value = string | number | boolean | Buffer | readonly string[] | null;

export interface DatabaseOptions {
  readonly pool: Pool;
  /** Whether closing the database closes the pool. */
  readonly owned: boolean;
  /** Whether a connection may keep statements from one transaction to the next. */
  readonly keepsStatements: boolean;
  /** Runs once, before anything else. */
  readonly prepare: (client: PoolClient) => Promise<void>;
}

const mostTries = 4;

/** Statements on a pool of connections, each a transaction of its own unless it is in `transaction`. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #connections: Connections;
  readonly #statements = new Map<string, QueryArrayConfig>();
  #prepared: Promise<void> | undefined;
  #isPrepared = false;
  #closed: Promise<void> | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#connections = new Connections(options.pool);
  }

  /** A statement that changes nothing: asked again when the connection is lost. */
  async read<Row extends readonly unknown[] = Rows[number]>(what: string, text: string, values: readonly Value[]): Promise<Rows<Row>> {
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#ask(text, values)).rows as unknown as Row[];
      } catch (error) {
        if (tries === mostTries || !(isLost(error) || isRepeatable(error))) throw storeError(what, error);
        await setTimeout(20 * 4 ** tries);
      }
    }
  }

  /** A statement that is asked once; again only where the server says that it was undone because of others. */
  async write(what: string, text: string, values: readonly Value[]): Promise<Rows> {
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#ask(text, values)).rows;
      } catch (error) {
        if (tries === mostTries || !isRepeatable(error)) throw storeError(what, error);
      }
    }
  }

  /** Several statements, all or none. `unhurried` frees them from the time-out for statements. */
  async transaction(what: string, work: (run: Run) => Promise<void>, { unhurried = false } = {}): Promise<void> {
    try {
      await this.#ready();
      await this.#connections.transaction(async (client) => {
        if (unhurried) await client.query('SET LOCAL statement_timeout = 0');
        await work(async (text, values) => {
          await client.query({ ...this.#statement(text), ...(unhurried && { query_timeout: 0 }) }, [...values]);
        });
      });
    } catch (error) {
      throw storeError(what, error);
    }
  }

  /** Ends after the statements under way. */
  close(): Promise<void> {
    this.#connections.release();
    this.#closed ??= this.#options.owned ? this.#options.pool.end() : Promise.resolve();
    return this.#closed;
  }

  checkOpen(): void {
    if (this.#closed !== undefined) throw new TypeError('The storage is closed');
  }

  #ask(text: string, values: readonly Value[]): Promise<QueryArrayResult<(string | null)[]>> {
    this.checkOpen();
    const ask = () => this.#connections.query<(string | null)[]>(this.#statement(text), values);
    return this.#isPrepared ? ask() : this.#ready().then(ask);
  }

  /** Different texts, of this and other storages on the pool, have different names. */
  #statement(text: string): QueryArrayConfig {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const name = `daybook-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    const statement: QueryArrayConfig = { text, rowMode: 'array', ...(this.#options.keepsStatements && { name }) };
    this.#statements.set(text, statement);
    return statement;
  }

  #ready(): Promise<void> {
    this.checkOpen();
    this.#prepared ??= this.#prepare().catch((error) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    await this.#connections.use(this.#options.prepare);
    this.#isPrepared = true;
  }
}

/** Runs a statement within a transaction. */
export type Run = (text: string, values: readonly Value[]) => Promise<void>;
