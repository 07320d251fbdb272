import type { ProjectState } from '../decider';
import type { Metadata } from '../metadata';
import type { ProjectScope } from './scope';
import type { ProjectSlice, ProjectType } from './state';

export interface ProjectDescription {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: ProjectType;
  /** Absent to limited access. */
  readonly organization?: string;
  readonly expiresAt?: string;
  readonly retentionDays: number;
  readonly features: readonly string[];
  readonly metadata: Metadata;
  readonly createdAt: string;
  /** Absent to limited access. */
  readonly createdBy?: string;
  readonly status: 'active' | 'disabled';
  readonly disabled?: { readonly since: string; readonly reason: string; readonly estimatedEnd?: string };
  readonly tables: number;
  readonly buckets: number;
  readonly rowCount: number;
  /** Of the current versions' parts. */
  readonly bytes: number;
  /** The log's end; to limited access its own last event, 0 where there is none. */
  readonly position: number;
  /** When that was recorded. To limited access that has done nothing, when the project was created. */
  readonly lastActivityAt: string;
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function describeProject(scope: ProjectScope): Promise<ProjectDescription> {
  const fold = await scope.query('describeProject');
  const { organization, createdBy, ...project } = fold.state.project;
  const last = await scope.lastShown(fold);
  return {
    ...project,
    ...(!scope.onlyOwn && { organization, createdBy }),
    status: statusOf(fold.state),
    ...sizeOf(fold.state),
    position: last?.position ?? 0,
    lastActivityAt: last?.recordedAt ?? project.createdAt,
  };
}

export function statusOf({ project }: ProjectSlice): ProjectDescription['status'] {
  return project.disabled ? 'disabled' : 'active';
}

function sizeOf({ tables, buckets }: ProjectState) {
  const all = Object.values(tables);
  const rowCount = all.reduce((sum, table) => sum + table.rowCount, 0);
  const bytes = all.reduce((sum, { parts }) => sum + parts.reduce((part, { bytes }) => part + bytes, 0), 0);
  return { tables: all.length, buckets: Object.keys(buckets).length, rowCount, bytes };
}
