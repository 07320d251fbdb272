import { isChosen, type Session } from './database';
import { readParquet } from './duckdb-files';
import type { PartFile, PartWriter } from './part-writer';
import { fromParts, sqlColumn } from './sql';

/** How many keys are compared at a time, on average: DuckDB takes some 40 MB for a million. */
const keysAtOnce = 1_000_000;

/** Of rows with equal keys only the last. Mostly there are none, and hashes are enough to say so. */
export async function lastOfEach(
  session: Session,
  writer: PartWriter,
  file: PartFile,
  key: readonly string[],
  atOnce: number = keysAtOnce,
): Promise<PartFile> {
  const [columns, rows] = [key.map(sqlColumn).join(', '), `(${fromParts(key, readParquet(file.path))})`];
  const passes = Math.ceil(file.rows / atOnce);
  const hashes = `SELECT hash(${columns}) AS hash FROM ${rows}`;
  const from = passes > 1 ? readParquet((await writer.file(hashes, { compression: 'uncompressed', anyOrder: true })).path) : `(${hashes})`;
  if ((await session.keep(...repeated(from, passes))) === 0) return file;

  const among = (which: 'IN' | 'NOT IN') => `FROM ${rows} WHERE hash(${columns}) ${which} (FROM kept)`;
  const lasts = `SELECT max(file_row_number) ${among('IN')} GROUP BY ${columns} UNION ALL SELECT file_row_number ${among('NOT IN')}`;
  const chosen = await session.choose(lasts, file.rows);
  if (chosen === file.rows) return file;
  return writer.file(`SELECT * FROM ${readParquet(file.path)} WHERE ${isChosen('file_row_number')}`);
}

/** Queries for the hashes that are there more than once: each for some of all hashes, so that memory does not grow with the rows. */
function repeated(from: string, passes: number): string[] {
  return Array.from(
    { length: passes },
    (_, pass) => `SELECT hash FROM ${from} WHERE hash % ${passes} = ${pass} GROUP BY hash HAVING count(*) > 1`,
  );
}
