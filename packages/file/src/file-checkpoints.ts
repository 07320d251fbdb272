import type { Checkpoint, CheckpointStore, LogId } from '@daybook/core';
import type { Environment } from './environment';
import { afterAll, positionIn, positionKey, rowsOf, textKey } from './keys';

/** Checkpoints beside the events, in rows of their own: `recordedAt`, a line feed, and the state. */
export class FileCheckpoints implements CheckpointStore {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async save(log: LogId, { fold, position, recordedAt, state }: Checkpoint): Promise<void> {
    const key = positionKey(textKey(rowsOf(log), fold), position);
    await this.#environment.write(`save a checkpoint of ${log}`, () => this.#environment.checkpoints.put(key, `${recordedAt}\n${state}`));
  }

  async latest(
    log: LogId,
    { fold, upTo = Number.MAX_SAFE_INTEGER }: { readonly fold: string; readonly upTo?: number },
  ): Promise<Checkpoint | undefined> {
    const prefix = textKey(rowsOf(log), fold);
    const range = { start: positionKey(prefix, upTo), end: prefix, reverse: true, limit: 1 };
    const [row] = this.#environment.read(`read a checkpoint of ${log}`, () => Array.from(this.#environment.checkpoints.getRange(range)));
    if (row === undefined) return undefined;
    const lineEnd = row.value.indexOf('\n');
    return { position: positionIn(row.key), recordedAt: row.value.slice(0, lineEnd), fold, state: row.value.slice(lineEnd + 1) };
  }

  async erase(log: LogId): Promise<void> {
    const { checkpoints } = this.#environment;
    const prefix = rowsOf(log);
    const keys = this.#environment.read(`erase the checkpoints of ${log}`, () =>
      Array.from(checkpoints.getKeys({ start: prefix, end: afterAll(prefix) })),
    );
    await this.#environment.write(`erase the checkpoints of ${log}`, () =>
      checkpoints.batch(() => {
        for (const key of keys) checkpoints.remove(key);
      }),
    );
  }
}
