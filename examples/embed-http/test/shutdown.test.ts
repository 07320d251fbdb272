import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { openDaybook } from '@daybook/core';
import { fileStorage } from '@daybook/file';
import { describe, expect, it } from 'vitest';
import { type Client, newProject, RunningServer } from './running-server';

const orders = '/tables/in.c-main.orders';
const acknowledged = 5;

/** A server with loads that it has acknowledged, and an upload that is under way. */
async function midUpload(env: NodeJS.ProcessEnv = {}) {
  const server = await RunningServer.start({ env });
  const project = await newProject(server);
  await project.upload('PUT', `${orders}?primaryKey=id`, 'id,status\n0,new\n');
  for (let id = 1; id <= acknowledged; id++) {
    expect((await project.upload('POST', `${orders}/rows`, `id,status\n${id},new\n`)).status).toBe(200);
  }
  const headers = { Authorization: `Bearer ${project.token}`, 'Content-Type': 'text/csv' };
  const upload = request(`${project.base}${orders}/rows`, { method: 'POST', headers });
  upload.write('id,status\n100,late\n');
  const loads = async () => (await project.get('/storage-jobs?status=processing')).json.items.length;
  await expect.poll(loads, { timeout: 10_000 }).toBe(1);
  return { server, project, upload };
}

/** What the book holds once the server is gone. */
async function leftBy(server: RunningServer, { base }: Client) {
  await using daybook = await openDaybook({ storage: fileStorage({ directory: join(server.directory, 'book') }) });
  const project = await daybook.as({ kind: 'system', id: 'test' }).project(base.split('/').at(-1)!);
  const rows = await project.table('in.c-main.orders').preview();
  const { items } = await project.storageJobs({ operation: ['tableLoad'] });
  return { ids: rows.map(({ id }) => id), newest: items[0]!, open: items.filter(({ status }) => status === 'processing') };
}

describe('SIGTERM', () => {
  it('lets an upload finish that has begun, and takes no other', async () => {
    const { server: running, project, upload } = await midUpload();
    await using server = running;
    const ended = server.stop();
    await expect.poll(() => project.get('').catch(() => 'refused'), { timeout: 10_000 }).toBe('refused');
    upload.end('101,late\n');
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await ended).toBe(0);
    expect(server.errors).toEqual([]);

    const { ids, newest, open } = await leftBy(server, project);
    expect(ids).toEqual(['0', '1', '2', '3', '4', '5', '100', '101']);
    expect([newest.status, open]).toEqual(['success', []]);
  });

  it('breaks off, in the end, what does not end, and loses nothing that was acknowledged', async () => {
    const { server: running, project, upload } = await midUpload({ SHUTDOWN_SECONDS: '0.2' });
    await using server = running;
    const broken = once(upload, 'error');
    expect(await server.stop()).toBe(0);
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });

    const { ids, newest, open } = await leftBy(server, project);
    expect(ids).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(newest).toMatchObject({ status: 'error', error: { message: 'The upload broke off.' } });
    expect(open).toEqual([]);
  });
});
