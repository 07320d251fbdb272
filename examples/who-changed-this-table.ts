// Who changed this table, when, and what exactly? Its history in sentences, its versions, and the rows that one version changed.
// Run: npx -y pnpm@10 exec tsx examples/who-changed-this-table.ts
import { openDaybook } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

const daybook = await openDaybook({ storage: memoryStorage() });
const alice = daybook.as({ kind: 'person', id: 'alice' });
const organization = await alice.createOrganization({ name: 'Acme' });
await organization.addMember('bob');
const project = await alice.createProject({ organization: organization.id, name: 'Sales' });
const bucket = await project.createBucket({ stage: 'in', name: 'main' });
const orders = await project.createTable(`${bucket}.orders`, {
  from: { csv: 'id,status\n1,new\n2,new\n3,void\n' },
  primaryKey: ['id'],
});

const asBob = await daybook.as({ kind: 'person', id: 'bob' }).project(project.id);
await asBob.join();
await asBob.table(orders.id).load({ rows: [{ id: '2', status: 'paid' }] }, { mode: 'incremental' });
await orders.deleteRows({ where: [{ column: 'status', op: 'eq', values: ['void'] }] });

console.log('Everything about the table:');
for await (const { sentence } of project.history({ table: orders.id })) console.log(`- ${sentence}`);

console.log("Of it, Bob's work:");
for await (const { sentence } of project.history({ table: orders.id, actor: { kind: 'person', id: 'bob' } })) console.log(`- ${sentence}`);

const { items } = await orders.versions();
for (const { version, actor, change } of items) console.log(`version ${version} by ${actor?.id}:`, JSON.stringify(change.rows));

console.log("Bob's rows:");
for await (const change of orders.diff({ from: { version: 1 }, to: { version: 2 } })) console.log(JSON.stringify(change));
await daybook.close();
