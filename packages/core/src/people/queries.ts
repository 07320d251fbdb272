import type { Auditor } from '../auditors/state';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import type { ProjectScope } from '../projects/scope';
import type { Runtime } from '../runtime';
import { personalDataOf, profileOf } from '../users/directory';
import type { Administrator } from './state';

/** Somebody who administers a project, or audits one or an organization. Name and e-mail address are there when they are known; `forgotten`, when they were and are no more. */
export interface AdministratorDescription {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly forgotten?: true;
  readonly since: string;
  readonly reason?: string;
  readonly expiresAt?: string;
}

export type AuditorDescription = AdministratorDescription;

/** An invitation that nobody has answered yet. */
export interface InvitationDescription {
  readonly id: string;
  /** Undefined: it was forgotten. */
  readonly email?: string;
  readonly invitedBy: Actor;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly reason?: string;
  /** What they are asked to be. */
  readonly role: 'administrator' | 'auditor';
  readonly membershipExpiresAt?: string;
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function administrators(scope: ProjectScope): Promise<AdministratorDescription[]> {
  const fold = await scope.query('administrators');
  return describePeople(scope.runtime, fold.state.administrators, scope.instantOf(fold));
}

/** The project's own; those of its organization are the organization's. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function auditors(scope: ProjectScope): Promise<AuditorDescription[]> {
  const fold = await scope.query('auditors');
  return describePeople(scope.runtime, fold.state.auditors, scope.instantOf(fold));
}

/** People by id whose time is not over, with what is known of them. */
export async function describePeople(
  runtime: Runtime,
  people: Readonly<Record<string, Administrator | Auditor>>,
  now: string,
): Promise<AdministratorDescription[]> {
  const current = Object.entries(people).filter(([, one]) => !isOver(one, now));
  return Promise.all(current.map(async ([id, one]) => ({ id, ...(await profileOf(runtime, id)), ...one })));
}

/** Those that can still be answered. Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function invitations(scope: ProjectScope): Promise<InvitationDescription[]> {
  const fold = await scope.query('invitations');
  const open = Object.values(fold.state.invitations).filter((one) => !isOver(one, scope.instantOf(fold)));
  return Promise.all(
    open.map(async ({ contact, ...one }) => {
      const email = (await personalDataOf(scope.runtime, contact))?.email;
      return { ...one, role: one.role ?? 'administrator', ...(email !== undefined && { email }) };
    }),
  );
}
