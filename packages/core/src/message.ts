import type { z } from 'zod';

/** What JSON text can hold. Everything stored for ever is made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Turns a map of name to payload into the union of `{ type, data }`, ready for `switch (message.type)`. */
export type MessageOf<Payloads> = { [T in keyof Payloads & string]: { readonly type: T; readonly data: Payloads[T] } }[keyof Payloads &
  string];

/** The payloads that a map of zod schemas accepts. */
export type PayloadsOf<Schemas extends Record<string, z.ZodType>> = { [T in keyof Schemas]: z.infer<Schemas[T]> };

/**
 * Reads an own property only. Keys of our records come from outside (people, tables, metadata), and `record['constructor']`
 * would find what every object inherits.
 */
export function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Closes a `switch` over a union: a forgotten case is a compile error. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
