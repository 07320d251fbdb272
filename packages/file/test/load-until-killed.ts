/** Goes on with two tables, one with a key and one without, turn by turn, for ever; reports each version that was acknowledged. */
import { openDaybook } from '@daybook/core';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';
import { turn } from './loads';

const { directory, project: id, tables } = argument<{ directory: string; project: string; tables: string[] }>();
const daybook = await openDaybook({ storage: fileStorage({ directory }) });
const project = await daybook.as({ kind: 'person', id: 'alice' }).project(id);

async function goOn(table: string): Promise<void> {
  const handle = project.table(table);
  for (let { version } = await handle.describe(); ; version++) {
    const { rows, deletes } = turn(version + 1);
    if (deletes === undefined) await handle.load({ rows }, { mode: 'incremental' });
    // A delete that finds nothing makes no version, a load of no rows does.
    else if ((await handle.deleteRows({ where: [{ column: 'n', op: 'eq', values: [deletes] }] })).deleted === 0) {
      await handle.load({ rows: [] }, { mode: 'incremental' });
    }
    await report({ table, version: version + 1 });
  }
}

await Promise.all(tables.map(goOn));
