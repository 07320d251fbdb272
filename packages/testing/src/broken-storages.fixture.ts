import {
  type Checkpoint,
  type CheckpointStore,
  type Column,
  DaybookError,
  type EventStore,
  isDaybookError,
  type NewEvent,
  type RecordedEvent,
  type Row,
  type StagedSource,
  type Storage,
  type TableData,
  type TableStore,
} from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { collect, event } from './events';
import type { OpenStorage } from './law';
import type { LawTopic } from './laws';

/** A storage with one thing wrong, and the laws that have to notice. */
export interface BrokenStorage {
  readonly title: string;
  readonly topic: LawTopic;
  readonly open: OpenStorage;
}

/** Memory that is still there when its place is opened again. */
export function lastingMemory(): OpenStorage {
  const places = new Map<string, Storage>();
  return async (place) => {
    const storage = places.get(place) ?? memoryStorage();
    places.set(place, storage);
    return exchange(storage, { features: { durable: true, shared: true }, [Symbol.asyncDispose]: async () => undefined });
  };
}

/** The same object with some members exchanged. The others keep their own `this`: classes with private state work. */
function exchange<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function brokenEvents(topic: LawTopic, title: string, breaks: (sound: EventStore) => Partial<EventStore>): BrokenStorage {
  return { title, topic, open: async () => withEvents(memoryStorage(), breaks) };
}

function withEvents(storage: Storage, breaks: (sound: EventStore) => Partial<EventStore>): Storage {
  return exchange(storage, { events: exchange(storage.events, breaks(storage.events)) });
}

/** Breaks what is read: every event, or the whole list of a read. */
function misread(topic: LawTopic, title: string, change: (events: readonly RecordedEvent[]) => readonly RecordedEvent[]): BrokenStorage {
  return brokenEvents(topic, title, (sound) => ({
    async *read(log, options) {
      const page = change(await collect(sound.read(log, options)));
      for (let start = 0; start < page.length; start += 1000) yield page.slice(start, start + 1000);
    },
  }));
}

const brokenEventStores: readonly BrokenStorage[] = [
  brokenEvents('append', 'ignores the expected position', (sound) => ({
    append: async (writes) =>
      sound.append(await Promise.all(writes.map(async (write) => ({ ...write, expected: (await sound.head(write.log))?.position ?? 0 })))),
  })),
  brokenEvents('append', 'loses the last event of a batch', (sound) => ({
    append: (writes) =>
      sound.append(writes.map((write) => ({ ...write, events: write.events.slice(0, Math.max(1, write.events.length - 1)) }))),
  })),
  brokenEvents('append', 'is not atomic over logs', (sound) => ({
    async append(writes) {
      const heads = [];
      for (const write of writes) {
        const answer = await sound.append([write]);
        if (answer.status === 'conflict') return answer;
        heads.push(...answer.heads);
      }
      return { status: 'appended', heads };
    },
  })),
  brokenEvents('append', 'checks only the first log of an append', (sound) => ({
    async append(writes) {
      const [first, ...others] = writes;
      const moved = others.map(async (write) => ({ ...write, expected: (await sound.head(write.log))?.position ?? 0 }));
      return sound.append([first!, ...(await Promise.all(moved))]);
    },
  })),
  brokenEvents('append', 'takes a retry for a conflict', (sound) => ({
    append: (writes) =>
      sound.append(writes.map((write) => ({ ...write, events: write.events.map((given) => ({ ...given, id: event().id })) }))),
  })),
  brokenEvents('append', 'stores a retry twice', (sound) => ({
    async append(writes) {
      const retried = await Promise.all(writes.map(async ({ log, events }) => (await known(sound, log)).has(events[0]?.id ?? '')));
      if (!retried.every(Boolean)) return sound.append(writes);
      const again = writes.map(async ({ log, events }) => ({
        log,
        expected: (await sound.head(log))?.position ?? 0,
        events: events.map((given) => ({ ...given, id: event().id })),
      }));
      return sound.append(await Promise.all(again));
    },
  })),
  brokenEvents('append', 'takes an id at another place for a new event', (sound) => ({
    async append(writes) {
      const answer = await sound.append(writes);
      if (answer.status === 'appended' || answer.head?.position !== writes.find(({ log }) => log === answer.log)?.expected) return answer;
      return sound.append(writes.map((write) => ({ ...write, events: write.events.map((given) => ({ ...given, id: event().id })) })));
    },
  })),
  brokenEvents('append', 'answers a retry with the present head', (sound) => ({
    async append(writes) {
      const answer = await sound.append(writes);
      if (answer.status === 'conflict') return answer;
      return { ...answer, heads: await Promise.all(writes.map(async ({ log }) => (await sound.head(log))!)) };
    },
  })),
  brokenEvents('append', 'answers conflict without the head', (sound) => ({
    async append(writes) {
      const answer = await sound.append(writes);
      return answer.status === 'conflict' ? { ...answer, head: undefined } : answer;
    },
  })),
  brokenEvents('append', 'lets several appends at one position win', (sound) => ({
    async append(writes) {
      const heads = await Promise.all(writes.map(({ log }) => sound.head(log)));
      let answer = await sound.append(writes);
      const fitted = writes.every(({ expected }, index) => (heads[index]?.position ?? 0) === expected);
      while (fitted && answer.status === 'conflict') {
        const { log, head } = answer;
        answer = await sound.append(writes.map((write) => (write.log === log ? { ...write, expected: head?.position ?? 0 } : write)));
      }
      return answer;
    },
  })),
  brokenEvents('append', 'answers conflict to writes that break the rules', (sound) => ({
    append: async (writes) =>
      sound.append(writes).catch((error: unknown) => {
        if (error instanceof TypeError) return { status: 'conflict', log: 'project/1', head: undefined };
        throw error;
      }),
  })),
  brokenEvents('append', 'lets time run backwards', (sound) => {
    const times = new Map<string, string>();
    return {
      append(writes) {
        for (const { events } of writes) for (const { id, at } of events) times.set(id, at);
        return sound.append(writes);
      },
      async *read(log, options) {
        for await (const page of sound.read(log, options)) yield page.map((stored) => ({ ...stored, recordedAt: times.get(stored.id)! }));
      },
    };
  }),
  brokenEvents('append', 'hands out its own objects', (sound) => {
    const cache = new Map<string, RecordedEvent>();
    return {
      async *read(log, options) {
        for await (const page of sound.read(log, options)) {
          yield page.map((stored) => {
            if (!cache.has(stored.id)) cache.set(stored.id, stored);
            return cache.get(stored.id)!;
          });
        }
      },
    };
  }),
  brokenEvents('append', 'keeps what it is given by reference', (sound) => {
    const given = new Map<string, NewEvent>();
    return {
      append(writes) {
        for (const { events } of writes) for (const one of events) given.set(one.id, one);
        return sound.append(writes);
      },
      async *read(log, options) {
        for await (const page of sound.read(log, options)) yield page.map((stored) => ({ ...stored, data: given.get(stored.id)!.data }));
      },
    };
  }),
  misread('append', 'reorders the keys of payloads', (events) =>
    events.map((stored) => ({ ...stored, data: Object.fromEntries(Object.entries(stored.data).sort(([a], [b]) => (a < b ? -1 : 1))) })),
  ),
  misread('append', 'forgets who caused what', (events) => events.map(({ causationId, ...stored }) => stored)),
  brokenEvents('append', 'shortens long tags', (sound) => ({
    append: (writes) =>
      sound.append(
        writes.map((write) => ({
          ...write,
          events: write.events.map((given) => ({ ...given, tags: given.tags.map((tag) => tag.slice(0, 200)) })),
        })),
      ),
  })),

  brokenEvents('jobs', 'finds events of one type where several are asked for', (sound) => ({
    read: (log, { types, ...options } = {}) => sound.read(log, { ...options, ...(types && { types: types.slice(0, 1) }) }),
  })),
  brokenEvents('jobs', 'reads on beyond a bound', (sound) => ({
    read: (log, { upTo: _, ...options } = {}) => sound.read(log, options),
  })),
  misread('read', 'reorders events', (events) => (events.length > 2 ? [events[1]!, events[0]!, ...events.slice(2)] : events)),
  misread('read', 'skips an event at the border of two pages', (events) => events.filter((_, index) => index !== 1000)),
  brokenEvents('read', 'hands out pages of any size', (sound) => ({
    async *read(log, options) {
      yield await collect(sound.read(log, options));
    },
  })),
  brokenEvents('read', 'forgets tags', (sound) => ({
    append: (writes) => sound.append(writes.map((write) => ({ ...write, events: write.events.map((given) => ({ ...given, tags: [] })) }))),
  })),
  brokenEvents('read', 'finds events that carry any of the tags', (sound) => ({
    async *read(log, options = {}) {
      const { tags, limit = Infinity, ...others } = options;
      if (!tags?.length) return yield* sound.read(log, options);
      const found = (await collect(sound.read(log, others))).filter((stored) => tags.some((tag) => stored.tags.includes(tag)));
      if (found.length > 0) yield found.slice(0, limit);
    },
  })),
  brokenEvents('read', 'finds tags that begin with the one asked for', (sound) => ({
    async *read(log, options = {}) {
      const { tags, ...others } = options;
      if (!tags?.length) return yield* sound.read(log, options);
      const found = (await collect(sound.read(log, others))).filter((stored) =>
        tags.every((tag) => stored.tags.some((own) => own.startsWith(tag))),
      );
      if (found.length > 0) yield found;
    },
  })),
  brokenEvents('read', 'ignores types when there are tags', (sound) => ({
    read: (log, options = {}) => sound.read(log, options.tags?.length ? { ...options, types: undefined } : options),
  })),
  brokenEvents('read', 'takes upTo as exclusive', (sound) => ({
    read: (log, options = {}) => sound.read(log, options.upTo === undefined ? options : { ...options, upTo: options.upTo - 1 }),
  })),
  brokenEvents('read', 'takes after as inclusive', (sound) => ({
    read: (log, options = {}) => sound.read(log, options.after ? { ...options, after: options.after - 1 } : options),
  })),
  brokenEvents('read', 'swaps the bounds of a read backward', (sound) => ({
    read: (log, options = {}) => sound.read(log, options.backward ? { ...options, after: options.upTo, upTo: options.after } : options),
  })),
  brokenEvents('read', 'limits before it filters', (sound) => ({
    async *read(log, options = {}) {
      const { limit, backward, after, upTo, tags = [], types } = options;
      const found = await collect(sound.read(log, { limit, backward, after, upTo }));
      const left = found.filter((one) => tags.every((tag) => one.tags.includes(tag)) && (!types || types.includes(one.type)));
      if (left.length > 0) yield left;
    },
  })),
  brokenEvents('read', 'limits each page rather than the read', (sound) => ({
    async *read(log, options = {}) {
      const { limit = Infinity, ...others } = options;
      for await (const page of sound.read(log, others)) if (limit > 0) yield page.slice(0, limit);
    },
  })),
  brokenEvents('read', 'reads a log with all that begin alike', (sound) => ({
    async *read(log, options) {
      for await (const logs of sound.logs({ prefix: log })) for (const one of logs) yield* sound.read(one, options);
    },
  })),
  brokenEvents('read', 'keeps a head that is one behind', (sound) => ({
    async head(log) {
      const head = await sound.head(log);
      return head && { ...head, position: Math.max(1, head.position - 1) };
    },
  })),

  brokenEvents('logs', 'lists logs in the order of their first event', (sound) => {
    const order: string[] = [];
    return {
      append(writes) {
        for (const { log } of writes) if (!order.includes(log)) order.push(log);
        return sound.append(writes);
      },
      async *logs(options) {
        const listed = new Set(await collect(sound.logs(options)));
        if (listed.size > 0) yield order.filter((log) => listed.has(log));
      },
    };
  }),
  brokenEvents('logs', 'lists the log after which it was asked', (sound) => ({
    async *logs(options = {}) {
      const listed = await collect(sound.logs({ prefix: options.prefix }));
      const left = listed.filter((log) => log >= (options.after ?? ''));
      if (left.length > 0) yield left;
    },
  })),
  brokenEvents('logs', 'ignores the prefix when asked what comes after', (sound) => ({
    logs: ({ prefix, after } = {}) => sound.logs(after === undefined ? { prefix } : { after }),
  })),
  brokenEvents('logs', 'erases the logs that begin alike too', (sound) => ({
    async erase(log) {
      for (const one of await collect(sound.logs({ prefix: log }))) await sound.erase(one);
    },
  })),
  brokenEvents('logs', 'erases only the events, not the place', (sound) => {
    const heads = new Map<string, number>();
    return {
      async erase(log) {
        heads.set(log, (await sound.head(log))?.position ?? 0);
        await sound.erase(log);
      },
      append: (writes) =>
        writes.some(({ log, expected }) => (heads.get(log) ?? 0) > expected)
          ? Promise.resolve({ status: 'conflict', log: writes[0]!.log, head: undefined })
          : sound.append(writes),
    };
  }),
  brokenEvents('logs', 'never erases', () => ({ erase: async () => undefined })),

  brokenEvents('watch', 'tells nobody', () => ({ watch: () => () => undefined })),
  brokenEvents('watch', 'goes on telling who stopped', (sound) => ({
    watch(listener) {
      sound.watch(listener);
      return () => undefined;
    },
  })),
  brokenEvents('watch', 'tells of what was refused', (sound) => {
    const listeners = new Set<(log: string) => void>();
    return {
      async append(writes) {
        const answer = await sound.append(writes);
        for (const { log } of writes) for (const listener of listeners) listener(log);
        return answer;
      },
      watch(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }),
  brokenEvents('watch', 'tells before the events can be read', (sound) => {
    const listeners = new Set<(log: string) => void>();
    return {
      async append(writes) {
        for (const { log } of writes) for (const listener of listeners) listener(log);
        await new Promise(setImmediate);
        return sound.append(writes);
      },
      watch(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }),

  brokenEvents('history', 'forgets an id after two more events', (sound) => ({
    async append(writes) {
      const fresh = writes.map(async (write) => {
        const ids = new Set((await collect(sound.read(write.log))).slice(-2).map(({ id }) => id));
        return { ...write, events: write.events.map((given) => (ids.has(given.id) ? given : { ...given, id: event().id })) };
      });
      return sound.append(await Promise.all(fresh));
    },
  })),
];

async function known(store: EventStore, log: string): Promise<ReadonlySet<string>> {
  return new Set((await collect(store.read(log))).map(({ id }) => id));
}

function brokenCheckpoints(title: string, breaks: (sound: CheckpointStore) => Partial<CheckpointStore>): BrokenStorage {
  return {
    title,
    topic: 'checkpoints',
    async open() {
      const storage = memoryStorage();
      return exchange(storage, { checkpoints: exchange(storage.checkpoints, breaks(storage.checkpoints)) });
    },
  };
}

const brokenCheckpointStores: readonly BrokenStorage[] = [
  brokenCheckpoints('ignores upTo', (sound) => ({ latest: (log, { fold }) => sound.latest(log, { fold }) })),
  brokenCheckpoints('takes upTo as exclusive', (sound) => ({
    latest: (log, { fold, upTo }) => sound.latest(log, { fold, upTo: upTo === undefined ? upTo : upTo - 1 }),
  })),
  brokenCheckpoints('mixes up folds', (sound) => ({
    save: (log, checkpoint) => sound.save(log, { ...checkpoint, fold: 'f' }),
    latest: (log, { upTo }) => sound.latest(log, { fold: 'f', upTo }),
  })),
  brokenCheckpoints('keeps only the last one saved', () => {
    const last = new Map<string, Checkpoint>();
    return {
      save: async (log, checkpoint) => void last.set(`${log} ${checkpoint.fold}`, checkpoint),
      async latest(log, { fold, upTo = Infinity }) {
        const checkpoint = last.get(`${log} ${fold}`);
        return checkpoint && checkpoint.position <= upTo ? checkpoint : undefined;
      },
      erase: async (log) => void last.delete(`${log} f1`),
    };
  }),
  brokenCheckpoints('never replaces', (sound) => ({
    async save(log, checkpoint) {
      const before = await sound.latest(log, { fold: checkpoint.fold, upTo: checkpoint.position });
      if (before?.position !== checkpoint.position) await sound.save(log, checkpoint);
    },
  })),
  brokenCheckpoints('orders positions by their digits', () => {
    const saved = new Map<string, Map<string, Checkpoint>>();
    const of = (log: string) => saved.get(log) ?? saved.set(log, new Map()).get(log)!;
    return {
      save: async (log, checkpoint) => void of(log).set(`${checkpoint.fold}/${checkpoint.position}`, checkpoint),
      async latest(log, { fold, upTo = Infinity }) {
        const fitting = [...of(log)].filter(([, checkpoint]) => checkpoint.fold === fold && checkpoint.position <= upTo);
        return fitting.sort(([a], [b]) => (a < b ? -1 : 1)).at(-1)?.[1];
      },
      erase: async (log) => void saved.delete(log),
    };
  }),
  brokenCheckpoints('never erases', () => ({ erase: async () => undefined })),
  brokenCheckpoints('erases the neighbours too', (sound) => ({
    async erase(log) {
      for (const one of [log, `${log}0`, `${log}/x`]) await sound.erase(one);
    },
  })),
];

function brokenTables(topic: LawTopic, title: string, breaks: (sound: TableStore) => Partial<TableStore>): BrokenStorage {
  return {
    title,
    topic,
    async open() {
      const storage = memoryStorage();
      return exchange(storage, { tables: exchange(storage.tables, breaks(storage.tables)) });
    },
  };
}

/** Breaks the values that are read. */
function misreadRows(topic: LawTopic, title: string, change: (rows: readonly Row[]) => readonly Row[]): BrokenStorage {
  return brokenTables(topic, title, (sound) => ({
    async *read(data, query) {
      for await (const rows of sound.read(data, query)) yield change(rows);
    },
  }));
}

function misreadValues(topic: LawTopic, title: string, change: (value: Row[string]) => Row[string]): BrokenStorage {
  return misreadRows(topic, title, (rows) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, change(value)]))),
  );
}

/** Breaks which parts are looked at. */
function misreadParts(topic: LawTopic, title: string, change: (data: TableData) => TableData): BrokenStorage {
  return brokenTables(topic, title, (sound) => ({ read: (data, query) => sound.read(change(data), query) }));
}

function brokenStaging(
  topic: LawTopic,
  title: string,
  breaks: (sound: StagedSource, tables: TableStore) => Partial<StagedSource>,
): BrokenStorage {
  return brokenTables(topic, title, (sound) => ({
    async stage(request) {
      const staged = await sound.stage(request);
      return exchange(staged, breaks(staged, sound));
    },
  }));
}

/** Breaks what is said of a refusal. */
function misplaced(code: 'INVALID_VALUE' | 'MALFORMED_INPUT', title: string): BrokenStorage {
  return brokenStaging('csv', title, (sound) => ({
    write: (request) =>
      sound.write(request).catch((error: unknown) => {
        if (isDaybookError(error, 'INVALID_VALUE') && code === 'INVALID_VALUE') {
          throw new DaybookError(code, { ...error.details, line: error.details.line - 1 });
        }
        if (isDaybookError(error, 'MALFORMED_INPUT') && code === 'MALFORMED_INPUT') {
          throw new DaybookError(code, { ...error.details, line: (error.details.line ?? 0) - 1 });
        }
        throw error;
      }),
  }));
}

const nothing = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

const brokenTableStores: readonly BrokenStorage[] = [
  misreadValues('csv', 'takes empty text for null', (value) => (value === '' ? null : value)),
  misreadValues('csv', 'trims values', (value) => (typeof value === 'string' ? value.trim() : value)),
  misreadValues('csv', 'takes CR LF for LF', (value) => (typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value)),
  misreadRows('csv', 'drops rows of nulls', (rows) => rows.filter((row) => Object.values(row).some((value) => value !== null))),
  brokenTables('csv', 'ignores the dialect', (sound) => ({ stage: (request) => sound.stage({ ...request, csv: {} }) })),
  brokenTables('csv', 'ignores the texts that mean null', (sound) => ({
    stage: (request) => sound.stage({ ...request, csv: { ...request.csv, nullValues: [] } }),
  })),
  brokenTables('csv', 'takes the first line for a header always', (sound) => ({
    stage: (request) => sound.stage({ ...request, csv: { delimiter: request.csv.delimiter }, header: undefined }),
  })),
  misplaced('INVALID_VALUE', 'names the line before an invalid value'),
  misplaced('MALFORMED_INPUT', 'names the line before a malformed one'),
  brokenStaging('csv', 'lowers the names of a header', (sound) => ({ columns: sound.columns.map((name) => name.toLowerCase()) })),

  misreadValues('values', 'makes floats of long numbers', (value) =>
    typeof value === 'string' && /^-?\d{16,}(\.\d+)?$/.test(value) ? Number(value) : value,
  ),
  misreadValues('values', 'normalises text', (value) => (typeof value === 'string' ? value.normalize('NFC') : value)),
  misreadValues('values', 'cuts instants to milliseconds', (value) =>
    typeof value === 'string' ? value.replace(/(\.\d{3})\d+Z$/, '$1Z') : value,
  ),
  brokenStaging('values', 'stores text whatever the type', (sound) => ({
    write: (request) => sound.write({ ...request, columns: request.columns.map((column) => ({ ...column, type: 'string' })) }),
  })),

  brokenTables('sources', 'never tells of progress', (sound) => ({
    stage: (request) => sound.stage({ ...request, onProgress: undefined }),
  })),
  brokenStaging('sources', 'says the size of the text for that of the source', (sound) => ({
    async write(request) {
      const written = await sound.write(request);
      return { ...written, source: { ...written.source, bytes: written.source.uncompressedBytes } };
    },
  })),
  brokenStaging('sources', 'sorts the columns of objects', (sound) => ({ columns: [...sound.columns].sort() })),
  brokenStaging('sources', 'knows no types of Parquet', () => ({ types: undefined })),
  brokenTables('sources', 'leaves a part behind when a source fails', (sound) => ({
    stage: (request) =>
      sound.stage(request).then((staged) =>
        exchange(staged, {
          write: (given) =>
            staged.write(given).catch(async (error: unknown) => {
              await leavePart(sound, given.base);
              throw error;
            }),
        }),
      ),
  })),

  brokenStaging('load', 'leaves a part behind when a load is refused', (sound, tables) => ({
    write: (request) =>
      sound.write(request).catch(async (error: unknown) => {
        await leavePart(tables, request.base);
        throw error;
      }),
  })),
  brokenStaging('load', 'counts every row as inserted', (sound) => ({
    async write(request) {
      const written = await sound.write(request);
      const { inserted, updated, unchanged } = written.change.rows;
      return { ...written, change: { ...written.change, rows: { ...nothing, inserted: inserted + updated + unchanged } } };
    },
  })),
  brokenStaging('load', 'counts unchanged rows as updated', (sound) => ({
    async write(request) {
      const written = await sound.write(request);
      const { updated, unchanged } = written.change.rows;
      return { ...written, change: { ...written.change, rows: { ...written.change.rows, updated: updated + unchanged, unchanged: 0 } } };
    },
  })),
  brokenStaging('load', 'appends where it should replace', (sound) => ({
    write: (request) => sound.write({ ...request, mode: 'incremental' }),
  })),
  brokenStaging('load', 'appends where there is a key', (sound) => ({
    write: (request) => sound.write({ ...request, base: { ...request.base, primaryKey: [] } }),
  })),
  brokenStaging('load', 'compares only the first column of a key', (sound) => ({
    write: (request) => sound.write({ ...request, base: { ...request.base, primaryKey: request.base.primaryKey.slice(0, 1) } }),
  })),
  brokenTables('load', 'counts against the base it remembers', (sound) => ({
    count: (base, added) => sound.count({ ...base, parts: [] }, added),
  })),
  brokenTables('load', 'reads part after part, not what they amount to', (sound) => ({
    async *read(data, query) {
      for (const part of data.parts) yield* sound.read({ ...data, parts: [part] }, query);
    },
  })),
  misreadRows('load', 'keeps an updated row where it was first', (rows) =>
    'name' in (rows[0] ?? {}) ? [...rows].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1)) : rows,
  ),

  brokenTables('query', 'reads in another order each time', (sound) => {
    let reads = 0;
    return {
      async *read(data, query) {
        reads += 1;
        for await (const rows of sound.read(data, query)) yield reads % 2 ? rows : [...rows].reverse();
      },
    };
  }),
  brokenTables('query', 'ignores the order of columns asked for', (sound) => ({
    read: (data, query = {}) =>
      sound.read(data, { ...query, columns: data.columns.map(({ name }) => name).filter((name) => query.columns?.includes(name) ?? true) }),
  })),
  brokenTables('query', 'limits before it orders', (sound) => ({
    async *read(data, { limit, ...query } = {}) {
      const rows = await collect(sound.read(data, { limit }));
      const ordered = await collect(sound.read(data, query));
      yield ordered.filter((row) => rows.some((kept) => kept.id === row.id)).slice(0, limit);
    },
  })),
  brokenTables('query', 'lets null differ from nothing', (sound) => ({
    read: (data, query = {}) =>
      sound.read(data, {
        ...query,
        where: query.where?.flatMap((filter) => (filter.op === 'ne' ? [filter, { ...filter, values: [null] }] : [filter])),
      }),
  })),
  brokenTables('query', 'takes what lies beyond null for everything', (sound) => ({
    read: (data, query = {}) =>
      sound.read(data, { ...query, where: query.where?.filter(({ values }) => values.length !== 1 || values[0] !== null) }),
  })),
  brokenTables('query', 'puts null first when it orders downward', (sound) => ({
    async *read(data, query = {}) {
      const rows = await collect(sound.read(data, query));
      const [order] = query.orderBy ?? [];
      if (order?.direction !== 'desc') return yield rows;
      yield [...rows.filter((row) => row[order.column] === null), ...rows.filter((row) => row[order.column] !== null)];
    },
  })),
  brokenTables('query', 'compares numbers as text', (sound) => ({
    read: (data, query) =>
      sound.read(
        { ...data, columns: data.columns.map((column): Column => (column.type === 'integer' ? { ...column, type: 'string' } : column)) },
        query,
      ),
  })),
  brokenTables('query', 'counts groups of duplicates for rows', (sound) => ({
    countDuplicates: async (data, columns) => Math.floor((await sound.countDuplicates(data, columns)) / 2),
  })),
  brokenTables('query', 'counts no nulls where no part has the column', (sound) => ({
    async countRows(data, where) {
      const count = await sound.countRows(data, where);
      return where.some(({ values }) => values.includes(null)) && count === (await sound.countRows(data, [])) ? 0 : count;
    },
  })),
  brokenTables('query', 'counts without filters', (sound) => ({ countRows: (data) => sound.countRows(data, []) })),
  brokenTables('query', 'hands out all rows in one batch', (sound) => ({
    async *read(data, query) {
      yield await collect(sound.read(data, query));
    },
  })),

  misreadParts('change', 'ignores deletions', (data) => ({ ...data, parts: data.parts.filter(({ kind }) => kind !== 'deletes') })),
  brokenTables('change', 'drops a row in compaction', (sound) => ({
    async compact(base, run) {
      const change = await sound.compact(base, run);
      const [first, ...others] = change.splices;
      return first?.added.length ? { ...change, splices: [{ ...first, added: first.added.slice(1) }, ...others] } : change;
    },
  })),
  brokenTables('change', 'counts the rows of a compaction as a change', (sound) => ({
    async compact(base, run) {
      return { ...(await sound.compact(base, run)), rows: { ...nothing, unchanged: 1 } };
    },
  })),
  brokenTables('change', 'never compacts', () => ({ compact: async () => ({ splices: [], rows: nothing }) })),
  brokenTables('change', 'compacts to the end whatever the run', (sound) => ({
    compact: (base, { at }) => sound.compact(base, { at, count: base.parts.length - at }),
  })),
  brokenTables('change', 'deletes where any filter holds', (sound) => ({
    async deleteRows(base, where) {
      if (where.length < 2) return sound.deleteRows(base, where);
      return sound.deleteRows(base, where.slice(1));
    },
  })),
  brokenTables('change', 'rewrites a table to delete a row', (sound) => ({
    deleteRows: async (base, where) => {
      const { splices, rows } = await sound.deleteRows(base, where);
      const added = splices.flatMap((splice) => splice.added);
      const folded = await sound.compact({ ...base, parts: [...base.parts, ...added] }, { at: 0, count: base.parts.length + added.length });
      return {
        splices: [{ at: 0, removed: base.parts.map(({ id }) => id), added: folded.splices.flatMap((splice) => splice.added) }],
        rows,
      };
    },
  })),
  brokenTables('change', 'knows columns by name', (sound) => {
    const first = new Map<string, string>();
    const byName = (data: TableData): TableData => ({
      ...data,
      columns: data.columns.map((column) => {
        if (!first.has(column.name)) first.set(column.name, column.id);
        return { ...column, id: first.get(column.name)! };
      }),
    });
    return { read: (data, query) => sound.read(byName(data), query) };
  }),
  misreadParts('change', 'ignores parts that were written with another key', (data) => ({
    ...data,
    parts: data.parts.filter(({ key }) => !key || JSON.stringify(key) === JSON.stringify(data.primaryKey)),
  })),

  brokenTables('export', 'exports CSV without a header', (sound) => ({
    export: (data, request, write) => {
      let first = true;
      return sound.export(data, request, async (chunk) => {
        const text = Buffer.from(chunk);
        await write(first && request.format === 'csv' && !request.gzip ? text.subarray(text.indexOf('\n') + 1) : chunk);
        first = false;
      });
    },
  })),
  brokenTables('export', 'hashes something else', (sound) => ({
    export: async (data, request, write) => ({ ...(await sound.export(data, request, write)), sha256: '0'.repeat(64) }),
  })),
  brokenTables('export', 'says the compressed size twice', (sound) => ({
    async export(data, request, write) {
      const facts = await sound.export(data, request, write);
      return { ...facts, uncompressedBytes: facts.bytes };
    },
  })),
  brokenTables('export', 'does not wait for a chunk to be taken', (sound) => ({
    export: (data, request, write) =>
      sound.export(data, request, async (chunk) => {
        await Promise.all([write(chunk.subarray(0, 1)), write(chunk.subarray(1))]);
      }),
  })),
  brokenTables('export', 'swallows that a chunk cannot be taken', (sound) => ({
    export: (data, request, write) => sound.export(data, request, (chunk) => write(chunk).catch(() => undefined)),
  })),
  brokenTables('export', 'ignores filters', (sound) => ({
    export: (data, request, write) => sound.export(data, { ...request, where: [] }, write),
  })),
  brokenTables('export', 'exports no deletions', (sound) => ({
    export: (data, request, write) => sound.export({ ...data, parts: data.parts.filter(({ kind }) => kind !== 'deletes') }, request, write),
  })),

  brokenTables('diff', 'tells no deletions', (sound) => ({
    async *diff(from, to, touched) {
      for await (const changes of sound.diff(from, to, touched)) yield changes.filter(({ kind }) => kind !== 'deleted');
    },
  })),
  brokenTables('diff', 'tells an update as a deletion and an insertion', (sound) => ({
    async *diff(from, to, touched) {
      for await (const changes of sound.diff(from, to, touched)) {
        yield changes.flatMap((change) =>
          change.kind === 'updated'
            ? [
                { kind: 'deleted', key: change.key, before: change.before },
                { kind: 'inserted', key: change.key, after: change.after },
              ]
            : [change],
        );
      }
    },
  })),
  brokenTables('diff', 'matches columns by name', (sound) => ({
    diff: (from, to, touched) =>
      sound.diff(
        from,
        { ...to, columns: to.columns.map((column) => from.columns.find(({ name }) => name === column.name) ?? column) },
        touched,
      ),
  })),
  brokenTables('diff', 'ignores columns that one side lacks', (sound) => ({
    diff: (from, to, touched) => {
      const both = (data: TableData, other: TableData) => ({
        ...data,
        columns: data.columns.filter(({ id }) => other.columns.some((column) => column.id === id)),
      });
      return sound.diff(both(from, to), both(to, from), touched);
    },
  })),
  brokenTables('diff', 'looks only at the first part that was touched', (sound) => ({
    diff: (from, to, touched) => sound.diff(from, { ...to, parts: touched ? to.parts.slice(0, from.parts.length + 1) : to.parts }),
  })),
  brokenTables('diff', 'takes rows without a key as a set', (sound) => ({
    async *diff(from, to, touched) {
      const seen = new Set<string>();
      for await (const changes of sound.diff(from, to, touched)) {
        yield changes.filter((change) => {
          const text = JSON.stringify(change);
          return !seen.has(text) && seen.add(text);
        });
      }
    },
  })),

  brokenTables('parts', 'forgets orphans', (sound) => {
    const named = new Set<string>();
    return {
      read(data, query) {
        for (const { id } of data.parts) named.add(id);
        return sound.read(data, query);
      },
      async *parts(project) {
        for await (const parts of sound.parts(project)) yield parts.filter(({ id }) => named.has(id));
      },
    };
  }),
  brokenTables('parts', 'finds every part intact', () => ({ verify: async () => 'intact' })),
  brokenTables('parts', 'complains of parts that are gone already', (sound) => ({
    async remove(project, parts) {
      for (const part of parts) if ((await sound.verify(project, part)) === 'missing') throw new Error('no such part');
      await sound.remove(project, parts);
    },
  })),
  brokenTables('parts', 'reads past a part that is gone', (sound) => ({
    async *read(data, query) {
      const states = await Promise.all(data.parts.map(({ id }) => sound.verify(data.project, id)));
      yield* sound.read({ ...data, parts: data.parts.filter((_, index) => states[index] === 'intact') }, query);
    },
  })),
  brokenTables('parts', 'erases the projects that begin alike too', (sound) => ({
    async erase(project) {
      for (const one of [project, `${project}0`]) await sound.erase(one);
    },
  })),
  brokenTables('parts', 'never removes', () => ({ remove: async () => undefined })),
  brokenTables('parts', 'keeps the parts of all projects together', (sound) => {
    const together = (data: TableData) => ({ ...data, project: 'all' });
    return {
      stage: async (request) => {
        const staged = await sound.stage({ ...request, project: 'all' });
        return exchange(staged, { write: (given) => staged.write({ ...given, base: together(given.base) }) });
      },
      deleteRows: (base, where) => sound.deleteRows(together(base), where),
      read: (data, query) => sound.read(together(data), query),
      verify: (_, part) => sound.verify('all', part),
      remove: (_, parts) => sound.remove('all', parts),
      parts: () => sound.parts('all'),
    };
  }),

  brokenStaging('table history', 'loses a load that updates several rows', (sound) => ({
    async write(request) {
      const written = await sound.write(request);
      return written.change.rows.updated > 1 ? { ...written, change: { ...written.change, splices: [] } } : written;
    },
  })),
  brokenTables('change', 'forgets deletions when it compacts a run in the middle', (sound) => ({
    async compact(base, run) {
      const change = await sound.compact(base, run);
      const splices = change.splices.map((splice) => ({ ...splice, added: splice.added.filter(({ kind }) => kind !== 'deletes') }));
      return run.at > 0 ? { ...change, splices } : change;
    },
  })),
];

/** A valid part that nobody asked for. */
async function leavePart(tables: TableStore, base: TableData): Promise<void> {
  await using staged = await tables.stage({ project: base.project, source: { csv: 'x\n1\n' }, csv: {} });
  const column: Column = { id: 'x', name: 'x', type: 'string', nullable: true };
  await staged.write({ base: { ...base, columns: [column], primaryKey: [], parts: [] }, columns: [column], mode: 'full' });
}

/** Storages that claim what they do not keep. */
const falseClaims: readonly BrokenStorage[] = [
  {
    title: 'claims to be durable and forgets',
    topic: 'durability',
    open: async () => exchange(memoryStorage(), { features: { durable: true, shared: false } }),
  },
  {
    title: 'claims to be durable and forgets checkpoints',
    topic: 'durability',
    open: withLasting((storage) => ({ checkpoints: exchange(storage.checkpoints, { save: async () => undefined }) })),
  },
  {
    title: 'claims to be durable and forgets the times',
    topic: 'durability',
    open: withLasting(({ events }) => {
      return {
        events: exchange(events, { head: async (log) => ((await events.head(log)) ? { position: 1, recordedAt: '' } : undefined) }),
      };
    }),
  },
  {
    title: 'claims to be shared and is not',
    topic: 'sharing',
    open: async () => exchange(memoryStorage(), { features: { durable: false, shared: true } }),
  },
  {
    title: 'shares what it read before, not what is there now',
    topic: 'sharing',
    open: withLasting(({ events }) => {
      const heads = new Map<string, ReturnType<EventStore['head']>>();
      const remembered = (log: string) => heads.get(log) ?? heads.set(log, events.head(log)).get(log)!;
      return { events: exchange(events, { head: remembered }) };
    }),
  },
];

/** Each opening of a lasting memory with something exchanged. */
function withLasting(breaks: (storage: Storage) => Partial<Storage>): OpenStorage {
  const open = lastingMemory();
  return async (place) => {
    const storage = await open(place);
    return exchange(storage, breaks(storage));
  };
}

/** Every storage that the laws must tell from a sound one. */
export const brokenStorages: readonly BrokenStorage[] = [
  ...brokenEventStores,
  ...brokenCheckpointStores,
  ...brokenTableStores,
  ...falseClaims,
];
