import { addHours } from 'date-fns';
import type { Environment, Request } from '../commands';
import { isDaybookError } from '../errors';
import type { Actor, LogId } from '../event-store';

/** A log whose refusals are recorded in it. */
interface Refusing {
  readonly id: LogId;
  readonly decider: { parse(type: 'RecordRefusals', data: unknown): Request['command'] };
  execute(request: Request): Promise<unknown>;
  /** The log outside of the request that it is used in: what is counted belongs to many. */
  readonly untraced?: Refusing;
}

interface Counted {
  readonly log: Refusing;
  readonly actor: Actor;
  readonly since: string;
  readonly until: string;
  readonly actions: Map<string, number>;
}

const countedHours = 1;
const mostCounted = 10_000;
const system: Actor = { kind: 'system', id: 'daybook' };

/**
 * Records who asked for what they may not. The first refusal of an actor by a log is recorded at once; those of the next hour are counted and
 * recorded as one event, so that nobody can flood a log.
 */
export class Refusals {
  readonly #environment: Environment;
  readonly #counted = new Map<string, Counted>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Does work on a log; when it is refused for access, that is recorded. */
  async watch<T>(log: Refusing, actor: Actor, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isDaybookError(error, 'ACCESS_DENIED')) await this.#note(log, actor, error.details.action);
      throw error;
    }
  }

  /** Records what has been counted, where the hour is over; on `all`, everything. */
  async record({ all = false } = {}): Promise<void> {
    const now = this.#now();
    for (const [key, counted] of [...this.#counted]) {
      if (!all && now < counted.until) continue;
      this.#counted.delete(key);
      await this.#store(counted);
    }
  }

  async #note(log: Refusing, actor: Actor, action: string): Promise<void> {
    const key = JSON.stringify([log.id, actor.kind, actor.id]);
    const now = this.#now();
    const counted = this.#counted.get(key);
    if (counted && now < counted.until) {
      counted.actions.set(action, (counted.actions.get(action) ?? 0) + 1);
      return;
    }
    if (counted) await this.#store(counted);
    this.#counted.delete(key);
    this.#counted.set(key, {
      log: log.untraced ?? log,
      actor,
      since: now,
      until: addHours(now, countedHours).toISOString(),
      actions: new Map(),
    });
    if (this.#counted.size > mostCounted) await this.#recordOldest();
    await this.#store({ log, actor, since: now, actions: new Map([[action, 1]]) });
  }

  async #recordOldest(): Promise<void> {
    const [key, counted] = this.#counted.entries().next().value!;
    this.#counted.delete(key);
    await this.#store(counted);
  }

  /** A refusal stands whether or not it could be recorded. */
  async #store({ log, actor, since, actions }: Omit<Counted, 'until'>): Promise<void> {
    if (actions.size === 0) return;
    try {
      const command = log.decider.parse('RecordRefusals', { refused: actor, actions: Object.fromEntries(actions), since });
      await log.execute({ command, actor: system });
    } catch (error) {
      this.#environment.onError(error);
    }
  }

  #now(): string {
    return this.#environment.clock().toISOString();
  }
}
