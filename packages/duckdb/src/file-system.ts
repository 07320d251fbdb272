import type { FileHandle } from 'node:fs/promises';
import { DaybookError } from '@daybook/core';

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
