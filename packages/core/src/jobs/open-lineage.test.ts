import { openDaybook, openLineage, type Project, type RunEvent } from '@daybook/core';
import { memoryStorage } from '@daybook/memory';
import { describe, expect, it } from 'vitest';
import { openBook } from '../../test/book';
import { faultsOf } from '../../test/run-events';

/** A tree of jobs that load, copy, export and fail. */
async function work(project: Project): Promise<Readonly<Record<'flow' | 'step' | 'failed' | 'cancelled' | 'stopped', string>>> {
  await project.createBucket({ stage: 'in', name: 'main' });
  const flow = await project.createJob({ component: 'acme.flow', configuration: 'nightly' });
  await flow.start();
  const step = await project.createJob({ component: 'acme.extractor', parent: flow.id });
  await step.start();
  const csv = { csv: 'id,note\n1,a\n2,b\n', name: 'monday.csv' };
  const orders = await project.createTable('in.c-main.orders', { from: csv, primaryKey: ['id'], job: step.id });
  await orders.addColumn({ name: 'paid', type: 'boolean' }, { job: step.id });
  await orders.load({ rows: [{ id: '3', note: 'c', paid: true }] }, { mode: 'incremental', job: step.id });
  await expect(orders.load({ csv: 'x\n1\n' }, { job: step.id })).rejects.toThrow();
  await project.copyTable({ from: { table: orders.id, version: 1 }, to: 'in.c-main.mondays', job: step.id });
  await orders.export({ csv: new WritableStream() }, { job: step.id });
  await orders.rename('orders_2026', { job: step.id });
  await step.warn({ message: 'slow' });
  await expect(orders.truncate({ job: step.id })).rejects.toMatchObject({ code: 'JOB_FINISHED' });
  const failed = await project.createJob({ component: 'acme.writer', parent: flow.id });
  await failed.start();
  await failed.fail({ message: 'no such server' });
  const cancelled = await project.createJob({ component: 'acme.mail', parent: flow.id });
  await cancelled.terminate();
  const stopped = await project.createJob({ component: 'acme.mail', parent: flow.id });
  await stopped.start();
  await flow.terminate();
  await stopped.stopped();
  await flow.stopped();
  return { flow: flow.id, step: step.id, failed: failed.id, cancelled: cancelled.id, stopped: stopped.id };
}

const brief = ({ eventType, inputs, outputs }: RunEvent) => {
  const named = (datasets: RunEvent['inputs']) => datasets.map(({ name, facets }) => `${name} @ ${versionOf(facets)}`);
  return [eventType, named(inputs), named(outputs)];
};
const versionOf = (facets: RunEvent['inputs'][number]['facets']) =>
  (facets.version as unknown as { datasetVersion: string }).datasetVersion.replace(/^.*\/|(?<=^.{7}).*$/g, '');

describe('the OpenLineage events of a job', () => {
  it('are what the official schemas say, facets and all', async () => {
    const { project } = await openBook();
    const ids = await work(project);
    let checked = 0;
    for (const id of Object.values(ids)) {
      for (const event of await openLineage(project.job(id))) {
        expect(faultsOf(event)).toEqual([]);
        checked += 1;
      }
    }
    expect(checked).toBe(16);
    const [event] = await openLineage(project.job(ids.step));
    // The check itself notices what is wrong.
    expect(faultsOf({ ...event!, run: { ...event!.run, runId: 'no uuid' } })).not.toEqual([]);
    expect(
      faultsOf({ ...event!, job: { ...event!.job, facets: { jobType: { ...event!.job.facets.jobType!, processingType: 1 } as never } } }),
    ).not.toEqual([]);
  });

  it('follow the data from version to version', async () => {
    const { project } = await openBook();
    const { step } = await work(project);
    const events = await openLineage(project.job(step));
    const { files } = await project.job(step).describe();
    const [monday, rows] = files.map(({ sha256 }) => sha256.slice(0, 7));
    const nameless = `sha256:${files[1]!.sha256} @ ${rows}`;
    expect(events.map(brief)).toEqual([
      ['START', [], []],
      ['RUNNING', [`monday.csv @ ${monday}`], ['in.c-main.orders @ 1']],
      ['RUNNING', [], ['in.c-main.orders @ 2']],
      ['RUNNING', [nameless], ['in.c-main.orders @ 3']],
      ['RUNNING', ['in.c-main.orders @ 1'], ['in.c-main.mondays @ 1']],
      ['RUNNING', ['in.c-main.orders @ 3'], []],
      ['RUNNING', [], ['in.c-main.orders_2026 @ 3']],
      [
        'COMPLETE',
        [`monday.csv @ ${monday}`, nameless, 'in.c-main.orders @ 3'],
        ['in.c-main.orders @ 3', 'in.c-main.mondays @ 1', 'in.c-main.orders_2026 @ 3'],
      ],
    ]);
    const fields = (event: RunEvent) =>
      (event.outputs[0]!.facets.schema as unknown as { fields: { name: string; type: string }[] }).fields.map(
        ({ name, type }) => `${name} ${type}`,
      );
    expect(fields(events[1]!)).toEqual(['id string', 'note string']);
    expect(fields(events[2]!)).toEqual(['id string', 'note string', 'paid boolean']);
    expect(events[1]!.outputs[0]!.outputFacets!.outputStatistics).toMatchObject({ rowCount: 2 });
    expect(events[5]!.inputs[0]!.inputFacets!.inputStatistics).toMatchObject({ rowCount: 3 });
  });

  it('name the parent and the root', async () => {
    const { project } = await openBook();
    const { flow, step } = await work(project);
    const [event] = await openLineage(project.job(step));
    const parent = { run: { runId: flow }, job: { namespace: `daybook://${project.id}`, name: 'acme.flow/nightly' } };
    expect(event!.run.facets.parent).toMatchObject({ ...parent, root: parent });
    expect((await openLineage(project.job(flow)))[0]!.run.facets).toEqual({});
  });

  it('end as the job did', async () => {
    const { project } = await openBook();
    const ids = await work(project);
    const types = async (id: string) => (await openLineage(project.job(id))).map(({ eventType }) => eventType);
    expect(await types(ids.failed)).toEqual(['START', 'FAIL']);
    expect(await types(ids.cancelled)).toEqual(['START', 'ABORT']);
    expect(await types(ids.stopped)).toEqual(['START', 'ABORT']);
    const failure = (await openLineage(project.job(ids.failed))).at(-1)!;
    expect(failure.run.facets.errorMessage).toMatchObject({ message: 'no such server' });
    const open = await project.createJob({ component: 'acme.extractor' });
    expect(await types(open.id)).toEqual([]);
    await open.start();
    expect(await types(open.id)).toEqual(['START']);
  });

  it('say who made them, and where jobs and tables are', async () => {
    const { project } = await openBook();
    const { step } = await work(project);
    const events = await openLineage(project.job(step), {
      namespace: 'https://acme.example/sales',
      producer: 'https://acme.example/app/1.2.3',
    });
    for (const event of events) {
      expect(event.producer).toBe('https://acme.example/app/1.2.3');
      expect(event.job.namespace).toBe('https://acme.example/sales');
      expect(faultsOf(event)).toEqual([]);
    }
  });

  it('show someone with limited access what they did themselves, not what others did in their job', async () => {
    const { daybook, project } = await openBook();
    for (const name of ['shown', 'hidden']) {
      await project.createBucket({ stage: 'in', name });
      await project.createTable(`in.c-${name}.orders`, { columns: [{ name: 'id' }] });
    }
    const grant = { description: 'CRM push', buckets: { 'in.c-shown': 'write' as const }, components: ['acme.push'] };
    const limited = await (await daybook.authenticate((await project.grantAccess(grant)).secret)).project();
    const job = await limited.createJob({ component: 'acme.push' });
    await job.start();
    await limited.table('in.c-shown.orders').load({ rows: [{ id: '1' }] }, { job: job.id });
    await project.table('in.c-hidden.orders').load({ rows: [{ id: '1' }] }, { job: job.id });
    await job.succeed();
    const names = async (of: Project) => (await openLineage(of.job(job.id))).map(({ outputs }) => outputs.map(({ name }) => name));
    expect(await names(limited)).toEqual([[], ['in.c-shown.orders'], ['in.c-shown.orders']]);
    expect((await names(project)).at(-1)).toEqual(['in.c-shown.orders', 'in.c-hidden.orders']);
  });

  it('have a uuid where the job’s id is none, the same each time', async () => {
    let next = 0;
    const { project } = await openBook({ newId: () => `id-${next++}` });
    const job = await project.createJob({ component: 'x' });
    await job.start();
    const [first] = await openLineage(job);
    expect(faultsOf(first!)).toEqual([]);
    expect((await openLineage(job))[0]!.run).toEqual(first!.run);
  });
});

describe('the stream of OpenLineage events', () => {
  it('sends each as it happens, in order, the same as are told afterwards', async () => {
    const sent: RunEvent[] = [];
    const storage = memoryStorage();
    const send = async (event: RunEvent) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      sent.push(event);
    };
    const { daybook, project } = await openBook({ storage, openLineage: { send, producer: 'https://acme.example' } });
    const ids = await work(project);
    await project.table('in.c-main.orders_2026').load({ rows: [] }, { job: 'an id of the application’s own' });
    const told = new Map<string, RunEvent[]>();
    for (const id of Object.values(ids)) told.set(id, await openLineage(project.job(id), { producer: 'https://acme.example' }));
    await daybook.close();
    for (const [id, events] of told) expect(sent.filter(({ run }) => run.runId === id)).toEqual(events);
    expect(sent).toHaveLength([...told.values()].flat().length);
  });

  it('goes on when one is not taken', async () => {
    const errors: unknown[] = [];
    const sent: string[] = [];
    const send = ({ eventType }: RunEvent) => {
      if (eventType === 'START') throw new Error('not now');
      sent.push(eventType);
    };
    const daybook = await openDaybook({ storage: memoryStorage(), openLineage: { send }, onError: (error) => errors.push(error) });
    const alice = daybook.as({ kind: 'person', id: 'alice' });
    const organization = await alice.createOrganization({ name: 'Acme' });
    const job = await (await alice.createProject({ organization: organization.id, name: 'Sales' })).createJob({ component: 'x' });
    await job.start();
    await job.succeed();
    await daybook.close();
    expect([sent, errors]).toEqual([['COMPLETE'], [new Error('not now')]]);
  });
});
