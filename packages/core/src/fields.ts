import { z } from 'zod';
import { DaybookError, invalidInput } from './errors';
import type { Json } from './message';
import type { Part, Splice } from './table-store';
import { columnTypes } from './tables/values';
import { cut, illFormed } from './text';

// The fields that events and commands share. Every text has a limit, every record key is checked.

const inherited = new Set(['__proto__', 'constructor', 'prototype']);

const text = (max: number) => z.string().max(max);

/** Keys of records. `__proto__` and its like are refused. */
export const key = z
  .string()
  .min(1)
  .max(255)
  .refine((value) => !inherited.has(value), 'is a reserved word');

/** Whoever or whatever the embedding app names by an id of its own. */
export const foreignId = key;
/** What things are found by that the embedding app names. */
const mark = text(255).regex(/^[^\p{Cc}\p{Cs}]+$/u, 'is empty, or holds controls or broken characters');
/** What the embedding app calls one of its own requests, to find again what was done in it. */
export const correlationId = mark;
/** Whoever loads twice with one key loads once. */
export const loadKey = mark;
export const uuid = z.string().regex(/^[0-9a-zA-Z_-]{1,64}$/, 'is no id');
/** The identity of a bucket: the id that its creation carries, or, where an older version made it, the position of its creation. */
export const bucketUid = z.string().regex(/^([0-9a-zA-Z_-]{1,64}|position:\d{1,16})$/, 'is no identity of a bucket');
export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'is no ISO 8601 instant in UTC with milliseconds');
/** As outsiders give it: with its offset, or a date alone (its first moment in UTC), or a `Date`. Comes out as the log has it. */
export const givenInstant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date(), z.date()])
  .transform((value) => new Date(value).toISOString())
  .refine((value) => /^(?!0000)\d{4}-/.test(value), 'is outside the years 0001 to 9999');
export const name = text(255).refine((value) => value.trim().length > 0, 'is empty');
export const description = text(16_384);
export const reason = text(2_000).refine((value) => value.trim().length > 0, 'is empty');
/** What is cut where it is too long, and never refused. */
export const cutText = (max: number) => z.string().transform((value) => cut(value, max));
export const count = z.int().min(0);
export const days = z.number().min(0).max(36_500);

export const json = z.json() as unknown as z.ZodType<Json>;
export const parameters = z.record(key, json);

/** Key/value pairs of one provider. A value of null removes its key. */
export const metadata = z
  .record(key, text(65_536).nullable())
  .refine((values) => Object.keys(values).length <= 1_000, 'has over 1,000 keys');

export const column = z.strictObject({
  id: text(128),
  name: text(64),
  type: z.enum(columnTypes),
  nullable: z.boolean(),
  readFrom: text(1_000).optional(),
});
/** Headers that are not called as their columns are. */
export const normalized = z.array(z.strictObject({ from: text(1_000), to: text(64) }));
export const columnIds = z.array(text(128)).max(2_000);

const partId = z.string().regex(/^[0-9a-f]{64}$/);
const part: z.ZodType<Part> = z.strictObject({
  id: partId,
  kind: z.enum(['rows', 'upserts', 'deletes']),
  rows: count,
  bytes: count,
  key: columnIds.optional(),
});
export const parts = z.array(part);
export const splices: z.ZodType<Splice[]> = z.array(z.strictObject({ at: count, removed: z.array(partId), added: parts }));
export const rowCounts = z.strictObject({ inserted: count, updated: count, unchanged: count, deleted: count });

/** Reads what came from outside. Refuses: `INVALID_INPUT`, text with half a character too: what is stored for ever has to be text. */
export function parse<S extends z.ZodType>(input: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidInput(input, parsed.error);
  const path = illFormed(parsed.data);
  if (path !== undefined) throw new DaybookError('INVALID_INPUT', { input, issues: [{ path, message: 'holds half a character' }] });
  return parsed.data;
}

/** When something is to end has to lie ahead. Refuses: `INVALID_INPUT`. */
export function refusePast(path: string, end: string | undefined, now: string): void {
  if (end === undefined || end > now) return;
  throw new DaybookError('INVALID_INPUT', { input: path, issues: [{ path, message: `${end} is not in the future` }] });
}
