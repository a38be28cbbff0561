export { openMongoStore, type MongoStoreOptions } from './mongo-store';
export { tryMongoStore } from './mongo-trial';
