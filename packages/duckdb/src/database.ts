import { DaybookError } from '@daybook/core';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** How much of the machine DuckDB may use. */
export interface Limits {
  /** What DuckDB may hold in memory before it spills to disk, in its own words: `1GB`. */
  readonly memoryLimit: string;
  readonly threads?: number;
}

/** One DuckDB in memory, used only to work on files. Connections are kept, as opening one costs more than a small query. */
export class Database {
  readonly #limits: Limits;
  readonly #spill: () => Promise<string>;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #lent = 0;
  #instance: Promise<DuckDBInstance> | undefined;
  #closed = false;

  /** `spill` says where what does not fit into memory goes; it is asked when the database is first used. */
  constructor(limits: Limits, spill: () => Promise<string>) {
    this.#limits = limits;
    this.#spill = spill;
  }

  /** Lends a connection until it is disposed of. What DuckDB cannot do is `STORE_UNAVAILABLE`. */
  async borrow(): Promise<Session> {
    if (this.#closed) throw new TypeError('The table store is closed');
    this.#lent += 1;
    try {
      return new Session(this.#idle.pop() ?? (await this.#connect()), (connection, sound) => this.#giveBack(connection, sound));
    } catch (error) {
      this.#settle();
      throw error;
    }
  }

  /** Waits for work under way. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#lent > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    const instance = await this.#instance?.catch(() => undefined);
    this.#instance = undefined;
    instance?.closeSync();
  }

  async #giveBack(connection: DuckDBConnection, sound: boolean): Promise<void> {
    if (sound) {
      this.#idle.push(connection);
    } else {
      connection.interrupt();
      connection.closeSync();
      await this.#forgetWhenBroken();
    }
    this.#settle();
  }

  #settle(): void {
    this.#lent -= 1;
    if (this.#lent === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #connect(): Promise<DuckDBConnection> {
    try {
      this.#instance ??= this.#open();
      return await (await this.#instance).connect();
    } catch (cause) {
      this.#instance = undefined;
      throw unavailable(cause);
    }
  }

  async #open(): Promise<DuckDBInstance> {
    const { memoryLimit, threads } = this.#limits;
    return DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_file_cache: 'false',
      memory_limit: memoryLimit,
      temp_directory: await this.#spill(),
      ...(threads !== undefined && { threads: String(threads) }),
    });
  }

  /** Some errors leave a DuckDB unusable as a whole; then the next one to ask gets a new one. */
  async #forgetWhenBroken(): Promise<void> {
    const instance = await this.#instance?.catch(() => undefined);
    try {
      const probe = await instance?.connect();
      await probe?.run('SELECT 1');
      probe?.closeSync();
    } catch {
      this.#instance = undefined;
      this.#idle.length = 0;
    }
  }
}

/** A connection on loan. */
export class Session implements AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #giveBack: (connection: DuckDBConnection, sound: boolean) => Promise<void>;
  /** No query has failed or was left half read. */
  #sound = true;
  #chose = false;
  #keeps = false;

  constructor(connection: DuckDBConnection, giveBack: (connection: DuckDBConnection, sound: boolean) => Promise<void>) {
    this.#connection = connection;
    this.#giveBack = giveBack;
  }

  /** All rows of a small result. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    try {
      return (await this.#connection.runAndReadAll(sql)).getRows();
    } catch (cause) {
      this.#sound = false;
      throw unavailable(cause);
    }
  }

  /** The numbers in a result's only row; null is 0. */
  async counts(sql: string): Promise<number[]> {
    const [row = []] = await this.rows(sql);
    return row.map((value) => Number(value ?? 0));
  }

  /** The JSON texts of a result's only column, parsed, in the result's order, a chunk at a time. */
  async *json<T>(sql: string): AsyncGenerator<T[]> {
    this.#sound = false;
    for await (const texts of this.#texts(sql)) yield JSON.parse(`[${texts.join(',')}]`) as T[];
    this.#sound = true;
  }

  /** Remembers numbers from 0 to below `total`, one bit each, until it is told others. Tells how many. */
  async choose(numbers: string, total: number): Promise<number> {
    this.#chose = true;
    const bits = `SELECT bitstring_agg(number, 0::BIGINT, ${Math.max(0, total - 1)}::BIGINT) FROM (${numbers}) chosen(number)`;
    await this.rows(`SET VARIABLE chosen = (${bits})`);
    const [count = 0] = await this.counts(`SELECT bit_count(getvariable('chosen'))`);
    return count;
  }

  /** Keeps results, one after another, as the table `kept`, in place of an earlier one. Tells how many rows it has. */
  async keep(...queries: readonly string[]): Promise<number> {
    this.#keeps = true;
    let total = 0;
    for (const [i, sql] of queries.entries()) {
      const [count = 0] = await this.counts(`${i === 0 ? 'CREATE OR REPLACE TEMP TABLE kept AS' : 'INSERT INTO kept'} ${sql}`);
      total += count;
    }
    return total;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#keeps && this.#sound) await this.rows('DROP TABLE kept').catch(() => {});
    if (this.#chose && this.#sound) await this.rows('RESET VARIABLE chosen').catch(() => {});
    await this.#giveBack(this.#connection, this.#sound);
  }

  async *#texts(sql: string): AsyncGenerator<readonly DuckDBValue[]> {
    try {
      for await (const chunk of await this.#connection.stream(sql)) yield chunk.getColumnValues(0);
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

/** Whether a number is one of those that the session remembers. */
export function isChosen(number: string): string {
  return `(get_bit(getvariable('chosen'), CAST(${number} AS INTEGER)) = 1)`;
}

/** What DuckDB could not do. */
export function unavailable(cause: unknown): DaybookError<'STORE_UNAVAILABLE'> {
  const [what = 'DuckDB failed'] = cause instanceof Error ? cause.message.split('\n') : [];
  return new DaybookError('STORE_UNAVAILABLE', { what }, { cause });
}
