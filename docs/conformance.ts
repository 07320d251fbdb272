import { memoryStorage } from '@daybook/memory';
// #region laws
import { storageConformance } from '@daybook/testing';
import { describe, it } from 'vitest';

storageConformance('memory', { describe, it, open: async () => memoryStorage() });
// #endregion
