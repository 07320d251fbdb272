import { subHours } from 'date-fns';
import { isDaybookError } from '../errors';
import { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import { abandonedAfterHours } from './state';

const system = { kind: 'system', id: 'daybook' } as const;

/** Fails storage jobs that have been open for a day: the process that did them is gone. Answers how many. */
export async function failAbandoned(runtime: Runtime): Promise<number> {
  const before = subHours(runtime.now(), abandonedAfterHours).toISOString();
  let failed = 0;
  for await (const logs of runtime.storage.events.logs({ prefix: 'project/' })) {
    for (const log of logs) {
      const scope = new ProjectScope(runtime, log.slice('project/'.length), system);
      const { state } = await scope.newest();
      const abandoned = Object.values(state.storageJobs).filter(({ createdAt }) => createdAt < before);
      for (const { id } of abandoned) failed += await fail(scope, id);
    }
  }
  return failed;
}

/** 1, or 0 when another process was quicker. */
async function fail(scope: ProjectScope, id: string): Promise<number> {
  try {
    await scope.execute('FailStorageJob', {
      id,
      error: { code: 'ABANDONED', message: `Nothing was heard of it for ${abandonedAfterHours} hours.` },
    });
    return 1;
  } catch (error) {
    if (isDaybookError(error, 'STORAGE_JOB_NOT_FOUND')) return 0;
    throw error;
  }
}
