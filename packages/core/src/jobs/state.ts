import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { type Json, own } from '../message';
import type { endStatuses } from './events';

export type EndStatus = (typeof endStatuses)[number];
export type OpenStatus = 'created' | 'waiting' | 'processing' | 'terminating';
export type JobStatus = OpenStatus | EndStatus;

/** How many jobs ended how. */
export type Tally = Partial<Record<EndStatus, number>>;

/** A job that has not ended. */
export interface OpenJob {
  id: string;
  runId: string;
  component: string;
  configuration?: string;
  mode: string;
  parameters: Record<string, Json>;
  parent?: string;
  rerunOf?: string;
  idempotencyKey?: string;
  heartbeatTimeoutSeconds: number;
  /** Who created it. */
  actor: Actor;
  /** The embedding app's request that it was created in. */
  correlationId?: string;
  status: OpenStatus;
  /** The position of its creation. */
  position: number;
  createdAt: string;
  startedAt?: string;
  runner?: string;
  /** The last sign of life that was recorded. */
  heartbeatAt?: string;
  terminatingAt?: string;
  openChildren: number;
  /** How its children ended so far. */
  children: Tally;
}

export interface JobsSlice {
  /** Those that have not ended, by id. What has ended is in the log only. */
  jobs: Record<string, OpenJob>;
  /** The position where a job with an idempotency key ended last, apart for each of 256 groups of keys. */
  jobKeys: Record<string, number>;
}

export const noJobs: JobsSlice = { jobs: {}, jobKeys: {} };

/** Where a job may go from where it is. */
export const transitions: Readonly<Record<OpenStatus, readonly JobStatus[]>> = {
  created: ['waiting', 'processing', 'terminating'],
  waiting: ['processing', 'terminating'],
  processing: ['success', 'warning', 'error', 'terminating'],
  terminating: ['terminated', 'cancelled'],
};

/** Refuses: `JOB_NOT_FOUND`. (The handles say `JOB_FINISHED` where the log has its end.) */
export function openJob({ jobs }: JobsSlice, id: string): OpenJob {
  const job = own(jobs, id);
  if (!job) throw new DaybookError('JOB_NOT_FOUND', { job: id });
  return job;
}

/** Refuses: `JOB_TRANSITION_FORBIDDEN`. */
export function refuseTransition({ status }: OpenJob, to: JobStatus): void {
  if (!transitions[status].includes(to)) throw new DaybookError('JOB_TRANSITION_FORBIDDEN', { from: status, to });
}

/** The open job that has a key, among those that the key counts for. */
export function jobWithKey({ jobs }: JobsSlice, key: string | undefined, asker: Actor): OpenJob | undefined {
  if (key === undefined) return undefined;
  return Object.values(jobs).find(({ idempotencyKey, actor }) => idempotencyKey === key && sharesKeys(actor, asker));
}

/** A key counts for the whole project; but each limited access has keys of its own, and learns nothing of others'. */
export function sharesKeys(a: Actor, b: Actor): boolean {
  return (a.kind !== 'limited' && b.kind !== 'limited') || isSame(a, b);
}

export function isSame(a: Actor, b: Actor): boolean {
  return a.kind === b.kind && a.id === b.id;
}

/** The group that an idempotency key belongs to. */
export function keyGroup(key: string): string {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) % 256;
  return String(hash);
}

/** What it comes to that nothing is heard of a running job, or that one does not stop which was asked to. */
export function isAbandoned({ status, startedAt, heartbeatAt, terminatingAt, heartbeatTimeoutSeconds }: OpenJob, now: string): boolean {
  const since = status === 'terminating' ? terminatingAt : status === 'processing' ? (heartbeatAt ?? startedAt) : undefined;
  return since !== undefined && millisecondsBetween(since, now) > heartbeatTimeoutSeconds * 1_000;
}

/** What goes on whatever becomes of its parent. */
export function isHeard(job: OpenJob, now: string): boolean {
  return job.status === 'processing' && !isAbandoned(job, now);
}

export function millisecondsBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
