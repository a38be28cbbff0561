export { openPostgresStore, type PostgresStoreOptions } from './postgres-store';
export { tryPostgresStore } from './postgres-trial';
