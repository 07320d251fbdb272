export { type PostgresServer, type Settings, startPostgres, temporaryPostgres } from './server';
