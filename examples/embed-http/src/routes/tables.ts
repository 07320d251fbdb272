import type { ColumnDefinition, ExportTarget, Filter, Point, RowQuery, TableTarget } from '@daybook/core';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { z } from 'zod';
import { ndjson, streamed, writtenBy } from '../answers';
import type { Env } from '../env';
import { bodyOf, count, isJson, json, list, mediaTypes, page, point, queryOf, receive } from '../requests';
import { projectAt } from './time-travel';

const instantOrPosition = z.union([z.string(), z.number()]);
const version = z.strictObject({ version: z.number() });
const snapshot = z.strictObject({ snapshot: z.string() });
const target = z.union([version, snapshot, z.strictObject({ at: instantOrPosition })]);
const copied = z.strictObject({ table: z.string(), version: z.number().optional(), at: instantOrPosition.optional() });
const columns = z.array(z.strictObject({ name: z.string(), type: z.string().optional(), nullable: z.boolean().optional() }));
const definition = z.strictObject({
  columns: columns.transform((given) => given as ColumnDefinition[]).optional(),
  primaryKey: z.array(z.string()).optional(),
  description: z.string().optional(),
  from: z.union([snapshot, copied]).optional(),
});
const upload = { name: z.string().optional(), job: z.string().optional() };
const newTable = {
  ...upload,
  primaryKey: list().optional(),
  columns: json<ColumnDefinition[]>().optional(),
  description: z.string().optional(),
};
/** `where` and `orderBy` are JSON, as Daybook takes them. Which state of the table: one of the last three, or the current one. */
const rowQuery = {
  columns: list().optional(),
  where: json<Filter[]>().optional(),
  orderBy: json<RowQuery['orderBy']>().optional(),
  limit: count.optional(),
  job: z.string().optional(),
  version: count.optional(),
  snapshot: z.string().optional(),
  at: point.optional(),
};

/** Tables and what is in them. */
export function tableRoutes({ maxUploadBytes: maxBytes }: { readonly maxUploadBytes: number }) {
  return new Hono<Env>()
    .get('/projects/:project/tables', async (c) => {
      const { at, bucket } = queryOf(c, { at: point.optional(), bucket: z.string().optional() });
      return c.json({ items: await projectAt(c, at).tables({ bucket }) });
    })
    .get('/projects/:project/tables/:table', async (c) => {
      const { at } = queryOf(c, { at: point.optional() });
      return c.json(await projectAt(c, at).table(c.req.param('table')).describe());
    })
    .put('/projects/:project/tables/:table', async (c) => {
      const id = c.req.param('table');
      const { project } = c.var;
      const { name, ...options } = isJson(c) ? { name: undefined, ...(await bodyOf(c, definition)) } : queryOf(c, newTable);
      const table = isJson(c)
        ? await project.createTable(id, options)
        : await receive(c, { maxBytes, name }, (from) => project.createTable(id, { ...options, from }));
      return c.json({ ...(await table.describe()), load: table.result }, 201);
    })
    .delete('/projects/:project/tables/:table', async (c) => {
      await c.var.project.table(c.req.param('table')).drop();
      return c.body(null, 204);
    })
    .on(['PUT', 'POST'], '/projects/:project/tables/:table/rows', async (c) => {
      const byMethod = c.req.method === 'PUT' ? 'full' : 'incremental';
      const { mode = byMethod, name, job } = queryOf(c, { ...upload, mode: z.enum(['full', 'incremental']).optional() });
      const table = c.var.project.table(c.req.param('table'));
      return c.json(await receive(c, { maxBytes, name }, (source) => table.load(source, { mode, job })));
    })
    .get('/projects/:project/tables/:table/rows', async (c) => {
      const { version, snapshot, at, ...query } = queryOf(c, rowQuery);
      const of = targetOf({ version, snapshot, at });
      const table = c.var.project.table(c.req.param('table'));
      const type = accepts(c, { header: 'Accept', supports: Object.values(mediaTypes), default: mediaTypes.csv });
      const bytes = writtenBy(c, (sink) => table.export(exportTo(type, sink), { ...query, of }));
      return streamed(c, type, bytes);
    })
    .delete('/projects/:project/tables/:table/rows', async (c) => {
      const { where } = queryOf(c, { where: json<Filter[]>().optional() });
      return c.json(await c.var.project.table(c.req.param('table')).deleteRows({ where }));
    })
    .get('/projects/:project/tables/:table/versions', async (c) => {
      const { at, ...wanted } = queryOf(c, { ...page, at: point.optional() });
      return c.json(await projectAt(c, at).table(c.req.param('table')).versions(wanted));
    })
    .get('/projects/:project/tables/:table/diff', (c) => {
      const { from, to } = queryOf(c, { from: count, to: count.optional() });
      const versions = { from: { version: from }, ...(to !== undefined && { to: { version: to } }) };
      return ndjson(c, c.var.project.table(c.req.param('table')).diff(versions));
    })
    .post('/projects/:project/tables/:table/revert', async (c) => {
      const to = await bodyOf(c, target);
      return c.json(await c.var.project.table(c.req.param('table')).revert(to));
    })
    .post('/projects/:project/tables/:table/snapshots', async (c) => {
      const { description } = await bodyOf(c, z.strictObject({ description: z.string().optional() }));
      return c.json(await c.var.project.table(c.req.param('table')).snapshot({ description }), 201);
    })
    .get('/projects/:project/snapshots', async (c) => {
      const { at, table } = queryOf(c, { at: point.optional(), table: z.string().optional() });
      return c.json({ items: await projectAt(c, at).snapshots({ table }) });
    })
    .delete('/projects/:project/snapshots/:snapshot', async (c) => {
      await c.var.project.deleteSnapshot(c.req.param('snapshot'));
      return c.body(null, 204);
    });
}

/** More than one of them is refused by Daybook. */
function targetOf(given: { readonly version?: number; readonly snapshot?: string; readonly at?: Point }): TableTarget | undefined {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return named.length === 0 ? undefined : Object.fromEntries(named);
}

function exportTo(type: string, sink: WritableStream<Uint8Array>): ExportTarget {
  if (type === mediaTypes.parquet) return { parquet: sink };
  return type === mediaTypes.ndjson ? { ndjson: sink } : { csv: sink };
}
