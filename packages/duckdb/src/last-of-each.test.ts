import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from './database';
import { fileParts } from './file-parts';
import { lastOfEach } from './last-of-each';
import { PartWriter } from './part-writer';
import { list, literal } from './sql';
import { type TemporaryFolder, temporaryFolder } from './temporary.fixture';

type Key = readonly [string | null, string | null];

describe('of rows with equal keys', () => {
  let folder: TemporaryFolder;
  const database = new Database({ memoryLimit: '500MB', threads: 2 }, async () => folder.path);
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await database.close();
    await folder[Symbol.asyncDispose]();
  });

  /** The places of rows that are left when so many keys at a time are compared. */
  async function left(keys: readonly Key[], atOnce: number): Promise<number[]> {
    const parts = fileParts(folder.path);
    await using scratch = await parts.scratch();
    await using session = await database.borrow();
    await using writer = new PartWriter(parts, session, scratch, 'p');
    const rows = list(keys.map(([a, b], at) => `{a: ${sql(a)}, b: ${sql(b)}, place: ${at}}`));
    const file = await writer.file(`SELECT unnest(CAST(${rows} AS STRUCT(a VARCHAR, b VARCHAR, place INTEGER)[]), recursive := true)`);
    const lasts = await lastOfEach(session, writer, file, ['a', 'b'], atOnce);
    return (await session.rows(`SELECT place FROM read_parquet(${literal(lasts.path)})`)).map(([place]) => Number(place));
  }

  const part = fc.option(fc.oneof(fc.constant(''), fc.nat(40).map(String)), { nil: null, freq: 8 });
  const keys = fc.array(fc.tuple(part, part), { maxLength: 60, size: 'max' });

  it('only the last is left, however many keys are compared at a time', async () => {
    const property = fc.asyncProperty(keys, fc.integer({ min: 1, max: 60 }), async (some, atOnce) => {
      expect(await left(some, atOnce)).toEqual(lastPlaces(some));
    });
    await fc.assert(property, { numRuns: Number(process.env.RUNS ?? 150) });
  });

  it('the first is gone wherever both stand, and whichever keys are compared with them', async () => {
    const distinct = Array.from({ length: 40 }, (_, i): Key => [`${i}`, null]);
    for (const [at, key] of distinct.entries()) {
      const some = [...distinct, key];
      expect(await left(some, 10)).toEqual(some.map((_, i) => i).filter((i) => i !== at));
    }
  });
});

function sql(text: string | null): string {
  return text === null ? 'NULL' : literal(text);
}

function lastPlaces(keys: readonly Key[]): number[] {
  return [...new Map(keys.map((key, at) => [JSON.stringify(key), at])).values()].toSorted((a, b) => a - b);
}
