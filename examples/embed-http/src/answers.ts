import type { Context } from 'hono';
import type { Env } from './env';
import { logError } from './log';

/**
 * An answer that is sent as it is made, as fast as the client takes it. Waits for the first chunk: what is refused before it still becomes a
 * status. A later failure breaks the connection off, so that nobody takes half an answer for a whole one.
 */
export async function streamed(c: Context<Env>, type: string, chunks: AsyncGenerator<Uint8Array>): Promise<Response> {
  let next: Promise<IteratorResult<Uint8Array>> | undefined = chunks.next();
  await next;
  const { requestId } = c.var;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await (next ?? chunks.next());
          next = undefined;
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          logError(error, { requestId, method: c.req.method, path: c.req.path });
          controller.error(error);
        }
      },
      cancel: async () => {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return c.body(body, 200, { 'Content-Type': type });
}

/** One line of JSON each. */
export function ndjson(c: Context<Env>, items: AsyncIterable<unknown>): Promise<Response> {
  return streamed(c, 'application/x-ndjson', lines(items));
}

async function* lines(items: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const item of items) yield encoder.encode(`${JSON.stringify(item)}\n`);
}

/** What is written into a sink, to be read: stopping early fails the writer. */
export async function* writtenBy(
  c: Context<Env>,
  write: (sink: WritableStream<Uint8Array>) => Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // Where it was refused before it took the sink, the reader has to hear of that here.
  const written = write(writable).catch((error) => writable.abort(error).catch(() => {}));
  c.var.underway.track(written);
  yield* readable;
  await written;
}
