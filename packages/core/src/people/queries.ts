import type { Actor } from '../event-store';
import type { ProjectScope } from '../projects/scope';
import { personalDataOf, profileOf } from '../users/directory';
import { isOver } from './state';

/** Somebody who administers a project. Name and e-mail address are there when they are known; `forgotten`, when they were and are no more. */
export interface AdministratorDescription {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly forgotten?: true;
  readonly since: string;
  readonly reason?: string;
  readonly expiresAt?: string;
}

/** An invitation that nobody has answered yet. */
export interface InvitationDescription {
  readonly id: string;
  /** Undefined: it was forgotten. */
  readonly email?: string;
  readonly invitedBy: Actor;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly reason?: string;
  readonly membershipExpiresAt?: string;
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function administrators(scope: ProjectScope): Promise<AdministratorDescription[]> {
  const fold = await scope.query('administrators');
  const current = Object.entries(fold.state.administrators).filter(([, one]) => !isOver(one, scope.instantOf(fold)));
  return Promise.all(current.map(async ([id, one]) => ({ id, ...(await profileOf(scope.runtime, id)), ...one })));
}

/** Those that can still be answered. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function invitations(scope: ProjectScope): Promise<InvitationDescription[]> {
  const fold = await scope.query('invitations');
  const open = Object.values(fold.state.invitations).filter((one) => !isOver(one, scope.instantOf(fold)));
  return Promise.all(
    open.map(async ({ contact, ...one }) => {
      const email = (await personalDataOf(scope.runtime, contact))?.email;
      return { ...one, ...(email !== undefined && { email }) };
    }),
  );
}
