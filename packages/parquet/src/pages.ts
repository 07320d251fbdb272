import type { DataPageHeader, DataReader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readVarInt, readZigZagBigInt } from 'hyparquet/src/thrift.js';
import { compressors } from 'hyparquet-compressors';
import { type Chunk, elementOf, type Leaf, levelsOf } from './footer';

/** Larger than any page that programs write. */
const mostPageBytes = 2 ** 30;

/** Writers fill up their last run, some to more than the eight that are due. */
const mostPadding = 1024;

/**
 * The reader believes what pages say of their sizes: one run of two billion equal values, in four bytes, ends the process. So the pages of a
 * chunk, which are `bytes`, are gone through before: they lie in it, have as many values as it, and no run is longer than its page. Throws.
 */
export function checkPages(bytes: Uint8Array, chunk: Chunk): void {
  const reader = readerOf(bytes);
  for (let values = 0; values < chunk.values; ) {
    const header = parquetHeader(reader);
    const { compressed_page_size: packedBytes, uncompressed_page_size: pageBytes } = header;
    if (!(packedBytes >= 0 && packedBytes <= bytes.length - reader.offset)) throw new RangeError('a page lies outside its column');
    if (!(pageBytes >= 0 && pageBytes <= mostPageBytes)) throw new RangeError(`a page of ${pageBytes} bytes is too large`);
    const packed = bytes.subarray(reader.offset, reader.offset + packedBytes);
    reader.offset += packedBytes;
    const { data_page_header: data, data_page_header_v2: data2, dictionary_page_header: dictionary } = header;
    // A value takes a bit at least.
    if (dictionary && !(dictionary.num_values >= 0 && dictionary.num_values <= 8 * pageBytes))
      throw new RangeError('a dictionary has more values than it can');
    const here = (data ?? data2)?.num_values ?? 0;
    if (!(here >= 0 && here <= chunk.values - values)) throw new RangeError('a page has more values than its column');
    if (data) checkPage(decompressPage(packed, pageBytes, chunk.codec, compressors), data, chunk);
    else if (data2) checkPage2(packed, pageBytes, data2, chunk);
    else if (!dictionary) throw new RangeError('a page is of no known kind');
    values += here;
  }
}

function checkPage(page: Uint8Array, { num_values: values, encoding }: DataPageHeader, { leaf }: Chunk): void {
  const { repetition, definition } = levelsOf(leaf);
  let rest = page;
  for (const most of [repetition, definition]) {
    if (most === 0) continue;
    const [levels, after] = withLength(rest);
    checkRuns(levels, widthOf(most), values);
    rest = after;
  }
  checkValues(rest, encoding, values, leaf, definition > 0);
}

type DataPageHeader2 = NonNullable<ReturnType<typeof parquetHeader>['data_page_header_v2']>;

/** Its levels stand before what is packed. */
function checkPage2(packed: Uint8Array, pageBytes: number, header: DataPageHeader2, { leaf, codec }: Chunk): void {
  const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: definitions, num_values, num_nulls } = header;
  const levels = repetitions + definitions;
  if (!(repetitions >= 0 && definitions >= 0 && levels <= Math.min(packed.length, pageBytes) && num_nulls >= 0 && num_nulls <= num_values))
    throw new RangeError('a page says sizes that cannot be');
  const { repetition, definition } = levelsOf(leaf);
  if (repetition > 0) checkRuns(packed.subarray(0, repetitions), widthOf(repetition), num_values);
  if (definition > 0) checkRuns(packed.subarray(repetitions, levels), widthOf(definition), num_values);
  const rest = packed.subarray(levels);
  const values =
    header.is_compressed === false || pageBytes === levels ? rest : decompressPage(rest, pageBytes - levels, codec, compressors);
  checkValues(values, header.encoding, num_values - num_nulls, leaf, false);
}

/** `orFewer`: some of the values are null, which nobody has counted, and are not there. */
function checkValues(bytes: Uint8Array, encoding: string, values: number, leaf: Leaf, orFewer: boolean): void {
  if (encoding === 'RLE' && values > 0) checkRuns(withLength(bytes)[0], 1, values, orFewer);
  else if (encoding.endsWith('_DICTIONARY') && bytes.length > 0) checkRuns(bytes.subarray(1), bytes[0]!, values, orFewer);
  else if (encoding === 'DELTA_BINARY_PACKED' && elementOf(leaf).type === 'INT32') checkFirst(bytes);
}

/** Some programs begin with the 33 bits of what has no sign, of which the reader would take 32. */
function checkFirst(bytes: Uint8Array): void {
  const reader = readerOf(bytes);
  for (let i = 0; i < 3; i++) readVarInt(reader);
  const first = readZigZagBigInt(reader);
  if (first !== BigInt.asIntN(32, first)) throw new RangeError('a column has numbers of more than 32 bits where it says 32');
}

function withLength(bytes: Uint8Array): [of: Uint8Array, after: Uint8Array] {
  const length = readerOf(bytes).view.getUint32(0, true);
  if (length > bytes.length - 4) throw new RangeError('a page is cut off');
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}

/** Runs of equal values and groups of eight, until there are as many as are wanted. */
function checkRuns(bytes: Uint8Array, width: number, wanted: number, orFewer = false): void {
  if (width > 32) throw new RangeError('a number takes too many bits');
  const reader = readerOf(bytes);
  for (let found = 0; found < wanted; ) {
    if (reader.offset >= bytes.length) {
      if (orFewer) return;
      throw new RangeError('a page is cut off');
    }
    const head = readVarInt(reader);
    const [isPacked, size] = [(head & 1) === 1, head >>> 1];
    const count = isPacked ? 8 * size : size;
    if (count > wanted + mostPadding) throw new RangeError('a run has more values than its page');
    found += count;
    reader.offset += isPacked ? size * width : Math.ceil(width / 8);
  }
}

/** How many bits it takes to count up to this. */
function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
