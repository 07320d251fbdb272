import { Readable } from 'node:stream';
import type { Source } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { openBook, textSink } from '../../test/book';

async function scene() {
  const book = await openBook();
  await book.project.createBucket({ stage: 'in', name: 'main' });
  await book.project.createTable('in.c-main.orders', { columns: [{ name: 'id' }, { name: 'note' }] });
  return book;
}

/** Bytes that never end, and whether somebody has said that no more are wanted. */
function endless() {
  let ended = false;
  async function* bytes() {
    try {
      yield 'id\n';
      for (;;) yield '1\n';
    } finally {
      ended = true;
    }
  }
  return { bytes, isEnded: () => ended };
}

describe('a source', () => {
  it('is let go when the load is refused before it was read', async () => {
    const { project } = await scene();
    const none = project.table('in.c-main.none');
    const stream = Readable.from(endless().bytes());
    await expect(none.load({ csv: stream })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    expect(stream.destroyed).toBe(true);

    let cancelled = false;
    const web = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    await expect(none.load({ csv: web })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    expect(cancelled).toBe(true);

    const { bytes, isEnded } = endless();
    const generator = bytes();
    await generator.next();
    await expect(project.createTable('in.c-main.orders', { from: { csv: generator } })).rejects.toMatchObject({ code: 'TABLE_EXISTS' });
    expect(isEnded()).toBe(true);
  });

  it('of no known kind is a mistake in the program', async () => {
    const { project } = await scene();
    const none = {} as Source;
    await expect(project.table('in.c-main.orders').load(none)).rejects.toThrow(TypeError);
    await expect(project.createTable('in.c-main.x', { from: none })).rejects.toThrow(TypeError);
  });
});

describe('a sink', () => {
  it('is destroyed when the export is refused before it begins', async () => {
    const { project } = await scene();
    for (const [table, columns] of [
      ['in.c-main.none', ['id']],
      ['in.c-main.orders', ['none']],
    ] as const) {
      const out = textSink();
      await expect(project.table(table).export({ csv: out.sink }, { columns })).rejects.toMatchObject({ code: /NOT_FOUND/ });
      expect([table, out.state]).toEqual([table, 'aborted']);
    }
  });
});

describe('closing', () => {
  it('waits for loads under way', async () => {
    const { daybook, project, again } = await scene();
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    async function* rows() {
      yield { id: '1', note: 'a' };
      await gate;
      yield { id: '2', note: 'b' };
    }
    const load = project.table('in.c-main.orders').load({ rows: rows() });
    await project.describe();
    let closed = false;
    const closing = daybook.close().then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    go();
    expect((await load).inserted).toBe(2);
    await closing;
    expect((await (await again()).table('in.c-main.orders').describe()).rowCount).toBe(2);
  });
});
