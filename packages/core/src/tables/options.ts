import { z } from 'zod';
import { description, foreignId, givenInstant, loadKey } from '../fields';
import type { Progress } from '../table-store';
import { maxColumns } from './columns';
import { columnTypes } from './values';

const name = z.string().max(1_000);
const names = z.array(name).max(maxColumns + 1);
const character = z.string().length(1);
const progress = z.custom<(progress: Progress) => void>((value) => typeof value === 'function', 'is no function').optional();

/** How a CSV text is to be read. `escapedBy` excludes `enclosure`. */
const csv = {
  delimiter: character.optional(),
  enclosure: z.union([character, z.literal('')]).optional(),
  escapedBy: character.optional(),
  withoutHeaders: z.boolean().optional(),
  skipLines: z.int().min(0).max(1_000_000).optional(),
  nullValues: z.array(z.string().max(1_000)).max(100).optional(),
};

const dialect = (options: { delimiter?: string; enclosure?: string; escapedBy?: string }) => {
  if (options.escapedBy && options.enclosure) return false;
  const special = [options.delimiter ?? ',', options.escapedBy ? '' : (options.enclosure ?? '"'), options.escapedBy ?? ''].filter(Boolean);
  return new Set(special).size === special.length && !special.some((one) => one === '\n' || one === '\r');
};
const dialectMessage = 'delimiter, enclosure and escapedBy must differ, be no line break, and escapedBy excludes enclosure';

/** An operation that is only to be done to this version. */
export const ifVersion = z.int().min(1);

/** How an operation on a table is to be done. */
export const changing = z.strictObject({ job: foreignId.optional(), ifVersion: ifVersion.optional() });

/** `columns` names the file's columns, in file order. */
export const loadOptions = z
  .strictObject({
    ...csv,
    columns: names.optional(),
    mode: z.enum(['full', 'incremental']).default('full'),
    job: foreignId.optional(),
    idempotencyKey: loadKey.optional(),
    ifVersion: ifVersion.optional(),
    onProgress: progress,
  })
  .refine(dialect, dialectMessage);

/** `columns` defines the table's columns; those of the source that it does not name are strings. */
export const createOptions = z
  .strictObject({
    ...csv,
    columns: z
      .array(z.strictObject({ name, type: z.enum(columnTypes).optional(), nullable: z.boolean().optional() }))
      .max(maxColumns + 1)
      .optional(),
    primaryKey: names.default([]),
    description: description.default(''),
    job: foreignId.optional(),
    idempotencyKey: loadKey.optional(),
    onProgress: progress,
  })
  .refine(dialect, dialectMessage);

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const filters = z
  .array(
    z.strictObject({
      column: name,
      op: z.enum(['eq', 'ne', 'in', 'gt', 'ge', 'lt', 'le']),
      values: z.array(value).min(1).max(10_000),
    }),
  )
  .max(100);

export const rowQuery = {
  columns: names.optional(),
  where: filters.optional(),
  orderBy: z
    .array(z.strictObject({ column: name, direction: z.enum(['asc', 'desc']).optional() }))
    .max(100)
    .optional(),
  limit: z.int().min(0).optional(),
};

/** Which state of a table. None of the three = the current one. */
export const tableTarget = z.union([
  z.strictObject({ version: z.int().min(1) }),
  z.strictObject({ at: z.union([z.int().min(1), givenInstant]) }),
  z.strictObject({ snapshot: z.string() }),
]);
