import type { Checkpoint, CheckpointStore, LogId } from '@daybook/core';
import type { Database } from './database';
import { keyText } from './key-text';
import { quoted } from './schema';

/** Checkpoints as rows beside the events. */
export class PostgresCheckpoints implements CheckpointStore {
  readonly #database: Database;
  readonly #table: string;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#table = `${quoted(schema)}.checkpoints`;
  }

  async save(log: LogId, { fold, position, recordedAt, state }: Checkpoint): Promise<void> {
    const text = `INSERT INTO ${this.#table} (log, fold, position, recorded_at, state) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (log, fold, position) DO UPDATE SET recorded_at = excluded.recorded_at, state = excluded.state`;
    await this.#database.write(`save a checkpoint of ${log}`, text, [log, keyText(fold), position, recordedAt, state]);
  }

  async latest(
    log: LogId,
    { fold, upTo = Number.MAX_SAFE_INTEGER }: { readonly fold: string; readonly upTo?: number },
  ): Promise<Checkpoint | undefined> {
    const text = `SELECT position, recorded_at, state FROM ${this.#table}
      WHERE log = $1 AND fold = $2 AND position <= $3 ORDER BY position DESC LIMIT 1`;
    const [row] = await this.#database.read(`read a checkpoint of ${log}`, text, [log, keyText(fold), Math.floor(upTo)]);
    if (row === undefined) return undefined;
    const [position, recordedAt, state] = row;
    return { position: Number(position), recordedAt: recordedAt!, fold, state: state! };
  }

  async erase(log: LogId): Promise<void> {
    await this.#database.write(`erase the checkpoints of ${log}`, `DELETE FROM ${this.#table} WHERE log = $1`, [log]);
  }
}
