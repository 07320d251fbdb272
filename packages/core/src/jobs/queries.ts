import { z } from 'zod';
import { tagsOf } from '../audit/queries';
import type { ProjectState } from '../decider';
import { DaybookError } from '../errors';
import type { Actor, ReadOptions, RecordedEvent } from '../event-store';
import { correlationId, givenInstant, parse } from '../fields';
import type { Fold } from '../folds';
import { own } from '../message';
import type { ProjectScope } from '../projects/scope';
import { positionAt } from '../reading';
import { jobEnd } from './ended';
import { endStatuses, type JobEnd, type JobEvents, statusByEnd } from './events';
import { isSame, type JobStatus, millisecondsBetween, type OpenJob, type Tally } from './state';

/** A job, as users see it. */
export interface JobDescription
  extends Pick<
    OpenJob,
    | 'id'
    | 'runId'
    | 'component'
    | 'configuration'
    | 'mode'
    | 'parameters'
    | 'parent'
    | 'rerunOf'
    | 'idempotencyKey'
    | 'actor'
    | 'correlationId'
    | 'createdAt'
    | 'startedAt'
    | 'runner'
    | 'heartbeatAt'
    | 'heartbeatTimeoutSeconds'
  > {
  readonly status: JobStatus;
  readonly endedAt?: string;
  /** What its end said. */
  readonly message?: string;
  readonly error?: JobEvents['JobFailed']['error'];
  /** Failed because nothing was heard of it any more. */
  readonly abandoned?: true;
  readonly metrics?: Readonly<Record<string, number>>;
  /** How many of its children are in which state; those that are open are counted as `open`. */
  readonly children: Tally & { readonly open?: number };
  /** Once it has ended: for how long it was processing, in milliseconds; 0 for one with children, whose work was theirs. */
  readonly runMs?: number;
}

const openStatuses = ['created', 'waiting', 'processing', 'terminating'] as const;
/** `from` inclusive, `to` exclusive. */
const between = z.strictObject({ from: givenInstant.optional(), to: givenInstant.optional() });
const seconds = z.number().min(0);

const filterSchema = z.strictObject({
  status: z.array(z.enum([...openStatuses, ...endStatuses])).optional(),
  component: z.string().max(255).optional(),
  configuration: z.string().max(255).optional(),
  /** Who created it. */
  actor: z.strictObject({ kind: z.enum(['person', 'limited', 'support', 'system']), id: z.string().max(255) }).optional(),
  /** The embedding app's request that it was created in. */
  correlationId: correlationId.optional(),
  /** Whose child it is. */
  parent: z.string().max(64).optional(),
  created: between.optional(),
  started: between.optional(),
  ended: between.optional(),
  /** From start to end, or until now. Those that have not started are left out. */
  durationSeconds: z.strictObject({ from: seconds.optional(), to: seconds.optional() }).optional(),
  /**
   * `created`: by creation. `ended`: by end, only what has ended. Default: the newest creation first; where only ways to end are asked
   * for, the newest end first.
   */
  sort: z.strictObject({ by: z.enum(['created', 'ended']), direction: z.enum(['asc', 'desc']).default('desc') }).optional(),
  limit: z.int().min(1).max(1_000).default(100),
  next: z.string().regex(/^\d+$/).optional(),
});
export type JobFilter = z.input<typeof filterSchema>;
type Wanted = z.output<typeof filterSchema>;

/** So many jobs are looked at for one page at most: with filters that few meet a page can hold fewer than `limit`, and there is a next one. */
const mostLookedAt = 10_000;
const lookedUpTogether = 25;

/** A job and the position by which it is sorted. */
interface Candidate {
  readonly position: number;
  readonly job: JobDescription;
}

/**
 * Jobs, page by page, read by index ranges: of creations, or of ends. Status is a range of its own where only ways to end are asked for.
 * Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`.
 */
export async function jobs(scope: ProjectScope, filter: JobFilter = {}): Promise<{ items: JobDescription[]; next?: string }> {
  const asked = parse('jobs', filterSchema, filter);
  if (scope.onlyOwn && asked.actor && !isSame(asked.actor, scope.actor)) return { items: [] };
  const wanted = scope.onlyOwn ? { ...asked, actor: scope.actor } : asked;
  const fold = await scope.query('jobs');
  const asOf = scope.instantOf(fold);
  const items: JobDescription[] = [];
  let seen = 0;
  let last = 0;
  for await (const { position, job } of candidates(scope, fold, wanted)) {
    if (items.length === wanted.limit || seen === mostLookedAt) return { items, next: String(last) };
    seen += 1;
    last = position;
    if (matches(job, wanted, asOf)) items.push(job);
  }
  return { items };
}

/** The job as of the scope's point. Refuses: `JOB_NOT_FOUND`. */
export async function findJob(scope: ProjectScope, id: string): Promise<Fold<ProjectState> & { readonly job: JobDescription }> {
  const fold = await scope.query('jobs');
  const job = await jobAt(scope, fold, id);
  if (!job) throw new DaybookError('JOB_NOT_FOUND', { job: id });
  return { ...fold, job };
}

/** The job as of a state of the log, if it was there. */
export async function jobAt(scope: ProjectScope, { state, position }: Fold<ProjectState>, id: string): Promise<JobDescription | undefined> {
  const open = own(state.jobs, id);
  if (open) return ofOpen(open);
  const end = await endOf(scope, id, position);
  return end && ofEnd(end);
}

/** The event that ended a job, if the actor may see the job. */
function endOf(scope: ProjectScope, id: string, upTo: number): Promise<RecordedEvent | undefined> {
  return jobEnd(scope.runtime.storage.events, scope.log.id, id, { ...(scope.onlyOwn && { createdBy: scope.actor }), upTo });
}

function candidates(scope: ProjectScope, fold: Fold<ProjectState>, wanted: Wanted): AsyncIterable<Candidate> {
  const { status, sort } = wanted;
  const onlyEnded = status?.every((one) => isEnd(one)) ?? false;
  const onlyOpen = status?.every((one) => !isEnd(one)) ?? false;
  const by = sort?.by ?? (onlyEnded ? 'ended' : 'created');
  if (by === 'ended') return ended(scope, fold, wanted);
  return onlyOpen ? open(fold, wanted) : created(scope, fold, wanted);
}

async function* open({ state }: Fold<ProjectState>, { sort, next }: Wanted): AsyncGenerator<Candidate> {
  const sign = sort?.direction === 'asc' ? 1 : -1;
  const ordered = Object.values(state.jobs).toSorted((a, b) => sign * (a.position - b.position));
  for (const job of ordered) {
    if (next === undefined || sign * (job.position - Number(next)) > 0) yield { position: job.position, job: ofOpen(job) };
  }
}

/** By creation: an index range of what began jobs, each with what the state or its end says of it. */
async function* created(scope: ProjectScope, fold: Fold<ProjectState>, wanted: Wanted): AsyncGenerator<Candidate> {
  const { created = {}, started, ended } = wanted;
  const to = earliest(created.to, started?.to, ended?.to);
  const range = rangeOf(scope, fold, wanted, ['JobCreated'], { from: created.from, to, tags: tagsOf(wanted) });
  for await (const events of inBatches(range, lookedUpTogether)) {
    const found = await Promise.all(events.map(({ data }) => jobAt(scope, fold, String(data.job))));
    for (const [i, job] of found.entries()) if (job) yield { position: events[i]!.position, job };
  }
}

/** By end: an index range of the ends asked for, each of which carries the whole job. */
async function* ended(scope: ProjectScope, fold: Fold<ProjectState>, wanted: Wanted): AsyncGenerator<Candidate> {
  const { status = endStatuses, created, started, ended = {} } = wanted;
  const types = (Object.keys(statusByEnd) as JobEnd[]).filter((type) => status.includes(statusByEnd[type]));
  if (types.length === 0) return;
  const from = latest(created?.from, started?.from, ended.from);
  const { actor, correlationId } = wanted;
  const tags = [
    ...(actor === undefined ? [] : [`created-by:${actor.kind}:${actor.id}`]),
    ...(correlationId === undefined ? [] : [`created-in:${correlationId}`]),
  ];
  for await (const event of rangeOf(scope, fold, wanted, types, { from, to: ended.to, tags })) {
    yield { position: event.position, job: ofEnd(event) };
  }
}

async function* rangeOf(
  scope: ProjectScope,
  { position }: Fold<ProjectState>,
  { component, configuration, parent, sort, limit, next }: Wanted,
  types: readonly string[],
  { from, to, tags: more }: { readonly from: string | undefined; readonly to: string | undefined; readonly tags: readonly string[] },
): AsyncGenerator<RecordedEvent> {
  const { events } = scope.runtime.storage;
  const backward = sort?.direction !== 'asc';
  const before = (instant: string) => positionAt(events, scope.log.id, new Date(Date.parse(instant) - 1).toISOString());
  const after = Math.max(from === undefined ? 0 : await before(from), next === undefined || backward ? 0 : Number(next));
  const upTo = Math.min(
    position,
    to === undefined ? position : await before(to),
    next === undefined || !backward ? position : Number(next) - 1,
  );
  const tags = [
    ...(component === undefined ? [] : [`component:${component}`]),
    ...(configuration === undefined ? [] : [`configuration:${configuration}`]),
    ...(parent === undefined ? [] : [`parent:${parent}`]),
    ...more,
  ];
  yield* inPieces({ tags, types, after, upTo, backward }, limit + 1, (options) => events.read(scope.log.id, options));
}

/** A read that asks for no more than is likely to be needed: pieces of a page first, larger ones where filters leave few. */
async function* inPieces(
  { after, upTo, ...options }: ReadOptions & { readonly after: number; readonly upTo: number },
  size: number,
  read: (options: ReadOptions) => AsyncIterable<readonly RecordedEvent[]>,
): AsyncGenerator<RecordedEvent> {
  if (after >= upTo) return;
  let last = 0;
  let given = 0;
  for await (const page of read({ ...options, after, upTo, limit: size })) {
    yield* page;
    given += page.length;
    last = page.at(-1)!.position;
  }
  const rest = options.backward ? { after, upTo: last - 1 } : { after: last, upTo };
  if (given === size) yield* inPieces({ ...options, ...rest }, Math.min(1_000, size * 2), read);
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function matches(job: JobDescription, wanted: Wanted, asOf: string): boolean {
  const { status, component, configuration, actor, correlationId, parent, created, started, ended, durationSeconds } = wanted;
  return (
    (status === undefined || status.includes(job.status)) &&
    (component === undefined || job.component === component) &&
    (configuration === undefined || job.configuration === configuration) &&
    (parent === undefined || job.parent === parent) &&
    (actor === undefined || isSame(job.actor, actor)) &&
    (correlationId === undefined || job.correlationId === correlationId) &&
    within(job.createdAt, created) &&
    within(job.startedAt, started) &&
    within(job.endedAt, ended) &&
    lasts(job, durationSeconds, asOf)
  );
}

function within(
  instant: string | undefined,
  bounds: { readonly from?: string | undefined; readonly to?: string | undefined } | undefined,
): boolean {
  if (bounds === undefined) return true;
  return instant !== undefined && (bounds.from === undefined || instant >= bounds.from) && (bounds.to === undefined || instant < bounds.to);
}

function lasts({ startedAt, endedAt }: JobDescription, bounds: Wanted['durationSeconds'], asOf: string): boolean {
  if (bounds === undefined) return true;
  if (startedAt === undefined) return false;
  const lasted = millisecondsBetween(startedAt, endedAt ?? asOf) / 1_000;
  return lasted >= (bounds.from ?? 0) && (bounds.to === undefined || lasted < bounds.to);
}

function ofOpen({ position: _, terminatingAt: __, openChildren, children, ...job }: OpenJob): JobDescription {
  return { ...job, children: { ...(openChildren > 0 && { open: openChildren }), ...children } };
}

function ofEnd({ type, data, recordedAt }: RecordedEvent): JobDescription {
  const { job, ...end } = data as unknown as JobEvents['JobCancelled'] & { readonly actor: Actor };
  return { id: job, ...end, status: statusByEnd[type as JobEnd], endedAt: recordedAt };
}

function isEnd(status: JobStatus): boolean {
  return (endStatuses as readonly string[]).includes(status);
}

function earliest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).toSorted()[0];
}

function latest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((instant) => instant !== undefined)
    .toSorted()
    .at(-1);
}
