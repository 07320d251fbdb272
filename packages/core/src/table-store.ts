import type { ColumnType, Value } from './tables/values';

/** A column as stored. `id` names it inside parts for ever; `name` is what people see. */
export interface Column {
  /** Unique within its table for all time: a column dropped and added again has another id, so old values stay away. */
  readonly id: string;
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The header that it was made of, where that is not its name. */
  readonly readFrom?: string;
}

/**
 * An immutable piece of table data. `kind` and `key` are those of the list that names it: its bytes are rows, whatever they are used for.
 * Parts are applied in order:
 * `rows` adds its rows; `upserts` first removes the rows of earlier parts whose key equals one of its own, then adds its rows;
 * `deletes` removes the rows of earlier parts whose key equals one of its own. Nulls in keys equal each other.
 */
export interface Part {
  /** sha256 of its bytes, 64 hex digits. Two writes never make the same part, though their rows be equal. */
  readonly id: string;
  readonly kind: 'rows' | 'upserts' | 'deletes';
  /** Rows, or for `deletes` keys, that it holds. */
  readonly rows: number;
  readonly bytes: number;
  /** For `upserts` and `deletes`: the ids of the key columns. Within the part every key stands once. */
  readonly key?: readonly string[];
}

/** One table version's data. A part without one of the columns has null there; what else a part holds is ignored. */
export interface TableData {
  /** The project's id: parts belong to one project. */
  readonly project: string;
  readonly columns: readonly Column[];
  /** Column ids. Empty = no key. */
  readonly primaryKey: readonly string[];
  readonly parts: readonly Part[];
}

/** Exchanges a run of parts: `removed` (ids) stand from index `at` of the base version's list; `added` take their place. */
export interface Splice {
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly Part[];
}

/** How many rows a change touched. */
export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Rows in the input equal to what was there. */
  readonly unchanged: number;
  readonly deleted: number;
}

/** What an operation did to the parts of its base version. Splices ascend by `at`, do not overlap, and count on the base's list. */
export interface Change {
  readonly splices: readonly Splice[];
  readonly rows: RowCounts;
}

/** Bytes in whatever way the caller has them. Text is UTF-8. A Node stream is an async iterable. */
export type Bytes = string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/**
 * Plain objects; keys are column names. A key that is missing or undefined is absent: mostly that means null, but see `WriteRequest.mode`. Objects and
 * arrays become JSON text; a Date an ISO instant.
 */
export type Rows = Iterable<Readonly<Record<string, unknown>>> | AsyncIterable<Readonly<Record<string, unknown>>>;

/** Where rows come from. Gzip is detected. `name` is for the record only (a file name, say). */
export type Source =
  | { readonly csv: Bytes; readonly name?: string }
  | { readonly ndjson: Bytes; readonly name?: string }
  | { readonly parquet: Bytes; readonly name?: string }
  | { readonly rows: Rows; readonly name?: string };

/** How a CSV text is to be read. The other formats ignore it. */
export interface CsvOptions {
  /** One character. Default `,`. */
  readonly delimiter?: string;
  /** One character, or '' for none. Default `"`. A doubled one stands for itself. */
  readonly enclosure?: string;
  /** One character that takes the next one's meaning away (`\n` `\t` `\r` `\\` are not special: the next character stands for itself). Excludes `enclosure`. */
  readonly escapedBy?: string;
  /** Names the file's columns in file order; then the first line is data. */
  readonly columns?: readonly string[];
  /** The first line is data; the names come from the table. */
  readonly withoutHeaders?: boolean;
  /** Lines of text to pass over at the start, whatever they hold; then the first line is data. Overrides `withoutHeaders`. */
  readonly skipLines?: number;
  /** Texts that mean null when they stand unquoted, beside the empty one. With `escapedBy` they are compared as they stand in the file: `\\N`. */
  readonly nullValues?: readonly string[];
}

/** Told a few times a second at most, and at the end of a phase. */
export interface Progress {
  readonly phase: 'receiving' | 'parsing' | 'writing' | 'exporting';
  /** Bytes of the source as it came, or bytes sent out. */
  readonly bytes: number;
  /** Rows so far, where known. */
  readonly rows?: number;
}

export interface StageRequest {
  readonly project: string;
  readonly source: Source;
  readonly csv: CsvOptions;
  /** The names of the columns when the source has no header: `csv.columns`, or the table's. Undefined = read the header. */
  readonly header?: readonly string[];
  readonly onProgress?: (progress: Progress) => void;
}

export interface WriteRequest {
  /** The version to change. Its `columns` hold every column of `columns`, new ones too. */
  readonly base: TableData;
  /** The table column of each of the source's columns, in the source's order. */
  readonly columns: readonly Column[];
  /**
   * `full` removes all parts of the base; `incremental` upserts where the base has a key and appends where not. When it upserts, what a row lacks
   * (a cell, or a column of the base that the whole source lacks) keeps the value of the row with its key: of the last one before it in the
   * source, else of the base's; null in a new row. Otherwise what a row lacks is null.
   */
  readonly mode: 'full' | 'incremental';
}

/** What was received. */
export interface SourceFacts {
  readonly name?: string;
  /** As it came, still compressed. For `rows`: of their NDJSON text. */
  readonly bytes: number;
  readonly uncompressedBytes: number;
  /** Of the bytes as they came. */
  readonly sha256: string;
}

/** A source whose header has been read. Disposing removes everything temporary, after success and failure alike. */
export interface StagedSource extends AsyncDisposable {
  /** The column names as the source has them; for NDJSON and rows all keys in order of first appearance. Empty = an empty source. */
  readonly columns: readonly string[];
  /** For Parquet: the column types that fit best. */
  readonly types?: readonly ColumnType[];
  /**
   * Reads the source to its end and writes parts, synced. Rows with equal keys in one source become one, as if they had been loaded one after
   * another; it stands where the last of them stands. May be asked again, for another base; what was written before is left to the caller.
   * `rows` of the change: for `full` all written are inserted and the base's rows deleted (as counted by `Part`s of kind `rows` only when
   * the base has no other; else by reading); for `incremental` with a key as counted against the base.
   *
   * `upserts` hold unchanged rows too, which move to the end. `line` of a refusal is where the record starts.
   *
   * Refuses: `MALFORMED_INPUT`, `INVALID_VALUE` (also null for a column that is not nullable, in an upsert also a row that lacks a key column), then
   * `INVALID_VALUE` where a new row lacks a column that is not nullable. Whatever fails, nothing stays behind.
   */
  write(request: WriteRequest): Promise<WrittenSource>;
}

/** What the writing of a source came to. */
export interface WrittenSource {
  readonly change: Change;
  /** Rows in the source. */
  readonly read: number;
  readonly source: SourceFacts;
  /** An upsert in which some row lacked something. Its parts hold values of the base, so they fit no other. */
  readonly filled: boolean;
}

/** Conditions are ANDed, the values of one ORed. */
export interface Filter {
  readonly column: string;
  /**
   * `eq` and `in`: equals one of the values. `ne`: equals none of them (null does differ from every other value).
   * `gt ge lt le`: holds for one of the values; never for null on either side. Strings compare by code point, the rest by its type.
   */
  readonly op: 'eq' | 'ne' | 'in' | 'gt' | 'ge' | 'lt' | 'le';
  readonly values: readonly Value[];
}

export interface RowQuery {
  /** Column names. Default: all, in the table's order. */
  readonly columns?: readonly string[];
  readonly where?: readonly Filter[];
  /** Nulls come last in both directions; ties keep the table's order. */
  readonly orderBy?: readonly { readonly column: string; readonly direction?: 'asc' | 'desc' }[];
  readonly limit?: number;
}

export type Row = Readonly<Record<string, Value>>;

export interface ExportRequest extends RowQuery {
  readonly format: 'csv' | 'ndjson' | 'parquet';
  readonly gzip?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/** `key` is null where the versions do not have the same key columns; then rows are compared whole, equal ones pairing in order, and nothing is `updated`. */
export type RowChange =
  | { readonly kind: 'inserted'; readonly key: Row | null; readonly after: Row }
  | { readonly kind: 'updated'; readonly key: Row; readonly before: Row; readonly after: Row }
  | { readonly kind: 'deleted'; readonly key: Row | null; readonly before: Row };

/**
 * Keeps the rows. Knows nothing of tables' names, rights or history: it turns a version's part list into rows and an operation into a `Change`.
 *
 * Reading one part list twice gives the same rows in the same order: parts in order, rows in the order they were written;
 * an updated row stands where its last update stands. Columns in queries are names that exist (core has checked them); filter values fit their column's type.
 * Throws `STORE_UNAVAILABLE` and `STORE_CORRUPT` (a part is gone or altered), and what a method's comment says.
 */
export interface TableStore {
  /** Refuses: `MALFORMED_INPUT` (not gzip, not UTF-8, not the format, as far as the header shows). */
  stage(request: StageRequest): Promise<StagedSource>;
  /** Takes a source in to its end and keeps nothing of it. Refuses: `MALFORMED_INPUT` (not gzip). */
  receive(source: Source): Promise<SourceFacts>;
  /** What parts written by an incremental load would do to another base than the one they were written for. */
  count(base: TableData, added: readonly Part[]): Promise<RowCounts>;
  /**
   * With a key: one `deletes` part. Without: exchanges only the parts that hold a match; what an `upserts` part took away stays away.
   * No filters = all rows.
   */
  deleteRows(base: TableData, where: readonly Filter[]): Promise<Change>;
  /** Folds `count` parts from index `at` into fewer that read the same, in rows and order. No splice where they cannot become fewer. */
  compact(base: TableData, run: { readonly at: number; readonly count: number }): Promise<Change>;
  countRows(data: TableData, where: readonly Filter[]): Promise<number>;
  /** How many rows share their value of these columns (ids) with another row. */
  countDuplicates(data: TableData, columns: readonly string[]): Promise<number>;
  /** In batches of at most 10,000 rows. Stopping early frees everything. */
  read(data: TableData, query?: RowQuery): AsyncIterable<readonly Row[]>;
  /** Hands the bytes to `write`, one chunk at a time. */
  export(
    data: TableData,
    request: ExportRequest,
    write: (chunk: Uint8Array) => Promise<void>,
  ): Promise<{ readonly rows: number; readonly bytes: number; readonly uncompressedBytes: number; readonly sha256: string }>;
  /**
   * What leads from one version to another: deleted and updated rows by the order of `from`, then inserted ones by the order of `to`.
   * Columns are matched by id; a row is updated when a column that either side has differs (a missing column is null).
   * `touched`, when given, are the parts whose keys include every key that differs: nothing else need be compared.
   */
  diff(from: TableData, to: TableData, touched?: readonly Part[]): AsyncIterable<readonly RowChange[]>;
  /** Every stored part of a project; `writtenAt` by the storage's own clock. */
  parts(project: string): AsyncIterable<readonly { readonly id: string; readonly bytes: number; readonly writtenAt: string }[]>;
  /** Reads a part's bytes again and compares them with its id. */
  verify(project: string, part: string): Promise<'intact' | 'missing' | 'altered'>;
  /** Deletes these parts; those that are not there are passed over. */
  remove(project: string, parts: readonly string[]): Promise<void>;
  /** Deletes everything of a project. */
  erase(project: string): Promise<void>;
}
