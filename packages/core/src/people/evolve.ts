import type { Transitions } from '../capability';
import type { PeopleEvents } from './events';
import type { PeopleSlice } from './state';

export const evolvePeople = {
  AdministratorJoined(draft, { person }, { recordedAt }) {
    draft.administrators[person] = { since: recordedAt };
  },
  AdministratorAdded(draft, { person, ...temporary }, { recordedAt }) {
    draft.administrators[person] = { since: recordedAt, ...temporary };
  },
  AdministratorRemoved(draft, { person }) {
    delete draft.administrators[person];
  },
  AdministratorLeft(draft, { person }) {
    delete draft.administrators[person];
  },
  AdministratorExpired(draft, { person }) {
    delete draft.administrators[person];
  },
  InvitationCreated(draft, { invitation: id, ...created }, { actor, recordedAt }) {
    draft.invitations[id] = { id, ...created, invitedBy: actor, createdAt: recordedAt };
  },
  InvitationAccepted(draft, { invitation, person, ...temporary }, { recordedAt }) {
    delete draft.invitations[invitation];
    draft.administrators[person] = { since: recordedAt, ...temporary };
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
