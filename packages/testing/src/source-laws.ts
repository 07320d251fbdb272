import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Bytes, canonicalText, type ErrorDetails, type Progress, type Source, type Value } from '@daybook/core';
import { type Law, law } from './law';
import { TableDriver } from './table-driver';

/** Where rows may come from: NDJSON, plain objects, Parquet; compressed or not; in one piece or in many. */
export const sourceLaws: readonly Law[] = [
  ...ndjson().map(({ title, text, columns, rows }) =>
    law(`reads ${title}`, async ({ tables }) => {
      const table = new TableDriver(tables, columns);
      assert.equal((await table.load({ ndjson: text })).read, rows.length);
      assert.deepEqual(await table.tuples(), rows);
    }),
  ),

  ...brokenNdjson().map(({ title, text, line }) =>
    law(`refuses ${title}, naming the line`, async ({ tables }) => {
      const details = await new TableDriver(tables, ['id']).refused('MALFORMED_INPUT', { ndjson: text });
      assert.equal(details.line, line);
    }),
  ),

  ...invalidSources().map(({ title, source, details }) =>
    law(`refuses ${title}, naming line, column and value`, async ({ tables }) => {
      const { line, column, value } = await new TableDriver(tables, ['id:integer!', 'name']).refused('INVALID_VALUE', source);
      assert.deepEqual({ line, column, value }, details);
    }),
  ),

  law('names the columns of NDJSON and of objects in order of first appearance', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    const sources: readonly Source[] = [
      { ndjson: '{"b":1,"a":2}\n{"c":3,"a":4}\n{"__proto__":5,"constructor":6}\n' },
      { rows: [{ b: 1, a: 2 }, { c: 3, a: 4 }, JSON.parse('{"__proto__":5,"constructor":6}') as Record<string, unknown>] },
    ];
    for (const source of sources) {
      await using staged = await table.stage(source);
      assert.deepEqual(staged.columns, ['b', 'a', 'c', '__proto__', 'constructor']);
    }
  }),

  law('names no columns for sources that are empty', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    for (const source of [{ ndjson: '' }, { ndjson: '\n\n' }, { rows: [] }] satisfies Source[]) {
      await using staged = await table.stage(source);
      assert.deepEqual(staged.columns, []);
    }
  }),

  law('finds nothing in an object that it only inherits', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'constructor', 'toString']);
    await table.loadRows([{ id: 'a' }, { id: 'b', constructor: 'own', toString: 'too' }]);
    await table.load({ ndjson: '{"id":"c","toString":"x","constructor":null}\n{"id":"d"}\n' });
    assert.deepEqual(await table.tuples(), [
      ['a', null, null],
      ['b', 'own', 'too'],
      ['c', null, 'x'],
      ['d', null, null],
    ]);
  }),

  law('reads plain objects of every kind of value', async ({ tables }) => {
    const table = new TableDriver(tables, ['value']);
    const values: readonly (readonly [unknown, Value])[] = [
      ['text', 'text'],
      ['', ''],
      [null, null],
      [undefined, null],
      [1.5, '1.5'],
      [12345678901234567890n, '12345678901234567890'],
      [true, 'true'],
      [new Date(Date.UTC(2026, 10, 1, 10, 0, 0, 500)), '2026-11-01T10:00:00.500Z'],
      [{ a: [1, 'x', null] }, '{"a":[1,"x",null]}'],
      [[], '[]'],
    ];
    await table.loadRows([{ value: 'first' }, ...values.map(([value]) => ({ value })), {}]);
    assert.deepEqual(await table.tuples(), [['first'], ...values.map(([, value]) => [value]), [null]]);
  }),

  law('reads objects into typed columns', async ({ tables }) => {
    const table = new TableDriver(tables, ['i:integer', 'n:numeric', 'f:float', 'b:boolean', 'd:date', 't:timestamp']);
    await table.loadRows([
      { i: 9007199254740993n, n: 1.5, f: 0.1, b: true, d: '2026-11-01', t: new Date(Date.UTC(2026, 10, 1, 10)) },
      { i: 7, n: '1.50', f: '1e3', b: 'FALSE', d: null, t: '2026-11-01' },
    ]);
    assert.deepEqual(await table.tuples(), [
      ['9007199254740993', 1.5, 0.1, true, '2026-11-01', '2026-11-01T10:00:00Z'],
      [7, 1.5, 1000, false, null, '2026-11-01T00:00:00Z'],
    ]);
  }),

  law('reads objects from generators, async ones too', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    await table.load({
      rows: (function* () {
        for (let n = 0; n < 3; n++) yield { id: `sync ${n}` };
      })(),
    });
    await table.load({
      rows: (async function* () {
        for (let n = 0; n < 3; n++) yield { id: `async ${n}` };
      })(),
    });
    assert.deepEqual((await table.tuples()).flat(), ['sync 0', 'sync 1', 'sync 2', 'async 0', 'async 1', 'async 2']);
  }),

  law('reads bytes in whatever way the caller has them', async ({ tables }) => {
    const text = 'id,name\n1,žluťoučký\n2,🐎\n';
    const bytes = Buffer.from(text);
    const ways: readonly Bytes[] = [
      text,
      bytes,
      new Uint8Array(bytes),
      new Blob([bytes]).stream(),
      oneByOne(bytes),
      characters(text),
      oneByOne(gzipSync(bytes)),
    ];
    for (const csv of ways) {
      const table = new TableDriver(tables, ['id', 'name']);
      await table.load({ csv });
      assert.deepEqual(await table.tuples(), [
        ['1', 'žluťoučký'],
        ['2', '🐎'],
      ]);
    }
  }),

  law('takes a source in as it would to load it, and keeps nothing of it', async ({ tables }) => {
    const sources: readonly (() => Source)[] = [
      () => ({ csv: 'id\n1\n', name: 'ids.csv' }),
      () => ({ csv: oneByOne(gzipSync('id\n1\n')) }),
      () => ({ csv: 'id\n' }),
      () => ({ ndjson: characters('{"id":"ž🐎"}\n') }),
      () => ({ rows: [{ id: 1n, none: undefined, when: new Date(0) }] }),
    ];
    for (const source of sources) {
      await using staged = await tables.stage({ project: 'p1', source: source(), csv: {} });
      const columns = staged.columns.map((name) => ({ id: name, name, type: 'string', nullable: true }) as const);
      const loaded = await staged.write({ base: { project: 'p1', columns, primaryKey: [], parts: [] }, columns, mode: 'full' });
      const driver = new TableDriver(tables, [], [], 'p2');
      assert.deepEqual(await tables.receive(source()), loaded.source);
      assert.deepEqual(await driver.storedParts(), []);
    }
    await assert.rejects(() => tables.receive({ csv: failsAfter('id\n') }), /broke off/);
  }),

  law('reads a character that is cut between two texts, and refuses half of one before bytes', async ({ tables }) => {
    const table = new TableDriver(tables, ['v']);
    async function* of(...chunks: (string | Uint8Array)[]) {
      yield* chunks;
    }
    await table.load({ csv: of('v\na\ud83d', '', '\ude00b\n') });
    assert.deepEqual(await table.tuples(), [['a\u{1f600}b']]);
    for (const chunks of [['v\na\ud83d', Buffer.from('\nb'), '\ude00\n'], ['v\n\ude00\n'], ['v\na\ud83d']])
      await table.refused('MALFORMED_INPUT', { csv: of(...chunks) });
  }),

  law('detects gzip, in several members too', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    await table.load(gzipSync('id\n1\n'));
    await table.load(Buffer.concat([gzipSync('id\n2\n'), gzipSync('3\n')]));
    await table.load({ ndjson: gzipSync('{"id":"4"}\n') });
    assert.deepEqual((await table.tuples()).flat(), ['1', '2', '3', '4']);
  }),

  ...brokenGzip().map(({ title, bytes }) =>
    law(`refuses ${title}`, async ({ tables }) => {
      await new TableDriver(tables, ['id', 'name']).refused('MALFORMED_INPUT', bytes);
      await new TableDriver(tables, ['id', 'name']).refused('MALFORMED_INPUT', { ndjson: bytes });
    }),
  ),

  law('reads the Parquet that it exports, types included', async ({ tables }) => {
    const shapes = ['s:string', 'i:integer', 'n:numeric', 'f:float', 'b:boolean', 'd:date', 't:timestamp'];
    const table = new TableDriver(tables, shapes);
    await table.load(
      's,i,n,f,b,d,t\n"a,\n🐎",9223372036854775807,1.25,0.1,true,2026-11-01,2026-11-01T10:00:00.123456Z\n"",,,,,,\n,-1,-0.000000001,1e300,0,0001-01-01,\n',
    );
    const { bytes } = await table.export({ format: 'parquet' });
    const copy = new TableDriver(tables, shapes);
    await using staged = await copy.stage({ parquet: bytes });
    assert.deepEqual(staged.columns, ['s', 'i', 'n', 'f', 'b', 'd', 't']);
    assert.deepEqual(staged.types, ['string', 'integer', 'numeric', 'float', 'boolean', 'date', 'timestamp']);
    const { read } = await copy.load({ parquet: oneByOne(bytes) });
    assert.equal(read, 3);
    assert.deepEqual(await copy.rows(), await table.rows());
  }),

  law('reads any Parquet column as text that says the same', async ({ tables }) => {
    const types = ['integer', 'numeric', 'boolean', 'date', 'timestamp'] as const;
    const table = new TableDriver(
      tables,
      types.map((type) => `${type}:${type}`),
    );
    await table.load(`${types.join(',')}\n7,1.50,TRUE,2026-11-01,2026-11-01 10:00\n`);
    const { bytes } = await table.export({ format: 'parquet' });
    const copy = new TableDriver(tables, types);
    await copy.load({ parquet: bytes });
    const [row] = await copy.rows();
    assert.deepEqual(
      types.map((type) => canonicalText(type, String(row?.[type]))),
      ['7', '1.5', 'true', '2026-11-01', '2026-11-01T10:00:00Z'],
    );
  }),

  law('refuses what is not Parquet', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name']);
    await table.loadRows(Array.from({ length: 50 }, (_, id) => ({ id, name: 'Ada' })));
    const { bytes } = await table.export({ format: 'parquet' });
    for (const broken of ['id,name\n1,Ada\n', '', 'PAR1', bytes.subarray(0, bytes.length - 9), Buffer.concat([bytes, Buffer.from('x')])]) {
      await table.refused('MALFORMED_INPUT', { parquet: broken });
    }
  }),

  law('says what it received', async ({ tables }) => {
    const text = 'id,name\n1,kůň\n2,\n';
    const table = new TableDriver(tables, ['id', 'name']);
    const zipped = gzipSync(text);
    const uncompressedBytes = Buffer.byteLength(text);
    assert.deepEqual((await table.load({ csv: text, name: 'horses.csv' })).source, {
      name: 'horses.csv',
      bytes: uncompressedBytes,
      uncompressedBytes,
      sha256: sha256(text),
    });
    const { name, ...facts } = (await table.load({ csv: oneByOne(zipped) })).source;
    assert.equal(name, undefined);
    assert.deepEqual(facts, { bytes: zipped.length, uncompressedBytes, sha256: sha256(zipped) });
    const lines = '{"id":"3"}\n';
    assert.equal((await table.load({ ndjson: lines })).source.sha256, sha256(lines));
    const { source, read } = await table.loadRows([{ id: '4' }, { id: '5' }]);
    assert.match(source.sha256, /^[0-9a-f]{64}$/);
    assert.ok(source.bytes > 0 && source.bytes === source.uncompressedBytes);
    assert.equal(read, 2);
  }),

  law('tells of its progress up to the last byte', async ({ tables }) => {
    const told: Progress[] = [];
    const table = new TableDriver(tables, ['id', 'name']);
    const csv = `id,name\n${'1,Ada\n'.repeat(5000)}`;
    await table.load({ csv: new Blob([csv]).stream() }, { onProgress: (progress) => told.push({ ...progress }) });
    assert.ok(told.length > 0);
    assert.equal(Math.max(...told.map(({ bytes }) => bytes)), csv.length);
    for (const { phase, rows = 0 } of told) assert.ok(['receiving', 'parsing', 'writing'].includes(phase) && rows <= 5000);
  }),

  law('fails with a source that fails, and leaves no part behind', async ({ tables }) => {
    const table = new TableDriver(tables, ['id', 'name']);
    const failing = [{ csv: failsAfter('id,name\n1,Ada\n') }, { ndjson: failsAfter('{"id":1}\n') }, { rows: failsAfter({ id: 1 }) }];
    for (const source of failing) await assert.rejects(table.load(source));
    assert.deepEqual(await table.storedParts(), []);
    await table.load('id,name\n1,Ada\n');
    assert.deepEqual(await table.tuples(), [['1', 'Ada']]);
  }),

  law('leaves no part behind when a staged source is never written', async ({ tables }) => {
    const table = new TableDriver(tables, ['id']);
    {
      await using staged = await table.stage('id\n1\n');
      assert.deepEqual(staged.columns, ['id']);
    }
    assert.deepEqual(await table.storedParts(), []);
  }),
];

interface NdjsonExample {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

function ndjson(): readonly NdjsonExample[] {
  const two = ['id', 'name'];
  return [
    {
      title: 'NDJSON',
      text: '{"id":"1","name":"Ada"}\n{"name":"Grace","id":"2"}\n',
      columns: two,
      rows: [
        ['1', 'Ada'],
        ['2', 'Grace'],
      ],
    },
    {
      title: 'NDJSON without a last line end, in CR LF, past blank lines',
      text: '\r\n{"id":"1","name":"Ada"}\r\n\r\n \n{"id":"2","name":""}',
      columns: two,
      rows: [
        ['1', 'Ada'],
        ['2', ''],
      ],
    },
    { title: 'NDJSON after a byte order mark', text: '\ufeff{"id":"1","name":"Ada"}\n', columns: two, rows: [['1', 'Ada']] },
    {
      title: 'missing and null members of NDJSON as null, empty text as empty',
      text: '{"id":"1","name":null}\n{"id":"2"}\n{"id":"","name":""}\n{}\n',
      columns: two,
      rows: [
        ['1', null],
        ['2', null],
        ['', ''],
        [null, null],
      ],
    },
    {
      title: 'numbers of NDJSON with all their digits',
      text: '{"id":12345678901234567890,"name":0.10}\n{"id":-1,"name":1E400}\n',
      columns: two,
      rows: [
        ['12345678901234567890', '0.10'],
        ['-1', '1E400'],
      ],
    },
    {
      title: 'numbers of NDJSON into typed columns',
      text: '{"id":9007199254740993,"name":123456789.123456789}\n{"id":"7","name":1.50}\n',
      columns: ['id:integer', 'name:numeric'],
      rows: [
        ['9007199254740993', '123456789.123456789'],
        [7, 1.5],
      ],
    },
    { title: 'truth in NDJSON', text: '{"id":true,"name":false}\n', columns: ['id:boolean', 'name'], rows: [[true, 'false']] },
    {
      title: 'nested members of NDJSON as JSON text',
      text: '{"id":{"a":[1,{"b":null}]},"name":[]}\n{"id":["x","\\u00e9"],"name":{}}\n',
      columns: two,
      rows: [
        ['{"a":[1,{"b":null}]}', '[]'],
        ['["x","é"]', '{}'],
      ],
    },
    {
      title: 'keys of NDJSON that come twice, at any depth, with their last value',
      text: '{"id":1,"name":{"x":1,"y":[{"z":1,"\\u007a":2}],"x":{"x":3,"x":4}},"id":2}\n{"id":1,"name":"a","id":null}\n',
      columns: two,
      rows: [
        ['2', '{"x":{"x":4},"y":[{"z":2}]}'],
        [null, 'a'],
      ],
    },
    {
      title: 'odd keys and numbers inside members of NDJSON',
      text: '{"id":{"__proto__":{"__proto__":1.50},"constructor":null,"10":1e400,"2":-0},"name":[1.50,1E400,12345678901234567890,-0.0]}\n',
      columns: two,
      rows: [['{"__proto__":{"__proto__":1.50},"constructor":null,"10":1e400,"2":-0}', '[1.50,1E400,12345678901234567890,-0.0]']],
    },
    ...[2_000_000, 4_000_000].map((length) => {
      const long = 'x'.repeat(length);
      return {
        title: `a last line of NDJSON with ${length} characters`,
        text: `{"id":1,"name":"Ada"}\n{"name":"\\n${long}\\\\","id":2}`,
        columns: two,
        rows: [
          ['1', 'Ada'],
          ['2', `\n${long}\\`],
        ],
      };
    }),
    {
      title: 'escapes in NDJSON',
      text: '{"id":"\\"\\\\\\/\\b\\f\\n\\r\\t","name":"\\u017e\\ud83d\\udc0e"}\n',
      columns: two,
      rows: [['"\\/\b\f\n\r\t', 'ž🐎']],
    },
    { title: 'escaped keys in NDJSON', text: '{"\\u0069d":"1","na\\u006de":"Ada"}\n', columns: two, rows: [['1', 'Ada']] },
    { title: 'white space in NDJSON', text: ' { "id" : 1 ,\t"name" : "a b" } \n', columns: two, rows: [['1', 'a b']] },
    {
      title: 'odd keys of NDJSON',
      text: '{"__proto__":"p","a b":"1","x.y":"2"}\n',
      columns: ['__proto__', 'a b', 'x.y'],
      rows: [['p', '1', '2']],
    },
  ];
}

function brokenNdjson(): readonly { title: string; text: string; line: number }[] {
  return [
    { title: 'a line of NDJSON that is cut off', text: '{"id":1}\n{"id":\n', line: 2 },
    { title: 'an array among NDJSON', text: '{"id":1}\n\n[1]\n', line: 3 },
    { title: 'null among NDJSON', text: '{"id":1}\nnull\n', line: 2 },
    { title: 'a number among NDJSON', text: '{"id":1}\n2\n', line: 2 },
    { title: 'two objects in one line of NDJSON', text: '{"id":1}\n{"id":2}{"id":3}\n', line: 2 },
    { title: 'an object over several lines of NDJSON', text: '{"id":1}\n{\n"id":2}\n', line: 2 },
    { title: 'NDJSON with a trailing comma', text: '{"id":1}\n{"id":2,}\n', line: 2 },
    { title: 'NDJSON with single quotes', text: "{'id':1}\n", line: 1 },
    { title: 'NDJSON with NaN', text: '{"id":NaN}\n', line: 1 },
    { title: 'CSV for NDJSON', text: 'id,name\n1,Ada\n', line: 1 },
  ];
}

type ValueDetails = Pick<ErrorDetails['INVALID_VALUE'], 'line' | 'column' | 'value'>;

function invalidSources(): readonly { title: string; source: Source; details: ValueDetails }[] {
  const ada = { id: 1, name: 'Ada' };
  return [
    {
      title: 'NDJSON with a value that does not fit',
      source: { ndjson: '{"id":1}\n\n{"id":1.5}\n' },
      details: { line: 3, column: 'id', value: '1.5' },
    },
    {
      title: 'NDJSON with null where null is not allowed',
      source: { ndjson: '{"id":1}\n{"name":"x"}\n' },
      details: { line: 2, column: 'id', value: null },
    },
    {
      title: 'NDJSON with a NUL character',
      source: { ndjson: '{"id":1,"name":"a\\u0000"}\n' },
      details: { line: 1, column: 'name', value: 'a\0' },
    },
    {
      title: 'objects with a value that does not fit',
      source: { rows: [ada, { id: 'x' }] },
      details: { line: 2, column: 'id', value: 'x' },
    },
    {
      title: 'objects with null where null is not allowed',
      source: { rows: [ada, ada, { name: 'x' }] },
      details: { line: 3, column: 'id', value: null },
    },
    {
      title: 'objects with a NUL character',
      source: { rows: [ada, { id: 2, name: '\0' }] },
      details: { line: 2, column: 'name', value: '\0' },
    },
  ];
}

function brokenGzip(): readonly { title: string; bytes: Uint8Array }[] {
  const whole = gzipSync(`id,name\n${'1,Ada\n'.repeat(100)}`);
  const altered = Buffer.from(whole);
  altered[whole.length - 6]! ^= 0xff;
  return [
    { title: 'gzip that is cut off', bytes: whole.subarray(0, whole.length - 10) },
    { title: 'gzip that is cut off in its first bytes', bytes: whole.subarray(0, 5) },
    { title: 'gzip whose checksum is wrong', bytes: altered },
    { title: 'gzip that holds no gzip', bytes: Buffer.concat([whole.subarray(0, 10), Buffer.from('id,name\n1,Ada\n')]) },
  ];
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function* oneByOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < bytes.length; index++) yield bytes.subarray(index, index + 1);
}

async function* characters(text: string): AsyncGenerator<string> {
  yield* text;
}

async function* failsAfter<T>(first: T): AsyncGenerator<T> {
  yield first;
  throw new Error('the source broke off');
}
