import type { AppendResult, LogId } from '@daybook/core';
import type { WriteRows } from './write-rows';

/** Appends that go to the server together; each is answered on its own. No answer: it would have kept the others waiting. */
export type StoreGroup = (group: readonly (readonly WriteRows[])[]) => Promise<readonly (AppendResult | undefined)[]>;

interface Waiting {
  readonly writes: readonly WriteRows[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

const mostAppends = 64;
const mostEvents = 2_000;
/** So many that wait are worth a flight of their own: one group is on the server while another is made up and answered here. */
const worthAFlight = 12;
/** How long appends wait for the group before them: it may be waiting for somebody's lock, for which they need not wait too. */
const patienceMs = 20;

/**
 * While one group of appends is on its way the next ones gather, and then share a transaction: one round trip, one wait for the disk.
 * Appends to one log follow each other in the order they were asked, so a caller may count on its own before they are stored; those that only
 * assert it go together.
 */
export class AppendQueue {
  readonly #store: StoreGroup;
  readonly #aboard = new Set<Waiting>();
  readonly #flying = new Set<Promise<unknown>>();
  #waiting: Waiting[] = [];
  #departing = false;
  /** The flights that the next one waits for, two at most, and for how long. */
  readonly #ahead = new Set<Promise<unknown>>();
  #patience: NodeJS.Timeout | undefined;

  constructor(store: StoreGroup) {
    this.#store = store;
  }

  append(writes: readonly WriteRows[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject });
      this.#depart();
    });
  }

  /** Ends after what was asked. */
  async settle(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flying.size > 0) {
      await Promise.all(this.#flying);
      await new Promise(setImmediate);
    }
  }

  /** Once what runs now, and all that waits for it, has run: what else is asked by then comes along. */
  #depart(): void {
    if (this.#departing || this.#waiting.length === 0) return;
    this.#departing = true;
    process.nextTick(() => {
      this.#departing = false;
      const share = this.#share;
      if (share === 0) {
        this.#patience ??= setTimeout(() => this.#goOn(), patienceMs);
        return;
      }
      const group = this.#take(share);
      if (group.length === 0) return;
      this.#ahead.add(this.#launch(group));
      this.#depart();
    });
  }

  /** How many of those that wait go now. */
  get #share(): number {
    const count = this.#waiting.length;
    if (this.#ahead.size === 0) return count < 2 * worthAFlight ? count : Math.ceil(count / 2);
    return this.#ahead.size === 1 && count >= worthAFlight ? count : 0;
  }

  /** Waits no more for the flights ahead. */
  #goOn(): void {
    this.#patience = undefined;
    this.#ahead.clear();
    this.#depart();
  }

  #launch(group: readonly Waiting[]): Promise<void> {
    const flight = this.#fly(group);
    this.#flying.add(flight);
    void flight.then(() => {
      this.#flying.delete(flight);
      if (this.#ahead.delete(flight)) {
        clearTimeout(this.#patience);
        this.#patience = undefined;
      }
      this.#depart();
    });
    return flight;
  }

  async #fly(group: readonly Waiting[]): Promise<void> {
    for (const each of group) this.#aboard.add(each);
    let waiting: readonly Waiting[] = [];
    try {
      const results = await this.#store(group.map(({ writes }) => writes));
      for (const [index, { resolve }] of group.entries()) if (results[index]) resolve(results[index]);
      waiting = group.filter((_, index) => !results[index]);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    for (const each of group) this.#aboard.delete(each);
    for (const each of waiting) this.#launch([each]);
  }

  /** So many of the first ones in line whose logs nobody before them is writing, or asserting where they write. */
  #take(most: number): Waiting[] {
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    const taken = new Taken();
    for (const { writes } of this.#aboard) taken.add(writes);
    let events = 0;
    for (const waiting of this.#waiting) {
      const { writes } = waiting;
      const count = writes.reduce((sum, write) => sum + write.count, 0);
      const fits = group.length === 0 || (group.length < Math.min(most, mostAppends) && events + count <= mostEvents);
      if (fits && !taken.bars(writes)) {
        group.push(waiting);
        events += count;
      } else {
        left.push(waiting);
      }
      taken.add(writes);
    }
    this.#waiting = left;
    return group;
  }
}

/** Logs that appends before have taken: to write alone, or together with others to assert. */
class Taken {
  readonly #alone = new Set<LogId>();
  readonly #together = new Set<LogId>();

  bars(writes: readonly WriteRows[]): boolean {
    return writes.some(({ log, count }) => this.#alone.has(log) || (count > 0 && this.#together.has(log)));
  }

  add(writes: readonly WriteRows[]): void {
    for (const { log, count } of writes) (count > 0 ? this.#alone : this.#together).add(log);
  }
}
