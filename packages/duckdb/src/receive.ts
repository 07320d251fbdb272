import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Bytes, DaybookError, type SourceFacts } from '@daybook/core';
import type { Teller } from './progress';

const chunkBytes = 2 ** 20;

/** Takes a source in, unpacks it when it is gzip, and knows afterwards what came. */
export class Receiver {
  readonly #source: Bytes;
  readonly #tell: Teller;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #uncompressedBytes = 0;

  constructor(source: Bytes, tell: Teller) {
    this.#source = source;
    this.#tell = tell;
  }

  /** Call it when `chunks` has ended. */
  facts(name: string | undefined): SourceFacts {
    const sha256 = this.#hash.digest('hex');
    return { ...(name !== undefined && { name }), bytes: this.#bytes, uncompressedBytes: this.#uncompressedBytes, sha256 };
  }

  /** Unpacked, in pieces of about 1 MB, once. Throws `MALFORMED_INPUT` for broken gzip; what the source throws passes. */
  async *chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of gathered(unpacked(this.#arriving()))) {
      this.#uncompressedBytes += chunk.length;
      yield chunk;
    }
    this.#tell({ phase: 'receiving', bytes: this.#bytes }, 'last');
  }

  async *#arriving(): AsyncGenerator<Buffer> {
    for await (const chunk of encoded(this.#source)) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      this.#tell({ phase: 'receiving', bytes: this.#bytes });
      yield chunk;
    }
  }
}

/** Cuts pieces of UTF-8 where a character ends, and checks them. */
export class Utf8 {
  #rest: Buffer = Buffer.alloc(0);

  /** The whole characters so far, or undefined when it is not UTF-8. */
  take(chunk: Buffer): Buffer | undefined {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = bytes.length - openBytes(bytes);
    this.#rest = Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    return isUtf8(whole) ? whole : undefined;
  }

  /** Whether the text ended with a character's last byte. */
  get complete(): boolean {
    return this.#rest.length === 0;
  }
}

/** The first piece of a text without its byte order mark. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Whether UTF-8 can hold a text: no half of a surrogate pair stands alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** How many bytes at the end belong to a character that goes on in the next piece. */
function openBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

async function* encoded(source: Bytes): AsyncGenerator<Buffer> {
  if (source instanceof Uint8Array) {
    yield* slices(Buffer.from(source.buffer, source.byteOffset, source.byteLength));
  } else if (typeof source === 'string') {
    yield* slices(encode(source));
  } else {
    let half = '';
    for await (const chunk of source) {
      if (typeof chunk !== 'string') {
        // A half that no other half follows.
        if (half && chunk.length > 0) encode(half);
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        continue;
      }
      const text = half + chunk;
      half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
      yield encode(text.slice(0, text.length - half.length));
    }
    if (half) encode(half);
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

function encode(text: string): Buffer {
  if (!isWellFormed(text)) throw new DaybookError('MALFORMED_INPUT', { reason: 'it holds half a surrogate pair' });
  return Buffer.from(text);
}

async function* gathered(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < chunkBytes) continue;
    yield held.length === 1 ? chunk : Buffer.concat(held);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held);
}

/** Two bytes tell gzip. */
async function* unpacked(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    yield* gunzipped(startingWith(start, chunks));
  } else {
    if (start.length > 0) yield start;
    yield* chunks;
  }
}

async function* startingWith(start: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  yield* chunks;
}

async function* gunzipped(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let failed: { readonly error: unknown } | undefined;
  const input = Readable.from(packed).on('error', (error) => {
    failed = { error };
    gunzip.destroy();
  });
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  try {
    yield* input.pipe(gunzip);
  } catch (cause) {
    if (failed) throw failed.error;
    throw new DaybookError('MALFORMED_INPUT', { reason: 'it starts as gzip and is broken' }, { cause });
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}
