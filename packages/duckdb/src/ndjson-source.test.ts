import type { Column } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { temporaryTables } from './temporary.fixture';

describe('NDJSON of many rows', () => {
  it('keeps their order', { timeout: 60_000 }, async () => {
    await using opened = await temporaryTables();
    const count = 200_000;
    const columns: Column[] = [{ id: 'a', name: 'a', type: 'string', nullable: true }];
    const source = { rows: Array.from({ length: count }, (_, a) => ({ a: `row ${a}` })) };
    await using staged = await opened.tables.stage({ project: 'p', source, csv: {} });
    const base = { project: 'p', columns, primaryKey: [], parts: [] };
    const { change } = await staged.write({ base, columns, mode: 'full' });

    const read: unknown[] = [];
    const parts = change.splices.flatMap(({ added }) => added);
    for await (const batch of opened.tables.read({ ...base, parts })) for (const { a } of batch) read.push(a);
    expect(read).toHaveLength(count);
    expect(read.findIndex((a, i) => a !== `row ${i}`)).toBe(-1);
  });
});
