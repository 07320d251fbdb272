import type { JobStatus, Json } from '@daybook/core';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Env } from '../env';
import { bodyOf, list, page, point, queryOf } from '../requests';
import { projectAt } from './time-travel';

const parameters = z.record(z.string(), z.unknown()).transform((given) => given as { [key: string]: Json });
const newJob = z.strictObject({
  component: z.string(),
  configuration: z.string().optional(),
  mode: z.string().optional(),
  parameters: parameters.optional(),
  parent: z.string().optional(),
  heartbeatTimeoutSeconds: z.number().optional(),
});
const jobQuery = {
  at: point.optional(),
  status: list<JobStatus>().optional(),
  component: z.string().optional(),
  configuration: z.string().optional(),
  correlationId: z.string().optional(),
  parent: z.string().optional(),
  ...page,
};
const started = z.strictObject({ runner: z.string().optional() });
const message = z.strictObject({ level: z.enum(['info', 'success', 'warn', 'error']), text: z.string(), context: parameters.optional() });
const metrics = z.record(z.string(), z.number()).optional();
const result = z.strictObject({ message: z.string().optional(), metrics });
const failure = z.strictObject({
  kind: z.enum(['user', 'application']).optional(),
  message: z.string(),
  exceptionId: z.string().optional(),
  metrics,
});

/** Units of the callers' work. */
export function jobRoutes() {
  return new Hono<Env>()
    .post('/projects/:project/jobs', async (c) => {
      const idempotencyKey = c.req.header('Idempotency-Key');
      const job = await c.var.project.createJob({ ...(await bodyOf(c, newJob)), idempotencyKey });
      return c.json(await job.describe(), 201, { Location: `${c.req.path}/${job.id}` });
    })
    .get('/projects/:project/jobs', async (c) => {
      const { at, ...filter } = queryOf(c, jobQuery);
      return c.json(await projectAt(c, at).jobs(filter));
    })
    .get('/projects/:project/jobs/:job', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json(await projectAt(c, at).job(c.req.param('job')).describe());
    })
    .get('/projects/:project/jobs/:job/timeline', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json(await projectAt(c, at).job(c.req.param('job')).timeline());
    })
    .post('/projects/:project/jobs/:job/start', async (c) => {
      await c.var.project.job(c.req.param('job')).start(await bodyOf(c, started));
      return c.body(null, 204);
    })
    .post('/projects/:project/jobs/:job/heartbeat', async (c) => c.json(await c.var.project.job(c.req.param('job')).heartbeat()))
    .post('/projects/:project/jobs/:job/log', async (c) => {
      const { level, text, context } = await bodyOf(c, message);
      await c.var.project.job(c.req.param('job')).log(level, text, context);
      return c.body(null, 204);
    })
    .post('/projects/:project/jobs/:job/succeed', async (c) => {
      await c.var.project.job(c.req.param('job')).succeed(await bodyOf(c, result));
      return c.body(null, 204);
    })
    .post('/projects/:project/jobs/:job/fail', async (c) => {
      await c.var.project.job(c.req.param('job')).fail(await bodyOf(c, failure));
      return c.body(null, 204);
    })
    .post('/projects/:project/jobs/:job/terminate', async (c) => {
      await c.var.project.job(c.req.param('job')).terminate();
      return c.body(null, 204);
    });
}
