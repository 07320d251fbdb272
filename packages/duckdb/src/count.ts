import type { Filter, Part, RowCounts, TableData } from '@daybook/core';
import { type Engine, noRows } from './engine';
import { conditions, partColumn } from './sql';
import { same, Version } from './version';

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
  const ids = base.columns.map(({ id }) => id);
  const pairs = `SELECT s.*, (${same('s', 'u', ids)}) AS alike FROM (${before.stored()}) s JOIN (${after.stored()}) u ON ${same('s', 'u', key)}`;
  const [found = 0, unchanged = 0] = await session.counts(`SELECT count(*), count(*) FILTER (alike) FROM (${before.rows(pairs)})`);
  return { ...noRows, inserted: loaded - found, updated: found - unchanged, unchanged };
}

/** How many rows share their value of these columns with another row. */
export async function countDuplicates({ parts, database }: Engine, data: TableData, columns: readonly string[]): Promise<number> {
  await using version = await Version.open(parts, data);
  await using session = await database.borrow();
  const groups = `SELECT count(*) AS size FROM (${version.rows()}) GROUP BY ${columns.map(partColumn).join(', ')}`;
  const [rows = 0] = await session.counts(`SELECT sum(size) FROM (${groups}) WHERE size > 1`);
  return rows;
}
