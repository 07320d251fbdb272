import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { correlationId, count, foreignId, instant, key, parameters, uuid } from '../fields';
import type { MessageOf } from '../message';

/** How a job can end. */
export const endStatuses = ['success', 'warning', 'error', 'terminated', 'cancelled'] as const;
export const messageLevels = ['info', 'success', 'warn', 'error'] as const;

const text = z.string().max(10_000);
const runner = foreignId;

/** What a job is asked with. */
export const jobRequest = {
  component: foreignId,
  configuration: foreignId.optional(),
  mode: z.string().min(1).max(64),
  parameters,
  parent: uuid.optional(),
  /** The earlier job that this one does again. */
  rerunOf: uuid.optional(),
  /** Whoever asks twice with one key gets one job. */
  idempotencyKey: key.optional(),
  /** Without a sign of life for so long the job counts as abandoned. */
  heartbeatTimeoutSeconds: z
    .int()
    .min(4)
    .max(30 * 24 * 60 * 60),
};

/** `runId`: the ids from the root of its tree down to the job, with dots between. */
const created = { job: uuid, runId: z.string().max(5_000), ...jobRequest };

/** A job as the event that ends it carries it, whole. It ended when the event was recorded. */
const ended = {
  ...created,
  /** Who created it. */
  actor: z.strictObject({ kind: z.enum(['person', 'limited', 'support', 'system']), id: z.string() }),
  /** The embedding app's request that it was created in. */
  correlationId: correlationId.optional(),
  createdAt: instant,
  startedAt: instant.optional(),
  runner: runner.optional(),
  /** How its children ended: how many by status. `open`: those that outlived it, as an abandoned job's may. */
  children: z.partialRecord(z.enum([...endStatuses, 'open']), count),
  /** For how long it was processing, and no child of it did the work: milliseconds. */
  runMs: count,
};

export const jobError = z.strictObject({
  /** Whose matter it is: `user` = of what was asked for, `application` = of the program. */
  kind: z.enum(['user', 'application']),
  message: text,
  /** By which the application finds its own record of it. */
  exceptionId: z.string().max(255).optional(),
});
/** Numbers that the application counts by. */
export const jobMetrics = z.record(key, z.number());
const result = { message: text.optional(), metrics: jobMetrics.optional() };

type Created = z.infer<z.ZodObject<typeof created>>;
type Ended = z.infer<z.ZodObject<typeof ended>>;

const createdTags = ({ job, component, configuration, parent }: Created) => [
  `job:${job}`,
  `component:${component}`,
  ...(configuration === undefined ? [] : [`configuration:${configuration}`]),
  ...(parent === undefined ? [] : [`parent:${parent}`]),
];
const endedTags = (data: Ended) => [
  ...createdTags(data),
  `created-by:${data.actor.kind}:${data.actor.id}`,
  ...(data.correlationId === undefined ? [] : [`created-in:${data.correlationId}`]),
  `job-end:${data.job}`,
];

/** What can have happened to a job: a unit of the embedding application's work. */
export const jobEvents = {
  JobCreated: event(z.strictObject(created), {
    sentence: (data) => `created job ${data.job} of ${workOf(data)}${data.rerunOf === undefined ? '' : `, a rerun of ${data.rerunOf}`}`,
    tags: (data) => [...createdTags(data), ...(data.idempotencyKey === undefined ? [] : [`job-key:${data.idempotencyKey}`])],
  }),
  /** It stands in the application's line. */
  JobQueued: event(z.strictObject({ job: uuid }), { sentence: (data) => `put job ${data.job} in line`, tags: jobTag }),
  JobStarted: event(z.strictObject({ job: uuid, runner }), {
    sentence: (data) => `started job ${data.job} on ${data.runner}`,
    tags: jobTag,
  }),
  /** A sign of life. Only some are recorded: four in the time without one after which a job counts as abandoned. */
  JobHeartbeat: event(z.strictObject({ job: uuid }), { sentence: (data) => `said that job ${data.job} goes on`, tags: jobTag }),
  JobMessageLogged: event(z.strictObject({ job: uuid, level: z.enum(messageLevels), text, context: parameters.optional() }), {
    sentence: (data) => `noted for job ${data.job}, as ${data.level}: ${data.text}`,
    tags: jobTag,
  }),
  /** It was asked to stop, by itself or along with its parent. */
  JobTerminating: event(z.strictObject({ job: uuid }), { sentence: (data) => `asked job ${data.job} to stop`, tags: jobTag }),
  JobSucceeded: event(z.strictObject({ ...ended, ...result }), {
    sentence: (data) => `finished job ${data.job} of ${workOf(data)}${saying(data.message)}`,
    tags: endedTags,
  }),
  JobSucceededWithWarning: event(z.strictObject({ ...ended, ...result }), {
    sentence: (data) => `finished job ${data.job} of ${workOf(data)} with a warning${saying(data.message)}`,
    tags: endedTags,
  }),
  /** `abandoned`: nothing was heard of it any more. */
  JobFailed: event(z.strictObject({ ...ended, error: jobError, metrics: jobMetrics.optional(), abandoned: z.literal(true).optional() }), {
    sentence: (data) => `failed job ${data.job} of ${workOf(data)}: ${data.error.message}`,
    tags: endedTags,
  }),
  /** It had started, and stopped because it was asked to. */
  JobTerminated: event(z.strictObject({ ...ended, message: result.message }), {
    sentence: (data) => `stopped job ${data.job} of ${workOf(data)}${saying(data.message)}`,
    tags: endedTags,
  }),
  /** It was asked to stop before it had started. */
  JobCancelled: event(z.strictObject({ ...ended, message: result.message }), {
    sentence: (data) => `cancelled job ${data.job} of ${workOf(data)}${saying(data.message)}`,
    tags: endedTags,
  }),
};
export type JobEvents = PayloadsOf<typeof jobEvents>;
export type JobEvent = MessageOf<JobEvents>;

/** The events that end a job, and how it ended then. */
export const statusByEnd = {
  JobSucceeded: 'success',
  JobSucceededWithWarning: 'warning',
  JobFailed: 'error',
  JobTerminated: 'terminated',
  JobCancelled: 'cancelled',
} as const satisfies Partial<Record<keyof JobEvents, (typeof endStatuses)[number]>>;
export type JobEnd = keyof typeof statusByEnd;

function jobTag({ job }: { job: string }): string[] {
  return [`job:${job}`];
}

function workOf({ component, configuration }: { component: string; configuration?: string }): string {
  return configuration === undefined ? component : `${component} ${configuration}`;
}

function saying(message: string | undefined): string {
  return message ? `: ${message}` : '';
}
