// What did the project look like then? Any query, as of an instant or a position of the past; a table's rows, as of a version.
// Run: npx -y pnpm@10 exec tsx examples/time-travel.ts
import { openDaybook } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

// A clock of our own: the first hour of January, the first of February, and so on.
let month = 1;
const clock = () => new Date(Date.UTC(2026, month - 1, 1));

const daybook = await openDaybook({ storage: memoryStorage(), clock });
const alice = daybook.as({ kind: 'person', id: 'alice' });
const { id: organization } = await alice.createOrganization({ name: 'Acme' });
const project = await alice.createProject({ organization, name: 'Sales', retentionDays: 365 });
const bucket = await project.createBucket({ stage: 'in', name: 'main' });
const prices = await project.createTable(`${bucket}.prices`, { from: { csv: 'item,price\ntea,3\ncoffee,4\n' }, primaryKey: ['item'] });

month = 2;
await prices.load({ csv: 'item,price\ntea,5\nmilk,1\n' }, { mode: 'incremental' });
month = 3;
await prices.rename('price_list');
await prices.addColumn({ name: 'currency' });
month = 4;
await prices.drop();
month = 5;

for (const instant of ['2026-01-15', '2026-02-15', '2026-03-15', '2026-04-15']) {
  const tables = await project.at(instant).tables();
  const told = tables.map(({ id, rowCount, columns }) => `${id}: ${rowCount} rows of ${columns.map(({ name }) => name).join(', ')}`);
  console.log(instant, '|', told.join('; ') || 'no tables');
}

const restored = await project.restoreTable(`${bucket}.price_list`);
console.log('prices in January:', JSON.stringify(await restored.preview({ of: { at: '2026-01-15' } })));
console.log('prices in February:', JSON.stringify(await restored.preview({ of: { at: '2026-02-15' } })));
await daybook.close();
