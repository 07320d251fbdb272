// What an adapter's tests run (laws, storageConformance), and what other tests are made of.
export {
  type CsvSample,
  csvSample,
  directoryName,
  eventFields,
  fittingText,
  instant,
  json,
  newEvent,
  payload,
  readOptions,
  text,
  typedText,
} from './arbitraries';
export { type CutCsv, cutCsv, cutInto, size } from './cut-csv';
export { EventModel } from './event-model';
export { append, collect, conflict, event, events, readAll, write } from './events';
export { type Call, type Fault, type FaultPlan, faultyStorage, type Operation } from './faulty-storage';
export {
  type AskedBy,
  Decision,
  type GivenEvent,
  given,
  givenOrganization,
  type OrganizationEvent,
  Past,
  type ProjectEvent,
} from './given';
export { checkLaw, type Law, newPlace, type OpenStorage, type Subject } from './law';
export { type LawTopic, laws, lawsByTopic } from './laws';
export { type Runner, storageConformance } from './storage-conformance';
export { type Exported, type LoadOptions, TableDriver } from './table-driver';
export { tableHistoryLaw } from './table-history-laws';
export { tableLife } from './table-life';
