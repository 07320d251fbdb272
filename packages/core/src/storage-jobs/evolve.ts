import type { Transitions } from '../capability';
import type { StorageJobEvents } from './events';
import type { StorageJobsSlice } from './state';

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

/** Whatever event carries a storage job ends it. */
export function endStorageJob({ storageJobs }: StorageJobsSlice, data: object): void {
  if ('storageJob' in data) delete storageJobs[(data.storageJob as { id: string }).id];
}
