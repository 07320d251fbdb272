import type { Actor } from '../event-store';
import type { ProjectScope } from '../projects/scope';
import { bytesOf } from '../tables/state';
import type { Snapshot } from './state';

export interface SnapshotDescription {
  readonly id: string;
  readonly description: string;
  readonly createdAt: string;
  /** Who took it. To limited access: absent, where it was somebody else. */
  readonly actor?: Actor;
  /** The table's id then. */
  readonly table: string;
  readonly version: number;
  readonly rowCount: number;
  /** Of the parts that it keeps, shared or not. */
  readonly bytes: number;
}

/** Snapshots, the newest first; of one table when its id is given. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function snapshots(scope: ProjectScope, { table }: { readonly table?: string } = {}): Promise<SnapshotDescription[]> {
  const { state } = await scope.query('snapshots', { table });
  return Object.values(state.snapshots)
    .filter((snapshot) => table === undefined || snapshot.table === table)
    .toReversed()
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : Number(a.createdAt > b.createdAt) * -1))
    .map((snapshot) => describe(scope, snapshot));
}

function describe(scope: ProjectScope, { id, description, createdAt, actor, table, version, content }: Snapshot): SnapshotDescription {
  const by = scope.shows(actor) ? { actor } : {};
  return { id, description, createdAt, ...by, table, version, rowCount: content.rowCount, bytes: bytesOf(content.parts) };
}
