import type { Project, Row } from '@daybook/core';

/** What version `number` of a table was made with: so every version is known, whoever made it. */
export interface Turn {
  readonly rows: readonly { readonly id: string; readonly n: string }[];
  /** Rows with this `n` are deleted instead. */
  readonly deletes?: string;
}

const keys = 97;
const rowsInLoad = 20;

/** Mostly loads whose keys overlap; every ninth turn takes the rows of an earlier load away. */
export function turn(number: number): Turn {
  if (number % 9 === 0) return { rows: [], deletes: String(number - 1) };
  return { rows: Array.from({ length: rowsInLoad }, (_, i) => ({ id: String((number * 31 + i * 7) % keys), n: String(number) })) };
}

/** The rows of a keyed table (by id) or of one without a key, as of a version. Version 1 is empty. */
export function expectedRows(version: number, keyed: boolean): string[] {
  let rows: { id: string; n: string }[] = [];
  for (let number = 2; number <= version; number++) {
    const { rows: loaded, deletes } = turn(number);
    const replaced = new Set(keyed ? loaded.map(({ id }) => id) : []);
    rows = [...rows.filter(({ id, n }) => !replaced.has(id) && n !== deletes), ...loaded];
  }
  return rows.map(({ id, n }) => `${id} ${n}`).sort();
}

export async function rowsOf(project: Project, table: string, version: number): Promise<string[]> {
  const rows: Row[] = [];
  for await (const batch of project.table(table).rows({ of: { version } })) rows.push(...batch);
  return rows.map(({ id, n }) => `${id} ${n}`).sort();
}
