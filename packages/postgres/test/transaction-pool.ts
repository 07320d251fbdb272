import { Pool, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';

/**
 * A pool as a pooler in transaction mode presents itself: the next transaction comes to another connection, and nothing of a session is left
 * when one ends.
 */
export function transactionPool(config: PoolConfig): Pool {
  const pool = new Pool({ ...config, maxUses: 2 });
  const physical: () => Promise<PoolClient> = pool.connect.bind(pool);
  const connect = async (): Promise<PoolClient> => {
    const client = await physical();
    const release = client.release.bind(client);
    client.release = (error) => {
      if (error) return release(error);
      client.query('DISCARD ALL').then(
        () => release(),
        () => release(true),
      );
    };
    return client;
  };
  const query = async (statement: QueryConfig) => {
    const client = await connect();
    try {
      const result = await client.query(statement);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
  return Object.assign(pool, { connect, query }) as Pool;
}
