import { addressLaws } from './address-laws';
import { appendLaws } from './append-laws';
import { bucketLaws } from './bucket-laws';
import { changeLaws } from './change-laws';
import { checkpointLaws } from './checkpoint-laws';
import { correlationLaws } from './correlation-laws';
import { csvLaws } from './csv-laws';
import { diffLaws } from './diff-laws';
import { durabilityLaws } from './durability-laws';
import { exportLaws } from './export-laws';
import { headerLaws } from './header-laws';
import { historyLaws } from './history-laws';
import { jobLaws } from './job-laws';
import type { Law } from './law';
import { loadLaws } from './load-laws';
import { logsLaws } from './logs-laws';
import { onceLaws } from './once-laws';
import { ownListLaws } from './own-list-laws';
import { parquetLaws } from './parquet-laws';
import { partLaws } from './part-laws';
import { partialLoadLaws } from './partial-load-laws';
import { partialRowLaws } from './partial-row-laws';
import { peopleLaws } from './people-laws';
import { queryLaws } from './query-laws';
import { readLaws } from './read-laws';
import { rightsLaws } from './rights-laws';
import { sharingLaws } from './sharing-laws';
import { sourceLaws } from './source-laws';
import { standingLaws } from './standing-laws';
import { tableHistoryLaws } from './table-history-laws';
import { valueLaws } from './value-laws';
import { watchLaws } from './watch-laws';

/** The laws by what they are about, in the order in which an adapter is best written. */
export const lawsByTopic = {
  append: appendLaws,
  read: readLaws,
  logs: logsLaws,
  watch: watchLaws,
  history: historyLaws,
  checkpoints: checkpointLaws,
  jobs: jobLaws,
  csv: csvLaws,
  values: valueLaws,
  sources: sourceLaws,
  parquet: parquetLaws,
  headers: headerLaws,
  load: loadLaws,
  'partial rows': [...partialRowLaws, ...partialLoadLaws],
  query: queryLaws,
  change: changeLaws,
  export: exportLaws,
  diff: diffLaws,
  parts: partLaws,
  'table history': tableHistoryLaws,
  once: onceLaws,
  people: peopleLaws,
  buckets: bucketLaws,
  addresses: addressLaws,
  'own lists': ownListLaws,
  correlation: correlationLaws,
  standing: [...standingLaws, ...rightsLaws],
  durability: durabilityLaws,
  sharing: sharingLaws,
} as const satisfies Record<string, readonly Law[]>;

/** What a law can be about. */
export type LawTopic = keyof typeof lawsByTopic;

/** Every law. `for (const law of laws) test(law.title, () => checkLaw(law, open));` runs them anywhere. */
export const laws: readonly Law[] = Object.values(lawsByTopic).flat();
