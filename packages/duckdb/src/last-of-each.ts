import { isChosen, type Session } from './database';
import { readParquet } from './duckdb-files';
import type { PartFile, PartWriter } from './part-writer';
import { fromParts, sqlColumn } from './sql';

/** How many keys are compared at a time, on average: DuckDB takes some 40 MB for a million. */
const keysAtOnce = 1_000_000;

/** Of rows with equal keys only the last. */
export async function lastOfEach(
  session: Session,
  writer: PartWriter,
  file: PartFile,
  key: readonly string[],
  atOnce: number = keysAtOnce,
): Promise<PartFile> {
  const columns = key.map(sqlColumn).join(', ');
  const repeats = await findRepeats(session, writer, { rows: file.rows, sql: `(${fromParts(key, readParquet(file.path))})` }, key, atOnce);
  if (!repeats) return file;
  const lasts = `SELECT max(file_row_number) FROM ${repeats.among} GROUP BY ${columns} UNION ALL SELECT file_row_number FROM ${repeats.apart}`;
  const chosen = await session.choose(lasts, file.rows);
  if (chosen === file.rows) return file;
  return writer.file(`SELECT * FROM ${readParquet(file.path)} WHERE ${isChosen('file_row_number')}`);
}

/** Relations (what may follow FROM) of a file's rows, while the session keeps the hashes of keys that are there more than once. */
export interface Repeats {
  /** Rows whose keys may be there more than once. */
  readonly among: string;
  /** All others. */
  readonly apart: string;
}

/** Looks for keys that are there more than once. Mostly none is, and hashes are enough to say so: undefined. */
export async function findRepeats(
  session: Session,
  writer: PartWriter,
  { rows, sql }: { readonly rows: number; readonly sql: string },
  key: readonly string[],
  atOnce: number = keysAtOnce,
): Promise<Repeats | undefined> {
  const columns = key.map(sqlColumn).join(', ');
  const passes = Math.ceil(rows / atOnce);
  const hashes = `SELECT hash(${columns}) AS hash FROM ${sql}`;
  const from = passes > 1 ? readParquet((await writer.file(hashes, { compression: 'uncompressed', anyOrder: true })).path) : `(${hashes})`;
  if ((await session.keep(...repeated(from, passes))) === 0) return undefined;
  const where = (which: 'IN' | 'NOT IN') => `${sql} WHERE hash(${columns}) ${which} (FROM kept)`;
  return { among: where('IN'), apart: where('NOT IN') };
}

/** Queries for the hashes that are there more than once: each for some of all hashes, so that memory does not grow with the rows. */
function repeated(from: string, passes: number): string[] {
  return Array.from(
    { length: passes },
    (_, pass) => `SELECT hash FROM ${from} WHERE hash % ${passes} = ${pass} GROUP BY hash HAVING count(*) > 1`,
  );
}
