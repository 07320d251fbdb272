import assert from 'node:assert/strict';
import { type ColumnType, canonicalText, type RowCounts, readValue, type Source, type Value } from '@daybook/core';
import fc, { type Arbitrary } from 'fast-check';
import { text } from './arbitraries';
import { type Law, law } from './law';
import { property } from './property';
import { TableDriver } from './table-driver';

type GivenRow = Readonly<Record<string, unknown>>;

/** Rows that lack columns: where they are upserted, what is stored stays. */
export const partialRowLaws: readonly Law[] = [
  law('keeps what a row says nothing of; null is null', async ({ tables }) => {
    const table = await people(tables);
    const { change, filled } = await table.loadRows([
      { id: '1', city: 'Paris' },
      { id: '2', name: null },
      { id: '3', name: undefined },
    ]);
    assert.deepEqual([change.rows, filled], [counts({ inserted: 1, updated: 2 }), true]);
    assert.deepEqual(await table.tuples(), [
      ['1', 'Ada', 'Paris'],
      ['2', null, 'New York'],
      ['3', null, null],
    ]);
  }),

  law('keeps columns that the whole source lacks', async ({ tables }) => {
    const table = await people(tables);
    const { change, filled } = await table.load({
      ndjson: '{"name":"Hopper","id":"2"}\n{"id":"3","name":"Alan"}\n{"id":"1","name":"Ada"}\n',
    });
    assert.deepEqual([change.rows, filled], [counts({ inserted: 1, updated: 1, unchanged: 1 }), true]);
    assert.deepEqual(await table.tuples(), [
      ['2', 'Hopper', 'New York'],
      ['3', 'Alan', null],
      ['1', 'Ada', 'London'],
    ]);
    await table.loadRows([{ id: '1' }]);
    assert.deepEqual((await table.tuples()).at(-1), ['1', 'Ada', 'London']);
  }),

  law('merges rows with an equal key in their order, where the last of them stands', async ({ tables }) => {
    const table = await people(tables);
    const { change, read } = await table.loadRows([
      { id: '3', name: 'Alan' },
      { id: '1', name: null },
      { id: '4', city: 'x', name: 'y' },
      { id: '3', city: 'Wilmslow' },
      { id: '1', city: 'Paris' },
      { id: '3', name: 'Turing' },
    ]);
    assert.deepEqual([read, change.rows], [6, counts({ inserted: 2, updated: 1 })]);
    assert.deepEqual(await table.tuples(), [
      ['2', 'Grace', 'New York'],
      ['4', 'y', 'x'],
      ['1', null, 'Paris'],
      ['3', 'Turing', 'Wilmslow'],
    ]);
  }),

  law('gives rows null in a column that is new, where they say nothing of it', async ({ tables }) => {
    const table = await people(tables);
    const { change } = await table.loadRows([{ id: '1' }, { id: '2', note: 'x' }, { id: '1', note: null }]);
    assert.deepEqual(change.rows, counts({ updated: 1, unchanged: 1 }));
    assert.deepEqual(await table.tuples(), [
      ['2', 'Grace', 'New York', 'x'],
      ['1', 'Ada', 'London', null],
    ]);
  }),

  law('leaves what is not upserted null where a row says nothing of it', async ({ tables }) => {
    const rows = [{ id: '1', name: 'Ada' }, { id: '2' }];
    const keyless = new TableDriver(tables, ['id', 'name']);
    assert.equal((await keyless.loadRows(rows)).filled, false);
    assert.deepEqual((await keyless.tuples())[1], ['2', null]);
    const keyed = await people(tables);
    assert.equal((await keyed.loadRows([{ id: '2', name: 'Grace', city: 'x' }, { name: 'y' }], { mode: 'full' })).filled, false);
    assert.deepEqual((await keyed.tuples())[1], [null, 'y', null]);
  }),

  law('says whether rows were filled up', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name'], ['id']);
    const sources: readonly (readonly [Source, boolean])[] = [
      [
        {
          rows: [
            { id: '1', name: null },
            { name: 'x', id: '2' },
          ],
        },
        false,
      ],
      [{ rows: [{ id: '1', name: 'x' }, { id: '2' }] }, true],
      [{ rows: [{ id: '1' }, { id: '2', name: 'x' }] }, true],
      [{ rows: [{ id: '1' }] }, true],
      [{ ndjson: '{"name":null,"id":"1"}\n{"id":"2","name":"x"}\n' }, false],
      [{ csv: 'id,name\n1,\n' }, false],
    ];
    for (const [source, filled] of sources) assert.equal((await table.load(source)).filled, filled, JSON.stringify(source));
  }),

  law('refuses a row that lacks a column of the key, naming its line', async ({ tables }) => {
    const table = new TableDriver(tables, ['a', 'b:integer', 'name'], ['a', 'b']);
    await table.loadRows([{ a: null, b: null, name: 'both may be null' }]);
    const rows = [{ a: 'x', b: 1 }, { a: 'y', b: null }, { a: 'z', name: 'x' }, { b: 'no number' }];
    assert.deepEqual(await table.refused('INVALID_VALUE', { rows }), { line: 3, column: 'b', value: null, type: 'integer' });
  }),

  law('refuses a new row that lacks a column which is not nullable, naming the first line of its key', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'name:string!', 'age:integer!', 'note'], ['id']);
    await table.loadRows([{ id: 1, name: 'Ada', age: 36, note: null }]);
    await table.loadRows([
      { id: 1, age: 37 },
      { id: 2, name: 'Grace', age: 85 },
      { id: 2, note: 'x' },
    ]);
    const refusals: readonly (readonly [rows: readonly GivenRow[], line: number, column: string])[] = [
      [[{ id: 1 }, { id: 3, age: 1, note: 'x' }], 2, 'name'],
      [[{ id: 1, note: 'x' }, { id: 3 }], 2, 'name'],
      [
        [
          { id: 2, name: 'x' },
          { id: 3, name: 'y' },
          { id: 3, age: 1 },
        ],
        2,
        'age',
      ],
      [[{ id: 2, note: 'x' }, { id: 4, name: 'y', age: 1 }, { id: 4 }, { id: 3, name: 'y' }], 4, 'age'],
    ];
    for (const [rows, line, column] of refusals) {
      const details = await table.refused('INVALID_VALUE', { rows });
      assert.deepEqual([details.line, details.column, details.value], [line, column, null], JSON.stringify(rows));
    }
    assert.equal(
      (
        await table.refused('INVALID_VALUE', {
          rows: [
            { id: 1, note: 'x' },
            { id: 1, name: null },
          ],
        })
      ).line,
      2,
    );
    assert.deepEqual(await table.tuples(), [
      [1, 'Ada', 37, null],
      [2, 'Grace', 85, 'x'],
    ]);
  }),

  law('refuses values that do not fit before what is lacking, with their line', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'n:integer', 'must:string!'], ['id']);
    const details = await table.refused('INVALID_VALUE', { rows: [{ id: '1' }, { id: '2', n: 'x', must: '' }] });
    assert.deepEqual([details.line, details.column, details.value], [2, 'n', 'x']);
    assert.deepEqual(
      (
        await table.refused('INVALID_VALUE', {
          rows: [
            { id: '1', must: 'x' },
            { id: '2', n: 1, must: 'a\0' },
          ],
        })
      ).line,
      2,
    );
  }),

  law('writes a source again for another base', async ({ tables }) => {
    const table = await people(tables);
    const base = table.data;
    const rows = [
      { id: '1', city: 'Paris' },
      { id: '3', name: 'Alan' },
    ];
    await using staged = await table.stage({ rows });
    const request = { columns: [...'id city name'.split(' ')].map((name) => table.column(name)), mode: 'incremental' as const };
    const first = await staged.write({ ...request, base });
    await table.loadRows([
      { id: '1', name: 'Lovelace' },
      { id: '3', city: 'Wilmslow' },
    ]);
    const second = await staged.write({ ...request, base: table.data });
    assert.deepEqual([first.change.rows, second.change.rows], [counts({ inserted: 1, updated: 1 }), counts({ updated: 2 })]);
    table.data = { ...table.data, parts: [...table.data.parts, ...second.change.splices.flatMap(({ added }) => added)] };
    assert.deepEqual(await table.tuples(), [
      ['2', 'Grace', 'New York'],
      ['1', 'Lovelace', 'Paris'],
      ['3', 'Alan', 'Wilmslow'],
    ]);
  }),

  law('fills up tens of thousands of rows, in their order', async ({ tables }) => {
    const table = new TableDriver(tables, ['id:integer', 'a', 'b'], ['id']);
    await table.loadRows(Array.from({ length: 20_000 }, (_, id) => ({ id, a: `a${id}`, b: null })));
    const rows = Array.from({ length: 30_000 }, (_, n) => (n % 2 === 0 ? { id: n / 2, b: 'even' } : { id: n + 10_000, a: 'odd' }));
    const { change } = await table.loadRows(rows);
    const expected = new Map<number, Value[]>(Array.from({ length: 20_000 }, (_, id) => [id, [id, `a${id}`, null]]));
    for (const { id, ...given } of rows) {
      const [, a, b] = expected.get(id) ?? [id, null, null];
      expected.delete(id);
      expected.set(id, [id, 'a' in given ? given.a! : a!, 'b' in given ? given.b! : b!]);
    }
    assert.deepEqual(await table.tuples(), [...expected.values()]);
    assert.deepEqual(change.rows, counts({ inserted: 10_000, updated: 17_500 }));
  }),

  property(
    'loads any rows one after another, whatever they lack and however they are split',
    histories(),
    async ({ tables }, { types, keys, loads }) => {
      const names = types.map((_, i) => nameOf(i));
      const shapes = types.map((type, i) => `${nameOf(i)}:${type}`);
      const [whole, split] = [1, 2].map(() => new TableDriver(tables, shapes, names.slice(0, keys))) as [TableDriver, TableDriver];
      const model = new Map<string, Row>();
      for (const { rows, format, at, afterwards } of loads) {
        const given = rows.map((cells) => partialRow(types, keys, cells));
        const before = new Map(model);
        for (const row of given) upsert(model, row, types, keys);
        const { change, read } = await whole.load(sourceOf(format, given));
        assert.deepEqual([read, change.rows], [given.length, counted(before, model, given, types, keys)]);
        const cut = at % (given.length + 1);
        for (const piece of [given.slice(0, cut), given.slice(cut)]) if (piece.length > 0) await split.load(sourceOf(format, piece));
        if (afterwards === 'compact') await whole.compact();
        if (afterwards === 'delete') {
          const [first] = [...model];
          if (first) {
            model.delete(first[0]);
            const where = names.slice(0, keys).map((column, i) => ({ column, op: 'eq' as const, values: [first[1][i]!] }));
            await Promise.all([whole.deleteRows(...where), split.deleteRows(...where)]);
          }
        }
        const expected = [...model.values()].map((row) => row.map((cell, i) => (cell === null ? null : readValue(types[i]!, cell))));
        assert.deepEqual(await whole.tuples(), expected);
        assert.deepEqual(await split.tuples(), expected);
      }
    },
    40,
  ),
];

async function people(tables: ConstructorParameters<typeof TableDriver>[0]): Promise<TableDriver> {
  const table = new TableDriver(tables, ['id', 'name', 'city'], ['id']);
  await table.load('id,name,city\n1,Ada,London\n2,Grace,New York\n');
  return table;
}

/** The counts given, and nothing else. */
function counts(given: Partial<RowCounts>): RowCounts {
  return { inserted: 0, updated: 0, unchanged: 0, deleted: 0, ...given };
}

/** One column's cells: a text that the type takes, null, or undefined = the row says nothing of it. */
type Row = readonly (string | null)[];
type PartialRow = readonly (string | null | undefined)[];

interface History {
  readonly types: readonly ColumnType[];
  /** So many of the first columns are the key. */
  readonly keys: number;
  readonly loads: readonly {
    readonly format: 'rows' | 'ndjson' | 'async rows';
    readonly rows: readonly (readonly { readonly pick: number; readonly text: string }[])[];
    readonly at: number;
    readonly afterwards: 'nothing' | 'compact' | 'delete';
  }[];
}

const samples: Readonly<Record<ColumnType, readonly string[]>> = {
  string: ['', 'a', 'null', '🐎'],
  integer: ['1', '02', '-9223372036854775808'],
  numeric: ['1.50', '-0.000000001', '2'],
  float: ['1e300', '-0', '0.1'],
  boolean: ['true', '0', 'FALSE'],
  date: ['0001-01-01', '2026-11-01'],
  timestamp: ['2026-11-01 10:00', '9999-12-31T23:59:59.999999Z'],
};

function histories(): Arbitrary<History> {
  const type = fc.constantFrom<ColumnType>('string', 'string', 'integer', 'numeric', 'float', 'boolean', 'date', 'timestamp');
  const cell = fc.record({ pick: fc.nat(9), text: text() });
  return fc.integer({ min: 1, max: 3 }).chain((keys) =>
    fc.record({
      types: fc.array(type, { minLength: keys, maxLength: keys + 4 }),
      keys: fc.constant(keys),
      loads: fc.array(
        fc.record({
          format: fc.constantFrom('rows', 'ndjson', 'async rows'),
          rows: fc.array(fc.array(cell, { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 8 }),
          at: fc.nat(8),
          afterwards: fc.constantFrom('nothing', 'nothing', 'compact', 'delete'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  );
}

function nameOf(index: number): string {
  return ['id', 'line', 'lacks', 't0', 'file_nth', 'b', 'g'][index]!;
}

/** Half of the cells that are in no key are lacking; those of keys are few, so that they meet again. */
function partialRow(types: readonly ColumnType[], keys: number, cells: History['loads'][number]['rows'][number]): PartialRow {
  return types.map((type, i) => {
    const { pick, text } = cells[i]!;
    if (i >= keys && pick > 4) return undefined;
    if (pick === 4) return null;
    return type === 'string' && i >= keys && pick === 3 ? text : samples[type][pick % Math.min(2, samples[type].length)]!;
  });
}

function upsert(model: Map<string, Row>, row: PartialRow, types: readonly ColumnType[], keys: number): void {
  const cells = row.map((cell, i) => (cell == null ? cell : canonicalText(types[i]!, cell)!));
  const key = JSON.stringify(cells.slice(0, keys));
  const before = model.get(key);
  model.delete(key);
  model.set(
    key,
    cells.map((cell, i) => (cell === undefined ? (before?.[i] ?? null) : cell)),
  );
}

function counted(
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
  rows: readonly PartialRow[],
  types: readonly ColumnType[],
  keys: number,
): RowCounts {
  const touched = new Set(
    rows.map((row) => JSON.stringify(row.slice(0, keys).map((cell, i) => (cell == null ? null : canonicalText(types[i]!, cell)!)))),
  );
  const known = [...touched].filter((key) => before.has(key));
  const unchanged = known.filter((key) => JSON.stringify(before.get(key)) === JSON.stringify(after.get(key)));
  return counts({ inserted: touched.size - known.length, updated: known.length - unchanged.length, unchanged: unchanged.length });
}

/** Keys come in any order, and lacking ones are missing or undefined. */
function sourceOf(format: History['loads'][number]['format'], rows: readonly PartialRow[]): Source {
  const objects = rows.map((row, n): GivenRow => {
    const entries = row.map((cell, i) => [nameOf(i), cell] as const).filter(([, cell], i) => cell !== undefined || (n + i) % 2 === 0);
    return Object.fromEntries(n % 2 === 0 ? entries : entries.reverse());
  });
  if (format === 'rows') return { rows: objects };
  if (format === 'ndjson') return { ndjson: objects.map((row) => `${JSON.stringify(row)}\n`).join('') };
  return {
    rows: (async function* () {
      yield* objects;
    })(),
  };
}
