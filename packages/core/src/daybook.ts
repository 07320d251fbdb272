import type { Environment } from './commands';
import type { Actor, RecordedEvent } from './event-store';
import { foreignId } from './fields';
import { newUuid } from './ids';
import { createOrganization, createProject, type NewProject, Organization } from './organizations/handle';
import { Project } from './projects/handle';
import { ProjectScope } from './projects/scope';
import { Runtime } from './runtime';
import type { Storage } from './storage';
import { failAbandoned } from './storage-jobs/abandoned';

export interface DaybookOptions {
  /** Closing the daybook closes it. */
  readonly storage: Storage;
  /** The time. Default: the machine's. */
  readonly clock?: () => Date;
  /** A new id, unique for ever. Default: a v7 uuid. */
  readonly newId?: () => string;
  /** Told of every event that this daybook appends, once it is stored. */
  readonly onEvent?: (event: RecordedEvent) => void;
  /** Told when work that nobody waits for (compaction, checkpoints) fails, or one of these functions does. Default: nothing. */
  readonly onError?: (error: unknown) => void;
}

/** Who acts. The embedding app has authenticated them. */
export interface Principal {
  readonly kind: 'person' | 'system';
  readonly id: string;
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
  };
  const environment: Environment = { storage, clock, newId, onEvent: tell, onError };
  return new Daybook(new Runtime(environment));
}

/** An open daybook. */
export class Daybook implements AsyncDisposable {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** What this person may see and do. */
  as({ kind, id }: Principal): Session {
    if ((kind !== 'person' && kind !== 'system') || !foreignId.safeParse(id).success)
      throw new TypeError('An actor has a kind, and an id of 1 to 255 characters');
    return new Session(this.#runtime, { kind, id });
  }

  /** Does what is due: storage jobs whose process is gone are failed. Safe to run late, often and in many processes at once. Call it from a scheduler. */
  async runDue(): Promise<{ abandoned: number }> {
    return { abandoned: await failAbandoned(this.#runtime) };
  }

  /** Waits for work under way and closes the storage. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Daybook, for one actor. */
export class Session {
  readonly #runtime: Runtime;
  readonly #actor: Actor;

  constructor(runtime: Runtime, actor: Actor) {
    this.#runtime = runtime;
    this.#actor = actor;
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

  /** The actor, a member of the organization, becomes its first administrator. Refuses: `INVALID_INPUT`, `ORGANIZATION_NOT_FOUND`, `ACCESS_DENIED`. */
  async createProject(input: NewProject): Promise<Project> {
    const id = await createProject(this.#runtime, this.#actor, input);
    return new Project(new ProjectScope(this.#runtime, id, this.#actor));
  }

  /** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
  async project(id: string): Promise<Project> {
    const project = new Project(new ProjectScope(this.#runtime, id, this.#actor));
    await project.describe();
    return project;
  }
}
