import { createHash } from 'node:crypto';
import type { LogId } from '@daybook/core';

/** What a row of a log holds; `docs/file-format.md` has the grammar. */
export type RowKind = 'event' | 'id' | 'tag' | 'type';

const kindBytes: Readonly<Record<RowKind, string>> = { event: 'e', id: 'i', tag: 't', type: 'y' };
const longestText = 300 * 3;
const digestMark = 0xffff;

/** A log's row among the heads. */
export function headKey(log: LogId): Buffer {
  return Buffer.from(log, 'latin1');
}

/** The rows of one log, or of one kind within it: every key that begins with the result. NUL is in no log id, so logs never mix. */
export function rowsOf(log: LogId, kind?: RowKind): Buffer {
  return Buffer.from(`${log}\0${kind === undefined ? '' : kindBytes[kind]}`, 'latin1');
}

/** A text inside a key. Its length goes first, so one that begins with another never mixes with it; what is very long stands as its sha256. */
export function textKey(prefix: Buffer, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const [mark, content] = bytes.length <= longestText ? [bytes.length, bytes] : [digestMark, createHash('sha256').update(bytes).digest()];
  return Buffer.concat([prefix, Buffer.from([mark >> 8, mark & 0xff]), content]);
}

export function positionKey(prefix: Buffer, position: number): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + 8);
  prefix.copy(key);
  key.writeBigUInt64BE(BigInt(position), prefix.length);
  return key;
}

/** The position that a key ends with. */
export function positionIn(key: Buffer): number {
  return Number(key.readBigUInt64BE(key.length - 8));
}

/** The first key after all that begin with `prefix`. */
export function afterAll(prefix: Buffer): Buffer {
  const key = Buffer.from(prefix);
  key[key.length - 1]! += 1;
  return key;
}
