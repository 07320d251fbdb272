import type { Progress } from '@daybook/core';

const intervalMs = 250;

/** Tells progress at most four times a second, and always when `last` says that a phase ends. */
export type Teller = (progress: Progress, last?: 'last') => void;

/** A teller for a listener, or for none. */
export function teller(onProgress: ((progress: Progress) => void) | undefined): Teller {
  let next = 0;
  return (progress, last) => {
    const now = performance.now();
    if (!onProgress || (!last && now < next)) return;
    next = now + intervalMs;
    onProgress(progress);
  };
}
