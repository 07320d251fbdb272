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

/** For ids that are no uuid: the run's id has to be one. */
const runs = '3a0e1a3c-6e0f-5b7c-9a4e-6d1b8f2c7e55';

/** What one event did with data. */
interface Flow {
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
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
   * A job's run events from a position to that of a fold, which is of the job's present: START when it starts, RUNNING for each storage job, and its end, which names all
   * data that it read and wrote. A job that never started has START and ABORT when it is cancelled.
   */
  async *ofJob(job: JobDescription, from: number, present: Fold<ProjectState>): AsyncGenerator<RunEvent> {
    const base = await this.#base(job, present);
    const all: { inputs: LineageDataset[]; outputs: LineageDataset[] } = { inputs: [], outputs: [] };
    let fold = this.#scope.log.folder.empty;
    for await (const event of this.#eventsOf(job, from, present.position)) {
      const { type, recordedAt: eventTime, position } = event;
      if (type === 'JobStarted') {
        if (position >= from) yield { ...base, eventType: 'START', eventTime };
      } else if (Object.hasOwn(statusByEnd, type)) {
        if (position < from) return;
        if (job.startedAt === undefined) yield { ...base, eventType: 'START', eventTime };
        yield { ...base, ...this.#end(base, event), eventTime, inputs: lastOfEach(all.inputs), outputs: lastOfEach(all.outputs) };
        return;
      } else if (this.#scope.shows(event.actor)) {
        fold = await this.#scope.log.folder.fold(position, fold);
        const flow = this.#flowOf(event, fold);
        all.inputs.push(...flow.inputs);
        all.outputs.push(...flow.outputs);
        const isFlow = flow.inputs.length + flow.outputs.length > 0;
        if (isFlow && position >= from) yield { ...base, eventType: 'RUNNING', eventTime, ...flow };
      }
    }
  }

  /** An end names all that was done, so what was before `from` is read where the job has ended by `upTo`. */
  #eventsOf({ id, endedAt }: JobDescription, from: number, upTo: number): AsyncGenerator<RecordedEvent> {
    const types = ['JobStarted', ...storageJobEnds, ...Object.keys(statusByEnd)];
    const { storage } = this.#scope.runtime;
    return readSlices(storage.events, this.#scope.log.id, [[`job:${id}`]], { types, after: endedAt === undefined ? from - 1 : 0, upTo });
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
    const storageJob = data.storageJob as unknown as FinishedStorageJob | undefined;
    if (!storageJob || housekeeping.includes(storageJob.operation) || typeof data.uid !== 'string') return { inputs: [], outputs: [] };
    const { metrics, source } = storageJob;
    const table = tableByUid(state, data.uid);
    const version = typeof data.version === 'number' ? data.version : table?.version;
    const dataset = this.#table(String(data.to ?? data.table), version, table?.columns ?? []);
    if (readers.includes(storageJob.operation))
      return { inputs: [{ ...dataset, inputFacets: this.#read(metrics.rowsOut, metrics.bytesOut) }], outputs: [] };
    const outputStatistics = this.#facet('OutputStatisticsOutputDatasetFacet', { rowCount: metrics.rowsIn, size: metrics.bytesIn });
    const outputs = [{ ...dataset, outputFacets: { outputStatistics } }];
    const copied = data.from as unknown as { readonly table: string; readonly version: number } | undefined;
    if (copied) return { inputs: [this.#table(copied.table, copied.version, table?.columns ?? [])], outputs };
    return { inputs: source ? [this.#file(source, metrics.rowsIn)] : [], outputs };
  }

  #table(name: string, version: number | undefined, columns: readonly Column[]): LineageDataset {
    const fields = columns.map((column, i) => ({ name: column.name, type: column.type, ordinal_position: i + 1 }));
    const schema = this.#facet('SchemaDatasetFacet', { fields });
    return { namespace: this.#namespace, name, facets: { schema, ...(version !== undefined && this.#version(String(version))) } };
  }

  #file({ name, sha256, bytes }: NonNullable<FinishedStorageJob['source']>, rows: number): LineageDataset {
    return { namespace: 'file', name: name ?? `sha256:${sha256}`, facets: this.#version(sha256), inputFacets: this.#read(rows, bytes) };
  }

  #version(datasetVersion: string): Facets {
    return { version: this.#facet('DatasetVersionDatasetFacet', { datasetVersion }) };
  }

  #read(rowCount: number, size: number): Facets {
    return { inputStatistics: this.#facet('InputStatisticsInputDatasetFacet', { rowCount, size }) };
  }

  #jobOf({ component, configuration }: Pick<JobDescription, 'component'> & { readonly configuration?: string | undefined }) {
    return { namespace: this.#namespace, name: configuration === undefined ? component : `${component}.${configuration}` };
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

/** Each dataset once, as it was last. */
function lastOfEach(datasets: readonly LineageDataset[]): LineageDataset[] {
  return [...new Map(datasets.map((dataset) => [`${dataset.namespace} ${dataset.name}`, dataset])).values()];
}
