import { event } from '@daybook/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { connectionString, dropSchemas, newSchema, storageIn } from '../test/schemas';
import { eventTopics, someLaws } from '../test/some-laws';
import { transactionPool } from '../test/transaction-pool';

const schemas = new Map<string, string>();
const pool = transactionPool({ connectionString, max: 12 });
/** The real one that a variable names, in front of the server of `DATABASE_URL`; or else the pool that presents itself as one. */
const given = process.env.DATABASE_POOLER_URL;
const behind = given === undefined ? { connectionString: undefined, sql: pool, pooler: true } : { connectionString: given, pooler: true };

afterAll(async () => {
  await pool.end();
  await dropSchemas(schemas.values());
}, 120_000);

function schemaOf(place: string): string {
  const schema = schemas.get(place) ?? newSchema();
  schemas.set(place, schema);
  return schema;
}

describe('behind a pooler in transaction mode', () => {
  someLaws([...eventTopics, 'parts'], async (place) => storageIn(schemaOf(place), behind));

  describe('and told by a connection past it', () => {
    someLaws(['watch'], async (place) => storageIn(schemaOf(place), { ...behind, listen: connectionString }));
  });

  it('statements that were left on a connection would be missed', async () => {
    await using storage = storageIn(schemaOf('careless'), { connectionString: undefined, sql: pool });
    const appends = async () => {
      for (let expected = 0; expected < 10; expected += 1) {
        await storage.events.append([{ log: 'project/a', expected, events: [event()] }]);
      }
    };
    await expect(appends()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
