export { openNedbStore, type NedbStoreOptions } from './nedb-store';
