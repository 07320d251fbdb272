// #region first
import { openDaybook } from '@daybook/core';
import { fileStorage } from '@daybook/file';

const daybook = await openDaybook({ storage: fileStorage({ directory: './book' }) });
const alice = daybook.as({ kind: 'person', id: 'alice' }); // your app has authenticated her
const [sales] = await alice.projects(); // what an earlier run made
const project = sales ? await alice.project(sales.id) : await begin();
const orders = project.table('in.c-main.orders');

await orders.load({ rows: [{ id: '1', status: 'paid' }] }, { mode: 'incremental' });
const { version } = await orders.describe();
await orders.deleteRows({ where: [{ column: 'status', op: 'eq', values: ['void'] }] });
await orders.revert({ version }); // the delete made a version, and so does this
for await (const { at, sentence } of project.history({ table: orders.id })) console.log(at, sentence);
await daybook.close();

async function begin() {
  const acme = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization: acme.id, name: 'Sales' });
  await project.createBucket({ stage: 'in', name: 'main' });
  await project.createTable('in.c-main.orders', { from: { csv: 'id,status\n1,new\n2,void\n' }, primaryKey: ['id'] });
  return project;
}
// #endregion
