import type { Transitions } from '../capability';
import type { OrganizationEvents } from './events';
import type { OrganizationState } from './state';

// Whoever becomes a member stops being an auditor.
export const evolveOrganization = {
  OrganizationCreated(draft, { name, member }, { recordedAt }) {
    draft.name = name;
    draft.createdAt = recordedAt;
    draft.members[member] = { since: recordedAt };
  },
  OrganizationRenamed(draft, { name }) {
    draft.name = name;
  },
  OrganizationSettingsChanged(draft, settings) {
    draft.settings = settings;
  },
  MemberAdded(draft, { person }, { recordedAt }) {
    delete draft.auditors[person];
    draft.members[person] = { since: recordedAt };
  },
  MemberRemoved(draft, { person }) {
    delete draft.members[person];
  },
  ProjectAdded(draft, { project }, { recordedAt }) {
    draft.projects[project] = { since: recordedAt };
  },
  ProjectRemoved(draft, { project }) {
    delete draft.projects[project];
  },
} satisfies Transitions<OrganizationEvents, OrganizationState>;
