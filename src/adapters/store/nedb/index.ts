export { openNedbStore, type NedbStoreOptions } from './nedb-store';
export { inspectNedbFolder, restoreGoodCopy, type TableReport } from './repair';
export { tryNedbFolder } from './nedb-trial';
