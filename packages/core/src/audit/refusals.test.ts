import { isDaybookError } from '@daybook/core';
import { describe, expect, it } from 'vitest';
import { all, type Book, collect, openBook } from '../../test/book';
import { later } from '../../test/facts';

const hour = 1 / 24;

async function refusals({ project }: Pick<Book, 'project'>) {
  return (await all(project.history({ types: ['AccessRefused'] }))).map(({ at, actor, sentence, data }) => ({ at, actor, sentence, data }));
}

async function tries(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) {
    const refusal = await work().catch((error) => error);
    expect(isDaybookError(refusal, 'ACCESS_DENIED')).toBe(true);
  }
}

describe('a refusal for access', () => {
  it('is on record: who asked for what; commands and queries alike', async () => {
    const book = await openBook();
    const sam = book.daybook.as({ kind: 'person', id: 'sam' });
    await tries(1, () => sam.project(book.project.id));
    const [refused] = await refusals(book);
    expect(refused).toEqual({
      at: later(0),
      actor: { kind: 'system', id: 'daybook' },
      sentence: 'the system (daybook) refused sam what they may not do: describeProject',
      data: { refused: { kind: 'person', id: 'sam' }, actions: { describeProject: 1 }, since: later(0) },
    });
    expect((await all(book.project.history({ actor: { kind: 'person', id: 'sam' } }))).map(({ type }) => type)).toEqual(['AccessRefused']);

    const olga = await book.daybook.as({ kind: 'person', id: 'olga' }).project(book.project.id);
    await tries(1, () => olga.createBucket({ stage: 'in', name: 'main' }));
    expect((await refusals(book)).at(-1)?.data.actions).toEqual({ CreateBucket: 1 });
    await tries(1, () => sam.organization(book.organization.id));
    expect((await all(book.organization.history({ types: ['AccessRefused'] }))).map(({ data }) => data.actions)).toEqual([
      { describeOrganization: 1 },
    ]);
  });

  it('is counted for an hour when it is repeated: one event, whatever was asked for', async () => {
    const book = await openBook();
    const olga = await book.daybook.as({ kind: 'person', id: 'olga' }).project(book.project.id);
    await tries(1, () => olga.tables());
    await tries(500, () => olga.tables());
    await tries(20, () => olga.createBucket({ stage: 'in', name: 'main' }));
    expect(await refusals(book)).toHaveLength(1);
    await book.daybook.runDue();
    expect(await refusals(book)).toHaveLength(1);
    book.day(hour);
    await book.daybook.runDue();
    expect((await refusals(book)).map(({ data }) => [data.actions, data.since])).toEqual([
      [{ tables: 1 }, later(0)],
      [{ tables: 500, CreateBucket: 20 }, later(0)],
    ]);
    await book.daybook.runDue();
    expect(await refusals(book)).toHaveLength(2);
  });

  it('of the next hour comes after what was counted; and closing loses no count', async () => {
    const book = await openBook();
    const olga = await book.daybook.as({ kind: 'person', id: 'olga' }).project(book.project.id);
    await tries(3, () => olga.tables());
    book.day(hour);
    await tries(2, () => olga.buckets());
    expect((await refusals(book)).map(({ data }) => data.actions)).toEqual([{ tables: 1 }, { tables: 2 }, { buckets: 1 }]);
    await book.daybook.close();
    const log = await collect(book.storage.events.read(`project/${book.project.id}`, { types: ['AccessRefused'] }));
    expect(log.at(-1)?.data.actions).toEqual({ buckets: 1 });
    expect(log).toHaveLength(4);
  });

  it('is on record in a disabled project too, and never for a project that is not there', async () => {
    const book = await openBook();
    await book.project.disable({ reason: 'unpaid' });
    const sam = book.daybook.as({ kind: 'person', id: 'sam' });
    await tries(1, () => sam.project(book.project.id));
    expect(await refusals(book)).toHaveLength(1);
    await sam.project('none').catch(() => {});
    expect(await collect(book.storage.events.logs())).not.toContain('project/none');
  });
});
