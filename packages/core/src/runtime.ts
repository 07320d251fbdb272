import type { AuditCommands } from './audit/decide';
import { Refusals } from './audit/refusals';
import type { Environment } from './commands';
import { Log } from './commands';
import { organizationDecider, type ProjectCommands, type ProjectState, projectDecider, userDecider } from './decider';
import type { OrganizationCommands } from './organizations/decide';
import type { OrganizationState } from './organizations/state';
import { Turns } from './turns';
import type { UserCommands } from './users/decide';
import type { UserState } from './users/state';
import { Vault } from './users/vault';

export type ProjectLog = Log<ProjectState, ProjectCommands>;
export type OrganizationLog = Log<OrganizationState, OrganizationCommands & AuditCommands>;
export type UserLog = Log<UserState, UserCommands>;
type AnyLog = ProjectLog | OrganizationLog | UserLog;

/** So many logs' states are kept in memory; the one longest unused goes first. */
const mostLogs = 500;

/** What all handles of one `openDaybook` share: logs, turns, work under way. */
export class Runtime {
  readonly environment: Environment;
  /** Work on the rows of one table takes turns. */
  readonly turns = new Turns();
  readonly refusals: Refusals;
  readonly vault: Vault;
  #runner: string | undefined;
  readonly #logs = new Map<string, AnyLog>();
  readonly #underway = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(environment: Environment) {
    this.environment = environment;
    this.refusals = new Refusals(environment);
    this.vault = new Vault(environment);
  }

  get storage() {
    return this.environment.storage;
  }

  /** Who runs jobs, where the application does not say. */
  get runner(): string {
    this.#runner ??= this.environment.newId();
    return this.#runner;
  }

  now(): string {
    return this.environment.clock().toISOString();
  }

  project(id: string): ProjectLog {
    return this.#log(`project/${id}`, () => new Log(`project/${id}`, projectDecider, this.environment));
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
    const known = this.#logs.has(`project/${id}`) || (await this.storage.events.head(`project/${id}`)) !== undefined;
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
    this.#underway.add(settled);
    void settled.then(() => this.#underway.delete(settled));
    return running;
  }

  /** Waits for work under way, then closes the storage. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
    await this.refusals.record({ all: true });
    await this.storage[Symbol.asyncDispose]();
  }

  #log<L extends AnyLog>(id: string, create: () => L): L {
    if (this.#closing) throw new TypeError('This daybook is closed');
    const log = (this.#logs.get(id) as L | undefined) ?? create();
    this.#logs.delete(id);
    this.#logs.set(id, log);
    if (this.#logs.size > mostLogs) this.#logs.delete(this.#logs.keys().next().value as string);
    return log;
  }
}
