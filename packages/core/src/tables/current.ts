import { isDaybookError } from '../errors';
import type { ProjectScope } from '../projects/scope';
import { refuseChanged, sameTable, type Table } from './state';

/**
 * Does work on a table as it is now, and again whenever `TABLE_CHANGED` says that someone was quicker; gives up when the table is still the one
 * that was tried. `ifVersion`: only as long as the table is in this version. Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`.
 */
export async function onCurrent<T>(
  scope: ProjectScope,
  known: { readonly uid: string; readonly id: string },
  work: (table: Table) => Promise<T>,
  ifVersion?: number,
): Promise<T> {
  let refusal: unknown;
  for (let tried: Table | undefined; ; ) {
    const table = sameTable((await scope.newest()).state, { uid: known.uid, table: known.id });
    if (table === tried) throw refusal;
    refuseChanged(table, ifVersion);
    try {
      return await work(table);
    } catch (error) {
      if (!isDaybookError(error, 'TABLE_CHANGED')) throw error;
      [tried, refusal] = [table, error];
    }
  }
}
