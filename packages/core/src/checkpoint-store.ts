import type { LogId } from './event-store';

/** The state of a log at a position, saved for speed: deletable at any time, never trusted by an audit. */
export interface Checkpoint {
  readonly position: number;
  readonly recordedAt: string;
  /** Which fold made it. A checkpoint of another fold is ignored. */
  readonly fold: string;
  /** The state as JSON text. */
  readonly state: string;
}

/** Keeps many checkpoints a log: the older ones make the past quick to open. Throws only `STORE_UNAVAILABLE`. */
export interface CheckpointStore {
  /** Saving one again at the same log, fold and position replaces it. */
  save(log: LogId, checkpoint: Checkpoint): Promise<void>;
  /** The newest one of this fold at or before `upTo` (default: the newest of all). */
  latest(log: LogId, options: { readonly fold: string; readonly upTo?: number }): Promise<Checkpoint | undefined>;
  /** Removes all of a log. */
  erase(log: LogId): Promise<void>;
}
