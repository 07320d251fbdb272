import type { EventStore, LogId, ReadOptions, RecordedEvent } from './event-store';

/**
 * The position of the last event recorded at or before an instant; 0 when there is none. A binary search: time never runs backwards in a log.
 */
export async function positionAt(events: EventStore, log: LogId, instant: string): Promise<number> {
  const head = await events.head(log);
  if (!head || head.recordedAt <= instant) return head?.position ?? 0;
  let [before, after] = [0, head.position];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const event = await eventAt(events, log, middle);
    if (event && event.recordedAt <= instant) before = middle;
    else after = middle;
  }
  return before;
}

/** The event at a position, if it is there. */
export async function eventAt(events: EventStore, log: LogId, position: number): Promise<RecordedEvent | undefined> {
  return first(events.read(log, { after: position - 1, upTo: position, limit: 1 }));
}

/** The first event of a read. */
export async function first(pages: AsyncIterable<readonly RecordedEvent[]>): Promise<RecordedEvent | undefined> {
  for await (const page of pages) return page[0];
  return undefined;
}

/** Events that carry all tags of any of the slices: index ranges, merged by position. The slices hold different events. */
export async function* readSlices(
  events: EventStore,
  log: LogId,
  slices: readonly (readonly string[])[],
  { limit = Number.POSITIVE_INFINITY, ...options }: Omit<ReadOptions, 'tags'> = {},
): AsyncGenerator<RecordedEvent> {
  const streams = slices.map((tags) => one(events.read(log, { ...options, tags })));
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  try {
    for (let given = 0; given < limit; given++) {
      const next = nextOf(heads, options.backward ?? false);
      if (next === -1) return;
      yield heads[next]!.value as RecordedEvent;
      heads[next] = await streams[next]!.next();
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return(undefined)));
  }
}

function nextOf(heads: readonly IteratorResult<RecordedEvent, unknown>[], backward: boolean): number {
  let best = -1;
  heads.forEach((head, i) => {
    if (head.done) return;
    const position = best === -1 ? 0 : (heads[best]!.value as RecordedEvent).position;
    if (best === -1 || (backward ? head.value.position > position : head.value.position < position)) best = i;
  });
  return best;
}

async function* one(pages: AsyncIterable<readonly RecordedEvent[]>): AsyncGenerator<RecordedEvent, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
