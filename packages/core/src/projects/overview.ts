import { type JobDescription, jobs } from '../jobs/queries';
import { type AccessDescription, accesses } from '../limited-access/manage';
import { type AdministratorDescription, administrators } from '../people/queries';
import { type SupportDescription, supportStaff } from '../support/manage';
import { describeProject, type ProjectDescription } from './queries';
import type { ProjectScope } from './scope';

/** When somebody did something in the project last; undefined = never, or not as far as the view goes. */
interface Active {
  readonly lastActivityAt?: string;
}

/** A project at a glance: what it is, how large, who is in it, and what was run last. */
export interface Overview extends ProjectDescription {
  readonly administrators: readonly (AdministratorDescription & Active)[];
  readonly accesses: readonly (AccessDescription & Active)[];
  /** Support staff who are in. */
  readonly support: readonly (SupportDescription & Active)[];
  /** The ten created last. */
  readonly latestJobs: readonly JobDescription[];
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function overview(scope: ProjectScope): Promise<Overview> {
  const { position } = await scope.query('overview');
  const active = <T extends { readonly id: string }>(kind: string, all: readonly T[]) =>
    Promise.all(all.map(async (one) => ({ ...one, ...(await activityOf(scope, `actor:${kind}:${one.id}`, position)) })));
  return {
    ...(await describeProject(scope)),
    administrators: await active('person', await administrators(scope)),
    accesses: await active('limited', await accesses(scope)),
    support: await active('support', await supportStaff(scope)),
    latestJobs: (await jobs(scope, { limit: 10 })).items,
  };
}

/** One look-up in the index. What was refused is no activity. */
async function activityOf(scope: ProjectScope, tag: string, upTo: number): Promise<Active> {
  const { events } = scope.runtime.storage;
  const options = { tags: [tag], upTo, backward: true };
  for await (const page of events.read(scope.log.id, options)) {
    const last = page.find(({ type }) => type !== 'AccessRefused');
    if (last) return { lastActivityAt: last.recordedAt };
  }
  return {};
}
