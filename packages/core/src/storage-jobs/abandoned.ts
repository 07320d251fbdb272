import { subHours } from 'date-fns';
import type { ProjectState } from '../decider';
import { isDaybookError } from '../errors';
import { ProjectScope } from '../projects/scope';
import { abandonedAfterHours, abandonedCode } from './state';

/** Fails storage jobs that have been open for a day: the process that did them is gone. Answers how many. */
export async function failAbandoned(scope: ProjectScope, { storageJobs }: ProjectState): Promise<number> {
  const before = subHours(scope.runtime.now(), abandonedAfterHours).toISOString();
  const abandoned = Object.values(storageJobs).filter(({ createdAt }) => createdAt < before);
  let failed = 0;
  for (const { id, correlationId } of abandoned) failed += await fail(inRequest(scope, correlationId), id);
  return failed;
}

/** It fails in the request that it was begun in. */
function inRequest({ runtime, id, actor }: ProjectScope, correlationId: string | undefined): ProjectScope {
  return new ProjectScope(runtime.traced(correlationId), id, actor);
}

/** 1, or 0 when another process was quicker. */
async function fail(scope: ProjectScope, id: string): Promise<number> {
  try {
    await scope.execute('FailStorageJob', {
      id,
      error: { code: abandonedCode, message: `Nothing was heard of it for ${abandonedAfterHours} hours.` },
    });
    return 1;
  } catch (error) {
    if (isDaybookError(error, 'STORAGE_JOB_NOT_FOUND')) return 0;
    throw error;
  }
}
