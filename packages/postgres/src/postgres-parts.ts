import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DaybookError } from '@daybook/core';
import { type OpenParts, type PartStore, privateModes, type Scratch, type StoredPart } from '@daybook/duckdb';
import type { Database } from './database';
import type { PartCache } from './part-cache';
import { quoted } from './schema';

const bytesInPiece = 4 * 2 ** 20;
const partsInPage = 1_000;

/** Parts as bytes in PostgreSQL, in pieces so that none is ever whole in memory; DuckDB reads copies in files. */
export class PostgresParts implements PartStore {
  readonly #database: Database;
  readonly #table: string;
  readonly #cache: PartCache;

  constructor(database: Database, schema: string, cache: PartCache) {
    this.#database = database;
    this.#table = `${quoted(schema)}.parts`;
    this.#cache = cache;
  }

  scratch(): Promise<Scratch> {
    return this.#cache.scratch();
  }

  async put(project: string, path: string): Promise<{ readonly id: string; readonly bytes: number }> {
    const { id, bytes, path: copy } = await this.#cache.take(project, path);
    try {
      await this.#store(project, id, copy);
    } catch (error) {
      await this.#cache.release(project, id);
      await this.#cache.drop(project, [id]);
      throw error;
    }
    await this.#cache.release(project, id);
    return { id, bytes };
  }

  /** Asks the server each time: another process may have removed them. */
  async open(project: string, ids: readonly string[]): Promise<OpenParts> {
    const text = `SELECT id FROM ${this.#table} WHERE project = $1 AND id = ANY ($2) AND piece = 0`;
    const rows = await this.#database.read(`look for parts of project ${project}`, text, [project, ids]);
    const there = new Set(rows.map(([id]) => id));
    const missing = ids.find((id) => !there.has(id));
    if (missing !== undefined) throw new DaybookError('STORE_CORRUPT', { what: `part ${missing} of project ${project} is missing` });

    const held: string[] = [];
    const release = async () => {
      for (const id of held.splice(0)) await this.#cache.release(project, id);
    };
    try {
      const paths: string[] = [];
      for (const id of ids) {
        paths.push(await this.#cache.hold(project, id, (path) => this.#fetch(project, id, path)));
        held.push(id);
      }
      return { paths, [Symbol.asyncDispose]: release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async *list(project: string): AsyncGenerator<readonly StoredPart[]> {
    const text = `SELECT id, sum(octet_length(data)), to_char(min(written_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      FROM ${this.#table} WHERE project = $1 AND id > $2 GROUP BY id ORDER BY id LIMIT ${partsInPage}`;
    for (let last = ''; ; ) {
      const rows = await this.#database.read(`list the parts of project ${project}`, text, [project, last]);
      if (rows.length === 0) return;
      yield rows.map(([id, bytes, writtenAt]) => ({ id: id!, bytes: Number(bytes), writtenAt: writtenAt! }));
      if (rows.length < partsInPage) return;
      last = rows.at(-1)![0]!;
    }
  }

  async verify(project: string, id: string): Promise<'intact' | 'missing' | 'altered'> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of this.#pieces(project, id)) {
      hash.update(piece);
      bytes += piece.length;
    }
    if (bytes === 0) return 'missing';
    return hash.digest('hex') === id ? 'intact' : 'altered';
  }

  async remove(project: string, ids: readonly string[]): Promise<void> {
    await this.#database.write(`remove parts of project ${project}`, `DELETE FROM ${this.#table} WHERE project = $1 AND id = ANY ($2)`, [
      project,
      ids,
    ]);
    await this.#cache.drop(project, ids);
  }

  async erase(project: string): Promise<void> {
    const text = `DELETE FROM ${this.#table} WHERE project = $1`;
    await this.#database.transaction(`erase the parts of project ${project}`, (run) => run(text, [project]), { unhurried: true });
    await this.#cache.drop(project);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache[Symbol.asyncDispose]();
  }

  /** All pieces in one transaction. The same part twice is the same bytes. */
  async #store(project: string, id: string, path: string): Promise<void> {
    const text = `INSERT INTO ${this.#table} (project, id, piece, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
    const file = await open(path);
    try {
      await this.#database.transaction(`store part ${id} of project ${project}`, async (run) => {
        for (let piece = 0; ; piece++) {
          const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(bytesInPiece), 0, bytesInPiece, piece * bytesInPiece);
          if (bytesRead === 0) return;
          await run(text, [project, id, piece, buffer.subarray(0, bytesRead)]);
        }
      });
    } finally {
      await file.close();
    }
  }

  async #fetch(project: string, id: string, path: string): Promise<void> {
    const file = await open(path, 'wx', privateModes.file);
    try {
      for await (const piece of this.#pieces(project, id)) await file.appendFile(piece);
    } finally {
      await file.close();
    }
  }

  async *#pieces(project: string, id: string): AsyncGenerator<Buffer> {
    const text = `SELECT data FROM ${this.#table} WHERE project = $1 AND id = $2 AND piece = $3`;
    for (let piece = 0; ; piece++) {
      const [row] = await this.#database.read<[Buffer]>(`read part ${id} of project ${project}`, text, [project, id, piece]);
      if (row === undefined) return;
      yield row[0];
    }
  }
}
