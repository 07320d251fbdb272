import type { Storage } from '@daybook/core';
import { memoryCheckpoints } from './memory-checkpoints';
import { memoryEvents } from './memory-events';
import { memoryTables } from './memory-tables';

/** Keeps everything in the memory of this process. Several daybooks may share one; disposing it changes nothing. */
export function memoryStorage(): Storage {
  return new MemoryStorage();
}

class MemoryStorage implements Storage {
  readonly events = memoryEvents();
  readonly checkpoints = memoryCheckpoints();
  readonly tables = memoryTables();
  readonly features = { durable: false, shared: false };

  /** Nothing was opened, and another daybook may still be using it. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
