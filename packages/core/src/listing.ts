import { z } from 'zod';
import { isDaybookError } from './errors';
import { parse, uuid } from './fields';

/** What is there and cannot be read: a newer version wrote it, or it is not what was written. */
export interface Unreadable {
  readonly id: string;
  /** Not known: it is in what cannot be read. */
  readonly name?: undefined;
  readonly unreadable: (typeof reasons)[number];
}

/** An entry of a list that one unreadable thing does not spoil. */
export type Listed<T> = (T & { readonly unreadable?: undefined }) | Unreadable;

const paging = z.strictObject({ limit: z.int().min(1).optional(), after: uuid.optional() });
/** At most `limit` of those that come after this id. Without, all of them. */
export type Paging = z.input<typeof paging>;

const reasons = ['NEWER_VERSION', 'STORE_CORRUPT'] as const;
/** So many are read at once. */
const together = 20;

/** Refuses: `INVALID_INPUT`. */
export function parsePaging(input: string, given: Paging): z.output<typeof paging> {
  return parse(input, paging, given);
}

/** Reads what has these ids, in their order. Where `read` gives undefined, nothing is listed. */
export async function listed<T>(
  ids: AsyncIterable<string> | Iterable<string>,
  limit: number | undefined,
  read: (id: string) => Promise<T | undefined>,
): Promise<Listed<T>[]> {
  const found: Listed<T>[] = [];
  let waiting: string[] = [];
  const readWaiting = async () => {
    const entries = await Promise.all(waiting.map((id) => readable(id, () => read(id))));
    found.push(...entries.filter((entry) => entry !== undefined));
    waiting = [];
  };
  for await (const id of ids) {
    waiting.push(id);
    if (waiting.length === Math.min(together, (limit ?? together) - found.length)) await readWaiting();
    if (found.length === limit) return found;
  }
  await readWaiting();
  return found;
}

/** What is read, or why it cannot be. That the storage is away is no reason of its own. */
export async function readable<T>(id: string, read: () => Promise<T>): Promise<Listed<T>> {
  try {
    return (await read()) as Listed<T>;
  } catch (error) {
    const unreadable = reasons.find((reason) => isDaybookError(error, reason));
    if (unreadable === undefined) throw error;
    return { id, unreadable };
  }
}
