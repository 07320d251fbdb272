import { once } from 'node:events';
import type { Json } from '@daybook/core';

let stopped = false;

/** What the parent passed. */
export function argument<T extends Json>(): T {
  process.on('message', (message) => {
    stopped ||= message === 'stop';
  });
  return JSON.parse(process.argv[2]!);
}

/** Whether the parent wants an end. */
export function isStopped(): boolean {
  return stopped;
}

/** Waits until the parent says so. */
export async function go(): Promise<void> {
  await once(process, 'message');
}

/** Tells the parent; resolves when the message has left the process. */
export function report(message: Json): Promise<void> {
  return new Promise((resolve, reject) => process.send!(message, (error: Error | null) => (error ? reject(error) : resolve())));
}
