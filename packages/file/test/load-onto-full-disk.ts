/** Loads a source for which there is no room, then a small one. Reports the outcomes. */
import { isDaybookError, openDaybook } from '@daybook/core';
import { fileStorage } from '../src/index';
import { argument, report } from './in-child';

const { directory, project: id, table } = argument<{ directory: string; project: string; table: string }>();
const daybook = await openDaybook({ storage: fileStorage({ directory }) });
const handle = (await daybook.as({ kind: 'person', id: 'alice' }).project(id)).table(table);

async function* manyRows() {
  for (let i = 0; i < 60_000; i++) yield { id: String(i), n: `${i} ${'x'.repeat(100)}` };
}

async function outcome(load: Promise<unknown>): Promise<string> {
  try {
    await load;
    return 'loaded';
  } catch (error) {
    if (isDaybookError(error)) return error.code;
    throw error;
  }
}

const outcomes = [
  await outcome(handle.load({ rows: manyRows() }, { mode: 'incremental' })),
  await outcome(handle.load({ rows: [{ id: '1', n: 'small' }] }, { mode: 'incremental' })),
];
await daybook.close();
await report(outcomes);
process.disconnect();
