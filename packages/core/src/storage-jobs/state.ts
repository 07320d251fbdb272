import type { Actor } from '../event-store';
import type { Json } from '../message';
import type { Operation } from './events';

/** Long work under way, by id. What has ended is in the log only. */
export interface StorageJobsSlice {
  storageJobs: Record<string, OpenStorageJob>;
}

export interface OpenStorageJob {
  id: string;
  operation: Operation;
  table?: string;
  uid?: string;
  job?: string;
  idempotencyKey?: string;
  parameters: Record<string, Json>;
  actor: Actor;
  correlationId?: string;
  status: 'waiting' | 'processing';
  createdAt: string;
  startedAt?: string;
}

export const noStorageJobs: StorageJobsSlice = { storageJobs: {} };

/** Work that has been open for so long belongs to a process that is gone. */
export const abandonedAfterHours = 24;
/** The code that it fails with. */
export const abandonedCode = 'ABANDONED';
