import { Hono } from 'hono';
import { z } from 'zod';
import type { Env } from '../env';
import { bodyOf, count, queryOf } from '../requests';

const named = z.strictObject({ name: z.string() });
/** At most so many of those after an id: the last one's asks for the next page. */
const page = { limit: count.optional(), after: z.string().optional() };
const newProject = named.extend({ description: z.string().optional(), retentionDays: z.number().optional() });

export function organizationRoutes() {
  return new Hono<Env>()
    .get('/organizations', async (c) => c.json({ items: await c.var.session.organizations(queryOf(c, page)) }))
    .get('/projects', async (c) => c.json({ items: await c.var.session.projects(queryOf(c, page)) }))
    .post('/organizations', async (c) => {
      const organization = await c.var.session.createOrganization(await bodyOf(c, named));
      return c.json(await organization.describe(), 201, { Location: `/organizations/${organization.id}` });
    })
    .get('/organizations/:organization', async (c) => {
      const organization = await c.var.session.organization(c.req.param('organization'));
      return c.json(await organization.describe());
    })
    .get('/organizations/:organization/projects', async (c) => {
      const organization = await c.var.session.organization(c.req.param('organization'));
      return c.json({ items: await organization.projects(queryOf(c, page)) });
    })
    .post('/organizations/:organization/projects', async (c) => {
      const organization = c.req.param('organization');
      const project = await c.var.session.createProject({ ...(await bodyOf(c, newProject)), organization });
      return c.json(await project.describe(), 201, { Location: `/projects/${project.id}` });
    });
}
