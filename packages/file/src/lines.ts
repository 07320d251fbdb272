import type { LogId } from '@daybook/core';

/** A place in the line of a log. Shared places next to each other come up together. */
export interface Place {
  readonly log: LogId;
  readonly shared: boolean;
}

/** The end of a line: the last place of somebody alone, and the shared ones after it. */
interface End {
  alone: Promise<unknown> | undefined;
  readonly together: Set<Promise<unknown>>;
}

/** Lines by log: first come, first served. */
export class Lines {
  readonly #ends = new Map<LogId, End>();

  /** Runs when everybody has ended who came before to one of these places. */
  async inTurn<T>(places: readonly Place[], action: () => Promise<T>): Promise<T> {
    const before = places.flatMap((place) => this.#before(place));
    const turn = before.length === 0 ? action() : Promise.allSettled(before).then(action);
    for (const place of places) this.#stand(place, turn);
    try {
      return await turn;
    } finally {
      for (const { log } of places) this.#leave(log, turn);
    }
  }

  /** Ends after everybody who stands in line now. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#ends.values()].flatMap(({ alone, together }) => [alone, ...together]));
  }

  #before({ log, shared }: Place): Promise<unknown>[] {
    const { alone, together } = this.#ends.get(log) ?? { together: [] };
    return [...(alone ? [alone] : []), ...(shared ? [] : together)];
  }

  #stand({ log, shared }: Place, turn: Promise<unknown>): void {
    if (!shared) {
      this.#ends.set(log, { alone: turn, together: new Set() });
      return;
    }
    const end = this.#ends.get(log) ?? { alone: undefined, together: new Set() };
    end.together.add(turn);
    this.#ends.set(log, end);
  }

  #leave(log: LogId, turn: Promise<unknown>): void {
    const end = this.#ends.get(log);
    if (!end) return;
    end.together.delete(turn);
    if (end.alone === turn) end.alone = undefined;
    if (end.alone === undefined && end.together.size === 0) this.#ends.delete(log);
  }
}
