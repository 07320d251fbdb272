import { DaybookError } from '../errors';
import type { Actor } from '../event-store';
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
  /** Until when they are to be an administrator. */
  readonly membershipExpiresAt?: string;
}

/** Who belongs to the project, by person, and who was asked to, by invitation. */
export interface PeopleSlice {
  administrators: Record<string, Administrator>;
  invitations: Record<string, Invitation>;
}

export const noPeople: PeopleSlice = { administrators: {}, invitations: {} };

/** Whether a time that was set for the end of something has come. */
export function isOver({ expiresAt }: { readonly expiresAt?: string | undefined }, now: string): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

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
