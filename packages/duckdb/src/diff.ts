import type { Column, Part, Row, RowChange, TableData } from '@daybook/core';
import type { Engine } from './engine';
import { jsonObject, reader } from './query';
import { place, sqlColumn } from './sql';
import { same, sameKey, Version } from './version';

/** What leads from one version to another, in batches. */
export async function* diffRows(
  engine: Engine,
  from: TableData,
  to: TableData,
  touched: readonly Part[] | undefined,
): AsyncGenerator<readonly RowChange[]> {
  const key = sameKey(from.primaryKey, to.primaryKey) ? to.primaryKey : [];
  const [one, other] = key.length > 0 ? [from, to] : withoutCommon(from, to);
  const narrowed = key.length > 0 ? partsWithChangedKeys(from, to, key, touched) : undefined;
  await using before = await Version.open(engine.parts, one);
  await using after = await Version.open(engine.parts, other);
  await using changed = await Version.open(engine.parts, { ...to, parts: narrowed ?? [] });
  await using session = await engine.database.borrow();
  const query = key.length > 0 ? byKey(before, after, key, narrowed && changed.anyKeys(key)) : whole(before, after);
  const finish = finisher(from, to, key);
  for await (const batch of session.json<FoundChange>(query)) yield batch.map(finish);
}

interface FoundChange {
  readonly before: Row | null;
  readonly after: Row | null;
}

function finisher(from: TableData, to: TableData, key: readonly string[]): (found: FoundChange) => RowChange {
  const [readBefore, readAfter] = [reader(from.columns), reader(to.columns)];
  const keyOf = (columns: readonly Column[], row: Row): Row =>
    Object.fromEntries(key.map((id) => columns.find((column) => column.id === id)!.name).map((name) => [name, row[name]!]));
  return (found) => {
    const [before, after] = [found.before && readBefore(found.before), found.after && readAfter(found.after)];
    if (before && after) return { kind: 'updated', key: keyOf(to.columns, after), before, after };
    if (before) return { kind: 'deleted', key: key.length > 0 ? keyOf(from.columns, before) : null, before };
    return { kind: 'inserted', key: key.length > 0 ? keyOf(to.columns, after!) : null, after: after! };
  };
}

/** `keys`, when given, is a relation with all keys that differ. */
function byKey(before: Version, after: Version, key: readonly string[], keys: string | undefined): string {
  const narrow = (version: Version) =>
    version.rows(keys && `SELECT s.* FROM (${version.stored()}) s SEMI JOIN (${keys}) k ON ${same('s', 'k', key)}`);
  return `SELECT ${changeJson(before, after)} FROM (${narrow(before)}) b FULL JOIN (${narrow(after)}) a ON ${same('b', 'a', key)}
    WHERE b.file_index IS NULL OR a.file_index IS NULL OR NOT (${alike(before, after)})
    ORDER BY b.file_index NULLS LAST, b.file_row_number, a.file_index, a.file_row_number`;
}

/** Rows are compared whole; of equal ones the first on both sides are paired. */
function whole(before: Version, after: Version): string {
  const counted = (version: Version) => {
    const columns = allIds(before, after).map((id) => cell(version, 'v', id));
    return `SELECT v.*, row_number() OVER (PARTITION BY ${columns.join(', ')} ORDER BY ${place}) AS nth FROM (${version.rows()}) v`;
  };
  return `SELECT ${changeJson(before, after)} FROM (${counted(before)}) b FULL JOIN (${counted(after)}) a ON b.nth = a.nth AND ${alike(before, after)}
    WHERE b.file_index IS NULL OR a.file_index IS NULL
    ORDER BY b.file_index NULLS LAST, b.file_row_number, a.file_index, a.file_row_number`;
}

function changeJson(before: Version, after: Version): string {
  const side = (version: Version, alias: string) =>
    `CASE WHEN ${alias}.file_index IS NOT NULL THEN ${jsonObject(version.data.columns, `${alias}.`)} END`;
  return `CAST(json_object('before', ${side(before, 'b')}, 'after', ${side(after, 'a')}) AS VARCHAR)`;
}

function alike(before: Version, after: Version): string {
  return allIds(before, after)
    .map((id) => `${cell(before, 'b', id)} IS NOT DISTINCT FROM ${cell(after, 'a', id)}`)
    .join(' AND ');
}

function allIds(before: Version, after: Version): string[] {
  return [...new Set([...idsOf(before.data), ...idsOf(after.data)])];
}

/** A column that a version does not have is null there. */
function cell(version: Version, alias: string, id: string): string {
  return idsOf(version.data).includes(id) ? `${alias}.${sqlColumn(id)}` : 'NULL';
}

/**
 * The parts that the versions do not have in common hold every key that differs, as long as nothing else tells rows apart: the columns are the
 * same, and no part takes rows away by another key. Undefined = any key may differ.
 */
function partsWithChangedKeys(
  from: TableData,
  to: TableData,
  key: readonly string[],
  touched: readonly Part[] | undefined,
): readonly Part[] | undefined {
  const parts = touched ?? (sameKey(idsOf(from), idsOf(to)) ? beyondCommon(from, to) : undefined);
  return parts?.every((part) => !part.key || sameKey(part.key, key)) ? parts : undefined;
}

function beyondCommon(from: TableData, to: TableData): readonly Part[] {
  const common = commonStart(from, to);
  const parts = [...from.parts.slice(common), ...to.parts.slice(common)];
  return [...new Map(parts.map((part) => [part.id, part])).values()];
}

/** Both versions without the rows that stand in parts of both, where no part takes rows away from others. */
function withoutCommon(from: TableData, to: TableData): [TableData, TableData] {
  const common = commonStart(from, to);
  const rest = [from.parts.slice(common), to.parts.slice(common)] as const;
  if (!sameKey(idsOf(from), idsOf(to)) || rest.flat().some(({ kind }) => kind !== 'rows')) return [from, to];
  const without = (parts: readonly Part[], others: readonly Part[]) => parts.filter(({ id }) => !others.some((other) => other.id === id));
  return [
    { ...from, parts: without(rest[0], rest[1]) },
    { ...to, parts: without(rest[1], rest[0]) },
  ];
}

function commonStart(from: TableData, to: TableData): number {
  const first = from.parts.findIndex(({ id }, i) => id !== to.parts[i]?.id);
  return first < 0 ? Math.min(from.parts.length, to.parts.length) : first;
}

function idsOf({ columns }: TableData): string[] {
  return columns.map(({ id }) => id);
}
