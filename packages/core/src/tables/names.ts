import { DaybookError } from '../errors';

/** in.c-main = stage, `c-`, name. */
export const stages = ['in', 'out'] as const;
export type Stage = (typeof stages)[number];

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,95}$/;
const bucketPattern = /^(in|out)\.c-[A-Za-z0-9][A-Za-z0-9_-]{0,95}$/;

/** The id of a bucket. Refuses: `INVALID_BUCKET_NAME`. */
export function bucketId(stage: Stage, name: string): string {
  if (!namePattern.test(name)) throw new DaybookError('INVALID_BUCKET_NAME', { name });
  return `${stage}.c-${name}`;
}

/** The id of a table, `<bucket>.<name>`. Refuses: `INVALID_TABLE_NAME`. */
export function tableId(bucket: string, name: string): string {
  if (!namePattern.test(name)) throw new DaybookError('INVALID_TABLE_NAME', { name });
  return `${bucket}.${name}`;
}

/** Splits a table id, `<bucket>.<name>`. Refuses: `INVALID_BUCKET_NAME`, `INVALID_TABLE_NAME`. */
export function splitTableId(id: string): { bucket: string; name: string } {
  const dot = id.lastIndexOf('.');
  const [bucket, name] = [id.slice(0, Math.max(dot, 0)), id.slice(dot + 1)];
  if (!bucketPattern.test(bucket)) throw new DaybookError('INVALID_BUCKET_NAME', { name: bucket || id });
  if (!namePattern.test(name)) throw new DaybookError('INVALID_TABLE_NAME', { name });
  return { bucket, name };
}
