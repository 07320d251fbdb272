import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  type Change,
  type Column,
  type ColumnType,
  type CsvOptions,
  type ErrorCode,
  type ExportRequest,
  isDaybookError,
  type Part,
  type Progress,
  type Row,
  type RowChange,
  type RowQuery,
  type Source,
  type TableData,
  type TableStore,
} from '@daybook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTables } from './memory-tables';

/** One table as its owner sees it: columns, key and the part list after each change. */
class Table {
  data: TableData;

  constructor(
    readonly store: TableStore,
    types: Readonly<Record<string, ColumnType>>,
    key: readonly string[] = [],
  ) {
    const columns = Object.entries(types).map(
      ([name, type]): Column => ({ id: `id of ${name}`, name, type, nullable: !key.includes(name) }),
    );
    this.data = { project: 'sales', columns, primaryKey: key.map((name) => `id of ${name}`), parts: [] };
  }

  async load(source: Source, mode: 'full' | 'incremental' = 'incremental', csv: CsvOptions & { header?: readonly string[] } = {}) {
    const { header, ...dialect } = csv;
    await using staged = await this.store.stage({ project: 'sales', source, csv: dialect, header });
    const columns = staged.columns.map((name) => this.data.columns.find((column) => column.name === name)!);
    const loaded = await staged.write({ base: this.data, columns, mode });
    this.apply(loaded.change);
    return loaded;
  }

  apply({ splices }: Change): void {
    const parts = [...this.data.parts];
    for (const { at, removed, added } of splices.toReversed()) {
      expect(parts.splice(at, removed.length, ...added).map(({ id }) => id)).toEqual(removed);
    }
    this.data = { ...this.data, parts };
  }

  async rows(query?: RowQuery): Promise<Row[]> {
    return collect(this.store.read(this.data, query));
  }

  async export(request: ExportRequest) {
    const chunks: Uint8Array[] = [];
    const sent = await this.store.export(this.data, request, async (chunk) => void chunks.push(chunk));
    return { ...sent, content: Buffer.concat(chunks) };
  }

  /** The details of the refusal, after which no part has been left behind. */
  async refused(code: ErrorCode, source: Source, csv?: CsvOptions) {
    const before = await collect(this.store.parts('sales'));
    const error = await this.load(source, 'incremental', csv).catch((reason: unknown) => reason);
    expect(isDaybookError(error, code), String(error)).toBe(true);
    expect(await collect(this.store.parts('sales'))).toEqual(before);
    return (error as { details: unknown }).details;
  }
}

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const orderTypes = { id: 'integer', customer: 'string', amount: 'numeric', paid: 'boolean' } as const;
const orders = 'id,customer,amount,paid\n1001,"Novák, Jan",1250.50,true\n1002,Müller GmbH,,false\n1003,"",0.10,\n';

async function orderTable(): Promise<Table> {
  const table = new Table(memoryTables(), orderTypes, ['id']);
  await table.load({ csv: orders });
  return table;
}

describe('loading', () => {
  it('reports what came in, what it did, and writes one part', async () => {
    const table = new Table(memoryTables(), orderTypes, ['id']);
    const packed = gzipSync(orders);
    const { read, source, change } = await table.load({ csv: packed, name: 'monday.csv.gz' });
    const sha256 = createHash('sha256').update(packed).digest('hex');
    expect({ read, source }).toEqual({
      read: 3,
      source: { name: 'monday.csv.gz', bytes: packed.length, uncompressedBytes: Buffer.byteLength(orders), sha256 },
    });
    expect(change.rows).toEqual({ inserted: 3, updated: 0, unchanged: 0, deleted: 0 });
    expect(table.data.parts).toMatchObject([{ kind: 'upserts', rows: 3, key: ['id of id'], id: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(await table.rows()).toEqual([
      { id: 1001, customer: 'Novák, Jan', amount: 1250.5, paid: true },
      { id: 1002, customer: 'Müller GmbH', amount: null, paid: false },
      { id: 1003, customer: '', amount: 0.1, paid: null },
    ]);
  });

  it('inserts and updates by key, leaves other rows, and puts an updated row where its update stands', async () => {
    const table = await orderTable();
    const { change, read } = await table.load({
      csv: 'id,customer,amount,paid\n1002,Müller,10,true\n01003,"",.1,\n1004,A,1,0\n1002,Müller AG,10,true\n',
    });
    expect([read, change.rows]).toEqual([4, { inserted: 1, updated: 1, unchanged: 1, deleted: 0 }]);
    expect((await table.rows()).map(({ id, customer }) => [id, customer])).toEqual([
      [1001, 'Novák, Jan'],
      [1003, ''],
      [1004, 'A'],
      [1002, 'Müller AG'],
    ]);
  });

  it('appends without a key, the same file twice too, as two parts', async () => {
    const table = new Table(memoryTables(), orderTypes);
    await table.load({ csv: orders });
    const { change } = await table.load({ csv: orders });
    expect(change.rows.inserted).toBe(3);
    expect(new Set(table.data.parts.map(({ id }) => id)).size).toBe(2);
    expect(await table.rows()).toHaveLength(6);
  });

  it('replaces everything in a full load, by nothing where nothing comes', async () => {
    const table = await orderTable();
    await table.load({ csv: 'id,customer,amount,paid\n1002,x,1,1\n1005,x,1,1\n' });
    const { change } = await table.load({ csv: 'id,customer,amount,paid\n7,x,1,1\n7,y,1,1\n' }, 'full');
    expect(change.rows).toEqual({ inserted: 1, updated: 0, unchanged: 0, deleted: 4 });
    expect(table.data.parts).toMatchObject([{ kind: 'rows', rows: 1 }]);
    expect((await table.load({ csv: 'id,customer,amount,paid\n' }, 'full')).change.rows).toMatchObject({ inserted: 0, deleted: 1 });
    expect(table.data.parts).toEqual([]);
  });

  it('counts again what its parts would do to another base', async () => {
    const table = await orderTable();
    const empty = { ...table.data, parts: [] };
    const { change } = await table.load({ csv: 'id,customer,amount,paid\n1003,"",0.1,\n1004,A,1,0\n' });
    const added = change.splices.flatMap((splice) => splice.added);
    expect(await table.store.count(empty, added)).toEqual({ inserted: 2, updated: 0, unchanged: 0, deleted: 0 });
    expect(await table.store.count(table.data, added)).toMatchObject({ inserted: 0, unchanged: 2 });
  });

  it('takes bytes in any form, cut anywhere', async () => {
    const bytes = Buffer.from(`\ufeff${orders}`);
    async function* pieces() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 7));
        controller.enqueue(bytes.subarray(7));
        controller.close();
      },
    });
    for (const csv of [`\ufeff${orders}`, bytes, pieces(), stream]) {
      const table = new Table(memoryTables(), orderTypes);
      const { source } = await table.load({ csv });
      expect([source.bytes, (await table.rows()).length]).toEqual([bytes.length, 3]);
    }
  });

  it('passes over blank lines where there are several columns, and takes them for null where there is one', async () => {
    const table = new Table(memoryTables(), orderTypes);
    expect((await table.load({ csv: 'id,customer\n\n1,a\n\r\n2,b\n\n' })).read).toBe(2);
    const names = new Table(memoryTables(), { name: 'string' });
    await names.load({ csv: 'name\nAda\n\n"NULL"\nNULL' }, 'full', { nullValues: ['NULL'] });
    expect(await names.rows()).toEqual([{ name: 'Ada' }, { name: null }, { name: 'NULL' }, { name: null }]);
  });

  it('names the columns of a file without a header, after lines to pass over', async () => {
    const table = new Table(memoryTables(), orderTypes);
    await table.load({ csv: 'Ada,1\n' }, 'full', { header: ['customer', 'id'] });
    expect(await table.rows({ columns: ['id', 'customer'] })).toEqual([{ id: 1, customer: 'Ada' }]);
    await table.load({ csv: 'exported by "us\nid;customer\n2;Grace\n' }, 'full', {
      header: ['id', 'customer'],
      skipLines: 2,
      delimiter: ';',
    });
    expect(await table.rows({ columns: ['id', 'customer'] })).toEqual([{ id: 2, customer: 'Grace' }]);
  });

  it('gives header names as the source has them', async () => {
    const columnsOf = async (source: Source, csv: CsvOptions = {}) =>
      (await memoryTables().stage({ project: 'sales', source, csv })).columns;
    expect(await columnsOf({ csv: '\ufeffžluťoučký    kůň,id,id,,""\n' })).toEqual(['žluťoučký    kůň', 'id', 'id', '', '']);
    expect(await columnsOf({ csv: 'NULL\n' }, { nullValues: ['NULL'] })).toEqual(['NULL']);
    expect(await columnsOf({ csv: '\n' })).toEqual(['']);
    expect(await columnsOf({ csv: '' })).toEqual([]);
    expect(await columnsOf({ ndjson: '{"b":1}\n{"a":1,"b":2}\n' })).toEqual(['b', 'a']);
    expect(await columnsOf({ rows: [] })).toEqual([]);
  });

  it('refuses malformed input with its line', async () => {
    const table = new Table(memoryTables(), orderTypes);
    const csv = (text: string | Uint8Array) => ({ csv: text });
    expect(await table.refused('MALFORMED_INPUT', csv('id,customer\n1,a\n2\n'))).toEqual({
      line: 3,
      reason: 'it has 1 values where 2 are expected',
    });
    expect(await table.refused('MALFORMED_INPUT', csv('customer,id\n"two\nlines",1\na,2,c\n'))).toMatchObject({ line: 4 });
    expect(await table.refused('MALFORMED_INPUT', csv('id,customer\n1,"a"b\n'))).toMatchObject({ line: 2 });
    expect(await table.refused('MALFORMED_INPUT', csv('id,customer\n1,"a\n'))).toMatchObject({ line: 2 });
    expect(await table.refused('MALFORMED_INPUT', csv('id,customer\nNULL\n'), { nullValues: ['NULL'] })).toMatchObject({ line: 2 });
    expect(await table.refused('MALFORMED_INPUT', { ndjson: '{"id":1}\n[2]\n' })).toMatchObject({ line: 2 });
    expect(await table.refused('MALFORMED_INPUT', { rows: [{ id: 1 }, 'two' as never] })).toMatchObject({ line: 2 });
    await table.refused('MALFORMED_INPUT', csv(Buffer.from('id,customer\n1,Nov\xe1k\n', 'latin1')));
    await table.refused('MALFORMED_INPUT', csv(Buffer.from(`id,customer\n1,\u017e`).subarray(0, -1)));
    await table.refused('MALFORMED_INPUT', csv('id,customer\n1,\ud83d\n'));
    await table.refused('MALFORMED_INPUT', csv(gzipSync(orders).subarray(0, -9)));
    await table.refused('MALFORMED_INPUT', { parquet: orders });
  });

  it('refuses values that do not fit, with line, column and value', async () => {
    const table = new Table(memoryTables(), orderTypes, ['id']);
    const csv = (text: string) => ({ csv: text });
    expect(await table.refused('INVALID_VALUE', csv('customer,id\n"two\nlines",1\nx, 2\n'))).toEqual({
      line: 4,
      column: 'id',
      value: ' 2',
      type: 'integer',
    });
    expect(await table.refused('INVALID_VALUE', csv('id,amount\n1,\n2,""\n'))).toEqual({
      line: 3,
      column: 'amount',
      value: '',
      type: 'numeric',
    });
    expect(await table.refused('INVALID_VALUE', csv('id,customer\n1,a\0b\n'))).toEqual({
      line: 2,
      column: 'customer',
      value: 'a\0b',
      type: 'string',
    });
    expect(await table.refused('INVALID_VALUE', csv('id,customer\n,a\n'))).toEqual({ line: 2, column: 'id', value: null, type: 'integer' });
    expect(await table.refused('INVALID_VALUE', { ndjson: '\n{"id":1.5}\n' })).toMatchObject({ line: 2, column: 'id', value: '1.5' });
    expect(await table.refused('INVALID_VALUE', { rows: [{ id: 1 }, { id: 2, paid: 'maybe' }] })).toMatchObject({
      line: 2,
      column: 'paid',
      value: 'maybe',
    });
    expect(await table.refused('INVALID_VALUE', { rows: [{ id: 1, customer: '\ud83d' }] })).toMatchObject({ line: 1, value: '\ud83d' });
  });

  it('lets the error of a source through', async () => {
    async function* broken() {
      yield 'id,customer\n';
      throw new Error('connection lost');
    }
    await expect(new Table(memoryTables(), orderTypes).load({ csv: broken() })).rejects.toThrow('connection lost');
  });

  it('tells the end of each phase', async () => {
    const told: Progress[] = [];
    const store = memoryTables();
    const staged = await store.stage({ project: 'sales', source: { csv: orders }, csv: {}, onProgress: (progress) => told.push(progress) });
    const { data } = new Table(store, orderTypes);
    await staged.write({ base: data, columns: data.columns, mode: 'full' });
    const bytes = Buffer.byteLength(orders);
    for (const progress of [
      { phase: 'receiving', bytes },
      { phase: 'parsing', bytes, rows: 3 },
      { phase: 'writing', bytes, rows: 3 },
    ])
      expect(told).toContainEqual(progress);
  });
});

describe('versions', () => {
  it('stay as they were, whatever happens to later ones', async () => {
    const table = await orderTable();
    const [version, rows] = [table.data, await table.rows()];
    await table.load({ csv: 'id,customer,amount,paid\n1001,x,1,1\n' });
    table.apply(await table.store.deleteRows(table.data, [{ column: 'id', op: 'eq', values: [1003] }]));
    table.apply(await table.store.compact(table.data, { at: 0, count: table.data.parts.length }));
    expect((await table.rows()).map(({ id }) => id)).toEqual([1002, 1001]);
    expect(await collect(table.store.read(version))).toEqual(rows);
  });

  it('do not see values of a dropped column in a new one of its name', async () => {
    const table = await orderTable();
    const columns = table.data.columns.map((column) => (column.name === 'amount' ? { ...column, id: 'id of a new amount' } : column));
    table.data = { ...table.data, columns };
    expect((await table.rows()).map(({ amount }) => amount)).toEqual([null, null, null]);
  });

  it('go by the kind of part that their list says', async () => {
    const table = await orderTable();
    await table.load({ csv: 'id,customer,amount,paid\n1001,x,1,1\n' });
    const parts = table.data.parts.map(({ id, rows, bytes }): Part => ({ id, kind: 'rows', rows, bytes }));
    table.data = { ...table.data, parts };
    expect((await table.rows()).map(({ id }) => id)).toEqual([1001, 1002, 1003, 1001]);
  });

  it('differ by what leads from one to the other', async () => {
    const table = await orderTable();
    const before = table.data;
    await table.load({ csv: 'id,customer,amount,paid\n1001,"Novák, Jan",1250.5,false\n1004,A,1,0\n' });
    table.apply(await table.store.deleteRows(table.data, [{ column: 'customer', op: 'eq', values: [''] }]));
    const brief = (change: RowChange) => [change.kind, change.key?.id];
    expect((await collect(table.store.diff(before, table.data))).map(brief)).toEqual([
      ['updated', 1001],
      ['deleted', 1003],
      ['inserted', 1004],
    ]);
    const keyless = { ...table.data, primaryKey: [] };
    expect((await collect(table.store.diff(before, keyless))).map(brief)).toEqual([
      ['deleted', undefined],
      ['deleted', undefined],
      ['inserted', undefined],
      ['inserted', undefined],
    ]);
  });
});

describe('deleting', () => {
  it('adds one part of keys where there is a key', async () => {
    const table = await orderTable();
    const change = await table.store.deleteRows(table.data, [{ column: 'amount', op: 'ge', values: [0] }]);
    expect(change).toMatchObject({
      rows: { deleted: 2 },
      splices: [{ at: 1, removed: [], added: [{ kind: 'deletes', rows: 2, key: ['id of id'] }] }],
    });
    table.apply(change);
    expect((await table.rows()).map(({ id }) => id)).toEqual([1002]);
    expect(await table.store.deleteRows(table.data, [{ column: 'id', op: 'eq', values: [1001] }])).toEqual({
      splices: [],
      rows: { inserted: 0, updated: 0, unchanged: 0, deleted: 0 },
    });
  });

  it('exchanges the parts that hold a match where there is none, and all without filters', async () => {
    const table = new Table(memoryTables(), orderTypes);
    await table.load({ csv: orders });
    await table.load({ csv: 'id\n7\n' });
    const [first, second] = table.data.parts;
    const change = await table.store.deleteRows(table.data, [{ column: 'paid', op: 'eq', values: [true] }]);
    expect(change).toMatchObject({ rows: { deleted: 1 }, splices: [{ at: 0, removed: [first!.id], added: [{ kind: 'rows', rows: 2 }] }] });
    const all = await table.store.deleteRows(table.data, []);
    expect(all).toMatchObject({
      rows: { deleted: 4 },
      splices: [
        { at: 0, removed: [first!.id], added: [] },
        { at: 1, removed: [second!.id], added: [] },
      ],
    });
  });
});

describe('counting', () => {
  it('counts rows, duplicates and nulls', async () => {
    const table = new Table(memoryTables(), { a: 'string', b: 'integer' });
    await table.load({ csv: 'a,b\nx,1\nx,01\nx,2\n,1\n,1\n"",1\ny,\n' });
    const { store, data } = table;
    expect(await store.countRows(data, [])).toBe(7);
    expect(await store.countRows(data, [{ column: 'a', op: 'eq', values: ['x'] }])).toBe(3);
    expect(await store.countDuplicates(data, ['id of a'])).toBe(5);
    expect(await store.countDuplicates(data, ['id of a', 'id of b'])).toBe(4);
    expect(await store.countRows(data, [{ column: 'a', op: 'eq', values: [null] }])).toBe(2);
    expect(await store.countRows(data, [{ column: 'b', op: 'eq', values: [null] }])).toBe(1);
  });
});

describe('compacting', () => {
  it('answers no splice where nothing gets fewer', async () => {
    const table = await orderTable();
    await table.load({ csv: 'id,customer,amount,paid\n1,x,1,1\n' });
    table.apply(await table.store.deleteRows(table.data, [{ column: 'id', op: 'eq', values: [1] }]));
    expect((await table.store.compact(table.data, { at: 0, count: 1 })).splices).toEqual([]);
    expect((await table.store.compact(table.data, { at: 1, count: 2 })).splices).toMatchObject([{ added: [{ kind: 'deletes', rows: 1 }] }]);
  });

  it('keeps a dropped column that tells which rows a later part has taken', async () => {
    const table = new Table(memoryTables(), { id: 'string', note: 'string' }, ['id']);
    for (const csv of ['id,note\n1,a\n2,b\n', 'id,note\n3,c\n', 'id,note\n1,d\n']) await table.load({ csv });
    const columns = table.data.columns.filter(({ name }) => name !== 'id');
    table.data = { ...table.data, columns, primaryKey: [] };
    const before = await table.rows();
    table.apply(await table.store.compact(table.data, { at: 0, count: 2 }));
    expect(table.data.parts).toHaveLength(2);
    expect(await table.rows()).toEqual(before);
  });
});

describe('reading', () => {
  it('filters, orders, cuts and picks columns', async () => {
    const table = await orderTable();
    const where = [{ column: 'id', op: 'gt', values: [1000] }] as const;
    const orderBy = [{ column: 'amount', direction: 'desc' }] as const;
    expect(await table.rows({ columns: ['customer', 'id'], where, orderBy, limit: 2 })).toEqual([
      { customer: 'Novák, Jan', id: 1001 },
      { customer: '', id: 1003 },
    ]);
  });

  it('gives batches of at most ten thousand rows', async () => {
    const table = new Table(memoryTables(), { id: 'integer' });
    await table.load({ rows: Array.from({ length: 20_001 }, (_, id) => ({ id })) });
    const sizes: number[] = [];
    for await (const batch of table.store.read(table.data)) sizes.push(batch.length);
    expect(sizes).toEqual([10_000, 10_000, 1]);
  });

  it('says what is missing when a part is gone', async () => {
    const table = await orderTable();
    const { id } = table.data.parts[0]!;
    expect(await table.store.verify('sales', id)).toBe('intact');
    await table.store.remove('sales', [id, 'unknown']);
    expect(await table.store.verify('sales', id)).toBe('missing');
    await expect(table.rows()).rejects.toSatisfy((error) => isDaybookError(error, 'STORE_CORRUPT'));
  });

  it('keeps projects apart, and erases one alone', async () => {
    const table = await orderTable();
    await expect(collect(table.store.read({ ...table.data, project: 'other' }))).rejects.toThrow();
    expect(await collect(table.store.parts('other'))).toEqual([]);
    await table.store.erase('other');
    expect(await collect(table.store.parts('sales'))).toMatchObject([{ id: table.data.parts[0]!.id, bytes: table.data.parts[0]!.bytes }]);
    await table.store.erase('sales');
    expect(await collect(table.store.parts('sales'))).toEqual([]);
  });
});

describe('exporting', () => {
  it('writes CSV and NDJSON', async () => {
    const table = await orderTable();
    const csv = await table.export({ format: 'csv' });
    expect(String(csv.content)).toBe('id,customer,amount,paid\n1001,"Novák, Jan",1250.5,true\n1002,Müller GmbH,,false\n1003,"",0.1,\n');
    const ndjson = await table.export({ format: 'ndjson', columns: ['customer', 'id'], limit: 1 });
    expect(String(ndjson.content)).toBe('{"customer":"Novák, Jan","id":1001}\n');
  });

  it.each(['csv', 'ndjson', 'parquet'] as const)('says what it sent as %s, compressed or not', async (format) => {
    const table = await orderTable();
    const plain = await table.export({ format });
    const packed = await table.export({ format, gzip: true });
    expect(gunzipSync(packed.content).equals(plain.content)).toBe(true);
    for (const { content, rows, bytes, uncompressedBytes, sha256 } of [plain, packed]) {
      const digest = createHash('sha256').update(content).digest('hex');
      expect({ rows, bytes, uncompressedBytes, sha256 }).toEqual({
        rows: 3,
        bytes: content.length,
        uncompressedBytes: plain.content.length,
        sha256: digest,
      });
    }
  });

  it('hands over one chunk at a time, and stops at the first that fails', async () => {
    const table = new Table(memoryTables(), { id: 'integer' });
    await table.load({ rows: Array.from({ length: 5000 }, (_, id) => ({ id })) });
    let [writing, most, chunks] = [0, 0, 0];
    const write = async () => {
      writing += 1;
      most = Math.max(most, writing);
      await new Promise(setImmediate);
      writing -= 1;
      chunks += 1;
      if (chunks === 3) throw new Error('disk full');
    };
    for (const gzip of [false, true]) {
      chunks = gzip ? 2 : 0;
      await expect(table.store.export(table.data, { format: 'csv', gzip }, write)).rejects.toThrow('disk full');
    }
    expect([most, chunks]).toEqual([1, 3]);
  });

  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', ',', '\n', '\r', '\\', ' ', '\ufeff', '🐎'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  const cell = fc.option(
    text.map((value) => value.replaceAll('\0', '')),
    { nil: null },
  );

  it.each(['csv', 'ndjson', 'parquet'] as const)('gives the same rows when loaded again from %s, for any text', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ name: cell, '2': cell })), fc.boolean(), fc.boolean(), async (rows, one, gzip) => {
        const columns = one ? ['name'] : ['name', '2'];
        const table = new Table(memoryTables(), Object.fromEntries(columns.map((name) => [name, 'string'])));
        await table.load({ rows: rows.map((row) => (one ? { name: row.name } : row)) });
        const before = await table.rows();
        const { content } = await table.export({ format, gzip });
        await table.load({ [format]: content } as unknown as Source, 'full');
        expect(await table.rows()).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});
