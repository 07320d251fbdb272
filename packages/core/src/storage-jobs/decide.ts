import { z } from 'zod';
import { type Access, type CommandsOf, type Decisions, type Nothing, narrowed } from '../capability';
import { DaybookError } from '../errors';
import { cutText, json } from '../fields';
import { own } from '../message';
import { type StorageJobEvent, storageJobEvents } from './events';
import type { OpenStorageJob, StorageJobsSlice } from './state';

export const storageJobCommands = {
  /** Who may do the operation may begin it. */
  CreateStorageJob: storageJobEvents.StorageJobCreated.schema,
  /** Refuses: `STORAGE_JOB_NOT_FOUND`. */
  StartStorageJob: z.strictObject({ id: z.string() }),
  /** It found nothing to change. Refuses: `STORAGE_JOB_NOT_FOUND`. */
  SucceedStorageJob: storageJobEvents.StorageJobSucceeded.schema,
  /** Refuses: `STORAGE_JOB_NOT_FOUND`. */
  FailStorageJob: z.strictObject({
    id: z.string(),
    error: z.strictObject({ code: z.string().max(64), message: cutText(10_000), details: json.optional() }),
  }),
};
export type StorageJobCommands = CommandsOf<typeof storageJobCommands>;

const owners = ['owner', 'system'] as const;

export const storageJobAccess = {
  /** Whoever the rule of the operation's command admits, by what the storage job names. */
  CreateStorageJob: {
    may: ['administrator', 'auditor', 'support', 'reader', 'writer', 'system'],
    names: ({ table, uid, job }) => ({ tables: [table], uids: [uid], within: job }),
  },
  /** Its owner, as long as the rule of the operation's command admits them; so too where it ends well. */
  StartStorageJob: { may: owners, names: ({ id }) => ({ storageJob: id }) },
  SucceedStorageJob: { may: owners, names: ({ storageJob }) => ({ storageJob: storageJob.id }) },
  FailStorageJob: { may: owners, names: ({ id }) => ({ storageJob: id }), whileDisabled: true },
} as const satisfies Access<StorageJobCommands>;

export interface StorageJobQueries {
  storageJobs: Nothing;
}

export const storageJobQueryAccess = {
  /** Those with limited access see their own. */
  storageJobs: { may: ['administrator', 'auditor', 'support', 'reader', 'system'], names: narrowed },
} as const satisfies Access<StorageJobQueries>;

export const decideStorageJobs = {
  CreateStorageJob(command, { storageJobs }): readonly StorageJobEvent[] {
    return own(storageJobs, command.id) ? [] : [{ type: 'StorageJobCreated', data: command }];
  },
  StartStorageJob({ id }, state): readonly StorageJobEvent[] {
    return open(state, id).status === 'processing' ? [] : [{ type: 'StorageJobStarted', data: { id } }];
  },
  SucceedStorageJob({ storageJob }, state): readonly StorageJobEvent[] {
    open(state, storageJob.id);
    return [{ type: 'StorageJobSucceeded', data: { storageJob } }];
  },
  FailStorageJob({ id, error }, state, { now }): readonly StorageJobEvent[] {
    const { actor: _, correlationId: __, status: ___, startedAt = now, ...job } = open(state, id);
    return [{ type: 'StorageJobFailed', data: { ...job, startedAt, error } }];
  },
} satisfies Decisions<StorageJobCommands, StorageJobEvent, StorageJobsSlice>;

function open({ storageJobs }: StorageJobsSlice, id: string): OpenStorageJob {
  const job = own(storageJobs, id);
  if (!job) throw new DaybookError('STORAGE_JOB_NOT_FOUND', { storageJob: id });
  return job;
}
