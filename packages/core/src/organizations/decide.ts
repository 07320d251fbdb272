import { z } from 'zod';
import type { Access, CommandsOf, Decisions, Nothing } from '../capability';
import { DaybookError } from '../errors';
import { foreignId, name, uuid } from '../fields';
import { own } from '../message';
import type { OrganizationEvent } from './events';
import { isMember, isOnlyMember, type OrganizationState } from './state';

/** What may be asked of an organization. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`. */
export const organizationCommands = {
  CreateOrganization: z.strictObject({ name }),
  RenameOrganization: z.strictObject({ name }),
  ChangeOrganizationSettings: z.strictObject({ allowSupportAutoJoin: z.boolean() }),
  AddMember: z.strictObject({ person: foreignId }),
  /** Refuses: `LAST_MEMBER`. */
  RemoveMember: z.strictObject({ person: foreignId }),
  AddProject: z.strictObject({ project: uuid, name }),
  RemoveProject: z.strictObject({ project: uuid }),
};
export type OrganizationCommands = CommandsOf<typeof organizationCommands>;

export const organizationAccess = {
  CreateOrganization: { may: ['person', 'system'] },
  RenameOrganization: { may: ['member', 'system'] },
  ChangeOrganizationSettings: { may: ['member', 'system'] },
  AddMember: { may: ['member', 'system'] },
  RemoveMember: { may: ['member', 'system'] },
  AddProject: { may: ['member', 'system'] },
  RemoveProject: { may: ['member', 'system'] },
} as const satisfies Access<OrganizationCommands>;

export interface OrganizationQueries {
  describeOrganization: Nothing;
  organizationHistory: Nothing;
  organizationProjects: Nothing;
}

export const organizationQueryAccess = {
  describeOrganization: { may: ['auditor', 'member', 'system'] },
  organizationHistory: { may: ['auditor', 'member', 'system'] },
  organizationProjects: { may: ['auditor', 'member', 'system'] },
} as const satisfies Access<OrganizationQueries>;

export const decideOrganization = {
  CreateOrganization({ name }, _state, { actor }): readonly OrganizationEvent[] {
    return [{ type: 'OrganizationCreated', data: { name, member: actor.id } }];
  },
  RenameOrganization({ name }, state): readonly OrganizationEvent[] {
    return name === state.name ? [] : [{ type: 'OrganizationRenamed', data: { name } }];
  },
  ChangeOrganizationSettings(settings, state): readonly OrganizationEvent[] {
    if (settings.allowSupportAutoJoin === state.settings.allowSupportAutoJoin) return [];
    return [{ type: 'OrganizationSettingsChanged', data: settings }];
  },
  AddMember({ person }, state): readonly OrganizationEvent[] {
    return isMember(state, person) ? [] : [{ type: 'MemberAdded', data: { person } }];
  },
  RemoveMember({ person }, state): readonly OrganizationEvent[] {
    if (isOnlyMember(state, person)) throw new DaybookError('LAST_MEMBER', { person });
    return isMember(state, person) ? [{ type: 'MemberRemoved', data: { person } }] : [];
  },
  AddProject({ project, name }, state): readonly OrganizationEvent[] {
    return own(state.projects, project) ? [] : [{ type: 'ProjectAdded', data: { project, name } }];
  },
  RemoveProject({ project }, state): readonly OrganizationEvent[] {
    return own(state.projects, project) ? [{ type: 'ProjectRemoved', data: { project } }] : [];
  },
} satisfies Decisions<OrganizationCommands, OrganizationEvent, OrganizationState>;
