import { join } from 'node:path';
import type {
  Bytes,
  Change,
  Column,
  Part,
  Source,
  SourceFacts,
  StagedSource,
  StageRequest,
  TableData,
  WriteRequest,
  WrittenSource,
} from '@daybook/core';
import { countRows, countUpserts } from './count';
import { stageCsv } from './csv-source';
import type { Session } from './database';
import { type Engine, noRows } from './engine';
import { fillUp } from './fill';
import { lastOfEach } from './last-of-each';
import { rowsToNdjson, stageNdjson } from './ndjson-source';
import { stageParquet } from './parquet-source';
import type { Scratch } from './part-store';
import { PartWriter } from './part-writer';
import { type Teller, teller } from './progress';
import { readPartial, readSource } from './read-source';
import { Receiver } from './receive';
import type { TextSource } from './text-source';

/** Reads a source's header. Throws `MALFORMED_INPUT`. */
export async function stage(engine: Engine, request: StageRequest): Promise<StagedSource> {
  const scratch = await engine.parts.scratch();
  try {
    return await openSource(engine, scratch, request);
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** Takes a source in and keeps nothing of it. Throws `MALFORMED_INPUT`. */
export async function receive(source: Source): Promise<SourceFacts> {
  const receiver = new Receiver(bytesOf(source), teller(undefined));
  for await (const _ of receiver.chunks());
  return receiver.facts(source.name);
}

/** A source in a scratch folder of its own. `receive` takes in what has not been received yet. */
class StagedFile implements StagedSource {
  readonly columns: StagedSource['columns'];
  readonly types: StagedSource['types'];
  readonly #engine: Engine;
  readonly #scratch: Scratch;
  readonly #tell: Teller;
  readonly #receive: () => Promise<TextSource>;
  #received: Promise<{ readonly source: TextSource; readonly facts: WrittenSource['source'] }> | undefined;
  readonly #facts: () => WrittenSource['source'];

  constructor(
    engine: Engine,
    scratch: Scratch,
    tell: Teller,
    source: Pick<StagedSource, 'columns' | 'types'> & { receive: () => Promise<TextSource> },
    facts: () => WrittenSource['source'],
  ) {
    this.columns = source.columns;
    this.types = source.types;
    this.#receive = source.receive;
    this.#engine = engine;
    this.#scratch = scratch;
    this.#tell = tell;
    this.#facts = facts;
  }

  async write({ base, columns, mode }: WriteRequest): Promise<WrittenSource> {
    this.#received ??= this.#receive().then((source) => ({ source, facts: this.#facts() }));
    const { source, facts } = await this.#received;
    await using session = await this.#engine.database.borrow();
    await using writer = new PartWriter(this.#engine.parts, session, this.#scratch, base.project);

    const upserts = mode === 'incremental' && base.primaryKey.length > 0;
    const isPartial = upserts && ((source.lacking?.size ?? 0) > 0 || base.columns.length > columns.length);
    const { read, oneOfEach } = isPartial
      ? await this.#readPartial(session, writer, source, base, columns)
      : await this.#readWhole(session, writer, source, base, columns);
    this.#tell({ phase: 'parsing', bytes: facts.bytes, rows: read.rows }, 'last');
    const file = await oneOfEach();
    const added = await writer.store(upserts ? { kind: 'upserts', key: base.primaryKey } : { kind: 'rows' }, file);
    this.#tell({ phase: 'writing', bytes: facts.bytes, rows: file.rows }, 'last');

    const change = mode === 'full' ? await this.#replace(base, added) : await this.#append(base, added);
    writer.keep();
    return { change, read: read.rows, source: facts, filled: isPartial && read.rows > 0 };
  }

  async #readWhole(session: Session, writer: PartWriter, source: TextSource, base: TableData, columns: readonly Column[]) {
    const read = await readSource(writer, this.#scratch, source, columns);
    return { read, oneOfEach: async () => (base.primaryKey.length > 0 ? lastOfEach(session, writer, read, base.primaryKey) : read) };
  }

  async #readPartial(session: Session, writer: PartWriter, source: TextSource, base: TableData, columns: readonly Column[]) {
    const read = await readPartial(writer, this.#scratch, source, columns, base.primaryKey);
    return { read, oneOfEach: () => fillUp(this.#engine.parts, session, writer, base, read) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }

  async #replace(base: TableData, added: readonly Part[]): Promise<Change> {
    const removed = base.parts.map(({ id }) => id);
    const rows = { ...noRows, inserted: sizeOf(added), deleted: await countRows(this.#engine, base, []) };
    return { splices: removed.length + added.length > 0 ? [{ at: 0, removed, added }] : [], rows };
  }

  async #append(base: TableData, added: readonly Part[]): Promise<Change> {
    const rows = await countUpserts(this.#engine, base, added);
    return { splices: added.length > 0 ? [{ at: base.parts.length, removed: [], added }] : [], rows };
  }
}

async function openSource(engine: Engine, scratch: Scratch, { source, csv, header, onProgress }: StageRequest): Promise<StagedSource> {
  const tell = teller(onProgress);
  const path = join(scratch.directory, 'source');
  const make = async (
    receiver: Receiver,
    open: () => Promise<Pick<StagedSource, 'columns' | 'types'> & { receive: () => Promise<TextSource> }>,
  ) => new StagedFile(engine, scratch, tell, await open(), () => receiver.facts(source.name));

  if ('csv' in source) {
    const receiver = new Receiver(source.csv, tell);
    return make(receiver, () => stageCsv(receiver, csv, header, path));
  }
  if ('parquet' in source) {
    const receiver = new Receiver(source.parquet, tell);
    return make(receiver, () => received(stageParquet(receiver, path, csv.nullValues ?? [], engine.foreign)));
  }
  const receiver = new Receiver(bytesOf(source), tell);
  return make(receiver, () => received(stageNdjson(receiver, path)));
}

function bytesOf(source: Source): Bytes {
  if ('csv' in source) return source.csv;
  if ('parquet' in source) return source.parquet;
  return 'ndjson' in source ? source.ndjson : rowsToNdjson(source.rows);
}

async function received<S extends TextSource>(staging: Promise<S>): Promise<S & { receive: () => Promise<TextSource> }> {
  const source = await staging;
  return { ...source, receive: async () => source };
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
