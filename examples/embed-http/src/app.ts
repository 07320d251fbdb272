import type { Daybook } from '@daybook/core';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { authentication } from './authentication';
import type { Env } from './env';
import { problem } from './problems';
import { historyRoutes } from './routes/history';
import { jobRoutes } from './routes/jobs';
import { organizationRoutes } from './routes/organizations';
import { peopleRoutes } from './routes/people';
import { projectRoutes } from './routes/projects';
import { tableRoutes } from './routes/tables';
import type { Underway } from './underway';
import type { Users } from './users';

export interface AppOptions {
  readonly daybook: Daybook;
  readonly users: Users;
  readonly underway: Underway;
  readonly maxUploadBytes: number;
}

/** The API. It knows nothing of sockets and signals. */
export function createApp({ daybook, users, underway, maxUploadBytes }: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(problem);
  app.notFound((c) => problem(new HTTPException(404), c));
  app.use(requestId());
  app.use((c, next) => {
    c.set('underway', underway);
    return underway.track(next());
  });
  app.use(async (c, next) => {
    await next();
    // Hono answers HEAD as GET and forgets the body: whoever writes it has to hear of that.
    if (c.req.method === 'HEAD') await c.res.body?.cancel();
  });
  app.use(authentication(daybook, users));
  app.use('/projects/:project/*', async (c, next) => {
    c.set('project', await c.var.session.project(c.req.param('project')));
    await next();
  });
  for (const routes of [
    organizationRoutes(),
    projectRoutes(),
    tableRoutes({ maxUploadBytes }),
    historyRoutes(),
    jobRoutes(),
    peopleRoutes(),
  ]) {
    app.route('/', routes);
  }
  return app;
}
