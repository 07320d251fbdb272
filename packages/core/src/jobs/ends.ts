import { type JobEnd, type JobEvent, type JobEvents, statusByEnd } from './events';
import { isHeard, type JobsSlice, millisecondsBetween, type OpenJob } from './state';

type Whole = Omit<JobEvents['JobCancelled'], 'message'>;
type Result<T extends JobEnd> = Omit<JobEvents[T], keyof Whole>;

/**
 * What one decision does to a tree of jobs: no job ends before its children, but one that is abandoned: what is heard of below it goes on. An end that is
 * no success takes the open children along, the deepest first. A job that was asked to stop before it started ends with the last of its children.
 */
export class Ends {
  readonly events: JobEvent[] = [];
  readonly #jobs: readonly OpenJob[];
  readonly #now: string;
  readonly #stopping = new Set<string>();
  readonly #ended = new Map<string, JobEnd>();
  #abandoned = false;

  constructor({ jobs }: JobsSlice, now: string) {
    this.#jobs = Object.values(jobs);
    this.#now = now;
  }

  /** Ends a job of which nothing is heard any more. */
  abandon<T extends JobEnd>(job: OpenJob, type: T, result: Result<T>): this {
    this.#abandoned = true;
    return this.end(job, type, result);
  }

  /** Ends a job, and its parent where that only waited for it. */
  end<T extends JobEnd>(job: OpenJob, type: T, result: Result<T>): this {
    this.#end(job, type, result);
    this.#follow(job);
    return this;
  }

  /** Asks a job and everything below it to stop; what has not started stops at once. */
  stop(job: OpenJob): this {
    this.#stop(job);
    this.#follow(job);
    return this;
  }

  #end<T extends JobEnd>(job: OpenJob, type: T, result: Result<T>): void {
    for (const child of this.#openChildren(job)) if (!this.#outlives(child)) this.#endAlong(child);
    this.events.push({ type, data: { ...this.#whole(job), ...result } } as JobEvent);
    this.#ended.set(job.id, type);
  }

  #outlives(job: OpenJob): boolean {
    return this.#abandoned && isHeard(job, this.#now);
  }

  #endAlong(job: OpenJob): void {
    this.#askToStop(job);
    this.#end(job, job.startedAt === undefined ? 'JobCancelled' : 'JobTerminated', {});
  }

  #stop(job: OpenJob): void {
    this.#askToStop(job);
    for (const child of this.#openChildren(job)) this.#stop(child);
    if (job.startedAt === undefined && this.#openChildren(job).length === 0) this.#end(job, 'JobCancelled', {});
  }

  #askToStop({ id, status }: OpenJob): void {
    if (status === 'terminating' || this.#stopping.has(id)) return;
    this.events.push({ type: 'JobTerminating', data: { job: id } });
    this.#stopping.add(id);
  }

  #follow({ id, parent }: OpenJob): void {
    const above = this.#ended.has(id) ? this.#jobs.find((job) => job.id === parent) : undefined;
    if (above?.status !== 'terminating' || above.startedAt !== undefined || this.#openChildren(above).length > 0) return;
    this.end(above, 'JobCancelled', {});
  }

  #openChildren({ id, openChildren }: OpenJob): OpenJob[] {
    return openChildren === 0 ? [] : this.#jobs.filter((job) => job.parent === id && !this.#ended.has(job.id));
  }

  /** As the event that ends it carries it. */
  #whole(job: OpenJob): Whole {
    const { id, status: _, position: __, heartbeatAt: ___, terminatingAt, openChildren, children: ____, ...kept } = job;
    const isLeaf = openChildren === 0 && Object.keys(job.children).length === 0;
    const runMs = isLeaf && job.startedAt ? millisecondsBetween(job.startedAt, terminatingAt ?? this.#now) : 0;
    return { job: id, ...kept, children: this.#tally(job), runMs };
  }

  #tally(job: OpenJob): Whole['children'] {
    const { id, children } = job;
    const open = this.#openChildren(job).length;
    const tally: Whole['children'] = { ...children, ...(open > 0 && { open }) };
    for (const { id: child, parent } of this.#jobs) {
      const end = parent === id && this.#ended.get(child);
      if (end) tally[statusByEnd[end]] = (tally[statusByEnd[end]] ?? 0) + 1;
    }
    return tally;
  }
}
