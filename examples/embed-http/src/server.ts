import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { type Daybook, openDaybook } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from './app';
import type { Config } from './config';
import { logError } from './log';
import { Underway } from './underway';
import { readUsers } from './users';

const dueEveryMs = 60_000;
/** Node's own is five minutes, too short for large uploads. */
const requestTimeoutMs = 60 * 60_000;

/** An API that listens. */
export interface RunningServer {
  readonly url: string;
  /** The token of the first user, where there was none yet. */
  readonly firstToken: string | undefined;
  /** Takes no more requests, finishes those that have begun, and closes the daybook. */
  close(): Promise<void>;
}

export async function startServer({ host, port, book, users: file, maxUploadBytes, shutdownSeconds }: Config): Promise<RunningServer> {
  const { users, firstToken } = await readUsers(file);
  const daybook = await openDaybook({ storage: fileStorage({ directory: book }), onError: logError });
  const underway = new Underway();
  const app = createApp({ daybook, users, underway, maxUploadBytes });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { requestTimeout: requestTimeoutMs },
  }) as Server;
  server.listen(port, host);
  await once(server, 'listening');
  const stop = new AbortController();
  underway.track(runDueRegularly(daybook, stop.signal));

  async function close(): Promise<void> {
    stop.abort();
    const closed = once(server, 'close');
    server.close();
    // Connections that are busy now are to end with their answers.
    server.keepAliveTimeout = 1;
    const deadline = setTimeout(() => server.closeAllConnections(), shutdownSeconds * 1_000);
    await closed;
    clearTimeout(deadline);
    await underway.settled();
    await daybook.close();
  }
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host}:${bound}`, firstToken, close };
}

/** Until it is told to stop; never two at once. */
async function runDueRegularly(daybook: Daybook, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(dueEveryMs, undefined, { signal })) await daybook.runDue().catch(logError);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
