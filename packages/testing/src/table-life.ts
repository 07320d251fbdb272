import type { ExportRequest, TableStore } from '@daybook/core';
import { TableDriver } from './table-driver';

/**
 * A table's life in short: loads, upserts, deletions, compactions, exports that are loaded again. All that can be seen of it, which is the
 * same on every storage. Columns are of text.
 */
export async function tableLife(tables: TableStore, columns: readonly string[], key: readonly string[]): Promise<unknown[]> {
  const table = new TableDriver(tables, columns, key);
  const seen: unknown[] = [];
  const load = async (...rows: readonly (readonly string[])[]) => {
    const named = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i % row.length]])));
    const { change } = await table.load({ rows: named });
    seen.push(change.rows, await table.rows());
  };
  const all = (value: string) => columns.map((column) => ({ column, op: 'eq' as const, values: [value] }));

  await load(['1'], ['2'], ['3'], ['4', '5']);
  const first = table.data;
  await load(['2'], ['6', '7'], ['6', '7']);
  await load(['3'], ['8']);
  const filled = table.data;
  seen.push(await table.diff(first), (await table.deleteRows(...all('3'))).rows, await table.rows());
  seen.push(await table.diff(filled), await table.tables.countDuplicates(table.data, columns));
  await table.compact(1);
  seen.push(await table.rows({ where: all('2') }));
  seen.push(await table.rows({ orderBy: columns.map((column) => ({ column, direction: 'desc' })) }));
  await table.compact();
  seen.push(await table.rows(), await table.diff(first));
  for (const format of ['csv', 'ndjson', 'parquet'] satisfies ExportRequest['format'][]) {
    const { bytes } = await table.export({ format });
    const copy = new TableDriver(tables, columns, key);
    await copy.load({ csv: { csv: bytes }, ndjson: { ndjson: bytes }, parquet: { parquet: bytes } }[format]);
    seen.push(await copy.rows());
  }
  return seen;
}
