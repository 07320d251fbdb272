import { createDraft, type Draft, finishDraft, freeze } from 'immer';
import type { CheckpointStore } from './checkpoint-store';
import type { Decider } from './decider';
import type { EventStore, Head, LogId, RecordedEvent } from './event-store';

/** The state of a log at a position. */
export interface Fold<State> extends Head {
  readonly state: State;
}

/** A checkpoint is kept whenever so many events have passed since the last: opening any past state folds about as many at most. */
const checkpointEvery = 5_000;
/** So many events are folded onto a state that is at hand; for more, a copy of it or a checkpoint is made first. */
const fewEvents = 500;

type Stores = { readonly events: EventStore; readonly checkpoints: CheckpointStore };

/** Folds one log: from checkpoints and the events after them. Keeps nothing itself. */
export class Folder<State extends object> {
  readonly #stores: Stores;
  readonly #decider: Pick<Decider<State, never>, 'fold' | 'initial' | 'evolve'>;
  readonly #log: LogId;

  constructor(stores: Stores, decider: Pick<Decider<State, never>, 'fold' | 'initial' | 'evolve'>, log: LogId) {
    this.#stores = stores;
    this.#decider = decider;
    this.#log = log;
  }

  get empty(): Fold<State> {
    return { position: 0, recordedAt: '', state: this.#decider.initial };
  }

  /** The state at `upTo`: from `from` where that is near, else from the nearest checkpoint. */
  async fold(upTo: number, from: Fold<State> = this.empty): Promise<Fold<State>> {
    if (upTo - from.position <= fewEvents) return this.#follow(from, upTo);
    const nearest = await this.#nearest(upTo);
    return this.#replay(nearest.position >= from.position ? nearest : owned(from), upTo);
  }

  /** What a few events make of a state that others may hold. One draft for all: a draft an event costs hundreds of times more. */
  apply(from: Fold<State>, events: readonly RecordedEvent[]): Fold<State> {
    const draft = createDraft(from.state) as State;
    for (const event of events) this.#decider.evolve(draft, event);
    return { ...headOf(from, events), state: finishDraft(draft as Draft<State>) as State };
  }

  /** What events make of a state that nobody else holds: it is changed in place, which is many times quicker than any draft. */
  advance({ state, ...from }: Fold<State>, events: readonly RecordedEvent[]): Fold<State> {
    for (const event of events) this.#decider.evolve(state, event);
    return { ...headOf(from, events), state };
  }

  /** A state from nothing, for `advance`. */
  begin(): Fold<State> {
    return owned(this.empty);
  }

  /** Keeps a checkpoint of `to` when enough events lie behind it since `from`. A failure costs only speed, later. */
  async keep(from: Head, to: Fold<State>): Promise<void> {
    if (Math.floor(from.position / checkpointEvery) === Math.floor(to.position / checkpointEvery)) return;
    const { position, recordedAt, state } = to;
    const checkpoint = { position, recordedAt, fold: this.#decider.fold, state: JSON.stringify(state) };
    await this.#stores.checkpoints.save(this.#log, checkpoint).catch(() => {});
  }

  async #follow(from: Fold<State>, upTo: number): Promise<Fold<State>> {
    let fold = from;
    for await (const page of this.#stores.events.read(this.#log, { after: from.position, upTo })) fold = this.apply(fold, page);
    await this.keep(from, fold);
    return fold;
  }

  async #replay(from: Fold<State>, upTo: number): Promise<Fold<State>> {
    let fold = from;
    for await (const page of this.#stores.events.read(this.#log, { after: from.position, upTo })) {
      const { position, recordedAt } = fold;
      fold = this.advance(fold, page);
      await this.keep({ position, recordedAt }, fold);
    }
    return { ...fold, state: freeze(fold.state, true) };
  }

  async #nearest(upTo: number): Promise<Fold<State>> {
    try {
      const checkpoint = await this.#stores.checkpoints.latest(this.#log, { fold: this.#decider.fold, upTo });
      if (!checkpoint) return this.begin();
      const { position, recordedAt, state } = checkpoint;
      return { position, recordedAt, state: JSON.parse(state) as State };
    } catch {
      // One that cannot be read is none: it is only a cache.
      return this.begin();
    }
  }
}

function owned<State>({ state, ...head }: Fold<State>): Fold<State> {
  return { ...head, state: structuredClone(state) };
}

function headOf({ position, recordedAt }: Head, events: readonly RecordedEvent[]): Head {
  const last = events.at(-1);
  return last ? { position: last.position, recordedAt: last.recordedAt } : { position, recordedAt };
}
