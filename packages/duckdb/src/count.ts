import type { Filter, Part, RowCounts, TableData } from '@daybook/core';
import type { Session } from './database';
import { type Engine, noRows } from './engine';
import { conditions, place, sqlColumn } from './sql';
import { same, Version } from './version';

/** A table with so many times more rows than are loaded, and a million at least, costs what is read of it, not what is asked. */
const manyTimes = 1_000;

/** How many rows meet all conditions. Without any, the parts may tell. */
export async function countRows({ parts, database }: Engine, data: TableData, where: readonly Filter[]): Promise<number> {
  if (where.length === 0 && data.parts.every(({ kind }) => kind === 'rows')) return data.parts.reduce((sum, { rows }) => sum + rows, 0);
  await using version = await Version.open(parts, data);
  await using session = await database.borrow();
  const [count = 0] = await session.counts(`SELECT count(*) FROM (${version.rows()}) WHERE ${conditions(data.columns, where)}`);
  return count;
}

/** What the parts of one load do to the rows of a base. */
export async function countUpserts({ parts, database }: Engine, base: TableData, added: readonly Part[]): Promise<RowCounts> {
  const key = added.find(({ kind }) => kind === 'upserts')?.key;
  const loaded = added.reduce((sum, { rows }) => sum + rows, 0);
  if (!key || base.parts.length === 0) return { ...noRows, inserted: loaded };

  await using before = await Version.open(parts, base);
  await using after = await Version.open(parts, { ...base, parts: added });
  await using session = await database.borrow();
  const stepwise = base.parts.reduce((sum, { rows }) => sum + rows, 0) > manyTimes * Math.max(loaded, manyTimes);
  const [found, unchanged] = await (stepwise ? countSteps : countAtOnce)(session, before, after, key);
  return { ...noRows, inserted: loaded - found, updated: found - unchanged, unchanged };
}

type PairCounts = readonly [found: number, unchanged: number];

async function countAtOnce(session: Session, before: Version, after: Version, key: readonly string[]): Promise<PairCounts> {
  const ids = before.data.columns.map(({ id }) => id);
  const pairs = `SELECT s.*, (${same('s', 'u', ids)}) AS alike FROM (${before.stored()}) s JOIN (${after.stored()}) u ON ${same('s', 'u', key)}`;
  const [found = 0, unchanged = 0] = await session.counts(`SELECT count(*), count(*) FILTER (alike) FROM (${before.rows(pairs)})`);
  return [found, unchanged];
}

/** Reads the key, then 1, 2, 4 … more columns: what differs in one of them is read no further. Only places of pairs are kept. */
async function countSteps(session: Session, before: Version, after: Version, key: readonly string[]): Promise<PairCounts> {
  const { columns } = before.data;
  const keys = columns.filter(({ id }) => [key, ...before.keys].some((each) => each.includes(id)));
  const pairs = `SELECT s.*, u.file_index AS index_after, u.file_row_number AS row_number_after
    FROM (${before.stored(keys)}) s JOIN (${after.stored(keys)}) u ON ${same('s', 'u', key)}`;
  const found = await session.keep(`SELECT ${place}, index_after, row_number_after FROM (${before.rows(pairs)})`);

  const others = columns.filter(({ id }) => !key.includes(id));
  let alike = found;
  for (let from = 0; alike > 0 && from < others.length; from = 2 * from + 1) {
    const some = others.slice(from, 2 * from + 1);
    const ids = some.map(({ id }) => id);
    alike = await session.keep(`SELECT p.* FROM kept p
      JOIN (${before.stored(some)}) s ON s.file_index = p.file_index AND s.file_row_number = p.file_row_number
      JOIN (${after.stored(some)}) u ON u.file_index = p.index_after AND u.file_row_number = p.row_number_after
      WHERE ${same('s', 'u', ids)}`);
  }
  return [found, alike];
}

/** How many rows share their value of these columns with another row. */
export async function countDuplicates({ parts, database }: Engine, data: TableData, columns: readonly string[]): Promise<number> {
  await using version = await Version.open(parts, data);
  await using session = await database.borrow();
  const groups = `SELECT count(*) AS size FROM (${version.rows()}) GROUP BY ${columns.map(sqlColumn).join(', ')}`;
  const [rows = 0] = await session.counts(`SELECT sum(size) FROM (${groups}) WHERE size > 1`);
  return rows;
}
