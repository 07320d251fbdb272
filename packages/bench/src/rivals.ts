import type { EventStore, NewEvent } from '@daybook/core';
import { Query, type SequencePosition, Tags } from '@dcb-es/event-store';
import { PostgresEventStore } from '@dcb-es/event-store-postgres';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { Pool, types } from 'pg';

/** An event store as the figures use it: appends to a log that expect to find it as this process left it, and reads of a whole log. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  append(log: string, events: readonly NewEvent[]): Promise<void>;
  /** How many events there were. */
  read(log: string): Promise<number>;
}

export function daybook(events: EventStore): Contender {
  const heads = new Map<string, number>();
  return {
    name: 'daybook',
    async append(log, given) {
      const expected = heads.get(log) ?? 0;
      const { status } = await events.append([{ log, expected, events: given }]);
      if (status !== 'appended') throw new Error(`The append to ${log} was answered ${status}`);
      heads.set(log, expected + given.length);
    },
    async read(log) {
      let count = 0;
      for await (const page of events.read(log)) count += page.length;
      return count;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

export function emmett(connectionString: string): Contender {
  const store = getPostgreSQLEventStore(connectionString);
  const versions = new Map<string, bigint>();
  return {
    name: 'emmett-postgresql 0.42.0',
    async append(log, events) {
      const given = events.map(({ type, data, tags, actor, at }) => ({ type, data, metadata: { tags, actor, at } }));
      const expectedStreamVersion = versions.get(log) ?? 'STREAM_DOES_NOT_EXIST';
      const { nextExpectedStreamVersion } = await store.appendToStream(log, given, { expectedStreamVersion });
      versions.set(log, nextExpectedStreamVersion);
    },
    read: async (log) => (await store.readStream(log)).events.length,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

export async function dcb(connectionString: string): Promise<Contender> {
  const asText = (value: string) => value;
  // emmett changes how every pool of the process reads int8.
  const pool = new Pool({
    connectionString,
    max: 10,
    types: { getTypeParser: (oid, format) => (oid === 20 ? asText : types.getTypeParser(oid, format)) },
  });
  const store = new PostgresEventStore({ pool });
  await store.ensureInstalled();
  const positions = new Map<string, SequencePosition>();
  const tagOf = (log: string) => `log=${log.replace('/', '-')}`;
  const eventsOf = (log: string) => Query.fromItems([{ types: ['BenchRun'], tags: Tags.from([tagOf(log)]) }]);
  return {
    name: '@dcb-es/event-store-postgres 7.0.1',
    async append(log, events) {
      const given = events.map(({ type, data, tags, actor, at }) => ({
        ...{ type, data, metadata: { actor, at } },
        tags: Tags.from([tagOf(log), ...tags.map((tag) => tag.replace(':', '=').replaceAll(':', '-'))]),
      }));
      const condition = { failIfEventsMatch: eventsOf(log), after: positions.get(log) };
      positions.set(log, await store.append({ events: given, condition }));
    },
    async read(log) {
      let count = 0;
      for await (const _ of store.read(eventsOf(log))) count += 1;
      return count;
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
