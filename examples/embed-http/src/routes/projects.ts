import { Hono } from 'hono';
import { z } from 'zod';
import type { Env } from '../env';
import { bodyOf, flag, point, queryOf } from '../requests';
import { projectAt } from './time-travel';

const newBucket = z.strictObject({ stage: z.enum(['in', 'out']), name: z.string(), description: z.string().optional() });
const disabled = z.strictObject({ reason: z.string(), estimatedEnd: z.string().optional() });

export function projectRoutes() {
  return new Hono<Env>()
    .get('/projects/:project', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json(await projectAt(c, at).describe());
    })
    .post('/projects/:project/disable', async (c) => {
      await c.var.project.disable(await bodyOf(c, disabled));
      return c.body(null, 204);
    })
    .post('/projects/:project/enable', async (c) => {
      await c.var.project.enable();
      return c.body(null, 204);
    })
    .get('/projects/:project/buckets', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json({ items: await projectAt(c, at).buckets() });
    })
    .post('/projects/:project/buckets', async (c) => {
      const id = await c.var.project.createBucket(await bodyOf(c, newBucket));
      return c.json({ id }, 201);
    })
    .delete('/projects/:project/buckets/:bucket', async (c) => {
      const { force } = queryOf(c, { force: flag.optional() });
      await c.var.project.dropBucket(c.req.param('bucket'), { force });
      return c.body(null, 204);
    });
}
