/** Asks for the head of a log and appends to it when the parent says so, in a schema that nobody has made yet. */
import { event } from '@daybook/testing';
import { postgresStorage } from '../src/index';
import { argument, go, report } from './in-child';

const { connectionString, schema, log } = argument<{ connectionString: string; schema: string; log: `project/${string}` }>();
const storage = postgresStorage({ connectionString, schema, connections: 2 });
await report('ready');
await go();
const expected = (await storage.events.head(log))?.position ?? 0;
const { status } = await storage.events.append([{ log, expected, events: [event()] }]);
await report(status);
await storage[Symbol.asyncDispose]();
process.disconnect();
