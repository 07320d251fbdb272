import { describe, expect, it } from 'vitest';
import { later } from '../test/facts';
import { holds } from '../test/property';
import { decide, lead, type Step, wishes } from '../test/random-project';
import type { ProjectState } from './decider';
import { isDaybookError } from './errors';
import type { RecordedEvent } from './event-store';
import { versionEvents } from './tables/events';

/** What asks for work, not for a state: asked again, they do it again. */
const work = ['LoadTable', 'RevertTable', 'VacuumData', 'ExportTable', 'CompactTable', 'LogJobMessage', 'HeartbeatJob'];
/** What work under way may do in a disabled project: be heard of, and end badly. */
const whileDisabled = ['StorageJobFailed', 'JobHeartbeat', 'JobFailed', 'JobTerminating', 'JobTerminated', 'JobCancelled'];

describe('any history of a project', () => {
  it('records nothing when the same is asked again', () =>
    holds(wishes(), (wished) => {
      const { steps, end } = lead(wished);
      for (const [i, { asked, events }] of steps.entries()) {
        const after = steps[i + 1]?.before ?? end;
        if (events.length > 0 && !work.includes(asked.type)) expect(eventsOf(() => decide(after, asked, later(10)))).toEqual([]);
      }
    }));

  it('changes nothing in a disabled project but that work under way is heard of, and ends badly', () =>
    holds(wishes(), (wished) => {
      for (const { before, events } of lead(wished).steps) {
        if (!before.state.project.disabled) continue;
        for (const { type } of events) expect(['ProjectEnabled', ...whileDisabled]).toContain(type);
      }
    }));

  it('numbers the versions of each table from 1 without a gap', () =>
    holds(wishes(), (wished) => {
      const { events, end } = lead(wished);
      for (const [uid, versions] of versionsByTable(events)) {
        expect(versions).toEqual(versions.map((_, i) => i + 1));
        const table = [...Object.values(end.state.tables), ...Object.values(end.state.droppedTables)].find((table) => table.uid === uid);
        if (table) expect(table.version).toBe(versions.length);
      }
    }));

  it('comes to the counts that a recount of its events gives', () =>
    holds(wishes(), (wished) => {
      const { events, end } = lead(wished);
      const { tables, buckets, snapshots, project } = end.state;
      const count = (type: string) => events.filter((event) => event.type === type).length;
      expect(Object.keys(buckets)).toHaveLength(count('BucketCreated') - count('BucketDropped'));
      const made = count('TableCreated') + count('TableCopied') + count('TableRestored');
      expect(Object.keys(tables)).toHaveLength(made - count('TableDropped'));
      expect(Object.keys(snapshots)).toHaveLength(count('SnapshotCreated') - count('SnapshotDeleted'));
      expect(project.features).toHaveLength(count('FeatureAdded') - count('FeatureRemoved'));
      for (const table of Object.values(tables)) expect(table.rowCount).toBe(recountedRows(events, table.uid));
    }));

  it('keeps ids and places together: each table in a bucket that is there, under its own id', () =>
    holds(wishes(), (wished) => {
      for (const { state } of statesOf(lead(wished))) {
        for (const [id, table] of Object.entries(state.tables)) {
          expect(table.id).toBe(id);
          expect(state.buckets).toHaveProperty([table.bucket]);
          expect(new Set(table.columns.map(({ name }) => name.toLowerCase())).size).toBe(table.columns.length);
          expect(table.columns.map((column) => column.id)).toEqual(expect.arrayContaining(table.primaryKey));
        }
        const uids = [...Object.values(state.tables), ...Object.values(state.droppedTables)].map(({ uid }) => uid);
        expect(new Set(uids).size).toBe(uids.length);
      }
    }));

  it('is of many kinds: without that, the properties above say little', async () => {
    const done = new Set<string>();
    const refused = new Set<string | undefined>();
    await holds(wishes(), (wished) => {
      for (const step of lead(wished).steps) {
        if (step.events.length > 0) done.add(step.asked.type);
        refused.add(step.refused);
      }
    });
    expect(done.size).toBeGreaterThan(20);
    expect(refused.size).toBeGreaterThan(5);
  });
});

/** None for a refusal. */
function eventsOf(decision: () => readonly unknown[]): readonly unknown[] {
  try {
    return decision();
  } catch (error) {
    if (isDaybookError(error)) return [];
    throw error;
  }
}

function statesOf({ steps, end }: ReturnType<typeof lead>): readonly { readonly state: ProjectState }[] {
  return [...steps.map(({ before }: Step) => before), end];
}

function versionsByTable(events: readonly RecordedEvent[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const { type, data } of events) {
    if (!(versionEvents as readonly string[]).includes(type)) continue;
    const uid = String(data.uid);
    versions.set(uid, [...(versions.get(uid) ?? []), Number(data.version ?? 1)]);
  }
  return versions;
}

function recountedRows(events: readonly RecordedEvent[], uid: string): number {
  let rows = 0;
  for (const { type, data } of events) {
    if (data.uid !== uid) continue;
    if (['TableCreated', 'TableCopied', 'TableReverted'].includes(type)) rows = Number(data.rowCount);
    if (type === 'TableLoaded' || type === 'TableRowsDeleted') {
      const { inserted, deleted } = data.rows as { inserted: number; deleted: number };
      rows += inserted - deleted;
    }
  }
  return rows;
}
