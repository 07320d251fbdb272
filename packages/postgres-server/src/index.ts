export type { Release } from './binaries';
export { type PostgresServer, type Settings, startPostgres, temporaryPostgres } from './server';
