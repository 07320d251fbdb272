import type { Organization, Project } from '@daybook/core';
import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook, textSink } from '../test/book';
import { joined, later, project } from '../test/facts';
import { organizationDecider, projectAccessTable, projectDecider, projectQueries, type Standing } from './decider';
import { isDaybookError } from './errors';
import type { Actor } from './event-store';
import { organizationAccess, organizationQueryAccess } from './organizations/decide';
import { operations } from './storage-jobs/events';

// The permission matrix, written out a second time: x may, . may not. Whoever changes the tables in the code changes this page too.

/** Administrator; member of the organization; both; stranger; removed member; system; limited and support under an administrator's id. */
const projectMatrix = `
                      adm mem both str rem sys lim sup
  CreateProject        .   x   x   .   .   x   .   .
  RenameProject        x   .   x   .   .   x   .   .
  DescribeProject      x   .   x   .   .   x   .   .
  SetExpiry            .   x   x   .   .   x   .   .
  SetRetention         x   x   x   .   .   x   .   .
  AddFeature           x   x   x   .   .   x   .   .
  RemoveFeature        x   x   x   .   .   x   .   .
  DisableProject       x   x   x   .   .   x   .   .
  EnableProject        x   x   x   .   .   x   .   .
  MoveProject          .   x   x   .   .   x   .   .
  SetProjectMetadata   x   .   x   .   .   x   .   .
  JoinProject          .   x   x   .   .   .   .   .
  CreateStorageJob     x   .   x   .   .   x   .   .
  StartStorageJob      .   .   .   .   .   x   .   .
  SucceedStorageJob    .   .   .   .   .   x   .   .
  FailStorageJob       .   .   .   .   .   x   .   .
  CreateBucket         x   .   x   .   .   x   .   .
  DropBucket           x   .   x   .   .   x   .   .
  CreateTable          x   .   x   .   .   x   .   .
  LoadTable            x   .   x   .   .   x   .   .
  DeleteRows           x   .   x   .   .   x   .   .
  TruncateTable        x   .   x   .   .   x   .   .
  AddColumn            x   .   x   .   .   x   .   .
  DropColumn           x   .   x   .   .   x   .   .
  SetPrimaryKey        x   .   x   .   .   x   .   .
  DropPrimaryKey       x   .   x   .   .   x   .   .
  RenameTable          x   .   x   .   .   x   .   .
  DescribeTable        x   .   x   .   .   x   .   .
  DescribeColumn       x   .   x   .   .   x   .   .
  SetTableMetadata     x   .   x   .   .   x   .   .
  SetBucketMetadata    x   .   x   .   .   x   .   .
  DropTable            x   .   x   .   .   x   .   .
  RestoreTable         x   .   x   .   .   x   .   .
  CompactTable         .   .   .   .   .   x   .   .
  ExportTable          x   .   x   .   .   x   .   .
  RevertTable          x   .   x   .   .   x   .   .
  CopyTable            x   .   x   .   .   x   .   .
  VacuumData           x   .   x   .   .   x   .   .
  CreateSnapshot       x   .   x   .   .   x   .   .
  DeleteSnapshot       x   .   x   .   .   x   .   .
  describeProject      x   x   x   .   .   x   .   .
  administrators       x   x   x   .   .   x   .   .
  storageJobs          x   .   x   .   .   x   .   .
  buckets              x   .   x   .   .   x   .   .
  tables               x   .   x   .   .   x   .   .
  tableRows            x   .   x   .   .   x   .   .
  snapshots            x   .   x   .   .   x   .   .
  history              x   .   x   .   .   x   .   .`;

const organizationMatrix = `
                             adm mem both str rem sys lim sup
  CreateOrganization          x   x   x   x   x   x   .   .
  RenameOrganization          .   x   x   .   .   x   .   .
  ChangeOrganizationSettings  .   x   x   .   .   x   .   .
  AddMember                   .   x   x   .   .   x   .   .
  RemoveMember                .   x   x   .   .   x   .   .
  AddProject                  .   x   x   .   .   x   .   .
  RemoveProject               .   x   x   .   .   x   .   .
  describeOrganization        .   x   x   .   .   x   .   .
  organizationHistory         .   x   x   .   .   x   .   .
  organizationProjects        .   x   x   .   .   x   .   .`;

interface Who extends Standing {
  readonly name: string;
  readonly actor: Actor;
}

const person = (id: string): Actor => ({ kind: 'person', id });
const everybody: readonly Who[] = [
  { name: 'adm', actor: person('ada'), isMember: false },
  { name: 'mem', actor: person('olga'), isMember: true },
  { name: 'both', actor: person('alice'), isMember: true },
  { name: 'str', actor: person('sam'), isMember: false },
  { name: 'rem', actor: person('rex'), isMember: false },
  { name: 'sys', actor: { kind: 'system', id: 'billing' }, isMember: false },
  { name: 'lim', actor: { kind: 'limited', id: 'alice' }, isMember: true },
  { name: 'sup', actor: { kind: 'support', id: 'alice' }, isMember: true },
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

const { state } = given(...project, joined('ada'));

describe('the permission matrix', () => {
  it('has a line for every command and query', () => {
    expect([...projectMay.keys()]).toEqual([...Object.keys(projectAccessTable), ...Object.keys(projectQueries)]);
    expect([...organizationMay.keys()]).toEqual([...Object.keys(organizationAccess), ...Object.keys(organizationQueryAccess)]);
  });

  it('is what the decider of projects does', () => {
    for (const [action, may] of projectMay) {
      const answers = everybody.map(({ name, actor, isMember }) => {
        const context = { actor, isMember, now: later(1) };
        const command = { type: action, data: action === 'CreateStorageJob' ? { operation: 'tableLoad' } : {} };
        const work =
          action in projectQueries
            ? () => projectDecider.permit(action, state, context)
            : () => projectDecider.decide(command, state, context);
        return [name, !denied(work)];
      });
      expect([action, ...answers]).toEqual([action, ...everybody.map(({ name }) => [name, may.includes(name)])]);
    }
  });

  it('is what the decider of organizations does', () => {
    const organization = {
      name: 'Acme',
      createdAt: later(0),
      settings: { allowSupportAutoJoin: true },
      members: { alice: { since: later(0) }, olga: { since: later(0) } },
      projects: {},
    };
    for (const [action, may] of organizationMay) {
      const answers = everybody.map(({ name, actor }) => {
        const context = { actor, isMember: false, now: later(1) };
        const query = action in organizationQueryAccess;
        const work = query
          ? () => organizationDecider.permit(action, organization, context)
          : () => organizationDecider.decide({ type: action, data: {} }, organization, context);
        return [name, !denied(work)];
      });
      expect([action, ...answers]).toEqual([action, ...everybody.map(({ name }) => [name, may.includes(name)])]);
    }
  });

  it('lets whoever may do an operation begin its storage job', () => {
    for (const operation of operations) {
      for (const { actor, isMember, name } of everybody) {
        const command = { type: 'CreateStorageJob', data: { id: 'x', operation, parameters: {}, status: 'processing' } };
        const may = denied(() => projectDecider.decide(command, state, { actor, isMember, now: later(1) }));
        expect([operation, name, !may]).toEqual([
          operation,
          name,
          name === 'sys' || (operation !== 'tableCompact' && ['adm', 'both'].includes(name)),
        ]);
      }
    }
  });

  it('names no unknown command', () => {
    const context = { actor: everybody[5]!.actor, isMember: true, now: later(1) };
    for (const type of ['constructor', 'toString', 'Nothing']) {
      expect(denied(() => projectDecider.decide({ type, data: {} }, projectDecider.initial, context))).toBe(true);
      expect(denied(() => projectDecider.permit(type, projectDecider.initial, context))).toBe(true);
    }
  });
});

/** Every method of the handles, by the line of the matrix that it stands under. */
const ofProject: readonly (readonly [string, (project: Project, book: Book) => unknown])[] = [
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
  ['CreateBucket', (project) => project.createBucket({ stage: 'out', name: 'x' })],
  ['DropBucket', (project) => project.dropBucket('in.c-main', { force: true })],
  ['SetBucketMetadata', (project) => project.setBucketMetadata('in.c-main', 'p', { a: 'b' })],
  ['CreateTable', (project) => project.createTable('in.c-main.x', { columns: [{ name: 'id' }] })],
  ['CreateTable', (project) => project.createTable('in.c-main.x', { from: { csv: 'id\n1\n' } })],
  ['CreateTable', (project) => project.createTable('in.c-main.orders', { from: { csv: 'id\n1\n' } })],
  ['CopyTable', (project) => project.createTable('in.c-main.x', { from: { table: 'in.c-main.orders' } })],
  ['CopyTable', (project) => project.copyTable({ from: { snapshot: 'none' }, to: 'in.c-main.x' })],
  ['RestoreTable', (project) => project.restoreTable('in.c-main.gone')],
  ['DeleteSnapshot', (project) => project.deleteSnapshot('none')],
  ['RevertTable', (project) => project.revert(1)],
  ['RevertTable', (project) => project.revert(1, { dryRun: true })],
  ['VacuumData', (project) => project.vacuum()],
  ['VacuumData', (project) => project.vacuum({ dryRun: true })],
  ['LoadTable', (project) => project.table('in.c-main.orders').load({ rows: [] })],
  ['LoadTable', (project) => project.table('in.c-main.none').load({ rows: [] })],
  ['DeleteRows', (project) => project.table('in.c-main.orders').deleteRows({ allowTruncate: true })],
  ['tableRows', (project) => project.table('in.c-main.orders').previewDelete({})],
  ['TruncateTable', (project) => project.table('in.c-main.orders').truncate()],
  ['AddColumn', (project) => project.table('in.c-main.orders').addColumn({ name: 'x' })],
  ['DropColumn', (project) => project.table('in.c-main.orders').dropColumn('note')],
  ['SetPrimaryKey', (project) => project.table('in.c-main.orders').setPrimaryKey(['note'])],
  ['DropPrimaryKey', (project) => project.table('in.c-main.orders').dropPrimaryKey()],
  ['RenameTable', (project) => project.table('in.c-main.orders').rename('x')],
  ['DescribeTable', (project) => project.table('in.c-main.orders').setDescription('x')],
  ['DescribeColumn', (project) => project.table('in.c-main.orders').setColumnDescription('id', 'x')],
  ['SetTableMetadata', (project) => project.table('in.c-main.orders').setMetadata('p', { a: 'b' })],
  ['DropTable', (project) => project.table('in.c-main.orders').drop()],
  ['CreateSnapshot', (project) => project.table('in.c-main.orders').snapshot()],
  ['RevertTable', (project) => project.table('in.c-main.orders').revert({ version: 1 })],
  ['ExportTable', (project) => project.table('in.c-main.orders').export({ csv: textSink().sink })],
  ['describeProject', (project) => project.describe()],
  ['administrators', (project) => project.administrators()],
  ['storageJobs', (project) => project.storageJobs()],
  ['buckets', (project) => project.buckets()],
  ['tables', (project) => project.tables()],
  ['tables', (project) => project.tables({ bucket: 'in.c-none' })],
  ['tables', (project) => project.table('in.c-main.orders').describe()],
  ['tables', (project) => project.table('in.c-main.none').describe()],
  ['tables', (project) => project.table('in.c-main.orders').versions()],
  ['tableRows', (project) => project.table('in.c-main.orders').preview()],
  ['tableRows', (project) => collect(project.table('in.c-main.orders').rows())],
  ['tableRows', (project) => all(project.table('in.c-main.orders').diff({ from: { version: 1 } }))],
  ['snapshots', (project) => project.snapshots()],
  ['history', (project) => all(project.history({ limit: 1 }))],
  ['history', (project) => all(project.at(1).history())],
  ['describeProject', (project) => project.at(1).describe()],
  ['tables', (project) => project.at(3).tables()],
];

const ofOrganization: readonly (readonly [string, (organization: Organization) => unknown])[] = [
  ['RenameOrganization', (organization) => organization.rename('X')],
  ['ChangeOrganizationSettings', (organization) => organization.changeSettings({ allowSupportAutoJoin: false })],
  ['AddMember', (organization) => organization.addMember('x')],
  ['RemoveMember', (organization) => organization.removeMember('x')],
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

const people = everybody.filter(({ actor }) => actor.kind === 'person' || actor.kind === 'system');

/** Handles of someone who was a member for a moment: what they may do now is what counts. */
async function handlesOf({ actor, isMember }: Who) {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  await book.project.createTable('in.c-main.orders', { from: { csv: 'id,note\n1,a\n' }, primaryKey: ['id'] });
  if (actor.kind === 'person') await book.organization.addMember(actor.id);
  const session = book.daybook.as({ kind: actor.kind as 'person', id: actor.id });
  const handles = { book, project: await session.project(book.project.id), organization: await session.organization(book.organization.id) };
  if (actor.kind === 'person' && !isMember) await book.organization.removeMember(actor.id);
  return handles;
}

describe.each(people.map((who) => [who.name, who] as const))('the handles of someone who is %s', (name, who) => {
  it.each(ofProject)('obey the line %s: %s', async (action, call) => {
    const { project, book } = await handlesOf(who);
    expect(await deniedTo(() => call(project, book))).toBe(!projectMay.get(action)!.includes(name));
  });

  it.each(ofOrganization)('obey the line %s', async (action, call) => {
    const { organization } = await handlesOf(who);
    expect(await deniedTo(() => call(organization))).toBe(!organizationMay.get(action)!.includes(name));
  });

  it('obey the lines CreateProject and CreateOrganization', async () => {
    const { book } = await handlesOf(who);
    const session = book.daybook.as({ kind: who.actor.kind as 'person', id: who.actor.id });
    expect(await deniedTo(() => session.createProject({ organization: book.organization.id, name: 'X' }))).toBe(
      !projectMay.get('CreateProject')!.includes(name),
    );
    expect(await deniedTo(() => session.createOrganization({ name: 'X' }))).toBe(false);
  });
});
