import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent } from '@daybook/core';

const tables = 200;
const columns = ['id', 'status', 'amount', 'note'].map((id) => ({ id, name: id, type: 'string', nullable: true }));

/** A project's history of any length: tables that are loaded, compacted, described and read, in turn. */
export function* history(project: string, length: number): Generator<NewEvent> {
  const uids = Array.from({ length: tables }, () => randomUUID());
  const parts = uids.map(() => [] as { id: string }[]);
  const versions = uids.map(() => 1);
  let number = 0;
  const event = (type: string, data: object, tags: string[] = []): NewEvent => ({
    ...{ id: randomUUID(), type, data: data as NewEvent['data'], tags: [...tags, 'actor:person:someone'] },
    ...{ actor: { kind: 'person', id: 'someone' }, at: new Date(Date.UTC(2026, 0, 1) + number++ * 60_000).toISOString() },
  });
  const job = (operation: string, table: string) => ({
    ...{ id: randomUUID(), operation, table, parameters: {}, createdAt: instant, startedAt: instant },
    metrics: { rowsIn: 10, rowsOut: 0, bytesIn: 1_000, bytesOut: 0 },
  });

  yield event('ProjectCreated', {
    project,
    organization: randomUUID(),
    name: 'Bench',
    description: '',
    type: 'production',
    retentionDays: 7,
    createdBy: 'someone',
  });
  yield event('BucketCreated', { bucket: 'in.c-main', description: '', storageJob: job('bucketCreate', '') });
  for (const [i, uid] of uids.entries()) {
    const table = `in.c-main.table_${i}`;
    const created = {
      uid,
      table,
      columns,
      primaryKey: ['id'],
      description: '',
      parts: [],
      rowCount: 0,
      storageJob: job('tableCreate', table),
    };
    yield event('TableCreated', created, [`table:${uid}`, `version:${uid}/1`, `table-name:${table}`]);
  }
  for (let i = 0; number < length; i++) {
    const at = i % tables;
    const [uid, table, list] = [uids[at]!, `in.c-main.table_${at}`, parts[at]!];
    const known = { uid, table };
    if (i % 7 === 5) {
      yield event('TableMetadataSet', { ...known, provider: 'bench', values: { turn: String(i) } }, [`table:${uid}`]);
    } else if (i % 7 === 6) {
      yield event('TableExported', { ...known, version: versions[at], storageJob: job('tableExport', table) }, [`table:${uid}`]);
    } else if (list.length === 16) {
      const removed = list.splice(0).map(({ id }) => id);
      const added = [newPart('rows')];
      list.push(...added);
      yield event('TableCompacted', { ...known, splices: [{ at: 0, removed, added }], storageJob: job('tableCompact', table) }, [
        `table:${uid}`,
      ]);
    } else {
      const added = [newPart('upserts')];
      const version = ++versions[at]!;
      const loaded = { ...known, version, mode: 'incremental', addedColumns: [], splices: [{ at: list.length, removed: [], added }] };
      list.push(...added);
      const rows = { inserted: 10, updated: 0, unchanged: 0, deleted: 0 };
      yield event('TableLoaded', { ...loaded, rows, rowCount: version * 10, storageJob: job('tableLoad', table) }, [
        `table:${uid}`,
        `version:${uid}/${version}`,
      ]);
    }
  }
}

/** Puts a history into a store, a thousand events at a time. */
export async function store(events: EventStore, log: string, all: Iterable<NewEvent>): Promise<void> {
  let expected = 0;
  for (const page of pages(all, 1_000)) {
    const { status } = await events.append([{ log, expected, events: page }]);
    if (status !== 'appended') throw new Error(`The append at ${expected} was answered ${status}`);
    expected += page.length;
  }
}

function* pages<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let page: T[] = [];
  for (const one of all) {
    page.push(one);
    if (page.length === size) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

const instant = '2026-01-01T00:00:00.000Z';

function newPart(kind: 'rows' | 'upserts') {
  const id = (randomUUID() + randomUUID()).replaceAll('-', '');
  return { id, kind, rows: 10, bytes: 1_000, ...(kind === 'upserts' && { key: ['id'] }) };
}
