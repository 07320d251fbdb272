import type { NewEvent } from '@daybook/core';

const actor = { kind: 'system', id: 'orchestrator' } as const;
const messages = 6;
/** Ascending, as v7 uuids are. */
const idOf = (kind: string, number: number) => `019cae40-${kind}-7000-8000-${number.toString(16).padStart(12, '0')}`;

/** A project's history of any length: jobs of ten events each, every fifth of which fails. */
export function* jobHistory(project: string, length: number): Generator<NewEvent> {
  let number = 0;
  const now = () => new Date(Date.UTC(2026, 0, 1) + number * 5_000).toISOString();
  const event = (type: string, data: object, tags: readonly string[]): NewEvent => {
    number += 1;
    const tagged = [...tags, `actor:${actor.kind}:${actor.id}`];
    return { id: idOf('0001', number), type, data: data as NewEvent['data'], tags: tagged, actor, at: now() };
  };
  const about = {
    organization: idOf('0000', 0),
    name: 'Bench',
    description: '',
    type: 'production',
    retentionDays: 7,
    createdBy: 'someone',
  };
  yield event('ProjectCreated', { project, ...about }, []);
  for (let i = 0; number < length; i++) {
    const job = idOf('0002', i);
    const request = { job, runId: job, component: `acme.${i % 20}`, configuration: `c-${i % 500}`, mode: 'run', parameters: { turn: i } };
    const created = { ...request, heartbeatTimeoutSeconds: 3_600 };
    const tags = [`job:${job}`, `component:${request.component}`, `configuration:${request.configuration}`];
    yield event('JobCreated', created, tags);
    const createdAt = now();
    yield event('JobStarted', { job, runner: 'worker-1' }, [`job:${job}`]);
    const startedAt = now();
    for (let page = 0; page < messages; page++)
      yield event('JobMessageLogged', { job, level: 'info', text: `page ${page}`, context: { page } }, [`job:${job}`]);
    yield event('JobHeartbeat', { job }, [`job:${job}`]);
    const ended = { ...created, actor, createdAt, startedAt, runner: 'worker-1', children: {}, runMs: 40_000 };
    const endTags = [...tags, `created-by:${actor.kind}:${actor.id}`, `job-end:${job}`];
    if (i % 5 === 0) yield event('JobFailed', { ...ended, error: { kind: 'user', message: 'no such page' } }, endTags);
    else yield event('JobSucceeded', { ...ended, message: `${messages} pages` }, endTags);
  }
}
