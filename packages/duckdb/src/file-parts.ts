import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DaybookError } from '@daybook/core';
import { exactPath } from './duckdb-files';
import { guard, isSystemError, privateModes } from './file-system';
import type { OpenParts, PartStore, Scratch, StoredPart } from './part-store';
import { removeAbandoned, scratchOwner } from './scratch';

/**
 * Parts as files: `<directory>/<project>/<two hex digits>/<sha256>.parquet`. Beside them `<directory>/~scratch` holds what is temporary
 * (no project's name has a `~`). Several processes may use one directory. Throws `TypeError` for one that DuckDB has no path to.
 */
export function fileParts(directory: string): PartStore {
  const path = resolve(directory);
  exactPath(path);
  return new FileParts(path);
}

const projectPattern = /^[A-Za-z0-9_-]{1,64}$/;
const partPattern = /^[0-9a-f]{64}$/;
const extension = '.parquet';

class FileParts implements PartStore {
  readonly #directory: string;
  /** `project/id` of parts whose bytes this process has compared with their id. */
  readonly #verified = new Set<string>();
  #scratchFolder: Promise<string> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async scratch(): Promise<Scratch> {
    return guard('a temporary folder', async () => {
      this.#scratchFolder ??= this.#claimScratch();
      const directory = join(await this.#scratchFolder, randomUUID());
      await mkdir(directory, { recursive: true, mode: privateModes.folder });
      return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
    });
  }

  async put(project: string, path: string) {
    return guard('a part', async () => {
      const { sha256: id, bytes } = await hashFile(path);
      const target = this.#path(project, id);
      await chmod(path, privateModes.file);
      await sync(path);
      await makeDirectory(dirname(target));
      await rename(path, target);
      await sync(dirname(target));
      this.#verified.add(`${project}/${id}`);
      return { id, bytes };
    });
  }

  /** Files stay where they are, so holding them open takes nothing. */
  async open(project: string, ids: readonly string[]): Promise<OpenParts> {
    for (const id of ids) await this.#check(project, id);
    return { paths: ids.map((id) => this.#path(project, id)), [Symbol.asyncDispose]: async () => {} };
  }

  async *list(project: string): AsyncGenerator<readonly StoredPart[]> {
    const folder = this.#folder(project);
    for (const shard of await names(folder)) {
      const ids = (await names(join(folder, shard))).map((name) => name.slice(0, -extension.length));
      const parts = await Promise.all(ids.filter((id) => partPattern.test(id)).map((id) => this.#describe(project, id)));
      const there = parts.filter((part) => part !== undefined);
      if (there.length > 0) yield there;
    }
  }

  async verify(project: string, id: string): Promise<'intact' | 'missing' | 'altered'> {
    const path = this.#path(project, id);
    return guard(`part ${id}`, async () => {
      const found = await orMissing(hashFile(path));
      return found === undefined ? 'missing' : found.sha256 === id ? 'intact' : 'altered';
    });
  }

  async remove(project: string, ids: readonly string[]): Promise<void> {
    await guard('parts', async () => {
      for (const id of ids) {
        await rm(this.#path(project, id), { force: true });
        this.#verified.delete(`${project}/${id}`);
      }
    });
  }

  async erase(project: string): Promise<void> {
    const folder = this.#folder(project);
    await guard(`project ${project}`, () => rm(folder, { recursive: true, force: true }));
    for (const key of this.#verified) if (key.startsWith(`${project}/`)) this.#verified.delete(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folder = await this.#scratchFolder?.catch(() => undefined);
    this.#scratchFolder = undefined;
    if (folder) await rm(folder, { recursive: true, force: true });
  }

  #folder(project: string): string {
    if (!projectPattern.test(project)) throw new TypeError(`Not a project id: ${project}`);
    return join(this.#directory, project);
  }

  #path(project: string, id: string): string {
    if (!partPattern.test(id)) throw new TypeError(`Not a part id: ${id}`);
    return join(this.#folder(project), id.slice(0, 2), id + extension);
  }

  async #claimScratch(): Promise<string> {
    const all = join(this.#directory, '~scratch');
    await mkdir(all, { recursive: true, mode: privateModes.folder });
    await removeAbandoned(all);
    return join(all, `${scratchOwner()}~${randomUUID()}`);
  }

  async #check(project: string, id: string): Promise<void> {
    const known = this.#verified.has(`${project}/${id}`);
    const state = known ? await guard(`part ${id}`, () => exists(this.#path(project, id))) : await this.verify(project, id);
    if (state !== 'intact') throw new DaybookError('STORE_CORRUPT', { what: `part ${id} of project ${project} is ${state}` });
    this.#verified.add(`${project}/${id}`);
  }

  async #describe(project: string, id: string): Promise<StoredPart | undefined> {
    const found = await guard(`part ${id}`, () => orMissing(stat(this.#path(project, id))));
    return found && { id, bytes: found.size, writtenAt: found.mtime.toISOString() };
  }
}

async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function exists(path: string): Promise<'intact' | 'missing'> {
  return (await orMissing(access(path).then(() => true))) ? 'intact' : 'missing';
}

/** Makes a directory and those above it, so that they survive a crash. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: privateModes.folder });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await sync(dirname(made));
}

/** Brings a file or a directory to the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function names(directory: string): Promise<string[]> {
  return guard('parts', async () => ((await orMissing(readdir(directory))) ?? []).sort());
}

async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
