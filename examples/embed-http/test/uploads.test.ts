import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, newProject, RunningServer } from './running-server';

const orders = '/tables/in.c-main.orders';
const MB = 2 ** 20;

describe('an upload', () => {
  let server: RunningServer;
  let project: Client;

  beforeAll(async () => {
    server = await RunningServer.start({ env: { MAX_UPLOAD_BYTES: String(8 * MB) } });
    project = await newProject(server);
    await project.upload('PUT', `${orders}?primaryKey=id`, 'id,status\n1,new\n2,new\n');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('may be gzip', async () => {
    const loaded = await project.upload('PUT', '/tables/in.c-main.packed', gzipSync('id\n1\n2\n'));
    expect(loaded).toMatchObject({ status: 201, json: { rowCount: 2 } });
  });

  it.each([
    ['said beforehand', { 'Content-Length': String(9 * MB) }],
    ['not said', {}],
  ])('that is too large is answered with 413 when its length is %s', async (_title, headers) => {
    const upload = begin(project, `${orders}/rows`, { headers });
    upload.write('id,status\n');
    upload.end(rowsOf(10 * MB).slice(0, 9 * MB - 'id,status\n'.length));
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    expect((await project.get(orders)).json).toMatchObject({ version: 1, rowCount: 2 });
  });

  it('that is refused early is answered while it goes on, and the connection stays good', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const refused = begin(project, `${orders}/rows`, { agent });
    refused.end(`id,other\n${rowsOf(3 * MB)}`);
    const [response] = (await once(refused, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(422);
    await Promise.all([once(response.resume(), 'end'), once(refused, 'close')]);
    const next = begin(project, `${orders}/rows`, { agent, method: 'POST' });
    next.end('id,status\n2,new\n');
    const [answer] = (await once(next, 'response')) as [IncomingMessage];
    expect([answer.statusCode, next.reusedSocket]).toEqual([200, true]);
    answer.resume();
    agent.destroy();
  });

  it('that breaks off leaves the table as it was, and a failed storage job', async () => {
    const before = (await project.get(orders)).json;
    const upload = begin(project, `${orders}/rows`);
    upload.write(`id,status\n${rowsOf(MB)}`);
    await underWay(project, orders);
    upload.destroy();
    const failed = async () => (await project.get('/storage-jobs?status=error&limit=1')).json.items[0];
    await expect.poll(failed, { timeout: 10_000 }).toMatchObject({ operation: 'tableLoad', error: { message: 'The upload broke off.' } });
    expect((await project.get('/storage-jobs?status=processing')).json.items).toEqual([]);
    expect((await project.get(orders)).json).toEqual(before);
    expect((await project.get(`${orders}/rows`)).text).toContain('1,new\n');
  });
});

describe('a large upload', () => {
  let server: RunningServer;
  let project: Client;
  const large = '/tables/in.c-main.large';

  beforeAll(async () => {
    server = await RunningServer.start();
    project = await newProject(server);
    await project.upload('PUT', large, 'id,status\n1,new\n');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.skipIf(process.platform !== 'linux')('is taken in without being held in memory', async () => {
    const [pieces, rows] = [96, rowsOf(MB)];
    const before = peakBytes(server);
    const upload = begin(project, `${large}/rows`);
    upload.write('id,status\n');
    for (let i = 0; i < pieces; i++) if (!upload.write(rows)) await once(upload, 'drain');
    // All of it but the end has left this process; whoever gathers it has it now.
    expect(peakBytes(server) - before).toBeLessThan(0.75 * pieces * MB);
    upload.end();
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect((await project.get(large)).json.rowCount).toBe(pieces * (rows.split('\n').length - 1));
  });

  it('can be downloaded; who goes away stops it, and the server goes on', async () => {
    const download = request(`${project.base}${large}/rows`, { headers: { Authorization: `Bearer ${project.token}` } }).end();
    const [response] = (await once(download, 'response')) as [IncomingMessage];
    await once(response, 'readable');
    expect(await exports('processing')).toBe(1);
    download.destroy();
    await expect.poll(() => exports('processing'), { timeout: 10_000 }).toBe(0);
    expect([await exports('error'), await exports('success')]).toEqual([1, 0]);
  });

  it('is not read for the answer to HEAD', async () => {
    expect(await project.send('HEAD', `${large}/rows`)).toMatchObject({ status: 200, text: '' });
    await expect.poll(() => exports('processing'), { timeout: 10_000 }).toBe(0);
    expect([await exports('error'), await exports('success')]).toEqual([2, 0]);
  });

  async function exports(status: string): Promise<number> {
    return (await project.get(`/storage-jobs?operation=tableExport&status=${status}`)).json.items.length;
  }
});

function begin(project: Client, path: string, { headers = {}, ...options }: { method?: string; agent?: Agent; headers?: object } = {}) {
  const all = { Authorization: `Bearer ${project.token}`, 'Content-Type': 'text/csv', ...headers };
  const upload: ClientRequest = request(project.base + path, { method: 'PUT', ...options, headers: all });
  // The server may end the connection after its answer, and the tests do so themselves.
  return upload.on('error', () => {});
}

/** Waits until a load into the table has begun. */
function underWay(project: Client, table: string) {
  const jobs = async () => (await project.get(`/storage-jobs?status=processing&table=${table.split('/').at(-1)}`)).json.items.length;
  return expect.poll(jobs, { timeout: 10_000 }).toBe(1);
}

/** Rows of `id,status`, so many bytes or a little less. */
function rowsOf(bytes: number): string {
  const row = `7,${'a status that says little '.repeat(40)}\n`;
  return row.repeat(Math.floor(bytes / row.length));
}

/** The most memory that the server ever had. */
function peakBytes(server: RunningServer): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))![1]) * 1024;
}
