import { Pool, type PoolClient, type PoolConfig, type QueryConfig, type QueryResult } from 'pg';

/**
 * A pool as a pooler in transaction mode presents itself: the next transaction comes to another connection, and nothing of a session is left
 * when one ends.
 */
export class TransactionPool extends Pool {
  constructor(config: PoolConfig) {
    super({ ...config, maxUses: 2 });
  }

  override async connect(): Promise<PoolClient>;
  override async connect(callback?: unknown): Promise<PoolClient> {
    if (callback !== undefined) throw new TypeError('Only promises here');
    const client = await super.connect();
    const release = client.release.bind(client);
    client.release = (error?: Error | boolean) => {
      if (error) return release(error);
      client.query('DISCARD ALL').then(
        () => release(),
        () => release(true),
      );
    };
    return client;
  }

  override async query(query: QueryConfig): Promise<QueryResult> {
    const client = await this.connect();
    try {
      const result = await client.query(query);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
