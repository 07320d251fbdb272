import type { Pool, PoolClient, QueryArrayConfig, QueryArrayResult } from 'pg';

const unusedForMs = 10;

/**
 * A pool with one connection at hand: to take a connection from a pool and to give it back takes a good part of a small statement's time.
 * So the last one used stays out, until it is not used for a moment or somebody waits for one.
 */
export class Connections {
  readonly #pool: Pool;
  #atHand: Connection | undefined;
  #isUsed = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async query<Row extends unknown[]>(statement: QueryArrayConfig, values: readonly unknown[]): Promise<QueryArrayResult<Row>> {
    const client = this.#take() ?? (await this.#connect());
    try {
      const result = await client.query<Row>(statement, values as unknown[]);
      this.#keep(client);
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** All statements of the work, or none. */
  async transaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    await this.use(async (client) => {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    });
  }

  /** For several statements. When one fails the connection is closed, which rolls back. */
  async use(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = this.#take() ?? (await this.#connect());
    try {
      await work(client);
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Nothing of the pool is kept any more. */
  release(): void {
    clearTimeout(this.#looking);
    this.#looking = undefined;
    this.#take()?.release();
  }

  /** To be called when a connection breaks. */
  lose(client: PoolClient): void {
    if (client === this.#atHand) this.#take()!.release(true);
  }

  #take(): Connection | undefined {
    const client = this.#atHand;
    this.#atHand = undefined;
    client?.ref?.();
    return client;
  }

  #keep(client: Connection): void {
    if (this.#atHand !== undefined || this.#isWantedBack) {
      client.release();
    } else {
      client.unref?.(); // it does not keep the process running
      this.#atHand = client;
      this.#isUsed = true;
      this.#looking ??= this.#lookLater();
    }
  }

  get #isWantedBack(): boolean {
    return this.#pool.waitingCount > 0 || this.#pool.ending;
  }

  #lookLater(): NodeJS.Timeout {
    return setTimeout(() => {
      const keeps = this.#isUsed && !this.#isWantedBack;
      this.#isUsed = false;
      if (keeps) this.#looking = this.#lookLater();
      else this.release();
    }, unusedForMs).unref();
  }

  async #connect(): Promise<Connection> {
    const client = await this.#pool.connect();
    users.set(client, this);
    client.removeListener('error', whenBroken);
    client.on('error', whenBroken);
    return client;
  }
}

/** What the driver's types leave out. */
type Connection = PoolClient & { ref?(): void; unref?(): void };

const users = new WeakMap<PoolClient, Connections>();

/** A connection that breaks says so to the query under way, and as an event, for which somebody has to listen. */
function whenBroken(this: PoolClient): void {
  users.get(this)?.lose(this);
}
