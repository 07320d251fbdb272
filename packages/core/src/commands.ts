import type { Decidable, Decided, Decider, Standing } from './decider';
import { isDaybookError } from './errors';
import { type Actor, type AppendResult, type LogId, type NewEvent, type RecordedEvent, record, type Write } from './event-store';
import { type Fold, Folder } from './folds';
import type { Json } from './message';
import type { Storage } from './storage';

/** What the embedding app gives, or its defaults. */
export interface Environment {
  readonly storage: Storage;
  readonly clock: () => Date;
  /** A new id: a v7 uuid by default. */
  readonly newId: () => string;
  /** Told of every event this process appends, after it is stored. */
  readonly onEvent: (event: RecordedEvent) => void;
  /** Told of failures of work that nobody waits for, such as maintenance. */
  readonly onError: (error: unknown) => void;
}

/** A command on its way: parsed, and who asks. */
export interface Request {
  readonly command: Decidable;
  readonly actor: Actor;
  readonly standing: Standing;
  /** The embedding app's request that it is asked in. */
  readonly correlationId?: string;
}

/** What became of a request: its events (none when it was so already) and the state right after them. */
export interface Outcome<State> extends Fold<State> {
  readonly events: readonly RecordedEvent[];
}

interface Waiting<State> {
  readonly request: Request;
  readonly resolve: (outcome: Outcome<State>) => void;
  readonly reject: (error: unknown) => void;
}

type Answer<State> = { readonly outcome: Outcome<State> } | { readonly refusal: unknown };

/** Decided, but not appended. `appended` is to be called once it is. */
export interface Prepared {
  readonly write: Write;
  appended(): Promise<void>;
}

const mostTogether = 1_000;
const mostTries = 4;
const pastStates = 4;

/**
 * One log in one process: its state as far as it is known, and the queue of commands on it. While an append is in flight commands wait;
 * then they are decided one after another, each against the state that the ones before it made, and go out as one append.
 */
export class Log<State extends object, Commands> {
  readonly id: LogId;
  readonly decider: Decider<State, Commands>;
  readonly folder: Folder<State>;
  readonly #environment: Environment;
  #known: Fold<State>;
  readonly #past = new Map<number, Fold<State>>();
  #waiting: Waiting<State>[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #look: Promise<Fold<State>> | undefined;

  constructor(id: LogId, decider: Decider<State, Commands>, environment: Environment) {
    this.id = id;
    this.decider = decider;
    this.folder = new Folder(environment.storage, decider as Decider<State, never>, id);
    this.#environment = environment;
    this.#known = this.folder.empty;
  }

  /** The state, including whatever any process has appended before this call. Calls of one turn share one look. */
  fresh(): Promise<Fold<State>> {
    this.#look ??= Promise.resolve().then(() => {
      this.#look = undefined;
      return this.#lookAtHead();
    });
    return this.#look;
  }

  /** The state as of a position that is in the log. The last few that were asked for are kept. */
  async at(position: number): Promise<Fold<State>> {
    if (position === this.#known.position) return this.#known;
    const fold = this.#past.get(position) ?? (await this.folder.fold(position));
    this.#past.delete(position);
    this.#past.set(position, fold);
    if (this.#past.size > pastStates) this.#past.delete(this.#past.keys().next().value as number);
    return fold;
  }

  /** Decides and appends. Refuses as the decider does; rejects with `STORE_UNAVAILABLE` when the storage stays away. */
  execute(request: Request): Promise<Outcome<State>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) void this.exclusively(() => this.#flush());
    });
  }

  /** Runs when no append of this process to this log is in flight, and keeps others waiting meanwhile. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Decides requests on the newest state, for an append that the caller makes, exclusively. Throws the first refusal. */
  async prepare(requests: readonly Request[]): Promise<Prepared> {
    const before = await this.fresh();
    const { answers, events, fold } = this.#plan(requests, before);
    for (const answer of answers) if ('refusal' in answer) throw answer.refusal;
    const write = { log: this.id, expected: before.position, events };
    return { write, appended: () => this.#appended(before, fold, answers) };
  }

  /** The same log, for what is asked in one request of the embedding app's. */
  traced(correlationId: string): TracedLog<State, Commands> {
    const trace = (request: Request): Request => ({ ...request, correlationId });
    return {
      ...{ id: this.id, decider: this.decider, folder: this.folder, untraced: this },
      fresh: () => this.fresh(),
      at: (position) => this.at(position),
      exclusively: (work) => this.exclusively(work),
      execute: (request) => this.execute(trace(request)),
      prepare: (requests) => this.prepare(requests.map(trace)),
    };
  }

  async #lookAtHead(): Promise<Fold<State>> {
    // Known before the head is asked for: a head behind it then means that the log was erased, not that we were quicker than the answer.
    const known = this.#known;
    const head = await this.#environment.storage.events.head(this.id);
    const position = head?.position ?? 0;
    if (position === known.position) return known;
    const fold = await this.folder.fold(position, position > known.position ? known : this.folder.empty);
    this.#learn(fold, position < known.position);
    return fold;
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.slice(0, mostTogether);
    try {
      const answers = await this.#append(batch.map(({ request }) => request));
      for (const [i, answer] of answers.entries()) settle(batch[i]!, answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#waiting = this.#waiting.slice(batch.length);
    if (this.#waiting.length > 0) void this.exclusively(() => this.#flush());
  }

  async #append(requests: readonly Request[]): Promise<Answer<State>[]> {
    for (;;) {
      const before = await this.fresh();
      const { answers, events, fold } = this.#plan(requests, before);
      if (events.length === 0) return answers;
      const result = await appendSurely(this.#environment.storage, [{ log: this.id, expected: before.position, events }]);
      // On a conflict another process wrote first: decide again, on what it wrote.
      if (result.status === 'appended') {
        await this.#appended(before, fold, answers);
        return answers;
      }
    }
  }

  /** Decides requests in order, each against `fold` and what the ones before it led to. */
  #plan(requests: readonly Request[], fold: Fold<State>): { answers: Answer<State>[]; events: NewEvent[]; fold: Fold<State> } {
    const answers: Answer<State>[] = [];
    const stamped: NewEvent[] = [];
    let after = fold;
    const clock = this.#environment.clock().toISOString();
    for (const { command, actor, standing, correlationId } of requests) {
      let now = clock;
      if (now < after.recordedAt) now = after.recordedAt;
      try {
        const decided = this.decider.decide(command, after.state, { actor, now, ...standing });
        const events = decided.map((event) => this.#stamp(event, { actor, at: now, correlationId }));
        const recorded = events.length === 0 ? [] : record({ log: this.id, expected: after.position, events }, headOf(after));
        if (recorded.length > 0) after = this.folder.apply(after, recorded);
        stamped.push(...events);
        answers.push({ outcome: { ...after, events: recorded } });
      } catch (refusal) {
        answers.push({ refusal });
      }
    }
    return { answers, events: stamped, fold: after };
  }

  /** Notes what an append of this process has made of the log. */
  async #appended(from: Fold<State>, to: Fold<State>, answers: readonly Answer<State>[]): Promise<void> {
    this.#learn(to);
    for (const answer of answers) {
      if ('outcome' in answer) for (const event of answer.outcome.events) this.#environment.onEvent(event);
    }
    await this.folder.keep(from, to);
  }

  #stamp({ type, data }: Decided, { correlationId, ...asked }: Pick<NewEvent, 'actor' | 'at' | 'correlationId'>): NewEvent {
    // As JSON holds it: what is folded now is what a replay will fold.
    const json = JSON.parse(JSON.stringify(data)) as { [key: string]: Json };
    const tags = this.decider.tags({ type, data }, asked.actor, correlationId);
    return { id: this.#environment.newId(), type, data: json, tags, ...asked, ...(correlationId !== undefined && { correlationId }) };
  }

  #learn(fold: Fold<State>, erased = false): void {
    if (erased) this.#past.clear();
    if (erased || fold.position > this.#known.position) this.#known = fold;
  }
}

/** A log as it is worked with, in a request of the embedding app's or without. */
export type LogHandle<State extends object, Commands> = Pick<
  Log<State, Commands>,
  'id' | 'decider' | 'folder' | 'fresh' | 'at' | 'exclusively' | 'execute' | 'prepare'
>;

interface TracedLog<State extends object, Commands> extends LogHandle<State, Commands> {
  readonly untraced: LogHandle<State, Commands>;
}

/** Requests on one log, as part of something larger. */
export interface Step {
  readonly log: Pick<Log<never, never>, 'id' | 'exclusively' | 'prepare'>;
  /** Or what follows from what is about to be written into the other logs: that is decided last. */
  readonly requests: readonly Request[] | ((writes: readonly Write[]) => readonly Request[]);
}

/**
 * Requests on several logs, or several on one: decided and appended together, all or none. Gives what was written.
 * Throws the first refusal.
 */
export async function executeTogether({ storage }: Environment, steps: readonly Step[]): Promise<readonly Write[]> {
  const logs = byLog(steps);
  const following = (one: readonly Step[]) => one.some(({ requests }) => typeof requests === 'function');
  const decidedInOrder = [...logs.filter((one) => !following(one)), ...logs.filter(following)];
  const attempt = async (): Promise<readonly Write[]> => {
    const prepared: Prepared[] = [];
    for (const one of decidedInOrder) {
      const writes = prepared.map(({ write }) => write);
      const requests = one.flatMap(({ requests }) => (typeof requests === 'function' ? requests(writes) : requests));
      prepared.push(await one[0]!.log.prepare(requests));
    }
    const writing = prepared.filter(({ write }) => write.events.length > 0);
    if (writing.length === 0) return [];
    const writes = writing.map(({ write }) => write);
    const result = await appendSurely(storage, writes);
    if (result.status === 'conflict') return attempt();
    for (const { appended } of writing) await appended();
    return writes;
  };
  // Everybody takes turns in the same order, so nobody waits in a circle.
  return logs.reduceRight<() => Promise<readonly Write[]>>(
    (inner, [step]) =>
      () =>
        step!.log.exclusively(inner),
    attempt,
  )();
}

/** The steps on each log, in the order of the logs' ids. */
function byLog(steps: readonly Step[]): (readonly Step[])[] {
  const ids = [...new Set(steps.map(({ log }) => log.id))].toSorted((a, b) => (a < b ? -1 : 1));
  return ids.map((id) => steps.filter(({ log }) => log.id === id));
}

/** An append whose outcome stayed unknown is asked again: the ids make that safe. */
async function appendSurely({ events }: Storage, writes: readonly Write[]): Promise<AppendResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await events.append(writes);
    } catch (error) {
      if (tries === mostTries || !isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * 4 ** tries));
    }
  }
}

function headOf({ position, recordedAt }: { position: number; recordedAt: string }) {
  return position === 0 ? undefined : { position, recordedAt };
}

function settle<State>({ resolve, reject }: Waiting<State>, answer: Answer<State>): void {
  if ('outcome' in answer) resolve(answer.outcome);
  else reject(answer.refusal);
}
