import { given, type ProjectEvent } from '@daybook/testing';
import { describe, expect, it } from 'vitest';
import { alice, beginning, bob, endedJob, jobCreated, jobStarted, project, system } from '../../test/facts';
import { keyGroup } from './state';

const seconds = (count: number) => new Date(Date.parse(beginning) + count * 1_000).toISOString();
const job = { job: 'extract' };
const create = { type: 'CreateJob', data: { ...job, component: 'acme.extractor' } } as const;
const started = [...project, jobCreated(), jobStarted()];
const terminating: ProjectEvent = { type: 'JobTerminating', data: job };
const child = (id = 'child', parent = 'extract', runId = `${parent}.${id}`) => jobCreated({ job: id, parent, runId });
/** Like `endedJob`, of a job that never started. */
function unstarted(data: Parameters<typeof endedJob>[0]) {
  const { startedAt: _, runner: __, ...rest } = endedJob(data);
  return rest;
}

describe('a job', () => {
  it('is created with what it is asked with, once', () => {
    const request = { component: 'acme.extractor', configuration: 'daily', mode: 'debug', parameters: { since: '2026-01-01' } };
    given(...project)
      .when({ type: 'CreateJob', data: { ...job, ...request, rerunOf: 'earlier', heartbeatTimeoutSeconds: 60 } })
      .records(jobCreated({ ...request, rerunOf: 'earlier', heartbeatTimeoutSeconds: 60 }))
      .stateSatisfies(({ jobs }) =>
        expect(jobs.extract).toEqual({
          ...{ id: 'extract', runId: 'extract', ...request, rerunOf: 'earlier', heartbeatTimeoutSeconds: 60, actor: alice },
          ...{ status: 'created', position: 3, createdAt: beginning, openChildren: 0, children: {} },
        }),
      );
    given(...project)
      .when(create)
      .records(jobCreated());
    given(...project, jobCreated())
      .when(create)
      .records();
  });

  it('waits, starts and ends', () => {
    given(...project, jobCreated())
      .when({ type: 'QueueJob', data: job })
      .records({ type: 'JobQueued', data: job });
    given(...project, jobCreated(), { type: 'JobQueued', data: job })
      .when({ type: 'StartJob', data: { ...job, runner: 'worker-1' } }, { now: seconds(60) })
      .records(jobStarted())
      .stateSatisfies(({ jobs }) =>
        expect(jobs.extract).toMatchObject({ status: 'processing', startedAt: seconds(60), runner: 'worker-1' }),
      );
    given(...started)
      .when({ type: 'SucceedJob', data: { ...job, message: 'done', metrics: { rows: 7 } } }, { now: seconds(90) })
      .records({ type: 'JobSucceeded', data: { ...endedJob({ runMs: 90_000 }), message: 'done', metrics: { rows: 7 } } })
      .stateSatisfies(({ jobs }) => expect(jobs).toEqual({}));
    given(...started)
      .when({ type: 'WarnJob', data: { ...job, message: 'two rows left out' } })
      .records({ type: 'JobSucceededWithWarning', data: { ...endedJob(), message: 'two rows left out' } });
    const error = { kind: 'user', message: 'wrong password', exceptionId: 'e-1' } as const;
    given(...started)
      .when({ type: 'FailJob', data: { ...job, error, metrics: { rows: 3 } } })
      .records({ type: 'JobFailed', data: { ...endedJob(), error, metrics: { rows: 3 } } });
  });

  it('starts once: again for the same runner, never for another', () => {
    const start = (runner: string) => ({ type: 'StartJob', data: { ...job, runner } }) as const;
    given(...started)
      .when(start('worker-1'))
      .records();
    given(...started)
      .when(start('worker-2'))
      .refuses('JOB_TRANSITION_FORBIDDEN', { from: 'processing', to: 'processing' });
  });

  it('goes nowhere that it may not', () => {
    const error = { kind: 'user', message: 'x' } as const;
    const to = {
      waiting: { type: 'QueueJob', data: job },
      processing: { type: 'StartJob', data: { ...job, runner: 'worker-9' } },
      success: { type: 'SucceedJob', data: job },
      warning: { type: 'WarnJob', data: job },
      error: { type: 'FailJob', data: { ...job, error } },
      terminated: { type: 'StopJob', data: job },
    } as const;
    const from: Record<string, readonly [readonly ProjectEvent[], readonly (keyof typeof to)[]]> = {
      created: [[], ['success', 'warning', 'error', 'terminated']],
      waiting: [[{ type: 'JobQueued', data: job }], ['success', 'warning', 'error', 'terminated']],
      processing: [[jobStarted()], ['waiting', 'processing', 'terminated']],
      terminating: [
        [jobStarted(), terminating],
        ['waiting', 'processing', 'success', 'warning', 'error'],
      ],
    };
    for (const [status, [past, forbidden]] of Object.entries(from)) {
      for (const target of forbidden)
        given(...project, jobCreated(), ...past)
          .when(to[target])
          .refuses('JOB_TRANSITION_FORBIDDEN', { from: status, to: target });
    }
  });

  it('that is not there is not found, nor one that has ended', () => {
    const past = [...started, { type: 'JobSucceeded', data: endedJob() }] as const;
    const commands = [
      ...[
        { type: 'QueueJob', data: job },
        { type: 'StartJob', data: { ...job, runner: 'x' } },
        { type: 'HeartbeatJob', data: job },
      ],
      ...[
        { type: 'LogJobMessage', data: { ...job, level: 'info', text: 'x' } },
        { type: 'SucceedJob', data: job },
        { type: 'WarnJob', data: job },
      ],
      ...[
        { type: 'FailJob', data: { ...job, error: { kind: 'user', message: 'x' } } },
        { type: 'TerminateJob', data: job },
        { type: 'StopJob', data: job },
      ],
      { type: 'CreateJob', data: { job: 'child', component: 'x', parent: 'extract' } },
    ] as const;
    for (const command of commands) {
      given(...project)
        .when(command)
        .refuses('JOB_NOT_FOUND', { job: 'extract' });
      given(...past)
        .when(command)
        .refuses('JOB_NOT_FOUND', { job: 'extract' });
    }
  });

  it('logs messages, cut when they are very long', () => {
    const message = { ...job, level: 'warn', text: 'slow', context: { attempt: 2 } } as const;
    given(...project, jobCreated())
      .when({ type: 'LogJobMessage', data: message })
      .records({ type: 'JobMessageLogged', data: message });
    const long = 'x'.repeat(20_000);
    const cut = 'x'.repeat(10_000);
    given(...started)
      .when({ type: 'LogJobMessage', data: { ...message, text: long } })
      .records({ type: 'JobMessageLogged', data: { ...message, text: cut } });
    given(...started)
      .when({ type: 'FailJob', data: { ...job, error: { kind: 'user', message: long } } })
      .records({ type: 'JobFailed', data: { ...endedJob(), error: { kind: 'user', message: cut } } });
  });

  it('counts as run time only what it was processing until it was asked to stop', () => {
    given(...started, { ...terminating, at: seconds(10) })
      .when({ type: 'StopJob', data: job }, { now: seconds(70) })
      .records({ type: 'JobTerminated', data: endedJob({ runMs: 10_000 }) });
  });

  it('is nobody else’s to drive', () => {
    given(...project)
      .when(create, { actor: bob })
      .refuses('ACCESS_DENIED', { action: 'CreateJob', actor: 'person bob' });
    given(...started)
      .when({ type: 'AbandonJob', data: job })
      .refuses('ACCESS_DENIED');
  });
});

describe('a heartbeat', () => {
  const beat = { type: 'HeartbeatJob', data: job } as const;
  const recorded: ProjectEvent = { type: 'JobHeartbeat', data: job };

  it('is recorded once a quarter of the time that a silent job has', () => {
    given(...started)
      .when(beat, { now: seconds(899) })
      .records();
    given(...started)
      .when(beat, { now: seconds(900) })
      .records(recorded)
      .stateSatisfies(({ jobs }) => expect(jobs.extract!.heartbeatAt).toBe(seconds(900)));
    given(...started, { ...recorded, at: seconds(900) })
      .when(beat, { now: seconds(1_799) })
      .records();
    given(...started, { ...recorded, at: seconds(900) })
      .when(beat, { now: seconds(1_800) })
      .records(recorded);
  });

  it('says nothing of a job that has not started', () => {
    given(...project, jobCreated())
      .when(beat, { now: seconds(100_000) })
      .records();
  });

  it('is heard in a disabled project too, where a job may end badly but not begin', () => {
    const disabled = [...started, { type: 'ProjectDisabled', data: { reason: 'unpaid' } }] as const;
    given(...disabled)
      .when(beat, { now: seconds(900) })
      .records(recorded);
    given(...disabled)
      .when({ type: 'FailJob', data: { ...job, error: { kind: 'user', message: 'x' } } })
      .records({ type: 'JobFailed', data: { ...endedJob(), error: { kind: 'user', message: 'x' } } });
    given(...disabled)
      .when(create)
      .refuses('PROJECT_DISABLED');
  });

  it('that stops lets the job fail as abandoned', () => {
    const abandon = { type: 'AbandonJob', data: job } as const;
    const error = { kind: 'application', message: 'Nothing was heard of it for 3600 seconds.' } as const;
    given(...started)
      .when(abandon, { actor: system, now: seconds(3_600) })
      .records();
    given(...started)
      .when(abandon, { actor: system, now: seconds(3_601) })
      .records({ type: 'JobFailed', data: { ...endedJob({ runMs: 3_601_000 }), error, abandoned: true } });
    given(...started, { ...recorded, at: seconds(900) })
      .when(abandon, { actor: system, now: seconds(4_500) })
      .records();
    given(...project, jobCreated())
      .when(abandon, { actor: system, now: seconds(1_000_000) })
      .records();
    // That work in it was found dead is no sign of life.
    const work = { id: 'w', operation: 'tableExport', job: 'extract', parameters: {} } as const;
    const failed = (code: string) => {
      const data = { ...work, createdAt: beginning, startedAt: beginning, error: { code, message: '' } };
      return { type: 'StorageJobFailed', data, at: seconds(3_600) } as const;
    };
    const during = [...started, { type: 'StorageJobCreated', data: { ...work, status: 'processing' } }] as const;
    given(...during, failed('SINK_FAILED'))
      .when(abandon, { actor: system, now: seconds(3_601) })
      .records();
    given(...during, failed('ABANDONED'))
      .when(abandon, { actor: system, now: seconds(3_601) })
      .records({ type: 'JobFailed', data: { ...endedJob({ runMs: 3_601_000 }), error, abandoned: true } });
    given(...started, terminating)
      .when(abandon, { actor: system, now: seconds(3_601) })
      .records({ type: 'JobTerminated', data: endedJob() });
  });
});

describe('a tree of jobs', () => {
  it('is told by dotted ids', () => {
    given(...started)
      .when({ type: 'CreateJob', data: { job: 'child', component: 'acme.extractor', parent: 'extract' } })
      .records(child())
      .stateSatisfies(({ jobs }) => expect(jobs.extract!.openChildren).toBe(1));
    given(...started, child())
      .when({ type: 'CreateJob', data: { job: 'grandchild', component: 'acme.extractor', parent: 'child' } })
      .records(child('grandchild', 'child', 'extract.child.grandchild'));
  });

  it('does not grow below a job that is to stop, nor beyond 50 levels', () => {
    const below = { type: 'CreateJob', data: { job: 'child', component: 'x', parent: 'extract' } } as const;
    given(...started, terminating)
      .when(below)
      .refuses('JOB_TERMINATING', job);
    given(...project, jobCreated({ runId: Array(50).fill('a').join('.') }))
      .when(below)
      .refuses('INVALID_INPUT');
  });

  it('does not succeed before the children end', () => {
    for (const type of ['SucceedJob', 'WarnJob'] as const)
      given(...started, child())
        .when({ type, data: job })
        .refuses('JOB_CHILDREN_OPEN', { job: 'extract', children: ['child'] });
    given(...started, child(), jobStarted('child'), {
      type: 'JobSucceeded',
      data: endedJob({ job: 'child', runId: 'extract.child', parent: 'extract' }),
    })
      .when({ type: 'SucceedJob', data: job }, { now: seconds(60) })
      // The work was the child's: no run time of its own.
      .records({ type: 'JobSucceeded', data: endedJob({ children: { success: 1 }, runMs: 0 }) });
  });

  it('takes open children along, the deepest first, when the parent fails', () => {
    const error = { kind: 'application', message: 'out of memory' } as const;
    const running = endedJob({ job: 'child', runId: 'extract.child', parent: 'extract', children: { cancelled: 1 } });
    const waiting = unstarted({ job: 'grandchild', runId: 'extract.child.grandchild', parent: 'child' });
    given(...started, child(), jobStarted('child'), child('grandchild', 'child', 'extract.child.grandchild'))
      .when({ type: 'FailJob', data: { ...job, error } })
      .records(
        { type: 'JobTerminating', data: { job: 'child' } },
        { type: 'JobTerminating', data: { job: 'grandchild' } },
        { type: 'JobCancelled', data: waiting },
        { type: 'JobTerminated', data: running },
        { type: 'JobFailed', data: { ...endedJob({ children: { terminated: 1 } }), error } },
      )
      .stateSatisfies(({ jobs }) => expect(jobs).toEqual({}));
  });

  it('is asked to stop as a whole; what has not started ends at once', () => {
    given(...started, child(), jobStarted('child'), child('other'))
      .when({ type: 'TerminateJob', data: job })
      .records(
        { type: 'JobTerminating', data: job },
        { type: 'JobTerminating', data: { job: 'child' } },
        { type: 'JobTerminating', data: { job: 'other' } },
        { type: 'JobCancelled', data: unstarted({ job: 'other', runId: 'extract.other', parent: 'extract' }) },
      );
    given(...started, terminating)
      .when({ type: 'TerminateJob', data: job })
      .records();
    given(...project, jobCreated())
      .when({ type: 'TerminateJob', data: job })
      .records(terminating, { type: 'JobCancelled', data: unstarted({}) });
  });

  it('ends with its last child where the parent never started', () => {
    const below = [child(), jobStarted('child')];
    given(...project, jobCreated(), ...below)
      .when({ type: 'TerminateJob', data: job })
      .records(terminating, { type: 'JobTerminating', data: { job: 'child' } });
    given(...project, jobCreated(), ...below, terminating, { type: 'JobTerminating', data: { job: 'child' } })
      .when({ type: 'StopJob', data: { job: 'child' } })
      .records(
        { type: 'JobTerminated', data: endedJob({ job: 'child', runId: 'extract.child', parent: 'extract' }) },
        { type: 'JobCancelled', data: unstarted({ children: { terminated: 1 } }) },
      );
  });
});

describe('an idempotency key', () => {
  const request = { component: 'acme.extractor', idempotencyKey: 'monday', parameters: { a: 1, b: [{ c: 2, d: 3 }] } };
  const asked = (more: object = {}) => ({ type: 'CreateJob', data: { job: 'again', ...request, ...more } }) as const;
  const open = jobCreated({ idempotencyKey: 'monday', parameters: request.parameters });

  it('leads to the open job that has it', () => {
    given(...project, open)
      .when(asked({ parameters: { b: [{ d: 3, c: 2 }], a: 1 } }))
      .records();
    given(...project, open)
      .when(asked({ idempotencyKey: 'tuesday' }))
      .records(jobCreated({ job: 'again', idempotencyKey: 'tuesday', parameters: request.parameters }));
  });

  it('refuses other content', () => {
    const others = [
      { component: 'acme.writer' },
      { configuration: 'x' },
      { mode: 'debug' },
      { parameters: { a: 2 } },
      { parameters: { a: 1, b: [['c', 2]] } },
    ];
    for (const other of others)
      given(...project, open)
        .when(asked(other))
        .refuses('IDEMPOTENCY_MISMATCH', { key: 'monday', job: 'extract' });
  });

  it('is looked for in the log when a job that may have had it has ended', () => {
    const ended = [...project, open, { type: 'JobCancelled', data: unstarted({ idempotencyKey: 'monday' }) }] as const;
    given(...ended)
      .when(asked({ searchedUpTo: 3 }))
      .records();
    given(...ended)
      .when(asked({ searchedUpTo: 4 }))
      .records(jobCreated({ job: 'again', idempotencyKey: 'monday', parameters: request.parameters }))
      .stateSatisfies(({ jobKeys }) => expect(jobKeys).toEqual({ [keyGroup('monday')]: 4 }));
  });

  it('belongs to one of 256 groups', () => {
    const groups = new Set(Array.from({ length: 10_000 }, (_, i) => keyGroup(`key ${i}`)));
    expect(groups.size).toBe(256);
  });
});
