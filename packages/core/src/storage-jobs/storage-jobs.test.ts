import { operations } from '@daybook/core';
import { given, type ProjectEvent } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { alice, beginning, bob, later, project, storageJob, system, tableLoaded, withTable } from '../../test/facts';

const request = { id: 'load-1', operation: 'tableLoad', table: 'in.c-main.orders', parameters: { mode: 'full' } } as const;
const created = (status: 'waiting' | 'processing' = 'processing'): ProjectEvent => ({
  type: 'StorageJobCreated',
  data: { ...request, status },
});
const create = { type: 'CreateStorageJob', data: { ...request, status: 'processing' } } as const;
const start = { type: 'StartStorageJob', data: { id: 'load-1' } } as const;
const error = { code: 'MALFORMED_INPUT', message: 'Malformed input in line 3: ragged.', details: { line: 3 } };
const fail = { type: 'FailStorageJob', data: { id: 'load-1', error } } as const;
const finished = storageJob('tableLoad', { id: 'load-1', table: 'in.c-main.orders' });
const succeed = { type: 'SucceedStorageJob', data: { storageJob: finished } } as const;

describe('a storage job', () => {
  it('is open from when it is asked for', () => {
    given(...project)
      .when(create)
      .records(created())
      .stateSatisfies(({ storageJobs }) =>
        expect(storageJobs).toEqual({
          'load-1': { ...request, status: 'processing', actor: alice, createdAt: beginning, startedAt: beginning },
        }),
      );
  });

  it('that waits begins later, once', () => {
    given(...project, created('waiting'))
      .when(start, { now: later(1) })
      .records({ type: 'StorageJobStarted', data: { id: 'load-1' } });
    given(...project, created('waiting'), { type: 'StorageJobStarted', data: { id: 'load-1' }, at: later(1) })
      .when(start)
      .records()
      .stateSatisfies(({ storageJobs }) =>
        expect(storageJobs['load-1']).toMatchObject({ status: 'processing', startedAt: later(1), createdAt: beginning }),
      );
    given(...project, created())
      .when(start)
      .records();
  });

  it('is begun and ends well only while its owner may do the operation, and fails in any case', () => {
    const removed = { type: 'AdministratorRemoved', data: { person: alice.id }, actor: system } as const;
    const waiting = given(...project, created('waiting'), removed);
    for (const command of [start, succeed]) waiting.when(command).refuses('ACCESS_DENIED');
    expect(waiting.when(fail).events).toMatchObject([{ type: 'StorageJobFailed' }]);
    waiting.when(start, { actor: system }).records({ type: 'StorageJobStarted', data: { id: 'load-1' } });
  });

  it('fails with its cause, once', () => {
    const failed = { type: 'StorageJobFailed', data: { ...request, createdAt: beginning, startedAt: beginning, error } } as const;
    given(...project, created())
      .when(fail, { now: later(1) })
      .records(failed)
      .stateSatisfies(({ storageJobs }) => expect(storageJobs).toEqual({}));
    given(...project, created(), failed)
      .when(fail, { actor: system })
      .refuses('STORAGE_JOB_NOT_FOUND', { storageJob: 'load-1' });
    // Nobody owns what is no longer open.
    given(...project, created(), failed)
      .when(fail)
      .refuses('ACCESS_DENIED');
  });

  it('that fails while it waits has begun when it failed', () => {
    given(...project, created('waiting'))
      .when(fail, { now: later(1) })
      .records({ type: 'StorageJobFailed', data: { ...request, createdAt: beginning, startedAt: later(1), error } });
  });

  it('keeps at most 10,000 characters of a message', () => {
    const [event] = given(...project, created()).when({
      ...fail,
      data: { id: 'load-1', error: { code: 'INTERNAL', message: 'x'.repeat(20_000) } },
    }).events;
    expect(event!.data).toMatchObject({ error: { message: 'x'.repeat(10_000) } });
  });

  it('ends well without a change, once', () => {
    const succeeded = { type: 'StorageJobSucceeded', data: { storageJob: finished } } as const;
    given(...project, created())
      .when(succeed)
      .records(succeeded)
      .stateSatisfies(({ storageJobs }) => expect(storageJobs).toEqual({}));
    given(...project, created(), succeeded)
      .when(succeed, { actor: system })
      .refuses('STORAGE_JOB_NOT_FOUND');
  });

  it('ends with whatever event carries it', () => {
    const { state } = given(...withTable, created(), tableLoaded({ storageJob: finished }));
    expect(state.storageJobs).toEqual({});
  });

  it.each([start, fail, succeed])('that is not open refuses $type', (command) => {
    given(...project)
      .when(command, { actor: system })
      .refuses('STORAGE_JOB_NOT_FOUND', { storageJob: 'load-1' });
  });

  it.each([start, fail, succeed])('lets only whoever began it, and the system, do $type', (command) => {
    const bobs = [...project, { type: 'AdministratorJoined', data: { person: 'bob' } } as const, created('waiting')];
    given(...bobs)
      .when(command, { actor: bob })
      .refuses('ACCESS_DENIED');
    given(...bobs)
      .when(command, { actor: { kind: 'limited', id: 'alice' } })
      .refuses('ACCESS_DENIED');
    expect(given(...bobs).when(command, { actor: system }).events).toHaveLength(1);
    expect(given(...bobs).when(command, { actor: alice }).events).toHaveLength(1);
  });

  it('of a project that was disabled meanwhile can only fail', () => {
    const disabled = [...project, created('waiting'), { type: 'ProjectDisabled', data: { reason: 'unpaid' } } as const];
    given(...disabled)
      .when(start)
      .refuses('PROJECT_DISABLED');
    given(...disabled)
      .when(succeed)
      .refuses('PROJECT_DISABLED');
    given(...disabled)
      .when(create)
      .refuses('PROJECT_DISABLED');
    expect(given(...disabled).when(fail).events).toHaveLength(1);
  });

  it.each(operations)('for %s may be begun by who may do that', (operation) => {
    const begin = { type: 'CreateStorageJob', data: { ...request, operation, status: 'processing' } } as const;
    const asAdministrator = given(...project).when(begin);
    if (operation === 'tableCompact') asAdministrator.refuses('ACCESS_DENIED');
    else expect(asAdministrator.events).toHaveLength(1);
    expect(given(...project).when(begin, { actor: system }).events).toHaveLength(1);
    given(...project)
      .when(begin, { actor: bob, isMember: true })
      .refuses('ACCESS_DENIED');
  });
});
