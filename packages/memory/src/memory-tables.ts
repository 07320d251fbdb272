import type {
  Change,
  Column,
  ExportRequest,
  Filter,
  Part,
  Row,
  RowChange,
  RowCounts,
  RowQuery,
  Source,
  SourceFacts,
  StagedSource,
  StageRequest,
  TableData,
  TableStore,
  WriteRequest,
} from '@daybook/core';
import { compactParts, countChanges, deleteByKey, deleteInPlace, type Exchange, findRows, orNothing } from './changes';
import type { SourceRow } from './csv';
import { diffRows, type Side } from './diff';
import { exportRows } from './export';
import { fillUp, isPartial } from './fill';
import { matches, select } from './filters';
import { MemoryParts } from './memory-parts';
import { type Cells, keyOf, lastByKey, mergeRows, type PartContent, pick } from './merge';
import { teller } from './progress';
import { toRow } from './rows';
import { fit, type OpenSource, openSource, receiveSource } from './source';

/** Table data in the memory of this process, with every rule about rows in plain JavaScript. */
export function memoryTables(): TableStore {
  return new MemoryTables();
}

const batchSize = 10_000;
const pageSize = 1_000;
const noRows: RowCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

class MemoryTables implements TableStore {
  readonly #parts = new MemoryParts();

  async stage(request: StageRequest): Promise<StagedSource> {
    const source = await openSource(request);
    const { columns, types } = source;
    return {
      columns,
      types,
      write: async (write) => this.#load(source, write, request.onProgress),
      // Nothing temporary was made: what was received goes with this object.
      [Symbol.asyncDispose]: async () => {},
    };
  }

  receive(source: Source): Promise<SourceFacts> {
    return receiveSource(source);
  }

  async count(base: TableData, added: readonly Part[]): Promise<RowCounts> {
    return this.#count(base, this.#contents(base.project, added));
  }

  async deleteRows(base: TableData, where: readonly Filter[]): Promise<Change> {
    const parts = this.#contents(base.project, base.parts);
    const found = findRows(parts, base.columns, where);
    const deleted = found.reduce((sum, rows) => sum + rows.length, 0);
    const exchanges = base.primaryKey.length > 0 ? deleteByKey(parts, found, base.primaryKey) : deleteInPlace(parts, found);
    return this.#write(base, exchanges, { ...noRows, deleted });
  }

  async compact(base: TableData, { at, count }: { at: number; count: number }): Promise<Change> {
    const run = this.#contents(base.project, base.parts.slice(at, at + count));
    // A column may have been dropped and still tell which rows a part has taken.
    const columns = [...new Set([...idsOf(base), ...base.parts.flatMap(({ key = [] }) => key)])];
    const added = compactParts(run, columns, at === 0);
    return this.#write(base, added.length < run.length ? [{ at, count: run.length, added }] : [], noRows);
  }

  async countRows(data: TableData, where: readonly Filter[]): Promise<number> {
    return this.#rows(data).filter(matches(data.columns, where)).length;
  }

  async countDuplicates(data: TableData, columns: readonly string[]): Promise<number> {
    const counts = new Map<string, number>();
    for (const key of this.#rows(data).map(keyOf(idsOf(data), columns))) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0);
  }

  async *read(data: TableData, query: RowQuery = {}): AsyncGenerator<readonly Row[]> {
    const { columns, rows } = this.#select(data, query);
    for (const batch of inBatches(rows, batchSize)) yield batch.map(toRow(columns));
  }

  async export(data: TableData, request: ExportRequest, write: (chunk: Uint8Array) => Promise<void>) {
    const { columns, rows } = this.#select(data, request);
    return exportRows(columns, rows, request, write);
  }

  /** Every row is at hand, so `touched` saves nothing here. */
  async *diff(from: TableData, to: TableData): AsyncGenerator<readonly RowChange[]> {
    const [before, after] = [from, to].map((data): Side => ({ columns: data.columns, rows: this.#rows(data) })) as [Side, Side];
    const sameKey = from.primaryKey.length === to.primaryKey.length && to.primaryKey.every((id) => from.primaryKey.includes(id));
    yield* inBatches([...diffRows(before, after, sameKey ? to.primaryKey : [])], batchSize);
  }

  async *parts(project: string) {
    yield* inBatches(this.#parts.list(project), pageSize);
  }

  async verify(project: string, part: string): Promise<'intact' | 'missing' | 'altered'> {
    return this.#parts.verify(project, part);
  }

  async remove(project: string, parts: readonly string[]): Promise<void> {
    this.#parts.remove(project, parts);
  }

  async erase(project: string): Promise<void> {
    this.#parts.erase(project);
  }

  #load(source: OpenSource, { base, columns, mode }: WriteRequest, onProgress: StageRequest['onProgress']) {
    const tell = teller(onProgress);
    const rows = parse(source, columns, mode === 'incremental' ? base.primaryKey : [], tell);
    const filled = mode === 'incremental' && base.primaryKey.length > 0 && isPartial(base, columns, rows);
    const content = filled
      ? partOf(fillUp(base, columns, rows, this.#rows(base)), base.columns, base.primaryKey, mode)
      : partOf(
          rows.map(({ cells }) => cells as Cells),
          columns,
          base.primaryKey,
          mode,
        );
    const change = mode === 'full' ? this.#replaceAll(base, content) : this.#append(base, content);
    tell({ phase: 'writing', bytes: source.facts.bytes, rows: content.rows.length }, 'last');
    return { change, read: rows.length, source: source.facts, filled };
  }

  #replaceAll(base: TableData, content: PartContent): Change {
    const counts = { ...noRows, inserted: content.rows.length, deleted: this.#size(base) };
    return this.#write(base, [{ at: 0, count: base.parts.length, added: orNothing(content) }], counts);
  }

  #append(base: TableData, content: PartContent): Change {
    const added = orNothing(content);
    return this.#write(base, [{ at: base.parts.length, count: 0, added }], this.#count(base, added));
  }

  /** Rows that are only appended are counted without a look at the base. */
  #count(base: TableData, added: readonly PartContent[]): RowCounts {
    const upserts = added.some(({ kind }) => kind === 'upserts');
    return countChanges(idsOf(base), upserts ? this.#rows(base) : [], added);
  }

  #write({ project, parts }: TableData, exchanges: readonly Exchange[], rows: RowCounts): Change {
    const splices = exchanges
      .filter(({ count, added }) => count > 0 || added.length > 0)
      .map(({ at, count, added }) => ({
        at,
        removed: parts.slice(at, at + count).map(({ id }) => id),
        added: added.map((content) => this.#parts.write(project, content)),
      }));
    return { splices, rows };
  }

  #contents(project: string, parts: readonly Part[]): PartContent[] {
    return parts.map((part) => this.#parts.read(project, part));
  }

  #rows(data: TableData): Cells[] {
    return mergeRows(this.#contents(data.project, data.parts), idsOf(data));
  }

  /** How many rows there are, without a look at them where the parts say it. */
  #size(data: TableData): number {
    return data.parts.every(({ kind }) => kind === 'rows') ? data.parts.reduce((sum, { rows }) => sum + rows, 0) : this.#rows(data).length;
  }

  #select(data: TableData, query: RowQuery): Side {
    const rows = select(data.columns, this.#rows(data), query);
    if (!query.columns) return { columns: data.columns, rows };
    const columns = query.columns.map((name) => data.columns.find((column) => column.name === name)!);
    return { columns, rows: rows.map(pick(idsOf(data), idsOf({ columns }))) };
  }
}

/** All rows of a source as canonical texts, as `fit` makes them. Throws `MALFORMED_INPUT`, `INVALID_VALUE`. */
function parse(source: OpenSource, columns: readonly Column[], key: readonly string[], tell: ReturnType<typeof teller>): SourceRow[] {
  const { bytes } = source.facts;
  const rows: SourceRow[] = [];
  for (const row of source.rows()) {
    rows.push({ line: row.line, cells: fit(columns, row, key) });
    tell({ phase: 'parsing', bytes, rows: rows.length });
  }
  tell({ phase: 'parsing', bytes, rows: rows.length }, 'last');
  return rows;
}

/** What a load writes. The last of rows with an equal key stays. */
function partOf(rows: readonly Cells[], columns: readonly Column[], key: readonly string[], mode: WriteRequest['mode']): PartContent {
  const ids = idsOf({ columns });
  if (key.length === 0) return { kind: 'rows', columns: ids, rows };
  const last = [...lastByKey(rows, keyOf(ids, key)).values()];
  return mode === 'full' ? { kind: 'rows', columns: ids, rows: last } : { kind: 'upserts', key, columns: ids, rows: last };
}

function idsOf({ columns }: Pick<TableData, 'columns'>): string[] {
  return columns.map(({ id }) => id);
}

function* inBatches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
