import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { own } from '../message';
import type { Table, TableContent, TableNotes } from '../tables/state';

/** A named, kept table version. It outlives its table. */
export interface Snapshot {
  id: string;
  description: string;
  createdAt: string;
  actor: Actor;
  /** Of the table, then. */
  uid: string;
  table: string;
  version: number;
  /** Of the bucket that the table was in. */
  bucketUid: string;
  content: TableContent & TableNotes & Pick<Table, 'generations'>;
}

export interface SnapshotsSlice {
  snapshots: Record<string, Snapshot>;
}

export const noSnapshots: SnapshotsSlice = { snapshots: {} };

/** Refuses: `SNAPSHOT_NOT_FOUND`. */
export function snapshotOf({ snapshots }: SnapshotsSlice, id: string): Snapshot {
  const found = own(snapshots, id);
  if (!found) throw new DaybookError('SNAPSHOT_NOT_FOUND', { snapshot: id });
  return found;
}
