import type { Transitions } from '../capability';
import type { UserEvents } from './events';
import type { UserState } from './state';

export const evolveUser = {
  PersonalDataSet(draft, { sealed }) {
    draft.sealed = sealed;
    delete draft.forgottenAt;
  },
  ContactAdopted(draft, { contact }) {
    draft.contacts = [...draft.contacts.filter((other) => other !== contact), contact];
  },
  ContactReleased(draft, { contact }) {
    draft.contacts = draft.contacts.filter((other) => other !== contact);
  },
  ContactClaimed(draft, { person, vouched }) {
    draft.person = person;
    if (vouched) draft.vouched = true;
    else delete draft.vouched;
  },
  PlaceEntered({ places }, { kind, id }) {
    places[kind][id] = true;
  },
  PlaceLeft({ places }, { kind, id }) {
    delete places[kind][id];
  },
  InvitationReceived(draft, { invitation, project }) {
    draft.invitations[invitation] = project;
  },
  InvitationClosed(draft, { invitation }) {
    delete draft.invitations[invitation];
  },
  PersonForgotten(draft, _data, { recordedAt }) {
    draft.contacts = [];
    draft.forgottenAt = recordedAt;
  },
} satisfies Transitions<UserEvents, UserState>;
