import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { part } from '../../test/facts';
import { holds } from '../../test/property';
import type { Part } from '../table-store';
import { nextCompaction } from './compaction';

type Small = Pick<Part, 'kind' | 'rows'>;

/** A table as far as compaction sees it: how many parts it has, how much was written again and again. */
class Simulation {
  parts: Part[] = [];
  mostParts = 0;
  rewritten = 0;
  compactions = 0;

  change(added: Small): void {
    this.parts.push(part(1, added));
    for (let run = nextCompaction(this.parts); run; run = nextCompaction(this.parts)) this.#compact(run);
    this.mostParts = Math.max(this.mostParts, this.parts.length);
  }

  #compact({ at, count }: { at: number; count: number }): void {
    const folded = this.parts.slice(at, at + count);
    const rows = folded.reduce((sum, { rows }) => sum + rows, 0);
    const kind = at === 0 || folded.every(({ kind }) => kind === 'rows') ? 'rows' : 'upserts';
    this.parts.splice(at, count, part(1, { kind, rows }));
    this.rewritten += rows;
    this.compactions += 1;
  }
}

const changes = 100_000;

describe('compaction', () => {
  it('leaves a few parts alone', () => {
    expect(nextCompaction([])).toBeUndefined();
    expect(nextCompaction(Array.from({ length: 15 }, (_, i) => part(i, { rows: 1 })))).toBeUndefined();
    expect(nextCompaction([part(1, { kind: 'upserts', rows: 1_000_000 })])).toBeUndefined();
  });

  it('folds sixteen small ones at the end, and what is large stays', () => {
    const small = Array.from({ length: 16 }, (_, i) => part(i, { rows: 1 }));
    expect(nextCompaction([part(99, { rows: 5_000_000 }), ...small])).toEqual({ at: 1, count: 16 });
    expect(nextCompaction([...small, part(99, { rows: 5_000_000 })])).toBeUndefined();
  });

  it('folds everything when changes are a quarter of the rows', () => {
    const upserts = (rows: number) => part(2, { kind: 'upserts', rows });
    expect(nextCompaction([part(1, { rows: 100_000 }), upserts(25_001)])).toEqual({ at: 0, count: 2 });
    expect(nextCompaction([part(1, { rows: 100_000 }), upserts(25_000)])).toBeUndefined();
    expect(nextCompaction([part(1, { rows: 10 }), upserts(1_000)])).toBeUndefined();
  });

  it.each([
    ['rows appended one by one', { kind: 'rows', rows: 1 }, 0],
    ['rows updated one by one in a large table', { kind: 'upserts', rows: 1 }, 10_000_000],
    ['rows deleted one by one in a large table', { kind: 'deletes', rows: 1 }, 10_000_000],
    ['rows inserted one by one into an empty table with a key', { kind: 'upserts', rows: 1 }, 0],
    ['loads of a hundred rows', { kind: 'upserts', rows: 100 }, 10_000_000],
  ] as const)('keeps the list short and the work bounded for %s', (_, change, base) => {
    const table = new Simulation();
    if (base > 0) table.change({ kind: 'rows', rows: base });
    for (let i = 0; i < changes; i++) table.change(change);
    const written = changes * change.rows;
    expect(table.mostParts).toBeLessThanOrEqual(64);
    // Below 1,024 rows a part is folded again with every fifteen changes, after that once a size; what changes have grown to a quarter
    // of is folded with them.
    const small = Math.min(changes / 15, written / 15) * 1_024;
    expect(table.rewritten).toBeLessThanOrEqual(small + 9 * written + (written > base / 4 ? 5 * (base + written) : 0));
  });

  it('keeps the list short for sizes in any order', () =>
    holds(fc.array(fc.constantFrom(1, 1_024, 16_384, 262_144), { maxLength: 2_000, size: 'max' }), (sizes) => {
      const table = new Simulation();
      for (const rows of sizes) table.change({ kind: 'rows', rows });
      expect(table.mostParts).toBeLessThanOrEqual(64);
      expect(table.rewritten).toBeLessThanOrEqual(sizes.reduce((sum, rows) => sum + 34 * rows + 34 * 1_024, 0));
    }));

  it('of a base that is left alone never reads it', () => {
    const table = new Simulation();
    table.change({ kind: 'rows', rows: 10_000_000 });
    for (let i = 0; i < changes; i++) table.change({ kind: 'upserts', rows: 1 });
    expect(table.parts[0]!.rows).toBe(10_000_000);
    expect(table.rewritten).toBeLessThan(40 * changes);
  });
});
