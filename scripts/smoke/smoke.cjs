const { strict: assert } = require('node:assert');
const { isDaybookError, openDaybook } = require('@daybook/core');
const { fileStorage } = require('@daybook/file');
const { memoryStorage } = require('@daybook/memory');
const { postgresStorage } = require('@daybook/postgres');

async function main(storage) {
  const daybook = await openDaybook({ storage });
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const { id: organization } = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization, name: 'Sales' });
  const bucket = await project.createBucket({ stage: 'in', name: 'main' });
  const orders = await project.createTable(`${bucket}.orders`, { from: { csv: 'id,status\n1,new\n2,new\n' }, primaryKey: ['id'] });
  const { version } = await orders.deleteRows({ where: [{ column: 'id', op: 'eq', values: ['1'] }] });
  await orders.revert({ version: version - 1 });
  assert.equal((await orders.describe()).rowCount, 2);
  await assert.rejects(orders.dropColumn('id'), (error) => isDaybookError(error, 'PRIMARY_KEY_COLUMN'));
  await daybook.close();
}

main(memoryStorage())
  .then(() => main(fileStorage({ directory: './book-of-cjs' })))
  .then(() => main(postgresStorage({ connectionString: process.env.DATABASE_URL, schema: 'cjs' })))
  .then(() => console.log('CJS: a table was made, damaged and reverted, in memory, in files and in PostgreSQL'));
