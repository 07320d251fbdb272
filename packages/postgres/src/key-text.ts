import { createHash } from 'node:crypto';

/** NUL, a line break, or half of a surrogate pair; and what might be taken for a digest. */
const unstorable = /^sha256 |[\0\n\ud800-\udfff]/u;
const longest = 300;

/** A text as keys hold it, each as another: what PostgreSQL cannot store, or not in an index or a list of lines, stands as its digest. */
export function keyText(text: string): string {
  if (text.length <= longest && !unstorable.test(text)) return text;
  return `sha256 ${createHash('sha256').update(text, 'utf16le').digest('hex')}`;
}

export function tagSlice(tag: string): string {
  return `tag ${keyText(tag)}`;
}

export function typeSlice(type: string): string {
  return `type ${keyText(type)}`;
}
