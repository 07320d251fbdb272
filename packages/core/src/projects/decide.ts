import { addMilliseconds } from 'date-fns';
import { z } from 'zod';
import { type Access, type CommandsOf, type Decisions, type Nothing, narrowed } from '../capability';
import { DaybookError } from '../errors';
import { days, description, instant, key, metadata, name, reason, refusePast, uuid } from '../fields';
import { metadataChanges } from '../metadata';
import { type ProjectEvent, projectTypes } from './events';
import type { ProjectSlice } from './state';

/** What may be asked of a project. Refuses, before anything else: `INVALID_INPUT`, `ACCESS_DENIED`, `PROJECT_DISABLED`. */
export const projectCommands = {
  /** `expiresInDays` is for demo and poc projects (default 30); a production project never expires by itself. */
  CreateProject: z.strictObject({
    project: uuid,
    organization: uuid,
    name,
    description: description.default(''),
    type: z.enum(projectTypes).default('production'),
    expiresInDays: days.optional(),
    retentionDays: days.default(7),
  }),
  RenameProject: z.strictObject({ name }),
  DescribeProject: z.strictObject({ description }),
  SetExpiry: z.strictObject({ expiresAt: instant.optional() }),
  SetRetention: z.strictObject({ retentionDays: days }),
  AddFeature: z.strictObject({ feature: key }),
  RemoveFeature: z.strictObject({ feature: key }),
  DisableProject: z.strictObject({ reason, estimatedEnd: instant.optional() }),
  EnableProject: z.strictObject({}),
  /** `from`: where the caller believes that it is. Refuses: `PROJECT_MOVED`. */
  MoveProject: z.strictObject({ from: uuid, to: uuid }),
  SetProjectMetadata: z.strictObject({ provider: key, values: metadata }),
};
export type ProjectCommands = CommandsOf<typeof projectCommands>;

export const projectAccess = {
  CreateProject: { may: ['member', 'system'] },
  RenameProject: { may: ['administrator', 'system'] },
  DescribeProject: { may: ['administrator', 'system'] },
  SetExpiry: { may: ['member', 'system'] },
  SetRetention: { may: ['administrator', 'member', 'system'] },
  AddFeature: { may: ['administrator', 'member', 'system'] },
  RemoveFeature: { may: ['administrator', 'member', 'system'] },
  DisableProject: { may: ['administrator', 'member', 'system'] },
  EnableProject: { may: ['administrator', 'member', 'system'], whileDisabled: true },
  MoveProject: { may: ['member', 'system'] },
  SetProjectMetadata: { may: ['administrator', 'system'] },
} as const satisfies Access<ProjectCommands>;

export interface ProjectOwnQueries {
  describeProject: Nothing;
  overview: Nothing;
}

export const projectQueryAccess = {
  describeProject: { may: ['administrator', 'auditor', 'member', 'support', 'reader', 'system'], names: narrowed },
  overview: { may: ['administrator', 'auditor', 'support', 'system'] },
} as const satisfies Access<ProjectOwnQueries>;

const day = 24 * 60 * 60 * 1000;
const trialDays = 30;

export const decideProject = {
  CreateProject({ expiresInDays, ...project }, _state, { actor, now }): readonly ProjectEvent[] {
    const inDays = expiresInDays ?? (project.type === 'production' ? undefined : trialDays);
    const expiresAt = inDays === undefined ? undefined : addMilliseconds(now, inDays * day).toISOString();
    refusePast('expiresInDays', expiresAt, now);
    return [{ type: 'ProjectCreated', data: { ...project, ...(expiresAt && { expiresAt }), createdBy: actor.id } }];
  },
  RenameProject({ name }, { project }): readonly ProjectEvent[] {
    return name === project.name ? [] : [{ type: 'ProjectRenamed', data: { name } }];
  },
  DescribeProject({ description }, { project }): readonly ProjectEvent[] {
    return description === project.description ? [] : [{ type: 'ProjectDescribed', data: { description } }];
  },
  SetExpiry({ expiresAt }, { project }, { now }): readonly ProjectEvent[] {
    refusePast('expiresAt', expiresAt, now);
    return expiresAt === project.expiresAt ? [] : [{ type: 'ExpirySet', data: expiresAt ? { expiresAt } : {} }];
  },
  SetRetention({ retentionDays }, { project }): readonly ProjectEvent[] {
    return retentionDays === project.retentionDays ? [] : [{ type: 'RetentionSet', data: { retentionDays } }];
  },
  AddFeature({ feature }, { project }): readonly ProjectEvent[] {
    return project.features.includes(feature) ? [] : [{ type: 'FeatureAdded', data: { feature } }];
  },
  RemoveFeature({ feature }, { project }): readonly ProjectEvent[] {
    return project.features.includes(feature) ? [{ type: 'FeatureRemoved', data: { feature } }] : [];
  },
  DisableProject(command): readonly ProjectEvent[] {
    return [{ type: 'ProjectDisabled', data: command }];
  },
  EnableProject(_command, { project }): readonly ProjectEvent[] {
    return project.disabled ? [{ type: 'ProjectEnabled', data: {} }] : [];
  },
  MoveProject({ from, to }, { project: { organization } }): readonly ProjectEvent[] {
    if (from !== organization) throw new DaybookError('PROJECT_MOVED', { organization });
    return to === from ? [] : [{ type: 'ProjectMoved', data: { from, to } }];
  },
  SetProjectMetadata({ provider, values }, { project }): readonly ProjectEvent[] {
    const changes = metadataChanges(project.metadata, provider, values);
    return changes ? [{ type: 'ProjectMetadataSet', data: { provider, values: changes } }] : [];
  },
} satisfies Decisions<ProjectCommands, ProjectEvent, ProjectSlice>;
