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
  const length = Buffer.byteLength(text);
  if (length > longestText) return marked(prefix, digestMark, createHash('sha256').update(text).digest('binary'), 'latin1');
  return marked(prefix, length, text, 'utf8');
}

export function positionKey(prefix: Buffer, position: number): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + 8);
  key.set(prefix);
  key.writeUInt32BE(Math.floor(position / 2 ** 32), prefix.length);
  key.writeUInt32BE(position % 2 ** 32, prefix.length + 4);
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

function marked(prefix: Buffer, mark: number, content: string, encoding: 'latin1' | 'utf8'): Buffer {
  const key = Buffer.allocUnsafe(prefix.length + 2 + Buffer.byteLength(content, encoding));
  key.set(prefix);
  key.writeUInt16BE(mark, prefix.length);
  key.write(content, prefix.length + 2, encoding);
  return key;
}
