import { type AuditorsSlice, noAuditors } from '../auditors/state';
import { own } from '../message';

export interface Member {
  readonly since: string;
}

/** What an organization's log says so far. Records are keyed by person and by project. */
export interface OrganizationState extends AuditorsSlice {
  name: string;
  createdAt: string;
  settings: { allowSupportAutoJoin: boolean };
  members: Record<string, Member>;
  projects: Record<string, { since: string }>;
}

export const noOrganization: OrganizationState = {
  name: '',
  createdAt: '',
  settings: { allowSupportAutoJoin: true },
  members: {},
  ...noAuditors,
  projects: {},
};

export function isMember({ members }: OrganizationState, person: string): boolean {
  return own(members, person) !== undefined;
}

export function isOnlyMember(state: OrganizationState, person: string): boolean {
  return isMember(state, person) && Object.keys(state.members).length === 1;
}
