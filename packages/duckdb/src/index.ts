// For applications and storage adapters.
export { type DuckdbTablesOptions, duckdbTables } from './duckdb-tables';
export { fileParts } from './file-parts';
export { privateModes } from './file-system';
// For those who keep parts elsewhere.
export type { OpenParts, PartStore, Scratch, StoredPart } from './part-store';
