import { given } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import {
  alice,
  beginning,
  bob,
  bucketCreated,
  bucketDropped,
  column,
  part,
  project,
  snapshotCreated,
  storageJob,
  tableDropped,
  tableLoaded,
  withTable,
} from '../../test/facts';

const orders = 'in.c-main.orders';
const known = { uid: 'orders-1', table: orders };
const take = (snapshot = 'before') =>
  ({ type: 'CreateSnapshot', data: { snapshot, table: orders, storageJob: storageJob('snapshotCreate') } }) as const;
const remove = { type: 'DeleteSnapshot', data: { snapshot: 'before', storageJob: storageJob('snapshotDelete') } } as const;

describe('a snapshot', () => {
  it('keeps data, columns, key, description and metadata of a version', () => {
    given(...withTable, { type: 'TableDescribed', data: { ...known, description: 'All' } })
      .when(take())
      .records(snapshotCreated())
      .stateSatisfies(({ snapshots }) =>
        expect(snapshots.before).toEqual({
          ...{
            id: 'before',
            description: '',
            createdAt: beginning,
            actor: alice,
            uid: 'orders-1',
            table: orders,
            version: 1,
            bucketUid: 'main-1',
          },
          content: {
            columns: [column('id'), column('note')],
            primaryKey: ['id'],
            parts: [part(1)],
            rowCount: 10,
            generations: { id: 1, note: 1 },
            description: 'All',
            metadata: {},
            columnNotes: {},
          },
        }),
      );
  });

  it('is taken once', () => {
    given(...withTable, snapshotCreated())
      .when(take())
      .records();
    given(...withTable, snapshotCreated(), tableDropped())
      .when(take())
      .records();
  });

  it('needs its table', () => {
    given(...project, bucketCreated)
      .when(take())
      .refuses('TABLE_NOT_FOUND', { table: orders });
  });

  it('stays as it was, whatever happens to its table', () => {
    const past = given(...withTable, snapshotCreated());
    const { before } = past.state.snapshots;
    const after = given(
      ...withTable,
      snapshotCreated(),
      tableLoaded(),
      { type: 'TableMetadataSet', data: { ...known, provider: 'crm', values: { a: 'b' } } },
      { type: 'ColumnDescribed', data: { ...known, column: column('note'), description: 'x' } },
      { type: 'ColumnAdded', data: { ...known, version: 3, column: column('city'), storageJob: storageJob('tableColumnAdd') } },
      tableDropped(),
      bucketDropped(),
    );
    expect(after.state.snapshots.before).toEqual(before);
  });

  it('is deleted, once', () => {
    const deleted = {
      type: 'SnapshotDeleted',
      data: { ...known, snapshot: 'before', storageJob: storageJob('snapshotDelete', { table: orders }) },
    } as const;
    given(...withTable, snapshotCreated())
      .when(remove)
      .records(deleted)
      .stateSatisfies(({ snapshots }) => expect(snapshots).toEqual({}));
    given(...withTable, snapshotCreated(), deleted)
      .when(remove)
      .refuses('SNAPSHOT_NOT_FOUND', { snapshot: 'before' });
  });

  it('is for administrators', () => {
    given(...withTable)
      .when(take(), { actor: bob, isMember: true })
      .refuses('ACCESS_DENIED');
    given(...withTable, snapshotCreated())
      .when(remove, { actor: bob, isMember: true })
      .refuses('ACCESS_DENIED');
  });
});
