import { z } from 'zod';
import type { ProjectState } from '../decider';
import type { Actor, RecordedEvent } from '../event-store';
import { parse } from '../fields';
import type { Fold } from '../folds';
import type { Json } from '../message';
import type { ProjectScope } from '../projects/scope';
import { readSlices } from '../reading';
import { type JobEnd, type JobEvents, messageLevels, statusByEnd } from './events';
import { findJob, type JobDescription, jobAt } from './queries';
import { type JobStatus, millisecondsBetween } from './state';

/** A state that a job was in, from when to when. */
export interface JobSpan {
  readonly status: JobStatus;
  readonly from: string;
  /** Absent: it is in it still, or for good. */
  readonly to?: string;
  /** Until `to`, or until the timeline's `asOf`. 0 for an end: it lasts. */
  readonly durationMs: number;
}

export interface JobMessage {
  readonly position: number;
  readonly at: string;
  readonly actor: Actor;
  readonly level: (typeof messageLevels)[number];
  readonly text: string;
  readonly context?: { readonly [key: string]: Json };
}

/** What became of a job over time, and of its children, theirs, and so on. */
export interface JobTimeline {
  readonly job: JobDescription;
  /** Until when it tells. */
  readonly asOf: string;
  readonly states: readonly JobSpan[];
  /** The newest 1,000, oldest first. */
  readonly messages: readonly JobMessage[];
  /** The first 1,000 of each job, in the order of their creation. */
  readonly children: readonly JobTimeline[];
}

const mostShown = 1_000;

const statusByEvent: Readonly<Record<string, JobStatus>> = {
  JobCreated: 'created',
  JobQueued: 'waiting',
  JobStarted: 'processing',
  JobTerminating: 'terminating',
  ...statusByEnd,
} satisfies Partial<Record<keyof JobEvents, JobStatus>>;

const messagesSchema = z.strictObject({
  level: z.array(z.enum(messageLevels)).optional(),
  limit: z.int().min(1).max(1_000).default(100),
  next: z.string().regex(/^\d+$/).optional(),
});
export type MessageFilter = z.input<typeof messagesSchema>;

/** Refuses: `JOB_NOT_FOUND`. */
export async function timeline(scope: ProjectScope, id: string): Promise<JobTimeline> {
  const { job, ...fold } = await findJob(scope, id);
  return timelineOf(scope, fold, job, scope.instantOf(fold));
}

/** The newest first. Refuses: `INVALID_INPUT`, `JOB_NOT_FOUND`. */
export async function messages(
  scope: ProjectScope,
  id: string,
  filter: MessageFilter = {},
): Promise<{ items: JobMessage[]; next?: string }> {
  const { level, limit, next } = parse('messages', messagesSchema, filter);
  const { position } = await findJob(scope, id);
  const items: JobMessage[] = [];
  for await (const event of messageEvents(scope, id, next === undefined ? position : Number(next) - 1)) {
    const message = messageOf(event);
    if (level && !level.includes(message.level)) continue;
    if (items.length === limit) return { items, next: String(items.at(-1)!.position) };
    items.push(message);
  }
  return { items };
}

async function timelineOf(scope: ProjectScope, fold: Fold<ProjectState>, job: JobDescription, asOf: string): Promise<JobTimeline> {
  const changes = readSlices(scope.runtime.storage.events, scope.log.id, [[`job:${job.id}`]], {
    types: Object.keys(statusByEvent),
    upTo: fold.position,
  });
  const states = spansOf(await all(changes), asOf);
  const logged = (await all(messageEvents(scope, job.id, fold.position, mostShown))).map(messageOf).toReversed();
  return { job, asOf, states, messages: logged, children: await childrenOf(scope, fold, job, asOf) };
}

async function childrenOf(
  scope: ProjectScope,
  fold: Fold<ProjectState>,
  { id, children }: JobDescription,
  asOf: string,
): Promise<JobTimeline[]> {
  if (Object.keys(children).length === 0) return [];
  const { events } = scope.runtime.storage;
  const tags = [`parent:${id}`];
  const born = readSlices(events, scope.log.id, [tags], { types: ['JobCreated'], upTo: fold.position, limit: mostShown });
  const timelines: JobTimeline[] = [];
  for (const { data } of await all(born)) {
    const child = await jobAt(scope, fold, String(data.job));
    if (child) timelines.push(await timelineOf(scope, fold, child, asOf));
  }
  return timelines;
}

function spansOf(changes: readonly RecordedEvent[], asOf: string): JobSpan[] {
  return changes.map(({ type, recordedAt: from }, i) => {
    const status = statusByEvent[type]!;
    const to = changes[i + 1]?.recordedAt;
    const durationMs = Object.hasOwn(statusByEnd, type as JobEnd) ? 0 : Math.max(0, millisecondsBetween(from, to ?? asOf));
    return { status, from, ...(to !== undefined && { to }), durationMs };
  });
}

/** The newest first. Limited access sees what it logged itself. */
function messageEvents(scope: ProjectScope, job: string, upTo: number, limit?: number): AsyncGenerator<RecordedEvent> {
  const options = { types: ['JobMessageLogged'], upTo, backward: true, ...(limit !== undefined && { limit }) };
  return readSlices(scope.runtime.storage.events, scope.log.id, [[`job:${job}`, ...scope.ownTags]], options);
}

function messageOf({ position, recordedAt: at, actor, data }: RecordedEvent): JobMessage {
  const { job: _, ...message } = data as unknown as JobEvents['JobMessageLogged'];
  return { position, at, actor, ...message };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
