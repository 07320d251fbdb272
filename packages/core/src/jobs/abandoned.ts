import type { ProjectState } from '../decider';
import { isDaybookError } from '../errors';
import type { ProjectScope } from '../projects/scope';
import { isAbandoned } from './state';

/**
 * Ends running jobs of which nothing was heard for too long. Answers how many. Safe in many processes at once: each job is decided on anew, so it
 * ends once, and not at all when it was heard of meanwhile.
 */
export async function endAbandoned(scope: ProjectScope, { jobs }: ProjectState): Promise<number> {
  const now = scope.runtime.now();
  let ended = 0;
  for (const job of Object.values(jobs).filter((job) => isAbandoned(job, now))) ended += await abandon(scope, job.id);
  return ended;
}

/** 1, or 0 when it has ended or was heard of. */
async function abandon(scope: ProjectScope, job: string): Promise<number> {
  try {
    const { events } = await scope.execute('AbandonJob', { job });
    return events.length === 0 ? 0 : 1;
  } catch (error) {
    if (isDaybookError(error, 'JOB_FINISHED')) return 0;
    throw error;
  }
}
