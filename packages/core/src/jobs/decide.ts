import { z } from 'zod';
import { type Access, type CommandsOf, type Decisions, type Nothing, narrowed } from '../capability';
import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { count, cutText, foreignId, key, parameters, uuid } from '../fields';
import { own } from '../message';
import { illFormed } from '../text';
import { Ends } from './ends';
import { type JobEvent, jobError, jobEvents, jobRequest } from './events';
import { sameRequest } from './request';
import {
  isAbandoned,
  isSame,
  type JobsSlice,
  jobWithKey,
  keyGroup,
  millisecondsBetween,
  type OpenJob,
  openJob,
  refuseTransition,
} from './state';

const deepest = 50;
const ofJob = z.strictObject({ job: uuid });
// Nobody should fail to say how it ended: what is too long is cut, what cannot be kept is left out.
const text = cutText(10_000);
const metrics = z.unknown().transform(numbersOf).optional();
const result = z.strictObject({ job: uuid, message: text.optional(), metrics });
/** Nothing beside the message can refuse it. */
const failure = z.object({
  kind: jobError.shape.kind.catch('application'),
  message: text,
  exceptionId: cutText(255).optional().catch(undefined),
});

/** What may be asked of jobs. Each refuses `JOB_NOT_FOUND` for a job that is not open: the handles tell it from `JOB_FINISHED`. */
export const jobCommands = {
  /**
   * `searchedUpTo`: up to here the log was searched for the key, without a find. Records nothing where an open job has the key, or where
   * one that has ended since then could have it: search the log, ask again.
   *
   * Refuses: `IDEMPOTENCY_MISMATCH`, `JOB_NOT_FOUND` (the parent), `JOB_TERMINATING` (the parent), `INVALID_INPUT` (50 levels of jobs are enough).
   */
  CreateJob: z.strictObject({
    job: uuid,
    ...jobRequest,
    mode: jobRequest.mode.default('run'),
    parameters: parameters.default({}),
    heartbeatTimeoutSeconds: jobRequest.heartbeatTimeoutSeconds.default(3_600),
    searchedUpTo: count.default(0),
  }),
  /** Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  QueueJob: ofJob,
  /** Twice by one runner it records nothing. Refuses: `JOB_TRANSITION_FORBIDDEN`, also to another runner. */
  StartJob: z.strictObject({ job: uuid, runner: foreignId }),
  /** Recorded when a quarter of the time is over after which the job counts as abandoned; nothing in between, nor before it starts. */
  HeartbeatJob: ofJob,
  LogJobMessage: jobEvents.JobMessageLogged.schema.extend({ text }),
  /** Refuses: `JOB_TRANSITION_FORBIDDEN`, `JOB_CHILDREN_OPEN`. */
  SucceedJob: result,
  /** Success, with a warning. Refuses as `SucceedJob`. */
  WarnJob: result,
  /** Ends what is open below it too. Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  FailJob: z.strictObject({ job: uuid, error: failure, metrics }),
  /** Asks the job and what is open below it to stop. What has not started is cancelled at once. */
  TerminateJob: ofJob,
  /** It has stopped, as it was asked to; what is open below it ends too. Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  StopJob: z.strictObject({ job: uuid, message: text.optional() }),
  /** Ends what is open below it too, but for what is heard of. Records nothing when the job has been heard of. */
  AbandonJob: ofJob,
};
export type JobCommands = CommandsOf<typeof jobCommands>;

const runners = ['administrator', 'support', 'runner', 'system'] as const;
const running = { may: runners, names: ({ job }: { readonly job: string }) => ({ jobs: [job] }) } as const;
const runningAlways = { ...running, whileDisabled: true } as const;

export const jobAccess = {
  CreateJob: { may: runners, names: ({ component, parent }) => ({ components: [component], jobs: [parent] }) },
  QueueJob: running,
  StartJob: running,
  HeartbeatJob: runningAlways,
  LogJobMessage: running,
  SucceedJob: running,
  WarnJob: running,
  FailJob: runningAlways,
  TerminateJob: running,
  StopJob: runningAlways,
  AbandonJob: { may: ['system'], whileDisabled: true },
} as const satisfies Access<JobCommands>;

export interface JobQueries {
  jobs: Nothing;
}

export const jobQueryAccess = {
  /** Those with limited access see those that they created. */
  jobs: { may: ['administrator', 'auditor', 'support', 'reader', 'system'], names: narrowed },
} as const satisfies Access<JobQueries>;

export const decideJobs = {
  CreateJob({ searchedUpTo, ...job }, state, { actor }): readonly JobEvent[] {
    if (own(state.jobs, job.job)) return [];
    if (job.idempotencyKey !== undefined) {
      const same = jobWithKey(state, job.idempotencyKey, actor);
      if (same && !sameRequest(same, job)) throw new DaybookError('IDEMPOTENCY_MISMATCH', { key: job.idempotencyKey, job: same.id });
      if (same || searchedUpTo < (own(state.jobKeys, keyGroup(job.idempotencyKey)) ?? 0)) return [];
    }
    return [{ type: 'JobCreated', data: { ...job, runId: runId(state, job) } }];
  },
  QueueJob({ job: id }, state): readonly JobEvent[] {
    const job = openJob(state, id);
    if (job.status === 'waiting') return [];
    refuseTransition(job, 'waiting');
    return [{ type: 'JobQueued', data: { job: id } }];
  },
  StartJob({ job: id, runner }, state): readonly JobEvent[] {
    const job = openJob(state, id);
    if (job.status === 'processing' && job.runner === runner) return [];
    refuseTransition(job, 'processing');
    return [{ type: 'JobStarted', data: { job: id, runner } }];
  },
  HeartbeatJob({ job: id }, state, { now }): readonly JobEvent[] {
    const { startedAt, heartbeatAt = startedAt, heartbeatTimeoutSeconds } = openJob(state, id);
    if (heartbeatAt === undefined || millisecondsBetween(heartbeatAt, now) < heartbeatTimeoutSeconds * 250) return [];
    return [{ type: 'JobHeartbeat', data: { job: id } }];
  },
  LogJobMessage(message, state): readonly JobEvent[] {
    openJob(state, message.job);
    return [{ type: 'JobMessageLogged', data: message }];
  },
  SucceedJob({ job, ...result }, state, { now, actor }): readonly JobEvent[] {
    return new Ends(state, now).end(succeeding(state, actor, job, 'success'), 'JobSucceeded', result).events;
  },
  WarnJob({ job, ...result }, state, { now, actor }): readonly JobEvent[] {
    return new Ends(state, now).end(succeeding(state, actor, job, 'warning'), 'JobSucceededWithWarning', result).events;
  },
  FailJob({ job: id, ...result }, state, { now }): readonly JobEvent[] {
    const job = openJob(state, id);
    refuseTransition(job, 'error');
    return new Ends(state, now).end(job, 'JobFailed', result).events;
  },
  TerminateJob({ job: id }, state, { now }): readonly JobEvent[] {
    const job = openJob(state, id);
    return job.status === 'terminating' ? [] : new Ends(state, now).stop(job).events;
  },
  StopJob({ job: id, ...result }, state, { now }): readonly JobEvent[] {
    const job = openJob(state, id);
    refuseTransition(job, 'terminated');
    return new Ends(state, now).end(job, stoppedAs(job), result).events;
  },
  AbandonJob({ job: id }, state, { now }): readonly JobEvent[] {
    const job = openJob(state, id);
    if (!isAbandoned(job, now)) return [];
    if (job.status === 'terminating') return new Ends(state, now).abandon(job, stoppedAs(job), {}).events;
    const message = `Nothing was heard of it for ${job.heartbeatTimeoutSeconds} seconds.`;
    return new Ends(state, now).abandon(job, 'JobFailed', { error: { kind: 'application', message }, abandoned: true }).events;
  },
} satisfies Decisions<JobCommands, JobEvent, JobsSlice>;

/** What of an application's metrics is a finite number. */
function numbersOf(metrics: unknown): Record<string, number> | undefined {
  if (typeof metrics !== 'object' || metrics === null) return undefined;
  const isKept = ([name, value]: [string, unknown]) =>
    key.safeParse(name).success && illFormed(name) === undefined && Number.isFinite(value);
  return Object.fromEntries(Object.entries(metrics).filter(isKept));
}

function runId(state: JobsSlice, { job, parent }: { readonly job: string; readonly parent?: string }): string {
  if (parent === undefined) return job;
  const above = openJob(state, parent);
  if (above.status === 'terminating') throw new DaybookError('JOB_TERMINATING', { job: parent });
  if (above.runId.split('.').length < deepest) return `${above.runId}.${job}`;
  const issues = [{ path: 'parent', message: `has ${deepest} levels of jobs already` }];
  throw new DaybookError('INVALID_INPUT', { input: 'CreateJob', issues });
}

/** A success says that everything is done: children have to have ended before. Limited access is told of its own. */
function succeeding(state: JobsSlice, asker: Actor, id: string, to: 'success' | 'warning'): OpenJob {
  const job = openJob(state, id);
  refuseTransition(job, to);
  if (job.openChildren === 0) return job;
  const children = Object.values(state.jobs).filter(
    ({ parent, actor }) => parent === id && (asker.kind !== 'limited' || isSame(actor, asker)),
  );
  throw new DaybookError('JOB_CHILDREN_OPEN', { job: id, children: children.slice(0, 100).map((child) => child.id) });
}

function stoppedAs({ startedAt }: OpenJob): 'JobCancelled' | 'JobTerminated' {
  return startedAt === undefined ? 'JobCancelled' : 'JobTerminated';
}
