import {
  type AsyncBuffer,
  type CompressionCodec,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';

/** The pages of one column (or of one part of a nested column), for one group of rows. */
export interface Chunk {
  readonly leaf: Leaf;
  readonly from: number;
  readonly bytes: number;
  readonly values: number;
  readonly codec: CompressionCodec;
}

export interface Group {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

/** What holds values. */
export interface Leaf {
  /** Down the schema, from the root's child to itself. */
  readonly way: readonly SchemaTree[];
  /** The place of each of them among its siblings. */
  readonly places: readonly number[];
}

export interface Footer {
  readonly schema: SchemaTree;
  readonly rows: number;
  readonly groups: readonly Group[];
}

/**
 * Reads the end of a file, and checks what can be checked without its pages, for the reader believes it all: chunks lie within the file and
 * are those of the schema, with as many values as there are rows. Throws.
 */
export async function readFooter(file: AsyncBuffer): Promise<Footer> {
  if (await endsWith(file, 'PARE')) throw new RangeError('it is encrypted');
  if (!(await endsWith(file, 'PAR1'))) throw new RangeError('it does not end with PAR1');
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const schema = parquetSchema(metadata);
  if (schema.count !== metadata.schema.length || schema.children.length === 0) throw new RangeError('its schema is not whole');
  const leaves = leavesOf(schema, { way: [], places: [] });
  const end = file.byteLength - metadata.metadata_length - 8;
  const groups = metadata.row_groups.map((group) => groupOf(group, leaves, end));
  const rows = Number(metadata.num_rows);
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows) throw new RangeError('its groups have other rows than it says');
  return { schema, rows, groups };
}

async function endsWith(file: AsyncBuffer, mark: string): Promise<boolean> {
  const end = await file.slice(Math.max(0, file.byteLength - mark.length), file.byteLength);
  return String.fromCharCode(...new Uint8Array(end)) === mark;
}

const deepest = 100;

function leavesOf({ children }: SchemaTree, { way, places }: Leaf): Leaf[] {
  if (way.length > deepest) throw new RangeError('its schema is too deep');
  return children.flatMap((child, i) => {
    const leaf = { way: [...way, child], places: [...places, i] };
    return child.children.length === 0 ? [leaf] : leavesOf(child, leaf);
  });
}

function groupOf({ num_rows, columns }: FileMetaData['row_groups'][number], leaves: readonly Leaf[], end: number): Group {
  const rows = Number(num_rows);
  if (!(rows >= 0) || columns.length !== leaves.length) throw new RangeError('a group of rows has other columns than the schema');
  return { rows, chunks: leaves.map((leaf, i) => chunkOf(columns[i]!, leaf, rows, end)) };
}

function chunkOf(column: FileMetaData['row_groups'][number]['columns'][number], leaf: Leaf, rows: number, end: number): Chunk {
  const { meta_data: meta, file_path, crypto_metadata } = column;
  if (crypto_metadata || !meta) throw new RangeError('it is encrypted');
  if (file_path) throw new RangeError('it keeps columns in other files');
  const [values, bytes, data] = [meta.num_values, meta.total_compressed_size, meta.data_page_offset].map(Number) as [
    number,
    number,
    number,
  ];
  const dictionary = Number(meta.dictionary_page_offset ?? 0);
  const from = dictionary > 0 && dictionary < data ? dictionary : data;
  const isOther = meta.type !== elementOf(leaf).type || meta.path_in_schema.some((name, i) => name !== leaf.way[i]?.element.name);
  if (isOther || meta.path_in_schema.length !== leaf.way.length) throw new RangeError('a column is another one than in the schema');
  if (!(values >= 0) || (levelsOf(leaf).repetition === 0 && values !== rows)) throw new RangeError('a column has other values than rows');
  if (values > 0 && !(from >= 4 && bytes >= 0 && from + bytes <= end)) throw new RangeError('a column lies outside the file');
  return { leaf, from, bytes, values, codec: meta.codec };
}

export function elementOf({ way }: Leaf): SchemaElement {
  return way.at(-1)!.element;
}

/** How deep values are nested and repeated: what the levels in pages count up to. */
export function levelsOf({ way }: Leaf): { readonly definition: number; readonly repetition: number } {
  const count = (counts: (repetition: string | undefined) => boolean) =>
    way.filter(({ element }) => counts(element.repetition_type)).length;
  return { definition: count((repetition) => repetition !== 'REQUIRED'), repetition: count((repetition) => repetition === 'REPEATED') };
}
