import { join } from 'node:path';
import { type Column, isDaybookError } from '@daybook/core';
import { type Session, unavailable } from './database';
import { lacksColumn, lineColumn, type PartialFile } from './fill';
import type { Scratch } from './part-store';
import type { PartFile, PartWriter } from './part-writer';
import { partColumn, sqlColumn, sqlTypes, toPart } from './sql';
import { RecordFile, type Relation, type TextSource, textColumn, valueColumn } from './text-source';
import { fit, stored, typed } from './typed';

/** All rows of a source as values of these columns. DuckDB reads it first; when it refuses, or read something else than is there, we do. */
export async function readSource(writer: PartWriter, scratch: Scratch, source: TextSource, columns: readonly Column[]): Promise<PartFile> {
  const { relation } = source;
  const read =
    relation &&
    (await ifRead(() => readApart(source, (session) => readWhole(writer, relation, parsing(relation, columns, parsed(source)), session))));
  if (read) return read;
  const checked = await check(scratch, source, columns, []);
  const texts = checked.relation(columns.length)!;
  return readWhole(writer, texts, parsing(texts, columns, cast));
}

/** As `readSource`, for an upsert by a key, with what each row lacks: it keeps what is stored. */
export async function readPartial(
  writer: PartWriter,
  scratch: Scratch,
  source: TextSource,
  columns: readonly Column[],
  key: readonly string[],
): Promise<PartialFile> {
  const { relation, lacking } = source;
  const readAs = async (from: Relation, which: ReadonlyMap<number, string>, value: ValueOf): Promise<PartialFile> => {
    const file = await readWhole(writer, from, parsingPartial(from, columns, which, value));
    return { ...file, columns, lacking: lackingIds(columns, which) };
  };
  const lacksKey = columns.some(({ id }, i) => key.includes(id) && lacking?.has(i));
  const read = relation && lacking && !lacksKey ? await ifRead(() => readAs(relation, lacking, parsed(source))) : undefined;
  if (read) return read;
  const checked = await check(scratch, source, columns, key);
  return readAs(checked.relation(columns.length)!, checked.lacking, cast);
}

/** Undefined where DuckDB refuses, or read something else than is there. */
async function ifRead<T>(reading: () => Promise<T>): Promise<T | undefined> {
  try {
    return await reading();
  } catch (error) {
    if (!isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
    return undefined;
  }
}

async function readApart<T>({ database }: TextSource, read: (session: Session | undefined) => Promise<T>): Promise<T> {
  await using session = await database?.borrow();
  return await read(session);
}

/** Every record with canonical texts. Throws `MALFORMED_INPUT`, `INVALID_VALUE`. */
async function check(scratch: Scratch, source: TextSource, columns: readonly Column[], key: readonly string[]): Promise<RecordFile> {
  const checked = await RecordFile.create(join(scratch.directory, 'checked.csv'));
  try {
    for await (const row of source.records()) await checked.write({ line: row.line, cells: fit(columns, row, key) });
  } finally {
    await checked.close();
  }
  return checked;
}

/**
 * The only way by which DuckDB reads a source: what it has read is what was counted, or it is `STORE_UNAVAILABLE`. Its readers can drop
 * what they do not understand without a word.
 */
async function readWhole(writer: PartWriter, relation: Relation, query: string, session?: Session): Promise<PartFile> {
  const writing = writer.file(query, { anyOrder: relation.isSequential, session });
  const [written, counted] = await Promise.allSettled([writing, relation.count()]);
  if (written.status === 'rejected') throw written.reason;
  if (counted.status === 'rejected') throw counted.reason;
  const [file, counts] = [written.value, counted.value];
  if (!counts) throw unavailable(new Error('DuckDB may have read it otherwise than it is'));
  if (file.rows !== counts.rows) throw unavailable(new Error(`DuckDB read ${file.rows} rows where there are ${counts.rows}`));
  if (counts.nulls !== undefined && file.nulls !== counts.nulls)
    throw unavailable(new Error(`DuckDB read ${file.nulls} nulls where there are ${counts.nulls}`));
  return file;
}

/** From the place of a column in a relation to its value, in SQL. */
type ValueOf = (column: Column, index: number) => string;

function parsed({ types }: TextSource): ValueOf {
  return (column, i) => (types?.[i] === column.type ? stored(column, valueColumn(i)) : typed(column, textColumn(i)));
}

function parsing({ sql }: Relation, columns: readonly Column[], value: ValueOf): string {
  const values = columns.map((column, i) => `${value(column, i)} AS ${sqlColumn(column.id)}`);
  return toPart(
    columns.map(({ id }) => id),
    `SELECT ${values.join(', ')} FROM ${sql}`,
  );
}

function parsingPartial({ sql }: Relation, columns: readonly Column[], lacking: ReadonlyMap<number, string>, value: ValueOf): string {
  const ids = lackingIds(columns, lacking);
  const values = columns.flatMap((column, i) => {
    const [text, lacks] = [value(column, i), lacking.get(i)];
    if (lacks === undefined) return [`${text} AS ${sqlColumn(column.id)}`];
    return [`CASE WHEN ${lacks} THEN NULL ELSE ${text} END AS ${sqlColumn(column.id)}`, `${lacks} AS ${lacksColumn(ids, column.id)}`];
  });
  const stored = columns.map(({ id }) => `${sqlColumn(id)} AS ${partColumn(id)}`);
  const flags = ids.map((id) => lacksColumn(ids, id));
  const read = `SELECT ${[...values, `CAST(line AS BIGINT) AS ${lineColumn}`].join(', ')} FROM ${sql}`;
  return `SELECT ${[...stored, ...flags, lineColumn].join(', ')} FROM (${read})`;
}

function lackingIds(columns: readonly Column[], lacking: ReadonlyMap<number, string>): string[] {
  return columns.flatMap(({ id }, i) => (lacking.has(i) ? [id] : []));
}

/** For texts that are canonical. */
function cast({ type }: Column, index: number): string {
  return `CAST(${textColumn(index)} AS ${sqlTypes[type]})`;
}
