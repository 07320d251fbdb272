import { z } from 'zod';
import { projectDecider } from '../decider';
import type { Actor, EventStore, LogId, RecordedEvent } from '../event-store';
import { correlationId, parse } from '../fields';
import { type Point, type ProjectScope, parsePoint } from '../projects/scope';
import { positionAt, readSlices } from '../reading';
import type { Runtime } from '../runtime';
import { type Sentence, Teller } from './teller';

/** One thing that happened. */
export interface HistoryEntry {
  readonly position: number;
  readonly at: string;
  readonly actor: Actor;
  readonly type: string;
  /** In plain English: `alice loaded 3 rows into in.c-main.orders: 3 inserted`. */
  readonly sentence: string;
  /** The embedding app's request that it was done in. */
  readonly correlationId?: string;
  readonly data: RecordedEvent['data'];
}

const point = z.union([z.int().min(1), z.string()]);
const filterSchema = z.strictObject({
  /** A table's id: everything about any table that ever had it, under whatever id it went then. */
  table: z.string().max(500).optional(),
  job: z.string().max(255).optional(),
  actor: z.strictObject({ kind: z.enum(['person', 'limited', 'support', 'system']), id: z.string() }).optional(),
  correlationId: correlationId.optional(),
  types: z.array(z.string()).optional(),
  /** From this position or instant on, inclusive. */
  from: point.optional(),
  /** Up to this position or instant, inclusive. */
  to: point.optional(),
  /** Part of the sentence, ignoring case. */
  text: z.string().optional(),
  /** Newest first. */
  backward: z.boolean().default(false),
  limit: z.int().min(1).optional(),
});
export type HistoryFilter = z.input<typeof filterSchema>;

/** A log to be told: its end as far as the reader sees, and how its events are put into words. */
export interface Telling {
  readonly runtime: Runtime;
  readonly log: LogId;
  readonly position: number;
  readonly sentence: Sentence;
  /** Tags that every entry has to have. */
  readonly ownTags: readonly string[];
}

/** What happened in a project, in order. Refuses, at the first entry: `INVALID_INPUT`, `PROJECT_NOT_FOUND`, `ACCESS_DENIED`. */
export async function* history(scope: ProjectScope, filter: HistoryFilter = {}): AsyncGenerator<HistoryEntry> {
  const { position } = await scope.query('history');
  const { runtime, log, ownTags } = scope;
  const telling = { runtime, log: log.id, position, sentence: projectDecider.sentence, ownTags };
  yield* whilePermitted(scope, tell(telling, filter));
}

const entriesBetweenLooks = 100;

async function* whilePermitted(scope: ProjectScope, entries: AsyncIterable<HistoryEntry>): AsyncGenerator<HistoryEntry> {
  let told = 0;
  for await (const entry of entries) {
    if (++told % entriesBetweenLooks === 0) await scope.permit('history');
    yield entry;
  }
}

/** What happened in a log, in order. Refuses, at the first entry: `INVALID_INPUT`. */
export async function* tell(telling: Telling, filter: HistoryFilter): AsyncGenerator<HistoryEntry> {
  const { table, types, from, to, text, backward, limit = Number.POSITIVE_INFINITY, ...found } = parse('history', filterSchema, filter);
  const { runtime, log, position, sentence, ownTags } = telling;
  const { events } = runtime.storage;
  const teller = new Teller(runtime, log, sentence);
  const after = from === undefined ? 0 : await lastBefore(events, log, from);
  const upTo = to === undefined ? position : Math.min(position, await lastAt(events, log, to));
  const slices = (await slicesOf(events, log, table, upTo)).map((tags) => [...tags, ...ownTags, ...tagsOf(found)]);
  let given = 0;
  for await (const event of readSlices(events, log, slices, { after, upTo, backward, ...(types && { types }) })) {
    if (given === limit) return;
    const entry = entryOf(event, await teller.tell(event));
    if (text !== undefined && !entry.sentence.toLowerCase().includes(text.toLowerCase())) continue;
    yield entry;
    given += 1;
  }
}

/** Tags of whatever was done in a job or a request, or by somebody. */
export function tagsOf({ job, actor, correlationId }: Pick<HistoryFilter, 'job' | 'actor' | 'correlationId'>): string[] {
  return [
    ...(job === undefined ? [] : [`job:${job}`]),
    ...(actor === undefined ? [] : [`actor:${actor.kind}:${actor.id}`]),
    ...(correlationId === undefined ? [] : [`correlation:${correlationId}`]),
  ];
}

/** Which tags lead to everything about a table id: the tables that ever had it, and work on it that came to nothing. */
export async function slicesOf(events: EventStore, log: LogId, table: string | undefined, upTo: number): Promise<string[][]> {
  if (table === undefined) return [[]];
  const uids = new Set<string>();
  for await (const { data } of readSlices(events, log, [[`table-name:${table}`]], { upTo })) uids.add(String(data.uid));
  return [[`table-id:${table}`], ...[...uids].map((uid) => [`table:${uid}`])];
}

function entryOf({ position, recordedAt, actor, type, data, correlationId }: RecordedEvent, sentence: string): HistoryEntry {
  return { position, at: recordedAt, actor, type, sentence, ...(correlationId !== undefined && { correlationId }), data };
}

/** The position of the last event before a point. */
async function lastBefore(events: EventStore, log: LogId, point: Point): Promise<number> {
  const parsed = parsePoint(point);
  return typeof parsed === 'number' ? parsed - 1 : positionAt(events, log, new Date(Date.parse(parsed) - 1).toISOString());
}

/** The position of the last event at or before a point. */
async function lastAt(events: EventStore, log: LogId, point: Point): Promise<number> {
  const parsed = parsePoint(point);
  return typeof parsed === 'number' ? parsed : positionAt(events, log, parsed);
}
