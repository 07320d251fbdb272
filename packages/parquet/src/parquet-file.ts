import { type ColumnType, DaybookError, isDaybookError } from '@daybook/core';
import { type FileMetaData, parquetRead, type SchemaElement, type SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { elementOf, type Footer, type Group, readFooter } from './footer';
import { kindOf, type ParquetKind, typeOf } from './kinds';
import { jsonOf } from './nested';
import { checkPages } from './pages';
import { textOf } from './texts';

/** Where the bytes of a file come from. */
export interface ParquetBytes {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** Bytes that are there already. */
export function inMemory(bytes: Uint8Array): ParquetBytes {
  return { byteLength: bytes.length, slice: async (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer };
}

/** A column of a file, not of what is nested in it. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetKind;
  /** The type that fits best. */
  readonly type: ColumnType;
}

export interface ParquetFile {
  readonly columns: readonly ParquetColumn[];
  /** How many rows its end says there are. */
  readonly rows: number;
  /**
   * Its rows in order, a group of rows at a time, as texts of the columns: canonical where a value fits its column's type, and else losing nothing,
   * so that it can be refused for what it is. Throws `MALFORMED_INPUT`.
   */
  read(): AsyncGenerator<(string | null)[][]>;
}

/** Reads the end of a file. Throws `MALFORMED_INPUT`, also for columns of kinds that no type can hold. */
export async function openParquet(bytes: ParquetBytes): Promise<ParquetFile> {
  return readable(async () => {
    const footer = await readFooter(bytes);
    const columns = footer.schema.children.map(columnOf);
    return {
      columns: columns.map(({ name, kind, type }) => ({ name, kind, type })),
      rows: footer.rows,
      async *read() {
        for (const group of footer.groups) yield await readable(() => readGroup(bytes, footer, columns, group));
      },
    };
  });
}

interface TextColumn extends ParquetColumn {
  /** Of what is not null. */
  text(value: unknown): string;
}

function columnOf(tree: SchemaTree): TextColumn {
  const { name } = tree.element;
  if (isNested(tree)) return { name, kind: { is: 'nested' }, type: 'string', text: jsonOf(tree) };
  const kind = kindOf(tree.element);
  if (kind.is === 'nested') throw new TypeError('A leaf holds nothing nested');
  return { name, kind, type: typeOf(kind), text: (value) => textOf(kind, value) };
}

function isNested({ element, children }: SchemaTree): boolean {
  return children.length > 0 || element.repetition_type === 'REPEATED';
}

async function readGroup(
  bytes: ParquetBytes,
  { schema }: Footer,
  columns: readonly TextColumn[],
  group: Group,
): Promise<(string | null)[][]> {
  for (const chunk of group.chunks) {
    if (chunk.values > 0) checkPages(new Uint8Array(await bytes.slice(chunk.from, chunk.from + chunk.bytes)), chunk);
  }
  let rows: readonly unknown[][] = [];
  const onComplete = (all: unknown[][]) => {
    rows = all;
  };
  await parquetRead({ file: bytes, metadata: plainMetadata(schema, group), compressors, parsers, utf8: false, onComplete });
  if (rows.length !== group.rows) throw new RangeError(`a group has ${rows.length} rows where it says ${group.rows}`);
  return rows.map((row) => columns.map((column, i) => cellOf(column, row[i])));
}

/** What is missing among values that are not nested is not null. */
function cellOf({ kind, text }: TextColumn, value: unknown): string | null {
  if (value === undefined && kind.is !== 'nested') throw new RangeError('a column has fewer values than rows');
  return value === null || value === undefined ? null : text(value);
}

/** The reader makes nanoseconds since 1970 of INT96 itself. */
const parsers = { timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds };

/**
 * Of one group of rows as if it were the whole file, without any annotations and names: the reader would make floats of decimals and dates of
 * timestamps by the ones, and mistake the others for one another.
 */
function plainMetadata(schema: SchemaTree, { rows, chunks }: Group): FileMetaData {
  const columns = chunks.map(({ leaf, codec, values, bytes, from }) => ({
    file_offset: 0n,
    meta_data: {
      type: elementOf(leaf).type!,
      encodings: [],
      path_in_schema: leaf.places.map(plainName),
      codec,
      num_values: BigInt(values),
      total_uncompressed_size: 0n,
      total_compressed_size: BigInt(bytes),
      data_page_offset: BigInt(from),
    },
  }));
  const group = { columns, total_byte_size: 0n, num_rows: BigInt(rows) };
  return { version: 2, schema: plainSchema(schema, 'root'), num_rows: BigInt(rows), row_groups: [group], metadata_length: 0 };
}

function plainSchema({ element, children }: SchemaTree, name: string): SchemaElement[] {
  const { type, type_length, repetition_type } = element;
  const own = { name, type_length, ...(children.length === 0 ? { type } : { num_children: children.length }) };
  return [
    { ...own, repetition_type: name === 'root' ? 'REQUIRED' : repetition_type },
    ...children.flatMap((child, i) => plainSchema(child, plainName(i))),
  ];
}

function plainName(place: number): string {
  return `c${place}`;
}

/** Whatever a reader of damaged bytes throws. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (isDaybookError(cause)) throw cause;
    const reason = `it is not readable as Parquet (${cause instanceof Error ? cause.message : cause})`;
    throw new DaybookError('MALFORMED_INPUT', { reason }, { cause });
  }
}
