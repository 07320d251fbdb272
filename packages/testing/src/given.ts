import assert, { AssertionError } from 'node:assert/strict';
import {
  type Actor,
  type Context,
  type Decided,
  type Decider,
  type ErrorCode,
  type ErrorDetails,
  type EventDefinition,
  isDaybookError,
  organizationDecider,
  organizationEventDefinitions,
  projectDecider,
  projectEventDefinitions,
  type RecordedEvent,
  type Standing,
} from '@daybook/core';

/** An event of a log's past. Without `actor` and `at`: alice did it, when the event before happened. */
export type GivenEvent<Event> = Event & { readonly actor?: Actor; readonly at?: string };

/** Who asks, and when. By default alice, who is no member of the organization, at the time of the last event; support staff may join. */
export type AskedBy = Partial<Pick<Context, 'actor' | 'now'> & Standing>;

type Definitions = Readonly<Record<string, EventDefinition<never, unknown>>>;
type EventOf<D> = { [T in keyof D & string]: { readonly type: T; readonly data: DataOf<D[T]> } }[keyof D & string];
type DataOf<Definition> = Definition extends EventDefinition<infer Data> ? Data : never;
type CommandOf<Commands> = { [C in keyof Commands & string]: { readonly type: C; readonly data: unknown } }[keyof Commands & string];

/** An event of a project's log, as a decision gives it. */
export type ProjectEvent = EventOf<typeof projectEventDefinitions>;

/** An event of an organization's log, as a decision gives it. */
export type OrganizationEvent = EventOf<typeof organizationEventDefinitions>;

/** A project with this past: `given(created).when({ type: 'RenameProject', data: { name } }).records(renamed)`. */
export function given(...events: readonly GivenEvent<ProjectEvent>[]) {
  return new Past(projectDecider, projectEventDefinitions as unknown as Definitions, events);
}

/** As `given`, for an organization. */
export function givenOrganization(...events: readonly GivenEvent<OrganizationEvent>[]) {
  return new Past(organizationDecider, organizationEventDefinitions as unknown as Definitions, events);
}

const alice: Actor = { kind: 'person', id: 'alice' };
const beginning = '2026-01-01T00:00:00.000Z';

/** A log's past. */
export class Past<State extends object, Commands, Event extends Decided> {
  readonly #decider: Decider<State, Commands>;
  readonly #definitions: Definitions;
  readonly #events: readonly RecordedEvent[];

  constructor(decider: Decider<State, Commands>, definitions: Definitions, events: readonly GivenEvent<Event>[]) {
    this.#decider = decider;
    this.#definitions = definitions;
    this.#events = this.#followedBy([], events);
  }

  /** What the past comes to. */
  get state(): State {
    return frozen(this.#fold(this.#events));
  }

  /** Asks for something. `data` may be what outsiders send: it is parsed first. */
  when(
    command: CommandOf<Commands>,
    { actor = alice, now = this.#now, isMember = false, isAuditor = false, autoJoin = true }: AskedBy = {},
  ): Decision<State, Event> {
    const title = `${command.type} ${JSON.stringify(command.data)}, asked by ${actor.kind} ${actor.id} after ${this.#events.length} events`;
    const decide = () => {
      const parsed = this.#decider.parse(command.type, command.data);
      return this.#decider.decide(parsed, this.state, { actor, now, standing: () => ({ isMember, isAuditor, autoJoin }) });
    };
    const fold = (events: readonly Event[]) => {
      const asked = events.map((event) => ({ ...event, actor, at: now }));
      return frozen(this.#fold(this.#followedBy(this.#events, asked)));
    };
    return new Decision(title, decide, fold);
  }

  get #now(): string {
    return this.#events.at(-1)?.recordedAt ?? beginning;
  }

  #followedBy(past: readonly RecordedEvent[], events: readonly GivenEvent<Decided>[]): RecordedEvent[] {
    const all = [...past];
    for (const event of events) all.push(this.#record(event, all));
    return all;
  }

  /** As it would come back from a store. A payload that its schema refuses, or that JSON changes, fails. */
  #record({ type, data, actor = alice, at }: GivenEvent<Decided>, before: readonly RecordedEvent[]): RecordedEvent {
    const definition = this.#definitions[type] as EventDefinition<object> | undefined;
    assert(definition, `There is no event ${type}`);
    const stored = JSON.parse(JSON.stringify(data)) as RecordedEvent['data'];
    for (const form of [data, stored]) {
      const parsed = definition.schema.safeParse(form);
      assert(parsed.success, `${type} is not what its schema says: ${parsed.error?.message}`);
    }
    const tags = this.#decider.tags({ type, data }, actor);
    assert(tags.length <= 16 && tags.every(isTag), `${type} has tags that no store takes: ${tags.join(' ')}`);
    assert.notEqual(this.#decider.sentence({ type, data }), '', `${type} has no sentence`);
    const position = before.length + 1;
    const recordedAt = at ?? before.at(-1)?.recordedAt ?? beginning;
    const log = `${this.#decider.kind}/given`;
    return frozen({ id: `event-${position}`, log, position, recordedAt, type, data: stored, tags, actor });
  }

  /** Payloads are frozen: a transition that changes one throws. */
  #fold(events: readonly RecordedEvent[]): State {
    const state = structuredClone(this.#decider.initial);
    for (const event of events) this.#decider.evolve(state, event);
    return state;
  }
}

/** What a command leads to. Asserts with `node:assert`, so any runner shows what differs. */
export class Decision<State, Event extends Decided> {
  readonly #title: string;
  readonly #decide: () => readonly Decided[];
  readonly #fold: (events: readonly Event[]) => State;

  constructor(title: string, decide: () => readonly Decided[], fold: (events: readonly Event[]) => State) {
    this.#title = title;
    this.#decide = decide;
    this.#fold = fold;
  }

  /** The events that it led to, each checked against its schema and folded. */
  get events(): readonly Event[] {
    const events = this.#decided() as readonly Event[];
    this.#fold(events);
    return events;
  }

  /** It leads to these events; none = it is so already. (Not called `then`: what has a `then` is taken for a promise.) */
  records(...expected: readonly Event[]): this {
    const actual = JSON.parse(JSON.stringify(this.events));
    equal(actual, JSON.parse(JSON.stringify(expected)), `${this.#title}: other events than expected`);
    return this;
  }

  /** It is refused with this code and, where they are given, these details. */
  refuses<C extends ErrorCode>(code: C, details?: ErrorDetails[C]): void {
    const refusal = this.#refusal();
    equal(refusal.code, code, `${this.#title}: another refusal than expected: ${refusal.message}`);
    if (details) equal(refusal.details, details, `${this.#title}: other details of ${code} than expected`);
  }

  /** The state after it meets what `check` asserts. */
  stateSatisfies(check: (state: State) => void): this {
    check(this.#fold(this.events));
    return this;
  }

  #decided(): readonly Decided[] {
    try {
      return this.#decide();
    } catch (error) {
      if (!isDaybookError(error)) throw error;
      const message = `${this.#title}: refused with ${error.code} ${JSON.stringify(error.details)}`;
      throw new AssertionError({ message, actual: error.code, expected: 'events', operator: 'records' });
    }
  }

  #refusal() {
    let events: readonly Decided[];
    try {
      events = this.#decide();
    } catch (error) {
      if (isDaybookError(error)) return error;
      throw error;
    }
    const message = `${this.#title}: not refused`;
    throw new AssertionError({ message, actual: events, expected: 'a refusal', operator: 'refuses' });
  }
}

function isTag(tag: string): boolean {
  return tag.length <= 300 && /^[a-z-]+:./s.test(tag);
}

function equal(actual: unknown, expected: unknown, message: string): void {
  try {
    assert.deepEqual(actual, expected);
  } catch {
    throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
