import type { CheckpointStore } from './checkpoint-store';
import type { EventStore } from './event-store';
import type { TableStore } from './table-store';

/** Everything Daybook keeps, in three ports. Disposing it closes what the adapter opened, after work under way is done. */
export interface Storage extends AsyncDisposable {
  readonly events: EventStore;
  readonly checkpoints: CheckpointStore;
  readonly tables: TableStore;
  /** What its keeper should know of, though nothing fails for it. `openDaybook` tells each to `onError`, once. */
  readonly concerns?: readonly Error[];
  readonly features: {
    /** What was acknowledged survives a crash of the process and of the machine. */
    readonly durable: boolean;
    /** Several processes may use it at once. */
    readonly shared: boolean;
  };
}
