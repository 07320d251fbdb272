import { v5, validate } from 'uuid';
import type { ProjectState } from '../decider';
import type { RecordedEvent } from '../event-store';
import type { Fold } from '../folds';
import type { ProjectScope } from '../projects/scope';
import { readSlices } from '../reading';
import type { FinishedStorageJob, Operation } from '../storage-jobs/events';
import { storageJobEnds } from '../storage-jobs/queries';
import type { Column } from '../table-store';
import { tableByUid } from '../tables/contents';
import { type JobEnd, type JobEvents, statusByEnd } from './events';
import { type JobDescription, jobAt } from './queries';
import type { EndStatus } from './state';

/** OpenLineage 2-0-2: https://openlineage.io/spec/2-0-2/OpenLineage.json */
export interface RunEvent {
  readonly eventType: 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT';
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

/** A table under its id then, or a file that was loaded. */
export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

export interface LineageOptions {
  /** Of jobs and tables. Default: `daybook://` and the project's id. */
  readonly namespace?: string;
  /** A URI that names what made the events. Default: this package. */
  readonly producer?: string;
}

/** Its other fields are as its schema says. */
interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
}
type Facets = Readonly<Record<string, Facet>>;

const specification = 'https://openlineage.io/spec';
const facetVersions = {
  SchemaDatasetFacet: '1-2-0',
  DatasetVersionDatasetFacet: '1-0-1',
  LifecycleStateChangeDatasetFacet: '1-0-1',
  ParentRunFacet: '1-2-0',
  ErrorMessageRunFacet: '1-0-1',
  JobTypeJobFacet: '2-0-4',
  InputStatisticsInputDatasetFacet: '1-0-0',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
} as const;

const eventTypes = {
  success: 'COMPLETE',
  warning: 'COMPLETE',
  error: 'FAIL',
  terminated: 'ABORT',
  cancelled: 'ABORT',
} as const satisfies Record<EndStatus, RunEvent['eventType']>;

/** What these do to a table is no change of it. */
const readers: readonly Operation[] = ['tableExport', 'tableRead', 'snapshotCreate'];
/** These are nothing to those who follow data. */
const housekeeping: readonly Operation[] = ['tableCompact', 'snapshotDelete', 'dataVacuum', 'bucketCreate', 'bucketDrop'];

/** What these make of a table. */
const stateChanges: { readonly [O in Operation]?: 'ALTER' | 'CREATE' | 'DROP' | 'OVERWRITE' | 'RENAME' | 'TRUNCATE' } = {
  tableCreate: 'CREATE',
  tableCopy: 'CREATE',
  tableRestore: 'CREATE',
  tableColumnAdd: 'ALTER',
  tableColumnDrop: 'ALTER',
  tablePrimaryKeySet: 'ALTER',
  tablePrimaryKeyDrop: 'ALTER',
  tableRevert: 'OVERWRITE',
  tableTruncate: 'TRUNCATE',
  tableRename: 'RENAME',
  tableDrop: 'DROP',
};

/** For ids that are no uuid: the run's id has to be one. */
const runs = '3a0e1a3c-6e0f-5b7c-9a4e-6d1b8f2c7e55';

/** How much was read from a dataset, or into it. */
interface Amount {
  readonly rowCount: number;
  /** In bytes. */
  readonly size?: number;
}

/** A dataset that was read or written, and how much, where that is known. */
interface Touched {
  readonly dataset: LineageDataset;
  readonly amount?: Amount;
}

/** What was done with data. */
interface Flow {
  readonly inputs: readonly Touched[];
  readonly outputs: readonly Touched[];
}

/** Tells jobs as OpenLineage does. */
export class Lineage {
  readonly #scope: ProjectScope;
  readonly #namespace: string;
  readonly #producer: string;

  constructor(scope: ProjectScope, { namespace = `daybook://${scope.id}`, producer = 'pkg:npm/%40daybook/core' }: LineageOptions = {}) {
    this.#scope = scope;
    this.#namespace = namespace;
    this.#producer = producer;
  }

  /**
   * A job's run events from a position to that of a fold, which is of the job's present: START when it starts or first works, RUNNING for each storage
   * job, and its end, which names all data that it read and wrote. A job that did neither has START and ABORT when it is cancelled.
   */
  async *ofJob(job: JobDescription, from: number, present: Fold<ProjectState>): AsyncGenerator<RunEvent> {
    const base = await this.#base(job, present);
    const after = knownToHaveBegun(job, present) ? from - 1 : 0;
    const flows: Flow[] = [];
    let begun = after > 0;
    let fold = this.#scope.log.folder.empty;
    for await (const event of this.#eventsOf(job, after, present.position)) {
      const { type, recordedAt: eventTime, position } = event;
      const isEnd = Object.hasOwn(statusByEnd, type);
      const isWork = this.#isWork(event);
      if (!isEnd && !isWork && type !== 'JobStarted') continue;
      const isTold = position >= from;
      if (!begun && isTold) yield { ...base, eventType: 'START', eventTime };
      begun = true;
      if (isEnd) {
        if (isTold) yield { ...base, ...this.#end(base, event), eventTime, ...this.#told(summed(flows)) };
        return;
      }
      if (!isWork || (!isTold && job.endedAt === undefined)) continue;
      fold = await this.#scope.log.folder.fold(position, fold);
      const flow = this.#flowOf(event, fold);
      flows.push(flow);
      if (isTold) yield { ...base, eventType: 'RUNNING', eventTime, ...this.#told(flow) };
    }
  }

  #eventsOf({ id }: JobDescription, after: number, upTo: number): AsyncGenerator<RecordedEvent> {
    const types = ['JobStarted', ...storageJobEnds, ...Object.keys(statusByEnd)];
    return readSlices(this.#scope.runtime.storage.events, this.#scope.log.id, [[`job:${id}`]], { types, after, upTo });
  }

  /** Whether it read or wrote a table, as far as the actor may know. */
  #isWork({ data, actor }: RecordedEvent): boolean {
    const storageJob = data.storageJob as unknown as FinishedStorageJob | undefined;
    return storageJob !== undefined && !housekeeping.includes(storageJob.operation) && 'uid' in data && this.#scope.shows(actor);
  }

  async #base(job: JobDescription, present: Fold<ProjectState>): Promise<Omit<RunEvent, 'eventType' | 'eventTime'>> {
    const jobType = this.#facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'DAYBOOK', jobType: 'JOB' });
    const parent: Facets =
      job.parent === undefined ? {} : { parent: await this.#parentFacet(job.parent, job.runId.split('.')[0]!, present) };
    return {
      producer: this.#producer,
      schemaURL: `${specification}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
      run: { runId: runIdOf(job.id), facets: parent },
      job: { ...this.#jobOf(job), facets: { jobType } },
      inputs: [],
      outputs: [],
    };
  }

  async #parentFacet(parent: string, root: string, present: Fold<ProjectState>) {
    const named = async (id: string) => {
      const job = await jobAt(this.#scope, present, id);
      return { run: { runId: runIdOf(id) }, job: this.#jobOf(job ?? { component: id }) };
    };
    return this.#facet('ParentRunFacet', { ...(await named(parent)), root: await named(root) });
  }

  #end({ run }: Pick<RunEvent, 'run'>, { type, data }: RecordedEvent): Pick<RunEvent, 'eventType' | 'run'> {
    const eventType = eventTypes[statusByEnd[type as JobEnd]];
    if (type !== 'JobFailed') return { eventType, run };
    const { message } = data.error as unknown as JobEvents['JobFailed']['error'];
    const errorMessage = this.#facet('ErrorMessageRunFacet', { message, programmingLanguage: 'unknown' });
    return { eventType, run: { ...run, facets: { ...run.facets, errorMessage } } };
  }

  #flowOf({ data }: RecordedEvent, { state }: Fold<ProjectState>): Flow {
    const { operation, metrics, source } = data.storageJob as unknown as FinishedStorageJob;
    const uid = String(data.uid);
    const table = tableByUid(state, uid);
    const version = typeof data.version === 'number' ? data.version : table?.version;
    const columns = version === table?.version ? table?.columns : undefined;
    if (readers.includes(operation)) {
      const read = operation === 'snapshotCreate' ? {} : { amount: { rowCount: metrics.rowsOut } };
      return { inputs: [{ dataset: this.#table(String(data.table), uid, version, columns), ...read }], outputs: [] };
    }
    const written = this.#table(String(data.to ?? data.table), uid, version, columns);
    const dataset = { ...written, facets: { ...written.facets, ...this.#stateChange(operation, data) } };
    const copied = data.from as unknown as { readonly table: string; readonly uid: string; readonly version: number } | undefined;
    if (copied) {
      const original = this.#table(copied.table, copied.uid, copied.version, columns);
      return { inputs: [{ dataset: original }], outputs: [{ dataset, amount: { rowCount: Number(data.rowCount) } }] };
    }
    if (operation !== 'tableCreate' && operation !== 'tableLoad') return { inputs: [], outputs: [{ dataset }] };
    const inputs = source ? [{ dataset: this.#file(source), amount: { rowCount: metrics.rowsIn, size: source.bytes } }] : [];
    return { inputs, outputs: [{ dataset, amount: { rowCount: metrics.rowsIn } }] };
  }

  #told({ inputs, outputs }: Flow): Pick<RunEvent, 'inputs' | 'outputs'> {
    return {
      inputs: inputs.map(({ dataset, amount }) => ({
        ...dataset,
        ...(amount && { inputFacets: { inputStatistics: this.#facet('InputStatisticsInputDatasetFacet', amount) } }),
      })),
      outputs: outputs.map(({ dataset, amount }) => ({
        ...dataset,
        ...(amount && { outputFacets: { outputStatistics: this.#facet('OutputStatisticsOutputDatasetFacet', amount) } }),
      })),
    };
  }

  #table(name: string, uid: string, version: number | undefined, columns: readonly Column[] | undefined): LineageDataset {
    const fields = columns?.map((column, i) => ({ name: column.name, type: column.type, ordinal_position: i + 1 }));
    const schema = fields && { schema: this.#facet('SchemaDatasetFacet', { fields }) };
    return { namespace: this.#namespace, name, facets: { ...schema, ...(version !== undefined && this.#version(`${uid}/${version}`)) } };
  }

  #file({ name, sha256 }: NonNullable<FinishedStorageJob['source']>): LineageDataset {
    return { namespace: 'file', name: name ?? `sha256:${sha256}`, facets: this.#version(sha256) };
  }

  #version(datasetVersion: string): Facets {
    return { version: this.#facet('DatasetVersionDatasetFacet', { datasetVersion }) };
  }

  #stateChange(operation: Operation, { table, mode, addedColumns }: RecordedEvent['data']): Facets {
    const loaded = mode === 'full' ? 'OVERWRITE' : Array.isArray(addedColumns) && addedColumns.length > 0 ? 'ALTER' : undefined;
    const lifecycleStateChange = stateChanges[operation] ?? loaded;
    if (lifecycleStateChange === undefined) return {};
    const previous = lifecycleStateChange === 'RENAME' && { previousIdentifier: { namespace: this.#namespace, name: table } };
    return { lifecycleStateChange: this.#facet('LifecycleStateChangeDatasetFacet', { lifecycleStateChange, ...previous }) };
  }

  #jobOf({ component, configuration }: Pick<JobDescription, 'component'> & { readonly configuration?: string | undefined }) {
    const parts = configuration === undefined ? [component] : [component, configuration];
    return { namespace: this.#namespace, name: parts.map(withoutSlash).join('/') };
  }

  #facet(name: keyof typeof facetVersions, fields: object): Facet {
    return {
      _producer: this.#producer,
      _schemaURL: `${specification}/facets/${facetVersions[name]}/${name}.json#/$defs/${name}`,
      ...fields,
    };
  }
}

/** A run is named by a uuid. */
function runIdOf(job: string): string {
  return validate(job) ? job : v5(job, runs);
}

/** A slash in a name is no slash between names. */
function withoutSlash(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F');
}

/** Whether START lies before the last event of a job that goes on. */
function knownToHaveBegun({ startedAt, endedAt }: JobDescription, { recordedAt }: Fold<ProjectState>): boolean {
  return startedAt !== undefined && startedAt < recordedAt && endedAt === undefined;
}

/** Each dataset once, as it was last, with what was read from it or into it in all; unless a part of that is not known. */
function summed(flows: readonly Flow[]): Flow {
  return { inputs: sums(flows.flatMap(({ inputs }) => inputs)), outputs: sums(flows.flatMap(({ outputs }) => outputs)) };
}

function sums(touches: readonly Touched[]): Touched[] {
  const found = new Map<string, Touched>();
  for (const touched of touches) {
    const { namespace, name } = touched.dataset;
    const key = JSON.stringify([namespace, name]);
    const before = found.get(key);
    found.set(key, before ? together(before, touched) : touched);
  }
  return [...found.values()];
}

function together(before: Touched, { dataset, amount }: Touched): Touched {
  const { lifecycleStateChange } = before.dataset.facets;
  const facets = { ...(lifecycleStateChange && { lifecycleStateChange }), ...dataset.facets };
  return { dataset: { ...dataset, facets }, ...(before.amount && amount && { amount: plus(before.amount, amount) }) };
}

function plus(a: Amount, b: Amount): Amount {
  const size = a.size === undefined || b.size === undefined ? {} : { size: a.size + b.size };
  return { rowCount: a.rowCount + b.rowCount, ...size };
}
