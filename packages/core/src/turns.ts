/** A place in line. */
export interface Turn {
  /** Whether someone is before us. */
  readonly waits: boolean;
  /** Resolves when it is our turn. */
  readonly begun: Promise<void>;
  /** Lets the next one begin. Called twice it does nothing. */
  end(): void;
}

/** Lines, by key: first come, first served. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take(key: string): Turn {
    const before = this.#last.get(key);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const begun = before ?? Promise.resolve();
    const mine = begun.then(() => ended);
    this.#last.set(key, mine);
    void mine.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    return { waits: before !== undefined, begun, end };
  }
}
