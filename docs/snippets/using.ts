import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { isDaybookError, openDaybook, openLineage, renderTimeline } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

writeFileSync('monday.csv', 'id,status,amount\n1,new,10\n2,new,20\n3,void,30\n');
writeFileSync('tuesday.csv', 'id,status,amount\n2,paid,20\n4,new,40\n');

// #region open
const daybook = await openDaybook({ storage: memoryStorage() });
const alice = daybook.as({ kind: 'person', id: 'alice' });
const acme = await alice.createOrganization({ name: 'Acme' });
const project = await alice.createProject({ organization: acme.id, name: 'Sales', retentionDays: 30 });
const bucket = await project.createBucket({ stage: 'in', name: 'main' }); // 'in.c-main'
// #endregion

// #region create
const orders = await project.createTable(`${bucket}.orders`, {
  from: { csv: createReadStream('monday.csv'), name: 'monday.csv' },
  columns: [{ name: 'amount', type: 'numeric' }], // what is not named here is a string
  primaryKey: ['id'],
});
// #endregion

// #region load
const load = await orders.load({ csv: createReadStream('tuesday.csv'), name: 'tuesday.csv' }, { mode: 'incremental' });
console.log(load.read, load.inserted, load.updated, load.unchanged, load.version); // 2 1 1 0 2
// #endregion

// #region once
const wednesday = { csv: 'id,status,amount\n4,new,45\n' };
const first = await orders.load(wednesday, { mode: 'incremental', idempotencyKey: 'message 17' });
const again = await orders.load(wednesday, { mode: 'incremental', idempotencyKey: 'message 17' });
console.log(first.version === again.version); // true: it was loaded once
// #endregion

// #region refusal
try {
  await orders.load({ csv: 'id,amount\n5,many\n' }, { mode: 'incremental' });
} catch (error) {
  if (isDaybookError(error, 'COLUMNS_DO_NOT_MATCH'))
    console.log('missing:', error.details.missing.join()); // missing: status
  else throw error;
}
// #endregion

// #region read
const paid = await orders.preview({ where: [{ column: 'status', op: 'eq', values: ['paid'] }], orderBy: [{ column: 'amount' }] });
for await (const batch of orders.rows({ columns: ['id', 'amount'] })) console.log(batch.length);
await orders.export({ csv: createWriteStream('orders.csv.gz') }, { gzip: true });
// #endregion
console.log('paid:', paid.length);

// #region versions
const { items: versions } = await orders.versions();
for (const { version, at, actor, change, restorableUntil } of versions) {
  console.log(version, at, actor?.id, change.operation, change.rows, restorableUntil ?? 'kept');
}
for await (const change of orders.diff({ from: { version: 1 }, to: { version: 2 } })) console.log(change);
// #endregion

// #region snapshot
const snapshot = await orders.snapshot({ description: 'before the clean-up' });
await orders.deleteRows({ where: [{ column: 'status', op: 'in', values: ['void', 'new'] }] });
await orders.revert({ snapshot: snapshot.id }); // or { version: 2 }, or { at: '2026-11-01T09:00:00Z' }
await project.createBucket({ stage: 'out', name: 'report' });
await project.copyTable({ from: { table: orders.id, version: 1 }, to: 'out.c-report.mondays_orders' });
// #endregion

const beforeTheCleanUp = (await project.snapshots())[0]!.createdAt;
// #region time-travel
const then = project.at(beforeTheCleanUp); // or a position of the log
console.log((await then.tables()).map(({ id, rowCount }) => `${id}: ${rowCount} rows`)); // [ 'in.c-main.orders: 4 rows' ]

const plan = await project.revert(beforeTheCleanUp, { dryRun: true }); // what would a revert of all tables do?
// #endregion
console.log(plan);

// #region retention
await project.setRetention(7); // days
const would = await project.vacuum({ dryRun: true });
console.log(would.parts, would.bytes); // 0 0
// #endregion

// #region jobs
const job = await project.createJob({ component: 'acme.extractor', configuration: 'daily', idempotencyKey: 'daily 2026-11-02' });
await job.start();
await job.log('info', 'fetched', { pages: 3 });
await orders.load({ csv: createReadStream('tuesday.csv') }, { mode: 'incremental', job: job.id });
if ((await job.heartbeat()).status === 'terminating') await job.stopped();
else await job.succeed({ message: '2 orders', metrics: { pages: 3 } });
// #endregion

// #region job-detail
const { status, runMs, tables, files } = await job.describe();
console.log(status, runMs, tables[0]?.table, files[0]?.bytes); // 'success', milliseconds, 'in.c-main.orders', bytes
console.log(renderTimeline(await job.timeline(), { width: 80 })); // bars, for a terminal
const lineage = await openLineage(job); // START, RUNNING and COMPLETE, with the versions read and written
// #endregion
console.log(lineage.length);

// #region job-lists
const { items: failures, next } = await project.jobs({ status: ['error'], component: 'acme.extractor', limit: 50 });
for (const { id, error, abandoned } of failures) console.log(id, abandoned ? 'abandoned' : error?.message);
const slow = await project.jobs({ durationSeconds: { from: 600 }, created: { from: '2026-11-01T00:00:00Z' } });
// #endregion
console.log(next, slow.items.length);

// #region storage-jobs
const { items: failed } = await project.storageJobs({ status: ['error'] });
for (const { operation, table, error, endedAt } of failed) console.log(operation, table, error?.code, endedAt);
// #endregion

// #region history
for await (const { position, at, sentence } of project.history({ table: orders.id })) console.log(position, at, sentence);
// #endregion

// #region correlation
const traced = await daybook.as({ kind: 'person', id: 'alice', correlationId: 'request 7f3a' }).project(project.id);
await traced.table(orders.id).setDescription('As the shop sends it');
for await (const { sentence } of project.history({ correlationId: 'request 7f3a' })) console.log(sentence);
// #endregion
await daybook.close();
