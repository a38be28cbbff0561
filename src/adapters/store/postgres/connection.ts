import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { Pool, types, type PoolClient, type PoolConfig, type QueryResult } from 'pg';
import type { Logger } from '../../../ports/logger';
import { UniqueConflict } from '../../../ports/store';
import { isConnectionLost, isRolledBack, postgresFailure, sqlStateOf } from './failure';

export interface ConnectionOptions {
  /** `postgres://user:password@host:5432/database?sslmode=…`. */
  readonly url: string;
  readonly logger: Logger;
  /** At most this many connections; default 10. */
  readonly connections?: number;
  /** How long a call waits for a connection, default 3 s. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may take, default 10 s; then the server breaks it off. */
  readonly statementTimeoutMs?: number;
}

export type Database = Kysely<unknown>;

/** How much longer than the server's own time-out a silent server is waited for. */
const SILENCE_MS = 2000;
const IDLE_MS = 30_000;
const ATTEMPTS = 5;
/** Beyond this many different statements none is prepared: they would be kept for ever. */
const PREPARED_MAX = 500;

/** How statements reach the database: each by itself, or all in one transaction. */
export interface Way {
  /** Runs what may run twice: reads, and writes that come to the same. @throws what `postgresFailure` tells */
  repeatable<T>(call: (db: Database) => Promise<T>): Promise<T>;
  /** Runs a write once. @throws what `postgresFailure` tells */
  once<T>(call: (db: Database) => Promise<T>): Promise<T>;
  /** Runs several statements, all or none. */
  atomically<T>(call: (db: Database) => Promise<T>): Promise<T>;
}

/**
 * The way to one database: a pool that heals by itself, statements that are prepared once a
 * connection, failures as the store tells them.
 */
export class Connection implements Way {
  readonly #pool: Pool;
  readonly #db: Database;
  readonly #logger: Logger;
  #away = false;
  #failures = 0;

  /** Connects with the first call. @throws if the URL is none */
  constructor(options: ConnectionOptions) {
    this.#logger = options.logger;
    this.#pool = new Pool(poolConfig(options));
    // Without listeners a lost connection would end the process. The next call tells of it.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    const prepared = new PreparedNames();
    this.#db = new Kysely({
      dialect: new PostgresDialect({
        pool: {
          connect: async () =>
            new PreparingClient(
              await this.#pool.connect(),
              prepared,
            ) as unknown as PostgresPoolClient,
          end: () => this.#pool.end(),
        },
      }),
    });
  }

  /** Runs what may run twice: reads, and writes that come to the same. It is tried once more if the connection was lost. @throws what `postgresFailure` tells */
  async repeatable<T>(call: (db: Database) => Promise<T>): Promise<T> {
    return this.#told(async () => {
      try {
        return await this.#untilSerial(call);
      } catch (error) {
        if (!isConnectionLost(error) || sqlStateOf(error) === '57P03') throw error;
        return this.#untilSerial(call);
      }
    });
  }

  /** Runs a write once: if the connection is lost, nobody knows whether it was done, and the caller is told. */
  async once<T>(call: (db: Database) => Promise<T>): Promise<T> {
    return this.#told(() => this.#untilSerial(call));
  }

  async atomically<T>(call: (db: Database) => Promise<T>): Promise<T> {
    return this.once((db) => db.transaction().execute(call));
  }

  /** A way for many calls that are one transaction: whatever one of them throws undoes them all. */
  async together<T>(calls: (way: Way) => Promise<T>): Promise<T> {
    return this.atomically((db) => {
      const inIt = <A>(call: (db: Database) => Promise<A>): Promise<A> => call(db);
      return calls({ repeatable: inIt, once: inIt, atomically: inIt });
    });
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }

  /** Again after a deadlock: nothing of it was done. */
  async #untilSerial<T>(call: (db: Database) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(this.#db);
      } catch (error) {
        if (!isRolledBack(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Tells the log once that the database is away, and once that it is back. */
  async #told<T>(run: () => Promise<T>): Promise<T> {
    const failuresBefore = this.#failures;
    try {
      const result = await run();
      // What was under way when it failed says nothing of now.
      if (this.#away && failuresBefore === this.#failures) {
        this.#logger.info('PostgreSQL answers again');
        this.#away = false;
      }
      return result;
    } catch (error) {
      // The caller knows what a conflict means, and what he threw himself.
      if (sqlStateOf(error) === '23505' || error instanceof UniqueConflict) throw error;
      const failure = postgresFailure(error);
      if (failure === error) throw error;
      this.#failures += 1;
      if (!this.#away) this.#logger.error(`The store fails: ${(failure.cause as Error).message}`);
      this.#away = true;
      throw failure;
    }
  }
}

function poolConfig(options: ConnectionOptions): PoolConfig {
  const { url, connections = 10, connectTimeoutMs = 3000, statementTimeoutMs = 10_000 } = options;
  return {
    connectionString: url,
    application_name: 'aurion',
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    allowExitOnIdle: true,
    types: {
      getTypeParser: (oid: TypeId, format?: 'text' | 'binary') => parserOf(oid, format),
    },
  };
}

type TypeId = Parameters<typeof types.getTypeParser>[0];

function parserOf(oid: TypeId, format: 'text' | 'binary' | undefined): unknown {
  // Counted ids and times, below 2^53; documents are read by `fromDocument`.
  if (oid === types.builtins.INT8) return Number;
  if (oid === types.builtins.JSONB) return (json: string) => json;
  return types.getTypeParser(oid, format) as unknown;
}

/** Names for prepared statements, the same for the same text. */
class PreparedNames {
  readonly #names = new Map<string, string>();

  of(text: string): string | undefined {
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < PREPARED_MAX) {
      name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
      this.#names.set(text, name);
    }
    return name;
  }
}

/** A connection of the pool for as long as somebody has it. */
class PreparingClient {
  #lost = false;

  constructor(
    private readonly client: PoolClient,
    private readonly prepared: PreparedNames,
  ) {}

  async query(text: string, values: readonly unknown[]): Promise<QueryResult> {
    const name = values.length > 0 ? this.prepared.of(text) : undefined;
    try {
      const query = { text, values: [...values], ...(name === undefined ? {} : { name }) };
      return await this.client.query(query);
    } catch (error) {
      // One that timed out may still be at work on the connection.
      this.#lost ||= isConnectionLost(error);
      throw error;
    }
  }

  release(): void {
    this.client.release(this.#lost);
  }
}
