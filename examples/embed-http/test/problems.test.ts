import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DaybookError, type ErrorCode } from '@daybook/core';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Env } from '../src/env';
import { problem, statuses } from '../src/problems';
import { type Client, newProject, RunningServer } from './running-server';

/** The kinds of codes, and the status of each kind. */
const kinds: readonly (readonly [RegExp, number])[] = [
  [/^AUTHENTICATION_FAILED$/, 401],
  [/^(ACCESS_DENIED|APPROVAL_REQUIRED)$/, 403],
  [/_NOT_FOUND$/, 404],
  [/_EXPIRED$/, 410],
  [/^(INVALID_|MALFORMED_|NO_COLUMNS|COLUMNS_DO_NOT_MATCH|DUPLICATE_COLUMN|UNINTENDED_|IDEMPOTENCY_|INVITING_)/, 422],
  [/^PROJECT_DISABLED$/, 423],
  [/^(STORE_CORRUPT|NEWER_VERSION)$/, 500],
  [/^STORE_UNAVAILABLE$/, 503],
  [/(_EXISTS|_CHANGED|_MOVED|_NOT_EMPTY)$|^(ALREADY_|JOB_|LAST_|PRIMARY_KEY_COLUMN|DUPLICATE_KEY_VALUES)/, 409],
];
const codes = Object.keys(statuses) as ErrorCode[];

async function answerTo(error: Error) {
  const app = new Hono<Env>();
  app.onError(problem);
  app.get('/', () => {
    throw error;
  });
  const logged = vi.spyOn(console, 'error').mockReturnValue();
  const response = await app.request('/');
  const lines = logged.mock.calls.map(([line]) => String(line));
  logged.mockRestore();
  return { status: response.status, headers: response.headers, text: await response.text(), lines };
}

describe('a refusal', () => {
  it.each(codes)('%s has the status of its kind', (code) => {
    const found = kinds.filter(([pattern]) => pattern.test(code) && !(code.endsWith('_NOT_FOUND') && !pattern.test('X_NOT_FOUND')));
    expect(found).toHaveLength(1);
    expect(statuses[code]).toBe(found[0]![1]);
  });

  it('tells code and details, and is not logged', async () => {
    const { headers, text, lines } = await answerTo(new DaybookError('BUCKET_EXISTS', { bucket: 'in.c-main' }));
    expect(headers.get('Content-Type')).toBe('application/problem+json');
    expect(JSON.parse(text)).toEqual({
      ...{ title: 'Conflict', status: 409, detail: 'Bucket in.c-main exists already.' },
      ...{ code: 'BUCKET_EXISTS', details: { bucket: 'in.c-main' } },
    });
    expect(lines).toEqual([]);
  });

  it.each([
    [503, '5', new DaybookError('STORE_UNAVAILABLE', { what: '/srv/secret/path' })],
    [500, null, new DaybookError('STORE_CORRUPT', { what: '/srv/secret/path' })],
    [500, null, new TypeError('/srv/secret/path')],
  ] as const)('keeps to itself what is the server’s own matter, and logs it: %s', async (expected, retryAfter, error) => {
    const { status, headers, text, lines } = await answerTo(error);
    expect([status, headers.get('Retry-After')]).toEqual([expected, retryAfter]);
    expect(text).not.toContain('secret');
    expect(Object.keys(JSON.parse(text))).toEqual(['title', 'status']);
    expect(lines.join()).toContain('/srv/secret/path');
  });
});

describe('over HTTP', () => {
  let server: RunningServer;
  let project: Client;
  const orders = '/tables/in.c-main.orders';

  beforeAll(async () => {
    server = await RunningServer.start();
    project = await newProject(server, { retentionDays: 0 });
    await project.upload('PUT', `${orders}?primaryKey=id`, 'id,status\n1,new\n');
    await project.upload('PUT', `${orders}/rows`, 'id,status\n2,new\n');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each<[number, string | undefined, string, (client: Client) => Promise<{ status: number; json: { code?: string } }>]>([
    [404, 'TABLE_NOT_FOUND', 'a table that is not there', (p) => p.get('/tables/in.c-main.nothing')],
    [404, 'TABLE_NOT_FOUND', 'rows of a table that is not there', (p) => p.get('/tables/in.c-main.nothing/rows')],
    [404, 'TABLE_NOT_FOUND', 'a diff of a table that is not there', (p) => p.get('/tables/in.c-main.nothing/diff?from=1')],
    [404, 'COLUMN_NOT_FOUND', 'a column that is not there', (p) => p.get(`${orders}/rows?columns=nothing`)],
    [404, 'POSITION_NOT_FOUND', 'a time before the project', (p) => p.get('/tables?at=1999-01-01')],
    [404, undefined, 'a route that is not there', (p) => p.get('/nothing')],
    [409, 'BUCKET_EXISTS', 'a bucket that is there', (p) => p.post('/buckets', { stage: 'in', name: 'main' })],
    [409, 'TABLE_EXISTS', 'a table that is there', (p) => p.upload('PUT', orders, 'id\n1\n')],
    [410, 'VERSION_EXPIRED', 'a version past its retention', (p) => p.get(`${orders}/rows?version=1`)],
    [415, undefined, 'an upload of another type', (p) => p.upload('PUT', `${orders}/rows`, 'x', 'application/pdf')],
    [422, 'COLUMNS_DO_NOT_MATCH', 'a file without a column', (p) => p.upload('PUT', `${orders}/rows`, 'id\n1\n')],
    [422, 'MALFORMED_INPUT', 'a file that is no CSV', (p) => p.upload('PUT', `${orders}/rows`, 'id,status\n1,"\n')],
    [422, 'NO_COLUMNS', 'an empty file', (p) => p.upload('PUT', `${orders}/rows`, '')],
    [422, 'INVALID_INPUT', 'a field that nobody knows', (p) => p.post('/buckets', { stage: 'in', name: 'x', colour: 'red' })],
    [422, 'INVALID_INPUT', 'a parameter that nobody knows', (p) => p.get('/tables?colour=red')],
    [422, 'INVALID_INPUT', 'a filter that is no JSON', (p) => p.get(`${orders}/rows?where=x`)],
    [422, 'INVALID_INPUT', 'a filter that is none', (p) => p.get(`${orders}/rows?where=[1]`)],
    [422, 'INVALID_INPUT', 'two states at once', (p) => p.get(`${orders}/rows?version=2&at=3`)],
    [422, 'UNINTENDED_TRUNCATION', 'a delete of everything', (p) => p.delete(`${orders}/rows`)],
    [
      400,
      undefined,
      'JSON that is none',
      (p) => p.send('POST', '/buckets', { body: '{', headers: { 'Content-Type': 'application/json' } }),
    ],
    [413, undefined, 'a JSON body that is too long', (p) => p.post('/buckets', { stage: 'in', name: 'x'.repeat(2 ** 20) })],
  ])('%s %s: %s', async (status, code, _title, ask) => {
    const answer = await ask(project);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('423 while a project is disabled, until it is enabled', async () => {
    await project.post('/disable', { reason: 'moving house' });
    expect(await project.post('/buckets', { stage: 'in', name: 'later' })).toMatchObject({
      status: 423,
      json: { code: 'PROJECT_DISABLED', details: { reason: 'moving house' } },
    });
    expect((await project.get(orders)).status).toBe(200);
    await project.post('/enable');
    expect((await project.post('/buckets', { stage: 'in', name: 'later' })).status).toBe(201);
  });

  it('500 without details when stored data is damaged; the log has them under the request’s id', async () => {
    const damaged = await newProject(server);
    await damaged.upload('PUT', orders, 'id\n1\n');
    rmSync(join(server.directory, 'book/parts', damaged.base.split('/').at(-1)!), { recursive: true });
    const answer = await damaged.get(`${orders}/rows`, { 'X-Request-Id': 'of-the-damaged' });
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({ title: 'Internal Server Error', status: 500, requestId: 'of-the-damaged' });
    expect(answer.headers.get('X-Request-Id')).toBe('of-the-damaged');
    await expect.poll(() => server.errors.find((line) => line.includes('of-the-damaged'))).toContain('STORE_CORRUPT');
  });
});
