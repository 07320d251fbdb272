import { createHash, randomUUID } from 'node:crypto';
import { DaybookError, type Part } from '@daybook/core';
import type { PartContent } from './merge';

/** Kind and key are not kept: what a part does is said by the list that it stands in. */
interface StoredPart extends Pick<PartContent, 'columns' | 'rows'> {
  /** Two writes of equal rows are two parts, so that removing one leaves the other. */
  readonly nonce: string;
  readonly bytes: number;
  readonly writtenAt: string;
}

/** Immutable parts by project and id. */
export class MemoryParts {
  readonly #projects = new Map<string, Map<string, StoredPart>>();

  write(project: string, content: PartContent): Part {
    const { kind, key, columns, rows } = content;
    const stored = { columns, rows, nonce: randomUUID() };
    const { id, bytes } = digest(stored);
    const parts = this.#projects.get(project) ?? new Map<string, StoredPart>();
    parts.set(id, { ...stored, bytes, writtenAt: new Date().toISOString() });
    this.#projects.set(project, parts);
    return { id, kind, rows: rows.length, bytes, ...(key && { key }) };
  }

  read(project: string, { id, kind, key }: Part): PartContent {
    const part = this.#projects.get(project)?.get(id);
    if (!part) throw new DaybookError('STORE_CORRUPT', { what: `part ${id} of project ${project} is missing` });
    return { kind, key, columns: part.columns, rows: part.rows };
  }

  list(project: string): { id: string; bytes: number; writtenAt: string }[] {
    const parts = this.#projects.get(project) ?? new Map<string, StoredPart>();
    return [...parts].map(([id, { bytes, writtenAt }]) => ({ id, bytes, writtenAt }));
  }

  verify(project: string, id: string): 'intact' | 'missing' | 'altered' {
    const part = this.#projects.get(project)?.get(id);
    if (!part) return 'missing';
    return digest(part).id === id ? 'intact' : 'altered';
  }

  remove(project: string, ids: readonly string[]): void {
    for (const id of ids) this.#projects.get(project)?.delete(id);
  }

  erase(project: string): void {
    this.#projects.delete(project);
  }
}

const linesAtOnce = 1000;

/** A part's bytes are JSON lines: its columns, then a row each. They are made to be hashed and never kept: the rows are. */
function digest({ columns, nonce, rows }: Pick<StoredPart, 'columns' | 'nonce' | 'rows'>): { id: string; bytes: number } {
  const hash = createHash('sha256');
  let bytes = 0;
  const add = (lines: readonly unknown[]) => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    hash.update(text);
    bytes += Buffer.byteLength(text);
  };
  add([{ columns, nonce }]);
  for (let i = 0; i < rows.length; i += linesAtOnce) add(rows.slice(i, i + linesAtOnce));
  return { id: hash.digest('hex'), bytes };
}
