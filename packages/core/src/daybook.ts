import type { Environment } from './commands';
import { type DueWork, runDue } from './due';
import type { Actor, RecordedEvent } from './event-store';
import { correlationId as correlationIds, foreignId } from './fields';
import { newUuid } from './ids';
import { LineageStream, type LineageStreamOptions } from './jobs/lineage-stream';
import { authenticate } from './limited-access/manage';
import type { Listed, Paging } from './listing';
import { createOrganization, createProject, type NewProject, Organization } from './organizations/handle';
import { answerInvitation, type ReceivedInvitation, receivedInvitations } from './people/invitations';
import { type OwnOrganization, type OwnProject, ownOrganizations, ownProjects } from './people/memberships';
import { joinProject, Project } from './projects/handle';
import { ProjectScope } from './projects/scope';
import { Runtime } from './runtime';
import type { Storage } from './storage';
import { joinForSupport, requestSupport, type SupportStay } from './support/manage';
import { type Authenticated, forgetAddress, forgetPerson } from './users/directory';
import { type Profile, readProfile, setProfile } from './users/profile';

export interface DaybookOptions {
  /** Closing the daybook closes it. */
  readonly storage: Storage;
  /** The time. Default: the machine's. */
  readonly clock?: () => Date;
  /** A new id, unique for ever. Default: a v7 uuid; they ascend, and ids that do are stored quicker. */
  readonly newId?: () => string;
  /** Told of every event that this daybook appends, once it is stored. */
  readonly onEvent?: (event: RecordedEvent) => void;
  /** Told the OpenLineage events of jobs that this daybook drives, as it drives them, in order. At most once: `openLineage(job)` gives them again. */
  readonly openLineage?: LineageStreamOptions;
  /** Told when work that nobody waits for (compaction, checkpoints) fails, or one of these functions does, and of the storage's `concerns`. Default: nothing. */
  readonly onError?: (error: unknown) => void;
}

const principalKinds: ReadonlySet<string> = new Set(['person', 'support', 'system'] satisfies Principal['kind'][]);

/** Who acts. The embedding app has authenticated them. */
export interface Principal {
  readonly kind: 'person' | 'support' | 'system';
  readonly id: string;
  /** Of a person, as the embedding app knows it to be theirs: by it invitations are found, and it alone can they take for their profile. */
  readonly email?: string;
  /** What the embedding app calls the request that this is in: whatever is done is found by it. At most 255 characters. */
  readonly correlationId?: string;
}

/** Opens what a storage keeps. */
export async function openDaybook(options: DaybookOptions): Promise<Daybook> {
  const { storage, clock = () => new Date(), newId = newUuid, onEvent = () => {}, onError = () => {} } = options;
  const tell = (event: RecordedEvent) => {
    try {
      onEvent(event);
    } catch (error) {
      onError(error);
    }
    lineage?.tell(event);
  };
  for (const concern of storage.concerns ?? []) onError(concern);
  const environment: Environment = { storage, clock, newId, onEvent: tell, onError };
  const runtime = new Runtime(environment);
  const lineage = options.openLineage && new LineageStream(runtime, options.openLineage);
  return new Daybook(runtime);
}

/** An open daybook. */
export class Daybook implements AsyncDisposable {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** What this person may see and do. */
  as({ kind, id, email, correlationId }: Principal): Session {
    if (!principalKinds.has(kind) || !foreignId.safeParse(id).success)
      throw new TypeError('An actor has a kind, and an id of 1 to 255 characters');
    return new Session(this.#traced(correlationId), { kind, id }, kind === 'person' ? email : undefined);
  }

  /**
   * The session of whoever holds this secret of limited access. It takes the same work whether or not there is such access.
   * Refuses: `AUTHENTICATION_FAILED`.
   */
  async authenticate(secret: string, { correlationId }: Pick<Principal, 'correlationId'> = {}): Promise<LimitedSession> {
    const runtime = this.#traced(correlationId);
    const { project, actor } = await authenticate(runtime, secret);
    return new LimitedSession(runtime, actor, project);
  }

  /** Does what is due. Safe to run late, often and in many processes at once: each thing happens once. Call it from a scheduler. */
  runDue(): Promise<DueWork> {
    return runDue(this.#runtime);
  }

  /** Waits for work under way and closes the storage. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #traced(correlationId: string | undefined): Runtime {
    if (!correlationIds.optional().safeParse(correlationId).success)
      throw new TypeError('A correlation id has 1 to 255 characters, without controls');
    return this.#runtime.traced(correlationId);
  }
}

/** Daybook, for one actor. */
export class Session {
  readonly #runtime: Runtime;
  readonly #actor: Actor;
  readonly #who: Authenticated;

  constructor(runtime: Runtime, actor: Actor, email?: string) {
    this.#runtime = runtime;
    this.#actor = actor;
    this.#who = { actor, email };
  }

  /** Whose session it is. */
  get actor(): Actor {
    return this.#actor;
  }

  /** The actor becomes its first member. Refuses: `INVALID_INPUT`. */
  createOrganization(input: { readonly name: string }): Promise<Organization> {
    return createOrganization(this.#runtime, this.#actor, input);
  }

  /** Refuses: `ORGANIZATION_NOT_FOUND`, `ACCESS_DENIED`. */
  async organization(id: string): Promise<Organization> {
    const organization = new Organization(this.#runtime, id, this.#actor);
    await organization.describe();
    return organization;
  }

  /**
   * The organizations that the actor belongs to, by id; all of them for the system, none for support staff. One that cannot be read is listed
   * with the reason. Refuses: `ACCESS_DENIED`, `INVALID_INPUT`.
   */
  organizations(page: Paging = {}): Promise<Listed<OwnOrganization>[]> {
    return ownOrganizations(this.#runtime, this.#actor, page);
  }

  /**
   * The projects in which the actor has a role, by id; all of them for the system. One that cannot be read is listed with the reason.
   * Refuses: `ACCESS_DENIED`, `INVALID_INPUT`.
   */
  projects(page: Paging = {}): Promise<Listed<OwnProject>[]> {
    return ownProjects(this.#runtime, this.#actor, page);
  }

  /** The actor, a member of the organization, becomes its first administrator. Refuses: `INVALID_INPUT`, `ORGANIZATION_NOT_FOUND`, `ACCESS_DENIED`. */
  async createProject(input: NewProject): Promise<Project> {
    const id = await createProject(this.#runtime, this.#actor, input);
    return new Project(this.#scope(id));
  }

  /** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
  async project(id: string): Promise<Project> {
    const project = this.handle(id);
    await project.describe();
    return project;
  }

  /**
   * A member of the organization becomes an administrator; support staff come in where the organization lets them, with a reason, until `expiresAt`
   * (default: for 24 hours). Refuses: `PROJECT_NOT_FOUND`, `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`, `ALREADY_MEMBER`, `APPROVAL_REQUIRED`.
   */
  async joinProject(id: string, stay?: SupportStay): Promise<Project> {
    const scope = this.#scope(id);
    if (this.#actor.kind === 'support') await joinForSupport(scope, stay ?? { reason: '' });
    else await joinProject(scope);
    return new Project(scope);
  }

  /** Support staff ask to come in; an administrator answers. Refuses: `PROJECT_NOT_FOUND`, `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`, `ALREADY_MEMBER`, `ALREADY_REQUESTED`. */
  requestToJoin(id: string, stay: SupportStay): Promise<{ id: string; expiresAt: string }> {
    return requestSupport(this.#scope(id), stay);
  }

  /** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
  leaveProject(id: string): Promise<void> {
    return this.handle(id).leave();
  }

  /** Open invitations to any project, the oldest first. Refuses: `ACCESS_DENIED`. */
  invitations(): Promise<ReceivedInvitation[]> {
    return receivedInvitations(this.#runtime, this.#who);
  }

  /** The actor becomes an administrator. Refuses: `ACCESS_DENIED`, `INVITATION_NOT_FOUND`, `INVITATION_EXPIRED`, `PROJECT_DISABLED`. */
  async acceptInvitation(id: string): Promise<Project> {
    return new Project(await answerInvitation(this.#runtime, this.#who, id, 'AcceptInvitation'));
  }

  /** Refuses as `acceptInvitation`. */
  async declineInvitation(id: string): Promise<void> {
    await answerInvitation(this.#runtime, this.#who, id, 'DeclineInvitation');
  }

  /** Name and e-mail address of a person: one's own, or anybody's for the system. Refuses: `ACCESS_DENIED`. */
  profile(person = this.#actor.id): Promise<Profile> {
    return readProfile(this.#runtime, this.#actor, person);
  }

  /**
   * What is not given stays. A person takes the e-mail address that their session carries, from whoever had it, with its open invitations; any
   * other is set by the system alone. Refuses: `INVALID_INPUT`, `ACCESS_DENIED`.
   */
  setProfile(given: { readonly name?: string; readonly email?: string }, person = this.#actor.id): Promise<void> {
    return setProfile(this.#runtime, this.#who, person, given);
  }

  /**
   * Destroys the keys to a person's personal data: nobody can read it any more, in any copy of the log. History stays as it is and names “a forgotten person”.
   * One's own, or anybody's for the system; `email` is for somebody who was invited and never came: for the system, and whose session
   * carries the address. Refuses: `INVALID_INPUT`, `ACCESS_DENIED`.
   */
  forgetPerson(who: string | { readonly email: string }): Promise<void> {
    if (typeof who === 'string') return forgetPerson(this.#runtime, who, this.#actor);
    return forgetAddress(this.#runtime, this.#who, who.email);
  }

  protected handle(id: string): Project {
    return new Project(this.#scope(id));
  }

  #scope(id: string): ProjectScope {
    const { email } = this.#who;
    return new ProjectScope(this.#runtime, id, this.#actor, { ...(email !== undefined && { email }) });
  }
}

/** Daybook, for a holder of limited access: one project, as far as it was granted. */
export class LimitedSession extends Session {
  /** The project that it was granted to. */
  readonly projectId: string;

  constructor(runtime: Runtime, actor: Actor, projectId: string) {
    super(runtime, actor);
    this.projectId = projectId;
  }

  /** The one project, which authentication has found; another id is refused. What its handle does is checked as ever. */
  override async project(id = this.projectId): Promise<Project> {
    return id === this.projectId ? this.handle(id) : super.project(id);
  }
}
