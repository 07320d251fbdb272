import { closeSync, openSync, readSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DaybookError, type ErrorCode, isDaybookError, type LogId } from '@daybook/core';
import { privateModes } from '@daybook/duckdb';
import { type Database, open, type RootDatabase } from 'lmdb';
import { headKey } from './keys';

/** Keys are bytes, values text. */
export type Rows = Database<string, Buffer>;

const damaged = new Set([-30797, -30796, -30793]); // MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_INVALID
const magic = 0xbeef_c0de;
const settings = {
  noSubdir: true,
  /** By default a write is acknowledged before it is on disk. */
  overlappingSync: false,
  /** By default a failed write also rejects a promise that nobody can reach. Writes asked for in one turn share a transaction all the same. */
  eventTurnBatching: false,
  maxReaders: 1_024,
  permissionsMode: privateModes.file,
} as const;
const options = { encoding: 'string', keyEncoding: 'binary' } as const;

/** A write that waits for its transaction. */
interface Gathered {
  readonly what: string;
  readonly action: () => Promise<boolean>;
  readonly resolve: (met: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The LMDB file of a directory. Opening it several times, in one process or many, is fine. */
export class Environment {
  /** Log id → its head. The version of a row is the head's position: what an append is conditional on. */
  readonly heads: Rows;
  /** Events and what finds them. */
  readonly rows: Rows;
  readonly checkpoints: Rows;
  readonly #path: string;
  readonly #root: RootDatabase<string, Buffer>;
  readonly #gathered: Gathered[] = [];
  #writing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    try {
      checkHeader(path);
      this.#root = open<string, Buffer>({ path, ...settings, ...options });
      this.heads = this.#root.openDB({ name: 'heads', useVersions: true, ...options });
      this.rows = this.#root.openDB({ name: 'rows', ...options });
      this.checkpoints = this.#root.openDB({ name: 'checkpoints', ...options });
    } catch (error) {
      throw storeError(`open ${path}`, error);
    }
  }

  /** Runs `action` on one snapshot of everything, as new as the call. */
  read<T>(what: string, action: () => T): T {
    this.#checkOpen();
    try {
      this.#root.resetReadTxn();
      return action();
    } catch (error) {
      throw storeError(what, error);
    }
  }

  hasLog(log: LogId): boolean {
    return this.heads.doesExist(headKey(log));
  }

  /**
   * Waits until what `action` wrote is on disk; `action` must not throw once it has begun to write. While one transaction is on its way
   * to disk the next writes gather, and then share one. So lmdb never has a second one under way, which would wait for ever when the
   * first made the database unusable.
   */
  write(what: string, action: () => Promise<boolean>): Promise<boolean> {
    this.#checkOpen();
    return new Promise((resolve, reject) => {
      this.#gathered.push({ what, action, resolve, reject });
      this.#writing ??= this.#writeGathered();
    });
  }

  /** Ends after the writes under way. */
  close(): Promise<void> {
    this.#closed ??= Promise.resolve(this.#writing).then(() => this.#root.close());
    return this.#closed;
  }

  async #writeGathered(): Promise<void> {
    while (this.#gathered.length > 0) {
      await setImmediate(); // for what else is asked in this turn
      await this.#commit(this.#gathered.splice(0));
    }
    this.#writing = undefined;
  }

  async #commit(writes: readonly Gathered[]): Promise<void> {
    try {
      this.#checkUsable();
      const results: Promise<boolean>[] = [];
      const committed = this.#root.batch(() => {
        for (const { action } of writes) results.push(action());
      });
      const [, ...answers] = await Promise.all([committed, ...results]);
      for (const [index, { resolve }] of writes.entries()) resolve(answers[index]!);
    } catch (error) {
      const [cause, context] = [await causeOf(error), await this.#freeSpace()];
      for (const { what, reject } of writes) reject(storeError(what, cause, context));
    }
  }

  /** LMDB calls a full disk an input/output error. */
  async #freeSpace(): Promise<string> {
    const disk = await statfs(dirname(this.#path)).catch(() => undefined);
    return disk === undefined ? '' : `; ${disk.bavail * disk.bsize} bytes are free on the disk`;
  }

  /** Throws when an earlier write failed so badly that LMDB refuses everything until it is opened again. */
  #checkUsable(): void {
    this.#root.resetReadTxn();
    this.heads.doesExist(Buffer.of(0));
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new TypeError('The storage is closed');
  }
}

/** A file that is no database would crash the process inside lmdb. One just being made is empty. */
function checkHeader(path: string): void {
  const file = openSync(path, 'a+', privateModes.file);
  try {
    const header = new Uint32Array(8);
    const length = readSync(file, header, 0, header.byteLength, 0);
    if (length > 0 && header[6] !== magic) throw new DaybookError('STORE_CORRUPT', { what: `${path} is no LMDB database` });
  } finally {
    closeSync(file);
  }
}

/** lmdb tells the reason of a failed commit by a promise on the error. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  return Promise.resolve(error.commitError).catch((reason: unknown) => reason);
}

function storeError(what: string, cause: unknown, context = ''): unknown {
  if (isDaybookError(cause) || cause instanceof TypeError) return cause;
  const code = cause instanceof Error && 'code' in cause && damaged.has(Number(cause.code)) ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE';
  return new DaybookError<ErrorCode>(
    code,
    { what: `${what}: ${cause instanceof Error ? cause.message : String(cause)}${context}` },
    { cause },
  );
}
