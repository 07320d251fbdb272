import type { Part } from '../table-store';

/** So many neighbouring small parts are folded into one. */
const run = 16;
/** Parts of fewer rows than this are of size 0; each further size is 16 times larger. */
const smallest = 1_024;
/** When the parts after the first rows hold so large a share of them, everything is folded: reading stays quick. */
const share = 0.25;

/** Above this many parts a change waits for maintenance to catch up. */
export const manyParts = 48;

/**
 * Which run of a table's parts should be folded now, if any. Parts at the end are folded once there are sixteen of one size (counting
 * smaller ones that stand between them), so the list stays short and a row is folded again only when its part's size has grown, or stays below the
 * smallest; the rest is left alone until changes add up to a quarter of it.
 */
export function nextCompaction(parts: readonly Part[]): { at: number; count: number } | undefined {
  const plain = parts.filter(({ kind }) => kind === 'rows').reduce((sum, { rows }) => sum + rows, 0);
  const later = parts.filter(({ kind }) => kind !== 'rows').reduce((sum, { rows }) => sum + rows, 0);
  if (parts.length > 1 && later > smallest && later > plain * share) return { at: 0, count: parts.length };
  for (let limit = smallest; limit <= smallest * 16 ** 3; limit *= 16) {
    const at = parts.findLastIndex(({ rows }) => rows >= limit) + 1;
    const end = parts.findLastIndex(({ rows }) => limit === smallest || rows >= limit / 16) + 1;
    if (end - at >= run) return { at, count: parts.length - at };
  }
  return undefined;
}
