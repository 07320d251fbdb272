import { DaybookError } from '../errors';
import { own } from '../message';
import type { Metadata } from '../metadata';
import type { Column, Part, TableData } from '../table-store';
import type { Generations } from './columns';
import { splitTableId } from './names';

export interface Bucket {
  /** The bucket for ever: another one may come under its id. Where an older version made it, `position:` and the position of its creation. */
  uid: string;
  id: string;
  description: string;
  metadata: Metadata;
  createdAt: string;
}

/** Everything that a version of a table consists of. */
export interface TableContent {
  columns: Column[];
  /** Column ids. */
  primaryKey: string[];
  parts: Part[];
  rowCount: number;
}

/** What is said about a table and its columns (by column id). */
export interface TableNotes {
  description: string;
  metadata: Metadata;
  columnNotes: Record<string, { description: string; metadata: Metadata }>;
}

export interface Table extends TableContent, TableNotes {
  /** The table for ever, through renames. */
  uid: string;
  id: string;
  bucket: string;
  bucketUid: string;
  /** The position at which it came into its bucket: it is made in it, or restored into it. */
  inBucketSince: number;
  createdAt: string;
  version: number;
  versionAt: string;
  generations: Generations;
}

/** Old versions are not here: they are read from the log. */
export interface TablesSlice {
  buckets: Record<string, Bucket>;
  /** By id. */
  tables: Record<string, Table>;
  /** By uid. */
  droppedTables: Record<string, Table & { droppedAt: string }>;
  /** Table data removed before this instant may be gone. */
  vacuumedTo: string;
}

export const noTables: TablesSlice = { buckets: {}, tables: {}, droppedTables: {}, vacuumedTo: '' };

/** Refuses: `BUCKET_NOT_FOUND`. */
export function bucketOf({ buckets }: Pick<TablesSlice, 'buckets'>, bucket: string): Bucket {
  const found = own(buckets, bucket);
  if (!found) throw new DaybookError('BUCKET_NOT_FOUND', { bucket });
  return found;
}

/** The bucket that a table's id names. Refuses: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`. */
export function bucketOfTable(state: Pick<TablesSlice, 'buckets'>, id: string): Bucket {
  return bucketOf(state, splitTableId(id).bucket);
}

export function tablesIn({ tables }: TablesSlice, bucket: string): Table[] {
  return Object.values(tables).filter((table) => table.bucket === bucket);
}

/** Refuses: `TABLE_NOT_FOUND`. */
export function tableOf({ tables }: TablesSlice, id: string): Table {
  const found = own(tables, id);
  if (!found) throw new DaybookError('TABLE_NOT_FOUND', { table: id });
  return found;
}

/** As `tableOf`, for work that began on a certain table: another one under the same id is none. */
export function sameTable(state: TablesSlice, { uid, table }: { readonly uid: string; readonly table: string }): Table {
  const found = Object.hasOwn(state.tables, table) ? state.tables[table] : undefined;
  if (found?.uid === uid) return found;
  const renamed = Object.values(state.tables).find((other) => other.uid === uid);
  if (!renamed) throw new DaybookError('TABLE_NOT_FOUND', { table });
  return renamed;
}

/** Refuses what was asked of another version than the table is in: `TABLE_CHANGED`. */
export function refuseChanged({ id, version }: Table, ifVersion: number | undefined): void {
  if (ifVersion !== undefined && ifVersion !== version) throw new DaybookError('TABLE_CHANGED', { table: id, version });
}

/** Refuses what a new table cannot be called: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`, `TABLE_EXISTS`. */
export function refuseTaken(state: TablesSlice, id: string): void {
  bucketOfTable(state, id);
  if (own(state.tables, id)) throw new DaybookError('TABLE_EXISTS', { table: id });
}

export function tableData(project: string, { columns, primaryKey, parts }: TableContent): TableData {
  return { project, columns, primaryKey, parts };
}

export function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}
