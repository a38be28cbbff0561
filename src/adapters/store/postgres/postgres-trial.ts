import { sql } from 'kysely';
import type { Verdict } from '../../../contract/verdict';
import type { Logger } from '../../../ports/logger';
import { databaseVerdict } from '../store-verdict';
import { Connection } from './connection';
import { postgresFailure } from './failure';
import { lookAtSchema } from './schema';

const CONNECT_WITHIN_MS = 5000;
const STATEMENT_WITHIN_MS = 1500;

/** Connects to a PostgreSQL database and looks whether a home could keep its store there; nothing is changed. @throws as `openPostgresStore` does */
export async function tryPostgresStore(options: {
  readonly url: string;
  readonly logger: Logger;
}): Promise<Verdict> {
  let connection: Connection;
  try {
    connection = new Connection({
      ...options,
      connections: 1,
      connectTimeoutMs: CONNECT_WITHIN_MS,
      statementTimeoutMs: STATEMENT_WITHIN_MS,
    });
  } catch (error) {
    throw postgresFailure(error);
  }
  try {
    return await connection.once(async (db) => {
      const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
      const [version = ''] = rows[0]?.server_version.split(' ') ?? [];
      const { made, missing, mayMake } = await lookAtSchema(db);
      const tables = missing === 0 ? 'all' : made === 0 ? 'none' : 'some';
      return databaseVerdict({ engine: 'PostgreSQL', version, tables, mayMake });
    });
  } finally {
    await connection.close();
  }
}
