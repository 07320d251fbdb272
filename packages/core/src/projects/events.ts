import { z } from 'zod';
import { event, type PayloadsOf } from '../event';
import { days, description, foreignId, instant, key, metadata, name, reason, uuid } from '../fields';
import type { MessageOf } from '../message';

export const projectTypes = ['production', 'demo', 'poc'] as const;

/** What can have happened to the project itself. */
export const projectEvents = {
  ProjectCreated: event(
    z.strictObject({
      project: uuid,
      organization: uuid,
      name,
      description,
      type: z.enum(projectTypes),
      expiresAt: instant.optional(),
      retentionDays: days,
      createdBy: foreignId,
    }),
    { sentence: (data) => `created the project ${data.name}` },
  ),
  ProjectRenamed: event(z.strictObject({ name }), { sentence: (data) => `renamed the project to ${data.name}` }),
  ProjectDescribed: event(z.strictObject({ description }), { sentence: () => 'changed the description of the project' }),
  /** Without `expiresAt` the project does not expire. */
  ExpirySet: event(z.strictObject({ expiresAt: instant.optional() }), {
    sentence: (data) => (data.expiresAt ? `let the project expire at ${data.expiresAt}` : 'let the project never expire'),
  }),
  /** From now on removed table data stays readable for so long. */
  RetentionSet: event(z.strictObject({ retentionDays: days }), {
    sentence: (data) => `set the retention of removed table data to ${data.retentionDays} days`,
  }),
  FeatureAdded: event(z.strictObject({ feature: key }), { sentence: (data) => `switched on the feature ${data.feature}` }),
  FeatureRemoved: event(z.strictObject({ feature: key }), { sentence: (data) => `switched off the feature ${data.feature}` }),
  ProjectDisabled: event(z.strictObject({ reason, estimatedEnd: instant.optional() }), {
    sentence: (data) => `disabled the project: ${data.reason}`,
  }),
  ProjectEnabled: event(z.strictObject({}), { sentence: () => 'enabled the project' }),
  ProjectMoved: event(z.strictObject({ from: uuid, to: uuid }), {
    sentence: (data) => `moved the project from organization ${data.from} to ${data.to}`,
  }),
  ProjectMetadataSet: event(z.strictObject({ provider: key, values: metadata }), {
    sentence: (data) => `set metadata of the project: ${Object.keys(data.values).join(', ')}`,
  }),
};
export type ProjectEvents = PayloadsOf<typeof projectEvents>;
export type ProjectEvent = MessageOf<ProjectEvents>;
