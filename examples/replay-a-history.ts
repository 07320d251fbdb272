// Is the history all there is? A project's events, written to text, are replayed into an empty storage: the same project stands there.
// Run: npx -y pnpm@10 exec tsx examples/replay-a-history.ts
import { strict as assert } from 'node:assert';
import { type EventStore, type NewEvent, openDaybook, type RecordedEvent } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';

const storage = memoryStorage();
const daybook = await openDaybook({ storage });
const system = { kind: 'system', id: 'example' } as const;
const { id: organization } = await daybook.as(system).createOrganization({ name: 'Acme' });
const project = await daybook.as(system).createProject({ organization, name: 'Sales' });
const bucket = await project.createBucket({ stage: 'in', name: 'main' });
const orders = await project.createTable(`${bucket}.orders`, { from: { csv: 'id,status\n1,new\n2,new\n' }, primaryKey: ['id'] });
await orders.snapshot({ description: 'as delivered' });
await orders.addColumn({ name: 'note' });
await project.setDescription('What we sold');

const log = `project/${project.id}`;
const text = await eventsAsText(storage.events);
console.log(`${text.split('\n').length} events, ${text.length} bytes of JSON`);

const elsewhere = memoryStorage();
await elsewhere.events.append([{ log, expected: 0, events: text.split('\n').map((line) => newEvent(JSON.parse(line))) }]);
const replica = await openDaybook({ storage: elsewhere });
const replayed = await replica.as(system).project(project.id);

assert.deepEqual(await replayed.describe(), await project.describe());
assert.deepEqual(await replayed.tables(), await project.tables());
assert.deepEqual(await replayed.snapshots(), await project.snapshots());
console.log(
  'Replayed:',
  (await replayed.describe()).name,
  '|',
  (await replayed.tables()).map(({ id, version }) => `${id} version ${version}`).join(),
);
await replica.close();
await daybook.close();

async function eventsAsText(events: EventStore): Promise<string> {
  const lines: string[] = [];
  for await (const page of events.read(log)) lines.push(...page.map((event) => JSON.stringify(event)));
  return lines.join('\n');
}

function newEvent({ log: _log, position: _position, recordedAt, ...event }: RecordedEvent): NewEvent {
  return { ...event, at: recordedAt };
}
