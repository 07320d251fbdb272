import type { Json } from '@daybook/core';

/** What the parent passed. */
export function argument<T extends Json>(): T {
  return JSON.parse(process.argv[2]!);
}

/** Tells the parent; resolves when the message has left the process. */
export function report(message: Json): Promise<void> {
  return new Promise((resolve, reject) => process.send!(message, (error: Error | null) => (error ? reject(error) : resolve())));
}
