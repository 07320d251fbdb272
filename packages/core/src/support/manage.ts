import { z } from 'zod';
import { isOver } from '../expiry';
import { givenInstant, parse, reason } from '../fields';
import { own } from '../message';
import type { ProjectScope } from '../projects/scope';
import type { SupportMember, SupportRequest } from './state';

const stay = z.strictObject({
  reason,
  /** Until when they want to be in the project. Default: 24 hours from when they come in. */
  expiresAt: givenInstant.optional(),
});
export type SupportStay = z.input<typeof stay>;

/** Somebody of the support staff who is in a project. */
export interface SupportDescription extends SupportMember {
  readonly id: string;
}

/** Refuses what `JoinForSupport` refuses. */
export async function joinForSupport(scope: ProjectScope, options: SupportStay): Promise<void> {
  await scope.newest();
  await scope.move('JoinForSupport', parse('joinProject', stay, options), { kind: 'support', id: scope.actor.id });
}

/** Refuses what `RequestSupport` refuses. */
export async function requestSupport(scope: ProjectScope, options: SupportStay): Promise<{ id: string; expiresAt: string }> {
  const { expiresAt: until, ...asked } = parse('requestToJoin', stay, options);
  const id = scope.runtime.environment.newId();
  const { state } = await scope.execute('RequestSupport', { request: id, ...asked, ...(until && { until }) });
  return { id, expiresAt: state.supportRequests[id]!.expiresAt };
}

/** Refuses what `ApproveSupport` refuses. */
export async function approveSupport(
  scope: ProjectScope,
  approval: { readonly request: string; readonly expiresAt?: string },
): Promise<void> {
  const asked = own((await scope.newest()).state.supportRequests, approval.request);
  await scope.move('ApproveSupport', approval, ...(asked ? [{ kind: 'support', id: asked.person } as const] : []));
}

/** Who is in. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function supportStaff(scope: ProjectScope): Promise<SupportDescription[]> {
  const fold = await scope.query('support');
  const present = Object.entries(fold.state.support).filter(([, one]) => !isOver(one, scope.instantOf(fold)));
  return present.map(([id, one]) => ({ id, ...one }));
}

/** Who asks to come in. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function supportRequests(scope: ProjectScope): Promise<SupportRequest[]> {
  const fold = await scope.query('supportRequests');
  return Object.values(fold.state.supportRequests).filter((request) => !isOver(request, scope.instantOf(fold)));
}
