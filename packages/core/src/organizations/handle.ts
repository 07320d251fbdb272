import type { z } from 'zod';
import { type HistoryEntry, type HistoryFilter, tell } from '../audit/queries';
import { type AuditorOptions, auditorOf } from '../auditors/manage';
import type { Auditor } from '../auditors/state';
import { executeTogether } from '../commands';
import { type organizationAccessTable, organizationDecider, type organizationQueries, projectDecider } from '../decider';
import { DaybookError, isDaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { uuid } from '../fields';
import type { Fold } from '../folds';
import { type Listed, listed, type Paging, parsePaging } from '../listing';
import { type AuditorDescription, describePeople } from '../people/queries';
import type { projectCommands } from '../projects/decide';
import { describeProject, type ProjectDescription } from '../projects/queries';
import { ProjectScope } from '../projects/scope';
import type { OrganizationLog, Runtime } from '../runtime';
import { type Insider, placeStep } from '../users/places';
import type { OrganizationState } from './state';

export interface OrganizationDescription {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly settings: { readonly allowSupportAutoJoin: boolean };
  readonly members: readonly { readonly id: string; readonly since: string }[];
  /** Those whose time is not over. */
  readonly auditors: readonly ({ readonly id: string } & Auditor)[];
  readonly projects: number;
}

/** An organization, as one actor sees it. Every method refuses first: `ORGANIZATION_NOT_FOUND`, `ACCESS_DENIED`. */
export class Organization {
  readonly id: string;
  readonly #runtime: Runtime;
  readonly #log: OrganizationLog;
  readonly #actor: Actor;

  constructor(runtime: Runtime, id: string, actor: Actor) {
    this.id = id;
    this.#runtime = runtime;
    this.#log = runtime.organization(id);
    this.#actor = actor;
  }

  async describe(): Promise<OrganizationDescription> {
    const { name, createdAt, settings, members, auditors, projects } = (await this.#query('describeOrganization')).state;
    const people = Object.entries(members).map(([id, { since }]) => ({ id, since }));
    const now = this.#runtime.now();
    const auditing = Object.entries(auditors).flatMap(([id, one]) => (isOver(one, now) ? [] : [{ id, ...one }]));
    return { id: this.id, name, createdAt, settings, members: people, auditors: auditing, projects: Object.keys(projects).length };
  }

  /** Its projects with status, size and last activity, by id. One that cannot be read is listed with the reason. Refuses: `INVALID_INPUT`. */
  async projects(page: Paging = {}): Promise<Listed<ProjectDescription>[]> {
    const { state } = await this.#query('organizationProjects');
    const { limit, after = '' } = parsePaging('projects', page);
    const ids = Object.keys(state.projects).filter((id) => id > after);
    return listed(ids.toSorted(), limit, (id) => this.#describeProject(id));
  }

  /** Undefined: it was moved away in between. */
  async #describeProject(id: string): Promise<ProjectDescription | undefined> {
    try {
      return await describeProject(new ProjectScope(this.#runtime, id, this.#actor));
    } catch (error) {
      if (isDaybookError(error, 'ACCESS_DENIED') || isDaybookError(error, 'PROJECT_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** What happened in the organization itself, oldest first (or `backward`). Refuses, at the first entry: `INVALID_INPUT`. */
  async *history(filter: Omit<HistoryFilter, 'table' | 'job'> = {}): AsyncGenerator<HistoryEntry> {
    const { position } = await this.#query('organizationHistory');
    const { sentence } = organizationDecider;
    yield* tell({ runtime: this.#runtime, log: this.#log.id, position, sentence, ownTags: [] }, filter);
  }

  async rename(name: string): Promise<void> {
    await this.#execute('RenameOrganization', { name });
  }

  async changeSettings(settings: { readonly allowSupportAutoJoin: boolean }): Promise<void> {
    await this.#execute('ChangeOrganizationSettings', settings);
  }

  /** Who reads everything of it and of its projects, and changes nothing. */
  async auditors(): Promise<AuditorDescription[]> {
    const { state } = await this.#query('auditors');
    return describePeople(this.#runtime, state.auditors, this.#runtime.now());
  }

  /** Lets somebody read everything of the organization and of its projects, for good or until `expiresAt`. Refuses: `INVALID_INPUT`, `ALREADY_MEMBER`. */
  async addAuditor(person: string, options?: AuditorOptions): Promise<void> {
    await this.#execute('AddAuditor', auditorOf(person, options), { kind: 'person', id: person });
  }

  async removeAuditor(person: string): Promise<void> {
    await this.#execute('RemoveAuditor', { person }, { kind: 'person', id: person });
  }

  async addMember(person: string): Promise<void> {
    await this.#execute('AddMember', { person }, { kind: 'person', id: person });
  }

  /** Refuses: `LAST_MEMBER`. */
  async removeMember(person: string): Promise<void> {
    await this.#execute('RemoveMember', { person }, { kind: 'person', id: person });
  }

  async #query(query: keyof typeof organizationQueries): Promise<Fold<OrganizationState>> {
    const fold = await existing(this.#log, this.id);
    let now = this.#runtime.now();
    if (now < fold.recordedAt) now = fold.recordedAt;
    const context = { actor: this.#actor, now };
    await this.#watched(async () => organizationDecider.permit(query, fold.state, context, {}));
    return fold;
  }

  /** `who`: whom it may bring in or take out. */
  async #execute(type: keyof typeof organizationAccessTable, data: object, ...who: readonly Insider[]): Promise<void> {
    const command = organizationDecider.parse(type, data);
    await existing(this.#log, this.id);
    const step = { log: this.#log, requests: [{ command, actor: this.#actor }] };
    const places = who.map((one) => placeStep(this.#runtime, one, this.#actor));
    await this.#watched(() => executeTogether(this.#runtime.environment, [step, ...places]));
  }

  #watched<T>(work: () => Promise<T>): Promise<T> {
    return this.#runtime.refusals.watch(this.#log, this.#actor, work);
  }
}

const daybook = { kind: 'system', id: 'daybook' } as const;

/** Default type: `production`, which never expires; `demo` and `poc` expire after `expiresInDays` (30). */
export type NewProject = Omit<z.input<typeof projectCommands.CreateProject>, 'project'>;

/** Begins an organization; the actor is its first member. */
export async function createOrganization(runtime: Runtime, actor: Actor, input: { readonly name: string }): Promise<Organization> {
  const id = runtime.environment.newId();
  const command = organizationDecider.parse('CreateOrganization', input);
  const step = { log: runtime.organization(id), requests: [{ command, actor }] };
  await executeTogether(runtime.environment, [step, placeStep(runtime, { kind: 'person', id: actor.id }, actor)]);
  return new Organization(runtime, id, actor);
}

/** Begins a project in an organization; the actor is its first administrator. Both logs are written together. */
export async function createProject(runtime: Runtime, actor: Actor, { organization, ...input }: NewProject): Promise<string> {
  const project = runtime.environment.newId();
  await existing(runtime.organization(organization), organization);
  const create = projectDecider.parse('CreateProject', { ...input, project, organization });
  const requests = [create, ...(actor.kind === 'person' ? [projectDecider.parse('JoinProject', {})] : [])];
  const add = organizationDecider.parse('AddProject', { project, name: create.data.name });
  const steps = [
    { log: runtime.organization(organization), requests: [{ command: add, actor }] },
    { log: runtime.project(project), requests: requests.map((command) => ({ command, actor })) },
    placeStep(runtime, { kind: 'person', id: actor.id }, actor),
  ];
  await runtime.refusals.watch(runtime.organization(organization), actor, () => executeTogether(runtime.environment, steps));
  return project;
}

/** Records which auditors' time is over. Gives how many there were. */
export async function expireAuditors(runtime: Runtime, id: string): Promise<number> {
  const log = runtime.organization(id);
  const { auditors } = (await log.fresh()).state;
  const over = Object.keys(auditors).filter((person) => isOver(auditors[person]!, runtime.now()));
  if (over.length === 0) return 0;
  const step = {
    log,
    requests: [{ command: organizationDecider.parse('ExpireAuditors', {}), actor: daybook }],
  };
  const writes = await executeTogether(runtime.environment, [
    step,
    ...over.map((person) => placeStep(runtime, { kind: 'person', id: person }, daybook)),
  ]);
  return writes.find((write) => write.log === log.id)?.events.length ?? 0;
}

/** Refuses: `ORGANIZATION_NOT_FOUND`. */
export async function existing(log: OrganizationLog, id: string): Promise<Fold<OrganizationState>> {
  const fold = uuid.safeParse(id).success ? await log.fresh() : log.folder.empty;
  if (fold.position === 0) throw new DaybookError('ORGANIZATION_NOT_FOUND', { organization: id });
  return fold;
}
