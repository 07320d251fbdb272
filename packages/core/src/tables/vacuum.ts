import { subMilliseconds } from 'date-fns';
import type { ProjectState } from '../decider';
import type { ProjectScope } from '../projects/scope';
import { positionAt } from '../reading';
import { doneAtOnce } from '../storage-jobs/work';
import { keptParts } from './retention';

export interface VacuumResult {
  /** Data removed before this instant was looked at. */
  readonly horizon: string;
  readonly parts: number;
  readonly bytes: number;
}

const hourMs = 60 * 60 * 1000;
/** A part that no event names may belong to a load under way, until it is this old. */
const orphanHours = 24;

/**
 * Removes table data that is past its retention: parts that nothing named at any time since. First the log is told, then the parts go, so
 * whoever comes later knows that they are gone. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `PROJECT_DISABLED`.
 */
export async function vacuum(scope: ProjectScope, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<VacuumResult> {
  const { state, position } = await scope.query('expiredData');
  const now = scope.runtime.now();
  const horizon = subMilliseconds(now, state.project.retentionDays * 24 * hourMs).toISOString();
  const kept = await namedSince(scope, state, horizon, position);
  const expired = await expiredParts(scope, kept, now);
  const result = { horizon, parts: expired.length, bytes: expired.reduce((sum, { bytes }) => sum + bytes, 0) };
  if (dryRun) return result;
  const storageJob = await doneAtOnce(scope, 'dataVacuum', { parameters: {} });
  const vacuumed = await scope.execute('VacuumData', { ...result, storageJob });
  // What was named between the look and the event is kept as well.
  const late = await namedSince(scope, vacuumed.state, horizon, vacuumed.position);
  const gone = expired.map(({ id }) => id).filter((id) => !late.has(id));
  await scope.runtime.storage.tables.remove(scope.id, gone);
  return result;
}

/** Every part that something named at some time since an instant. */
async function namedSince(scope: ProjectScope, state: ProjectState, instant: string, upTo: number): Promise<Set<string>> {
  const named = keptSince(state, instant);
  const after = await positionAt(scope.runtime.storage.events, scope.log.id, instant);
  if (after > 0) for (const part of keptSince((await scope.log.at(after)).state, instant)) named.add(part);
  for await (const events of scope.runtime.storage.events.read(scope.log.id, { after, upTo })) {
    for (const { data } of events) {
      const { parts = [], splices = [] } = data as unknown as {
        parts?: { id: string }[] | number;
        splices?: { added: { id: string }[] }[];
      };
      for (const { id } of [...(Array.isArray(parts) ? parts : []), ...splices.flatMap(({ added }) => added)]) named.add(id);
    }
  }
  return named;
}

/** What a state names, without the tables that had been dropped before an instant. */
function keptSince(state: ProjectState, instant: string): Set<string> {
  const droppedTables = Object.fromEntries(Object.entries(state.droppedTables).filter(([, { droppedAt }]) => droppedAt >= instant));
  return keptParts({ ...state, droppedTables });
}

/** Stored parts that are not kept and too old to belong to work under way. */
async function expiredParts(scope: ProjectScope, kept: ReadonlySet<string>, now: string): Promise<{ id: string; bytes: number }[]> {
  const youngest = subMilliseconds(now, orphanHours * hourMs).toISOString();
  const expired: { id: string; bytes: number }[] = [];
  for await (const parts of scope.runtime.storage.tables.parts(scope.id)) {
    expired.push(...parts.filter(({ id, writtenAt }) => !kept.has(id) && writtenAt < youngest));
  }
  return expired;
}
