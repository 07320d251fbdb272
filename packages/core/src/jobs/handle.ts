import type { z } from 'zod';
import type { Outcome } from '../commands';
import type { ProjectState } from '../decider';
import { DaybookError, isDaybookError } from '../errors';
import type { RecordedEvent } from '../event-store';
import { type Json, own } from '../message';
import type { ProjectScope } from '../projects/scope';
import type { JobCommands, jobCommands } from './decide';
import { effectsOf, type JobEffects } from './effects';
import { jobEnd } from './ended';
import type { JobEvents } from './events';
import { Lineage, type LineageOptions, type RunEvent } from './open-lineage';
import { findJob, type JobDescription } from './queries';
import { sameRequest } from './request';
import { isSame, type JobStatus, jobWithKey, type OpenJob, sharesKeys } from './state';
import { type JobMessage, type JobTimeline, type MessageFilter, messages, timeline } from './timeline';

/** How a job has ended where it was ended by a command. */
const endsBy = {
  SucceedJob: ['success'],
  WarnJob: ['warning'],
  FailJob: ['error'],
  TerminateJob: ['cancelled'],
  StopJob: ['terminated', 'cancelled'],
} as const satisfies { readonly [C in keyof JobCommands]?: readonly JobStatus[] };

/** A job to be created. */
export type NewJob = Omit<z.input<typeof jobCommands.CreateJob>, 'job' | 'searchedUpTo' | 'rerunOf'>;

/** How a job ended well. */
export interface JobResult {
  readonly message?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A job as it can be read. Every method refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `JOB_NOT_FOUND`. */
export class JobView {
  protected readonly scope: ProjectScope;
  readonly id: string;

  constructor(scope: ProjectScope, id: string) {
    this.scope = scope;
    this.id = id;
  }

  /** The job, and what it did to stored data. */
  async describe(): Promise<JobDescription & JobEffects> {
    const { job, position } = await findJob(this.scope, this.id);
    return { ...job, ...(await effectsOf(this.scope, this.id, position)) };
  }

  /** Each of its states with its duration, its messages, and its children's timelines. */
  timeline(): Promise<JobTimeline> {
    return timeline(this.scope, this.id);
  }

  /** The OpenLineage events of its run, as it stands. */
  async openLineage(options?: LineageOptions): Promise<RunEvent[]> {
    const { job, ...fold } = await findJob(this.scope, this.id);
    const events: RunEvent[] = [];
    for await (const event of new Lineage(this.scope, options).ofJob(job, 1, fold)) events.push(event);
    return events;
  }

  /** What it logged, the newest first, `limit` (100) at a time. Refuses: `INVALID_INPUT`. */
  messages(filter?: MessageFilter): Promise<{ items: JobMessage[]; next?: string }> {
    return messages(this.scope, this.id, filter);
  }
}

/** A job, to read and to drive. Every command refuses, where it has ended: `JOB_FINISHED`. */
export class Job extends JobView {
  /** It stands in the application's line. Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  async wait(): Promise<void> {
    await this.#do('QueueJob', {});
  }

  /**
   * The work begins. Starting it twice is fine for one runner; without a name that is everybody who uses this open daybook.
   * Refuses: `JOB_TRANSITION_FORBIDDEN`, also where another runner has started it.
   */
  async start({ runner = this.scope.runtime.runner }: { readonly runner?: string } = {}): Promise<void> {
    await this.#do('StartJob', { runner });
  }

  /** Says that it goes on, and hears whether it should: `terminating` = stop, then say `stopped`. Call it as often as you like; few are recorded. */
  async heartbeat(): Promise<{ status: JobStatus }> {
    const { state } = await this.#do('HeartbeatJob', {});
    return { status: state.jobs[this.id]!.status };
  }

  async log(level: JobMessage['level'], text: string, context?: { readonly [key: string]: Json }): Promise<void> {
    await this.#do('LogJobMessage', { level, text, ...(context && { context }) });
  }

  /** It ended well. Refuses: `JOB_TRANSITION_FORBIDDEN`, `JOB_CHILDREN_OPEN`. */
  async succeed(result: JobResult = {}): Promise<void> {
    await this.#end('SucceedJob', result);
  }

  /** It ended well, with a warning. Refuses: `JOB_TRANSITION_FORBIDDEN`, `JOB_CHILDREN_OPEN`. */
  async warn(result: JobResult = {}): Promise<void> {
    await this.#end('WarnJob', result);
  }

  /** It ended badly, and what is open below it with it. `kind`: whose matter it is (default: the application's). Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  async fail({
    kind = 'application',
    message,
    exceptionId,
    metrics,
  }: Partial<JobEvents['JobFailed']['error']> & { readonly message: string; readonly metrics?: JobResult['metrics'] }): Promise<void> {
    const error = { kind, message, ...(exceptionId !== undefined && { exceptionId }) };
    await this.#end('FailJob', { error, ...(metrics && { metrics }) });
  }

  /** Asks it, and what is open below it, to stop. What has not started is cancelled at once; what runs hears it from `heartbeat`. */
  async terminate(): Promise<void> {
    await this.#end('TerminateJob', {});
  }

  /** It has stopped, as it was asked to; what is open below it ends too. Refuses: `JOB_TRANSITION_FORBIDDEN`. */
  async stopped({ message }: { readonly message?: string } = {}): Promise<void> {
    await this.#end('StopJob', message === undefined ? {} : { message });
  }

  /**
   * A new job that does the same again and points to this one; or, where one has the idempotency key already, that one. It stands on its own,
   * whatever this one's parent. Refuses: `IDEMPOTENCY_MISMATCH`.
   */
  async rerun({ idempotencyKey }: { readonly idempotencyKey?: string } = {}): Promise<Job & { readonly runId: string }> {
    const { component, configuration, mode, parameters, heartbeatTimeoutSeconds } = (await findJob(this.scope, this.id)).job;
    const request = { component, ...(configuration !== undefined && { configuration }), mode, parameters, heartbeatTimeoutSeconds };
    return create(this.scope, { ...request, rerunOf: this.id, ...(idempotencyKey !== undefined && { idempotencyKey }) });
  }

  /** Whoever ended it so may say so again: nothing is recorded. */
  async #end(command: keyof typeof endsBy, data: object): Promise<void> {
    try {
      await this.#do(command, data);
    } catch (error) {
      if (!isDaybookError(error, 'JOB_FINISHED')) throw error;
      const end = await jobEnd(this.scope.runtime.storage.events, this.scope.log.id, this.id);
      const isSameEnd = end && isSame(end.actor, this.scope.actor) && endsBy[command].some((status) => status === error.details.status);
      if (!isSameEnd) throw error;
    }
  }

  #do(command: keyof JobCommands, data: object): Promise<Outcome<ProjectState>> {
    return this.scope.execute(command, { ...data, job: this.id });
  }
}

/** The OpenLineage events of a job's run, as it stands: START, RUNNING for each storage job, then COMPLETE, FAIL or ABORT. Refuses: `JOB_NOT_FOUND`. */
export function openLineage(job: JobView, options?: LineageOptions): Promise<RunEvent[]> {
  return job.openLineage(options);
}

/**
 * A new job; or, where one has the idempotency key already and was asked for with the same content, that one.
 * Refuses: `INVALID_INPUT`, `IDEMPOTENCY_MISMATCH`, `JOB_NOT_FOUND`, `JOB_FINISHED`, `JOB_TERMINATING` (the parent).
 */
export function createJob(scope: ProjectScope, request: NewJob): Promise<Job & { readonly runId: string }> {
  // What an earlier job is done again with is said by `rerun` alone.
  return create(scope, { ...request, rerunOf: undefined });
}

async function create(scope: ProjectScope, request: NewJob & { readonly rerunOf?: string }): Promise<Job & { readonly runId: string }> {
  const job = scope.runtime.environment.newId();
  const key = request.idempotencyKey;
  for (let searchedUpTo = 0; ; ) {
    const { state, position } = await scope.execute('CreateJob', { ...request, job, searchedUpTo });
    const made = own(state.jobs, job) ?? jobWithKey(state, key, scope.actor);
    if (made) return handleOf(scope, made);
    // A job that has ended may have the key. Only the log knows.
    const earlier = await creationWithKey(scope, key!, position);
    if (earlier) return handleOf(scope, sameOrRefuse(scope, request, earlier, key!));
    searchedUpTo = position;
  }
}

/** Refuses: `IDEMPOTENCY_MISMATCH`. */
function sameOrRefuse(scope: ProjectScope, request: NewJob, { data }: RecordedEvent, key: string): Pick<OpenJob, 'id' | 'runId'> {
  const { job: id, ...earlier } = data as unknown as JobEvents['JobCreated'];
  const { data: asked } = scope.log.decider.parse('CreateJob', { ...request, job: id });
  if (!sameRequest(earlier, asked)) throw new DaybookError('IDEMPOTENCY_MISMATCH', { key, job: id });
  return { id, runId: earlier.runId };
}

async function creationWithKey(scope: ProjectScope, key: string, upTo: number): Promise<RecordedEvent | undefined> {
  for await (const page of scope.runtime.storage.events.read(scope.log.id, { tags: [`job-key:${key}`], upTo })) {
    const found = page.find(({ actor }) => sharesKeys(actor, scope.actor));
    if (found) return found;
  }
  return undefined;
}

function handleOf(scope: ProjectScope, { id, runId }: Pick<OpenJob, 'id' | 'runId'>): Job & { readonly runId: string } {
  return Object.assign(new Job(scope, id), { runId });
}
