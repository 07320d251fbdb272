import { type HistoryEntry, type HistoryFilter, history } from '../audit/queries';
import { type AuditorOptions, auditorOf } from '../auditors/manage';
import { executeTogether } from '../commands';
import { organizationDecider, projectDecider } from '../decider';
import { givenInstant, parse } from '../fields';
import { createJob, Job, JobView, type NewJob } from '../jobs/handle';
import { type JobDescription, type JobFilter, jobs } from '../jobs/queries';
import {
  type AccessDescription,
  accesses,
  type GrantOptions,
  grantAccess,
  refreshAccess,
  type UpdateAccessOptions,
  updateAccess,
} from '../limited-access/manage';
import { existing } from '../organizations/handle';
import { cancelInvitation, type InviteOptions, invite } from '../people/invitations';
import {
  type AdministratorDescription,
  type AuditorDescription,
  administrators,
  auditors,
  type InvitationDescription,
  invitations,
} from '../people/queries';
import { type SnapshotDescription, snapshots } from '../snapshots/queries';
import { type RevertProjectOptions, revertProject, type TableRevert } from '../snapshots/revert-project';
import type { Operation } from '../storage-jobs/events';
import { type StorageJob, type StorageJobFilter, storageJobs } from '../storage-jobs/queries';
import { doneAtOnce } from '../storage-jobs/work';
import { approveSupport, type SupportDescription, supportRequests, supportStaff } from '../support/manage';
import type { SupportRequest } from '../support/state';
import type { Source } from '../table-store';
import { copyTo } from '../tables/changes';
import { type Generations, keyOf, newColumn } from '../tables/columns';
import { findState, snapshotState, type TableTarget } from '../tables/contents';
import { Table, TableView } from '../tables/handle';
import { type CreateOptions, createFrom, definitionsByName } from '../tables/load';
import { bucketId, type Stage } from '../tables/names';
import type { LoadResult } from '../tables/once';
import { createOptions } from '../tables/options';
import { type BucketDescription, buckets, type TableDescription, tables } from '../tables/queries';
import { receiving } from '../tables/sources';
import { tableOf } from '../tables/state';
import { type VacuumResult, vacuum } from '../tables/vacuum';
import { type Overview, overview } from './overview';
import { describeProject, type ProjectDescription } from './queries';
import { type Point, type ProjectScope, parsePoint } from './scope';

/** A project as it can be read: now, or as of a point in its past. */
export class ProjectView {
  protected readonly scope: ProjectScope;

  constructor(scope: ProjectScope) {
    this.scope = scope;
  }

  get id(): string {
    return this.scope.id;
  }

  /** Refuses: `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, as every query here does first. */
  describe(): Promise<ProjectDescription> {
    return describeProject(this.scope);
  }

  /** It at a glance: size, people with their last activity, support staff who are in, the latest jobs. */
  overview(): Promise<Overview> {
    return overview(this.scope);
  }

  /** The people who administer it. */
  administrators(): Promise<AdministratorDescription[]> {
    return administrators(this.scope);
  }

  /** The people who may read everything of it and change nothing; those of its organization are listed there. */
  auditors(): Promise<AuditorDescription[]> {
    return auditors(this.scope);
  }

  /** Invitations that nobody has answered yet. */
  invitations(): Promise<InvitationDescription[]> {
    return invitations(this.scope);
  }

  /** Limited access that is valid, without the secrets. */
  accesses(): Promise<AccessDescription[]> {
    return accesses(this.scope);
  }

  /** Support staff who are in the project. */
  support(): Promise<SupportDescription[]> {
    return supportStaff(this.scope);
  }

  /** Support staff who ask to come in. */
  supportRequests(): Promise<SupportRequest[]> {
    return supportRequests(this.scope);
  }

  buckets(): Promise<BucketDescription[]> {
    return buckets(this.scope);
  }

  /** By id; of one bucket when it is given. */
  tables(options?: { readonly bucket?: string }): Promise<TableDescription[]> {
    return tables(this.scope, options);
  }

  /** A handle; whether the table is there shows when it is used. */
  table(id: string): TableView {
    return new TableView(this.scope, id);
  }

  /** The newest first; `table` is the id that the table had then. */
  snapshots(options?: { readonly table?: string }): Promise<SnapshotDescription[]> {
    return snapshots(this.scope, options);
  }

  /** Everything that was done to stored data: what is under way first, then the newest. Refuses: `INVALID_INPUT`. */
  storageJobs(filter?: StorageJobFilter): Promise<{ items: StorageJob[]; next?: string }> {
    return storageJobs(this.scope, filter);
  }

  /** The embedding application's jobs, page by page; the newest first unless `sort` says otherwise. Refuses: `INVALID_INPUT`. */
  jobs(filter?: JobFilter): Promise<{ items: JobDescription[]; next?: string }> {
    return jobs(this.scope, filter);
  }

  /** A handle; whether the job is there shows when it is used. */
  job(id: string): JobView {
    return new JobView(this.scope, id);
  }

  /** What happened, in plain English, oldest first (or `backward`). Refuses, at the first entry: `INVALID_INPUT`. */
  history(filter?: HistoryFilter): AsyncGenerator<HistoryEntry> {
    return history(this.scope, filter);
  }
}

/** A table to be made from another one's state, or from a snapshot. */
export type CopySource = { readonly snapshot: string } | ({ readonly table: string } & TableTarget);

/** A project, to read and to change. */
export class Project extends ProjectView {
  /** The project as of a position or an instant: every query, no command. Refuses, when asked: `POSITION_NOT_FOUND`. */
  at(point: Point): ProjectView {
    return new ProjectView(this.scope.at(parsePoint(point)));
  }

  override table(id: string): Table {
    return new Table(this.scope, id);
  }

  override job(id: string): Job {
    return new Job(this.scope, id);
  }

  /** A unit of the application's work. See `createJob` in `jobs/handle.ts`. */
  createJob(request: NewJob): Promise<Job & { readonly runId: string }> {
    return createJob(this.scope, request);
  }

  /** Makes the actor, a member of the project's organization, an administrator. */
  async join(): Promise<void> {
    await joinProject(this.scope);
  }

  /** Asks whoever is reached at an e-mail address to administer the project, or, as `role` says, to audit it. Refuses: `INVALID_INPUT`, `ALREADY_INVITED`, `INVITING_YOURSELF`, `ALREADY_MEMBER`. */
  invite(options: InviteOptions): Promise<{ id: string; expiresAt: string }> {
    return invite(this.scope, options);
  }

  /** Refuses: `INVITATION_NOT_FOUND`. */
  cancelInvitation(invitation: string): Promise<void> {
    return cancelInvitation(this.scope, invitation);
  }

  /** At once, without asking them; by members of the organization. Until `expiresAt`, if it is given. Refuses: `INVALID_INPUT`, `ALREADY_MEMBER`. */
  async addAdministrator(
    person: string,
    { reason, expiresAt }: { readonly reason?: string; readonly expiresAt?: string } = {},
  ): Promise<void> {
    const end = expiresAt === undefined ? {} : { expiresAt: parse('expiresAt', givenInstant, expiresAt) };
    const added = { person, ...(reason !== undefined && { reason }), ...end };
    await this.scope.move('AddAdministrator', added, { kind: 'person', id: person });
  }

  async removeAdministrator(person: string): Promise<void> {
    await this.scope.move('RemoveAdministrator', { person }, { kind: 'person', id: person });
  }

  /**
   * Lets somebody read everything of the project, as of any moment, and export it; they change nothing. For good, or until `expiresAt`. By administrators.
   * Refuses: `INVALID_INPUT`, `ALREADY_MEMBER`.
   */
  async addAuditor(person: string, options?: AuditorOptions): Promise<void> {
    await this.scope.move('AddAuditor', auditorOf(person, options), { kind: 'person', id: person });
  }

  async removeAuditor(person: string): Promise<void> {
    await this.scope.move('RemoveAuditor', { person }, { kind: 'person', id: person });
  }

  /** The actor, an administrator, an auditor or support staff, is in the project no more. */
  async leave(): Promise<void> {
    const { kind, id } = this.scope.actor;
    if (kind === 'support') await this.scope.move('LeaveSupport', {}, { kind, id });
    else await this.scope.move('LeaveProject', {}, { kind: 'person', id });
  }

  /** Access for a program or an outsider; the secret is shown this once. Refuses: `INVALID_INPUT`, `BUCKET_NOT_FOUND`. */
  grantAccess(options: GrantOptions): Promise<{ id: string; secret: string }> {
    return grantAccess(this.scope, options);
  }

  /** Replaces all permissions. Refuses: `INVALID_INPUT`, `ACCESS_NOT_FOUND`, `BUCKET_NOT_FOUND`. */
  updateAccess(access: string, options: UpdateAccessOptions): Promise<void> {
    return updateAccess(this.scope, access, options);
  }

  /** A new secret, shown this once; the former one opens nothing from now on, in any process. Refuses: `ACCESS_NOT_FOUND`. */
  refreshAccess(access: string): Promise<{ secret: string }> {
    return refreshAccess(this.scope, access);
  }

  /** From now on it opens nothing, in any process. Refuses: `ACCESS_NOT_FOUND`. */
  async revokeAccess(access: string): Promise<void> {
    await this.scope.execute('RevokeAccess', { access });
  }

  /** By administrators. Until `expiresAt`, else until when it was asked for. Refuses: `INVALID_INPUT`, `SUPPORT_REQUEST_NOT_FOUND`. */
  async approveSupport(request: string, { expiresAt }: { readonly expiresAt?: string } = {}): Promise<void> {
    const end = expiresAt === undefined ? {} : { expiresAt: parse('expiresAt', givenInstant, expiresAt) };
    await approveSupport(this.scope, { request, ...end });
  }

  /** By administrators. Refuses: `SUPPORT_REQUEST_NOT_FOUND`. */
  async rejectSupport(request: string): Promise<void> {
    await this.scope.execute('RejectSupport', { request });
  }

  /** Sends support staff away. */
  async removeSupport(person: string): Promise<void> {
    await this.scope.move('RemoveSupport', { person }, { kind: 'support', id: person });
  }

  async rename(name: string): Promise<void> {
    await this.scope.execute('RenameProject', { name });
  }

  async setDescription(description: string): Promise<void> {
    await this.scope.execute('DescribeProject', { description });
  }

  /** When the project expires, in the future; undefined = never. By members of the organization. */
  async setExpiry(expiresAt: string | undefined): Promise<void> {
    await this.scope.execute('SetExpiry', expiresAt === undefined ? {} : { expiresAt: parse('expiresAt', givenInstant, expiresAt) });
  }

  /** For how many days removed table data stays readable. */
  async setRetention(retentionDays: number): Promise<void> {
    await this.scope.execute('SetRetention', { retentionDays });
  }

  async addFeature(feature: string): Promise<void> {
    await this.scope.execute('AddFeature', { feature });
  }

  async removeFeature(feature: string): Promise<void> {
    await this.scope.execute('RemoveFeature', { feature });
  }

  /** From now on every command but `enable` is refused with the reason: `PROJECT_DISABLED`. */
  async disable({ reason, estimatedEnd }: { readonly reason: string; readonly estimatedEnd?: string }): Promise<void> {
    const end = estimatedEnd === undefined ? {} : { estimatedEnd: parse('estimatedEnd', givenInstant, estimatedEnd) };
    await this.scope.execute('DisableProject', { reason, ...end });
  }

  async enable(): Promise<void> {
    await this.scope.execute('EnableProject', {});
  }

  /** Key/value pairs of the project; null removes a key. */
  async setMetadata(provider: string, values: Readonly<Record<string, string | null>>): Promise<void> {
    await this.scope.execute('SetProjectMetadata', { provider, values });
  }

  /** To another organization, by a member of both. Refuses: `ORGANIZATION_NOT_FOUND`, `PROJECT_MOVED`. */
  async moveTo(organization: string): Promise<void> {
    await moveProject(this.scope, organization);
  }

  /** Refuses: `INVALID_BUCKET_NAME`, `BUCKET_EXISTS`. */
  async createBucket({
    stage,
    name,
    description = '',
  }: {
    readonly stage: Stage;
    readonly name: string;
    readonly description?: string;
  }): Promise<string> {
    const uid = this.scope.runtime.environment.newId();
    await this.scope.execute('CreateBucket', {
      uid,
      stage,
      name,
      description,
      storageJob: await this.#job('bucketCreate', { stage, name }),
    });
    return bucketId(stage, name);
  }

  /** `force` drops its tables too. Refuses: `BUCKET_NOT_FOUND`, `BUCKET_NOT_EMPTY`. */
  async dropBucket(bucket: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await this.scope.execute('DropBucket', { bucket, force, storageJob: await this.#job('bucketDrop', { bucket, force }) });
  }

  /** Key/value pairs of a bucket; null removes a key. Refuses: `BUCKET_NOT_FOUND`. */
  async setBucketMetadata(bucket: string, provider: string, values: Readonly<Record<string, string | null>>): Promise<void> {
    await this.scope.execute('SetBucketMetadata', { bucket, provider, values });
  }

  /**
   * A table from a definition (`columns`), from a source, or (`from`: a snapshot or a table's state) as a copy.
   * `result` of the handle tells what was loaded. Refuses: `INVALID_INPUT`, `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`, `BUCKET_NOT_FOUND`, `IDEMPOTENCY_MISMATCH`, `TABLE_EXISTS`, what a load
   * refuses, `INVALID_PRIMARY_KEY`.
   */
  async createTable(
    id: string,
    { from, ...options }: CreateOptions & { readonly from?: Source | CopySource },
  ): Promise<Table & { readonly result?: LoadResult }> {
    const table = this.table(id);
    if (options.idempotencyKey !== undefined && (!from || 'snapshot' in from || 'table' in from))
      throw new TypeError('An idempotency key is for a table that is made from a source');
    if (from && ('snapshot' in from || 'table' in from)) return this.copyTable({ from, to: id, job: options.job });
    if (from) {
      const create = async () => createFrom(this.scope, id, from, parse('createTable', createOptions, options));
      return Object.assign(table, { result: await receiving(from, create) });
    }
    const parsed = parse('createTable', createOptions, options);
    const generations: Generations = {};
    const definitions = [...definitionsByName(parsed.columns ?? []).values()];
    const columns = definitions.map((definition) => newColumn(generations, definition));
    const primaryKey = keyOf(columns, parsed.primaryKey);
    const { description, job } = parsed;
    const storageJob = await doneAtOnce(this.scope, 'tableCreate', { table: id, job, parameters: {} });
    const uid = this.scope.runtime.environment.newId();
    await this.scope.execute('CreateTable', { uid, table: id, columns, primaryKey, description, parts: [], rowCount: 0, storageJob });
    return table;
  }

  /** A new table with a snapshot's or a table's data; nothing is written, whatever the size. Refuses: `SNAPSHOT_NOT_FOUND`, `TABLE_NOT_FOUND`, `VERSION_NOT_FOUND`, `VERSION_EXPIRED`, `TABLE_EXISTS`, … */
  async copyTable({ from, to, job }: { readonly from: CopySource; readonly to: string; readonly job?: string }): Promise<Table> {
    const newest = await this.scope.query('tableRows', 'snapshot' in from ? { snapshot: from.snapshot } : { table: from.table });
    if ('snapshot' in from) {
      await copyTo(this.scope, snapshotState(newest, from.snapshot), to, job);
    } else {
      const { table, ...target } = from;
      await copyTo(this.scope, await findState(this.scope, tableOf(newest.state, table), target), to, job);
    }
    return this.table(to);
  }

  /**
   * The table that had this id when it was dropped last. Where its bucket was dropped too, it comes into the one that bears the name now, or into a new one;
   * limited access restores only what was dropped in a bucket that is there. Refuses: `TABLE_NOT_FOUND`, `TABLE_EXISTS`, `VERSION_EXPIRED`.
   */
  async restoreTable(id: string): Promise<Table> {
    const newBucket = { uid: this.scope.runtime.environment.newId() };
    await this.scope.execute('RestoreTable', { table: id, newBucket, storageJob: await this.#job('tableRestore', {}, id) });
    return this.table(id);
  }

  /** Refuses: `SNAPSHOT_NOT_FOUND`. */
  async deleteSnapshot(snapshot: string): Promise<void> {
    await this.scope.execute('DeleteSnapshot', { snapshot, storageJob: await this.#job('snapshotDelete', { snapshot }) });
  }

  /** Brings tables back to what they were at a point, all or none. See `revertProject` in `snapshots/revert-project.ts`. */
  revert(to: Point, options?: RevertProjectOptions): Promise<TableRevert[]> {
    return revertProject(this.scope, to, options);
  }

  /** Removes table data past its retention that nothing names; `dryRun` only counts. Data is at least a day old when it goes. */
  vacuum(options?: { readonly dryRun?: boolean }): Promise<VacuumResult> {
    return vacuum(this.scope, options);
  }

  #job(operation: Operation, parameters: Parameters<typeof doneAtOnce>[2]['parameters'], table?: string) {
    return doneAtOnce(this.scope, operation, { parameters, ...(table !== undefined && { table }) });
  }
}

/** Makes the actor, a member of the project's organization, an administrator. */
export async function joinProject(scope: ProjectScope): Promise<void> {
  await scope.move('JoinProject', {}, { kind: 'person', id: scope.actor.id });
}

async function moveProject(scope: ProjectScope, organization: string): Promise<void> {
  const { runtime, actor, id } = scope;
  const { project } = (await scope.newest()).state;
  const move = { from: project.organization, to: organization };
  if (move.from === move.to) {
    await scope.execute('MoveProject', move);
    return;
  }
  await existing(runtime.organization(organization), organization);
  const steps = [
    { log: scope.log, requests: [{ command: projectDecider.parse('MoveProject', move), actor }] },
    {
      log: runtime.organization(project.organization),
      requests: [{ command: organizationDecider.parse('RemoveProject', { project: id }), actor }],
    },
    {
      log: runtime.organization(organization),
      requests: [{ command: organizationDecider.parse('AddProject', { project: id, name: project.name }), actor }],
    },
  ];
  await scope.watched(() => executeTogether(runtime.environment, steps));
}
