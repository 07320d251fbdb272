import type { ProjectState } from '../decider';
import type { Metadata } from '../metadata';
import type { ProjectScope } from './scope';
import type { ProjectType } from './state';

export interface ProjectDescription {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: ProjectType;
  readonly organization: string;
  readonly expiresAt?: string;
  readonly retentionDays: number;
  readonly features: readonly string[];
  readonly metadata: Metadata;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly status: 'active' | 'disabled';
  readonly disabled?: { readonly since: string; readonly reason: string; readonly estimatedEnd?: string };
  readonly tables: number;
  readonly buckets: number;
  readonly rowCount: number;
  /** Of the current versions' parts. */
  readonly bytes: number;
  /** The log's end. */
  readonly position: number;
  readonly lastActivityAt: string;
}

/** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function describeProject(scope: ProjectScope): Promise<ProjectDescription> {
  const { state, position, recordedAt } = await scope.query('describeProject');
  return {
    ...state.project,
    status: state.project.disabled ? 'disabled' : 'active',
    ...sizeOf(state),
    position,
    lastActivityAt: recordedAt,
  };
}

function sizeOf({ tables, buckets }: ProjectState) {
  const all = Object.values(tables);
  const rowCount = all.reduce((sum, table) => sum + table.rowCount, 0);
  const bytes = all.reduce((sum, { parts }) => sum + parts.reduce((part, { bytes }) => part + bytes, 0), 0);
  return { tables: all.length, buckets: Object.keys(buckets).length, rowCount, bytes };
}
