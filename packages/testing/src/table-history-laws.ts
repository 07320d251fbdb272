import assert from 'node:assert/strict';
import {
  type Column,
  type ColumnType,
  canonicalText,
  type Filter,
  type RowChange,
  type RowQuery,
  type Source,
  type TableData,
} from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import type { Law } from './law';
import { property } from './property';
import { diffOf, rowsOf, TableDriver } from './table-driver';
import { changes, duplicates, found, loaded, type ModelRow, type ModelVersion, without } from './table-model';

/** Columns, values and places are picked by number: which ones there are depends on the steps before. */
type Pick = number;

interface FilterPick {
  readonly column: Pick;
  readonly op: Filter['op'];
  readonly values: readonly Pick[];
}

type Step =
  | {
      readonly kind: 'load';
      readonly mode: 'full' | 'incremental';
      readonly format: 'csv' | 'ndjson' | 'rows';
      readonly rows: readonly (readonly Pick[])[];
    }
  | { readonly kind: 'delete'; readonly where: readonly FilterPick[] }
  | { readonly kind: 'compact'; readonly at: Pick; readonly count: Pick }
  | { readonly kind: 'setKey'; readonly columns: readonly Pick[] }
  | { readonly kind: 'addColumn'; readonly type: ColumnType }
  | { readonly kind: 'dropColumn'; readonly column: Pick }
  | {
      readonly kind: 'read';
      readonly where: readonly FilterPick[];
      readonly orderBy: readonly { column: Pick; direction: 'asc' | 'desc' }[];
      readonly limit: number;
    }
  | { readonly kind: 'diff'; readonly from: Pick; readonly to: Pick };

const texts: Readonly<Record<ColumnType, readonly (string | null)[]>> = {
  string: ['a', 'b', 'A', '', null, '🐎', 'a,"b"\n'],
  integer: ['1', '2', '10', '01', null, '9223372036854775807'],
  numeric: ['1', '1.50', '1.5', null, '-2'],
  float: ['1', '1e0', '0.1', null, '-1'],
  boolean: ['true', '0', null],
  date: ['2026-11-01', '2025-01-01', null],
  timestamp: ['2026-11-01', '2026-11-01T00:00:00Z', '2026-11-01T10:00:00.5Z', null],
};

/** The pick that is no value: the row lacks the column, in sources where it can. */
const lacking = 7;

const pick = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
const kind = <const K extends string>(name: K) => fc.constant(name);

const where = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 8,
    arbitrary: fc.array(
      fc.record({
        column: pick,
        op: fc.constantFrom('eq', 'ne', 'in', 'gt', 'ge', 'lt', 'le'),
        values: fc.array(pick, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
);

const load = fc.record({
  kind: kind('load'),
  mode: fc.oneof({ weight: 9, arbitrary: kind('incremental') }, { weight: 1, arbitrary: kind('full') }),
  format: fc.constantFrom('csv', 'ndjson', 'rows'),
  rows: fc.array(fc.array(pick, { minLength: 6, maxLength: 6 }), { maxLength: 6 }),
});
const deletion = fc.record({ kind: kind('delete'), where });
const compaction = fc.record({ kind: kind('compact'), at: pick, count: pick });

const alteration = fc.oneof(
  fc.record({ kind: kind('setKey'), columns: fc.uniqueArray(pick, { maxLength: 2 }) }),
  fc.record({ kind: kind('addColumn'), type: fc.constantFrom('string', 'integer', 'float', 'boolean', 'date', 'timestamp') }),
  fc.record({ kind: kind('dropColumn'), column: pick }),
);

const query = fc.oneof(
  fc.record({
    kind: kind('read'),
    where,
    orderBy: fc.array(fc.record({ column: pick, direction: fc.constantFrom('asc', 'desc') }), { maxLength: 2 }),
    limit: fc.nat(8),
  }),
  fc.record({ kind: kind('diff'), from: pick, to: pick }),
);

/** Rows come and go before anything else happens: then there are parts of every kind to begin with. */
function history(name: Arbitrary<string>): Arbitrary<{ names: string[]; keyed: boolean; first: Step[]; later: Step[] }> {
  const first: Arbitrary<Step> = fc.oneof({ weight: 2, arbitrary: load }, { weight: 1, arbitrary: deletion });
  const later: Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: load },
    { weight: 3, arbitrary: deletion },
    { weight: 4, arbitrary: compaction },
    { weight: 2, arbitrary: alteration },
    { weight: 5, arbitrary: query },
  );
  return fc.record({
    names: fc.uniqueArray(name, { minLength: 6, maxLength: 6, selector: (name) => name.toLowerCase() }),
    keyed: fc.boolean(),
    first: fc.array(first, { minLength: 1, maxLength: 6, size: 'max' }),
    later: fc.array(later, { minLength: 1, maxLength: 10, size: 'max' }),
  });
}

/** Any history of a table goes as it does on plain lists of rows. */
export const tableHistoryLaws: readonly Law[] = [
  tableHistoryLaw('goes through any history of a table as plain lists of rows do', fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')),
  tableHistoryLaw(
    'goes through any history of a table whatever its columns are called',
    fc.oneof(
      fc.constantFrom('before', 'after', 'key', 'place', 'rowid', 'filename', 'file_index', 'file_row_number', 'file', 'n'),
      fc.constantFrom('select', 'from', 'null', 'order', 'nth', 'excluded', 'temp', 'constructor', 'toString', '1', '-', 'a-b', 'A_b'),
    ),
  ),
];

/** The same for tables whose columns have names of one's own; there must be six at least that differ in more than case. */
export function tableHistoryLaw(title: string, name: Arbitrary<string>): Law {
  return property(
    title,
    history(name),
    async ({ tables }, { names, keyed, first, later }) => {
      const [a, b, c] = names as [string, string, string];
      const table = new TableHistory(new TableDriver(tables, [a, `${b}:integer`, `${c}:numeric`], keyed ? [a] : []), names);
      for (const step of [...first, ...later]) await table.take(step);
      await table.readAgain();
    },
    30,
  );
}

/** One table on the store and on plain lists, compared after each step. */
class TableHistory {
  readonly #table: TableDriver;
  readonly #names: readonly string[];
  #model: ModelVersion;
  readonly #versions: Version[] = [];

  constructor(table: TableDriver, names: readonly string[]) {
    this.#table = table;
    this.#names = names;
    this.#model = { ...table.data, rows: [] };
    this.#keep();
  }

  async take(step: Step): Promise<void> {
    await this.#take(step);
    assert.deepEqual(await this.#table.rows(), found(this.#model));
    this.#keep();
  }

  /** Every version reads as it did when it was new. */
  async readAgain(): Promise<void> {
    for (const { data, model } of this.#versions) assert.deepEqual(await rowsOf(this.#table.tables, data), found(model));
  }

  async #take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'load':
        return this.#load(step);
      case 'delete':
        return this.#delete(this.#filters(step.where));
      case 'compact':
        return this.#compact(step);
      case 'setKey':
        return this.#setKey([...new Set(step.columns.map((pick) => this.#column(pick)))]);
      case 'addColumn':
        return this.#addColumn(step.type);
      case 'dropColumn':
        return this.#dropColumn(this.#column(step.column));
      case 'read':
        return this.#read(step);
      case 'diff':
        return this.#diff(step.from, step.to);
    }
  }

  async #load({ mode, format, rows }: Step & { kind: 'load' }): Promise<void> {
    const { columns, primaryKey } = this.#table.data;
    const cells = rows.map((picks) =>
      columns.map(({ id, type }, index) => {
        const pick = picks[index % picks.length]!;
        return pick === lacking && format !== 'csv' && !primaryKey.includes(id) ? undefined : texts[type][pick % texts[type].length]!;
      }),
    );
    const { change, read } = await this.#table.load(sourceOf(rows.length ? format : 'csv', columns, cells), { mode });
    const modelRows = cells.map(
      (row): ModelRow =>
        Object.fromEntries(
          columns.flatMap(({ id, type }, index) => {
            const cell = row[index];
            return cell === undefined ? [] : [[id, cell === null ? null : canonicalText(type, cell)!]];
          }),
        ),
    );
    const { version, counts } = loaded(this.#model, modelRows, mode);
    this.#model = version;
    assert.deepEqual({ ...change.rows }, counts);
    assert.equal(read, rows.length);
  }

  async #delete(where: readonly Filter[]): Promise<void> {
    const change = await this.#table.deleteRows(...where);
    const remaining = without(this.#model, where);
    assert.equal(change.rows.deleted, this.#model.rows.length - remaining.rows.length);
    this.#model = remaining;
  }

  async #compact({ at, count }: Step & { kind: 'compact' }): Promise<void> {
    const { length } = this.#table.data.parts;
    if (length === 0) return;
    const start = at % length;
    const { rows } = await this.#table.compact(start, 1 + (count % (length - start)));
    assert.deepEqual({ ...rows }, { inserted: 0, updated: 0, unchanged: 0, deleted: 0 });
  }

  async #setKey(columns: readonly Column[]): Promise<void> {
    const ids = columns.map(({ id }) => id);
    const shared = duplicates(this.#model, ids);
    if (ids.length > 0) assert.equal(await this.#table.tables.countDuplicates(this.#table.data, ids), shared);
    if (ids.length > 0 && shared > 0) return;
    this.#table.setKey(columns.map(({ name }) => name));
    this.#followColumns();
  }

  /** A name that was dropped comes again. */
  #addColumn(type: ColumnType): void {
    const name = this.#names.find((free) => !this.#table.find(free));
    if (!name) return;
    this.#table.addColumn(`${name}:${type}`);
    this.#followColumns();
  }

  #dropColumn({ id, name }: Column): void {
    if (this.#table.data.columns.length === 1 || this.#table.data.primaryKey.includes(id)) return;
    this.#table.dropColumn(name);
    this.#followColumns();
  }

  async #read({ where, orderBy, limit }: Step & { kind: 'read' }): Promise<void> {
    const filters = this.#filters(where);
    const order = orderBy.map(({ column, direction }) => ({ column: this.#column(column).name, direction }));
    const query: RowQuery = { where: filters, orderBy: order, limit };
    assert.deepEqual(await this.#table.rows(query), found(this.#model, query));
    assert.equal(await this.#table.tables.countRows(this.#table.data, filters), found(this.#model, { where: filters }).length);
    for (const { name } of this.#model.columns) {
      const isNull: Filter[] = [{ column: name, op: 'eq', values: [null] }];
      assert.equal(await this.#table.tables.countRows(this.#table.data, isNull), found(this.#model, { where: isNull }).length);
    }
  }

  async #diff(fromPick: Pick, toPick: Pick): Promise<void> {
    const [from, to] = [fromPick, toPick].map((pick) => this.#versions[pick % this.#versions.length]!) as [Version, Version];
    const [actual, expected] = [await diffOf(this.#table.tables, from.data, to.data), changes(from.model, to.model)];
    const wholeRows = expected.some(({ key }) => key === null);
    // Of equal rows nobody can say which one is gone.
    assert.deepEqual(wholeRows ? sorted(actual) : actual, wholeRows ? sorted(expected) : expected);
  }

  #filters(picks: readonly FilterPick[]): Filter[] {
    return picks.map(({ column, op, values }) => {
      const { name, type } = this.#column(column);
      return { column: name, op, values: values.map((pick) => texts[type][pick % texts[type].length]!) };
    });
  }

  #column(pick: Pick): Column {
    const { columns } = this.#table.data;
    return columns[pick % columns.length]!;
  }

  #followColumns(): void {
    this.#model = { ...this.#table.data, rows: this.#model.rows };
  }

  #keep(): void {
    this.#versions.push({ data: this.#table.data, model: this.#model });
  }
}

interface Version {
  readonly data: TableData;
  readonly model: ModelVersion;
}

type Cell = string | null | undefined;

function sourceOf(format: 'csv' | 'ndjson' | 'rows', columns: readonly Column[], cells: readonly (readonly Cell[])[]): Source {
  const rows = cells.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  switch (format) {
    case 'rows':
      return { rows };
    case 'ndjson':
      return { ndjson: rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
    case 'csv': {
      const quoted = (text: Cell) => (text == null ? '' : `"${text.replaceAll('"', '""')}"`);
      return { csv: [columns.map(({ name }) => name), ...cells].map((row) => `${row.map(quoted).join(',')}\n`).join('') };
    }
  }
}

function sorted(list: readonly RowChange[]): RowChange[] {
  const text = new Map(list.map((change) => [change, JSON.stringify(change, null, 0)]));
  return [...list].sort((a, b) => (text.get(a)! < text.get(b)! ? -1 : 1));
}
