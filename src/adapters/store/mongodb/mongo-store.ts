import {
  SERIES,
  TABLES,
  type Row,
  type SeriesName,
  type Store,
  type TableDeclaration,
  type TableName,
} from '../../../ports/store';
import { checkedStore } from '../checked-store';
import { Connection, type ConnectionOptions, type Unit } from './connection';
import { MongoSeries } from './mongo-series';
import { MongoTable } from './mongo-table';

export interface MongoStoreOptions extends ConnectionOptions {
  /** Whose rows; homes share the collections. */
  readonly homeKey: string;
}

/**
 * Opens a home's store in a MongoDB database and makes its indexes. Any number of processes may have
 * it open. A replica set is wanted (one server is enough): without transactions a call that changes
 * many rows or points and is cut off may leave a part of it done.
 * @throws STORE_UNAVAILABLE, STORE_FULL, STORE_CORRUPT (a newer Aurion's); no text holds the URL
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  const { homeKey } = options;
  const connection = await Connection.open(options);
  const table = <R extends Row>(name: TableName, declaration: TableDeclaration<R>, unit?: Unit) =>
    new MongoTable({ name, declaration, homeKey, connection, ...(unit && { unit }) });
  const series = (name: SeriesName) => new MongoSeries({ name, homeKey, connection });
  try {
    for (const [name, declaration] of Object.entries(TABLES)) {
      await table(name as TableName, declaration as unknown as TableDeclaration<Row>).prepare();
    }
    for (const name of Object.keys(SERIES)) await series(name as SeriesName).prepare();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return checkedStore({
    table: (name, declaration) => table(name, declaration),
    series,
    together: (write) =>
      connection.together((unit) =>
        write({ table: (name, declaration) => table(name, declaration, unit) }),
      ),
    close: () => connection.close(),
  });
}
