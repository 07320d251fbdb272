import { EventEmitter } from 'node:events';
import { Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';

/**
 * A pool as a pooler in transaction mode presents itself: the next transaction comes to another connection, also when the client is the same,
 * and nothing of a session is left when one ends.
 */
export function transactionPool(config: PoolConfig): Pool {
  const pool = new Pool({ ...config, maxUses: 2 });
  const physical: () => Promise<PoolClient> = pool.connect.bind(pool);
  return Object.assign(pool, { connect: async () => new PooledClient(physical) }) as unknown as Pool;
}

class PooledClient extends EventEmitter {
  readonly #connect: () => Promise<PoolClient>;
  /** While a transaction is open. */
  #client: PoolClient | undefined;

  constructor(connect: () => Promise<PoolClient>) {
    super();
    this.#connect = connect;
  }

  async query(statement: string | QueryConfig, values?: unknown[]) {
    const client = this.#client ?? (await this.#connect());
    this.#client = client;
    try {
      const result = await client.query(statement as string, values);
      if (client.getTransactionStatus() === 'I') await this.#end(client);
      return result;
    } catch (error) {
      this.release(true);
      throw error;
    }
  }

  async #end(client: PoolClient): Promise<void> {
    this.#client = undefined;
    await client.query('DISCARD ALL');
    client.release();
  }

  release(error?: boolean): void {
    this.#client?.release(error);
    this.#client = undefined;
  }
}
