// What did last night's run do, how long did each step take, and why did one fail? A tree of jobs, its timeline, and what it did to tables.
// Run: npx -y pnpm@10 exec tsx examples/jobs.ts
import { openDaybook, renderTimeline } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

let now = Date.parse('2026-11-02T02:00:00Z');
const pass = (seconds: number) => {
  now += seconds * 1_000;
};
const runEvents: string[] = [];
const daybook = await openDaybook({
  storage: memoryStorage(),
  clock: () => new Date(now),
  openLineage: {
    send: ({ eventType, job, outputs }) => void runEvents.push([eventType, job.name, ...outputs.map(({ name }) => name)].join(' ')),
  },
});
const alice = daybook.as({ kind: 'person', id: 'alice' });
const organization = await alice.createOrganization({ name: 'Acme' });
const project = await alice.createProject({ organization: organization.id, name: 'Sales' });
const bucket = await project.createBucket({ stage: 'in', name: 'main' });

const night = await project.createJob({ component: 'acme.flow', configuration: 'nightly', idempotencyKey: 'nightly 2026-11-02' });
await night.start();
const extract = await project.createJob({ component: 'acme.extractor', configuration: 'shop', parent: night.id });
const write = await project.createJob({ component: 'acme.writer', configuration: 'crm', parent: night.id });
await write.wait();
pass(20);
await extract.start();
await extract.log('info', 'fetching orders', { since: '2026-11-01' });
pass(70);
const csv = { csv: 'id,status\n1,new\n2,paid\n', name: 'orders.csv' };
await project.createTable(`${bucket}.orders`, { from: csv, primaryKey: ['id'], job: extract.id });
await extract.succeed({ message: '2 orders', metrics: { pages: 1 } });
await write.start();
pass(40);
await write.log('error', 'the CRM answered 401');
await write.fail({ kind: 'user', message: 'The password of the CRM is wrong' });
pass(5);
await night.warn({ message: 'the CRM was not written' });

console.log(renderTimeline(await night.timeline(), { width: 96 }));
const { tables, files } = await extract.describe();
for (const { table, operations, rowsIn } of tables) console.log(`${table}: ${operations.join(', ')}, ${rowsIn} rows in`);
for (const { name, bytes } of files) console.log(`from ${name}, ${bytes} bytes`);

const { items } = await project.jobs({ status: ['error'] });
for (const { component, error, runMs = 0 } of items) console.log(`${component} failed after ${runMs / 1_000} s: ${error?.message}`);
const again = await write.rerun();
console.log('asked again:', (await again.describe()).rerunOf === write.id);
console.log(
  'same night, same job:',
  (await project.createJob({ component: 'acme.flow', configuration: 'nightly', idempotencyKey: 'nightly 2026-11-02' })).id === night.id,
);
await daybook.close();
console.log(`OpenLineage: ${runEvents.join(' | ')}`);
