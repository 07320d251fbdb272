import {
  type Column,
  canonicalText,
  compareTexts,
  type Filter,
  type Row,
  type RowChange,
  type RowCounts,
  type RowQuery,
  readValue,
  type Value,
} from '@daybook/core';

/** A row as canonical texts by column id. */
export type ModelRow = Readonly<Record<string, string | null>>;

/** One version: its columns, the ids of its key columns, its rows in order. */
export interface ModelVersion {
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly rows: readonly ModelRow[];
}

/** The plainest way to load: each row in turn takes the place of one with an equal key, and what it lacks then stays. */
export function loaded(
  base: ModelVersion,
  rows: readonly ModelRow[],
  mode: 'full' | 'incremental',
): { version: ModelVersion; counts: RowCounts } {
  const kept = mode === 'full' ? [] : base.rows;
  const before = new Map(kept.map((row) => [keyOf(base, row), row]));
  const input = base.primaryKey.length ? [...lastByKey(base, mode === 'full' ? rows : filledUp(base, before, rows)).values()] : rows;
  const replaced = base.primaryKey.length ? new Set(input.map((row) => keyOf(base, row))) : new Set();
  const known = input.filter((row) => base.primaryKey.length && before.has(keyOf(base, row)));
  const unchanged = known.filter((row) => base.columns.every((column) => equal(row, before.get(keyOf(base, row))!, column.id)));
  return {
    version: { ...base, rows: [...kept.filter((row) => !replaced.has(keyOf(base, row))), ...input] },
    counts: {
      inserted: input.length - known.length,
      updated: known.length - unchanged.length,
      unchanged: unchanged.length,
      deleted: base.rows.length - kept.length,
    },
  };
}

/** The rows that a query finds, as users read them. */
export function found(version: ModelVersion, { columns, where = [], orderBy = [], limit = Infinity }: RowQuery = {}): Row[] {
  const named = (name: string) => version.columns.find((column) => column.name === name)!;
  const shown = columns?.map(named) ?? version.columns;
  const rows = version.rows.filter((row) => where.every((filter) => matches(row, named(filter.column), filter)));
  const byOrder = (a: ModelRow, b: ModelRow) => {
    for (const { column, direction } of orderBy) {
      const { id, type } = named(column);
      const [x, y] = [cell(a, id), cell(b, id)];
      if (x === null || y === null) {
        if (x !== y) return x === null ? 1 : -1;
        continue;
      }
      const order = compareTexts(type, x, y);
      if (order) return direction === 'desc' ? -order : order;
    }
    return 0;
  };
  return rows
    .sort(byOrder)
    .slice(0, limit)
    .map((row) => shownRow(shown, row));
}

/** The version without the rows that all filters hold for. */
export function without(version: ModelVersion, where: readonly Filter[]): ModelVersion {
  const named = (name: string) => version.columns.find((column) => column.name === name)!;
  return { ...version, rows: version.rows.filter((row) => !where.every((filter) => matches(row, named(filter.column), filter))) };
}

/** How many rows share their values of these columns with another row. */
export function duplicates({ rows }: ModelVersion, columns: readonly string[]): number {
  const groups = new Map<string, number>();
  const keys = rows.map((row) => JSON.stringify(columns.map((id) => cell(row, id))));
  for (const key of keys) groups.set(key, (groups.get(key) ?? 0) + 1);
  return keys.filter((key) => groups.get(key)! > 1).length;
}

/** What leads from one version to another. */
export function changes(from: ModelVersion, to: ModelVersion): RowChange[] {
  const keyed = from.primaryKey.length > 0 && JSON.stringify(from.primaryKey) === JSON.stringify(to.primaryKey);
  return keyed ? changesByKey(from, to) : changesOfWholeRows(from, to);
}

function changesByKey(from: ModelVersion, to: ModelVersion): RowChange[] {
  const before = new Map(from.rows.map((row) => [keyOf(from, row), row]));
  const after = new Map(to.rows.map((row) => [keyOf(to, row), row]));
  const keyRow = (row: ModelRow) =>
    shownRow(
      from.primaryKey.map((id) => from.columns.find((column) => column.id === id)!),
      row,
    );
  const gone = [...before].flatMap(([key, row]): RowChange[] => {
    const now = after.get(key);
    if (!now) return [{ kind: 'deleted', key: keyRow(row), before: shownRow(from.columns, row) }];
    if (wholeRow(from, to, from, row) === wholeRow(from, to, to, now)) return [];
    return [{ kind: 'updated', key: keyRow(row), before: shownRow(from.columns, row), after: shownRow(to.columns, now) }];
  });
  const come = [...after].filter(([key]) => !before.has(key));
  return [...gone, ...come.map(([, row]): RowChange => ({ kind: 'inserted', key: keyRow(row), after: shownRow(to.columns, row) }))];
}

function changesOfWholeRows(from: ModelVersion, to: ModelVersion): RowChange[] {
  const surplus = (version: ModelVersion, other: ModelVersion) => {
    const left = other.rows.map((row) => wholeRow(from, to, other, row));
    return version.rows.filter((row) => {
      const index = left.indexOf(wholeRow(from, to, version, row));
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
  };
  return [
    ...surplus(from, to).map((row): RowChange => ({ kind: 'deleted', key: null, before: shownRow(from.columns, row) })),
    ...surplus(to, from).map((row): RowChange => ({ kind: 'inserted', key: null, after: shownRow(to.columns, row) })),
  ];
}

/** A row's values of every column that either version has; null for those that its own lacks. */
function wholeRow(from: ModelVersion, to: ModelVersion, own: ModelVersion, row: ModelRow): string {
  const ids = [...new Set([...from.columns, ...to.columns].map(({ id }) => id))];
  return JSON.stringify(ids.map((id) => (own.columns.some((column) => column.id === id) ? cell(row, id) : null)));
}

function lastByKey(version: ModelVersion, rows: readonly ModelRow[]): Map<string, ModelRow> {
  const last = new Map<string, ModelRow>();
  for (const row of rows) {
    last.delete(keyOf(version, row));
    last.set(keyOf(version, row), row);
  }
  return last;
}

function filledUp(version: ModelVersion, before: ReadonlyMap<string, ModelRow>, rows: readonly ModelRow[]): ModelRow[] {
  const last = new Map(before);
  return rows.map((row) => {
    const key = keyOf(version, row);
    const filled = { ...last.get(key), ...row };
    last.set(key, filled);
    return filled;
  });
}

function keyOf({ primaryKey }: ModelVersion, row: ModelRow): string {
  return JSON.stringify(primaryKey.map((id) => cell(row, id)));
}

function equal(a: ModelRow, b: ModelRow, id: string): boolean {
  return cell(a, id) === cell(b, id);
}

/** A column may be called as what every object inherits. */
function cell(row: ModelRow, id: string): ModelRow[string] | null {
  return Object.hasOwn(row, id) ? (row[id] ?? null) : null;
}

function shownRow(columns: readonly Column[], row: ModelRow): Row {
  return Object.fromEntries(
    columns.map(({ id, name, type }) => {
      const text = cell(row, id);
      return [name, text === null ? null : readValue(type, text)];
    }),
  );
}

function matches(row: ModelRow, { id, type }: Column, { op, values }: Filter): boolean {
  const text = cell(row, id);
  const compare = (value: Value) =>
    value === null || text === null ? Number.NaN : compareTexts(type, text, canonicalText(type, String(value))!);
  const equals = (value: Value) => (value === null ? text === null : compare(value) === 0);
  switch (op) {
    case 'eq':
    case 'in':
      return values.some(equals);
    case 'ne':
      return !values.some(equals);
    case 'gt':
      return values.some((value) => compare(value) > 0);
    case 'ge':
      return values.some((value) => compare(value) >= 0);
    case 'lt':
      return values.some((value) => compare(value) < 0);
    case 'le':
      return values.some((value) => compare(value) <= 0);
  }
}
