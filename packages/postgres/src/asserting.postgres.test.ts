import { setTimeout } from 'node:timers/promises';
import type { Write } from '@daybook/core';
import { event } from '@daybook/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { dropSchemas, newSchema, storageIn, withClient } from '../test/schemas';
import { appendCall, appendTexts } from './append-call';
import { rowsOf } from './write-rows';

const schema = newSchema();
afterAll(() => dropSchemas([schema]));

describe('appends that assert the same log', () => {
  /** As a member's command does it. */
  const inProject = (id: string): Write[] => [
    { log: `project/${id}`, expected: 0, events: [event()] },
    { log: 'organization/1', expected: 1, events: [] },
  ];

  it('do not wait for each other, and who writes it waits for both', async () => {
    await using storage = storageIn(schema);
    const organization = (expected: number): Write[] => [{ log: 'organization/1', expected, events: [event()] }];
    await storage.events.append(organization(0));
    await withClient(async (client) => {
      await client.query('BEGIN');
      await client.query(appendTexts(schema).append, appendCall([inProject('a').map(rowsOf)]).parameters);
      expect((await storage.events.append(inProject('b'))).status).toBe('appended');

      const told: string[] = [];
      const own = storage.events.append(organization(1)).then(({ status }) => told.push(status));
      const waiting = 'SELECT FROM pg_locks WHERE NOT granted';
      await withClient(async (other) => {
        while ((await other.query(waiting)).rowCount === 0) await setTimeout(10);
      });
      expect(told).toEqual([]);
      await client.query('COMMIT');
      await own;
      expect(told).toEqual(['appended']);
    });
  });
});
