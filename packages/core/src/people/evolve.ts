import type { Transitions } from '../capability';
import type { PeopleEvents } from './events';
import type { Administrator, PeopleSlice } from './state';

// Whoever becomes an administrator stops being an auditor.
export const evolvePeople = {
  AdministratorJoined(draft, { person }, { recordedAt }) {
    administer(draft, person, { since: recordedAt });
  },
  AdministratorAdded(draft, { person, ...temporary }, { recordedAt }) {
    administer(draft, person, { since: recordedAt, ...temporary });
  },
  AdministratorRemoved(draft, { person }) {
    delete draft.administrators[person];
  },
  AdministratorLeft(draft, { person }) {
    delete draft.administrators[person];
  },
  AuditorLeft(draft, { person }) {
    delete draft.auditors[person];
  },
  AdministratorExpired(draft, { person }) {
    delete draft.administrators[person];
  },
  InvitationCreated(draft, { invitation: id, ...created }, { actor, recordedAt }) {
    draft.invitations[id] = { id, ...created, invitedBy: actor, createdAt: recordedAt };
  },
  InvitationAccepted(draft, { invitation, person, role, ...temporary }, { recordedAt }) {
    delete draft.invitations[invitation];
    if (role === 'auditor') draft.auditors[person] = { since: recordedAt, ...temporary };
    else administer(draft, person, { since: recordedAt, ...temporary });
  },
  InvitationLapsed(draft, { invitation }) {
    delete draft.invitations[invitation];
  },
  InvitationDeclined(draft, { invitation }) {
    delete draft.invitations[invitation];
  },
  InvitationCancelled(draft, { invitation }) {
    delete draft.invitations[invitation];
  },
  InvitationExpired(draft, { invitation }) {
    delete draft.invitations[invitation];
  },
} satisfies Transitions<PeopleEvents, PeopleSlice>;

function administer(draft: PeopleSlice, person: string, administrator: Administrator): void {
  delete draft.auditors[person];
  draft.administrators[person] = administrator;
}
