import type { Transitions } from '../capability';
import { own } from '../message';
import type { StorageJobEvents } from './events';
import { abandonedCode, type StorageJobsSlice } from './state';

export const evolveStorageJobs = {
  StorageJobCreated({ storageJobs }, data, { actor, correlationId, recordedAt }) {
    const started = data.status === 'processing' ? { startedAt: recordedAt } : {};
    storageJobs[data.id] = { ...data, actor, ...(correlationId !== undefined && { correlationId }), createdAt: recordedAt, ...started };
  },
  StorageJobStarted({ storageJobs }, { id }, { recordedAt }) {
    const job = storageJobs[id];
    if (job) Object.assign(job, { status: 'processing', startedAt: recordedAt });
  },
  /** `endStorageJob` does it. */
  StorageJobSucceeded() {},
  StorageJobFailed({ storageJobs }, { id }) {
    delete storageJobs[id];
  },
} satisfies Transitions<StorageJobEvents, StorageJobsSlice>;

/** The embedding app's job that an event did work in: that work is found dead is none. */
export function jobOfWork({ storageJobs }: StorageJobsSlice, data: object): string | undefined {
  if ((data as Partial<StorageJobEvents['StorageJobFailed']>).error?.code === abandonedCode) return undefined;
  const work =
    'storageJob' in data ? data.storageJob : 'operation' in data ? data : 'id' in data ? own(storageJobs, String(data.id)) : undefined;
  return (work as { readonly job?: string } | undefined)?.job;
}

/** Whatever event carries a storage job ends it. */
export function endStorageJob({ storageJobs }: StorageJobsSlice, data: object): void {
  if ('storageJob' in data) delete storageJobs[(data.storageJob as { id: string }).id];
}
