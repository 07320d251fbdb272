import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DaybookError } from '@daybook/core';
import { fileParts, type PartStore, type Scratch } from '@daybook/duckdb';

/** Where copies of parts lie while DuckDB works on them. */
export interface PartCacheOptions {
  /** On a local disk. Default: a folder of this user's among the temporary files. */
  readonly directory?: string;
  /** Files that are not in use go, the longest unused first, when all together are larger. Default: 10 GB. */
  readonly bytes?: number;
}

interface Entry {
  readonly project: string;
  readonly id: string;
  /** Rejects when the copy could not be made. Resolves to its size. */
  readonly ready: Promise<number>;
  bytes: number;
  users: number;
}

/** Files of this process's own: nobody else's cache can take away what is in use here. What a crash leaves is removed by the next process. */
export class PartCache implements AsyncDisposable {
  readonly #directory: string | undefined;
  readonly #limitBytes: number;
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #opened: Promise<{ readonly all: PartStore; readonly own: Scratch; readonly files: PartStore }> | undefined;

  constructor({ directory, bytes = 10e9 }: PartCacheOptions = {}) {
    this.#directory = directory;
    this.#limitBytes = bytes;
  }

  async scratch(): Promise<Scratch> {
    return (await this.#files()).scratch();
  }

  /** Takes a finished file, which is in use until it is let go. */
  async take(project: string, path: string): Promise<{ readonly id: string; readonly bytes: number; readonly path: string }> {
    const files = await this.#files();
    const { id, bytes } = await files.put(project, path);
    const entry = { project, id, bytes, users: 1, ready: Promise.resolve(bytes) };
    this.#add(entry);
    return { id, bytes, path: await this.#path(project, id) };
  }

  /** A part's file, in use until it is let go; `fetch` writes it where it is not there yet. */
  async hold(project: string, id: string, fetch: (path: string) => Promise<void>): Promise<string> {
    const entry =
      this.#entries.get(keyOf(project, id)) ?? this.#add({ project, id, bytes: 0, users: 0, ready: this.#copy(project, id, fetch) });
    entry.users += 1;
    this.#touch(entry);
    try {
      const bytes = await entry.ready;
      if (entry.bytes === 0) this.#bytes += entry.bytes = bytes;
      return await this.#path(project, id);
    } catch (error) {
      entry.users -= 1;
      this.#forget(entry);
      throw error;
    }
  }

  async release(project: string, id: string): Promise<void> {
    const entry = this.#entries.get(keyOf(project, id));
    if (entry !== undefined && entry.users > 0) entry.users -= 1;
    await this.#shrink();
  }

  /** Parts that are no more. Files in use stay until they are let go. */
  async drop(project: string, ids?: readonly string[]): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      if (entry.project !== project || (ids !== undefined && !ids.includes(entry.id)) || entry.users > 0) continue;
      await this.#remove(entry);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await opened?.files[Symbol.asyncDispose]();
    await opened?.own[Symbol.asyncDispose]();
    await opened?.all[Symbol.asyncDispose]();
  }

  async #copy(project: string, id: string, fetch: (path: string) => Promise<void>): Promise<number> {
    const files = await this.#files();
    await using scratch = await files.scratch();
    const path = join(scratch.directory, id);
    await fetch(path);
    const found = await files.put(project, path);
    if (found.id === id) return found.bytes;
    await files.remove(project, [found.id]);
    throw new DaybookError('STORE_CORRUPT', { what: `part ${id} of project ${project} is altered` });
  }

  async #path(project: string, id: string): Promise<string> {
    const { paths } = await (await this.#files()).open(project, [id]);
    return paths[0]!;
  }

  #add(entry: Entry): Entry {
    this.#entries.set(keyOf(entry.project, entry.id), entry);
    this.#bytes += entry.bytes;
    return entry;
  }

  #touch(entry: Entry): void {
    const key = keyOf(entry.project, entry.id);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  async #shrink(): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      if (this.#bytes <= this.#limitBytes) return;
      if (entry.users === 0) await this.#remove(entry);
    }
  }

  async #remove(entry: Entry): Promise<void> {
    this.#forget(entry);
    await (await this.#files()).remove(entry.project, [entry.id]);
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(keyOf(entry.project, entry.id))) return;
    this.#bytes -= entry.bytes;
  }

  async #files(): Promise<PartStore> {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return (await this.#opened).files;
  }

  async #open() {
    const all = fileParts(this.#directory ?? (await ownDirectory()));
    const own = await all.scratch();
    return { all, own, files: fileParts(join(own.directory, 'parts')) };
  }
}

function keyOf(project: string, id: string): string {
  return `${project}/${id}`;
}

/** Others may write among the temporary files too, so the folder has to be ours: who could swap a file could change a table. */
async function ownDirectory(): Promise<string> {
  const { uid } = userInfo();
  const directory = join(tmpdir(), `daybook-parts-${Math.max(uid, 0)}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const isOurs = found.isDirectory() && (uid < 0 || (found.uid === uid && (found.mode & 0o077) === 0));
  if (!isOurs) throw new DaybookError('STORE_UNAVAILABLE', { what: `${directory} is another user's; set cache.directory` });
  return directory;
}
