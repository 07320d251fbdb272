import type { IncomingMessage } from 'node:http';
import { type Bytes, DaybookError, type Source } from '@daybook/core';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Env } from './env';

// What comes in: JSON bodies, query parameters, uploads. Shapes are checked here; what they say is checked by Daybook.

const maxJsonBytes = 2 ** 20;

/** The JSON body; none is an empty object. */
export async function bodyOf<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  if (!hasBody(c)) return checked('body', schema, {});
  if (!isJson(c)) throw new HTTPException(415, { message: 'Send application/json.' });
  const bytes = contentLength(c);
  if (bytes === undefined) throw new HTTPException(411);
  if (bytes > maxJsonBytes) throw new HTTPException(413, { message: `A JSON body has ${maxJsonBytes} bytes at most.` });
  const body = await c.req.json().catch((cause) => {
    throw new HTTPException(400, { message: 'The body is no JSON.', cause });
  });
  return checked('body', schema, body);
}

/** The query parameters. One that the route does not know is refused: it is a mistake in writing. */
export function queryOf<F extends z.ZodRawShape>(c: Context, fields: F): z.output<z.ZodObject<F>> {
  return checked('query', z.strictObject(fields) as unknown as z.ZodObject<F>, c.req.query());
}

export function isJson(c: Context): boolean {
  return mediaType(c) === 'application/json';
}

export const mediaTypes = { csv: 'text/csv', ndjson: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;

/** Work on the body as a source, read as Daybook takes it in. */
export async function receive<T>(
  c: Context<Env>,
  { maxBytes, name }: { readonly maxBytes: number; readonly name?: string },
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const type = mediaType(c);
  if ((contentLength(c) ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const bytes = limited(c.env.incoming, maxBytes);
  try {
    return await work({ ...sourceOf(type, bytes), name });
  } finally {
    // Where it was refused, nobody reads the rest any more: the server throws it away.
    void bytes.return(undefined);
  }
}

function sourceOf(type: string | undefined, bytes: Bytes): Source {
  if (type === mediaTypes.csv) return { csv: bytes };
  if (type === mediaTypes.ndjson) return { ndjson: bytes };
  if (type === mediaTypes.parquet) return { parquet: bytes };
  throw new HTTPException(415, { message: `Send ${Object.values(mediaTypes).join(', ')}.` });
}

/** `?at=`: a position, or an instant. */
export const point = z.string().transform((text) => (/^\d+$/.test(text) ? Number(text) : text));
export const count = z.string().regex(/^\d+$/, 'is no number').transform(Number);
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
/** Values with commas between. */
export const list = <T extends string>() => z.string().transform((text) => text.split(',') as T[]);
export const page = { limit: count.optional(), next: z.string().optional() };

/** A parameter in JSON. */
export function json<T>() {
  return z.string().transform((text, context): T => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is no JSON' });
      return z.NEVER;
    }
  });
}

function checked<S extends z.ZodType>(input: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new DaybookError('INVALID_INPUT', { input, issues });
}

function hasBody(c: Context): boolean {
  return c.req.header('Transfer-Encoding') !== undefined || (contentLength(c) ?? 0) > 0;
}

function contentLength(c: Context): number | undefined {
  const given = c.req.header('Content-Length');
  return given === undefined ? undefined : Number(given);
}

function mediaType(c: Context): string | undefined {
  return c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
}

/** A refusal leaves the connection open (`destroyOnReturn`), so that the answer arrives though the client still sends. */
async function* limited(incoming: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of unbroken(incoming)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

async function* unbroken(incoming: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* incoming.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new HTTPException(400, { message: 'The upload broke off.', cause });
  }
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `An upload has ${maxBytes} bytes at most.` });
}
