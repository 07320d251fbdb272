import type { ProjectScope } from '../projects/scope';
import type { Progress } from '../table-store';

/** A listener as a storage is given it. An async one, which types let pass, is waited for by nobody: what it rejects with is told elsewhere. */
export function telling({ runtime }: ProjectScope, listener: (progress: Progress) => unknown): (progress: Progress) => void {
  return (progress) => {
    Promise.resolve(listener(progress)).catch(runtime.environment.onError);
  };
}
