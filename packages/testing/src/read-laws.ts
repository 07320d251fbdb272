import assert from 'node:assert/strict';
import type { EventStore, ReadOptions } from '@daybook/core';
import { EventModel } from './event-model';
import { append, assertGapless, collect, event, events, readAll, write } from './events';
import { type Law, law } from './law';

/** Which events a read finds, and in what order and pages. */
export const readLaws: readonly Law[] = [
  law('finds nothing in an unknown log', async ({ events: store }) => {
    await append(store, write('project/1', 0, event()));
    for (const log of ['project/2', 'project/', 'project/1/', 'project/11']) {
      assert.deepEqual(await readAll(store, log), []);
      assert.equal(await store.head(log), undefined);
    }
  }),

  law('knows the head of a log', async ({ events: store }) => {
    assert.equal(await store.head('project/1'), undefined);
    await append(store, write('project/1', 0, ...events(2)), write('project/2', 0, event()));
    assert.deepEqual(await store.head('project/1'), { position: 2, recordedAt: '2026-11-01T10:00:00.000Z' });
    await append(store, write('project/1', 2, event('Later', { at: '2026-11-01T10:00:05.000Z' })));
    assert.deepEqual(await store.head('project/1'), { position: 3, recordedAt: '2026-11-01T10:00:05.000Z' });
  }),

  ...selections().map(({ title, options }) =>
    law(`reads ${title}`, async ({ events: store }) => {
      const model = await storedSample(store);
      for (const option of options) {
        const expected = model.read('project/1', option);
        assert.ok(expected.length > 0);
        assert.deepEqual(await readAll(store, 'project/1', option), expected, JSON.stringify(option));
      }
    }),
  ),

  law('finds nothing where no event fits', async ({ events: store }) => {
    await storedSample(store);
    const nothing: readonly ReadOptions[] = [
      { after: 60 },
      { after: 1000 },
      { upTo: 0 },
      { after: 5, upTo: 5 },
      { after: 10, upTo: 3, backward: true },
      { limit: 0 },
      { types: ['Unknown'] },
      { tags: ['unknown:1'] },
      { tags: ['table:a', 'unknown:1'] },
      { tags: ['table:a', 'table:b'] },
      { tags: ['table:'] },
    ];
    for (const options of nothing) assert.deepEqual(await readAll(store, 'project/1', options), [], JSON.stringify(options));
  }),

  law('does not mix up tags that begin alike', async ({ events: store }) => {
    const tags = [
      'table:a',
      'table:a:b',
      'table:a/b',
      'table:ab',
      'table',
      'a',
      'table:A',
      'tablé:a',
      'table:a ',
      ' table:a',
      'table:🐎',
      'table:%61',
    ];
    await append(store, write('project/1', 0, ...tags.map((tag) => event('Tagged', { data: { tag }, tags: [tag] }))));
    for (const tag of tags) {
      const found = await readAll(store, 'project/1', { tags: [tag] });
      assert.deepEqual(
        found.map(({ data }) => data.tag),
        [tag],
      );
    }
  }),

  law('does not mix up types that begin alike', async ({ events: store }) => {
    const types = ['Table', 'TableLoaded', 'TableLoadedAgain', 'tableLoaded', 'TableLoaded '];
    await append(store, write('project/1', 0, ...types.map((type) => event(type))));
    for (const type of types) {
      const found = await readAll(store, 'project/1', { types: [type] });
      assert.deepEqual(
        found.map((recorded) => recorded.type),
        [type],
      );
    }
  }),

  law('keeps the events of logs that begin alike apart', async ({ events: store }) => {
    const logs = ['project/1', 'project/10', 'project/1/a', 'project/1:2', 'project'];
    await append(store, ...logs.map((log) => write(log, 0, event('Opened', { data: { log }, tags: ['kind:opened'] }))));
    for (const log of logs) {
      for (const options of [{}, { tags: ['kind:opened'] }, { types: ['Opened'] }, { backward: true }]) {
        const found = await readAll(store, log, options);
        assert.deepEqual(
          found.map(({ data }) => data.log),
          [log],
        );
      }
    }
  }),

  law('reads an event once that carries a tag twice, and when asked for it twice', async ({ events: store }) => {
    await append(store, write('project/1', 0, event('Tagged', { tags: ['job:1', 'job:1', 'table:a'] })));
    for (const tags of [['job:1'], ['job:1', 'job:1'], ['table:a', 'job:1', 'job:1']]) {
      assert.equal((await readAll(store, 'project/1', { tags })).length, 1);
    }
    assert.equal((await readAll(store, 'project/1', { types: ['Tagged', 'Tagged'] })).length, 1);
  }),

  law('hands out pages of one to a thousand events', async ({ events: store }) => {
    await append(store, write('project/1', 0, ...events(2500).map((given) => ({ ...given, tags: ['kind:bulk'] }))));
    for (const options of [{}, { backward: true }, { tags: ['kind:bulk'] }, { types: ['Noted'], after: 1 }, { after: 499, limit: 1500 }]) {
      let count = 0;
      for await (const page of store.read('project/1', options)) {
        assert.ok(page.length >= 1 && page.length <= 1000, `a page of ${page.length}`);
        count += page.length;
      }
      assert.equal(count, options.limit ?? 2500 - (options.after ?? 0));
    }
    for await (const page of store.read('project/2')) assert.fail(`a page of ${page.length} from an empty log`);
  }),

  law('orders more than nine and more than ninety-nine events by number', async ({ events: store }) => {
    for (let position = 0; position < 120; position++)
      await append(store, write('project/1', position, event('Noted', { tags: ['kind:n'] })));
    for (const options of [{}, { tags: ['kind:n'] }, { types: ['Noted'] }]) {
      assertGapless(await readAll(store, 'project/1', options));
      assertGapless((await readAll(store, 'project/1', { ...options, backward: true })).reverse());
    }
  }),

  law('never shows a gap while others append', async ({ events: store }) => {
    await append(store, write('project/1', 0, ...events(1500)));
    const seen = [];
    for await (const page of store.read('project/1')) {
      seen.push(...page);
      if (seen.length < 3000) await append(store, write('project/1', (await store.head('project/1'))?.position ?? 0, ...events(700)));
    }
    assert.ok(seen.length >= 1500);
    assertGapless(seen);
  }),

  law('shows an append over several logs whole as soon as its head is known', async ({ events: store }) => {
    const writing = (async () => {
      for (let n = 0; n < 30; n++) await append(store, write('project/1', n, event()), write('project/2', n, event()));
    })();
    let known = 0;
    while (known < 30) {
      known = (await store.head('project/1'))?.position ?? 0;
      const [one, two] = await Promise.all([readAll(store, 'project/1', { upTo: known }), readAll(store, 'project/2', { upTo: known })]);
      assert.deepEqual([one.length, two.length], [known, known]);
      await new Promise(setImmediate);
    }
    await writing;
  }),

  law('may be stopped after any page and begun again', async ({ events: store }) => {
    await append(store, write('project/1', 0, ...events(2100)));
    for (let round = 0; round < 3; round++) {
      for await (const page of store.read('project/1', { backward: round === 1 })) {
        assert.ok(page.length > 0);
        break;
      }
    }
    await append(store, write('project/1', 2100, event()));
    assertGapless(await collect(store.read('project/1')));
  }),
];

function selections(): readonly { title: string; options: readonly ReadOptions[] }[] {
  return [
    { title: 'everything', options: [{}, { after: 0 }, { upTo: 1000 }, { limit: 1000 }, { tags: [] }] },
    { title: 'after a position', options: [{ after: 1 }, { after: 30 }, { after: 59 }] },
    { title: 'up to a position', options: [{ upTo: 1 }, { upTo: 30 }, { upTo: 60 }, { upTo: 61 }] },
    {
      title: 'between two positions',
      options: [
        { after: 9, upTo: 10 },
        { after: 10, upTo: 50 },
      ],
    },
    { title: 'by type', options: [{ types: ['Loaded'] }, { types: ['Dropped', 'Loaded'] }, { types: ['Dropped', 'Unknown'] }] },
    { title: 'by tag', options: [{ tags: ['table:a'] }, { tags: ['table:c'] }] },
    { title: 'by all of several tags', options: [{ tags: ['table:a', 'job:1'] }, { tags: ['job:0', 'kind:data', 'table:b'] }] },
    {
      title: 'by tags and types at once',
      options: [
        { tags: ['table:a'], types: ['Loaded', 'Dropped'] },
        { tags: ['kind:data', 'job:1'], types: ['Loaded'] },
      ],
    },
    {
      title: 'by tag or type between positions',
      options: [
        { tags: ['table:a'], after: 9, upTo: 40 },
        { types: ['Loaded'], after: 20 },
      ],
    },
    {
      title: 'backward',
      options: [{ backward: true }, { backward: true, after: 55 }, { backward: true, upTo: 5 }, { backward: true, after: 9, upTo: 12 }],
    },
    {
      title: 'backward by tag and type',
      options: [
        { backward: true, tags: ['table:b'], upTo: 50 },
        { backward: true, types: ['Loaded'], after: 7 },
      ],
    },
    {
      title: 'at most so many',
      options: [{ limit: 1 }, { limit: 7, after: 20 }, { limit: 3, tags: ['table:b'] }, { limit: 3, types: ['Loaded'], upTo: 50 }],
    },
    {
      title: 'the newest so many backward',
      options: [
        { limit: 1, backward: true },
        { limit: 4, backward: true, upTo: 33, tags: ['table:a', 'kind:data'] },
      ],
    },
  ];
}

/** Sixty events in one log, more in its neighbours. */
async function storedSample(store: EventStore): Promise<EventModel> {
  const model = new EventModel();
  const sample = Array.from({ length: 60 }, (_, n) =>
    event(['Created', 'Loaded', 'Dropped', 'Loaded'][n % 4], {
      data: { n },
      tags: [`table:${'abc'[n % 3]}`, `job:${n % 5}`, ...(n % 2 ? ['kind:data'] : [])],
      at: new Date(Date.UTC(2026, 10, 1, 10, 0, n)).toISOString(),
    }),
  );
  for (let start = 0; start < 60; start += 20) {
    const neighbours = ['project/0', 'project/10'].map((log) => write(log, start, ...sample.slice(start, start + 20)));
    const writes = [write('project/1', start, ...sample.slice(start, start + 20)), ...neighbours];
    model.append(writes);
    await append(store, ...writes);
  }
  return model;
}
