import { given, type ProjectEvent } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import {
  accessGranted,
  bob,
  bucketCreated,
  bucketDropped,
  column,
  later,
  newBucket,
  part,
  project,
  snapshotCreated,
  storageJob,
  system,
  tableCreated,
  tableDropped,
  tableLoaded,
  withTable,
} from '../../test/facts';

const orders = 'in.c-main.orders';
const known = { uid: 'orders-1', table: orders };
const noRows = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

describe('a bucket', () => {
  const create = (name: string, stage = 'in') =>
    ({ type: 'CreateBucket', data: { uid: 'main-1', stage, name, storageJob: storageJob('bucketCreate') } }) as const;

  it('is called by its stage and name', () => {
    given(...project)
      .when(create('main'))
      .records(bucketCreated);
    given(...project)
      .when(create('a'.repeat(96), 'out'))
      .stateSatisfies(({ buckets }) => expect(Object.keys(buckets)).toEqual([`out.c-${'a'.repeat(96)}`]));
  });

  it.each(['', '_main', '-main', 'a.b', 'mäin', 'a b', 'a'.repeat(97), 'main\n'])('refuses the name %j', (name) => {
    given(...project)
      .when(create(name))
      .refuses('INVALID_BUCKET_NAME', { name });
  });

  it('refuses an unknown stage', () => {
    given(...project)
      .when(create('main', 'sys'))
      .refuses('INVALID_INPUT');
  });

  it('refuses a name that is taken in its stage', () => {
    given(...project, bucketCreated)
      .when(create('main'))
      .refuses('BUCKET_EXISTS', { bucket: 'in.c-main' });
    given(...project, bucketCreated)
      .when(create('main', 'out'))
      .stateSatisfies(({ buckets }) => expect(Object.keys(buckets)).toHaveLength(2));
  });

  const drop = (force?: boolean) =>
    ({ type: 'DropBucket', data: { bucket: 'in.c-main', force, storageJob: storageJob('bucketDrop') } }) as const;
  it('is dropped when it is empty', () => {
    given(...project, bucketCreated)
      .when(drop())
      .records(bucketDropped())
      .stateSatisfies(({ buckets }) => expect(buckets).toEqual({}));
    given(...project)
      .when(drop())
      .refuses('BUCKET_NOT_FOUND', { bucket: 'in.c-main' });
  });

  it('is dropped with its tables only by force; each of them is dropped by an event of its own', () => {
    given(...withTable)
      .when(drop())
      .refuses('BUCKET_NOT_EMPTY', { bucket: 'in.c-main', tables: [orders] });
    given(...withTable, tableCreated({ uid: 'other', table: 'in.c-main.other' }))
      .when(drop(true))
      .records(
        tableDropped({ storageJob: storageJob('tableDrop', { id: 'job-bucketDrop-orders-1', table: orders }) }),
        tableDropped({
          uid: 'other',
          table: 'in.c-main.other',
          storageJob: storageJob('tableDrop', { id: 'job-bucketDrop-other', table: 'in.c-main.other' }),
        }),
        bucketDropped(),
      )
      .stateSatisfies(({ tables, droppedTables }) => {
        expect(tables).toEqual({});
        expect(Object.keys(droppedTables)).toEqual(['orders-1', 'other']);
      });
  });

  it('keeps metadata, and records only what changes', () => {
    const set = { type: 'SetBucketMetadata', data: { bucket: 'in.c-main', provider: 'crm', values: { owner: 'bob' } } } as const;
    const metadataSet = { type: 'BucketMetadataSet', data: { ...set.data, uid: 'main-1' } } as const;
    given(...project, bucketCreated)
      .when(set)
      .records(metadataSet);
    given(...project, bucketCreated, metadataSet)
      .when(set)
      .records();
    given(...project)
      .when(set)
      .refuses('BUCKET_NOT_FOUND');
  });
});

describe('a new table', () => {
  const { bucketUid: _decided, ...table } = tableCreated().data as { bucketUid?: string };
  const create = (data: object = {}) => ({ type: 'CreateTable', data: { ...table, ...data } }) as const;

  it('is version 1', () => {
    given(...project, bucketCreated)
      .when(create())
      .records(tableCreated())
      .stateSatisfies(({ tables }) =>
        expect(tables[orders]).toMatchObject({ uid: 'orders-1', bucket: 'in.c-main', version: 1, rowCount: 10 }),
      );
  });

  it.each([
    ['INVALID_BUCKET_NAME', 'orders'],
    ['INVALID_BUCKET_NAME', 'in.main.orders'],
    ['INVALID_BUCKET_NAME', 'in.c-_main._orders'],
    ['INVALID_TABLE_NAME', 'in.c-main.'],
    ['INVALID_TABLE_NAME', 'in.c-none._orders'],
    ['BUCKET_NOT_FOUND', 'in.c-none.orders'],
    ['TABLE_EXISTS', orders],
  ] as const)('refuses with %s the id %j', (code, table) => {
    given(...withTable)
      .when(create({ table }))
      .refuses(code);
  });

  it('has a column', () => {
    given(...project, bucketCreated)
      .when(create({ columns: [] }))
      .refuses('INVALID_INPUT');
  });
});

describe('a load', () => {
  const load = (data: object = {}) => ({
    type: 'LoadTable' as const,
    data: {
      ...known,
      mode: 'incremental',
      baseVersion: 1,
      primaryKey: ['id'],
      columns: ['id', 'note'],
      addedColumns: [],
      added: [part(2, { kind: 'upserts', key: ['id'] })],
      rows: { inserted: 5, updated: 5, unchanged: 0, deleted: 0 },
      storageJob: storageJob('tableLoad'),
      ...data,
    },
  });
  const full = load({ mode: 'full', added: [part(3)], rows: { ...noRows, inserted: 4, deleted: 10 } });

  it('is a new version with its parts at the end', () => {
    given(...withTable)
      .when(load())
      .records(tableLoaded())
      .stateSatisfies(({ tables }) => {
        expect(tables[orders]).toMatchObject({ version: 2, rowCount: 15 });
        expect(tables[orders]!.parts.map(({ id }) => id)).toEqual([part(1).id, part(2).id]);
      });
  });

  it('that is full exchanges all parts, whatever was there by then', () => {
    const rows = { inserted: 4, updated: 0, unchanged: 0, deleted: 15 };
    given(...withTable, tableLoaded())
      .when(full)
      .records(
        tableLoaded({
          version: 3,
          mode: 'full',
          splices: [{ at: 0, removed: [part(1).id, part(2).id], added: [part(3)] }],
          rows,
          rowCount: 4,
        }),
      );
  });

  it('of rows that are counted by key must be counted on the version that it changes', () => {
    given(...withTable, tableLoaded())
      .when(load())
      .refuses('TABLE_CHANGED', { table: orders, version: 2 });
    given(...withTable, tableLoaded())
      .when(load({ baseVersion: 2 }))
      .stateSatisfies(({ tables }) => expect(tables[orders]!.rowCount).toBe(20));
  });

  it('without a key lands behind whatever came before', () => {
    const keyless = tableCreated({ primaryKey: [] });
    given(...project, bucketCreated, keyless, tableLoaded())
      .when(load({ primaryKey: [] }))
      .stateSatisfies(({ tables }) => expect(tables[orders]).toMatchObject({ version: 3, rowCount: 20 }));
  });

  it('is refused when the key is another one by now', () => {
    given(...withTable)
      .when(load({ primaryKey: [] }))
      .refuses('TABLE_CHANGED');
    given(...withTable)
      .when(load({ primaryKey: ['note'] }))
      .refuses('TABLE_CHANGED');
  });

  it('is refused when one of its columns is gone by now', () => {
    const dropped = {
      type: 'ColumnDropped',
      data: { ...known, version: 2, column: column('note'), storageJob: storageJob('tableColumnDrop') },
    } as const;
    given(...withTable, dropped)
      .when(full)
      .refuses('TABLE_CHANGED');
  });

  it('adds columns, and is refused when one of that name came and went meanwhile', () => {
    const added = column('city');
    const loads = { ...full, data: { ...full.data, columns: ['id', 'note', 'city'], addedColumns: [added] } };
    const columnAdded = {
      type: 'ColumnAdded',
      data: { ...known, version: 2, column: added, storageJob: storageJob('tableColumnAdd') },
    } as const;
    const columnDropped = { type: 'ColumnDropped', data: { ...columnAdded.data, version: 3 } } as const;
    given(...withTable)
      .when(loads)
      .stateSatisfies(({ tables }) => expect(tables[orders]!.columns.map(({ id }) => id)).toEqual(['id', 'note', 'city']));
    given(...withTable, columnAdded)
      .when(loads)
      .stateSatisfies(({ tables }) => expect(tables[orders]!.columns.map(({ id }) => id)).toEqual(['id', 'note', 'city']));
    given(...withTable, { ...columnAdded, data: { ...columnAdded.data, column: column('city', { type: 'date' }) } })
      .when(loads)
      .refuses('TABLE_CHANGED');
    given(...withTable, columnAdded, columnDropped)
      .when(loads)
      .refuses('TABLE_CHANGED');
  });

  it('follows its table through a rename, and is refused when the table is gone or another one has its id', () => {
    const renamed = { type: 'TableRenamed', data: { ...known, to: 'in.c-main.sales', storageJob: storageJob('tableRename') } } as const;
    given(...withTable, renamed)
      .when(load())
      .records(tableLoaded({ table: 'in.c-main.sales' }));
    given(...withTable, tableDropped())
      .when(load())
      .refuses('TABLE_NOT_FOUND', { table: orders });
    given(...withTable, tableDropped(), tableCreated({ uid: 'orders-2' }))
      .when(load())
      .refuses('TABLE_NOT_FOUND');
  });
});

describe('deleting rows', () => {
  const deletion = { at: 1, removed: [], added: [part(2, { kind: 'deletes', key: ['id'], rows: 3 })] };
  const remove = (data: object = {}) => ({
    type: 'DeleteRows' as const,
    data: {
      ...known,
      baseVersion: 1,
      baseParts: 1,
      splices: [deletion],
      rows: { ...noRows, deleted: 3 },
      storageJob: storageJob('tableRowsDelete'),
      ...data,
    },
  });
  const deleted: ProjectEvent = {
    type: 'TableRowsDeleted',
    data: {
      ...known,
      version: 2,
      splices: [deletion],
      rows: { ...noRows, deleted: 3 },
      rowCount: 7,
      storageJob: storageJob('tableRowsDelete'),
    },
  };

  it('is a new version', () => {
    given(...withTable)
      .when(remove())
      .records(deleted);
  });

  it('of nothing records nothing', () => {
    given(...withTable)
      .when(remove({ rows: noRows, splices: [] }))
      .records();
  });

  it('is done again when the version or the parts are others by now', () => {
    given(...withTable, tableLoaded())
      .when(remove())
      .refuses('TABLE_CHANGED');
    const inPlace = [{ at: 0, removed: [part(9).id], added: [] }];
    given(...withTable)
      .when(remove({ splices: inPlace }))
      .refuses('TABLE_CHANGED');
  });

  it('by key stands behind whatever a compaction made meanwhile', () => {
    const compacted: ProjectEvent = {
      type: 'TableCompacted',
      data: { ...known, splices: [{ at: 0, removed: [part(1).id], added: [part(7), part(8)] }], storageJob: storageJob('tableCompact') },
    };
    given(...withTable, compacted)
      .when(remove())
      .stateSatisfies(({ tables }) => expect(tables[orders]!.parts.map(({ id }) => id)).toEqual([part(7).id, part(8).id, part(2).id]));
  });

  it('truncating removes all parts, once', () => {
    const truncate = { type: 'TruncateTable', data: { table: orders, storageJob: storageJob('tableTruncate') } } as const;
    const truncated: ProjectEvent = {
      type: 'TableRowsDeleted',
      data: {
        ...known,
        version: 2,
        splices: [{ at: 0, removed: [part(1).id], added: [] }],
        rows: { ...noRows, deleted: 10 },
        rowCount: 0,
        storageJob: storageJob('tableTruncate'),
      },
    };
    given(...withTable)
      .when(truncate)
      .records(truncated)
      .stateSatisfies(({ tables }) =>
        expect(tables[orders]).toMatchObject({ primaryKey: ['id'], parts: [], columns: [{ name: 'id' }, { name: 'note' }] }),
      );
    given(...withTable, truncated)
      .when(truncate)
      .records();
    given(...project)
      .when(truncate)
      .refuses('TABLE_NOT_FOUND');
  });
});

describe('columns', () => {
  const add = (definition: object) =>
    ({ type: 'AddColumn', data: { table: orders, column: definition, storageJob: storageJob('tableColumnAdd') } }) as const;
  const drop = (name: string) =>
    ({ type: 'DropColumn', data: { table: orders, column: name, storageJob: storageJob('tableColumnDrop') } }) as const;
  const added = (version: number, more: object) =>
    ({
      type: 'ColumnAdded',
      data: { ...known, version, column: { ...column('city'), ...more }, storageJob: storageJob('tableColumnAdd') },
    }) as const;
  const dropped = (version: number, name: string) =>
    ({ type: 'ColumnDropped', data: { ...known, version, column: column(name), storageJob: storageJob('tableColumnDrop') } }) as const;

  it('are added as the last one, by the name that a header would give', () => {
    given(...withTable)
      .when(add({ name: 'město' }))
      .records(added(2, { id: 'mesto', name: 'mesto', readFrom: 'město' }));
    given(...withTable)
      .when(add({ name: 'city', type: 'date' }))
      .records(added(2, { type: 'date' }));
  });

  it('are named once, ignoring case', () => {
    given(...withTable)
      .when(add({ name: 'NOTE' }))
      .refuses('COLUMN_EXISTS', { column: 'NOTE' });
  });

  it.each(['', ' ', 'x'.repeat(65)])('are not named %j', (name) => {
    given(...withTable)
      .when(add({ name }))
      .refuses('INVALID_COLUMN_NAME');
  });

  it('may be not nullable while there are no rows', () => {
    given(...withTable)
      .when(add({ name: 'city', nullable: false }))
      .refuses('INVALID_INPUT');
    given(...project, bucketCreated, tableCreated({ parts: [], rowCount: 0 }))
      .when(add({ name: 'city', nullable: false }))
      .records(added(2, { nullable: false }));
  });

  it('are looked at in the documented order', () => {
    given(...project)
      .when(add({ name: '' }))
      .refuses('TABLE_NOT_FOUND');
    given(...withTable)
      .when(add({ name: ' ', nullable: false }))
      .refuses('INVALID_COLUMN_NAME');
    given(...withTable)
      .when(add({ name: 'note', nullable: false }))
      .refuses('COLUMN_EXISTS');
  });

  it('are dropped, but neither of the key nor the last one', () => {
    given(...withTable)
      .when(drop('Note'))
      .records(dropped(2, 'note'));
    given(...withTable)
      .when(drop('nothing'))
      .refuses('COLUMN_NOT_FOUND', { column: 'nothing', columns: ['id', 'note'] });
    given(...withTable)
      .when(drop('ID'))
      .refuses('PRIMARY_KEY_COLUMN', { column: 'id' });
    given(...project, bucketCreated, tableCreated({ columns: [column('id')], primaryKey: [] }))
      .when(drop('id'))
      .refuses('LAST_COLUMN', { column: 'id' });
    given(...project, bucketCreated, tableCreated({ columns: [column('id')] }))
      .when(drop('id'))
      .refuses('PRIMARY_KEY_COLUMN');
  });

  it('that were dropped come back under another id, however the name is written', () => {
    given(...withTable, dropped(2, 'note'))
      .when(add({ name: 'NOTE' }))
      .records(added(3, { id: 'NOTE~2', name: 'NOTE' }));
    given(...withTable, dropped(2, 'note'), added(3, { id: 'note~2', name: 'note' }), dropped(4, 'note~2'))
      .when(add({ name: 'note' }))
      .records(added(5, { id: 'note~3', name: 'note' }));
  });

  it('forget their notes when they are dropped', () => {
    const described = { type: 'ColumnDescribed', data: { ...known, column: column('note'), description: 'What she said' } } as const;
    given(...withTable, described)
      .when(drop('note'))
      .stateSatisfies(({ tables }) => expect(tables[orders]!.columnNotes).toEqual({}));
  });

  it('and tables have descriptions and metadata, recorded when they change', () => {
    const describeTable = { type: 'DescribeTable', data: { table: orders, description: 'All' } } as const;
    const tableDescribed = { type: 'TableDescribed', data: { ...known, description: 'All' } } as const;
    const describeColumn = { type: 'DescribeColumn', data: { table: orders, column: 'NOTE', description: 'x' } } as const;
    const columnDescribed = { type: 'ColumnDescribed', data: { ...known, column: column('note'), description: 'x' } } as const;
    const setOfTable = { type: 'SetTableMetadata', data: { table: orders, provider: 'crm', values: { a: 'b' } } } as const;
    const ofTable = { type: 'TableMetadataSet', data: { ...known, provider: 'crm', values: { a: 'b' } } } as const;
    const setOfColumn = { type: 'SetTableMetadata', data: { ...setOfTable.data, column: 'note' } } as const;
    const ofColumn = { type: 'TableMetadataSet', data: { ...ofTable.data, column: column('note') } } as const;
    for (const [command, event] of [
      [describeTable, tableDescribed],
      [describeColumn, columnDescribed],
      [setOfTable, ofTable],
      [setOfColumn, ofColumn],
    ] as const) {
      given(...withTable)
        .when(command)
        .records(event);
      given(...withTable, event)
        .when(command)
        .records();
      given(...project)
        .when(command)
        .refuses('TABLE_NOT_FOUND');
    }
    given(...withTable)
      .when({ ...describeColumn, data: { ...describeColumn.data, column: 'x' } })
      .refuses('COLUMN_NOT_FOUND');
    given(...withTable)
      .when({ ...setOfColumn, data: { ...setOfColumn.data, column: 'x' } })
      .refuses('COLUMN_NOT_FOUND');
    given(...withTable)
      .when({ ...describeColumn, data: { ...describeColumn.data, description: '' } })
      .records();
  });
});

describe('a primary key', () => {
  const set = (columns: string[], baseVersion = 1) =>
    ({ type: 'SetPrimaryKey', data: { ...known, baseVersion, columns, storageJob: storageJob('tablePrimaryKeySet') } }) as const;
  const drop = { type: 'DropPrimaryKey', data: { table: orders, storageJob: storageJob('tablePrimaryKeyDrop') } } as const;
  const dropped = { type: 'PrimaryKeyDropped', data: { ...known, version: 2, storageJob: storageJob('tablePrimaryKeyDrop') } } as const;

  it('is any number of columns, in order', () => {
    given(...withTable)
      .when(set(['Note', 'id']))
      .records({
        type: 'PrimaryKeySet',
        data: { ...known, version: 2, primaryKey: ['note', 'id'], columns: ['Note', 'id'], storageJob: storageJob('tablePrimaryKeySet') },
      });
    given(...withTable)
      .when(set(['id']))
      .records();
  });

  it('is of columns that are there, each once', () => {
    given(...withTable)
      .when(set(['id', 'x']))
      .refuses('INVALID_PRIMARY_KEY', { column: 'x', columns: ['id', 'note'] });
    given(...withTable)
      .when(set(['id', 'ID']))
      .refuses('INVALID_PRIMARY_KEY', { column: 'ID', columns: ['id', 'note'] });
    given(...withTable)
      .when(set([]))
      .refuses('INVALID_INPUT');
  });

  it('is set on the rows that were looked at', () => {
    given(...withTable, tableLoaded())
      .when(set(['x']))
      .refuses('TABLE_CHANGED');
    given(...project)
      .when(set(['id']))
      .refuses('TABLE_NOT_FOUND');
  });

  it('is dropped, once', () => {
    given(...withTable)
      .when(drop)
      .records(dropped);
    given(...withTable, dropped)
      .when(drop)
      .records();
  });
});

describe('renaming, dropping and restoring a table', () => {
  const rename = (to: string) => ({ type: 'RenameTable', data: { table: orders, to, storageJob: storageJob('tableRename') } }) as const;
  const renamed = (to: string) =>
    ({ type: 'TableRenamed', data: { ...known, to: `in.c-main.${to}`, storageJob: storageJob('tableRename') } }) as const;
  const drop = { type: 'DropTable', data: { table: orders, storageJob: storageJob('tableDrop') } } as const;
  const restore = (data: object = {}) =>
    ({
      type: 'RestoreTable',
      data: { table: orders, newBucket: { uid: 'main-2' }, storageJob: storageJob('tableRestore'), ...data },
    }) as const;
  const restored = (uid = 'orders-1', bucketUid = 'main-1') =>
    ({ type: 'TableRestored', data: { uid, table: orders, bucketUid, storageJob: storageJob('tableRestore') } }) as const;

  it('gives it another name in its bucket, without a new version', () => {
    given(...withTable)
      .when(rename('sales'))
      .records(renamed('sales'))
      .stateSatisfies(({ tables }) => {
        expect(Object.keys(tables)).toEqual(['in.c-main.sales']);
        expect(tables['in.c-main.sales']).toMatchObject({ id: 'in.c-main.sales', uid: 'orders-1', version: 1 });
      });
    given(...withTable)
      .when(rename('orders'))
      .records();
  });

  it.each(['', '_x', 'a.b', 'c-x.y', '../x'])('refuses the name %j', (to) => {
    given(...withTable)
      .when(rename(to))
      .refuses('INVALID_TABLE_NAME', { name: to });
  });

  it('refuses a name that is taken', () => {
    given(...withTable, tableCreated({ uid: 'other', table: 'in.c-main.other' }))
      .when(rename('other'))
      .refuses('TABLE_EXISTS', { table: 'in.c-main.other' });
    given(...project)
      .when(rename('other'))
      .refuses('TABLE_NOT_FOUND');
  });

  it('drops it and brings it back as it was', () => {
    given(...withTable)
      .when(drop)
      .records(tableDropped());
    given(...withTable, tableDropped())
      .when(drop)
      .refuses('TABLE_NOT_FOUND');
    given(...withTable, tableLoaded(), tableDropped())
      .when(restore())
      .records(restored())
      .stateSatisfies(({ tables, droppedTables }) => {
        expect(tables[orders]).toMatchObject({ uid: 'orders-1', version: 2, rowCount: 15 });
        expect(tables[orders]).not.toHaveProperty('droppedAt');
        expect(droppedTables).toEqual({});
      });
  });

  it('restores what was dropped last under the id, or the table that is meant', () => {
    const twice = [...withTable, tableDropped(), tableCreated({ uid: 'orders-2' }), tableDropped({ uid: 'orders-2' })];
    given(...twice)
      .when(restore())
      .records(restored('orders-2'));
    given(...twice)
      .when(restore({ uid: 'orders-1' }))
      .records(restored('orders-1'));
    given(...twice, restored('orders-1'), tableDropped())
      .when(restore())
      .records(restored('orders-1'));
  });

  it('restores into the bucket that bears the name now, or into a new one', () => {
    const gone = [...withTable, tableLoaded(), tableDropped(), bucketDropped()];
    const made = storageJob('bucketCreate', { id: 'job-tableRestore-bucket', parameters: { bucket: 'in.c-main' } });
    given(...gone, newBucket('main-3'))
      .when(restore())
      .records(restored('orders-1', 'main-3'))
      .stateSatisfies(({ tables }) => expect(tables[orders]).toMatchObject({ bucketUid: 'main-3', inBucketSince: 9, version: 2 }));
    given(...gone)
      .when(restore({ newBucket: { uid: 'main-2', description: 'As it was' } }))
      .records(
        { type: 'BucketCreated', data: { bucket: 'in.c-main', uid: 'main-2', description: 'As it was', storageJob: made } },
        restored('orders-1', 'main-2'),
      )
      .stateSatisfies(({ buckets, tables }) =>
        expect([buckets['in.c-main']!.uid, tables[orders]!.bucketUid]).toEqual(['main-2', 'main-2']),
      );
    given(...withTable, tableDropped())
      .when(restore())
      .stateSatisfies(({ tables }) => expect(tables[orders]).toMatchObject({ bucketUid: 'main-1', inBucketSince: 4 }));
  });

  it('restores for limited access only what was dropped in the bucket that they may write', () => {
    const crm = { actor: { kind: 'limited', id: 'crm' } } as const;
    const granted = (uid: string) => accessGranted('crm', { 'in.c-main': 'write' }, { bucketUids: { 'in.c-main': uid } });
    given(...withTable, tableDropped(), granted('main-1'))
      .when(restore(), crm)
      .records(restored());
    const again = [...withTable, tableDropped(), bucketDropped(), newBucket('main-2'), granted('main-2')];
    given(...again)
      .when(restore(), crm)
      .refuses('TABLE_NOT_FOUND');
    given(...again)
      .when(restore({ uid: 'orders-1' }), crm)
      .refuses('ACCESS_DENIED');
    given(...again, tableCreated({ uid: 'orders-2', bucketUid: 'main-2' }), tableDropped({ uid: 'orders-2' }))
      .when(restore(), crm)
      .records(restored('orders-2', 'main-2'));
    given(...withTable, tableDropped(), bucketDropped(), accessGranted('crm', {}))
      .when(restore(), crm)
      .refuses('ACCESS_DENIED');
  });

  it('restores until the data expires, unless a snapshot keeps it', () => {
    const dropped = { ...tableDropped(), at: later(1) };
    given(...withTable, dropped)
      .when(restore(), { now: later(7.99) })
      .records(restored());
    given(...withTable, dropped)
      .when(restore(), { now: later(8) })
      .refuses('VERSION_EXPIRED', { version: 1, expiredAt: later(8) });
    given(...withTable, snapshotCreated(), dropped)
      .when(restore(), { now: later(9) })
      .records(restored());
  });

  it('is refused in the documented order', () => {
    given(...project)
      .when(restore())
      .refuses('TABLE_NOT_FOUND', { table: orders });
    given(...withTable)
      .when(restore())
      .refuses('TABLE_NOT_FOUND');
    given(...withTable, tableDropped(), tableCreated({ uid: 'orders-2' }))
      .when(restore(), { now: later(9) })
      .refuses('TABLE_EXISTS');
    given(...withTable, tableDropped(), bucketDropped())
      .when(restore(), { now: later(9) })
      .refuses('VERSION_EXPIRED');
  });
});

describe('a revert', () => {
  const content = { columns: [column('id'), column('note')], primaryKey: ['id'], parts: [part(1)], rowCount: 10 };
  const revert = (data: object = {}) =>
    ({ type: 'RevertTable', data: { ...known, of: 1, ...content, storageJob: storageJob('tableRevert'), ...data } }) as const;
  const reverted = (version: number, more: object = {}) =>
    ({ type: 'TableReverted', data: { ...known, version, of: 1, ...content, storageJob: storageJob('tableRevert'), ...more } }) as const;

  it('is a new version', () => {
    given(...withTable, tableLoaded())
      .when(revert({ removedAt: later(0) }))
      .records(reverted(3))
      .stateSatisfies(({ tables }) => expect(tables[orders]).toMatchObject({ version: 3, ...content }));
  });

  it('to the current version records nothing', () => {
    given(...withTable)
      .when(revert())
      .records();
  });

  it('is refused once the data has expired', () => {
    const past = given(...withTable, {
      ...tableLoaded({ mode: 'full', splices: [{ at: 0, removed: [part(1).id], added: [part(3)] }] }),
      at: later(1),
    });
    past.when(revert({ removedAt: later(1) }), { now: later(7.9) }).records(reverted(3));
    past.when(revert({ removedAt: later(1) }), { now: later(8) }).refuses('VERSION_EXPIRED', { version: 1, expiredAt: later(8) });
  });

  it('may take data past its retention that is still in use', () => {
    given(...withTable, { ...tableLoaded(), at: later(1) })
      .when(revert({ removedAt: later(1) }), { now: later(100) })
      .records(reverted(3));
  });

  it('does not bring back what was removed while it was looked up', () => {
    const none = { type: 'RetentionSet', data: { retentionDays: 0 } } as const;
    given(...withTable, none, tableLoaded({ mode: 'full', splices: [{ at: 0, removed: [part(1).id], added: [part(3)] }] }))
      .when(revert())
      .refuses('VERSION_EXPIRED');
    given(...withTable, tableLoaded())
      .when(revert({ snapshot: 'before' }))
      .refuses('SNAPSHOT_NOT_FOUND', { snapshot: 'before' });
  });

  it('needs its table', () => {
    given(...withTable, tableDropped())
      .when(revert())
      .refuses('TABLE_NOT_FOUND');
  });
});

describe('a copy', () => {
  const copy = (data: object = {}) => ({
    type: 'CopyTable' as const,
    data: {
      uid: 'copy-1',
      table: 'in.c-main.copy',
      from: { ...known, version: 1 },
      columns: [column('id'), column('note~2', { name: 'note' })],
      primaryKey: ['id'],
      parts: [part(1)],
      rowCount: 10,
      description: 'All',
      metadata: { crm: { a: 'b' } },
      columnNotes: { constructor: { description: 'x', metadata: {} } },
      generations: { id: 1, note: 2, constructor: 1 },
      storageJob: storageJob('tableCopy'),
      ...data,
    },
  });

  it('is a new table with all that the state had, and its own from then on', () => {
    const { data } = copy();
    const copied = { type: 'TableCopied', data: { ...data, bucketUid: 'main-1' } } as const;
    given(...withTable)
      .when(copy())
      .records(copied);
    given(...withTable, copied)
      .when({ type: 'SetTableMetadata', data: { table: 'in.c-main.copy', provider: 'crm', values: { a: 'c' } } })
      .stateSatisfies(({ tables }) => {
        expect(tables['in.c-main.copy']).toMatchObject({ version: 1, bucket: 'in.c-main', metadata: { crm: { a: 'c' } }, rowCount: 10 });
        expect(tables[orders]!.metadata).toEqual({});
      });
    given(...withTable, copied, {
      type: 'ColumnDropped',
      data: {
        uid: 'copy-1',
        table: 'in.c-main.copy',
        version: 2,
        column: column('note~2', { name: 'note' }),
        storageJob: storageJob('tableColumnDrop'),
      },
    })
      .when({ type: 'AddColumn', data: { table: 'in.c-main.copy', column: { name: 'note' }, storageJob: storageJob('tableColumnAdd') } })
      .stateSatisfies(({ tables }) => expect(tables['in.c-main.copy']!.columns.at(-1)!.id).toBe('note~3'));
  });

  it('is refused in the documented order', () => {
    const expired = { removedAt: later(0), parts: [part(9)] };
    const now = later(9);
    given(...withTable)
      .when(copy({ table: 'x', ...expired }), { now })
      .refuses('INVALID_BUCKET_NAME');
    given(...withTable)
      .when(copy({ table: 'in.c-main._', ...expired }), { now })
      .refuses('INVALID_TABLE_NAME');
    given(...withTable)
      .when(copy({ table: 'out.c-main.x', ...expired }), { now })
      .refuses('BUCKET_NOT_FOUND');
    given(...withTable)
      .when(copy({ table: orders, ...expired }), { now })
      .refuses('TABLE_EXISTS');
    given(...withTable)
      .when(copy({ from: { ...known, version: 1, snapshot: 'gone' }, ...expired }), { now })
      .refuses('SNAPSHOT_NOT_FOUND');
    given(...withTable)
      .when(copy(expired), { now })
      .refuses('VERSION_EXPIRED', { version: 1, expiredAt: later(7) });
  });
});

describe('maintenance', () => {
  const splices = [{ at: 0, removed: [part(1).id, part(2).id], added: [part(3)] }];
  const compact = { type: 'CompactTable', data: { ...known, splices, storageJob: storageJob('tableCompact') } } as const;

  it('folds parts without a new version', () => {
    given(...withTable, tableLoaded())
      .when(compact, { actor: system })
      .records({ type: 'TableCompacted', data: { ...known, splices, storageJob: storageJob('tableCompact') } })
      .stateSatisfies(({ tables }) => expect(tables[orders]).toMatchObject({ version: 2, rowCount: 15, parts: [part(3)] }));
  });

  it('is refused when the parts are others by now', () => {
    given(...withTable)
      .when(compact, { actor: system })
      .refuses('TABLE_CHANGED');
    given(...withTable, tableDropped())
      .when(compact, { actor: system })
      .refuses('TABLE_NOT_FOUND');
  });

  it('keeps in mind up to when data may be gone, and forgets tables dropped before', () => {
    const vacuum = { type: 'VacuumData', data: { horizon: later(2), parts: 1, bytes: 100, storageJob: storageJob('dataVacuum') } } as const;
    given(...withTable, { ...tableDropped(), at: later(1) })
      .when(vacuum, { now: later(9) })
      .records({ type: 'DataVacuumed', data: vacuum.data })
      .stateSatisfies(({ vacuumedTo, droppedTables }) => {
        expect(vacuumedTo).toBe(later(2));
        expect(droppedTables).toEqual({});
      });
  });

  it('makes a longer retention no promise for what is gone already', () => {
    const past = [
      ...withTable,
      { type: 'RetentionSet', data: { retentionDays: 1 } } as const,
      { ...tableDropped(), at: later(1) },
      {
        type: 'DataVacuumed',
        data: { horizon: later(1.5), parts: 1, bytes: 1, storageJob: storageJob('dataVacuum') },
        at: later(2.5),
      } as const,
      { type: 'RetentionSet', data: { retentionDays: 90 } } as const,
      tableCreated({ uid: 'orders-2', parts: [] }),
    ];
    given(...past)
      .when({
        type: 'RevertTable',
        data: {
          ...known,
          uid: 'orders-2',
          of: 3,
          removedAt: later(1),
          columns: [column('id')],
          primaryKey: [],
          parts: [part(1)],
          rowCount: 1,
          storageJob: storageJob('tableRevert'),
        },
      })
      .refuses('VERSION_EXPIRED');
  });

  it('records what was handed out', () => {
    const handed = {
      ...known,
      version: 1,
      storageJob: storageJob('tableExport', { metrics: { rowsIn: 0, rowsOut: 10, bytesIn: 0, bytesOut: 100 } }),
    };
    given(...withTable)
      .when({ type: 'ExportTable', data: handed })
      .records({ type: 'TableExported', data: handed });
    given(...withTable)
      .when({ type: 'ExportTable', data: handed }, { actor: bob })
      .refuses('ACCESS_DENIED');
  });
});
