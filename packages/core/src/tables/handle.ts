import { parse } from '../fields';
import type { ProjectScope } from '../projects/scope';
import type { Operation } from '../storage-jobs/events';
import { doneAtOnce } from '../storage-jobs/work';
import type { Filter, Row, Source } from '../table-store';
import { type Changing, checkFilters, deleteRows, revert, setPrimaryKey } from './changes';
import type { ColumnDefinition } from './columns';
import type { TableTarget } from './contents';
import { type ExportOptions, type ExportResult, type ExportTarget, exportRows } from './export';
import { type LoadOptions, load } from './load';
import type { LoadResult } from './once';
import { changing, filters, loadOptions, tableTarget } from './options';
import {
  type DiffOptions,
  describeTable,
  diff,
  preview,
  type RowsOptions,
  rows,
  type TableChange,
  type TableDescription,
  type Version,
  versions,
} from './queries';
import { receiving } from './sources';
import { type Table as TableInState, tableData, tableOf } from './state';

/** A table as it can be read. */
export class TableView {
  protected readonly scope: ProjectScope;
  #id: string;

  constructor(scope: ProjectScope, id: string) {
    this.scope = scope;
    this.#id = id;
  }

  /** `in.c-main.orders` */
  get id(): string {
    return this.#id;
  }

  protected renamed(id: string): void {
    this.#id = id;
  }

  /** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `TABLE_NOT_FOUND`, as every method here does first. */
  async describe(): Promise<TableDescription> {
    return describeTable(tableOf((await this.scope.query('tables', { table: this.id })).state, this.id));
  }

  /** Its versions, the newest first, `limit` (100) at a time; `next` goes on. */
  versions(options?: { readonly limit?: number; readonly next?: string }): Promise<{ items: Version[]; next?: string }> {
    return versions(this.scope, this.id, options);
  }

  /** Its rows, in batches of plain objects. `of` = another state than the current one. Refuses: `COLUMN_NOT_FOUND`, `INVALID_INPUT`, `VERSION_NOT_FOUND`, `VERSION_EXPIRED`. */
  rows(options?: RowsOptions): AsyncGenerator<readonly Row[]> {
    return rows(this.scope, this.id, options);
  }

  /** The first 100 rows; `limit` up to 1,000. Refuses as `rows`. */
  preview(options?: RowsOptions): Promise<Row[]> {
    return preview(this.scope, this.id, options);
  }

  /** Every column and row that differs between two states; `to` is the current one by default. Refuses: `VERSION_NOT_FOUND`, `VERSION_EXPIRED`. */
  diff(options: DiffOptions): AsyncGenerator<TableChange> {
    return diff(this.scope, this.id, options);
  }
}

interface InJob {
  /** The embedding app's job that it is done in. */
  readonly job?: string;
}

/**
 * A table, to read and to change. Every change is a new version and a storage job. With `ifVersion` it is done only if the table is in that version, else
 * refused: `TABLE_CHANGED`.
 */
export class Table extends TableView {
  /** Loads a source. Default mode: `full`. Refuses as `load` in `tables/load.ts`; a refused load leaves the table as it was. */
  async load(source: Source, options: LoadOptions = {}): Promise<LoadResult> {
    return receiving(source, async () => {
      const parsed = parse('load', loadOptions, options);
      return load(this.scope, await this.#current(), source, parsed);
    });
  }

  /** Deletes the rows that meet all conditions. Refuses: `INVALID_INPUT`, `COLUMN_NOT_FOUND`, `UNINTENDED_TRUNCATION`. */
  async deleteRows({
    where = [],
    allowTruncate = false,
    ...options
  }: { readonly where?: readonly Filter[]; readonly allowTruncate?: boolean } & Changing) {
    const asked = { allowTruncate, ...parse('deleteRows', changing, options) };
    return deleteRows(this.scope, await this.#current(), parse('where', filters, where), asked);
  }

  /** How many rows `deleteRows` would delete. Refuses: `INVALID_INPUT`, `COLUMN_NOT_FOUND`. */
  async previewDelete({ where = [] }: { readonly where?: readonly Filter[] }): Promise<{ rows: number }> {
    const { state } = await this.scope.query('dryRun', { tables: [this.id] });
    const table = tableOf(state, this.id);
    const checked = checkFilters(parse('where', filters, where), table);
    return { rows: await this.scope.runtime.storage.tables.countRows(tableData(this.scope.id, table), checked) };
  }

  /** Removes all rows; columns, key and metadata stay. */
  async truncate(options: Changing = {}): Promise<void> {
    await this.#do('tableTruncate', 'TruncateTable', {}, options);
  }

  /** Adds it as the last one; existing rows have null. Refuses: `INVALID_COLUMN_NAME`, `COLUMN_EXISTS`, `INVALID_INPUT` (not nullable, yet there are rows). */
  async addColumn(column: ColumnDefinition, options: Changing = {}): Promise<void> {
    await this.#do('tableColumnAdd', 'AddColumn', { column }, options);
  }

  /** Refuses: `COLUMN_NOT_FOUND`, `PRIMARY_KEY_COLUMN`, `LAST_COLUMN`. */
  async dropColumn(column: string, options: Changing = {}): Promise<void> {
    await this.#do('tableColumnDrop', 'DropColumn', { column }, options);
  }

  /** Refuses: `INVALID_PRIMARY_KEY`, `DUPLICATE_KEY_VALUES`. */
  async setPrimaryKey(columns: readonly string[], options: Changing = {}): Promise<void> {
    await setPrimaryKey(this.scope, await this.#current(), columns, parse('setPrimaryKey', changing, options));
  }

  async dropPrimaryKey(options: Changing = {}): Promise<void> {
    await this.#do('tablePrimaryKeyDrop', 'DropPrimaryKey', {}, options);
  }

  /** A new name within its bucket; this handle goes on with it. Refuses: `INVALID_TABLE_NAME`, `TABLE_EXISTS`. */
  async rename(to: string, options: Changing = {}): Promise<void> {
    await this.#do('tableRename', 'RenameTable', { to }, options);
    this.renamed(`${this.id.slice(0, this.id.lastIndexOf('.'))}.${to}`);
  }

  async setDescription(description: string): Promise<void> {
    await this.scope.execute('DescribeTable', { table: this.id, description });
  }

  /** Refuses: `COLUMN_NOT_FOUND`. */
  async setColumnDescription(column: string, description: string): Promise<void> {
    await this.scope.execute('DescribeColumn', { table: this.id, column, description });
  }

  /** Key/value pairs of the table, or of a column; null removes a key. Refuses: `COLUMN_NOT_FOUND`. */
  async setMetadata(
    provider: string,
    values: Readonly<Record<string, string | null>>,
    { column }: { readonly column?: string } = {},
  ): Promise<void> {
    await this.scope.execute('SetTableMetadata', { table: this.id, provider, values, ...(column !== undefined && { column }) });
  }

  /** It can be restored until its data expires: `project.restoreTable`. */
  async drop(options: Changing = {}): Promise<void> {
    await this.#do('tableDrop', 'DropTable', {}, options);
  }

  /** Keeps this version, whatever happens to the table. Constant time, no data written. */
  async snapshot({ description = '', job }: { readonly description?: string } & InJob = {}): Promise<{ id: string; version: number }> {
    const snapshot = this.scope.runtime.environment.newId();
    const storageJob = await doneAtOnce(this.scope, 'snapshotCreate', { table: this.id, job, parameters: { description } });
    const { state } = await this.scope.execute('CreateSnapshot', { snapshot, table: this.id, description, storageJob });
    return { id: snapshot, version: state.snapshots[snapshot]!.version };
  }

  /** Contents, columns and key of an earlier state, as a new version. Constant time. Refuses: `SNAPSHOT_NOT_FOUND`, `VERSION_NOT_FOUND`, `VERSION_EXPIRED`. */
  async revert(to: TableTarget, options: Changing = {}): Promise<{ storageJob: string; version: number; of: number }> {
    const target = parse('revert', tableTarget, to);
    return revert(this.scope, await this.#current(), target, parse('revert', changing, options));
  }

  /** Writes its rows out and ends the stream. Refuses as `rows`. */
  export(target: ExportTarget, options?: ExportOptions): Promise<ExportResult> {
    return exportRows(this.scope, this.id, target, options);
  }

  /** The current state, for work by someone who may see it. What they may do is checked by the commands. */
  async #current(): Promise<TableInState> {
    return tableOf((await this.scope.query('tables', { table: this.id })).state, this.id);
  }

  async #do(operation: Operation, command: Parameters<ProjectScope['execute']>[0], data: object, options: Changing): Promise<void> {
    const { job, ...only } = parse(operation, changing, options);
    const parameters = JSON.parse(JSON.stringify({ ...data, ...only }));
    const storageJob = await doneAtOnce(this.scope, operation, { table: this.id, parameters, job });
    await this.scope.execute(command, { table: this.id, ...data, ...only, storageJob });
  }
}
