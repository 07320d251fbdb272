import { type Job, openLineage, type Project, type RunEvent } from '@daybook/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openBook } from '../../test/book';
import { holds } from '../../test/property';
import { faultsOf } from '../../test/run-events';

/** What a run event tells of a dataset, in short. */
interface Dataset {
  readonly name: string;
  readonly rows?: number | undefined;
  readonly change?: string | undefined;
  /** What it was called before. */
  readonly was?: string | undefined;
}

interface Told {
  readonly type: RunEvent['eventType'];
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

/** A table without a key, so that each row that is read is one more. */
interface Content {
  readonly columns: number;
  readonly rows: readonly string[];
}

/** Work in one job, and what is to be told of it, by nothing but the calls. */
class Scene {
  readonly told: Told[] = [];
  readonly tables = new Map<string, Content>();
  readonly #sums = { inputs: new Map<string, Dataset>(), outputs: new Map<string, Dataset>() };
  #rows = 0;
  readonly project: Project;
  readonly job: Job;

  constructor(project: Project, job: Job) {
    this.project = project;
    this.job = job;
  }

  get within() {
    return { job: this.job.id };
  }

  begin(): void {
    if (this.told.length === 0) this.told.push({ type: 'START', inputs: [], outputs: [] });
  }

  work(inputs: readonly Dataset[], outputs: readonly Dataset[]): void {
    this.begin();
    this.told.push({ type: 'RUNNING', inputs, outputs });
    for (const one of inputs) add(this.#sums.inputs, one);
    for (const one of outputs) add(this.#sums.outputs, one);
  }

  end(type: RunEvent['eventType']): void {
    this.begin();
    this.told.push({ type, inputs: [...this.#sums.inputs.values()], outputs: [...this.#sums.outputs.values()] });
  }

  /** Rows that no table has had, from one of two files. */
  source(count: number, columns = 1) {
    const ids = Array.from({ length: count }, () => String(this.#rows++));
    const more = Object.fromEntries(Array.from({ length: columns - 1 }, (_, i) => [`c${i + 1}`, null]));
    return { ids, name: `file ${count % 2}`, rows: ids.map((id) => ({ id, ...more })) };
  }
}

function add(sums: Map<string, Dataset>, one: Dataset): void {
  const before = sums.get(one.name);
  const rows = one.rows === undefined || (before && before.rows === undefined) ? undefined : one.rows + (before?.rows ?? 0);
  const { change, was } = one.change ? one : (before ?? one);
  sums.set(one.name, { name: one.name, rows, change, was });
}

type Work = (scene: Scene, name: string, other: string, count: number) => Promise<void>;

async function create(scene: Scene, name: string, count: number): Promise<void> {
  const { ids, ...from } = scene.source(count);
  await scene.project.createTable(name, { from, ...scene.within });
  scene.tables.set(name, { columns: 1, rows: ids });
  scene.work([{ name: from.name, rows: count }], [{ name, rows: count, change: 'CREATE' }]);
}

async function load(scene: Scene, name: string, count: number, mode: 'full' | 'incremental'): Promise<void> {
  const before = scene.tables.get(name)!;
  const { ids, ...source } = scene.source(count, before.columns);
  await scene.project.table(name).load(source, { mode, ...scene.within });
  scene.tables.set(name, { ...before, rows: mode === 'full' ? ids : [...before.rows, ...ids] });
  scene.work([{ name: source.name, rows: count }], [{ name, rows: count, ...(mode === 'full' && { change: 'OVERWRITE' }) }]);
}

/** Each is done to a table that is there, most of them where another name is free. */
const works: Readonly<Record<string, Work>> = {
  append: (scene, name, _, count) => load(scene, name, count, 'incremental'),
  replace: (scene, name, _, count) => load(scene, name, count, 'full'),
  async copy(scene, name, other) {
    await scene.project.copyTable({ from: { table: name }, to: other, ...scene.within });
    const content = scene.tables.get(name)!;
    scene.tables.set(other, content);
    scene.work([{ name }], [{ name: other, rows: content.rows.length, change: 'CREATE' }]);
  },
  async rename(scene, name, other) {
    await scene.project.table(name).rename(other.split('.').at(-1)!, scene.within);
    scene.tables.set(other, scene.tables.get(name)!);
    scene.tables.delete(name);
    scene.work([], [{ name: other, change: 'RENAME', was: name }]);
  },
  async drop(scene, name) {
    await scene.project.table(name).drop(scene.within);
    scene.tables.delete(name);
    scene.work([], [{ name, change: 'DROP' }]);
  },
  async truncate(scene, name, _, count) {
    await load(scene, name, count, 'incremental');
    await scene.project.table(name).truncate(scene.within);
    scene.tables.set(name, { ...scene.tables.get(name)!, rows: [] });
    scene.work([], [{ name, change: 'TRUNCATE' }]);
  },
  async alter(scene, name) {
    const content = scene.tables.get(name)!;
    await scene.project.table(name).addColumn({ name: `c${content.columns}` }, scene.within);
    scene.tables.set(name, { ...content, columns: content.columns + 1 });
    scene.work([], [{ name, change: 'ALTER' }]);
  },
  async revert(scene, name, _, count) {
    const before = scene.tables.get(name)!;
    const { version } = await scene.project.table(name).describe();
    await load(scene, name, count, 'incremental');
    await scene.project.table(name).revert({ version }, scene.within);
    scene.tables.set(name, before);
    scene.work([], [{ name, change: 'OVERWRITE' }]);
  },
  async snapshot(scene, name) {
    await scene.project.table(name).snapshot(scene.within);
    scene.work([{ name }], []);
  },
  async export(scene, name) {
    await scene.project.table(name).export({ csv: new WritableStream() }, scene.within);
    scene.work([{ name, rows: scene.tables.get(name)!.rows.length }], []);
  },
  async fail(scene, name) {
    await expect(scene.project.table(name).load({ csv: 'elsewhere\n1\n' }, scene.within)).rejects.toThrow();
  },
};

const ends = {
  COMPLETE: (job: Job) => job.succeed(),
  FAIL: (job: Job) => job.fail({ message: 'broken' }),
  ABORT: async (job: Job) => {
    await job.terminate();
    await job.stopped();
  },
} as const;

const word = fc.stringMatching(/^[a./%]{1,4}$/);
const life = fc.record({
  component: word,
  configuration: fc.option(word, { nil: undefined }),
  /** After so many steps; never, if there are fewer. */
  startsAfter: fc.nat(8),
  steps: fc.array(fc.record({ work: fc.constantFrom(...Object.keys(works)), on: fc.nat(1), count: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 14,
  }),
  end: fc.constantFrom(...(Object.keys(ends) as (keyof typeof ends)[])),
});

const brief = ({ eventType, inputs, outputs }: RunEvent): Told => ({
  type: eventType,
  inputs: inputs.map(({ name, inputFacets }) => ({ name, ...rowsOf(inputFacets?.inputStatistics) })),
  outputs: outputs.map(({ name, facets: { lifecycleStateChange }, outputFacets }) => {
    const { lifecycleStateChange: change, previousIdentifier } = (lifecycleStateChange ?? {}) as {
      readonly lifecycleStateChange?: string;
      readonly previousIdentifier?: { readonly name: string };
    };
    return { name, ...rowsOf(outputFacets?.outputStatistics), change, was: previousIdentifier?.name };
  }),
});
const rowsOf = (facet: object | undefined) => ({ rows: (facet as { readonly rowCount?: number } | undefined)?.rowCount });

it('OpenLineage events are what the schemas say, and what was done: in order, with names, changes and rows, and no version names two contents', async () => {
  await holds(
    life,
    async ({ component, configuration, startsAfter, steps, end }) => {
      const sent: RunEvent[] = [];
      const { daybook, project } = await openBook({ openLineage: { send: (event) => void sent.push(event) } });
      await project.createBucket({ stage: 'in', name: 'main' });
      const job = await project.createJob({ component, ...(configuration !== undefined && { configuration }) });
      const scene = new Scene(project, job);
      const contents = new Map<string, Content>();
      for (const [i, { work, on, count }] of steps.entries()) {
        if (i === startsAfter) {
          await job.start();
          scene.begin();
        }
        const [name, other] = on === 0 ? (['in.c-main.a', 'in.c-main.b'] as const) : (['in.c-main.b', 'in.c-main.a'] as const);
        if (!scene.tables.has(name)) await create(scene, name, count);
        else if (!['copy', 'rename'].includes(work) || !scene.tables.has(other)) await works[work]!(scene, name, other, count);
        for (const { name, facets } of (await openLineage(job)).at(-1)!.outputs) {
          const { datasetVersion } = facets.version as unknown as { readonly datasetVersion: string };
          const content = scene.tables.get(name) ?? contents.get(datasetVersion)!;
          expect(contents.get(datasetVersion) ?? content).toEqual(content);
          contents.set(datasetVersion, content);
        }
      }
      const started = steps.length > startsAfter;
      await (started ? ends[end](job) : job.terminate());
      scene.end(started ? end : 'ABORT');
      const events = await openLineage(job);
      expect(events.map(brief)).toEqual(scene.told);
      for (const event of events) expect(faultsOf(event)).toEqual([]);
      const names = events[0]!.job.name.split('/').map(decodeURIComponent);
      expect(names).toEqual(configuration === undefined ? [component] : [component, configuration]);
      await daybook.close();
      expect(sent).toEqual(events);
    },
    60,
  );
});
