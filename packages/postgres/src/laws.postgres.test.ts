import { storageConformance } from '@daybook/testing';
import { afterAll, describe, it } from 'vitest';
import { dropSchemas, newSchema, storageIn } from '../test/schemas';

const schemas = new Map<string, string>();
afterAll(() => dropSchemas(schemas.values()), 120_000);

function schemaOf(place: string): string {
  const schema = schemas.get(place) ?? newSchema();
  schemas.set(place, schema);
  return schema;
}

storageConformance('postgres', { describe, it, open: async (place) => storageIn(schemaOf(place)) });
