import type { RecordedEvent } from '../event-store';
import { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import { Lineage, type LineageOptions, type RunEvent } from './open-lineage';
import { jobAt } from './queries';

/** Where run events go. `send` is called for one after another; what it throws goes to `onError`, and the next one is sent all the same. */
export interface LineageStreamOptions extends LineageOptions {
  readonly send: (event: RunEvent) => void | Promise<void>;
}

const system = { kind: 'system', id: 'daybook' } as const;

/** Tells the run events of what this process appends, as it is appended. */
export class LineageStream {
  readonly #runtime: Runtime;
  readonly #options: LineageStreamOptions;

  constructor(runtime: Runtime, options: LineageStreamOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  tell({ log, position, tags }: RecordedEvent): void {
    const job = tags.find((tag) => tag.startsWith('job:'))?.slice('job:'.length);
    if (job === undefined || !log.startsWith('project/')) return;
    const scope = new ProjectScope(this.#runtime, log.slice('project/'.length), system);
    const turn = this.#runtime.turns.take(`lineage ${log}`);
    void this.#runtime.inBackground(async () => {
      try {
        await turn.begun;
        await this.#send(scope, job, position);
      } finally {
        turn.end();
      }
    });
  }

  async #send(scope: ProjectScope, id: string, position: number): Promise<void> {
    // The embedding application's own ids, of work that is no job here, tell nothing.
    const fold = await scope.log.at(position);
    const job = await jobAt(scope, fold, id);
    if (!job) return;
    for await (const event of new Lineage(scope, this.#options).ofJob(job, position, fold)) {
      try {
        await this.#options.send(event);
      } catch (error) {
        this.#runtime.environment.onError(error);
      }
    }
  }
}
