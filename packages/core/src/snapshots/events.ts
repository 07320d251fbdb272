import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { count, description, uuid } from '../fields';
import type { MessageOf } from '../message';
import { storageJob } from '../storage-jobs/events';

const tags = (data: { snapshot: string; uid: string; storageJob: { id: string; job?: string } }) => [
  `table:${data.uid}`,
  `snapshot:${data.snapshot}`,
  `storage-job:${data.storageJob.id}`,
  ...(data.storageJob.job ? [`job:${data.storageJob.job}`] : []),
];

/** What can have happened to snapshots. */
export const snapshotEvents = {
  /** The table's data, columns, key, description and metadata of that moment are kept until the snapshot is deleted. */
  SnapshotCreated: event(
    z.strictObject({ snapshot: uuid, uid: uuid, table: z.string().max(202), version: count, description, storageJob }),
    {
      sentence: (data) => `took a snapshot of version ${data.version} of ${data.table}${data.description && `: ${data.description}`}`,
      tags,
    },
  ),
  SnapshotDeleted: event(z.strictObject({ snapshot: uuid, uid: uuid, table: z.string().max(202), storageJob }), {
    sentence: (data) => `deleted snapshot ${data.snapshot} of ${data.table}`,
    tags,
  }),
};
export type SnapshotEvents = PayloadsOf<typeof snapshotEvents>;
export type SnapshotEvent = MessageOf<SnapshotEvents>;
