import type { Transitions } from '../capability';
import { applyMetadata } from '../metadata';
import type { ProjectEvents } from './events';
import type { ProjectSlice } from './state';

export const evolveProject = {
  ProjectCreated(draft, { project: id, ...created }, { recordedAt }) {
    draft.project = { ...created, id, features: [], createdAt: recordedAt, metadata: {} };
  },
  ProjectRenamed({ project }, { name }) {
    project.name = name;
  },
  ProjectDescribed({ project }, { description }) {
    project.description = description;
  },
  ExpirySet({ project }, { expiresAt }) {
    if (expiresAt) project.expiresAt = expiresAt;
    else delete project.expiresAt;
  },
  RetentionSet({ project }, { retentionDays }) {
    project.retentionDays = retentionDays;
  },
  FeatureAdded({ project }, { feature }) {
    project.features.push(feature);
  },
  FeatureRemoved({ project }, { feature }) {
    project.features = project.features.filter((other) => other !== feature);
  },
  ProjectDisabled({ project }, disabled, { recordedAt }) {
    project.disabled = { ...disabled, since: recordedAt };
  },
  ProjectEnabled({ project }) {
    delete project.disabled;
  },
  ProjectMoved({ project }, { to }) {
    project.organization = to;
  },
  ProjectMetadataSet({ project }, { provider, values }) {
    applyMetadata(project.metadata, provider, values);
  },
} satisfies Transitions<ProjectEvents, ProjectSlice>;
