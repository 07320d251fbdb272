import type { z } from 'zod';
import { DaybookError } from '../errors';
import type { Json } from '../message';
import type { ProjectScope } from '../projects/scope';
import { asStorageJob, doneAtOnce } from '../storage-jobs/work';
import type { Filter } from '../table-store';
import { findColumn, keyOf } from './columns';
import { findState, type TableState, type TableTarget } from './contents';
import { onCurrent } from './current';
import { afterChange } from './maintenance';
import type { filters } from './options';
import { refuseChanged, type Table, tableData } from './state';
import { canonicalText } from './values';

/** Filters whose columns and values fit the table. Refuses: `COLUMN_NOT_FOUND`, `INVALID_INPUT`. */
export function checkFilters(where: readonly Filter[], { columns }: Pick<Table, 'columns'>): Filter[] {
  return where.map(({ column: name, op, values }, i) => {
    const column = findColumn(columns, name);
    const wrong = values.findIndex((value) => value !== null && canonicalText(column.type, String(value)) === undefined);
    if (wrong !== -1) {
      const message = `${JSON.stringify(values[wrong])} is no ${column.type}`;
      throw new DaybookError('INVALID_INPUT', { input: 'where', issues: [{ path: `${i}.values.${wrong}`, message }] });
    }
    return { column: column.name, op, values };
  });
}

/** How an operation on a table is to be done. */
export interface Changing {
  /** The embedding app's job that it is done in. */
  readonly job?: string;
  /** Only if the table is in this version; else `TABLE_CHANGED`. */
  readonly ifVersion?: number;
}

/** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `COLUMN_NOT_FOUND`, `INVALID_INPUT`, `UNINTENDED_TRUNCATION`. */
export async function deleteRows(
  scope: ProjectScope,
  table: Table,
  where: z.output<typeof filters>,
  { allowTruncate, job, ifVersion }: { readonly allowTruncate: boolean } & Changing,
): Promise<{ storageJob: string; deleted: number; version: number }> {
  refuseChanged(table, ifVersion);
  checkFilters(where, table);
  if (where.length === 0 && !allowTruncate) throw new DaybookError('UNINTENDED_TRUNCATION', { table: table.id });
  const { tables } = scope.runtime.storage;
  const request = {
    table: table.id,
    uid: table.uid,
    turn: table.uid,
    parameters: { where: where as unknown as Json, ...only(ifVersion) },
    job,
  };
  const result = await asStorageJob(scope, 'tableRowsDelete', request, async (storageJob) =>
    onCurrent(
      scope,
      table,
      async (current) => {
        const { splices, rows } = await tables.deleteRows(tableData(scope.id, current), checkFilters(where, current));
        if (rows.deleted === 0) {
          await scope.execute('SucceedStorageJob', { storageJob });
          return { storageJob: storageJob.id, deleted: 0, version: current.version };
        }
        const known = { uid: table.uid, table: table.id, baseVersion: current.version, baseParts: current.parts.length };
        await scope.execute('DeleteRows', { ...known, splices, rows, storageJob });
        return { storageJob: storageJob.id, deleted: rows.deleted, version: current.version + 1 };
      },
      ifVersion,
    ),
  );
  await afterChange(scope, table.uid);
  return result;
}

/** Refuses: `TABLE_NOT_FOUND`, `TABLE_CHANGED`, `INVALID_PRIMARY_KEY`, `DUPLICATE_KEY_VALUES`. */
export async function setPrimaryKey(
  scope: ProjectScope,
  table: Table,
  columns: readonly string[],
  { job, ifVersion }: Changing,
): Promise<void> {
  const { tables } = scope.runtime.storage;
  refuseChanged(table, ifVersion);
  keyOf(table.columns, columns);
  const request = { table: table.id, uid: table.uid, turn: table.uid, parameters: { columns, ...only(ifVersion) }, job };
  await asStorageJob(scope, 'tablePrimaryKeySet', request, async (storageJob) =>
    onCurrent(
      scope,
      table,
      async (current) => {
        const rows = await tables.countDuplicates(tableData(scope.id, current), keyOf(current.columns, columns));
        if (rows > 0) throw new DaybookError('DUPLICATE_KEY_VALUES', { columns, rows });
        const command = { uid: table.uid, table: table.id, baseVersion: current.version, columns, storageJob };
        const { events } = await scope.execute('SetPrimaryKey', command);
        if (events.length === 0) await scope.execute('SucceedStorageJob', { storageJob });
      },
      ifVersion,
    ),
  );
}

/** Brings an earlier state back as a new version. Refuses: `TABLE_CHANGED`, `SNAPSHOT_NOT_FOUND`, `VERSION_NOT_FOUND`, `VERSION_EXPIRED`, `TABLE_NOT_FOUND`. */
export async function revert(
  scope: ProjectScope,
  table: Table,
  target: TableTarget,
  { job, ifVersion }: Changing,
): Promise<{ storageJob: string; version: number; of: number }> {
  refuseChanged(table, ifVersion);
  const found = await findState(scope, table, target);
  const storageJob = await doneAtOnce(scope, 'tableRevert', {
    table: table.id,
    job,
    parameters: { to: { ...target } as Json, ...only(ifVersion) },
  });
  const { state } = await scope.execute('RevertTable', {
    uid: table.uid,
    table: table.id,
    of: found.version,
    ...fromSnapshot(found),
    ...contentOf(found),
    ...only(ifVersion),
    storageJob,
  });
  const { version } = Object.values(state.tables).find(({ uid }) => uid === table.uid)!;
  return { storageJob: storageJob.id, version, of: found.version };
}

/** A new table with the data of a found state. Refuses what the command does. */
export async function copyTo(scope: ProjectScope, found: TableState, to: string, job?: string): Promise<{ storageJob: string }> {
  const { description, metadata, columnNotes, generations } = found.content;
  const { uid, table, version } = found;
  const storageJob = await doneAtOnce(scope, 'tableCopy', { table: to, job, parameters: { from: table, version } });
  await scope.execute('CopyTable', {
    uid: scope.runtime.environment.newId(),
    table: to,
    from: { uid, table, version, ...fromSnapshot(found) },
    ...contentOf(found),
    ...{ description, metadata, columnNotes, generations, storageJob },
  });
  return { storageJob: storageJob.id };
}

function only(ifVersion: number | undefined): { ifVersion?: number } {
  return ifVersion === undefined ? {} : { ifVersion };
}

/** What a found state brings back. */
export function contentOf({ content: { columns, primaryKey, parts, rowCount }, removedAt }: TableState) {
  return { columns, primaryKey, parts, rowCount, ...(removedAt && { removedAt }) };
}

function fromSnapshot({ snapshot }: TableState): { snapshot?: string } {
  return snapshot ? { snapshot } : {};
}
