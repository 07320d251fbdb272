// For applications and storage adapters.
export { type DuckdbTablesOptions, duckdbTables } from './duckdb-tables';
export { fileParts } from './file-parts';
// For those who keep parts elsewhere.
export type { OpenParts, PartStore, Scratch, StoredPart } from './part-store';
