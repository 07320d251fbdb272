import { type AuditorsSlice, noAuditors } from '../auditors/state';
import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
import { isOver } from '../expiry';
import { own } from '../message';

export interface Administrator {
  readonly since: string;
  readonly reason?: string;
  /** From then on they are none. */
  readonly expiresAt?: string;
}

/** One that was not answered yet. */
export interface Invitation {
  readonly id: string;
  /** Who is reached at the e-mail address. */
  readonly contact: string;
  readonly invitedBy: Actor;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly reason?: string;
  /** What they become. Default: an administrator. */
  readonly role?: 'auditor';
  /** Until when they are to have the role. */
  readonly membershipExpiresAt?: string;
}

/** Who administers or audits the project, by person, and who was asked to, by invitation. */
export interface PeopleSlice extends AuditorsSlice {
  administrators: Record<string, Administrator>;
  invitations: Record<string, Invitation>;
}

export const noPeople: PeopleSlice = { administrators: {}, ...noAuditors, invitations: {} };

export function isAdministrator({ administrators }: PeopleSlice, person: string, now: string): boolean {
  const found = own(administrators, person);
  return found !== undefined && !isOver(found, now);
}

export function isInvited({ invitations }: PeopleSlice, invitation: string | undefined, contact: string | undefined): boolean {
  return invitation !== undefined && contact !== undefined && own(invitations, invitation)?.contact === contact;
}

/** Refuses: `INVITATION_NOT_FOUND`. */
export function invitationOf({ invitations }: PeopleSlice, id: string): Invitation {
  const found = own(invitations, id);
  if (!found) throw new DaybookError('INVITATION_NOT_FOUND', { invitation: id });
  return found;
}
