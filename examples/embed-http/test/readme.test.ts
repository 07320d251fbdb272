import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { RunningServer, tokens } from './running-server';

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
const lines = readme.match(/```sh\n(.*?)```/s)![1]!;
const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

it.skipIf(!hasCurl)('what the README says to type works', async () => {
  await using server = await RunningServer.start();
  const { stdout, stderr } = await run('bash', ['--norc', '-euc', lines], {
    env: { ...process.env, API: server.url, TOKEN: tokens.alice },
  });
  expect(stderr).toBe('');
  expect(stdout).toContain('"kind":"updated","key":{"id":"2"}');
  expect(stdout).toContain('id,status\n1,new\n2,new\n');
  expect(stdout).toContain('{"id":"2","status":"paid"}\n');
  expect(stdout).toContain('alice reverted in.c-main.orders');
  expect(stdout).toContain('"code":"ACCESS_DENIED"');
});
