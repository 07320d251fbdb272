import { executeTogether, type Request } from '../commands';
import { type ProjectState, projectDecider } from '../decider';
import { DaybookError } from '../errors';
import { own } from '../message';
import type { Point, ProjectScope } from '../projects/scope';
import { doneAtOnce } from '../storage-jobs/work';
import { contentOf } from '../tables/changes';
import { findState, tableByUid } from '../tables/contents';
import type { Table } from '../tables/state';

/** What a revert of the project does, or would do, to one table. */
export interface TableRevert {
  readonly table: string;
  /** `restored`: it was dropped since. `unchanged`: it is as it was. */
  readonly action: 'restored' | 'reverted' | 'unchanged';
  /** The version that is (or was) current, and the one that comes back. */
  readonly from: number;
  readonly to: number;
}

export interface RevertProjectOptions {
  /** Table ids of that time. Default: all tables that were there then. */
  readonly tables?: readonly string[];
  /** Only tell. */
  readonly dryRun?: boolean;
}

/**
 * Brings tables back to what they were at a point: all of them in one append, or none. Tables made since stay; so do names given since.
 * Refuses: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`, `POSITION_NOT_FOUND`, `TABLE_NOT_FOUND`, `VERSION_EXPIRED`, `TABLE_EXISTS` (a dropped table's
 * name is taken by another).
 */
export async function revertProject(
  scope: ProjectScope,
  to: Point,
  { tables, dryRun = false }: RevertProjectOptions = {},
): Promise<TableRevert[]> {
  const now = await scope.query('dryRun', tables ? { tables } : {});
  const then = await scope.at(to).query('tables');
  const asked = tables ?? Object.keys(then.state.tables);
  const plans = [];
  for (const id of asked.toSorted()) plans.push(await planOf(scope, now.state, then.state, id));
  const requests = plans.flatMap(({ commands }) => commands);
  if (!dryRun && requests.length > 0) {
    const steps = [{ log: scope.log, requests: requests.map((command): Request => ({ command, actor: scope.actor })) }];
    await scope.watched(() => executeTogether(scope.runtime.environment, steps));
  }
  return plans.map(({ result }) => result);
}

interface Plan {
  readonly result: TableRevert;
  readonly commands: Request['command'][];
}

async function planOf(scope: ProjectScope, now: ProjectState, then: ProjectState, id: string): Promise<Plan> {
  const past = Object.hasOwn(then.tables, id) ? then.tables[id]! : undefined;
  if (!past) throw new DaybookError('TABLE_NOT_FOUND', { table: id });
  const found = await findState(scope, past, { version: past.version });
  const table = tableByUid(now, past.uid);
  if (!table) throw new DaybookError('TABLE_NOT_FOUND', { table: id });
  const dropped = Object.hasOwn(now.droppedTables, past.uid);
  const reverts = table.version !== past.version;
  const action = dropped ? 'restored' : reverts ? 'reverted' : 'unchanged';
  const commands = [];
  if (dropped)
    commands.push(
      projectDecider.parse('RestoreTable', {
        uid: table.uid,
        table: table.id,
        newBucket: { uid: scope.runtime.environment.newId(), description: own(then.buckets, table.bucket)?.description },
        storageJob: await job(scope, 'tableRestore', table),
      }),
    );
  if (reverts) {
    const storageJob = await job(scope, 'tableRevert', table);
    commands.push(
      projectDecider.parse('RevertTable', { uid: table.uid, table: table.id, of: past.version, ...contentOf(found), storageJob }),
    );
  }
  return {
    result: { table: table.id, action, from: table.version, to: past.version },
    commands,
  };
}

function job(scope: ProjectScope, operation: 'tableRestore' | 'tableRevert', { id }: Table) {
  return doneAtOnce(scope, operation, { table: id });
}
