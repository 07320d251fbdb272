// Packs every package as it would be published, lints the tarballs, and runs a small program on them in an empty npm project.
// Run: npx -y pnpm@10 build && npx -y pnpm@10 check:packages
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryPostgres } from '@daybook/postgres-server';

const root = fileURLToPath(new URL('..', import.meta.url));
const server = await temporaryPostgres();
const env = { ...process.env, npm_config_loglevel: 'error', DATABASE_URL: server.connectionString };
const work = mkdtempSync(join(tmpdir(), 'daybook-packages-'));

try {
  const tarballs = publishable().map(pack);
  for (const tarball of tarballs) lint(tarball);
  install(tarballs);
  for (const program of ['smoke.mjs', 'smoke.cjs']) runProgram(program);
} finally {
  rmSync(work, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
}

function publishable(): string[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private);
}

function pack(folder: string): string {
  const answer = run('npx', ['-y', 'pnpm@10', 'pack', '--json', '--pack-destination', work], folder);
  return JSON.parse(answer).filename;
}

function lint(tarball: string): void {
  console.log(`\n${tarball}`);
  show(join(root, 'node_modules/.bin/publint'), ['run', '--strict', tarball], root);
  show(join(root, 'node_modules/.bin/attw'), ['--format', 'ascii', tarball], root);
}

function install(tarballs: readonly string[]): void {
  const project = join(work, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'smoke', private: true }));
  show('npm', ['install', '--no-audit', '--no-fund', ...tarballs], project);
}

function runProgram(program: string): void {
  const project = join(work, 'project');
  copyFileSync(join(root, 'scripts/smoke', program), join(project, program));
  console.log(`\nnode ${program}`);
  show(process.execPath, [program], project);
}

function run(command: string, parameters: readonly string[], cwd: string): string {
  return execFileSync(command, parameters, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function show(command: string, parameters: readonly string[], cwd: string): void {
  execFileSync(command, parameters, { cwd, env, stdio: 'inherit' });
}
