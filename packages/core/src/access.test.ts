import type { Organization, Project, Session } from '@daybook/core';
import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook, textSink } from '../test/book';
import {
  accessGranted,
  auditorAdded,
  bucketCreated,
  column,
  invited,
  jobCreated,
  joined,
  later,
  newBucket,
  project,
  snapshotCreated,
  storageJob,
  supportJoined,
  tableCreated,
} from '../test/facts';
import type { Access, AccessRule } from './capability';
import {
  organizationAccessTable,
  organizationDecider,
  organizationQueries,
  type ProjectCommands,
  type ProjectQuery,
  projectAccessTable,
  projectDecider,
  projectQueries,
} from './decider';
import { isDaybookError } from './errors';
import type { Actor } from './event-store';
import type { OrganizationQueries } from './organizations/decide';
import { type Operation, operations } from './storage-jobs/events';

// The permission matrix, written out a second time: x may, . may not. Whoever changes the tables in the code changes this page too.

/**
 * Of people: an administrator; a member of the organization; both; a stranger; a removed member; an invited one. The system. Of limited access: writes into
 * in.c-main, reads it, was granted nothing, is over, was revoked. Of support staff: is in the project, has asked, had joined until a while ago. Auditors: of
 * the project, of its organization, of both until a while ago.
 */
const projectMatrix = `
                      adm  mem both  str  rem  sys  wri  rea  non  exp  rev  sup  req  gon  inv  aud  oau  pau
  CreateProject         .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RenameProject         x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  DescribeProject       x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  SetExpiry             .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  SetRetention          x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AddFeature            x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveFeature         x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  DisableProject        x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  EnableProject         x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  MoveProject           .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  SetProjectMetadata    x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  JoinProject           .    x    x    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
  AddAdministrator      .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveAdministrator   x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  LeaveProject          x    .    x    .    .    .    .    .    .    .    .    .    .    .    .    x    x    .
  InvitePerson          x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AcceptInvitation      .    .    .    .    .    .    .    .    .    .    .    .    .    .    x    .    .    .
  DeclineInvitation     .    .    .    .    .    .    .    .    .    .    .    .    .    .    x    .    .    .
  CancelInvitation      x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExpirePeople          .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AddAuditor            x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveAuditor         x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExpireAuditors        .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  GrantAccess           x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  UpdateAccess          x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RefreshAccess         x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RevokeAccess          x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExpireAccess          .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  JoinForSupport        .    .    .    .    .    .    .    .    .    .    .    x    x    x    .    .    .    .
  RequestSupport        .    .    .    .    .    .    .    .    .    .    .    x    x    x    .    .    .    .
  ApproveSupport        x    .    x    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
  RejectSupport         x    .    x    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
  LeaveSupport          .    .    .    .    .    .    .    .    .    .    .    x    .    .    .    .    .    .
  RemoveSupport         x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExpireSupport         .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  CreateStorageJob      x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  StartStorageJob       .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  SucceedStorageJob     .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  FailStorageJob        .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  CreateBucket          x    .    x    .    .    x    .    .    .    .    .    x    .    .    .    .    .    .
  DropBucket            x    .    x    .    .    x    .    .    .    .    .    x    .    .    .    .    .    .
  CreateTable           x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  LoadTable             x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DeleteRows            x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  TruncateTable         x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  AddColumn             x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DropColumn            x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  SetPrimaryKey         x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DropPrimaryKey        x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  RenameTable           x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DescribeTable         x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DescribeColumn        x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  SetTableMetadata      x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  SetBucketMetadata     x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DropTable             x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  RestoreTable          x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  CompactTable          .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExportTable           x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    x    x    .
  ReadTable             x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    x    x    .
  RevertTable           x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  CopyTable             x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  VacuumData            x    .    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  CreateSnapshot        x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  DeleteSnapshot        x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  CreateJob               x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  QueueJob                x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  StartJob                x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  HeartbeatJob            x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  LogJobMessage           x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  SucceedJob              x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  WarnJob                 x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  FailJob                 x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  TerminateJob            x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  StopJob                 x    .    x    .    .    x    x    .    .    .    .    x    .    .    .    .    .    .
  AbandonJob              .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RecordRefusals        .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  describeProject       x    x    x    .    .    x    x    x    x    .    .    x    .    .    .    x    x    .
  overview              x    .    x    .    .    x    .    .    .    .    .    x    .    .    .    x    x    .
  invitation            .    .    .    .    .    .    .    .    .    .    .    .    .    .    x    .    .    .
  administrators        x    x    x    .    .    x    .    .    .    .    .    x    .    .    .    x    x    .
  invitations           x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    x    x    .
  auditors              x    x    x    .    .    x    .    .    .    .    .    x    .    .    .    x    x    .
  accesses              x    .    x    .    .    x    .    .    .    .    .    x    .    .    .    x    x    .
  support               x    x    x    .    .    x    .    .    .    .    .    x    .    .    .    x    x    .
  supportRequests       x    x    x    .    .    x    .    .    .    .    .    .    .    .    .    x    x    .
  storageJobs           x    .    x    .    .    x    x    x    x    .    .    x    .    .    .    x    x    .
  buckets               x    .    x    .    .    x    x    x    x    .    .    x    .    .    .    x    x    .
  tables                x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    x    x    .
  tableRows             x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    x    x    .
  dryRun                x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    .    .    .
  expiredData           x    .    x    .    .    x    .    .    .    .    .    x    .    .    .    .    .    .
  snapshots             x    .    x    .    .    x    x    x    .    .    .    x    .    .    .    x    x    .
  jobs                    x    .    x    .    .    x    x    x    x    .    .    x    .    .    .    x    x    .
  history               x    .    x    .    .    x    x    x    x    .    .    x    .    .    .    x    x    .`;

const organizationMatrix = `
                             adm  mem both  str  rem  sys  wri  rea  non  exp  rev  sup  req  gon  inv  aud  oau  pau
  CreateOrganization           x    x    x    x    x    x    .    .    .    .    .    .    .    .    x    x    x    x
  RenameOrganization           .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ChangeOrganizationSettings   .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AddMember                    .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveMember                 .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AddProject                   .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveProject                .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  AddAuditor                   .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RemoveAuditor                .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  ExpireAuditors               .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  RecordRefusals               .    .    .    .    .    x    .    .    .    .    .    .    .    .    .    .    .    .
  describeOrganization         .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    x    .
  organizationHistory          .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    x    .
  organizationProjects         .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    x    .
  auditors                     .    x    x    .    .    x    .    .    .    .    .    .    .    .    .    .    x    .`;

interface Who {
  readonly name: string;
  readonly actor: Actor;
  readonly isMember: boolean;
  readonly isAuditor?: boolean;
}

const person = (id: string): Actor => ({ kind: 'person', id });
const limited = (id: string): Actor => ({ kind: 'limited', id });
const support = (id: string): Actor => ({ kind: 'support', id });
const everybody: readonly Who[] = [
  { name: 'adm', actor: person('ada'), isMember: false },
  { name: 'mem', actor: person('olga'), isMember: true },
  { name: 'both', actor: person('alice'), isMember: true },
  { name: 'str', actor: person('sam'), isMember: false },
  { name: 'rem', actor: person('rex'), isMember: false },
  { name: 'sys', actor: { kind: 'system', id: 'billing' }, isMember: false },
  { name: 'wri', actor: limited('writer'), isMember: false },
  { name: 'rea', actor: limited('reader'), isMember: false },
  { name: 'non', actor: limited('nothing'), isMember: false },
  { name: 'exp', actor: limited('over'), isMember: false },
  { name: 'rev', actor: limited('revoked'), isMember: false },
  { name: 'sup', actor: support('sue'), isMember: false },
  { name: 'req', actor: support('ron'), isMember: false },
  { name: 'gon', actor: support('gus'), isMember: false },
  { name: 'inv', actor: person('ida'), isMember: false },
  { name: 'aud', actor: person('aron'), isMember: false },
  { name: 'oau', actor: person('otto'), isMember: false, isAuditor: true },
  { name: 'pau', actor: person('paul'), isMember: false },
];

/** Who may, by action. */
const matrix = (text: string): ReadonlyMap<string, readonly string[]> => {
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return new Map(lines.map(([action, ...marks]) => [action!, head!.filter((_, i) => marks[i] === 'x')]));
};
const projectMay = matrix(projectMatrix);
const organizationMay = matrix(organizationMatrix);

/** Denied or not; any other refusal comes after access. */
function denied(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    return isDaybookError(error, 'ACCESS_DENIED');
  }
}

const now = later(1);
const other = { uid: 'other-1', table: 'in.c-other.orders' };
const otherBucket = { bucketUid: 'other-bucket' };
const past = [
  ...[...project, joined('ada'), bucketCreated, tableCreated(), snapshotCreated()],
  ...[
    newBucket(otherBucket.bucketUid, 'in.c-other'),
    tableCreated({ ...other, ...otherBucket }),
    snapshotCreated({ ...other, snapshot: 'others' }),
  ],
  accessGranted('writer', { 'in.c-main': 'write' }, { components: ['acme.extractor'] }),
  accessGranted('reader', { 'in.c-main': 'read' }),
  accessGranted('nothing', {}),
  accessGranted('over', { 'in.c-main': 'write' }, { expiresAt: now }),
  { ...jobCreated({ job: 'job', runId: 'job', component: 'acme.extractor' }), actor: limited('writer') },
  jobCreated({ job: 'theirs', runId: 'theirs', component: 'acme.extractor' }),
  ...[supportJoined('sue', later(2)), supportJoined('gus', now), invited('invitation', 'contact')],
  ...[auditorAdded('aron'), auditorAdded('paul', now)],
];
const { state } = given(...past);

const orders = 'in.c-main.orders';
const onTable = { table: orders, storageJob: storageJob('tableLoad') };
const onKnown = { uid: 'orders-1', ...onTable };
const content = { columns: [column('id')], primaryKey: ['id'], parts: [], rowCount: 0 };
const rows = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };
const values = { provider: 'p', values: { a: 'b' } };

/** Every command whose rule says what it names, whole; what the writer was granted, where limited access may ask for it. And every such query. */
const asked: Readonly<Record<string, object>> = {
  ...{ AcceptInvitation: { invitation: 'other', contact: 'contact' }, DeclineInvitation: { invitation: 'other', contact: 'contact' } },
  CreateStorageJob: { id: 'x', operation: 'tableLoad', table: orders, parameters: {}, status: 'processing' },
  StartStorageJob: { id: 'x' },
  SucceedStorageJob: { storageJob: storageJob('tableLoad') },
  FailStorageJob: { id: 'x', error: { code: 'X', message: 'x' } },
  CreateTable: { ...onKnown, uid: 'new', ...content },
  LoadTable: { ...onKnown, mode: 'full', baseVersion: 1, primaryKey: ['id'], columns: ['id'], addedColumns: [], added: [], rows },
  DeleteRows: { ...onKnown, baseVersion: 1, baseParts: 1, splices: [], rows },
  TruncateTable: onTable,
  AddColumn: { ...onTable, column: { name: 'x' } },
  DropColumn: { ...onTable, column: 'note' },
  SetPrimaryKey: { ...onKnown, baseVersion: 1, columns: ['note'] },
  DropPrimaryKey: onTable,
  RenameTable: { ...onTable, to: 'x' },
  DescribeTable: { table: orders, description: 'x' },
  DescribeColumn: { table: orders, column: 'id', description: 'x' },
  SetTableMetadata: { table: orders, ...values },
  SetBucketMetadata: { bucket: 'in.c-main', ...values },
  DropTable: onTable,
  RestoreTable: { ...onTable, newBucket: { uid: 'new' } },
  ExportTable: { ...onKnown, version: 1 },
  ReadTable: { ...onKnown, version: 1 },
  RevertTable: { ...onKnown, of: 1, ...content },
  CopyTable: {
    ...{ ...onKnown, uid: 'new', from: { uid: 'orders-1', table: orders, version: 1 }, ...content },
    ...{ description: '', metadata: {}, columnNotes: {}, generations: {} },
  },
  CreateSnapshot: { ...onTable, snapshot: 'x' },
  DeleteSnapshot: { snapshot: 'before', storageJob: storageJob('snapshotDelete') },
  CreateJob: { job: 'new', component: 'acme.extractor' },
  QueueJob: { job: 'job' },
  StartJob: { job: 'job', runner: 'x' },
  HeartbeatJob: { job: 'job' },
  LogJobMessage: { job: 'job', level: 'info', text: 'x' },
  SucceedJob: { job: 'job' },
  WarnJob: { job: 'job' },
  FailJob: { job: 'job', error: { kind: 'user', message: 'x' } },
  TerminateJob: { job: 'job' },
  StopJob: { job: 'job' },
  ...{ describeProject: {}, invitation: { invitation: 'other', contact: 'contact' }, storageJobs: {}, buckets: {} },
  ...{
    tables: { table: orders },
    tableRows: { table: orders },
    dryRun: { tables: [orders] },
    snapshots: { table: orders },
    jobs: {},
    history: {},
  },
};

/** What nobody granted, in each place that can name a thing. */
const others: Readonly<Record<string, string>> = {
  ...{ bucket: 'in.c-other', table: other.table, uid: other.uid, snapshot: 'others' },
  ...{ 'from.table': other.table, 'from.uid': other.uid, 'from.snapshot': 'others' },
  ...{ job: 'theirs', parent: 'theirs', 'storageJob.job': 'theirs', component: 'other' },
};

/** Places that name nothing that is there, and why. */
const namesNothing: Readonly<Record<string, string>> = {
  'CreateTable uid': 'of a table to be',
  'CopyTable uid': 'of a table to be',
  'CreateSnapshot snapshot': 'of a snapshot to be',
  'CreateJob job': 'of a job to be',
};

function withIn(data: object, path: string, value: string): object {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  const inner = (data as Record<string, object>)[first];
  return { ...data, [first]: rest.length === 0 ? value : withIn(inner ?? {}, rest.join('.'), value) };
}

/** The places of a command or query that can name a thing. Commands say by their schemas which there are. */
function places(action: string): string[] {
  if (action in projectQueries)
    return (
      ({ tables: ['table', 'bucket'], tableRows: ['table', 'snapshot'], snapshots: ['table'] } as Record<string, string[]>)[action] ?? []
    );
  return Object.keys(others).filter((path) => isAccepted(action, withIn(asked[action]!, path, 'x')));
}

function isAccepted(action: string, data: object): boolean {
  try {
    return Boolean(projectDecider.parse(action as keyof ProjectCommands, data));
  } catch {
    return false;
  }
}

/** What somebody asks with: with what they were granted, or what they were invited by. */
function askedBy(action: string, { name }: Who): object {
  if (name === 'inv') return { ...asked[action], invitation: 'invitation', contact: 'contact' };
  return asked[action] ?? {};
}

/** Whether the decider lets somebody do something in a project of this state. */
function lets(who: Who, action: string, data: object): boolean {
  const { actor, isMember, isAuditor = false } = who;
  const context = { actor, now, standing: () => ({ isMember, isAuditor, autoJoin: true }) };
  const query = action in projectQueries;
  return !denied(() =>
    query
      ? projectDecider.permit(action as ProjectQuery, state, context, data as never)
      : projectDecider.decide({ type: action, data }, state, context),
  );
}

const rules = Object.entries({ ...projectAccessTable, ...projectQueries } as Readonly<Record<string, AccessRule>>);
const naming = rules.filter(([, { names }]) => names).map(([action]) => action);
const ofLimitedAccess = rules
  .filter(([, { may }]) => may.some((role) => role === 'reader' || role === 'writer' || role === 'runner'))
  .map(([action]) => action);

describe('the permission matrix', () => {
  it('has a line for every command and query', () => {
    expect([...projectMay.keys()]).toEqual([...Object.keys(projectAccessTable), ...Object.keys(projectQueries)]);
    expect([...organizationMay.keys()]).toEqual([...Object.keys(organizationAccessTable), ...Object.keys(organizationQueries)]);
  });

  it.each([...projectMay])('is what the decider of projects does with %s', (action, may) => {
    const answers = everybody.map((who) => [who.name, lets(who, action, askedBy(action, who))]);
    expect(answers).toEqual(everybody.map(({ name }) => [name, may.includes(name)]));
  });

  it('is tried with whole commands, each of which names what was granted', () => {
    expect(Object.keys(asked)).toEqual(naming);
    const commands = naming.filter((action) => !(action in projectQueries));
    expect(commands.filter((action) => !isAccepted(action, asked[action]!))).toEqual([]);
  });

  it.each(ofLimitedAccess)('gives limited access nothing that is not granted, wherever it is named in %s', (action) => {
    for (const who of everybody.filter(({ actor }) => actor.kind === 'limited')) {
      for (const place of places(action)) {
        const data = withIn(asked[action]!, place, others[place]!);
        const may = lets(who, action, data);
        const expected = `${action} ${place}` in namesNothing && projectMay.get(action)!.includes(who.name);
        expect([who.name, place, may]).toEqual([who.name, place, expected]);
      }
    }
  });

  it.each([...projectMay.keys()])('takes an id for what it is of its own kind only, with %s', (action) => {
    const impostors = [limited('ada'), limited('sue'), support('ada'), support('writer'), person('writer'), person('sue')];
    const stranger = (kind: Actor['kind']) => ({ name: 'nobody', actor: { kind, id: 'nobody' }, isMember: false });
    for (const actor of impostors) {
      const who = { name: actor.id, actor, isMember: false };
      const data = askedBy(action, who);
      expect([actor, lets(who, action, data)]).toEqual([actor, lets(stranger(actor.kind), action, data)]);
    }
  });

  it('is what the decider of organizations does', () => {
    const organization = {
      name: 'Acme',
      createdAt: later(0),
      settings: { allowSupportAutoJoin: true },
      members: { alice: { since: later(0) }, olga: { since: later(0) } },
      auditors: { otto: { since: later(0) }, paul: { since: later(0), expiresAt: now } },
      projects: {},
    };
    for (const [action, may] of organizationMay) {
      const answers = everybody.map(({ name, actor }) => {
        const context = { actor, now };
        const query = action in organizationQueries;
        const work = query
          ? () => organizationDecider.permit(action as keyof OrganizationQueries, organization, context, {})
          : () => organizationDecider.decide({ type: action, data: {} }, organization, context);
        return [name, !denied(work)];
      });
      expect([action, ...answers]).toEqual([action, ...everybody.map(({ name }) => [name, may.includes(name)])]);
    }
  });

  it('lets whoever may do an operation begin its storage job', () => {
    const unlikeLoads: Partial<Record<Operation, string>> = {
      ...{ bucketCreate: 'CreateBucket', bucketDrop: 'DropBucket', tableExport: 'ExportTable', tableRead: 'ReadTable' },
      ...{ tableCompact: 'CompactTable', dataVacuum: 'VacuumData' },
    };
    for (const operation of operations) {
      const line = unlikeLoads[operation] ?? 'LoadTable';
      const data = { id: 'x', operation, table: 'in.c-main.orders', parameters: {}, status: 'processing' };
      const answers = everybody.map((who) => [who.name, lets(who, 'CreateStorageJob', data)]);
      expect([operation, ...answers]).toEqual([operation, ...everybody.map(({ name }) => [name, projectMay.get(line)!.includes(name)])]);
    }
  });

  it('is tight by types: a rule that admits a limited role says what is named, in words of its own command', () => {
    type Rename = Access<{ RenameTable: { readonly table: string } }>;
    const may = ['administrator', 'writer'] as const;
    const rules: Rename[] = [
      { RenameTable: { may, names: ({ table }) => ({ tables: [table] }) } },
      { RenameTable: { may: ['administrator'] } },
      // @ts-expect-error Nothing is said of what is named.
      { RenameTable: { may } },
      // @ts-expect-error The command has no such field.
      { RenameTable: { may, names: ({ tabel }) => ({ tables: [tabel] }) } },
      // @ts-expect-error There is no such kind of thing.
      { RenameTable: { may, names: ({ table }) => ({ tabels: [table] }) } },
      // @ts-expect-error Whose it is depends on what is named, too.
      { RenameTable: { may: ['owner'] } },
    ];
    expect(rules.length).toBe(6);
  });

  it('names no unknown command', () => {
    for (const type of ['constructor', 'toString', 'Nothing']) {
      for (const { actor } of everybody) {
        const context = { actor, now, standing: () => ({ isMember: true, isAuditor: true, autoJoin: true }) };
        expect(denied(() => projectDecider.decide({ type, data: {} }, projectDecider.initial, context))).toBe(true);
        expect(denied(() => projectDecider.permit(type as never, projectDecider.initial, context, {} as never))).toBe(true);
      }
    }
  });
});

/** A book with something of everything, and somebody's handles in it. */
interface Scene extends Book {
  readonly session: Session;
  /** A position with another version of the table. */
  readonly before: number;
  readonly snapshot: string;
  readonly access: string;
  readonly invitation: string;
  readonly request: string;
  /** Their own, or alice's where they can have none. */
  readonly job: string;
}

type Call = readonly [line: string, call: (project: Project, scene: Scene) => unknown];
const tableOf = (project: Project) => project.table(orders);

/** Every method of the handles, by the line of the matrix that it stands under. */
const ofProject: readonly Call[] = [
  ['RenameProject', (project) => project.rename('X')],
  ['DescribeProject', (project) => project.setDescription('X')],
  ['SetExpiry', (project) => project.setExpiry('2030-01-01')],
  ['SetRetention', (project) => project.setRetention(1)],
  ['AddFeature', (project) => project.addFeature('x')],
  ['RemoveFeature', (project) => project.removeFeature('x')],
  ['DisableProject', (project) => project.disable({ reason: 'x' })],
  ['EnableProject', (project) => project.enable()],
  ['MoveProject', (project, { organization }) => project.moveTo(organization.id)],
  ['SetProjectMetadata', (project) => project.setMetadata('p', { a: 'b' })],
  ['JoinProject', (project) => project.join()],
  ['AddAdministrator', (project) => project.addAdministrator('x')],
  ['AddAuditor', (project) => project.addAuditor('x')],
  ['RemoveAuditor', (project) => project.removeAuditor('nobody')],
  ['auditors', (project) => project.auditors()],
  ['RemoveAdministrator', (project) => project.removeAdministrator('nobody')],
  ['InvitePerson', (project) => project.invite({ email: 'new@example.com' })],
  ['CancelInvitation', (project, { invitation }) => project.cancelInvitation(invitation)],
  ['GrantAccess', (project) => project.grantAccess({ buckets: {} })],
  ['UpdateAccess', (project, { access }) => project.updateAccess(access, { buckets: {} })],
  ['RefreshAccess', (project, { access }) => project.refreshAccess(access)],
  ['RevokeAccess', (project, { access }) => project.revokeAccess(access)],
  ['ApproveSupport', (project, { request }) => project.approveSupport(request)],
  ['RejectSupport', (project, { request }) => project.rejectSupport(request)],
  ['RemoveSupport', (project) => project.removeSupport('sue')],
  ['RequestSupport', (project, { session }) => session.requestToJoin(project.id, { reason: 'x' })],
  ['CreateBucket', (project) => project.createBucket({ stage: 'out', name: 'x' })],
  ['DropBucket', (project) => project.dropBucket('in.c-main', { force: true })],
  ['SetBucketMetadata', (project) => project.setBucketMetadata('in.c-main', 'p', { a: 'b' })],
  ['CreateTable', (project) => project.createTable('in.c-main.x', { columns: [{ name: 'id' }] })],
  ['CreateTable', (project) => project.createTable('in.c-main.x', { from: { csv: 'id\n1\n' } })],
  ['CopyTable', (project) => project.createTable('in.c-main.x', { from: { table: 'in.c-main.orders' } })],
  ['CopyTable', (project, { snapshot }) => project.copyTable({ from: { snapshot }, to: 'in.c-main.x' })],
  ['RestoreTable', (project) => project.restoreTable('in.c-main.gone')],
  ['DeleteSnapshot', (project, { snapshot }) => project.deleteSnapshot(snapshot)],
  ['RevertTable', (project, { before }) => project.revert(before, { tables: ['in.c-main.orders'] })],
  ['dryRun', (project, { before }) => project.revert(before, { tables: ['in.c-main.orders'], dryRun: true })],
  ['VacuumData', (project) => project.vacuum()],
  ['expiredData', (project) => project.vacuum({ dryRun: true })],
  ['LoadTable', (project) => tableOf(project).load({ rows: [] })],
  ['DeleteRows', (project) => tableOf(project).deleteRows({ allowTruncate: true })],
  ['dryRun', (project) => tableOf(project).previewDelete({})],
  ['TruncateTable', (project) => tableOf(project).truncate()],
  ['AddColumn', (project) => tableOf(project).addColumn({ name: 'x' })],
  ['DropColumn', (project) => tableOf(project).dropColumn('note')],
  ['SetPrimaryKey', (project) => tableOf(project).setPrimaryKey(['note'])],
  ['DropPrimaryKey', (project) => tableOf(project).dropPrimaryKey()],
  ['RenameTable', (project) => tableOf(project).rename('x')],
  ['DescribeTable', (project) => tableOf(project).setDescription('x')],
  ['DescribeColumn', (project) => tableOf(project).setColumnDescription('id', 'x')],
  ['SetTableMetadata', (project) => tableOf(project).setMetadata('p', { a: 'b' })],
  ['DropTable', (project) => tableOf(project).drop()],
  ['CreateSnapshot', (project) => tableOf(project).snapshot()],
  ['RevertTable', (project) => tableOf(project).revert({ version: 1 })],
  ['ExportTable', (project) => tableOf(project).export({ csv: textSink().sink })],
  ['CreateJob', (project) => project.createJob({ component: 'acme.extractor' })],
  ['QueueJob', (project, { job }) => project.job(job).wait()],
  ['StartJob', (project, { job }) => project.job(job).start()],
  ['HeartbeatJob', (project, { job }) => project.job(job).heartbeat()],
  ['LogJobMessage', (project, { job }) => project.job(job).log('info', 'x')],
  ['SucceedJob', (project, { job }) => project.job(job).succeed()],
  ['WarnJob', (project, { job }) => project.job(job).warn()],
  ['FailJob', (project, { job }) => project.job(job).fail({ message: 'x' })],
  ['TerminateJob', (project, { job }) => project.job(job).terminate()],
  ['StopJob', (project, { job }) => project.job(job).stopped()],
  ['jobs', (project) => project.jobs()],
  ['jobs', (project, { job }) => project.job(job).describe()],
  ['jobs', (project, { job }) => project.job(job).timeline()],
  ['jobs', (project, { job }) => project.job(job).messages()],
  ['jobs', (project, { before }) => project.at(before).jobs()],
  ['describeProject', (project) => project.describe()],
  ['overview', (project) => project.overview()],
  ['administrators', (project) => project.administrators()],
  ['invitations', (project) => project.invitations()],
  ['accesses', (project) => project.accesses()],
  ['support', (project) => project.support()],
  ['supportRequests', (project) => project.supportRequests()],
  ['storageJobs', (project) => project.storageJobs()],
  ['buckets', (project) => project.buckets()],
  ['tables', (project) => project.tables({ bucket: 'in.c-main' })],
  ['tables', (project) => tableOf(project).describe()],
  ['tables', (project) => project.table('in.c-main.none').describe()],
  ['tables', (project) => tableOf(project).versions()],
  ['tableRows', (project) => tableOf(project).preview()],
  ['tableRows', (project) => collect(tableOf(project).rows())],
  ['tableRows', (project) => all(tableOf(project).diff({ from: { version: 1 } }))],
  ['snapshots', (project) => project.snapshots({ table: 'in.c-main.orders' })],
  ['history', (project) => all(project.history({ limit: 1 }))],
  ['history', (project) => all(project.at(1).history())],
  ['describeProject', (project) => project.at(1).describe()],
  ['tables', (project, { before }) => project.at(before).tables({ bucket: 'in.c-main' })],
];

/** Lines that no method of a project's handle stands under, and where they are asked. */
const elsewhere = {
  ...{
    CreateProject: 'sessions',
    LeaveProject: 'below',
    LeaveSupport: 'below',
    JoinForSupport: 'support/support.test.ts',
    AcceptInvitation: 'people/invitations.test.ts',
    DeclineInvitation: 'the same',
  },
  ...{
    invitation: 'the same',
    ExpirePeople: 'runDue',
    ExpireAuditors: 'runDue',
    ExpireAccess: 'runDue',
    ExpireSupport: 'runDue',
    RecordRefusals: 'refusals',
  },
  ...{
    CreateStorageJob: 'loads',
    StartStorageJob: 'loads',
    SucceedStorageJob: 'loads',
    FailStorageJob: 'loads',
    CompactTable: 'loads',
    ReadTable: 'tables/reading.test.ts',
  },
  AbandonJob: 'runDue',
};

const ofOrganization: readonly (readonly [string, (organization: Organization) => unknown])[] = [
  ['RenameOrganization', (organization) => organization.rename('X')],
  ['ChangeOrganizationSettings', (organization) => organization.changeSettings({ allowSupportAutoJoin: false })],
  ['AddMember', (organization) => organization.addMember('x')],
  ['RemoveMember', (organization) => organization.removeMember('x')],
  ['AddAuditor', (organization) => organization.addAuditor('x')],
  ['RemoveAuditor', (organization) => organization.removeAuditor('x')],
  ['auditors', (organization) => organization.auditors()],
  ['describeOrganization', (organization) => organization.describe()],
  ['organizationHistory', (organization) => all(organization.history())],
  ['organizationProjects', (organization) => organization.projects()],
];

async function deniedTo(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return error.code === 'ACCESS_DENIED';
  }
}

interface Opening {
  readonly session: Session;
  readonly project: Project;
}

/** How somebody comes by a session and a handle; what they may do now is what counts, not what they might when they got it. */
async function openingFor({ name, actor, isMember }: Who, { daybook, project, organization, day }: Book): Promise<Opening> {
  const limited = async (granted: Parameters<Project['grantAccess']>[0], end = async (_id: string) => {}) => {
    const { id, secret } = await project.grantAccess(granted);
    const session = await daybook.authenticate(secret);
    const opening = { session, project: await session.project() };
    await end(id);
    return opening;
  };
  const supporting = async (end: (session: Session) => Promise<unknown>) => {
    const session = daybook.as({ kind: 'support', id: actor.id });
    const opening = { session, project: await session.joinProject(project.id, { reason: 'ticket 42', expiresAt: later(1) }) };
    await end(session);
    return opening;
  };
  const auditing = async (added: Promise<unknown>, end = async () => {}) => {
    await added;
    const session = daybook.as({ kind: 'person', id: actor.id });
    const opening = { session, project: await session.project(project.id) };
    await end();
    return opening;
  };
  const ofBucket = { buckets: { 'in.c-main': 'write' as const }, components: ['acme.extractor'] };
  switch (name) {
    case 'wri':
      return limited(ofBucket);
    case 'rea':
      return limited({ buckets: { 'in.c-main': 'read' } });
    case 'non':
      return limited({});
    case 'exp':
      return limited({ ...ofBucket, expiresAt: later(1) }, async () => day(1));
    case 'rev':
      return limited(ofBucket, (id) => project.revokeAccess(id));
    case 'sup':
      return supporting(async () => {});
    case 'req':
      return supporting(async (session) => {
        await session.leaveProject(project.id);
        await session.requestToJoin(project.id, { reason: 'ticket 43' });
      });
    case 'aud':
      return auditing(project.addAuditor(actor.id));
    case 'oau':
      return auditing(organization.addAuditor(actor.id));
    case 'pau':
      return auditing(Promise.all([project, organization].map((to) => to.addAuditor(actor.id, { expiresAt: later(1) }))), async () =>
        day(1),
      );
    case 'gon':
      return supporting(async () => day(1));
  }
  const session = daybook.as({ kind: actor.kind as 'person', id: actor.id });
  if (actor.kind === 'person') await organization.addMember(actor.id);
  const opening = { session, project: await session.project(project.id) };
  if (actor.kind === 'person' && !isMember) await organization.removeMember(actor.id);
  return opening;
}

async function sceneFor(who: Who): Promise<{ readonly scene: Scene; readonly opened: Project }> {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  const table = await book.project.createTable('in.c-main.orders', { from: { csv: 'id,note\n1,a\n' }, primaryKey: ['id'] });
  const before = (await book.project.describe()).position;
  await table.load({ rows: [{ id: 2, note: 'b' }] }, { mode: 'incremental' });
  const { id: snapshot } = await table.snapshot();
  const { id: access } = await book.project.grantAccess({});
  const { id: invitation } = await book.project.invite({ email: 'someone@example.com' });
  const { session, project } = await openingFor(who, book);
  const { id: request } = await book.daybook.as({ kind: 'support', id: 'sid' }).requestToJoin(book.project.id, { reason: 'ticket 1' });
  const creator = who.name === 'wri' ? project : book.project;
  const { id: job } = await creator.createJob({ component: 'acme.extractor' });
  return { scene: { ...book, session, before, snapshot, access, invitation, request, job }, opened: project };
}

describe('the methods of handles', () => {
  it('stand under every line of the matrix', () => {
    const lines = new Set([...ofProject.map(([line]) => line), ...Object.keys(elsewhere)]);
    expect(lines).toEqual(new Set(projectMay.keys()));
  });
});

describe.each(everybody.map((who) => [who.name, who] as const))('the handles of someone who is %s', (name, who) => {
  it.each(ofProject)('obey the line %s: %s', async (action, call) => {
    const { scene, opened } = await sceneFor(who);
    expect(await deniedTo(() => call(opened, scene))).toBe(!projectMay.get(action)!.includes(name));
  });

  it('let a job be run again by who sees it and may create jobs', async () => {
    const { scene, opened } = await sceneFor(who);
    const answer = opened
      .job(scene.job)
      .rerun()
      .then(
        () => 'done',
        ({ code }) => code,
      );
    const [sees, creates] = ['jobs', 'CreateJob'].map((line) => projectMay.get(line)!.includes(name));
    const refusal = sees && who.actor.kind === 'limited' ? 'JOB_NOT_FOUND' : 'ACCESS_DENIED';
    expect(await answer).toBe(sees && creates ? 'done' : refusal);
  });

  it.each(ofOrganization)('obey the line %s', async (action, call) => {
    const { scene } = await sceneFor(who);
    const organization = async () => scene.session.organization(scene.organization.id);
    expect(await deniedTo(async () => call(await organization()))).toBe(!organizationMay.get(action)!.includes(name));
  });

  it('obey the lines CreateProject and CreateOrganization', async () => {
    const { session, organization } = (await sceneFor(who)).scene;
    expect(await deniedTo(() => session.createProject({ organization: organization.id, name: 'X' }))).toBe(
      !projectMay.get('CreateProject')!.includes(name),
    );
    expect(await deniedTo(() => session.createOrganization({ name: 'X' }))).toBe(
      !organizationMay.get('CreateOrganization')!.includes(name),
    );
  });

  it('let them leave when they are in', async () => {
    const { scene } = await sceneFor(who);
    const line = who.actor.kind === 'support' ? 'LeaveSupport' : 'LeaveProject';
    expect(await deniedTo(() => scene.session.leaveProject(scene.project.id))).toBe(!projectMay.get(line)!.includes(name));
  });
});
