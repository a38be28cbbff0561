import type { Logger } from '../../../ports/logger';
import type { Store } from '../../../ports/store';
import { checkedStore, type Engines } from '../checked-store';
import { Connection, type ConnectionOptions, type Way } from './connection';
import { postgresFailure } from './failure';
import { PostgresSeries } from './postgres-series';
import { PostgresTable } from './postgres-table';
import { migrate } from './schema';

export interface PostgresStoreOptions extends ConnectionOptions {
  /** Whose rows; homes share the tables. */
  readonly homeKey: string;
  readonly logger: Logger;
}

/**
 * Opens a home's store in a PostgreSQL database, and makes or updates its tables (schema `aurion`).
 * Any number of processes may have it open. TLS as the URL's `sslmode` says.
 * @throws STORE_UNAVAILABLE, STORE_FULL, STORE_CORRUPT (a newer Aurion's); no text holds the URL
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { homeKey } = options;
  const connection = connectionTo(options);
  try {
    await migrate(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const tableOf =
    (way: Way): Engines['table'] =>
    (name, declaration) =>
      new PostgresTable({ name, declaration, homeKey, connection: way });
  return checkedStore({
    table: tableOf(connection),
    together: (write) => connection.together((way) => write({ table: tableOf(way) })),
    series: (name) => new PostgresSeries({ name, homeKey, connection }),
    close: () => connection.close(),
  });
}

function connectionTo(options: ConnectionOptions): Connection {
  try {
    return new Connection(options);
  } catch (error) {
    throw postgresFailure(error);
  }
}
