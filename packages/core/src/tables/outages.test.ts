import { DaybookError, openDaybook, type Storage } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { all, collect } from '../../test/book';

/** An object with some of its methods replaced. */
function over<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const value = name in methods ? methods[name as keyof T] : target[name as keyof T];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A book on a storage that can be made to fail, and that answers late. */
async function outageBook() {
  const memory = memoryStorage();
  const outage: { answersLostOf?: string; noHeadsAfter?: string; noHeads?: boolean } = {};
  const afterClosing: string[] = [];
  let closed = false;
  const down = new DaybookError('STORE_UNAVAILABLE', { what: 'an outage' });
  const events = over(memory.events, {
    async head(log) {
      await new Promise(setImmediate);
      if (closed) afterClosing.push(log);
      if (outage.noHeads) throw down;
      return memory.events.head(log);
    },
    async append(writes) {
      const answer = await memory.events.append(writes);
      const types = writes.flatMap((write) => write.events.map(({ type }) => type));
      if (types.some((type) => type === outage.answersLostOf)) throw down;
      if (types.some((type) => type === outage.noHeadsAfter)) outage.noHeads = true;
      return answer;
    },
  });
  const dispose: Storage[typeof Symbol.asyncDispose] = async () => {
    closed = true;
  };
  const errors: unknown[] = [];
  const daybook = await openDaybook({
    storage: over<Storage>(memory, { events, [Symbol.asyncDispose]: dispose }),
    onError: (error) => errors.push(error),
  });
  const alice = daybook.as({ kind: 'person', id: 'alice' });
  const { id: organization } = await alice.createOrganization({ name: 'Acme' });
  const project = await alice.createProject({ organization, name: 'Sales' });
  await project.createBucket({ stage: 'in', name: 'main' });
  const table = await project.createTable('in.c-main.t', { from: { csv: 'id\n0\n' }, primaryKey: ['id'] });
  const types = async () => (await all(project.history())).map(({ type }) => type);
  return { daybook, project, table, outage, errors, afterClosing, types };
}

describe('work on a table', () => {
  it('whose answer is lost accuses nobody', async () => {
    const { table, outage, errors, types } = await outageBook();
    outage.answersLostOf = 'TableLoaded';
    await expect(table.load({ csv: 'id\n1\n' }, { mode: 'incremental' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    outage.answersLostOf = undefined;
    expect((await types()).slice(-2)).toEqual(['StorageJobCreated', 'TableLoaded']);
    expect(errors).toEqual([]);
  });

  it('that is on record has succeeded, whatever becomes of the housekeeping after it', async () => {
    const { table, outage, errors } = await outageBook();
    outage.noHeadsAfter = 'TableLoaded';
    expect(await table.load({ csv: 'id\n1\n' }, { mode: 'incremental' })).toMatchObject({ inserted: 1 });
    await new Promise(setImmediate);
    outage.noHeads = false;
    expect(await collect(table.rows())).toEqual([{ id: '0' }, { id: '1' }]);
    expect(errors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }]);
  });

  it('is over when the book is closed, with what follows from it', async () => {
    const { daybook, table, errors, afterClosing } = await outageBook();
    for (let i = 0; i < 14; i++) await table.load({ csv: `id\n${i}\n` }, { mode: 'incremental' });
    let begun = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const loads = [100, 200].map((id) => table.load({ csv: `id\n${id}\n` }, { mode: 'incremental', onProgress: begun }));
    await isBegun;
    await daybook.close();
    await Promise.all(loads);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect([errors, afterClosing]).toEqual([[], []]);
  });

  it.each<[string, () => unknown]>([
    ['an error without a message', () => Object.assign(new Error(), { message: undefined })],
    ['an error whose message is a number', () => Object.assign(new Error(), { message: 7 })],
    ['an object without a prototype', () => Object.create(null)],
    [
      'an error that cannot be read',
      () =>
        Object.defineProperty(new Error(), 'message', {
          get() {
            throw new Error('unreadable');
          },
        }),
    ],
    [
      'a proxy that was revoked',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    ['an error of ours with a bigint', () => new DaybookError('STORE_UNAVAILABLE', { what: 7n as never })],
    ['nothing', () => undefined],
  ])('fails with its source, which throws %s', async (_, thrown) => {
    const { project, table, errors } = await outageBook();
    const error = thrown();
    async function* csv() {
      yield 'id\n';
      throw error;
    }
    const failed = await table.load({ csv: csv() }, { mode: 'incremental' }).then(
      () => 'loaded',
      (found) => [found === error],
    );
    expect([failed, errors]).toEqual([[true], []]);
    const { items } = await project.storageJobs({ status: ['error'] });
    expect(items.map(({ operation }) => operation)).toEqual(['tableLoad']);
  });

  it('goes on where a listener to its progress rejects', async () => {
    const { table, errors } = await outageBook();
    const listener = async () => {
      throw new Error('not listening');
    };
    await table.load({ csv: 'id\n1\n' }, { mode: 'incremental', onProgress: listener });
    await new Promise(setImmediate);
    expect(errors.length).toBeGreaterThan(0);
  });
});
