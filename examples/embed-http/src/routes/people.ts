import { Hono } from 'hono';
import { z } from 'zod';
import type { Env } from '../env';
import { bodyOf, point, queryOf } from '../requests';
import { projectAt } from './time-travel';

const grant = z.strictObject({
  description: z.string().optional(),
  buckets: z.record(z.string(), z.enum(['read', 'write'])).optional(),
  components: z.array(z.string()).optional(),
  expiresAt: z.string().optional(),
});
const invitation = z.strictObject({ email: z.string(), reason: z.string().optional(), expiresAt: z.string().optional() });

/** Limited access for programs and outsiders; administrators and how they come in. */
export function peopleRoutes() {
  return new Hono<Env>()
    .get('/projects/:project/accesses', async (c) => c.json({ items: await c.var.project.accesses() }))
    .post('/projects/:project/accesses', async (c) => {
      // The one answer that holds the secret: nobody may keep it.
      return c.json(await c.var.project.grantAccess(await bodyOf(c, grant)), 201, { 'Cache-Control': 'no-store' });
    })
    .delete('/projects/:project/accesses/:access', async (c) => {
      await c.var.project.revokeAccess(c.req.param('access'));
      return c.body(null, 204);
    })
    .get('/projects/:project/administrators', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json({ items: await projectAt(c, at).administrators() });
    })
    .get('/projects/:project/invitations', async (c) => c.json({ items: await c.var.project.invitations() }))
    .post('/projects/:project/invitations', async (c) => c.json(await c.var.project.invite(await bodyOf(c, invitation)), 201))
    .get('/invitations', async (c) => c.json({ items: await c.var.session.invitations() }))
    .post('/invitations/:invitation/accept', async (c) => {
      const project = await c.var.session.acceptInvitation(c.req.param('invitation'));
      return c.json(await project.describe());
    });
}
