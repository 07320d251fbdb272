import { DaybookError } from '@daybook/core';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** How much of the machine DuckDB may use. */
export interface Limits {
  /** What DuckDB may hold in memory before it spills to disk, in its own words: `1GB`. */
  readonly memoryLimit: string;
  readonly threads?: number;
}

/** A DuckDB that is open, with connections that nobody uses: opening one costs more than a small query. */
interface Opened {
  readonly instance: Promise<DuckDBInstance>;
  readonly idle: DuckDBConnection[];
  /** Some errors leave a DuckDB unusable as a whole, so after each it is asked. */
  works: Promise<boolean>;
}

/** One DuckDB in memory, used only to work on files. When it breaks, whoever comes next gets a new one. */
export class Database {
  readonly #limits: Limits;
  readonly #spill: () => Promise<string>;
  readonly #waiting: (() => void)[] = [];
  #lent = 0;
  #opened: Opened | undefined;
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
      const opened = await this.#working();
      const connection = opened.idle.pop() ?? (await (await opened.instance).connect());
      return new Session(connection, {
        failed: () => {
          opened.works = works(opened.instance);
        },
        giveBack: (sound) => this.#giveBack(opened, connection, sound),
      });
    } catch (cause) {
      this.#settle();
      throw unavailable(cause);
    }
  }

  /** Waits for work under way. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#lent > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#opened) await this.#forget(this.#opened);
  }

  #giveBack(opened: Opened, connection: DuckDBConnection, sound: boolean): void {
    if (sound && this.#opened === opened) {
      opened.idle.push(connection);
    } else {
      if (!sound) connection.interrupt();
      connection.closeSync();
    }
    this.#settle();
  }

  #settle(): void {
    this.#lent -= 1;
    if (this.#lent === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #working(): Promise<Opened> {
    for (;;) {
      this.#opened ??= this.#open();
      const opened = this.#opened;
      if (await opened.works) return opened;
      await this.#forget(opened);
    }
  }

  /** Connections to it that are lent hold it open. */
  async #forget(opened: Opened): Promise<void> {
    if (this.#opened !== opened) return;
    this.#opened = undefined;
    for (const connection of opened.idle.splice(0)) connection.closeSync();
    // What is closed while it is asked takes the process with it.
    await opened.works;
    (await opened.instance.catch(() => undefined))?.closeSync();
  }

  #open(): Opened {
    const instance = this.#create();
    const opened = { instance, idle: [], works: Promise.resolve(true) };
    instance.catch(() => {
      if (this.#opened === opened) this.#opened = undefined;
    });
    return opened;
  }

  async #create(): Promise<DuckDBInstance> {
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
}

async function works(opened: Promise<DuckDBInstance>): Promise<boolean> {
  try {
    const instance = await opened;
    const connection = await instance.connect();
    await connection.run('SELECT 1');
    connection.closeSync();
    return true;
  } catch {
    return false;
  }
}

/** What a connection tells whom it was borrowed from. */
interface Lender {
  /** A query has failed. */
  failed(): void;
  /** `sound`: no query has failed or was left half read. */
  giveBack(sound: boolean): void;
}

/** A connection on loan. */
export class Session implements AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #lender: Lender;
  #sound = true;
  #chose = false;
  #keeps = false;

  constructor(connection: DuckDBConnection, lender: Lender) {
    this.#connection = connection;
    this.#lender = lender;
  }

  /** All rows of a small result. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    try {
      return (await this.#connection.runAndReadAll(sql)).getRows();
    } catch (cause) {
      throw this.#failed(cause);
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
    this.#lender.giveBack(this.#sound);
  }

  #failed(cause: unknown): DaybookError<'STORE_UNAVAILABLE'> {
    this.#sound = false;
    this.#lender.failed();
    return unavailable(cause);
  }

  async *#texts(sql: string): AsyncGenerator<readonly DuckDBValue[]> {
    try {
      for await (const chunk of await this.#connection.stream(sql)) yield chunk.getColumnValues(0);
    } catch (cause) {
      throw this.#failed(cause);
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
