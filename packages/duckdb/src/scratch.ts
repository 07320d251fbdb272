import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const dayMs = 86_400_000;
const startedAt = Math.round(Date.now() - process.uptime() * 1000);

/** Names this process, for others that find its folder: machine, process id, start. */
export function scratchOwner(): string {
  return `${encodeURIComponent(hostname())}~${process.pid}~${startedAt}`;
}

/** Removes the folders whose owner is gone. Of another machine we cannot know; its folders go after a week untouched. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (await isAbandoned(name, path)) await rm(path, { recursive: true, force: true });
  }
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const [machine, pid, start] = name.split('~');
  if (machine !== encodeURIComponent(hostname())) return (await ageMs(path)) > 7 * dayMs;
  if (Number(pid) === process.pid) return Math.abs(Number(start) - startedAt) > 5_000;
  return !isAlive(Number(pid));
}

async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

/** A process of another user answers that we may not signal it, so it lives. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
