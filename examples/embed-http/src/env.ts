import type { Project, Session } from '@daybook/core';
import type { HttpBindings } from '@hono/node-server';
import type { RequestIdVariables } from 'hono/request-id';
import type { Underway } from './underway';

/** What handlers find in their context. */
export interface Env {
  Bindings: HttpBindings;
  Variables: RequestIdVariables & {
    /** Whoever asks. */
    session: Session;
    /** The one in the path, as far as whoever asks may see it. */
    project: Project;
    underway: Underway;
  };
}
