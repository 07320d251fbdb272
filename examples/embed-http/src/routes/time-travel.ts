import type { Point, ProjectView } from '@daybook/core';
import type { Context } from 'hono';
import type { Env } from '../env';

/** The project of the path, now or as of `?at=`. */
export function projectAt(c: Context<Env>, at: Point | undefined): ProjectView {
  return at === undefined ? c.var.project : c.var.project.at(at);
}
