import type { Column, Part } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { temporaryTables } from './temporary.fixture';

type Tables = Awaited<ReturnType<typeof temporaryTables>>['tables'];
interface Loaded {
  readonly parts: readonly Part[];
}

/** Loads CSV into a table whose key is `id`. */
async function load(tables: Tables, names: readonly string[], { parts }: Loaded, csv: string, mode: 'full' | 'incremental') {
  const columns = names.map((id): Column => ({ id, name: id, type: 'string', nullable: true }));
  await using staged = await tables.stage({ project: 'p', source: { csv: `${names.join(',')}\n${csv}` }, csv: {} });
  const { change } = await staged.write({ base: { project: 'p', columns, primaryKey: ['id'], parts }, columns, mode });
  return { parts: [...parts, ...change.splices.flatMap(({ added }) => added)], rows: change.rows };
}

const nothing: Loaded = { parts: [] };

describe('what a load does to the rows of a table', () => {
  it('is counted whatever columns are called', async () => {
    await using opened = await temporaryTables();
    const names = ['id', 'alike', 's', 'u', 'before'];
    const first = await load(opened.tables, names, nothing, '1,a,b,c,d\n2,a,b,c,d\n', 'full');
    const second = await load(opened.tables, names, first, '1,a,b,c,d\n2,a,b,c,e\n3,a,b,c,d\n', 'incremental');
    expect(second.rows).toEqual({ inserted: 1, updated: 1, unchanged: 1, deleted: 0 });
  });

  it('is counted in a table a thousand times larger, in whichever column rows differ', { timeout: 120_000 }, async () => {
    await using opened = await temporaryTables();
    const write = (rows: readonly string[], base: Loaded, mode: 'full' | 'incremental') =>
      load(opened.tables, ['id', 'a', 'b', 'c', 'd'], base, rows.map((row) => `${row}\n`).join(''), mode);
    const row = (id: number, changed?: number) => [id, ...['a', 'b', 'c', 'd'].map((text, i) => (i === changed ? 'new' : text))].join(',');

    const large = await write(
      Array.from({ length: 1_000_001 }, (_, id) => row(id)),
      nothing,
      'full',
    );
    const once = await write([row(1), row(2, 0), row(3, 1), row(4, 2), row(5, 3), row(-1)], large, 'incremental');
    expect(once.rows).toEqual({ inserted: 1, updated: 4, unchanged: 1, deleted: 0 });
    const again = await write([row(1), row(2), row(3, 1), row(6, 3), row(-1), row(-2)], once, 'incremental');
    expect(again.rows).toEqual({ inserted: 1, updated: 2, unchanged: 3, deleted: 0 });
    const alone = await write([row(5, 3)], again, 'incremental');
    expect(alone.rows).toEqual({ inserted: 0, updated: 0, unchanged: 1, deleted: 0 });
  });
});
