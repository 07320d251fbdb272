import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/property';
import { bucketId, splitTableId, tableId } from './names';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,95}$/);

describe('names', () => {
  it('put together come apart again', () =>
    holds(fc.tuple(fc.constantFrom('in', 'out'), name, name), ([stage, bucket, table]) => {
      const id = tableId(bucketId(stage as 'in', bucket), table);
      expect(splitTableId(id)).toEqual({ bucket: `${stage}.c-${bucket}`, name: table });
      expect(id.length).toBeLessThanOrEqual(200);
    }));

  it.each([
    ['', 'INVALID_BUCKET_NAME'],
    ['orders', 'INVALID_BUCKET_NAME'],
    ['.orders', 'INVALID_BUCKET_NAME'],
    ['in.c-main', 'INVALID_BUCKET_NAME'],
    ['IN.c-main.orders', 'INVALID_BUCKET_NAME'],
    ['in.c-.orders', 'INVALID_BUCKET_NAME'],
    ['in.c-main.a.b', 'INVALID_BUCKET_NAME'],
    ['in.c-main.a/b', 'INVALID_TABLE_NAME'],
    ['in.c-main.orders\n', 'INVALID_TABLE_NAME'],
    [`in.c-main.${'x'.repeat(97)}`, 'INVALID_TABLE_NAME'],
  ])('refuses %j with %s', (id, code) => {
    expect(() => splitTableId(id)).toThrow(expect.objectContaining({ code }));
  });
});
