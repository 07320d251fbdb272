/** Loads rows of its own, one at a time, into a table that others load into as well; then ends. */
import { openDaybook } from '@daybook/core';
import { fileStorage } from '../src/index';
import { argument } from './in-child';

const {
  directory,
  project: id,
  tables,
  name,
  count,
} = argument<{
  directory: string;
  project: string;
  tables: string[];
  name: string;
  count: number;
}>();
const daybook = await openDaybook({ storage: fileStorage({ directory }) });
const project = await daybook.as({ kind: 'person', id: 'alice' }).project(id);
for (let i = 0; i < count; i++) {
  const rows = [
    { id: `${name} ${i}`, n: name },
    { id: 'everybody', n: `${name} ${i}` },
  ];
  await Promise.all(tables.map((table) => project.table(table).load({ rows }, { mode: 'incremental' })));
}
await daybook.close();
process.disconnect();
