import type { z } from 'zod';
import { DaybookError, isDaybookError } from '../errors';
import { own } from '../message';
import type { ProjectScope } from '../projects/scope';
import type { FinishedStorageJob } from '../storage-jobs/events';
import { asStorageJob } from '../storage-jobs/work';
import type { Column, CsvOptions, Part, Progress, RowCounts, Source, SourceFacts, StagedSource, StageRequest } from '../table-store';
import { sourceName } from '../text';
import {
  type ColumnDefinition,
  columnNames,
  countGenerations,
  type Generations,
  keyOf,
  matchColumns,
  type NormalizedName,
  newColumn,
  normalizedNames,
} from './columns';
import { onCurrent } from './current';
import { afterChange } from './maintenance';
import { earlierResult, type LoadResult, resultOf } from './once';
import type { createOptions, loadOptions } from './options';
import { telling } from './progress';
import { formatOfSource } from './sources';
import { refuseChanged, refuseTaken, sameTable, type Table, tableData } from './state';

export type LoadOptions = z.input<typeof loadOptions>;
export type CreateOptions = z.input<typeof createOptions>;

/**
 * Creates a table from a source. Refuses: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`, `TABLE_EXISTS`, then, recorded as a
 * failed storage job, what `matchNew` and the source's reading refuse.
 */
export async function createFrom(
  scope: ProjectScope,
  id: string,
  source: Source,
  options: z.output<typeof createOptions>,
): Promise<LoadResult> {
  const { state } = await scope.query('tables', { table: id });
  const taken = own(state.tables, id);
  const earlier = taken && (await earlierLoad(scope, 'tableCreate', taken, source, options));
  if (earlier) return earlier;
  refuseTaken(state, id);
  const { idempotencyKey } = options;
  const request = { table: id, turn: `new ${id}`, parameters: parametersOf(source, options), job: options.job, idempotencyKey };
  return asStorageJob(scope, 'tableCreate', request, async (job) => {
    const names = options.columns?.map(({ name }) => name);
    await using staged = await stage(scope, source, options, withoutHeader(options) ? names : undefined);
    const { columns, primaryKey } = matchNew(staged, options);
    const base = { project: scope.id, columns, primaryKey, parts: [] };
    const { change, read, source: facts } = await staged.write({ base, columns, mode: 'full' });
    const parts = partsAdded(change);
    const { description } = options;
    const finished = received(job, facts, read);
    const command = {
      uid: scope.runtime.environment.newId(),
      table: id,
      columns,
      primaryKey,
      description,
      parts,
      rowCount: change.rows.inserted,
    };
    try {
      const create = () => scope.execute('CreateTable', { ...command, storageJob: finished });
      const { events } = await discardOnRefusal(scope, () => parts, create);
      return resultOf(events[0]!);
    } catch (error) {
      const created = isDaybookError(error, 'TABLE_EXISTS') && own((await scope.newest()).state.tables, id);
      const first = created && (await earlierResult(scope, created.uid, idempotencyKey, async () => facts));
      if (!first) throw error;
      await scope.execute('SucceedStorageJob', { storageJob: job });
      return first;
    }
  });
}

/**
 * Loads a source into a table. Refuses: `TABLE_NOT_FOUND`, `IDEMPOTENCY_MISMATCH`, `TABLE_CHANGED` (by `ifVersion`), then, recorded as a failed storage job, what `matchTable` and the source's reading
 * refuse; `TABLE_CHANGED` when another process took a column of it away, or changed the key, meanwhile.
 */
export async function load(scope: ProjectScope, table: Table, source: Source, options: z.output<typeof loadOptions>): Promise<LoadResult> {
  const earlier = await earlierLoad(scope, 'tableLoad', table, source, options);
  if (earlier) return earlier;
  refuseChanged(table, options.ifVersion);
  const { job, idempotencyKey } = options;
  const request = { table: table.id, uid: table.uid, turn: table.uid, parameters: parametersOf(source, options), job, idempotencyKey };
  const result = await asStorageJob(scope, 'tableLoad', request, async (job) => {
    const current = await latest(scope, table);
    if (idempotencyKey === undefined) refuseChanged(current, options.ifVersion);
    const header = options.columns ?? (withoutHeader(options) ? current.columns.map(({ name }) => name) : undefined);
    await using staged = await stage(scope, source, options, header);
    const partial = 'rows' in source || 'ndjson' in source;
    const empty = 'rows' in source && staged.columns.length === 0;
    const loading = { scope, staged, options, partial, empty };
    const written = empty ? loadsNothing(current) : await write(loading, current, matchTable(loading, current));
    return await finishLoad(loading, job, written);
  });
  await afterChange(scope, table.uid);
  return result;
}

/** A load under way. */
interface Loading {
  readonly scope: ProjectScope;
  readonly staged: StagedSource;
  readonly options: z.output<typeof loadOptions>;
  /** Rows of such a source may lack columns. */
  readonly partial: boolean;
  readonly empty: boolean;
}

/** Which of a table's columns a source has. */
interface Match {
  /** The source's, in its order. */
  readonly columns: readonly Column[];
  readonly addedColumns: readonly Column[];
  readonly normalized: readonly NormalizedName[];
}

interface Written extends Match {
  /** The table as it was written for. */
  readonly table: Table;
  readonly added: readonly Part[];
  readonly rows: RowCounts;
  readonly read: number;
  readonly facts: SourceFacts;
  readonly filled: boolean;
}

async function write({ scope, staged, options: { mode } }: Loading, table: Table, match: Match): Promise<Written> {
  const base = { ...tableData(scope.id, table), columns: [...table.columns, ...match.addedColumns] };
  const { change, read, source: facts, filled } = await staged.write({ base, columns: match.columns, mode });
  return { ...match, table, added: partsAdded(change), rows: change.rows, read, facts, filled };
}

/** Appends the load. Where another process was quicker, it is made to fit the table as it is then. */
function finishLoad(loading: Loading, job: FinishedStorageJob, first: Written): Promise<LoadResult> {
  const { scope } = loading;
  const { mode, idempotencyKey, ifVersion } = loading.options;
  let written = first;
  const append = async (current: Table): Promise<LoadResult> => {
    // A load that had the key since would have made another version: so what was looked up still holds where this one is appended.
    const earlier = await earlierResult(scope, current.uid, idempotencyKey, async () => written.facts);
    if (earlier) {
      await discard(scope, written.added);
      await scope.execute('SucceedStorageJob', { storageJob: job });
      return earlier;
    }
    refuseChanged(current, ifVersion);
    if (current.version !== written.table.version) written = await fitted(loading, current, written);
    const { table, added, read, facts, addedColumns, normalized, rows } = written;
    const columns = [...table.columns, ...addedColumns].map(({ id }) => id);
    const { events } = await scope.execute('LoadTable', {
      ...{ uid: table.uid, table: table.id, mode, baseVersion: table.version, primaryKey: table.primaryKey, columns },
      ...(idempotencyKey !== undefined || ifVersion !== undefined ? { ifVersion: current.version } : {}),
      ...{ addedColumns, added, rows, storageJob: received(job, facts, read) },
      ...(normalized.length > 0 && { normalized }),
    });
    return resultOf(events[0]!);
  };
  return discardOnRefusal(
    scope,
    () => written.added,
    () => onCurrent(scope, first.table, append),
  );
}

/**
 * What was written for one version, for another. Only rows that lacked something are written again, as they hold values of that version; else
 * at most the counting is done again. Refuses: `TABLE_CHANGED`, `COLUMNS_DO_NOT_MATCH` (the table has got a column that the source lacks).
 */
async function fitted(loading: Loading, current: Table, written: Written): Promise<Written> {
  if (loading.empty) return loadsNothing(current);
  const match = matchTable(loading, current);
  if (!sameKey(current, written.table) || !sameColumns(match.columns, written.columns)) {
    throw new DaybookError('TABLE_CHANGED', { table: current.id, version: current.version });
  }
  if (written.filled || lacking(match, current).length > 0) {
    const again = await write(loading, current, match);
    await discard(loading.scope, written.added);
    return again;
  }
  const { scope, options } = loading;
  const base = { ...tableData(scope.id, current), columns: [...current.columns, ...match.addedColumns] };
  const rows = upserts(options.mode, current) ? await scope.runtime.storage.tables.count(base, written.added) : written.rows;
  return { ...written, ...match, table: current, rows };
}

/** The result of the load that had the key first, without a storage job: nothing is done any more. Refuses as `earlierResult`, and who may not load. */
function earlierLoad(
  scope: ProjectScope,
  operation: 'tableCreate' | 'tableLoad',
  { uid, id }: Table,
  source: Source,
  { idempotencyKey }: { readonly idempotencyKey?: string | undefined },
): Promise<LoadResult | undefined> {
  const received = async () => {
    await scope.check('CreateStorageJob', {
      ...{ id: scope.runtime.environment.newId(), operation, table: id, uid, parameters: {}, status: 'processing' },
    });
    return scope.runtime.storage.tables.receive(source);
  };
  return scope.runtime.underway(() => earlierResult(scope, uid, idempotencyKey, received));
}

/**
 * The columns of a new table: the source's, with the types that were asked for. Refuses: `NO_COLUMNS`, `INVALID_COLUMN_NAME`,
 * `DUPLICATE_COLUMN`, `COLUMNS_DO_NOT_MATCH` (a column that was asked for is not in the source), `INVALID_PRIMARY_KEY`.
 */
function matchNew({ columns: headers, types }: StagedSource, options: Pick<z.output<typeof createOptions>, 'columns' | 'primaryKey'>) {
  const names = columnNames(headers);
  const asked = options.columns ? definitionsByName(options.columns) : new Map<string, ColumnDefinition>();
  refuseMissing([...asked.keys()], names);
  const generations: Generations = {};
  const columns = headers.map((name, i) => newColumn(generations, { type: types?.[i], ...asked.get(names[i]!.toLowerCase()), name }));
  countGenerations(generations, columns);
  return { columns, primaryKey: keyOf(columns, options.primaryKey) };
}

/**
 * Which of the table's columns each of the source's is; unknown ones are new. A source whose rows may lack columns needs only the key where it
 * upserts. Refuses: `NO_COLUMNS`, `INVALID_COLUMN_NAME`, `DUPLICATE_COLUMN`, `COLUMNS_DO_NOT_MATCH`.
 */
function matchTable({ staged: { columns: headers, types }, options: { mode }, partial }: Loading, table: Table): Match {
  const found = matchColumns(table.columns, headers);
  const names = columnNames(headers, found);
  const needed = partial && upserts(mode, table) ? table.columns.filter(({ id }) => table.primaryKey.includes(id)) : table.columns;
  refuseMissing(
    needed.map(({ name }) => name),
    names,
  );
  const columns = headers.map((name, i) => found[i] ?? newColumn(table.generations, { name, type: types?.[i] }));
  const addedColumns = columns.filter((_, i) => !found[i]);
  return { columns, addedColumns, normalized: normalizedNames(headers, columns) };
}

function upserts(mode: Loading['options']['mode'], { primaryKey }: Table): boolean {
  return mode === 'incremental' && primaryKey.length > 0;
}

function lacking({ columns }: Match, table: Table): Column[] {
  return table.columns.filter(({ id }) => !columns.some((column) => column.id === id));
}

function sameKey(one: Table, other: Table): boolean {
  return one.primaryKey.length === other.primaryKey.length && one.primaryKey.every((id, i) => id === other.primaryKey[i]);
}

function sameColumns(some: readonly Column[], others: readonly Column[]): boolean {
  return some.every(({ id, type, nullable }, i) => id === others[i]?.id && type === others[i].type && nullable === others[i].nullable);
}

/** Definitions by the names, in lower case, that their columns will have. Refuses: `NO_COLUMNS`, `INVALID_COLUMN_NAME`, `DUPLICATE_COLUMN`. */
export function definitionsByName(definitions: readonly ColumnDefinition[]): Map<string, ColumnDefinition> {
  const names = columnNames(definitions.map(({ name }) => name));
  return new Map(names.map((name, i) => [name.toLowerCase(), definitions[i]!]));
}

function refuseMissing(expected: readonly string[], names: readonly string[]): void {
  const there = new Set(names.map((name) => name.toLowerCase()));
  const missing = expected.filter((name) => !there.has(name.toLowerCase()));
  if (missing.length > 0) throw new DaybookError('COLUMNS_DO_NOT_MATCH', { missing, expected });
}

function stage(
  scope: ProjectScope,
  source: Source,
  {
    onProgress,
    delimiter,
    enclosure,
    escapedBy,
    skipLines,
    nullValues,
  }: Omit<CsvOptions, 'columns'> & { onProgress?: (progress: Progress) => void },
  header: readonly string[] | undefined,
): Promise<StagedSource> {
  const csv = { delimiter, enclosure, escapedBy, skipLines, nullValues };
  const told = onProgress && { onProgress: telling(scope, onProgress) };
  const request: StageRequest = { project: scope.id, source, csv, ...(header && { header }), ...told };
  return scope.runtime.storage.tables.stage(request);
}

/** Parts of an operation that was refused belong to nothing. (After a failure whose outcome is unknown they stay: vacuum knows.) */
async function discardOnRefusal<T>(scope: ProjectScope, parts: () => readonly Part[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refused = error instanceof DaybookError && error.code !== 'STORE_UNAVAILABLE';
    if (refused) await discard(scope, parts());
    throw error;
  }
}

async function discard({ id, runtime }: ProjectScope, parts: readonly Part[]): Promise<void> {
  const ids = parts.map((part) => part.id);
  await runtime.storage.tables.remove(id, ids).catch(runtime.environment.onError);
}

async function latest(scope: ProjectScope, { uid, id }: Table): Promise<Table> {
  return sameTable((await scope.newest()).state, { uid, table: id });
}

function withoutHeader({ withoutHeaders, skipLines }: Pick<CsvOptions, 'withoutHeaders' | 'skipLines'>): boolean {
  return withoutHeaders === true || skipLines !== undefined;
}

function partsAdded(change: { readonly splices: readonly { readonly added: readonly Part[] }[] }): Part[] {
  return change.splices.flatMap(({ added }) => added);
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A load of no rows at all. */
function loadsNothing(table: Table): Written {
  const facts = { bytes: 0, uncompressedBytes: 0, sha256: emptySha256 };
  const rows = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };
  return { table, columns: table.columns, addedColumns: [], normalized: [], added: [], rows, read: 0, facts, filled: false };
}

function received(job: FinishedStorageJob, { bytes, uncompressedBytes, sha256 }: SourceFacts, rowsIn: number): FinishedStorageJob {
  const { name } = job.parameters;
  return {
    ...job,
    source: { ...(typeof name === 'string' && { name }), sha256, bytes },
    metrics: { rowsIn, rowsOut: 0, bytesIn: bytes, bytesOut: 0, uncompressedBytes },
  };
}

/** What is kept of the request. */
function parametersOf(
  source: Source,
  { onProgress: _told, job: _job, idempotencyKey: _key, ...options }: z.output<typeof loadOptions> | z.output<typeof createOptions>,
) {
  return JSON.parse(JSON.stringify({ format: formatOfSource(source), name: sourceName(source.name), ...options }));
}
