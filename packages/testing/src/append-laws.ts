import assert from 'node:assert/strict';
import type { Json, NewEvent, Write } from '@daybook/core';
import { append, assertGapless, collect, conflict, event, events, readAll, write } from './events';
import { type Law, law } from './law';

/** What an append stores, when it answers conflict, and how it is asked again. */
export const appendLaws: readonly Law[] = [
  law('stores events with the next positions', async ({ events: store }) => {
    assert.deepEqual(
      (await append(store, write('project/1', 0, ...events(2)))).map(({ position }) => position),
      [2],
    );
    assert.deepEqual(
      (await append(store, write('project/1', 2, ...events(3)))).map(({ position }) => position),
      [5],
    );
    const recorded = await readAll(store, 'project/1');
    assertGapless(recorded);
    assert.deepEqual(
      recorded.map(({ data }) => data.n),
      [1, 2, 1, 2, 3],
    );
  }),

  law('gives back every field of an event', async ({ events: store }) => {
    const full = event('TableLoaded', {
      data: { table: 'in.c-main.orders', rows: 3 },
      tags: ['table:in.c-main.orders', 'job:17'],
      actor: { kind: 'limited', id: 'crm' },
      at: '2026-11-01T10:00:00.123Z',
      correlationId: 'request-1',
      causationId: 'event-1',
    });
    const bare = event('Noted', { at: '2026-11-01T10:00:01.000Z' });
    await append(store, write('project/1', 0, full, bare));
    const expected = [full, bare].map(({ at, ...rest }, index) => ({ ...rest, log: 'project/1', position: index + 1, recordedAt: at }));
    assert.deepEqual(await readAll(store, 'project/1'), expected);
  }),

  law('answers conflict to a stale position and stores nothing', async ({ events: store }) => {
    await append(store, write('project/1', 0, event('A'), event('B')));
    for (const expected of [0, 1]) {
      const answer = await conflict(store, write('project/1', expected, event('C')));
      assert.equal(answer.log, 'project/1');
      assert.deepEqual(answer.head, await store.head('project/1'));
    }
    assert.deepEqual(
      (await readAll(store, 'project/1')).map(({ type }) => type),
      ['A', 'B'],
    );
  }),

  law('answers conflict to a position that is yet to come', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    await conflict(store, write('project/1', 2, event()));
    assert.equal((await readAll(store, 'project/1')).length, 1);
  }),

  law('answers conflict without a head for a log that does not exist', async ({ events: store }) => {
    const answer = await conflict(store, write('project/1', 3, event()));
    assert.deepEqual([answer.log, answer.head], ['project/1', undefined]);
    assert.equal(await store.head('project/1'), undefined);
  }),

  law('stores all writes of one append, heads in their order', async ({ events: store }) => {
    await append(store, write('user/z', 0, ...events(4)));
    const heads = await append(
      store,
      write('user/z', 4, event()),
      write('project/1', 0, ...events(2)),
      write('organization/1', 0, event()),
    );
    assert.deepEqual(
      heads.map(({ position }) => position),
      [5, 2, 1],
    );
    for (const log of ['user/z', 'project/1', 'organization/1']) assertGapless(await readAll(store, log));
  }),

  law('stores none of several writes when one log is elsewhere, whichever it is', async ({ events: store }) => {
    await append(store, write('project/2', 0, event('Old')));
    const stale = write('project/2', 0, event('New'));
    const fresh = ['project/1', 'project/3'].map((log) => write(log, 0, event('New')));
    for (const writes of [
      [stale, ...fresh],
      [...fresh, stale],
      [fresh[0]!, stale, fresh[1]!],
    ]) {
      assert.equal((await conflict(store, ...writes)).log, 'project/2');
    }
    for (const { log } of fresh) assert.equal(await store.head(log), undefined);
    assert.deepEqual(
      (await readAll(store, 'project/2')).map(({ type }) => type),
      ['Old'],
    );
  }),

  law('lets exactly one of several appends at one position win', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    const attempts = Array.from({ length: 20 }, (_, n) => event('Attempt', { data: { n } }));
    const answers = await Promise.all(attempts.map((attempt) => store.append([write('project/1', 1, attempt)])));
    const winners = attempts.filter((_, index) => answers[index]?.status === 'appended');
    assert.equal(winners.length, 1);
    assert.deepEqual(
      (await readAll(store, 'project/1')).slice(1).map(({ id }) => id),
      winners.map(({ id }) => id),
    );
  }),

  law('keeps appends over crossing logs whole when they run at once', async ({ events: store }) => {
    const logs = ['project/1', 'project/2', 'project/3'];
    const pairs = logs.flatMap((a) => logs.filter((b) => a !== b).map((b) => [a, b] as const));
    const answers = await Promise.all(
      pairs.map(async (pair, n) => {
        const writes = pair.map((log) => write(log, 0, event('Pair', { data: { n } })));
        return (await store.append(writes)).status;
      }),
    );
    const stored = (await Promise.all(logs.map((log) => readAll(store, log)))).flat().map(({ data }) => data.n);
    const winners = pairs.flatMap((_, n) => (answers[n] === 'appended' ? [n] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual(stored, [...winners, ...winners]);
  }),

  law('never lets the time of a log run backwards', async ({ events: store }) => {
    const at = (time: string) => event('Timed', { at: `2026-11-01T${time}.000Z` });
    const [first] = await append(store, write('project/1', 0, at('10:00:00'), at('09:00:00'), at('10:00:01')));
    assert.deepEqual(first, { position: 3, recordedAt: '2026-11-01T10:00:01.000Z' });
    const [second] = await append(store, write('project/1', 3, at('08:00:00')));
    assert.deepEqual(second, { position: 4, recordedAt: '2026-11-01T10:00:01.000Z' });
    await append(store, write('project/1', 4, at('10:00:02')));
    assert.deepEqual(
      (await readAll(store, 'project/1')).map(({ recordedAt }) => recordedAt.slice(11, 19)),
      ['10:00:00', '10:00:00', '10:00:01', '10:00:01', '10:00:02'],
    );
  }),

  law('keeps the times of logs apart', async ({ events: store }) => {
    await append(store, write('project/1', 0, event('Late', { at: '2030-01-01T00:00:00.000Z' })));
    const [head] = await append(store, write('project/2', 0, event('Early', { at: '2020-01-01T00:00:00.000Z' })));
    assert.equal(head?.recordedAt, '2020-01-01T00:00:00.000Z');
  }),

  law('answers the first result to the same ids at the same place', async ({ events: store }) => {
    const first = [write('project/1', 0, event('A'), event('B', { at: '2026-11-01T11:00:00.000Z' }))];
    const heads = await append(store, ...first);
    assert.deepEqual(await append(store, ...first), heads);
    await append(store, write('project/1', 2, event('C', { at: '2026-11-01T12:00:00.000Z' })));
    assert.deepEqual(await append(store, ...first), heads);
    assert.deepEqual(
      (await readAll(store, 'project/1')).map(({ type }) => type),
      ['A', 'B', 'C'],
    );
  }),

  law('answers the first result over several logs too', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    const writes = [write('project/2', 0, ...events(2)), write('project/1', 1, event())];
    const heads = await append(store, ...writes);
    await append(store, write('project/2', 2, event()));
    assert.deepEqual(await append(store, ...writes), heads);
    assert.deepEqual(await append(store, writes[1]!), [heads[1]]);
    assert.deepEqual([(await store.head('project/1'))?.position, (await store.head('project/2'))?.position], [2, 3]);
  }),

  law('stores one of two equal appends that run at once, and answers both alike', async ({ events: store }) => {
    const same = write('project/1', 0, ...events(3));
    const answers = await Promise.all([store.append([same]), store.append([same])]);
    assert.equal(answers[0].status, 'appended');
    assert.deepEqual(answers[0], answers[1]);
    assert.equal((await readAll(store, 'project/1')).length, 3);
  }),

  law('leaves what is stored as it is when asked again with other contents', async ({ events: store }) => {
    const first = event('A', { data: { n: 1 } });
    await append(store, write('project/1', 0, first));
    await append(store, write('project/1', 0, { ...first, data: { n: 2 } }));
    assert.deepEqual((await readAll(store, 'project/1'))[0]?.data, { n: 1 });
  }),

  ...retriesThatConflict().map(({ title, again }) =>
    law(`answers conflict to ${title}`, async ({ events: store }) => {
      const [a, b, c] = [event('A'), event('B'), event('C')];
      await append(store, write('project/1', 0, a, b));
      const before = await readAll(store, 'project/1');
      await conflict(store, ...again(a, b, c));
      assert.deepEqual(await readAll(store, 'project/1'), before);
      assert.equal(await store.head('project/2'), undefined);
    }),
  ),

  law('takes an id again in another log', async ({ events: store }) => {
    const same = event();
    await append(store, write('project/1', 0, same), write('project/2', 0, same));
    await append(store, write('project/3', 0, same));
    assert.equal((await readAll(store, 'project/3'))[0]?.id, same.id);
  }),

  law('asserts where other logs are, and answers their heads in the order of the writes', async ({ events: store }) => {
    const [organization] = await append(store, write('organization/1', 0, ...events(3)));
    const heads = await append(
      store,
      write('organization/1', 3),
      write('project/1', 0, event('A', { at: '2026-11-01T11:00:00.000Z' })),
      write('organization/2', 0),
    );
    assert.deepEqual(heads, [organization, { position: 1, recordedAt: '2026-11-01T11:00:00.000Z' }, { position: 0, recordedAt: '' }]);
    assert.deepEqual(await store.head('organization/1'), organization);
    assert.equal(await store.head('organization/2'), undefined);
    assert.deepEqual(await collect(store.logs()), ['organization/1', 'project/1']);
  }),

  ...staleAssertions().map(({ title, stale }) =>
    law(`answers conflict to an assertion ${title}, names its log and stores nothing`, async ({ events: store }) => {
      await append(store, write('organization/1', 0, ...events(2)));
      await append(store, write('project/2', 0, event()));
      for (const writes of [
        [stale, write('project/1', 0, event())],
        [write('project/2', 1, event()), write('project/1', 0, event()), stale],
      ]) {
        const answer = await conflict(store, ...writes);
        assert.deepEqual([answer.log, answer.head], [stale.log, await store.head(stale.log)]);
      }
      assert.deepEqual([await store.head('project/1'), (await store.head('project/2'))?.position], [undefined, 1]);
      assert.deepEqual(await collect(store.logs()), ['organization/1', 'project/2']);
    }),
  ),

  law('answers assertions alone: whether all of them hold', async ({ events: store }) => {
    const heads = await append(store, write('organization/1', 0, ...events(2)));
    assert.deepEqual(await append(store, write('organization/1', 2)), heads);
    assert.deepEqual(await append(store, write('project/1', 0), write('organization/1', 2)), [{ position: 0, recordedAt: '' }, ...heads]);
    assert.equal((await conflict(store, write('organization/1', 2), write('project/1', 1))).log, 'project/1');
    assert.deepEqual(await collect(store.logs()), ['organization/1']);
  }),

  law('answers the first result to an append asked again, wherever the logs that it asserted are now', async ({ events: store }) => {
    const [asserted] = await append(store, write('organization/1', 0, event('A', { at: '2026-11-01T10:30:00.000Z' })));
    const first = [write('organization/1', 1), write('project/1', 0, ...events(2)), write('organization/2', 0)];
    const heads = await append(store, ...first);
    assert.deepEqual(heads[0], asserted);
    await append(store, write('organization/1', 1, event('B', { at: '2026-11-01T12:00:00.000Z' })), write('organization/2', 0, event()));
    assert.deepEqual(await append(store, ...first), heads);
    assert.equal((await conflict(store, write('organization/1', 1), write('project/1', 2, event()))).log, 'organization/1');
    assert.equal((await readAll(store, 'project/1')).length, 2);
  }),

  law('answers the first result also where an asserted log was erased since', async ({ events: store }) => {
    await append(store, write('organization/1', 0, event()));
    const first = [write('organization/1', 1), write('project/1', 0, event())];
    const [, head] = await append(store, ...first);
    await store.erase('organization/1');
    assert.deepEqual(await append(store, ...first), [{ position: 1, recordedAt: '' }, head]);
    assert.equal(await store.head('organization/1'), undefined);
  }),

  law('stores all of many appends at once that assert one log', async ({ events: store }) => {
    await append(store, write('organization/1', 0, event()));
    const appends = Array.from({ length: 40 }, (_, n) => [write('organization/1', 1), write(`project/${n}`, 0, event())]);
    assert.deepEqual(
      (await Promise.all(appends.map((writes) => store.append(writes)))).map(({ status }) => status),
      appends.map(() => 'appended'),
    );
  }),

  law('takes assertions of a log and writes to it in the order in which they are asked', async ({ events: store }) => {
    const answers = await Promise.all([
      store.append([write('organization/1', 0), write('project/1', 0, event())]),
      store.append([write('organization/1', 0, event())]),
      store.append([write('organization/1', 1), write('project/2', 0, event())]),
      store.append([write('project/3', 0, event()), write('organization/1', 1)]),
      store.append([write('organization/1', 1, event())]),
      store.append([write('project/4', 0, event()), write('organization/1', 1)]),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['appended', 'appended', 'appended', 'appended', 'appended', 'conflict'],
    );
  }),

  law('never stores both of two appends that each assert what the other writes to', async ({ events: store }) => {
    const pairs = Array.from({ length: 20 }, (_, n) => [`project/a${n}`, `project/b${n}`] as const);
    for (const [a, b] of pairs.filter((_, n) => n % 2 === 0)) await append(store, write(a, 0, event()), write(b, 0, event()));
    const answers = await Promise.all(
      pairs.map(async ([a, b], n) => {
        const expected = n % 2 === 0 ? 1 : 0;
        const one = store.append([write(a, expected), write(b, expected, event())]);
        const other = store.append([write(b, expected), write(a, expected, event())]);
        return (await Promise.all([one, other])).filter(({ status }) => status === 'appended').length;
      }),
    );
    assert.deepEqual(
      answers,
      pairs.map(() => 1),
    );
  }),

  ...brokenWrites().map(({ title, writes }) =>
    law(`refuses ${title} with a TypeError and stores nothing`, async ({ events: store }) => {
      await assert.rejects(async () => store.append([write('project/0', 0, event()), ...writes]), TypeError);
      for (const log of ['project/0', 'project/1']) assert.equal(await store.head(log), undefined);
    }),
  ),

  law('stores five thousand events in one append', async ({ events: store }) => {
    const many = Array.from({ length: 5000 }, (_, n) => event('Bulk', { data: { n }, tags: [`batch:${n % 7}`, 'batch:all'] }));
    assert.equal((await append(store, write('project/1', 0, ...many)))[0]?.position, 5000);
    const recorded = await readAll(store, 'project/1');
    assertGapless(recorded);
    assert.deepEqual(
      recorded.map(({ id }) => id),
      many.map(({ id }) => id),
    );
    assert.equal((await readAll(store, 'project/1', { tags: ['batch:3'] })).length, 714);
  }),

  law('stores a payload of a megabyte', async ({ events: store }) => {
    const text = 'žluťoučký kůň 🐎 '.repeat(55_000);
    await append(store, write('project/1', 0, event('Big', { data: { text } }), event('After')));
    const [big, after] = await readAll(store, 'project/1');
    assert.equal(big?.data.text, text);
    assert.equal(after?.type, 'After');
  }),

  law('stores log ids and tags of the greatest length', async ({ events: store }) => {
    const log = `project/${'x'.repeat(192)}`;
    const tags = Array.from({ length: 16 }, (_, index) => `file:${String(index).padStart(2, '0')}${'ü'.repeat(293)}`);
    await append(store, write(log, 0, event('Long', { tags })));
    for (const tag of tags) assert.equal((await readAll(store, log, { tags: [tag] })).length, 1);
    assert.deepEqual((await readAll(store, log, { tags: [tags[0]!.slice(0, -1)] })).length, 0);
  }),

  law('keeps any payload as its JSON text says it, keys in their order', async ({ events: store }) => {
    const data = JSON.parse(oddPayload) as { readonly [key: string]: Json };
    await append(store, write('project/1', 0, event('Odd', { data })));
    const [odd] = await readAll(store, 'project/1');
    assert.equal(JSON.stringify(odd?.data), JSON.stringify(data));
  }),

  law('keeps its own copy of what it is given', async ({ events: store }) => {
    const data = { rows: [1, 2], by: { name: 'Ada' } };
    const tags = ['table:orders'];
    const actor = { kind: 'person' as const, id: 'alice' };
    const given = event('Loaded', { data, tags, actor });
    await append(store, write('project/1', 0, given));
    const before = await readAll(store, 'project/1');
    data.rows.push(3);
    data.by.name = 'Eve';
    tags.push('table:invoices');
    actor.id = 'eve';
    assert.deepEqual(await readAll(store, 'project/1'), before);
    assert.deepEqual(await readAll(store, 'project/1', { tags: ['table:invoices'] }), []);
  }),

  law('keeps its own copy of what it hands out', async ({ events: store }) => {
    await append(store, write('project/1', 0, event('Loaded', { data: { rows: [1, 2] }, tags: ['table:orders'] })));
    const before = await readAll(store, 'project/1');
    for await (const page of store.read('project/1')) for (const recorded of page) vandalise(recorded);
    assert.deepEqual(await readAll(store, 'project/1'), before);
    assert.equal((await readAll(store, 'project/1', { tags: ['table:orders'] })).length, 1);
  }),
];

const oddPayload = `{
  "zebra": 1, "apple": 2, "__proto__": { "polluted": true }, "constructor": "x", "toString": null, "": "empty", "a.b": 1, "$where": 2,
  "nul": "\\u0000", "line": "a\\r\\n\\tb", "quotes": "\\"'\`\\\\", "text": "žluťoučký 漢字 🐎 \\u2028 \\u2029 \\ufeff",
  "numbers": [0, -1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 9007199254740991, 0.1], "deep": [[[[[{ "a": [] }]]]]], "none": {}
}`;

type Retry = (a: NewEvent, b: NewEvent, c: NewEvent) => readonly Write[];

function retriesThatConflict(): readonly { title: string; again: Retry }[] {
  return [
    { title: 'ids of which only the first are there', again: (a, b, c) => [write('project/1', 0, a, b, c)] },
    { title: 'ids of which only some are there', again: (a, _, c) => [write('project/1', 0, a, c)] },
    { title: 'the same ids in another order', again: (a, b) => [write('project/1', 0, b, a)] },
    { title: 'the same ids at another place', again: (a, b) => [write('project/1', 2, a, b)] },
    { title: 'an id from the middle of the log among new ones', again: (_, b, c) => [write('project/1', 2, c, b)] },
    { title: 'the same ids beside a new write', again: (a, b, c) => [write('project/1', 0, a, b), write('project/2', 0, c)] },
  ];
}

function staleAssertions(): readonly { title: string; stale: Write }[] {
  return [
    { title: 'that is behind', stale: write('organization/1', 1) },
    { title: 'that is ahead', stale: write('organization/1', 3) },
    { title: 'that a log does not exist', stale: write('organization/1', 0) },
    { title: 'of a log that does not exist', stale: write('organization/2', 1) },
  ];
}

function brokenWrites(): readonly { title: string; writes: readonly Write[] }[] {
  const twin = event();
  const tagged = (tags: readonly string[]) => [write('project/1', 0, event('Tagged', { tags }))];
  return [
    { title: 'a log written twice', writes: [write('project/1', 0, event()), write('project/1', 1, event())] },
    { title: 'a log written and asserted', writes: [write('project/1', 0), write('project/1', 0, event())] },
    { title: 'an odd log id', writes: [write('project 1', 0, event())] },
    { title: 'an empty log id', writes: [write('', 0, event())] },
    { title: 'a log id of 201 characters', writes: [write('x'.repeat(201), 0, event())] },
    { title: 'a negative position', writes: [write('project/1', -1, event())] },
    { title: 'half a position', writes: [write('project/1', 0.5, event())] },
    { title: 'an id given twice', writes: [write('project/1', 0, twin, twin)] },
    { title: 'seventeen tags', writes: tagged(Array.from({ length: 17 }, (_, n) => `tag:${n}`)) },
    { title: 'an empty tag', writes: tagged(['']) },
    { title: 'a tag of 301 characters', writes: tagged(['x'.repeat(301)]) },
  ];
}

/** Frozen results are fine: then nothing happens. */
function vandalise(recorded: object): void {
  const { data, tags } = recorded as { data: { rows: number[] }; tags: string[] };
  for (const harm of [() => data.rows.push(3), () => tags.splice(0), () => Object.assign(recorded, { type: 'Forged', position: 9 })]) {
    try {
      harm();
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
  }
}
