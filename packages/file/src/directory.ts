import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaybookError } from '@daybook/core';
import { privateModes } from '@daybook/duckdb';

const markerName = 'daybook.json';
const format = 'daybook-file';
const formatVersion = 1;

/** Makes sure that a directory (an absolute path) is ours: creates it, or checks that this version of Daybook can read it. */
export function claimDirectory(directory: string): void {
  try {
    const marker = readMarker(directory) ?? createMarker(directory);
    checkMarker(marker, directory);
  } catch (error) {
    if (error instanceof DaybookError) throw error;
    throw new DaybookError('STORE_UNAVAILABLE', { what: `open ${directory}: ${messageOf(error)}` }, { cause: error });
  }
}

/** Puts the names in a directory on disk. Windows has no such call and needs none. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readMarker(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, markerName), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The marker is the first file of a directory and appears whole or not at all; of several processes that create it one succeeds. */
function createMarker(directory: string): string {
  const made = mkdirSync(directory, { recursive: true, mode: privateModes.folder });
  if (readdirSync(directory).some(isForeign)) return readMarker(directory) ?? refuse(`${directory} holds other files and no ${markerName}`);
  const temporary = join(directory, `.${markerName}.${randomUUID()}`);
  try {
    writeFileSync(temporary, `${JSON.stringify({ format, version: formatVersion })}\n`, {
      flag: 'wx',
      flush: true,
      mode: privateModes.file,
    });
    linkSync(temporary, join(directory, markerName));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  for (const each of upTo(made === undefined ? directory : dirname(made), directory)) syncDirectory(each);
  return readFileSync(join(directory, markerName), 'utf8');
}

/** A directory and those that hold it, up to `top` or the root. */
function upTo(top: string, directory: string): string[] {
  const parent = dirname(directory);
  return directory === top || directory === parent ? [directory] : [directory, ...upTo(top, parent)];
}

/** Hidden files and a volume's `lost+found` may be there before us. */
function isForeign(name: string): boolean {
  return !name.startsWith('.') && name !== 'lost+found';
}

function checkMarker(text: string, directory: string): void {
  const marker = parseMarker(text);
  if (marker?.format !== format) refuse(`${join(directory, markerName)} is not Daybook's`);
  if (marker.version !== formatVersion) {
    refuse(`${directory} has version ${JSON.stringify(marker.version)} of the format; this release reads version ${formatVersion}`);
  }
}

function parseMarker(text: string): { readonly format?: unknown; readonly version?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuse(what: string): never {
  throw new DaybookError('STORE_UNAVAILABLE', { what });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
