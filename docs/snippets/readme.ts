// #region first
import { openDaybook } from '@daybook/core';
import { fileStorage } from '@daybook/file';

const daybook = await openDaybook({ storage: fileStorage({ directory: './book' }) });
const alice = daybook.as({ kind: 'person', id: 'alice' }); // your app has authenticated her
const acme = await alice.createOrganization({ name: 'Acme' });
const project = await alice.createProject({ organization: acme.id, name: 'Sales' });
await project.createBucket({ stage: 'in', name: 'main' });

const orders = await project.createTable('in.c-main.orders', { from: { csv: 'id,status\n1,new\n2,void\n' }, primaryKey: ['id'] });
await orders.load({ rows: [{ id: '1', status: 'paid' }] }, { mode: 'incremental' });
await orders.deleteRows({ where: [{ column: 'status', op: 'eq', values: ['void'] }] });
await orders.revert({ version: 2 }); // the delete made version 3, this makes version 4
for await (const { at, sentence } of project.history({ table: orders.id })) console.log(at, sentence);
await daybook.close();
// #endregion
