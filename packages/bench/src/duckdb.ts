import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Bare DuckDB, with as much memory as Daybook's has by default: what work on rows is measured against. */
export async function withDuckdb<T>(work: (duckdb: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const duckdb = await instance.connect();
  try {
    return await work(duckdb);
  } finally {
    duckdb.closeSync();
    instance.closeSync();
  }
}

/** Rows of about 70 bytes in ascending order of a key, `id`. Every `apart`th key; `salt` changes the amounts. */
export function rows(count: number, { apart = 1, salt = '' } = {}): string {
  return `SELECT printf('k%09d', range * ${apart}) AS id, printf('customer %05d', hash(range) % 100000) AS customer,
    ['new', 'paid', 'sent', 'void'][1 + (hash(range, 1) % 4)::INTEGER] AS status, printf('%.2f', (hash(range, '${salt}') % 1000000) / 100) AS amount,
    strftime(DATE '2020-01-01' + (range % 2000)::INTEGER, '%Y-%m-%d') AS day, printf('note %09d', hash(range, 2) % 1000000000) AS note
    FROM range(${count})`;
}

/** The dialect given and every column a string, as Daybook reads a new table. */
export function readCsv(path: string): string {
  return `read_csv('${path}', header = true, delim = ',', quote = '"', escape = '"', all_varchar = true)`;
}

/** Applies rows to a table the way that needs no Daybook: all of it is written again. */
export function rewrite(table: string, changes: string, to: string): string {
  const kept = `SELECT * FROM read_parquet('${table}') WHERE id NOT IN (SELECT id FROM ${changes})`;
  return `COPY (${kept} UNION ALL SELECT * FROM ${changes}) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`;
}
