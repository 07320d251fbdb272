import { isDraft, original } from 'immer';
import type { Recorded, Transitions } from '../capability';
import { own } from '../message';
import { type JobEnd, type JobEvents, statusByEnd } from './events';
import { type JobsSlice, keyGroup, millisecondsBetween, type OpenJob } from './state';

export const evolveJobs = {
  JobCreated(draft, { job: id, ...request }, { actor, correlationId, position, recordedAt }) {
    const asked = { ...request, actor, ...(correlationId !== undefined && { correlationId }) };
    draft.jobs[id] = { id, ...asked, status: 'created', position, createdAt: recordedAt, openChildren: 0, children: {} };
    const parent = request.parent === undefined ? undefined : draft.jobs[request.parent];
    if (parent) parent.openChildren += 1;
  },
  JobQueued(draft, { job }) {
    change(draft, job, { status: 'waiting' });
  },
  JobStarted(draft, { job, runner }, { recordedAt }) {
    change(draft, job, { status: 'processing', runner, startedAt: recordedAt });
  },
  JobHeartbeat(draft, { job }, { recordedAt }) {
    hear(draft, job, recordedAt);
  },
  /** Messages are read from the log. */
  JobMessageLogged(draft, { job }, { recordedAt }) {
    hear(draft, job, recordedAt);
  },
  JobTerminating(draft, { job }, { recordedAt }) {
    change(draft, job, { status: 'terminating', terminatingAt: recordedAt });
  },
  JobSucceeded: end('JobSucceeded'),
  JobSucceededWithWarning: end('JobSucceededWithWarning'),
  JobFailed: end('JobFailed'),
  JobTerminated: end('JobTerminated'),
  JobCancelled: end('JobCancelled'),
} satisfies Transitions<JobEvents, JobsSlice>;

/**
 * A sign of life of what has started: a heartbeat, a message, or work in it. Of those within a second the first one counts, as it does of heartbeats. What
 * was so before the draft is asked first: looking at one job of a draft copies the list of all.
 */
export function hear({ jobs }: JobsSlice, id: string, at: string): void {
  const before = isDraft(jobs) ? (original<unknown>(jobs) as JobsSlice['jobs']) : jobs;
  if (isJustHeard(own(before, id), at)) return;
  const job = own(jobs, id);
  if (job?.startedAt !== undefined && !isJustHeard(job, at)) job.heartbeatAt = at;
}

function isJustHeard(job: OpenJob | undefined, at: string): boolean {
  return job?.heartbeatAt !== undefined && millisecondsBetween(job.heartbeatAt, at) < 1_000;
}

function change({ jobs }: JobsSlice, id: string, changes: Partial<OpenJob>): void {
  const job = jobs[id];
  if (job) Object.assign(job, changes);
}

function end(type: JobEnd) {
  const status = statusByEnd[type];
  return ({ jobs, jobKeys }: JobsSlice, { job, parent, idempotencyKey }: JobEvents[JobEnd], { position }: Recorded) => {
    delete jobs[job];
    if (idempotencyKey !== undefined) jobKeys[keyGroup(idempotencyKey)] = position;
    const above = parent === undefined ? undefined : jobs[parent];
    if (!above) return;
    above.openChildren -= 1;
    above.children[status] = (above.children[status] ?? 0) + 1;
  };
}
