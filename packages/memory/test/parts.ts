import fc from 'fast-check';
import type { Cells, PartContent } from '../src/merge';

/** A part of rows, as tests write it. */
export function rows(columns: readonly string[], ...given: Cells[]): PartContent {
  return { kind: 'rows', columns, rows: given };
}

/** A part of rows that replace those with their key. */
export function upserts(key: readonly string[], columns: readonly string[], ...given: Cells[]): PartContent {
  return { kind: 'upserts', key, columns, rows: given };
}

/** A part of keys. */
export function deletes(key: readonly string[], ...given: Cells[]): PartContent {
  return { kind: 'deletes', key, columns: key, rows: given };
}

const columns = ['a', 'b', 'c'];

/** Any parts over columns a, b and c, of a table that had several keys in its life. */
export function partList(keys: readonly (readonly string[])[] = [['a'], ['b'], ['a', 'b']]): fc.Arbitrary<PartContent[]> {
  const value = fc.constantFrom(null, '', 'x', 'y');
  const given = fc.array(fc.tuple(value, value, value), { maxLength: 4 });
  const key = fc.constantFrom(...keys);
  const part = fc.oneof(
    given.map((each) => rows(columns, ...each)),
    fc.tuple(key, given).map(([on, each]) => upserts(on, columns, ...once(each, on))),
    fc
      .tuple(key, given)
      .map(([on, each]) => deletes(on, ...once(each, on).map((row) => on.map((column) => row[columns.indexOf(column)]!)))),
  );
  return fc.array(part, { maxLength: 6 });
}

/** The rows in the end, by the words of the port: one part after another. */
export function applied(parts: readonly PartContent[]): Cells[] {
  let table: Named[] = [];
  for (const { kind, key = [], columns: ids, rows: given } of parts) {
    const added = given.map((row) => named(ids, row));
    if (kind !== 'rows') table = table.filter((row) => !added.some((other) => key.every((id) => row[id] === other[id])));
    if (kind !== 'deletes') table = [...table, ...added];
  }
  return table.map((row) => columns.map((id) => row[id] ?? null));
}

type Named = Readonly<Record<string, string | null>>;

function named(ids: readonly string[], row: Cells): Named {
  return Object.fromEntries(ids.map((id, i) => [id, row[i]!]));
}

/** The first row of each key. */
function once(given: readonly Cells[], key: readonly string[]): Cells[] {
  const equal = (x: Cells, y: Cells) => key.every((id) => x[columns.indexOf(id)] === y[columns.indexOf(id)]);
  return given.filter((row, i) => given.findIndex((other) => equal(row, other)) === i);
}
