import type { ProjectState } from './decider';
import { isDaybookError } from './errors';
import { isOver } from './expiry';
import { endAbandoned } from './jobs/abandoned';
import { expireAuditors } from './organizations/handle';
import { ProjectScope } from './projects/scope';
import type { Runtime } from './runtime';
import { failAbandoned } from './storage-jobs/abandoned';
import { allPlaces, type Insider, sweepPlaces } from './users/places';

/** What `runDue` did, by kind. */
export interface DueWork {
  /** Jobs of which nothing was heard for too long and storage jobs whose process is gone: failed. */
  readonly abandoned: number;
  /** Administrators, auditors, invitations, limited access, support staff and their requests whose time was over. */
  readonly expired: number;
  /** Projects and organizations of which not everything could be done, and why. The others went on; the next run tries again. */
  readonly failed: readonly DueFailure[];
}

export interface DueFailure {
  readonly project?: string;
  readonly organization?: string;
  readonly error: unknown;
}

const system = { kind: 'system', id: 'daybook' } as const;

/**
 * Ends whatever was to end by now, in every project, and records refusals that were only counted. What one project cannot do stops no other.
 * Rejects: `STORE_UNAVAILABLE`.
 */
export async function runDue(runtime: Runtime): Promise<DueWork> {
  let [abandoned, expired] = [0, 0];
  const failed: DueFailure[] = [];
  for await (const project of allPlaces(runtime, 'project')) {
    const scope = new ProjectScope(runtime, project, system);
    try {
      const newest = await scope.newestIfThere();
      if (!newest) continue;
      abandoned += await failAbandoned(scope, newest.state);
      abandoned += await endAbandoned(scope, newest.state);
      expired += await expire(scope, newest.state);
    } catch (error) {
      if (isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
      failed.push({ project, error });
    }
  }
  for await (const organization of allPlaces(runtime, 'organization')) {
    try {
      expired += await expireAuditors(runtime, organization);
    } catch (error) {
      if (isDaybookError(error, 'STORE_UNAVAILABLE')) throw error;
      failed.push({ organization, error });
    }
  }
  await sweepPlaces(runtime);
  await runtime.refusals.record();
  return { abandoned, expired, failed };
}

type Ending = Readonly<Record<string, { readonly expiresAt?: string }>>;

/** Each command decides on the newest state what is over, so each thing ends once. */
async function expire(scope: ProjectScope, state: ProjectState): Promise<number> {
  const now = scope.runtime.now();
  const over = (record: Ending) => Object.keys(record).filter((id) => isOver(record[id]!, now));
  const anyOver = (...records: Ending[]) => records.some((record) => over(record).length > 0);
  const gone = (kind: Insider['kind'], record: Ending) => over(record).map((id): Insider => ({ kind, id }));
  let ended = 0;
  if (anyOver(state.administrators, state.invitations))
    ended += await scope.move('ExpirePeople', {}, ...gone('person', state.administrators));
  if (anyOver(state.auditors)) ended += await scope.move('ExpireAuditors', {}, ...gone('person', state.auditors));
  if (anyOver(state.accesses)) ended += await scope.move('ExpireAccess', {});
  if (anyOver(state.support, state.supportRequests)) ended += await scope.move('ExpireSupport', {}, ...gone('support', state.support));
  return ended;
}
