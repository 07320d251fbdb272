import type { Source } from '../table-store';

export type SourceFormat = 'csv' | 'ndjson' | 'parquet' | 'rows';

const formats: readonly SourceFormat[] = ['csv', 'ndjson', 'parquet', 'rows'];

/** A source that says nothing of the kind is a caller's bug: `TypeError`. */
export function formatOfSource(source: Source): SourceFormat {
  const format = formats.find((one) => one in source);
  if (format) return format;
  throw new TypeError('A source is { csv }, { ndjson }, { parquet } or { rows }');
}

/** Work that takes a source in. When it fails, the source is let go: whoever feeds it hears of that and does not wait for ever. */
export async function receiving<T>(source: Source, work: () => Promise<T>): Promise<T> {
  const input = (source as Readonly<Record<string, unknown>>)[formatOfSource(source)];
  try {
    return await work();
  } catch (error) {
    letGo(input);
    throw error;
  }
}

interface Closable {
  destroy?(): unknown;
  cancel?(): Promise<unknown>;
  return?(value: undefined): unknown;
}

/** A Node stream, a web stream, or a generator. What it makes of that is its own matter: the work has failed already. */
function letGo(input: unknown): void {
  if (typeof input !== 'object' || input === null) return;
  const source = input as Closable;
  const close = source.destroy ?? source.cancel ?? source.return;
  if (typeof close !== 'function') return;
  void Promise.resolve(close.call(source, undefined as never)).catch(() => {});
}
