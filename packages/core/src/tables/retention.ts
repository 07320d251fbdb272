import { addMilliseconds } from 'date-fns';
import { DaybookError } from '../errors';
import type { ProjectSlice } from '../projects/state';
import type { SnapshotsSlice } from '../snapshots/state';
import type { Part } from '../table-store';
import type { TablesSlice } from './state';

const dayMs = 24 * 60 * 60 * 1000;

/** Until when data that was removed at `removedAt` is kept. */
export function keptUntil(removedAt: string, retentionDays: number): string {
  return addMilliseconds(removedAt, retentionDays * dayMs).toISOString();
}

/** Removed data is readable for the retention time, unless a vacuum under a shorter one has passed. */
export function isExpired(
  removedAt: string,
  { project, vacuumedTo }: ProjectSlice & Pick<TablesSlice, 'vacuumedTo'>,
  now: string,
): boolean {
  return keptUntil(removedAt, project.retentionDays) <= now || removedAt < vacuumedTo;
}

/** The parts that tables and snapshots name now; those of dropped tables too. */
export function keptParts({ tables, droppedTables, snapshots }: TablesSlice & SnapshotsSlice): Set<string> {
  const lists = [
    ...Object.values(tables).map(({ parts }) => parts),
    ...Object.values(droppedTables).map(({ parts }) => parts),
    ...Object.values(snapshots).map(({ content }) => content.parts),
  ];
  return new Set(lists.flat().map(({ id }) => id));
}

/** Refuses data past its retention, unless something that is kept names all of it: `VERSION_EXPIRED`. */
export function refuseExpired(
  state: ProjectSlice & TablesSlice & SnapshotsSlice,
  { version, parts, removedAt }: { readonly version: number; readonly parts: readonly Part[]; readonly removedAt?: string },
  now: string,
): void {
  if (!removedAt || !isExpired(removedAt, state, now)) return;
  const kept = keptParts({ ...state, droppedTables: {} });
  if (parts.every(({ id }) => kept.has(id))) return;
  throw new DaybookError('VERSION_EXPIRED', { version, expiredAt: keptUntil(removedAt, state.project.retentionDays) });
}
