import type { StorageJobFilter } from '@daybook/core';
import { Hono } from 'hono';
import { z } from 'zod';
import { ndjson } from '../answers';
import type { Env } from '../env';
import { count, flag, list, page, point, queryOf } from '../requests';
import { projectAt } from './time-travel';

type Filter<K extends keyof StorageJobFilter> = NonNullable<StorageJobFilter[K]> extends readonly (infer T extends string)[] ? T : never;

const historyQuery = {
  at: point.optional(),
  table: z.string().optional(),
  job: z.string().optional(),
  correlationId: z.string().optional(),
  types: list().optional(),
  from: point.optional(),
  to: point.optional(),
  text: z.string().optional(),
  backward: flag.optional(),
  limit: count.optional(),
};
const storageJobQuery = {
  at: point.optional(),
  operation: list<Filter<'operation'>>().optional(),
  status: list<Filter<'status'>>().optional(),
  table: z.string().optional(),
  job: z.string().optional(),
  correlationId: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  ...page,
};

/** What happened, and what was done to stored data. */
export function historyRoutes() {
  return new Hono<Env>()
    .get('/projects/:project/history', (c) => {
      const { at, ...filter } = queryOf(c, historyQuery);
      return ndjson(c, projectAt(c, at).history(filter));
    })
    .get('/projects/:project/storage-jobs', async (c) => {
      const { at, ...filter } = queryOf(c, storageJobQuery);
      return c.json(await projectAt(c, at).storageJobs(filter));
    });
}
