import type { AuditCommands } from './audit/decide';
import { Refusals } from './audit/refusals';
import type { Environment } from './commands';
import { Log, type LogHandle } from './commands';
import {
  type Decidable,
  organizationDecider,
  organizationOf,
  type ProjectCommands,
  type ProjectState,
  projectDecider,
  userDecider,
} from './decider';
import type { OrganizationCommands } from './organizations/decide';
import type { OrganizationState } from './organizations/state';
import { Turns } from './turns';
import type { UserCommands } from './users/decide';
import type { UserState } from './users/state';
import { Vault } from './users/vault';

export type ProjectLog = LogHandle<ProjectState, ProjectCommands>;
export type OrganizationLog = LogHandle<OrganizationState, OrganizationCommands & AuditCommands>;
export type UserLog = LogHandle<UserState, UserCommands>;

/** What all handles of one `openDaybook` share, beside what they show. */
interface Shared {
  readonly logs: Map<string, unknown>;
  readonly underway: Set<Promise<void>>;
  runner?: string;
  closing?: Promise<void>;
}

/** So many logs' states are kept in memory; the one longest unused goes first. */
const mostLogs = 500;

/** What all handles of one `openDaybook` share: logs, turns, work under way. Those of one request of the embedding app's have one that is `traced`. */
export class Runtime {
  readonly environment: Environment;
  /** Work on the rows of one table takes turns. */
  readonly turns: Turns;
  readonly refusals: Refusals;
  readonly vault: Vault;
  readonly #shared: Shared;
  readonly #correlationId: string | undefined;

  constructor(environment: Environment, origin?: Runtime, correlationId?: string) {
    this.environment = environment;
    this.turns = origin?.turns ?? new Turns();
    this.refusals = origin?.refusals ?? new Refusals(environment);
    this.vault = origin?.vault ?? new Vault(environment);
    this.#shared = origin ? origin.#shared : { logs: new Map(), underway: new Set() };
    this.#correlationId = correlationId;
  }

  /** The same, for one request of the embedding app's: whatever is appended in it carries the id. */
  traced(correlationId: string | undefined): Runtime {
    return correlationId === undefined ? this : new Runtime(this.environment, this, correlationId);
  }

  get storage() {
    return this.environment.storage;
  }

  /** Who runs jobs, where the application does not say. */
  get runner(): string {
    this.#shared.runner ??= this.environment.newId();
    return this.#shared.runner;
  }

  now(): string {
    return this.environment.clock().toISOString();
  }

  project(id: string): ProjectLog {
    const organization = (state: ProjectState, command?: Decidable) => this.organization(organizationOf(state, command));
    return this.#log(`project/${id}`, () => new Log(`project/${id}`, projectDecider, this.environment, organization));
  }

  organization(id: string): OrganizationLog {
    return this.#log(`organization/${id}`, () => new Log(`organization/${id}`, organizationDecider, this.environment));
  }

  /** Of a person or a contact. */
  user(id: string): UserLog {
    return this.#log(`user/${id}`, () => new Log(`user/${id}`, userDecider, this.environment));
  }

  /** A project that others name: undefined, and nothing kept of it in memory, when there is none. */
  async existingProject(id: string): Promise<ProjectLog | undefined> {
    const known = this.#shared.logs.has(`project/${id}`) || (await this.storage.events.head(`project/${id}`)) !== undefined;
    return known ? this.project(id) : undefined;
  }

  /** Work that nobody waits for, but `close` does. Failures go to `onError`. */
  inBackground(work: () => Promise<void>): Promise<void> {
    return this.underway(work).catch((error) => this.environment.onError(error));
  }

  /** Work that `close` waits for. */
  underway<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    const settled = running.then(
      () => {},
      () => {},
    );
    this.#shared.underway.add(settled);
    void settled.then(() => this.#shared.underway.delete(settled));
    return running;
  }

  /** Waits for work under way, then closes the storage. */
  close(): Promise<void> {
    this.#shared.closing ??= this.#close();
    return this.#shared.closing;
  }

  async #close(): Promise<void> {
    const { underway } = this.#shared;
    while (underway.size > 0) await Promise.all(underway);
    await this.refusals.record({ all: true });
    await this.storage[Symbol.asyncDispose]();
  }

  #log<State extends object, Commands>(id: string, create: () => Log<State, Commands>): LogHandle<State, Commands> {
    const { logs, closing } = this.#shared;
    if (closing) throw new TypeError('This daybook is closed');
    const log = (logs.get(id) as Log<State, Commands> | undefined) ?? create();
    logs.delete(id);
    logs.set(id, log);
    if (logs.size > mostLogs) logs.delete(logs.keys().next().value as string);
    return this.#correlationId === undefined ? log : log.traced(this.#correlationId);
  }
}
