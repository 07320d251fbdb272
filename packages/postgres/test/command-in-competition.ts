/** Gives commands to a project that other processes give commands to as well. Each makes the tables too, if it is the first. */
import { openDaybook } from '@daybook/core';
import { postgresStorage } from '../src/index';
import { argument, report } from './in-child';

const {
  connectionString,
  schema,
  project: id,
  name,
  count,
} = argument<{
  connectionString: string;
  schema: string;
  project: string;
  name: string;
  count: number;
}>();
const daybook = await openDaybook({ storage: postgresStorage({ connectionString, schema, connections: 2 }) });
const project = await daybook.as({ kind: 'person', id: 'alice' }).project(id);
await report('ready');
for (let i = 0; i < count; i++) await project.setMetadata(name, { turn: String(i) });
await daybook.close();
process.disconnect();
