import { z } from 'zod';
import type { AccessRule } from '../capability';
import type { Outcome } from '../commands';
import type { ProjectCommands, ProjectQuery, ProjectState, Standing } from '../decider';
import { projectAccessTable, projectDecider, projectQueries } from '../decider';
import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { parse } from '../fields';
import type { Fold } from '../folds';
import { isMember } from '../organizations/state';
import { isAdministrator } from '../people/state';
import { positionAt } from '../reading';
import type { ProjectLog, Runtime } from '../runtime';

/** A point in a log: a position, or an ISO 8601 instant with its offset (a date alone is its first moment in UTC). */
export type Point = number | string;

/** One project as one actor sees it, now or as of a point. What all handles of it share. */
export class ProjectScope {
  readonly runtime: Runtime;
  readonly log: ProjectLog;
  readonly id: string;
  readonly actor: Actor;
  readonly #point: Point | undefined;

  constructor(runtime: Runtime, id: string, actor: Actor, point?: Point) {
    this.runtime = runtime;
    this.log = runtime.project(id);
    this.id = id;
    this.actor = actor;
    this.#point = point;
  }

  at(point: Point): ProjectScope {
    return new ProjectScope(this.runtime, this.id, this.actor, parsePoint(point));
  }

  /** Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `PROJECT_DISABLED`, what the command says. */
  async execute<C extends keyof ProjectCommands>(type: C, data: object, actor = this.actor): Promise<Outcome<ProjectState>> {
    const command = projectDecider.parse(type, data);
    return this.log.execute({ command, actor, standing: await this.standing(type) });
  }

  /** The state that a query answers from: as of the scope's point, if the actor may ask it now. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `POSITION_NOT_FOUND`. */
  async query(query: ProjectQuery): Promise<Fold<ProjectState>> {
    const now = await this.#existing();
    const standing = await this.#standing(projectQueries[query], now);
    projectDecider.permit(query, now.state, { actor: this.actor, now: now.recordedAt, ...standing });
    if (this.#point === undefined) return now;
    return this.log.at(await this.positionOf(this.#point, now.position));
  }

  /** The newest state, whatever the scope's point. */
  async newest(): Promise<Fold<ProjectState>> {
    return this.#existing();
  }

  /** Refuses: `INVALID_INPUT`, `POSITION_NOT_FOUND`. */
  async positionOf(point: Point, head: number): Promise<number> {
    const parsed = parsePoint(point);
    const position = typeof parsed === 'number' ? parsed : await positionAt(this.runtime.storage.events, this.log.id, parsed);
    if (position < 1 || position > head) throw new DaybookError('POSITION_NOT_FOUND', { position: point });
    return position;
  }

  async #existing(): Promise<Fold<ProjectState>> {
    const fold = await this.log.fresh();
    if (fold.position === 0) throw new DaybookError('PROJECT_NOT_FOUND', { project: this.id });
    return fold;
  }

  /** What a command needs to know of the actor. Refuses: `PROJECT_NOT_FOUND`. */
  async standing(command: keyof ProjectCommands): Promise<Standing> {
    return this.#standing(projectAccessTable[command], await this.#existing());
  }

  /** What the project's organization says of the actor. Asked only where the rule and the project itself do not settle it. */
  async #standing({ may }: AccessRule, { state }: Fold<ProjectState>): Promise<Standing> {
    const settled = !may.includes('member') || (may.includes('administrator') && isAdministrator(state, this.actor.id));
    if (this.actor.kind !== 'person' || settled) return { isMember: false };
    const organization = await this.runtime.organization(state.project.organization).fresh();
    return { isMember: isMember(organization.state, this.actor.id) };
  }
}

const pointSchema = z.union([z.int().min(1), z.iso.datetime({ offset: true }), z.iso.date()]);

/** Instants come out in UTC with milliseconds, as the log has them. Refuses: `INVALID_INPUT`. */
export function parsePoint(point: Point): Point {
  const parsed = parse('point in time', pointSchema, point);
  return typeof parsed === 'number' ? parsed : new Date(parsed).toISOString();
}
