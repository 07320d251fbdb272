import { strict as assert } from 'node:assert';
import { isDaybookError, openDaybook } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { memoryStorage } from '@daybook/memory';
import { postgresStorage } from '@daybook/postgres';

const postgres = postgresStorage({ connectionString: process.env.DATABASE_URL, schema: 'esm' });
for (const storage of [memoryStorage(), fileStorage({ directory: './book-of-esm' }), postgres]) {
  const daybook = await openDaybook({ storage });
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const { id: organization } = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization, name: 'Sales' });
  const bucket = await project.createBucket({ stage: 'in', name: 'main' });
  const orders = await project.createTable(`${bucket}.orders`, { from: { csv: 'id,status\n1,new\n2,new\n' }, primaryKey: ['id'] });
  await orders.load({ rows: [{ id: '2', status: 'paid' }] }, { mode: 'incremental' });
  assert.deepEqual(await orders.preview(), [
    { id: '1', status: 'new' },
    { id: '2', status: 'paid' },
  ]);
  await assert.rejects(orders.revert({ version: 7 }), (error) => isDaybookError(error, 'VERSION_NOT_FOUND'));
  await daybook.close();
}
console.log('ESM: a table was made, loaded and read, in memory, in files and in PostgreSQL');
