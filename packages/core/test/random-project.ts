import fc, { type Arbitrary } from 'fast-check';
import type { ProjectCommands, ProjectState } from '../src/decider';
import { projectDecider } from '../src/decider';
import { isDaybookError } from '../src/errors';
import { type Actor, type NewEvent, type RecordedEvent, record } from '../src/event-store';
import type { Fold } from '../src/folds';
import { Folder } from '../src/folds';
import { newColumn } from '../src/tables/columns';
import { alice, column, later, part, projectCreated, storageJob, system } from './facts';

type CommandType = keyof ProjectCommands;

/** A command before it is known what it is asked of: its kind, and what it chooses by. */
export interface Wish {
  readonly type: CommandType;
  readonly choice: number;
  readonly other: number;
}

/** A command as it was asked. */
export interface Asked {
  readonly type: CommandType;
  readonly data: object;
  readonly actor: Actor;
}

/** What became of one wish. */
export interface Step {
  readonly asked: Asked;
  readonly before: Fold<ProjectState>;
  readonly events: readonly RecordedEvent[];
  /** The code of a refusal. */
  readonly refused?: string;
}

/** The commands that a project can be asked, from a state of it. Small worlds: names, columns and keys meet often. */
const commands: { readonly [C in CommandType]?: (state: ProjectState, choice: number, other: number, id: string) => object } = {
  RenameProject: (_, choice) => ({ name: `Name ${choice % 3}` }),
  DescribeProject: (_, choice) => ({ description: 'x'.repeat(choice % 3) }),
  SetRetention: (_, choice) => ({ retentionDays: choice % 4 }),
  AddFeature: (_, choice) => ({ feature: `feature-${choice % 3}` }),
  RemoveFeature: (_, choice) => ({ feature: `feature-${choice % 3}` }),
  SetProjectMetadata: (_, choice, other) => ({ provider: `p${choice % 2}`, values: { a: other % 3 ? String(other % 3) : null } }),
  DisableProject: () => ({ reason: 'unpaid' }),
  EnableProject: () => ({}),
  CreateBucket: (_, choice, __, id) => ({
    uid: `b${id}`,
    stage: 'in',
    name: `b${choice % 2}`,
    storageJob: storageJob('bucketCreate', { id }),
  }),
  DropBucket: (_, choice, other, id) => ({
    bucket: `in.c-b${choice % 2}`,
    force: other % 2 === 0,
    storageJob: storageJob('bucketDrop', { id }),
  }),
  CreateTable: (_, choice, other, id) => {
    const parts = other % 3 ? [newPart(id, other % 3)] : [];
    const columns = [column('id'), column('note')];
    const primaryKey = other % 2 ? ['id'] : [];
    const content = { columns, primaryKey, parts, rowCount: other % 3, storageJob: storageJob('tableCreate', { id }) };
    return { uid: `t${id}`, table: tableId(choice), ...content };
  },
  LoadTable: (state, choice, other, id) => {
    const table = someTable(state, choice);
    const incremental = other % 3 > 0;
    const keyed = incremental && table.primaryKey.length > 0;
    const added = [newPart(id, 2, keyed ? { kind: 'upserts', key: table.primaryKey } : {})];
    const addedColumns =
      other % 5 === 0 && !table.columns.some(({ name }) => name === 'extra') ? [newColumn(table.generations, { name: 'extra' })] : [];
    return {
      ...{
        uid: table.uid,
        table: table.id,
        mode: incremental ? 'incremental' : 'full',
        baseVersion: table.version - (other % 7 === 0 ? 1 : 0),
      },
      ...{ primaryKey: table.primaryKey, columns: [...table.columns, ...addedColumns].map(({ id }) => id), addedColumns, added },
      ...{ rows: { inserted: 2, updated: 0, unchanged: 0, deleted: 0 }, storageJob: storageJob('tableLoad', { id }) },
    };
  },
  DeleteRows: (state, choice, other, id) => {
    const { uid, id: table, version, parts, rowCount } = someTable(state, choice);
    const deleted = Math.min(rowCount, other % 3);
    const splices = [{ at: parts.length, removed: [], added: [newPart(id, deleted, { kind: 'deletes', key: ['id'] })] }];
    const rows = { inserted: 0, updated: 0, unchanged: 0, deleted };
    return { uid, table, baseVersion: version, baseParts: parts.length, splices, rows, storageJob: storageJob('tableRowsDelete', { id }) };
  },
  TruncateTable: (state, choice, _, id) => ({ table: someTable(state, choice).id, storageJob: storageJob('tableTruncate', { id }) }),
  AddColumn: (state, choice, other, id) => ({
    ...{
      table: someTable(state, choice).id,
      column: { name: other % 2 ? 'note' : 'extra' },
      storageJob: storageJob('tableColumnAdd', { id }),
    },
  }),
  DropColumn: (state, choice, other, id) => ({
    ...{ table: someTable(state, choice).id, column: other % 2 ? 'note' : 'extra', storageJob: storageJob('tableColumnDrop', { id }) },
  }),
  SetPrimaryKey: (state, choice, other, id) => {
    const { uid, id: table, version } = someTable(state, choice);
    return {
      uid,
      table,
      baseVersion: version,
      columns: other % 2 ? ['id'] : ['id', 'note'],
      storageJob: storageJob('tablePrimaryKeySet', { id }),
    };
  },
  DropPrimaryKey: (state, choice, _, id) => ({ table: someTable(state, choice).id, storageJob: storageJob('tablePrimaryKeyDrop', { id }) }),
  RenameTable: (state, choice, other, id) => ({
    table: someTable(state, choice).id,
    to: `t${other % 3}`,
    storageJob: storageJob('tableRename', { id }),
  }),
  DescribeTable: (state, choice, other) => ({ table: someTable(state, choice).id, description: 'x'.repeat(other % 3) }),
  DescribeColumn: (state, choice, other) => ({ table: someTable(state, choice).id, column: 'note', description: 'x'.repeat(other % 3) }),
  SetTableMetadata: (state, choice, other) => ({
    ...{ table: someTable(state, choice).id, provider: 'p', values: { a: other % 3 ? String(other % 3) : null } },
    ...(other % 2 ? { column: 'note' } : {}),
  }),
  SetBucketMetadata: (_, choice, other) => ({
    bucket: `in.c-b${choice % 2}`,
    provider: 'p',
    values: { a: other % 3 ? String(other % 3) : null },
  }),
  DropTable: (state, choice, _, id) => ({ table: someTable(state, choice).id, storageJob: storageJob('tableDrop', { id }) }),
  RestoreTable: (state, choice, _, id) => {
    const dropped = Object.values(state.droppedTables);
    return {
      table: dropped[choice % dropped.length]?.id ?? tableId(choice),
      newBucket: { uid: `b${id}` },
      storageJob: storageJob('tableRestore', { id }),
    };
  },
  CompactTable: (state, choice, _, id) => {
    const { uid, id: table, parts } = someTable(state, choice);
    const splices = parts.length < 2 ? [] : [{ at: 0, removed: parts.map(({ id }) => id), added: [newPart(id, 1)] }];
    return { uid, table, splices, storageJob: storageJob('tableCompact', { id }) };
  },
  RevertTable: (state, choice, other, id) => {
    const table = someTable(state, choice);
    const { columns, primaryKey, parts, rowCount } = Object.values(state.snapshots).find(({ uid }) => uid === table.uid)?.content ?? table;
    const of = 1 + (other % table.version);
    return { uid: table.uid, table: table.id, of, columns, primaryKey, parts, rowCount, storageJob: storageJob('tableRevert', { id }) };
  },
  CopyTable: (state, choice, other, id) => {
    const { columns, primaryKey, parts, rowCount, ...of } = someTable(state, choice);
    const { uid, id: from, version, description, metadata, columnNotes, generations } = of;
    return {
      ...{ columns, primaryKey, parts, rowCount, description, metadata, columnNotes, generations },
      uid: `t${id}`,
      table: tableId(other),
      from: { uid, table: from, version },
      storageJob: storageJob('tableCopy', { id }),
    };
  },
  CreateSnapshot: (state, choice, other, id) => ({
    ...{ snapshot: `s${other % 3}`, table: someTable(state, choice).id, storageJob: storageJob('snapshotCreate', { id }) },
  }),
  DeleteSnapshot: (_, __, other, id) => ({ snapshot: `s${other % 3}`, storageJob: storageJob('snapshotDelete', { id }) }),
  CreateStorageJob: (_, choice, other) => ({
    ...{
      id: `open-${choice % 2}`,
      operation: 'tableLoad',
      table: tableId(choice),
      parameters: {},
      status: other % 2 ? 'waiting' : 'processing',
    },
  }),
  StartStorageJob: (_, choice) => ({ id: `open-${choice % 2}` }),
  FailStorageJob: (_, choice) => ({ id: `open-${choice % 2}`, error: { code: 'INTERNAL', message: 'x' } }),
  CreateJob: (state, choice, other, id) => {
    const parent = other % 2 ? undefined : Object.keys(state.jobs)[choice % 5];
    const key = other % 3 === 0 ? { idempotencyKey: `key ${other % 4}` } : {};
    const request = { component: `acme.${choice % 3}`, heartbeatTimeoutSeconds: [4, 3_600, 40_000][other % 3], ...key };
    return { job: `j${id}`, ...request, ...(parent && { parent }) };
  },
  QueueJob: (state, choice) => ({ job: someJob(state, choice) }),
  StartJob: (state, choice, other) => ({ job: someJob(state, choice), runner: `worker-${other % 2}` }),
  HeartbeatJob: (state, choice) => ({ job: someJob(state, choice) }),
  LogJobMessage: (state, choice, other) => ({ job: someJob(state, choice), level: other % 2 ? 'info' : 'error', text: 'x' }),
  SucceedJob: (state, choice) => ({ job: someJob(state, choice) }),
  WarnJob: (state, choice) => ({ job: someJob(state, choice), message: 'x' }),
  FailJob: (state, choice) => ({ job: someJob(state, choice), error: { kind: 'user', message: 'x' } }),
  TerminateJob: (state, choice) => ({ job: someJob(state, choice) }),
  StopJob: (state, choice) => ({ job: someJob(state, choice) }),
  AbandonJob: (state, choice) => ({ job: someJob(state, choice) }),
  VacuumData: (_, __, other, id) => ({ horizon: later(other % 5), parts: 0, bytes: 0, storageJob: storageJob('dataVacuum', { id }) }),
};

/** Lists of wishes about jobs; new ones, and their starts, come more often. */
export function jobWishes(maxLength = 80): Arbitrary<readonly Wish[]> {
  const about = (Object.keys(commands) as CommandType[]).filter((type) => type.includes('Job') && !type.includes('StorageJob'));
  const type = fc.constantFrom<CommandType>('CreateJob', 'CreateJob', 'CreateJob', 'StartJob', 'StartJob', ...about);
  return fc.array(fc.record({ type, choice: fc.nat(41), other: fc.nat(209) }), { maxLength, size: 'max' });
}

/** Lists of wishes; those about tables come more often. */
export function wishes(maxLength = 60, minLength = 0): Arbitrary<readonly Wish[]> {
  const common: CommandType[] = [
    'CreateBucket',
    'CreateTable',
    'CreateTable',
    'LoadTable',
    'LoadTable',
    'EnableProject',
    'EnableProject',
    'CopyTable',
  ];
  const type = fc.constantFrom<CommandType>(...common, ...(Object.keys(commands) as CommandType[]));
  return fc.array(fc.record({ type, choice: fc.nat(41), other: fc.nat(209) }), { minLength, maxLength, size: 'max' });
}

/** Asks a new project of alice's for one thing after another, an hour apart. */
export function lead(wished: readonly Wish[]): {
  readonly steps: readonly Step[];
  readonly end: Fold<ProjectState>;
  readonly events: RecordedEvent[];
} {
  const folder = new Folder<ProjectState>({} as never, projectDecider as never, 'project/random');
  const beginning = [projectCreated(), { type: 'AdministratorJoined', data: { person: 'alice' } } as const];
  const events = recorded(folder.empty, beginning, alice, later(0));
  let end = folder.apply(folder.empty, events);
  const steps = wished.map(({ type, choice, other }, i): Step => {
    const actor = type === 'CompactTable' || type === 'AbandonJob' ? system : alice;
    const asked = { type, data: commands[type]!(end.state, choice, other, String(i)), actor };
    const before = end;
    try {
      const made = recorded(before, decide(before, asked, later((i + 1) / 24)), actor, later((i + 1) / 24));
      events.push(...made);
      end = folder.apply(before, made);
      return { asked, before, events: made };
    } catch (error) {
      if (!isDaybookError(error)) throw error;
      return { asked, before, events: [], refused: error.code };
    }
  });
  return { steps, end, events };
}

/** What the decider answers, in a state. */
export function decide({ state }: Fold<ProjectState>, { type, data, actor }: Asked, now: string) {
  return projectDecider.decide(projectDecider.parse(type, data), state, { actor, now });
}

function recorded(after: Fold<ProjectState>, decided: ReturnType<typeof decide>, actor: Actor, at: string): RecordedEvent[] {
  const events = decided.map(({ type, data }, i): NewEvent => {
    const json = JSON.parse(JSON.stringify(data)) as NewEvent['data'];
    return { id: `${after.position}-${i}`, type, data: json, tags: projectDecider.tags({ type, data }, actor), actor, at };
  });
  return events.length === 0 ? [] : record({ log: 'project/random', expected: after.position, events }, after);
}

function tableId(choice: number): string {
  return `in.c-b${choice % 2}.t${choice % 3}`;
}

const missing = {
  uid: 'missing',
  id: 'in.c-b0.missing',
  version: 1,
  columns: [column('id')],
  primaryKey: [],
  parts: [],
  rowCount: 0,
  generations: {},
};

function someTable({ tables }: ProjectState, choice: number) {
  const all = Object.values(tables);
  return {
    description: '',
    metadata: {},
    columnNotes: {},
    ...(all[choice % all.length] ?? missing),
  };
}

function someJob({ jobs }: ProjectState, choice: number): string {
  const all = Object.keys(jobs);
  return all[choice % all.length] ?? 'missing';
}

function newPart(id: string, rows: number, more: object = {}) {
  return part(1_000 + Number(id), { rows, ...more });
}
