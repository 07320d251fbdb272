/** Files that DuckDB reads, as long as they are held open here. */
export interface OpenParts extends AsyncDisposable {
  /** In the order asked for. */
  readonly paths: readonly string[];
}

/** An empty folder of one's own. Disposing removes it with everything in it. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string;
}

/** What is known of a stored part without reading it. */
export interface StoredPart {
  readonly id: string;
  readonly bytes: number;
  /** ISO 8601 UTC, by the store's own clock. */
  readonly writtenAt: string;
}

/**
 * Keeps parts, each under the sha256 of its bytes, a project's apart from another's. DuckDB works on files, so parts come and go as files;
 * where they are kept in between is the store's business. Throws `STORE_UNAVAILABLE` and `STORE_CORRUPT`.
 */
export interface PartStore extends AsyncDisposable {
  /** A place for files on their way in, and for whatever is temporary. What a crash leaves there is removed later. */
  scratch(): Promise<Scratch>;
  /** Takes a finished file out of a scratch folder. When it returns, the part is as durable as the store makes anything. */
  put(project: string, path: string): Promise<{ readonly id: string; readonly bytes: number }>;
  /** Verifies each part's sha256 the first time that this process opens it. `STORE_CORRUPT` when one is missing or altered. */
  open(project: string, ids: readonly string[]): Promise<OpenParts>;
  /** In pages. */
  list(project: string): AsyncIterable<readonly StoredPart[]>;
  verify(project: string, id: string): Promise<'intact' | 'missing' | 'altered'>;
  /** Those that are not there are passed over. */
  remove(project: string, ids: readonly string[]): Promise<void>;
  /** Removes everything of a project. */
  erase(project: string): Promise<void>;
}
