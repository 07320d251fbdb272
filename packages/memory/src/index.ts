// The whole storage, and its ports one by one for an adapter that mixes them with its own.
export { memoryCheckpoints } from './memory-checkpoints';
export { memoryEvents } from './memory-events';
export { memoryStorage } from './memory-storage';
export { memoryTables } from './memory-tables';
