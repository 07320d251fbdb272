import type { Metadata } from '../metadata';
import type { projectTypes } from './events';

export type ProjectType = (typeof projectTypes)[number];

/** The project itself. */
export interface ProjectSlice {
  project: {
    id: string;
    name: string;
    description: string;
    type: ProjectType;
    organization: string;
    expiresAt?: string;
    retentionDays: number;
    features: string[];
    createdAt: string;
    createdBy: string;
    metadata: Metadata;
    disabled?: { since: string; reason: string; estimatedEnd?: string };
  };
}

export const noProject: ProjectSlice = {
  project: {
    id: '',
    name: '',
    description: '',
    type: 'production',
    organization: '',
    retentionDays: 7,
    features: [],
    createdAt: '',
    createdBy: '',
    metadata: {},
  },
};
