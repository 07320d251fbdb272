// For those who embed Daybook.
export type { HistoryEntry, HistoryFilter } from './audit/queries';
export type { AuditorOptions } from './auditors/manage';
// For those who test decisions and replay histories.
export type { Context, Role, Standing } from './capability';
// For those who write a storage adapter: the ports, and the rules they share.
export type { Checkpoint, CheckpointStore } from './checkpoint-store';
export { Daybook, type DaybookOptions, LimitedSession, openDaybook, type Principal, Session } from './daybook';
export {
  type Decided,
  type Decider,
  organizationAccessTable,
  organizationDecider,
  organizationEventDefinitions,
  organizationQueries,
  type ProjectCommands,
  type ProjectState,
  projectAccessTable,
  projectDecider,
  projectEventDefinitions,
  projectQueries,
  userDecider,
  userEventDefinitions,
} from './decider';
export type { DueWork } from './due';
export { DaybookError, type ErrorCode, type ErrorDetails, isDaybookError } from './errors';
export { type EventDefinition, type Names, plainNames } from './event';
export {
  type Actor,
  type AppendResult,
  checkWrites,
  type EventStore,
  type Head,
  isAssertion,
  type LogId,
  type NewEvent,
  noHead,
  type ReadOptions,
  type RecordedEvent,
  record,
  type Write,
} from './event-store';
export { type Fold, Folder } from './folds';
export type { JobEffects, LoadedFile, TableEffect } from './jobs/effects';
export { Job, type JobResult, JobView, type NewJob, openLineage } from './jobs/handle';
export type { LineageStreamOptions } from './jobs/lineage-stream';
export type { LineageDataset, LineageOptions, RunEvent } from './jobs/open-lineage';
export type { JobDescription, JobFilter } from './jobs/queries';
export { type RenderOptions, renderTimeline } from './jobs/render';
export type { JobStatus } from './jobs/state';
export type { JobMessage, JobSpan, JobTimeline, MessageFilter } from './jobs/timeline';
export type { AccessDescription, GrantOptions, UpdateAccessOptions } from './limited-access/manage';
export { secretPattern } from './limited-access/secret';
export type { Permission } from './limited-access/state';
export type { Listed, Paging, Unreadable } from './listing';
export { assertNever, type Json, own } from './message';
export type { OrganizationCommands } from './organizations/decide';
export { type NewProject, Organization, type OrganizationDescription } from './organizations/handle';
export type { OrganizationState } from './organizations/state';
export type { InviteOptions, ReceivedInvitation } from './people/invitations';
export type { OwnOrganization, OwnProject } from './people/memberships';
export type { AdministratorDescription, AuditorDescription, InvitationDescription } from './people/queries';
export { type CopySource, Project, ProjectView } from './projects/handle';
export type { Overview } from './projects/overview';
export type { ProjectDescription } from './projects/queries';
export type { Point } from './projects/scope';
export type { SnapshotDescription } from './snapshots/queries';
export type { RevertProjectOptions, TableRevert } from './snapshots/revert-project';
export type { Storage } from './storage';
export { type Operation, operations } from './storage-jobs/events';
export type { StorageJob, StorageJobFilter } from './storage-jobs/queries';
export type { SupportDescription, SupportStay } from './support/manage';
export type { SupportRequest } from './support/state';
export type {
  Bytes,
  Change,
  Column,
  CsvOptions,
  ExportRequest,
  Filter,
  Part,
  Progress,
  Row,
  RowChange,
  RowCounts,
  RowQuery,
  Rows,
  Source,
  SourceFacts,
  Splice,
  StagedSource,
  StageRequest,
  TableData,
  TableStore,
  WriteRequest,
  WrittenSource,
} from './table-store';
export { type ColumnDefinition, columnName, type NormalizedName } from './tables/columns';
export { nextCompaction } from './tables/compaction';
export type { TableTarget } from './tables/contents';
export { spliced } from './tables/evolve';
export type { ExportOptions, ExportResult, ExportTarget } from './tables/export';
export { Table, TableView } from './tables/handle';
export type { CreateOptions, LoadOptions } from './tables/load';
export type { LoadResult } from './tables/once';
export type {
  BucketDescription,
  ColumnDescription,
  DiffOptions,
  RowsOptions,
  TableChange,
  TableDescription,
  Version,
} from './tables/queries';
export type { NodeWritable, Sink } from './tables/sinks';
export type { VacuumResult } from './tables/vacuum';
export {
  type ColumnType,
  canonicalText,
  columnTypes,
  compareCodePoints,
  compareTexts,
  readValue,
  type Value,
  valuePatterns,
} from './tables/values';
export type { Profile } from './users/profile';
