import { current, isDraft } from 'immer';
import type { Transitions } from '../capability';
import type { TablesSlice } from '../tables/state';
import type { SnapshotEvents } from './events';
import type { SnapshotsSlice } from './state';

export const evolveSnapshots = {
  SnapshotCreated(draft, { snapshot, uid, table, version, description }, { recordedAt, actor }) {
    // A copy: the table's own draft may change before this fold ends.
    const { columns, primaryKey, parts, rowCount, generations, metadata, columnNotes, bucketUid, ...rest } = copyOf(draft.tables[table]!);
    const content = { columns, primaryKey, parts, rowCount, generations, description: rest.description, metadata, columnNotes };
    draft.snapshots[snapshot] = { id: snapshot, description, createdAt: recordedAt, actor, uid, table, version, bucketUid, content };
  },
  SnapshotDeleted(draft, { snapshot }) {
    delete draft.snapshots[snapshot];
  },
} satisfies Transitions<SnapshotEvents, SnapshotsSlice & TablesSlice>;

/** A plain copy of what may be a draft, or may hold drafts. */
function copyOf<T>(value: T): T {
  if (isDraft(value)) return current(value as never);
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)])) as T;
}
