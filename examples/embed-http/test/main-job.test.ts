import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, newProject, RunningServer, tokens } from './running-server';

const airports = fileURLToPath(new URL('../data/airports.csv', import.meta.resolve('vega-datasets')));
const airportCount = 3_376;
const table = '/tables/in.c-main.airports';

describe('the API', () => {
  let server: RunningServer;
  let project: Client;

  beforeAll(async () => {
    server = await RunningServer.start();
    project = await newProject(server);
    const columns = JSON.stringify([{ name: 'latitude', type: 'numeric' }]);
    const query = new URLSearchParams({ primaryKey: 'iata', columns, name: 'airports.csv' });
    const created = await project.upload('PUT', `${table}?${query}`, bytesOf(airports));
    expect(created).toMatchObject({ status: 201, json: { rowCount: airportCount, primaryKey: ['iata'], version: 1 } });
    expect(created.json.load).toMatchObject({ read: airportCount, inserted: airportCount, bytes: readFileSync(airports).length });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('does the main job: load, diff, snapshot, damage, revert, history', async () => {
    const correction = 'iata,name,city,state,country,latitude,longitude\n00M,Thigpen,Bay Springs,MS,USA,32,-89\n0NEW,New,X,TX,USA,1,2\n';
    const loaded = await project.upload('POST', `${table}/rows`, correction);
    expect(loaded.json).toMatchObject({ read: 2, inserted: 1, updated: 1, version: 2 });

    const diff = linesOf((await project.get(`${table}/diff?from=1&to=2`)).text);
    expect(diff).toHaveLength(2);
    expect(diff[0]).toMatchObject({ kind: 'updated', key: { iata: '00M' }, before: { city: 'Bay Springs' } });
    expect(diff[1]).toMatchObject({ kind: 'inserted', key: { iata: '0NEW' } });

    const snapshot = (await project.post(`${table}/snapshots`, { description: 'before the clean-up' })).json;
    const where = encodeURIComponent(JSON.stringify([{ column: 'state', op: 'ne', values: ['AK'] }]));
    const deleted = (await project.delete(`${table}/rows?where=${where}`)).json;
    expect(deleted.deleted).toBeGreaterThan(3_000);
    expect((await project.get(table)).json.rowCount).toBe(airportCount + 1 - deleted.deleted);
    expect((await project.post(`${table}/revert`, { snapshot: snapshot.id })).json).toMatchObject({ version: 4 });
    expect((await project.get(table)).json.rowCount).toBe(airportCount + 1);
    expect((await project.get('/snapshots')).json.items).toMatchObject([{ id: snapshot.id, version: 2 }]);

    const copy = await project.put('/tables/in.c-main.copy', { from: { table: 'in.c-main.airports', version: 1 } });
    expect(copy).toMatchObject({ status: 201, json: { rowCount: airportCount } });
    const told = linesOf((await project.get('/history?table=in.c-main.airports&backward=true&limit=1')).text);
    expect(told[0].sentence).toContain('alice reverted');
  });

  it('gives out rows as CSV, NDJSON and Parquet, which load again as the same rows', async () => {
    const csv = await project.get(`${table}/rows?version=1`, { Accept: 'text/csv' });
    expect(csv.headers.get('Content-Type')).toBe('text/csv');
    for (const [type, name] of [
      ['text/csv', 'as_csv'],
      ['application/x-ndjson', 'as_ndjson'],
      ['application/vnd.apache.parquet', 'as_parquet'],
    ] as const) {
      const headers = { Authorization: `Bearer ${project.token}`, Accept: type };
      const response = await fetch(`${project.base}${table}/rows?version=1`, { headers });
      expect(response.headers.get('Content-Type')).toBe(type);
      const again = await project.upload('PUT', `/tables/in.c-main.${name}?primaryKey=iata`, response.body, type);
      expect(again).toMatchObject({ status: 201, json: { rowCount: airportCount } });
      expect((await project.get(`/tables/in.c-main.${name}/rows`)).text).toBe(csv.text);
    }
  });

  it('chooses columns and rows', async () => {
    const query = new URLSearchParams({
      columns: 'iata,state',
      where: JSON.stringify([{ column: 'state', op: 'in', values: ['AK', 'HI'] }]),
      orderBy: JSON.stringify([{ column: 'iata', direction: 'desc' }]),
      limit: '2',
      version: '1',
    });
    const { text } = await project.get(`${table}/rows?${query}`, { Accept: 'application/x-ndjson' });
    expect(linesOf(text)).toEqual([
      { iata: 'Z91', state: 'AK' },
      { iata: 'Z84', state: 'AK' },
    ]);
    const nothing = new URLSearchParams({ where: JSON.stringify([{ column: 'state', op: 'eq', values: ['none'] }]) });
    expect(await project.get(`${table}/rows?${nothing}`, { Accept: 'application/x-ndjson' })).toMatchObject({ status: 200, text: '' });
  });

  it('travels in time', async () => {
    await project.put('/tables/in.c-main.passing', { columns: [{ name: 'id' }], primaryKey: ['id'] });
    const { position, lastActivityAt } = (await project.get('')).json;
    await project.upload('POST', '/tables/in.c-main.passing/rows', 'id,note\n1,x\n');
    expect((await project.get(`/tables/in.c-main.passing/rows?at=${position}`)).text).toBe('id\n');
    await project.delete('/tables/in.c-main.passing');
    expect((await project.get('/tables/in.c-main.passing')).status).toBe(404);
    for (const at of [position, encodeURIComponent(lastActivityAt)]) {
      const then = await project.get(`/tables/in.c-main.passing?at=${at}`);
      expect(then).toMatchObject({ status: 200, json: { version: 1, rowCount: 0 } });
      expect(idsOf((await project.get(`/tables?at=${at}`)).json)).toContain('in.c-main.passing');
    }
    expect(idsOf((await project.get('/tables')).json)).not.toContain('in.c-main.passing');
  });

  it('pages: `next` goes on until there is none', async () => {
    const seen: number[] = [];
    let next: string | undefined;
    do {
      const page = (await project.get(`${table}/versions?limit=1${next ? `&next=${next}` : ''}`)).json;
      seen.push(...page.items.map(({ version }: { version: number }) => version));
      next = page.next;
    } while (next);
    const newest = (await project.get(table)).json.version;
    expect(seen).toEqual(Array.from({ length: newest }, (_, i) => newest - i));
  });

  it('drives a job, and tells what it did', async () => {
    const job = { component: 'acme.extractor', configuration: 'daily' };
    const created = await project.post('/jobs', job, { 'Idempotency-Key': 'monday' });
    const path = `/jobs/${created.json.id}`;
    expect((await project.post('/jobs', job, { 'Idempotency-Key': 'monday' })).json.id).toBe(created.json.id);
    expect(created.headers.get('Location')).toMatch(new RegExp(`${path}$`));
    expect((await project.post(`${path}/start`)).status).toBe(204);
    expect((await project.post(`${path}/log`, { level: 'info', text: 'fetched' })).status).toBe(204);
    expect((await project.post(`${path}/heartbeat`)).json).toEqual({ status: 'processing' });
    await project.upload('PUT', `/tables/in.c-main.fetched?job=${created.json.id}`, 'id\n1\n');
    expect((await project.post(`${path}/succeed`, { message: 'done' })).status).toBe(204);

    expect((await project.get('/jobs?status=success&limit=1')).json.items).toMatchObject([{ id: created.json.id, message: 'done' }]);
    expect((await project.get(`/storage-jobs?job=${created.json.id}`)).json.items).toMatchObject([{ operation: 'tableCreate' }]);
    const { states, messages } = (await project.get(`${path}/timeline`)).json;
    expect(states.map(({ status }: { status: string }) => status)).toEqual(['created', 'processing', 'success']);
    expect(messages).toMatchObject([{ level: 'info', text: 'fetched' }]);

    const failing = (await project.post('/jobs', job)).json;
    await project.post(`/jobs/${failing.id}/start`);
    await project.post(`/jobs/${failing.id}/fail`, { kind: 'user', message: 'no such file' });
    expect((await project.get(`/jobs/${failing.id}`)).json).toMatchObject({ status: 'error', error: { message: 'no such file' } });
  });

  it('lets in whom an administrator invited', async () => {
    const bob = server.as(tokens.bob);
    const own = bob.at(project.base.slice(server.url.length));
    expect((await own.get('')).status).toBe(403);
    const invited = await project.post('/invitations', { email: 'bob@example.com', reason: 'needs the numbers' });
    expect(invited.status).toBe(201);
    expect((await bob.get('/invitations')).json.items).toMatchObject([{ id: invited.json.id, reason: 'needs the numbers' }]);
    expect((await server.as(tokens.mallory).post(`/invitations/${invited.json.id}/accept`)).status).toBe(404);
    expect((await bob.post(`/invitations/${invited.json.id}/accept`)).json.name).toBe('Sales');
    expect((await own.get('')).status).toBe(200);
    expect(idsOf((await project.get('/administrators')).json)).toEqual(['alice', 'bob']);
  });
});

function bytesOf(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
function linesOf(text: string): any[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function idsOf({ items }: { items: readonly { id: string }[] }): string[] {
  return items.map(({ id }) => id);
}
