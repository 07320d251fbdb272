import { isDaybookError } from '../errors';
import type { ProjectScope } from '../projects/scope';
import { doneAtOnce } from '../storage-jobs/work';
import { manyParts, nextCompaction } from './compaction';
import { tableByUid } from './contents';
import { tableData } from './state';

const system = { kind: 'system', id: 'daybook' } as const;

/**
 * After a change of rows: folds small parts in the background. Loads go on meanwhile; only when parts pile up quicker than they are folded
 * does the change wait. The change is on record, whatever becomes of this.
 */
export function afterChange(scope: ProjectScope, uid: string): Promise<void> {
  return scope.runtime.inBackground(() => foldWhereDue(scope, uid));
}

async function foldWhereDue(scope: ProjectScope, uid: string): Promise<void> {
  const { runtime } = scope;
  const table = tableByUid((await scope.newest()).state, uid);
  if (!table || !nextCompaction(table.parts)) return;
  const turn = runtime.turns.take(`${scope.id}/compact ${uid}`);
  const done = runtime.inBackground(async () => {
    try {
      await turn.begun;
      while (await compactOnce(scope, uid));
    } finally {
      turn.end();
    }
  });
  if (table.parts.length >= manyParts) await done;
}

/** Whether something was folded. */
async function compactOnce(scope: ProjectScope, uid: string): Promise<boolean> {
  const { tables } = scope.runtime.storage;
  const table = tableByUid((await scope.newest()).state, uid);
  const run = table && nextCompaction(table.parts);
  if (!table || !run) return false;
  const storageJob = await doneAtOnce(scope, 'tableCompact', { table: table.id, parameters: { parts: run.count } });
  const { splices } = await tables.compact(tableData(scope.id, table), run);
  if (splices.length === 0) return false;
  try {
    await scope.execute('CompactTable', { uid, table: table.id, splices, storageJob }, system);
  } catch (error) {
    if (!isDaybookError(error, 'TABLE_CHANGED') && !isDaybookError(error, 'TABLE_NOT_FOUND')) throw error;
    await tables.remove(
      scope.id,
      splices.flatMap(({ added }) => added.map(({ id }) => id)),
    );
  }
  return true;
}
