import { z } from 'zod';
import type { Access, CommandsOf, Decisions } from '../capability';
import { description, uuid } from '../fields';
import { own } from '../message';
import { storageJob } from '../storage-jobs/events';
import { type TablesSlice, tableOf } from '../tables/state';
import type { SnapshotEvent } from './events';
import { type SnapshotsSlice, snapshotOf } from './state';

/** What may be asked of snapshots. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
export const snapshotCommands = {
  /** Refuses: `TABLE_NOT_FOUND`. */
  CreateSnapshot: z.strictObject({ snapshot: uuid, table: z.string(), description: description.default(''), storageJob }),
  /** Refuses: `SNAPSHOT_NOT_FOUND`. */
  DeleteSnapshot: z.strictObject({ snapshot: uuid, storageJob }),
};
export type SnapshotCommands = CommandsOf<typeof snapshotCommands>;

const writers = ['administrator', 'support', 'writer', 'system'] as const;

export const snapshotAccess = {
  CreateSnapshot: { may: writers, names: ({ table, storageJob }) => ({ tables: [table], within: storageJob.job }) },
  DeleteSnapshot: { may: writers, names: ({ snapshot, storageJob }) => ({ snapshots: [snapshot], within: storageJob.job }) },
} as const satisfies Access<SnapshotCommands>;

export interface SnapshotQueries {
  snapshots: { readonly table?: string };
}

export const snapshotQueryAccess = {
  snapshots: {
    may: ['administrator', 'auditor', 'support', 'reader', 'system'],
    names: ({ table }) => ({ tables: [table], narrowed: true }),
  },
} as const satisfies Access<SnapshotQueries>;

export const decideSnapshots = {
  CreateSnapshot({ snapshot, table: id, description, storageJob }, state): readonly SnapshotEvent[] {
    if (own(state.snapshots, snapshot)) return [];
    const { uid, version } = tableOf(state, id);
    return [{ type: 'SnapshotCreated', data: { snapshot, uid, table: id, version, description, storageJob } }];
  },
  DeleteSnapshot({ snapshot, storageJob }, state): readonly SnapshotEvent[] {
    const { uid, table } = snapshotOf(state, snapshot);
    return [{ type: 'SnapshotDeleted', data: { snapshot, uid, table, storageJob: { ...storageJob, table } } }];
  },
} satisfies Decisions<SnapshotCommands, SnapshotEvent, SnapshotsSlice & TablesSlice>;
