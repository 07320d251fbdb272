import { alone, type Suite, shareOf } from './figure';
import { alternating, say } from './measure';
import { inFolder, inProject } from './workplace';

const loads = 2_000;

/** Many tiny loads, one after another: maintenance keeps the table readable. */
export const manyLoads: Suite = {
  figures: ['parts-after-2000-loads', 'read-after-2000-loads'],
  run: (report) =>
    inFolder((folder) =>
      inProject(folder, async (project) => {
        say(`${loads} loads of one row`);
        const columns = [{ name: 'id' }, { name: 'status' }, { name: 'note' }];
        const table = await project.createTable('in.c-main.many', { columns, primaryKey: ['id'] });
        for (let i = 0; i < loads; i++) {
          await table.load({ rows: [{ id: `k${(i * 7_919) % 1_500}`, status: 'new', note: `load ${i}` }] }, { mode: 'incremental' });
          if ((i + 1) % 500 === 0) say(`${i + 1} loads`);
        }
        report(alone({ name: 'parts-after-2000-loads', value: (await table.describe()).parts, unit: 'parts', goal: '<= 64' }));

        const all: Record<string, unknown>[] = [];
        for await (const batch of table.rows()) all.push(...batch);
        const single = await project.createTable('in.c-main.single', { from: { rows: all }, primaryKey: ['id'] });
        const [many, one] = await alternating(
          15,
          () => readAll(table.rows()),
          () => readAll(single.rows()),
        );
        report(
          shareOf({
            ...{ name: 'read-after-2000-loads', value: many * 1_000, unit: 'ms', goal: '<= 3' },
            rival: { name: 'the same rows in a single part', value: one * 1_000 },
          }),
        );
      }),
    ),
};

async function readAll(batches: AsyncIterable<readonly unknown[]>): Promise<number> {
  let rows = 0;
  for await (const batch of batches) rows += batch.length;
  return rows;
}
