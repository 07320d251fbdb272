import { lstatSync } from 'node:fs';
import { join } from 'node:path';

const kept = ['', 'daybook.json', 'events.lmdb', 'events.lmdb-lock', 'hints', 'parts'];

/**
 * The parts of a book that other users of the machine may read or change, as concerns of its keeper. Daybook makes files 0600 and folders 0700, and leaves
 * what is wider: somebody may have opened it on purpose.
 */
export function concernsOfModes(directory: string): Error[] {
  if (process.platform === 'win32') return [];
  const open = kept.map((name) => join(directory, name)).filter(isOpenToOthers);
  if (open.length === 0) return [];
  return [
    new Error(`Other users of this machine may reach ${open.join(', ')}. To keep the book to its owner: chmod -R go= '${directory}'`),
  ];
}

function isOpenToOthers(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o077) !== 0;
}
