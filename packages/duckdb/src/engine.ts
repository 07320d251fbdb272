import type { RowCounts } from '@daybook/core';
import type { Database } from './database';
import type { PartStore } from './part-store';

/** What every operation works with. */
export interface Engine {
  readonly parts: PartStore;
  readonly database: Database;
  /** Another one, for files of others: who knows what they do to it. */
  readonly foreign: Database;
}

/** Nothing happened to any row. */
export const noRows: RowCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };
