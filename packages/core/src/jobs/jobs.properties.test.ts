import { describe, expect, it } from 'vitest';
import { holds } from '../../test/property';
import { jobWishes, lead } from '../../test/random-project';
import type { RecordedEvent } from '../event-store';
import { type JobEnd, type JobEvents, statusByEnd } from './events';
import { type JobStatus, type OpenStatus, type Tally, transitions } from './state';

const changes: Readonly<Record<string, JobStatus>> = {
  ...{ JobCreated: 'created', JobQueued: 'waiting', JobStarted: 'processing', JobTerminating: 'terminating' },
  ...statusByEnd,
};
type Ended = JobEvents[JobEnd];

/** What the events say of each job, told plainly. */
class Retold {
  readonly status = new Map<string, JobStatus>();
  readonly parents = new Map<string, string>();
  readonly tallies = new Map<string, Tally>();
  readonly processingFrom = new Map<string, string>();
  readonly runMs = new Map<string, number>();

  get open(): string[] {
    return [...this.status].flatMap(([job, status]) => (isEnd(status) ? [] : [job]));
  }

  openChildrenOf(job: string): string[] {
    return this.open.filter((child) => this.parents.get(child) === job);
  }

  tell({ type, data, recordedAt }: RecordedEvent): void {
    const job = String(data.job);
    const to = changes[type];
    if (to === undefined) return;
    const from = this.status.get(job);
    this.status.set(job, to);
    if (typeof data.parent === 'string') this.parents.set(job, data.parent);
    if (from === 'processing')
      this.runMs.set(job, (this.runMs.get(job) ?? 0) + Date.parse(recordedAt) - Date.parse(this.processingFrom.get(job)!));
    if (to === 'processing') this.processingFrom.set(job, recordedAt);
    const above = this.parents.get(job);
    if (isEnd(to) && above !== undefined)
      this.tallies.set(above, { ...this.tallies.get(above), [to]: (this.tallies.get(above)?.[to] ?? 0) + 1 });
  }
}

function isEnd(status: JobStatus): status is (typeof statusByEnd)[JobEnd] {
  return Object.values<JobStatus>(statusByEnd).includes(status);
}

const jobEventsOf = (events: readonly RecordedEvent[]) => events.filter(({ type }) => type.startsWith('Job'));

describe('any history of jobs', () => {
  it('moves each job along the allowed ways, and never again once it has ended', () =>
    holds(jobWishes(), (wished) => {
      const retold = new Retold();
      for (const event of jobEventsOf(lead(wished).events)) {
        const before = retold.status.get(String(event.data.job));
        if (event.type === 'JobCreated') expect(before).toBeUndefined();
        else expect(Object.keys(transitions)).toContain(before);
        const to = changes[event.type];
        if (to && to !== 'created') expect(transitions[before as OpenStatus]).toContain(to);
        retold.tell(event);
      }
    }));

  it('ends no job before its children, but one that is abandoned, and keeps their count', () =>
    holds(jobWishes(), (wished) => {
      const retold = new Retold();
      const asked = lead(wished).steps.flatMap(({ asked, events }) => jobEventsOf(events).map((event) => ({ by: asked.type, event })));
      for (const { by, event } of asked) {
        retold.tell(event);
        if (!Object.hasOwn(statusByEnd, event.type)) continue;
        const { job, children, runMs } = event.data as unknown as Ended;
        const open = retold.openChildrenOf(job);
        if (by !== 'AbandonJob') expect(open).toEqual([]);
        for (const child of open) expect(retold.status.get(child)).toBe('processing');
        expect(children).toEqual({ ...retold.tallies.get(job), ...(open.length > 0 && { open: open.length }) });
        expect(runMs).toBe([...retold.parents.values()].includes(job) ? 0 : (retold.runMs.get(job) ?? 0));
      }
    }));

  it('comes to the open jobs that a recount gives', () =>
    holds(jobWishes(), (wished) => {
      const { events, end } = lead(wished);
      const retold = new Retold();
      for (const event of jobEventsOf(events)) retold.tell(event);
      const { jobs } = end.state;
      expect(Object.keys(jobs)).toEqual(retold.open);
      for (const [id, { status, openChildren, children, runId, parent }] of Object.entries(jobs)) {
        expect(status).toBe(retold.status.get(id));
        expect(openChildren).toBe(retold.openChildrenOf(id).length);
        expect(children).toEqual(retold.tallies.get(id) ?? {});
        if (parent === undefined || jobs[parent]) expect(runId).toBe(parent === undefined ? id : `${jobs[parent]!.runId}.${id}`);
      }
    }));

  it('leaves nothing below a job that is to stop as it was', () =>
    holds(jobWishes(), (wished) => {
      const { jobs } = lead(wished).end.state;
      for (const { status, parent } of Object.values(jobs)) {
        if (parent !== undefined && jobs[parent]?.status === 'terminating') expect(status).toBe('terminating');
      }
      // What never started waits for someone, or it would have ended.
      for (const { status, startedAt, openChildren } of Object.values(jobs)) {
        if (status === 'terminating' && startedAt === undefined) expect(openChildren).toBeGreaterThan(0);
      }
    }));

  it('gives a key to one open job at a time', () =>
    holds(jobWishes(), (wished) => {
      for (const { before } of lead(wished).steps) {
        const keys = Object.values(before.state.jobs).flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
        expect(new Set(keys).size).toBe(keys.length);
      }
    }));

  it('is of many kinds: without that, the properties above say little', async () => {
    const types = new Set<string>();
    let deepest = 0;
    let takenAlong = 0;
    await holds(jobWishes(), (wished) => {
      const { steps } = lead(wished);
      for (const { events, before } of steps) {
        for (const { type } of events) types.add(type);
        deepest = Math.max(deepest, ...Object.values(before.state.jobs).map(({ runId }) => runId.split('.').length));
        if (events.filter(({ type }) => Object.hasOwn(statusByEnd, type)).length > 1) takenAlong += 1;
      }
    });
    for (const type of [...Object.keys(changes), 'JobHeartbeat', 'JobMessageLogged']) expect(types).toContain(type);
    expect(deepest).toBeGreaterThan(2);
    expect(takenAlong).toBeGreaterThan(10);
  });
});
