import type { Recorded, Transitions } from '../capability';
import { own } from '../message';
import { type JobEnd, type JobEvents, statusByEnd } from './events';
import { type JobsSlice, keyGroup, type OpenJob } from './state';

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

/** A sign of life of what has started: a heartbeat, a message, or work in it. */
export function hear({ jobs }: JobsSlice, id: string, at: string): void {
  const job = own(jobs, id);
  if (job?.startedAt !== undefined) job.heartbeatAt = at;
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
