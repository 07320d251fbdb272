import type { EventStore } from '@daybook/core';
import { collect, event } from '@daybook/testing';
import { Pool } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { connectionString, dropSchemas, newSchema, storageIn, withClient } from '../test/schemas';
import { eventTopics, someLaws } from '../test/some-laws';

const partitions = 8;
const schemas = new Map<string, string>();

afterAll(() => dropSchemas(schemas.values()), 120_000);

function schemaOf(place: string): string {
  const schema = schemas.get(place) ?? newSchema();
  schemas.set(place, schema);
  return schema;
}

/** A node of a plan, as EXPLAIN tells it in JSON. */
interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly Node[];
}

/** All statements of some work, those within functions too, each with its plan as it ran. */
class Plans {
  readonly #nodes: Node[] = [];
  readonly pool: Pool;

  constructor() {
    const settings = { log_min_duration: 0, log_nested_statements: 'on', log_analyze: 'on', log_timing: 'off', log_format: 'json' };
    const set = Object.entries(settings).map(([name, value]) => `-c auto_explain.${name}=${value}`);
    const options = ['-c session_preload_libraries=auto_explain', ...set, '-c client_min_messages=log'].join(' ');
    this.pool = new Pool({ connectionString, max: 1, options });
    this.pool.on('connect', (client) => {
      client.on('notice', ({ message }) => {
        const json = message?.match(/^duration: .*? plan:\n(\{.*\})$/s)?.[1];
        // Hints are sent meanwhile; they are of no log.
        if (json && !json.includes('"hints"')) this.#add(JSON.parse(json).Plan);
      });
    });
  }

  /** What `work` ran. Nodes that were planned and never executed do not count. */
  async of(work: () => Promise<unknown>): Promise<{ readonly kinds: string[]; readonly partitions: string[] }> {
    this.#nodes.length = 0;
    await work();
    const tables = this.#nodes.flatMap((node) => node['Relation Name'] ?? []);
    const touched = tables.flatMap((table) => table.match(/_(\d+)$/)?.[1] ?? []);
    return { kinds: [...new Set(this.#nodes.map((node) => node['Node Type']))], partitions: [...new Set(touched)] };
  }

  #add(node: Node): void {
    if (node['Actual Loops'] === 0) return;
    this.#nodes.push(node);
    for (const child of node.Plans ?? []) this.#add(child);
  }
}

const log = 'project/a';
const uses: Readonly<Record<string, (events: EventStore) => Promise<unknown>>> = {
  head: (events) => events.head(log),
  'a read': (events) => collect(events.read(log)),
  'a read of a range': (events) => collect(events.read(log, { after: 700, upTo: 1_400 })),
  'a read backward': (events) => collect(events.read(log, { backward: true, limit: 50 })),
  'a read by tag': (events) => collect(events.read(log, { tags: ['table:1'] })),
  'a read by tag, backward': (events) => collect(events.read(log, { tags: ['table:1'], backward: true, upTo: 900 })),
  'a read by type': (events) => collect(events.read(log, { types: ['Loaded'] })),
  'a read by types': (events) => collect(events.read(log, { types: ['Loaded', 'Dropped'] })),
  'a read by tags and types': (events) => collect(events.read(log, { tags: ['table:1', 'job:2'], types: ['Loaded', 'Dropped'] })),
  'a repeated append': (events) => events.append([{ log, expected: 0, events: [{ ...event(), id: 'first' }] }]),
  'a conflict': (events) => events.append([{ log, expected: 1, events: [event()] }]),
};

describe('eight hash partitions', () => {
  describe('obey the laws', () => {
    someLaws([...eventTopics, 'parts'], async (place) => storageIn(schemaOf(place), { partitions }));
  });

  it('hold the logs between them', async () => {
    await using storage = storageIn(schemaOf('spread'), { partitions });
    const logs = Array.from({ length: 64 }, (_, index) => `project/${index}`);
    await Promise.all(logs.map((each) => storage.events.append([{ log: each, expected: 0, events: [event()] }])));
    await withClient(async (client) => {
      const { rows } = await client.query(`SELECT DISTINCT tableoid::regclass::text FROM ${schemaOf('spread')}.batches`);
      expect(rows.length).toBe(partitions);
    });
  });

  it('are touched one at a time, by ordered index ranges', async () => {
    const schema = schemaOf('plans');
    await using filling = storageIn(schema, { partitions });
    const types = ['Created', 'Loaded', 'Dropped'];
    const first = { ...event('Created'), id: 'first' };
    const many = Array.from({ length: 3_000 }, (_, n) => event(types[n % 3], { tags: [`table:${n % 2}`, `job:${n % 5}`] }));
    await filling.events.append([{ log, expected: 0, events: [first, ...many] }]);
    // In a table of a page or two PostgreSQL looks at every row, whatever the index.
    await withClient(async (client) => {
      await client.query(`INSERT INTO ${schema}.heads SELECT 'project/' || n, 1, '', '', 0 FROM generate_series(1, 20000) n`);
      await client.query(`INSERT INTO ${schema}.checkpoints SELECT 'project/' || n, 'f', 1, '', '{}' FROM generate_series(1, 20000) n`);
    });

    const plans = new Plans();
    try {
      await using storage = storageIn(schema, { connectionString: undefined, sql: plans.pool, partitions });
      let head = (await storage.events.head(log))!.position;
      const append = (count: number) => () => {
        const events = Array.from({ length: count }, () => event('Loaded', { tags: ['table:1'] }));
        head += count;
        return storage.events.append([{ log, expected: head - count, events }]);
      };
      const checkpoint = { position: 5, recordedAt: '', fold: 'f', state: '{}' };
      const saved = () => storage.checkpoints.save(log, checkpoint).then(() => storage.checkpoints.latest(log, { fold: 'f' }));
      const late = () => storage.events.append([{ log, expected: head++, events: [{ ...event(), id: `early ${head}` }] }]);
      const appends = { 'an append': append(1), 'an append of an id that is not the greatest': late, 'a large append': append(64) };
      const all: typeof uses = { ...uses, ...appends, 'a checkpoint': saved };
      // Plans differ before the server has statistics, after, and when a statement has run several times.
      for (const round of ['without statistics', 'with statistics', ...Array(6).fill('again')]) {
        if (round === 'with statistics') await withClient((client) => client.query('VACUUM ANALYZE'));
        for (const [name, use] of Object.entries(all)) {
          const { kinds, partitions: touched } = await plans.of(() => use(storage.events));
          expect(touched.length, `${name}, ${round}: partitions ${touched}`).toBe(1);
          // What is new gets its slices sorted, and nothing else.
          const bad = name === 'a large append' ? /Seq Scan|Bitmap|Hash|Gather/ : /Sort|Seq Scan|Bitmap|Hash|Gather/;
          const wrong = kinds.filter((kind) => bad.test(kind));
          expect(wrong, `${name}, ${round}: ${kinds.join(', ')}`).toEqual([]);
        }
      }
    } finally {
      await plans.pool.end();
    }
  });

  it('would be found out otherwise', async () => {
    await using storage = storageIn(schemaOf('spread'), { partitions });
    await storage.events.head(log);
    const plans = new Plans();
    try {
      const scan = () => plans.pool.query(`SELECT * FROM ${schemaOf('spread')}.batches ORDER BY events`);
      const { kinds, partitions: touched } = await plans.of(scan);
      expect(touched.length).toBe(partitions);
      expect(kinds).toEqual(expect.arrayContaining(['Sort', 'Seq Scan']));
    } finally {
      await plans.pool.end();
    }
  });
});
