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
    const bytes = typeof chunk === 'string' ? encode(chunk) : Buffer.from(chunk);
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
    throw new DaybookError('MALFORMED_INPUT', { reason: 'it is not valid UTF-8' }, { cause });
  }
}

/** Whether UTF-8 can hold a text: no half of a surrogate pair stands alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

async function* chunksOf(source: Bytes): AsyncGenerator<Uint8Array | string> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield source;
  else yield* source;
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
