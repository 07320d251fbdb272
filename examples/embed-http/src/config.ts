import { join, resolve } from 'node:path';
import { z } from 'zod';

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** 0 = any that is free. */
  PORT: z.coerce.number().int().min(0).default(8787),
  DIRECTORY: z.string().default('.daybook/embed-http'),
  /** Of an upload as it comes. Gzip makes more of it once it is unpacked. */
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(2 ** 30),
  /** For so long requests may go on after SIGTERM. */
  SHUTDOWN_SECONDS: z.coerce.number().min(0).default(30),
});

/** What the environment says, checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Daybook's. */
  readonly book: string;
  /** The app's own. */
  readonly users: string;
  readonly maxUploadBytes: number;
  readonly shutdownSeconds: number;
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const { HOST, PORT, DIRECTORY, MAX_UPLOAD_BYTES, SHUTDOWN_SECONDS } = environment.parse(env);
  return {
    host: HOST,
    port: PORT,
    book: resolve(DIRECTORY, 'book'),
    users: join(resolve(DIRECTORY), 'users.json'),
    maxUploadBytes: MAX_UPLOAD_BYTES,
    shutdownSeconds: SHUTDOWN_SECONDS,
  };
}
