import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, newProject, RunningServer, tokens } from './running-server';

const secrets = /payroll|c-secret|4711|alice|bob@example/;

describe('authentication', () => {
  let server: RunningServer;
  let project: Client;

  beforeAll(async () => {
    server = await RunningServer.start();
    project = await newProject(server);
    await project.post('/buckets', { stage: 'in', name: 'secret' });
    await project.upload('PUT', '/tables/in.c-secret.payroll', 'person,salary\ncarol,4711\n');
    await project.upload('PUT', '/tables/in.c-main.orders?primaryKey=id', 'id,status\n1,new\n');
    await project.post('/invitations', { email: 'bob@example.com' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function granted(permission: 'read' | 'write') {
    const grant = { description: 'CRM', buckets: { 'in.c-main': permission }, components: ['crm'] };
    const { headers, json } = await project.post('/accesses', grant);
    expect(headers.get('Cache-Control')).toBe('no-store');
    return { ...(json as { id: string; secret: string }), crm: new Client(project.base, json.secret) };
  }

  it('refuses in the same words, whatever is wrong', async () => {
    const { secret } = await granted('read');
    const wrong = [
      undefined,
      'Bearer',
      'Bearer nothing',
      `Basic ${tokens.alice}`,
      `Bearer ${tokens.alice}x`,
      `Bearer ${secret.slice(0, -1)}0`,
    ];
    const answers = await Promise.all(
      [...wrong, 'Bearer dbk_', `Bearer ${secret.replace(/\.\w{8}/, '.00000000')}`].map(async (authorization) => {
        const response = await fetch(project.base, { headers: authorization === undefined ? {} : { Authorization: authorization } });
        return [response.status, response.headers.get('WWW-Authenticate'), response.headers.get('Content-Type'), await response.text()];
      }),
    );
    expect(answers[0]!.slice(0, 3)).toEqual([401, 'Bearer realm="daybook"', 'application/problem+json']);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('takes a token with the scheme in any case', async () => {
    const response = await fetch(project.base, { headers: { Authorization: `bearer ${tokens.alice}` } });
    expect(response.status).toBe(200);
  });

  it('shows limited access its bucket and nothing else', async () => {
    const { crm } = await granted('write');
    expect((await crm.upload('POST', '/tables/in.c-main.orders/rows', 'id,status\n2,new\n')).json).toMatchObject({ inserted: 1 });
    expect((await crm.get('/tables/in.c-main.orders/rows')).text).toBe('id,status\n1,new\n2,new\n');
    const { json: job } = await crm.post('/jobs', { component: 'crm' });
    expect((await crm.post(`/jobs/${job.id}/start`)).status).toBe(204);

    const seen = [
      ...['/tables', '/buckets', '/snapshots', '/storage-jobs', '/jobs', '/history', '/tables/in.c-main.orders/versions'],
      ...['/tables?at=9', '/storage-jobs?table=in.c-secret.payroll', '/history?table=in.c-secret.payroll'],
    ];
    for (const path of seen) {
      const { status, text } = await crm.get(path);
      expect([path, status]).toEqual([path, 200]);
      const own = text.replaceAll(/"actor":\{[^}]*\}/g, '');
      expect([path, secrets.exec(own)?.[0]]).toEqual([path, undefined]);
    }
    const hidden = '/tables/in.c-secret.payroll';
    for (const path of [hidden, `${hidden}/rows`, `${hidden}/versions`, `${hidden}/diff?from=1`, '/tables?bucket=in.c-secret']) {
      const { status, text } = await crm.get(path);
      expect([path, status]).toEqual([path, 403]);
      expect(text).not.toMatch(/4711|carol|salary/);
      // What is not there is refused in the same way.
      expect((await crm.get(path.replaceAll('secret', 'nothing'))).status).toBe(403);
    }
    for (const path of ['/accesses', '/administrators', '/invitations']) {
      const { status, text } = await crm.get(path);
      expect([path, status]).toEqual([path, 403]);
      expect(text).not.toMatch(secrets);
    }
    expect((await crm.upload('PUT', `${hidden}/rows`, 'person,salary\n')).status).toBe(403);
    expect((await crm.post('/accesses', { buckets: { 'in.c-secret': 'read' } })).status).toBe(403);
    expect((await project.get(`${hidden}/rows`)).text).toBe('person,salary\ncarol,4711\n');
  });

  it('lets a reader only read', async () => {
    const { crm } = await granted('read');
    expect((await crm.get('/tables/in.c-main.orders')).status).toBe(200);
    const before = (await project.get('/tables/in.c-main.orders')).json.version;
    expect(await crm.upload('POST', '/tables/in.c-main.orders/rows', 'id,status\n9,x\n')).toMatchObject({
      status: 403,
      json: { code: 'ACCESS_DENIED' },
    });
    expect((await project.get('/tables/in.c-main.orders')).json.version).toBe(before);
  });

  it('keeps limited access out of other projects and of what is no project', async () => {
    const { crm } = await granted('write');
    const other = await newProject(server);
    expect((await new Client(other.base, crm.token).get('/tables')).status).toBe(403);
    const outside = server.as(crm.token);
    expect((await outside.post('/organizations', { name: 'Mine' })).status).toBe(403);
    expect((await outside.get('/invitations')).status).toBe(403);
  });

  it('knows a revoked secret no more, at once', async () => {
    const { id, crm } = await granted('read');
    expect((await crm.get('/tables')).status).toBe(200);
    expect((await project.delete(`/accesses/${id}`)).status).toBe(204);
    expect((await crm.get('/tables')).status).toBe(401);
    expect((await project.delete(`/accesses/${id}`)).status).toBe(404);
  });

  it('keeps strangers out of a project', async () => {
    const { status, text } = await new Client(project.base, tokens.mallory).get('/tables');
    expect(status).toBe(403);
    expect(text).not.toMatch(secrets);
  });
});
