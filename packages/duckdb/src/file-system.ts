import { type FileHandle, writeFile } from 'node:fs/promises';
import { DaybookError } from '@daybook/core';

/** Rows are for nobody but the user whose process keeps them: the modes of what is made, whatever the process's umask allows. */
export const privateModes = { file: 0o600, folder: 0o700 } as const;

/** An empty file for DuckDB to write into, which would make one that others may read. */
export async function makePrivate(path: string): Promise<void> {
  await guard('make a temporary file', () => writeFile(path, '', { flag: 'wx', mode: privateModes.file }));
}

/** What the file system cannot do is `STORE_UNAVAILABLE`. */
export async function guard<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new DaybookError('STORE_UNAVAILABLE', { what: `${what}: ${cause.message}` }, { cause });
  }
}

/** Writes all of it. (`write` alone may leave off in the middle when the disk is full, and not say so.) */
export async function writeWhole(file: FileHandle, data: string | Uint8Array): Promise<void> {
  await guard('write a temporary file', () => file.appendFile(data));
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
