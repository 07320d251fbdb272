import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type Bytes, DaybookError, type SourceFacts } from '@daybook/core';

/** Bytes that came in, and what they were before they were unpacked. */
export interface Received {
  readonly bytes: Buffer;
  readonly facts: Omit<SourceFacts, 'name'>;
}

/** Takes in everything, and unpacks it when it is gzip. */
export async function receive(source: Bytes, onBytes: (bytes: number) => void): Promise<Received> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(source)) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    onBytes(size);
  }
  const packed = Buffer.concat(chunks);
  const bytes = isGzip(packed) ? gunzip(packed) : packed;
  const sha256 = createHash('sha256').update(packed).digest('hex');
  return { bytes, facts: { bytes: packed.length, uncompressedBytes: bytes.length, sha256 } };
}

/** UTF-8, with a byte order mark or without. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = textBeforeBadByte(bytes).split(/\r{0,2}\n|\r/).length;
    throw new DaybookError('MALFORMED_INPUT', { line, reason: 'it is not valid UTF-8' }, { cause });
  }
}

/** What stands before the first byte that is not UTF-8. */
function textBeforeBadByte(bytes: Uint8Array): string {
  for (let [good, bad] = [0, bytes.length]; ; ) {
    if (bad - good <= 1) return new TextDecoder().decode(bytes.subarray(0, good));
    const middle = (good + bad) >> 1;
    if (isUtf8Start(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
}

/** UTF-8, perhaps cut within a character. */
function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether UTF-8 can hold a text: no half of a surrogate pair stands alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Texts are cut anywhere: half of a surrogate pair waits for the other one. */
async function* chunksOf(source: Bytes): AsyncGenerator<Uint8Array> {
  let half = '';
  for await (const chunk of typeof source === 'string' || source instanceof Uint8Array ? [source] : source) {
    if (typeof chunk !== 'string') {
      if (half && chunk.length > 0) encode(half);
      yield chunk;
      continue;
    }
    const text = half + chunk;
    half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
    yield encode(text.slice(0, text.length - half.length));
  }
  if (half) encode(half);
}

function encode(text: string): Buffer {
  if (!isWellFormed(text)) throw new DaybookError('MALFORMED_INPUT', { reason: 'it holds half a surrogate pair' });
  return Buffer.from(text);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed);
  } catch (cause) {
    throw new DaybookError('MALFORMED_INPUT', { reason: 'it starts as gzip and is broken' }, { cause });
  }
}
