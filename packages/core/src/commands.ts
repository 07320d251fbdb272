import type { Context, Standing } from './capability';
import type { Decidable, Decided, Decider } from './decider';
import { isDaybookError } from './errors';
import { type Actor, type AppendResult, type Head, type LogId, type NewEvent, type RecordedEvent, record, type Write } from './event-store';
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

type Answered<T> = { readonly outcome: T } | { readonly refusal: unknown };
type Answer<State> = Answered<Outcome<State>>;

/** A log of which decisions on others ask who somebody is. */
export interface Authority {
  readonly id: LogId;
  fresh(): Promise<Pick<Head, 'position'>>;
  /** As far as the log is known here, and how far that is. */
  known(actor: Actor, now: string): { readonly position: number; readonly standing: Standing };
}

/** Another log, and where it was when a decision asked it. */
interface Asked {
  readonly log: Authority;
  readonly position: number;
}

/** What was decided, all on one state of this log. */
interface Plan<State> {
  readonly before: Fold<State>;
  readonly after: Fold<State>;
  readonly answers: readonly Answer<State>[];
  readonly events: readonly NewEvent[];
  /** What the events depend on in other logs: refusals, and decisions that change nothing, do not count. */
  readonly dependsOn: readonly Asked[];
}

/** Decided, but not appended. `appended` is to be called once it is. */
export interface Prepared {
  readonly write: Write;
  readonly dependsOn: readonly Asked[];
  appended(): Promise<void>;
}

const mostTogether = 1_000;
const mostTries = 4;
const pastStates = 4;

/** The log that decisions on a state ask; for what comes first, as the command says. */
type AuthorityOf<State> = (state: State, command: Decidable | undefined) => Authority;

/**
 * One log in one process: its state as far as it is known, and the queue of commands on it. While an append is in flight commands wait;
 * then they are decided one after another, each against the state that the ones before it made, and go out as one append.
 */
export class Log<State extends object, Commands> {
  readonly id: LogId;
  readonly decider: Decider<State, Commands>;
  readonly folder: Folder<State>;
  readonly #environment: Environment;
  readonly #authority: AuthorityOf<State> | undefined;
  #known: Fold<State>;
  readonly #past = new Map<number, Fold<State>>();
  #waiting: Waiting<State>[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #look: Promise<Fold<State>> | undefined;

  constructor(id: LogId, decider: Decider<State, Commands>, environment: Environment, authority?: AuthorityOf<State>) {
    this.id = id;
    this.decider = decider;
    this.folder = new Folder(environment.storage, decider as Decider<State, never>, id);
    this.#environment = environment;
    this.#authority = authority;
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

  /** What this log, as far as it is known here, says of an actor, to decisions on others. */
  known(actor: Actor, now: string): { readonly position: number; readonly standing: Standing } {
    const { position, state } = this.#known;
    return { position, standing: this.decider.standing(state, actor, now) };
  }

  /** Work that may ask another log, on a state: done again until what it was told is the newest. */
  async asking<T>({ state }: Fold<State>, { actor, now }: Context, work: (context: Context) => T): Promise<T> {
    for (;;) {
      const asked: Asked[] = [];
      const answer = answerOf(() => work(this.#context(state, { actor, now }, asked)));
      if (!(await areNewest(asked))) continue;
      if ('refusal' in answer) throw answer.refusal;
      return answer.outcome;
    }
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
    const plan = await this.#decide(requests);
    for (const answer of plan.answers) if ('refusal' in answer) throw answer.refusal;
    return { write: this.#writeOf(plan), dependsOn: plan.dependsOn, appended: () => this.#appended(plan) };
  }

  /** The same log, for what is asked in one request of the embedding app's. */
  traced(correlationId: string): TracedLog<State, Commands> {
    const trace = (request: Request): Request => ({ ...request, correlationId });
    return {
      ...{ id: this.id, decider: this.decider, folder: this.folder, untraced: this },
      fresh: () => this.fresh(),
      at: (position) => this.at(position),
      known: (actor, now) => this.known(actor, now),
      asking: (fold, context, work) => this.asking(fold, context, work),
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

  async #append(requests: readonly Request[]): Promise<readonly Answer<State>[]> {
    for (;;) {
      const plan = await this.#decide(requests);
      if (plan.events.length === 0) return plan.answers;
      const writes = withAssertions([this.#writeOf(plan)], plan.dependsOn);
      const appended = writes && (await appendSurely(this.#environment.storage, writes)).status === 'appended';
      // Else another process wrote first, here or where it was asked who somebody is: decide again, on what it wrote.
      if (appended) {
        await this.#appended(plan);
        return plan.answers;
      }
    }
  }

  /** Decides on the newest state of this log and of whatever the decisions ask. */
  async #decide(requests: readonly Request[]): Promise<Plan<State>> {
    for (;;) {
      const asked: Asked[] = [];
      const plan = this.#plan(requests, await this.fresh(), asked);
      if (await areNewest(asked)) return plan;
    }
  }

  /** Decides requests in order, each against `before` and what the ones before it led to. */
  #plan(requests: readonly Request[], before: Fold<State>, asked: Asked[]): Plan<State> {
    const answers: Answer<State>[] = [];
    const stamped: NewEvent[] = [];
    const dependsOn: Asked[] = [];
    let after = before;
    const clock = this.#environment.clock().toISOString();
    for (const { command, actor, correlationId } of requests) {
      let now = clock;
      if (now < after.recordedAt) now = after.recordedAt;
      const asks: Asked[] = [];
      try {
        const decided = this.decider.decide(command, after.state, this.#context(after.state, { actor, now }, asks, command));
        const events = decided.map((event) => this.#stamp(event, { actor, at: now, correlationId }));
        const recorded = events.length === 0 ? [] : record({ log: this.id, expected: after.position, events }, headOf(after));
        if (recorded.length > 0) after = this.folder.apply(after, recorded);
        stamped.push(...events);
        if (events.length > 0) dependsOn.push(...asks);
        answers.push({ outcome: { ...after, events: recorded } });
      } catch (refusal) {
        answers.push({ refusal });
      }
      asked.push(...asks);
    }
    return { before, after, answers, events: stamped, dependsOn };
  }

  /** A context that notes in `asked` what is asked of other logs. */
  #context(state: State, { actor, now }: Context, asked: Asked[], command?: Decidable): Context {
    const authority = this.#authority;
    if (!authority) return { actor, now };
    const standing = () => {
      const log = authority(state, command);
      const { position, standing } = log.known(actor, now);
      asked.push({ log, position });
      return standing;
    };
    return { actor, now, standing };
  }

  #writeOf({ before, events }: Plan<State>): Write {
    return { log: this.id, expected: before.position, events };
  }

  /** Notes what an append of this process has made of the log. */
  async #appended({ before, after, answers }: Plan<State>): Promise<void> {
    this.#learn(after);
    for (const answer of answers) {
      if ('outcome' in answer) for (const event of answer.outcome.events) this.#environment.onEvent(event);
    }
    await this.folder.keep(before, after);
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
  'id' | 'decider' | 'folder' | 'fresh' | 'at' | 'known' | 'asking' | 'exclusively' | 'execute' | 'prepare'
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
    const asserting = withAssertions(
      writes,
      writing.flatMap(({ dependsOn }) => dependsOn),
    );
    if (!asserting || (await appendSurely(storage, asserting)).status === 'conflict') return attempt();
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

/** Whether all that was asked is still the newest. */
async function areNewest(asked: readonly Asked[]): Promise<boolean> {
  const logs = new Map(asked.map(({ log, position }) => [log.id, { log, position }]));
  for (const { log, position } of logs.values()) if ((await log.fresh()).position !== position) return false;
  return true;
}

/** Writes, and assertions of what else they depend on; undefined where that was elsewhere than another write or assertion expects it. */
function withAssertions(writes: readonly Write[], dependsOn: readonly Asked[]): Write[] | undefined {
  const all = new Map(writes.map((write) => [write.log, write]));
  for (const { log, position } of dependsOn) {
    const known = all.get(log.id) ?? { log: log.id, expected: position, events: [] };
    if (known.expected !== position) return undefined;
    all.set(log.id, known);
  }
  return [...all.values()];
}

function answerOf<T>(work: () => T): Answered<T> {
  try {
    return { outcome: work() };
  } catch (refusal) {
    return { refusal };
  }
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
