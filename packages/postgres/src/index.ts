// For applications.
export { type PostgresStorageOptions, postgresStorage } from './postgres-storage';
// For those who run the SQL themselves.
export { grantSql, type SchemaOptions, schemaSql } from './schema';
