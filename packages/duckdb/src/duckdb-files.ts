import { sep } from 'node:path';
import { identifier, list, literal } from './sql';

/**
 * Every file that DuckDB reads or writes goes through here. It would guess much of a file by its name and its first rows, so each option of a
 * reader that its catalogue lists is given a value, or stands under `unset` with the reason why not.
 */
interface ReaderOptions {
  /** In SQL. */
  readonly set: Readonly<Record<string, string>>;
  /** Beside them, those that a call must give. */
  readonly given: readonly string[];
  readonly unset: Readonly<Record<string, string>>;
}

const ofAnyFile = { filename: 'false', hive_partitioning: 'false', hive_types_autocast: 'false' };
const hiveTypes = 'only with hive partitioning';

export const parquetReader = {
  set: {
    ...ofAnyFile,
    binary_as_string: 'false',
    // Statistics of floats leave NaN out.
    can_have_nan: 'true',
    compression: `'auto'`,
    debug_use_openssl: 'false',
    // What every file has under this name all the same.
    file_row_number: 'false',
  },
  given: ['union_by_name'],
  unset: {
    encryption_config: 'names a key; none is a plain file',
    explicit_cardinality: 'a number of rows that would stand for that of the file',
    hive_types: hiveTypes,
    parquet_version: 'of writing alone',
    schema: 'finds columns by field ids, which our files do not have',
  },
} satisfies ReaderOptions;

export const csvReader = {
  set: {
    ...ofAnyFile,
    all_varchar: 'true',
    allow_quoted_nulls: 'false',
    auto_detect: 'false',
    auto_type_candidates: `['VARCHAR']`,
    comment: `''`,
    compression: `'none'`,
    decimal_separator: `'.'`,
    encoding: `'utf-8'`,
    files_to_sniff: '1',
    force_not_null: '[]',
    header: 'false',
    ignore_errors: 'false',
    normalize_names: 'false',
    rejects_limit: '0',
    sample_size: '1',
    skip: '0',
    store_rejects: 'false',
    strict_mode: 'true',
    thousands: `''`,
    union_by_name: 'false',
  },
  given: ['buffer_size', 'columns', 'delim', 'escape', 'max_line_size', 'null_padding', 'nullstr', 'parallel', 'quote'],
  unset: {
    column_names: 'is names',
    column_types: 'is types',
    dateformat: 'of dates, and every column is text',
    dtypes: 'is types',
    hive_types: hiveTypes,
    maximum_line_size: 'is max_line_size',
    names: 'excludes columns',
    new_line: 'given where lines end with LF; told of CRLF, DuckDB loses its place behind a quote',
    rejects_scan: 'would store what is wrong elsewhere, and go on',
    rejects_table: 'would store what is wrong elsewhere, and go on',
    sep: 'is delim',
    timestampformat: 'of timestamps, and every column is text',
    types: 'excludes columns',
  },
} satisfies ReaderOptions;

/** Several files are one relation, columns by their names. Each has beside them `file_index` and `file_row_number`, from 0 on. */
export function readParquet(...paths: readonly string[]): string {
  return reading('read_parquet', paths, { ...parquetReader.set, union_by_name: String(paths.length > 1) });
}

/** What DuckDB is told of a CSV file. */
export interface CsvReading {
  readonly delimiter: string;
  readonly enclosure: string;
  readonly nulls: readonly string[];
  readonly columns: readonly string[];
  /** How lines end, in SQL's spelling. Undefined = DuckDB sees for itself, which is right only where all end alike. */
  readonly newLine: string | undefined;
  /** What is read at a time, by several threads where they are `parallel`. */
  readonly bufferBytes: number;
  /** Longer ones are refused. */
  readonly longestLineBytes: number;
  readonly parallel: boolean;
  /** Short records are filled up with nulls. */
  readonly padded: boolean;
}

/** Every column is text. */
export function readCsv(path: string, csv: CsvReading): string {
  return reading('read_csv', [path], {
    ...csvReader.set,
    buffer_size: String(csv.bufferBytes),
    columns: `{${csv.columns.map((name) => `${identifier(name)}: 'VARCHAR'`).join(', ')}}`,
    delim: literal(csv.delimiter),
    escape: literal(csv.enclosure),
    max_line_size: String(csv.longestLineBytes),
    null_padding: String(csv.padded),
    nullstr: list(csv.nulls.map(literal)),
    parallel: String(csv.parallel),
    quote: literal(csv.enclosure),
    ...(csv.newLine !== undefined && { new_line: literal(csv.newLine) }),
  });
}

/** A statement that writes the rows of a query to a file. */
export function copyTo(path: string, query: string, options: Readonly<Record<string, string>>): string {
  return `COPY (${query}) TO ${literal(path)} (${assignments(' ', { ...options, use_tmp_file: 'false', per_thread_output: 'false' })})`;
}

/**
 * A path as DuckDB takes it for this one file: `*`, `?` and `[` would stand for others. Throws `TypeError` where it has no way to say so, for a
 * backslash beside one of them.
 */
export function exactPath(path: string): string {
  const slashed = sep === '\\' ? path.replaceAll(sep, '/') : path;
  const exact = slashed.replace(/[*?[]/g, '[$&]');
  if (exact !== slashed && slashed.includes('\\')) {
    throw new TypeError(`DuckDB finds no file in a directory with a backslash beside *, ? or [ in its name: ${path}`);
  }
  return exact;
}

function reading(reader: string, paths: readonly string[], options: Readonly<Record<string, string>>): string {
  return `${reader}(${list(paths.map((path) => literal(exactPath(path))))}, ${assignments(' = ', options)})`;
}

function assignments(between: string, options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}${between}${value}`)
    .join(', ');
}
