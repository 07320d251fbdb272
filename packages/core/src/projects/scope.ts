import { z } from 'zod';
import type { AccessRule } from '../capability';
import { executeTogether, type Outcome, type Step } from '../commands';
import type { Decidable, ProjectCommands, ProjectQueries, ProjectQuery, ProjectState } from '../decider';
import { projectAccessTable, projectDecider } from '../decider';
import { DaybookError, isDaybookError } from '../errors';
import type { Actor } from '../event-store';
import { givenInstant, parse, uuid } from '../fields';
import type { Fold } from '../folds';
import { refuseEnded } from '../jobs/ended';
import { isSame } from '../jobs/state';
import { validAccess } from '../limited-access/state';
import { visibleTo } from '../limited-access/visible';
import { first, positionAt } from '../reading';
import type { ProjectLog, Runtime } from '../runtime';
import { type Insider, placeStep } from '../users/places';

/** A point in a log: a position, or an instant: ISO 8601 with its offset (a date alone is its first moment in UTC), or a `Date`. */
export type Point = number | string | Date;

/** One project as one actor sees it, now or as of a point. What all handles of it share. */
export class ProjectScope {
  readonly runtime: Runtime;
  readonly log: ProjectLog;
  readonly id: string;
  readonly actor: Actor;
  /** The actor's own e-mail address, where the embedding app gave it. */
  readonly email: string | undefined;
  readonly #point: number | string | undefined;

  constructor(
    runtime: Runtime,
    id: string,
    actor: Actor,
    { email, point }: { readonly email?: string; readonly point?: number | string } = {},
  ) {
    this.runtime = runtime;
    this.log = runtime.project(id);
    this.id = id;
    this.actor = actor;
    this.email = email;
    this.#point = point;
  }

  at(point: Point): ProjectScope {
    return new ProjectScope(this.runtime, this.id, this.actor, { point: parsePoint(point) });
  }

  /** Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `PROJECT_DISABLED`, `JOB_FINISHED` (of work in a job), what the command says. */
  async execute<C extends keyof ProjectCommands>(type: C, data: object, actor = this.actor): Promise<Outcome<ProjectState>> {
    const command = projectDecider.parse(type, data);
    return this.watched(() => this.#execute(command, actor));
  }

  /** What has ended is not in the state: the log tells jobs that have ended from those that never were. */
  async #execute(command: Decidable & { readonly type: keyof ProjectCommands }, actor: Actor): Promise<Outcome<ProjectState>> {
    try {
      await this.#existing();
      return await this.log.execute({ command, actor });
    } catch (error) {
      if (!isDaybookError(error, 'JOB_NOT_FOUND')) throw error;
      const { job } = error.details;
      const limited = actor.kind === 'limited';
      await refuseEnded(this.runtime.storage.events, this.log.id, job, limited ? actor : undefined);
      // What is not their own job might as well not be there, and the other way round.
      if (limited) throw new DaybookError('ACCESS_DENIED', { action: command.type, actor: `${actor.kind} ${actor.id}` });
      const { names } = projectAccessTable[command.type] as AccessRule;
      if (command.foreignJob || names?.(command.data as never).within !== job) throw error;
      return this.#execute({ ...command, foreignJob: true }, actor);
    }
  }

  /** Refuses what the command would be refused with now, and does nothing. */
  async check<C extends keyof ProjectCommands>(type: C, data: object): Promise<void> {
    const command = projectDecider.parse(type, data);
    await this.watched(async () => {
      await this.#existing();
      await this.log.prepare([{ command, actor: this.actor }]);
    });
  }

  /** One command, for something larger. */
  async step<C extends keyof ProjectCommands>(type: C, data: object): Promise<Step> {
    const command = projectDecider.parse(type, data);
    await this.#existing();
    return { log: this.log, requests: [{ command, actor: this.actor }] };
  }

  /** As `execute`, where somebody may come in or go out: their own log notes it in the same append. Gives how many events the project has more. */
  async move<C extends keyof ProjectCommands>(type: C, data: object, ...who: readonly Insider[]): Promise<number> {
    const { runtime, actor, log } = this;
    return this.watched(async () => {
      const steps = [await this.step(type, data), ...who.map((one) => placeStep(runtime, one, actor))];
      const writes = await executeTogether(runtime.environment, steps);
      return writes.find((write) => write.log === log.id)?.events.length ?? 0;
    });
  }

  /** Work on this project; when it is refused for access, that is recorded. */
  watched<T>(work: () => Promise<T>): Promise<T> {
    return this.runtime.refusals.watch(this.log, this.actor, work);
  }

  /**
   * The state that a query answers from: as of the scope's point, if the actor may ask it now, without whatever the actor may not see. `asked`: what the
   * query holds. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `POSITION_NOT_FOUND`.
   */
  async query<Q extends ProjectQuery>(query: Q, ...[asked]: Asked<ProjectQueries[Q]>): Promise<Fold<ProjectState>> {
    const newest = await this.permit(query, asked);
    return this.seen(this.#point === undefined ? newest : await this.#past(this.#point, newest), newest);
  }

  /**
   * Pieces of a long answer to a query, as long as the actor may ask it: a right that was taken away meanwhile ends it. Refuses, before each piece:
   * `PROJECT_NOT_FOUND`, `ACCESS_DENIED`.
   */
  async *whilePermitted<T, Q extends ProjectQuery>(
    pieces: AsyncIterable<T>,
    query: Q,
    ...[asked]: Asked<ProjectQueries[Q]>
  ): AsyncGenerator<T> {
    for await (const piece of pieces) {
      await this.permit(query, asked);
      yield piece;
    }
  }

  /** Whether the actor may ask a query now; gives the newest state. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
  async permit<Q extends ProjectQuery>(query: Q, asked?: ProjectQueries[Q]): Promise<Fold<ProjectState>> {
    const newest = await this.#existing();
    const now = this.#now(newest.recordedAt);
    await this.watched(() =>
      this.log.asking(newest, { actor: this.actor, now }, (context) =>
        projectDecider.permit(query, newest.state, context, asked ?? ({} as ProjectQueries[Q])),
      ),
    );
    return newest;
  }

  async #past(point: number | string, newest: Fold<ProjectState>): Promise<Fold<ProjectState>> {
    const position = await this.positionOf(point, newest);
    if (position < 1 || position > newest.position) throw new DaybookError('POSITION_NOT_FOUND', { position: point });
    return this.log.at(position);
  }

  /** The time that an answer from this state is given as of: the instant that was asked for, which may be after the last event of then. */
  instantOf({ recordedAt }: Fold<ProjectState>): string {
    if (this.#point === undefined) return this.#now(recordedAt);
    return typeof this.#point === 'string' ? this.#point : recordedAt;
  }

  /** Whether the actor sees only their own jobs, storage jobs and events. */
  get onlyOwn(): boolean {
    return this.actor.kind === 'limited';
  }

  /** Tags that every event has which the actor may see in history. */
  get ownTags(): readonly string[] {
    return this.onlyOwn ? [`actor:limited:${this.actor.id}`] : [];
  }

  /** Whether the actor may learn that somebody did something. */
  shows(actor: Actor): boolean {
    return !this.onlyOwn || isSame(actor, this.actor);
  }

  /** The last event that the actor may see, up to a fold: its end, unless the actor sees only their own. */
  async lastShown({
    position,
    recordedAt,
  }: Fold<ProjectState>): Promise<{ readonly position: number; readonly recordedAt: string } | undefined> {
    if (!this.onlyOwn) return { position, recordedAt };
    return first(this.runtime.storage.events.read(this.log.id, { tags: [...this.ownTags], upTo: position, backward: true, limit: 1 }));
  }

  /** Undefined where there is no such project (any more). */
  async newestIfThere(): Promise<Fold<ProjectState> | undefined> {
    if (!uuid.safeParse(this.id).success) return undefined;
    const fold = await this.log.fresh();
    return fold.position === 0 ? undefined : fold;
  }

  /** The newest state, whatever the scope's point. */
  async newest(): Promise<Fold<ProjectState>> {
    return this.#existing();
  }

  /** A state of then as the actor may see it now, by the newest one. */
  seen(then: Fold<ProjectState>, newest: Fold<ProjectState>): Fold<ProjectState> {
    if (this.actor.kind !== 'limited') return then;
    const access = validAccess(newest.state, this.actor.id, this.#now(newest.recordedAt));
    return { ...then, state: visibleTo(then.state, this.actor, access) };
  }

  /**
   * A position itself; the last one by an instant, 0 where there is none. An instant ahead of now is refused: what is asked as of it would change.
   * Refuses: `INVALID_INPUT`, `POSITION_NOT_FOUND`.
   */
  async positionOf(point: Point, { recordedAt }: Fold<ProjectState>): Promise<number> {
    const parsed = parsePoint(point);
    if (typeof parsed === 'number') return parsed;
    if (parsed > this.#now(recordedAt)) throw new DaybookError('POSITION_NOT_FOUND', { position: parsed });
    return positionAt(this.runtime.storage.events, this.log.id, parsed);
  }

  /** The time now; never before the log's last event. */
  async now(): Promise<string> {
    return this.#now((await this.newestIfThere())?.recordedAt ?? '');
  }

  async #existing(): Promise<Fold<ProjectState>> {
    const fold = await this.newestIfThere();
    if (!fold) throw new DaybookError('PROJECT_NOT_FOUND', { project: this.id });
    return fold;
  }

  /** Never before the log's last event. */
  #now(recordedAt: string): string {
    const now = this.runtime.now();
    return now < recordedAt ? recordedAt : now;
  }
}

/** What a query holds: to be left out where nothing has to be named. */
type Asked<Query> = Partial<Query> extends Query ? [asked?: Query] : [asked: Query];

const pointSchema = z.union([z.int().min(1), givenInstant]);

/** Instants come out in UTC with milliseconds, as the log has them. Refuses: `INVALID_INPUT`. */
export function parsePoint(point: Point): number | string {
  return parse('point in time', pointSchema, point);
}
