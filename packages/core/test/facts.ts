import type { Column, Operation, Part } from '@daybook/core';
import type { OrganizationEvent, ProjectEvent } from '@daybook/testing';
import type { FinishedStorageJob } from '../src/storage-jobs/events';

// The past of a project, and of an organization, in short words.

type Fact<T extends ProjectEvent['type']> = Extract<ProjectEvent, { type: T }>;
type Data<T extends ProjectEvent['type']> = Partial<Fact<T>['data']>;

export const alice = { kind: 'person', id: 'alice' } as const;
export const bob = { kind: 'person', id: 'bob' } as const;
export const system = { kind: 'system', id: 'daybook' } as const;
export const beginning = '2026-01-01T00:00:00.000Z';

export function later(days: number, from = beginning): string {
  return new Date(Date.parse(from) + days * 24 * 60 * 60 * 1000).toISOString();
}

export function projectCreated(data: Data<'ProjectCreated'> = {}): ProjectEvent {
  const named = { project: 'sales', organization: 'acme', name: 'Sales', description: '', createdBy: 'alice' };
  return { type: 'ProjectCreated', data: { ...named, type: 'production', retentionDays: 7, ...data } };
}

export function joined(person = 'alice'): ProjectEvent {
  return { type: 'AdministratorJoined', data: { person } };
}

/** Whichever buckets are named are `main-1`. */
export function accessGranted(access: string, buckets: Record<string, 'read' | 'write'>, data: Data<'AccessGranted'> = {}): ProjectEvent {
  const bucketUids = Object.fromEntries(Object.keys(buckets).map((id) => [id, 'main-1']));
  return { type: 'AccessGranted', data: { access, description: '', buckets, bucketUids, components: [], hash: '0'.repeat(64), ...data } };
}

export function auditorAdded(person: string, expiresAt?: string): ProjectEvent {
  return { type: 'AuditorAdded', data: { person, ...(expiresAt && { expiresAt }) } };
}

export function supportJoined(person: string, expiresAt = later(1)): ProjectEvent {
  return { type: 'SupportJoined', data: { person, reason: 'ticket 42', expiresAt } };
}

export function invited(invitation: string, contact: string, data: Data<'InvitationCreated'> = {}): ProjectEvent {
  return { type: 'InvitationCreated', data: { invitation, contact, expiresAt: later(14), ...data } };
}

/** A project that alice administers. */
export const project = [projectCreated(), joined()];

export function storageJob(operation: Operation, more: Partial<FinishedStorageJob> = {}): FinishedStorageJob {
  const metrics = { rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0 };
  return { id: `job-${operation}`, operation, parameters: {}, createdAt: beginning, startedAt: beginning, metrics, ...more };
}

export function column(name: string, more: Partial<Column> = {}): Column {
  return { id: name, name, type: 'string', nullable: true, ...more };
}

/** The part number `n`. */
export function part(n: number, more: Partial<Part> = {}): Part {
  return { id: n.toString(16).padStart(64, '0'), kind: 'rows', rows: 10, bytes: 100, ...more };
}

/** `in.c-main`, which is `main-1`. */
export const bucketCreated = newBucket('main-1');

/** Another bucket, which bears the name `in.c-main` unless another is given. */
export function newBucket(uid: string, bucket = 'in.c-main'): ProjectEvent {
  return { type: 'BucketCreated', data: { bucket, uid, description: '', storageJob: storageJob('bucketCreate') } };
}

export function bucketDropped(uid = 'main-1'): ProjectEvent {
  return { type: 'BucketDropped', data: { bucket: 'in.c-main', uid, storageJob: storageJob('bucketDrop') } };
}

/** `in.c-main.orders`: id (the key) and note; part 1 with 10 rows. */
export function tableCreated(data: Data<'TableCreated'> = {}): ProjectEvent {
  const table = { uid: 'orders-1', table: 'in.c-main.orders', bucketUid: 'main-1' };
  const content = {
    columns: [column('id'), column('note')],
    primaryKey: ['id'],
    description: '',
    parts: [part(1)],
    rowCount: 10,
    storageJob: storageJob('tableCreate'),
  };
  return { type: 'TableCreated', data: { ...table, ...content, ...data } };
}

/** A project with one bucket and one table in it. */
export const withTable = [...project, bucketCreated, tableCreated()];

export function tableLoaded(data: Data<'TableLoaded'> = {}): ProjectEvent {
  const splices = [{ at: 1, removed: [], added: [part(2, { kind: 'upserts', key: ['id'] })] }];
  const rows = { inserted: 5, updated: 5, unchanged: 0, deleted: 0 };
  const load = { uid: 'orders-1', table: 'in.c-main.orders', version: 2, mode: 'incremental' as const, addedColumns: [], splices, rows };
  return { type: 'TableLoaded', data: { ...load, rowCount: 15, storageJob: storageJob('tableLoad'), ...data } };
}

export function tableDropped(data: Data<'TableDropped'> = {}): ProjectEvent {
  return { type: 'TableDropped', data: { uid: 'orders-1', table: 'in.c-main.orders', storageJob: storageJob('tableDrop'), ...data } };
}

export function snapshotCreated(data: Data<'SnapshotCreated'> = {}): ProjectEvent {
  const kept = { snapshot: 'before', uid: 'orders-1', table: 'in.c-main.orders', version: 1, description: '' };
  return { type: 'SnapshotCreated', data: { ...kept, storageJob: storageJob('snapshotCreate'), ...data } };
}

/** Job `extract` of acme.extractor. */
export function jobCreated(data: Data<'JobCreated'> = {}): ProjectEvent {
  const { job = 'extract' } = data;
  const request = { component: 'acme.extractor', mode: 'run', parameters: {}, heartbeatTimeoutSeconds: 3_600 };
  return { type: 'JobCreated', data: { job, runId: job, ...request, ...data } };
}

export function jobStarted(job = 'extract', runner = 'worker-1'): ProjectEvent {
  return { type: 'JobStarted', data: { job, runner } };
}

/** As the event that ends job `extract`, started and created by alice in the beginning, carries it. */
export function endedJob(data: Data<'JobTerminated'> = {}): Fact<'JobTerminated'>['data'] {
  const created = jobCreated(data.job === undefined ? {} : { job: data.job }).data as Fact<'JobCreated'>['data'];
  const started = { startedAt: beginning, runner: 'worker-1' };
  return { ...created, actor: alice, createdAt: beginning, ...started, children: {}, runMs: 0, ...data };
}

export const organizationCreated: OrganizationEvent = { type: 'OrganizationCreated', data: { name: 'Acme', member: 'alice' } };
