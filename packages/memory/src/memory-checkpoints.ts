import type { Checkpoint, CheckpointStore, LogId } from '@daybook/core';
import { lowerBound } from './sorted';

/** Checkpoints in the memory of this process. */
export function memoryCheckpoints(): CheckpointStore {
  return new MemoryCheckpoints();
}

class MemoryCheckpoints implements CheckpointStore {
  /** By log, then by fold, then ascending by position. */
  readonly #logs = new Map<LogId, Map<string, Checkpoint[]>>();

  async save(log: LogId, checkpoint: Checkpoint): Promise<void> {
    const folds = this.#logs.get(log) ?? new Map<string, Checkpoint[]>();
    const saved = folds.get(checkpoint.fold) ?? [];
    const at = lowerBound(saved, checkpoint.position, positionOf);
    saved.splice(at, saved[at]?.position === checkpoint.position ? 1 : 0, { ...checkpoint });
    this.#logs.set(log, folds.set(checkpoint.fold, saved));
  }

  async latest(log: LogId, { fold, upTo = Number.POSITIVE_INFINITY }: { fold: string; upTo?: number }): Promise<Checkpoint | undefined> {
    const saved = this.#logs.get(log)?.get(fold) ?? [];
    const found = saved[lowerBound(saved, upTo + 1, positionOf) - 1];
    return found && { ...found };
  }

  async erase(log: LogId): Promise<void> {
    this.#logs.delete(log);
  }
}

function positionOf({ position }: Checkpoint): number {
  return position;
}
