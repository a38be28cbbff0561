import { MongoClient, type ClientSession, type Db } from 'mongodb';
import type { Text } from '../../../contract/language';
import type { Logger } from '../../../ports/logger';
import { UniqueConflict } from '../../../ports/store';
import { corrupt } from '../../files/failure';
import { isDuplicate, mongoFailure } from './failure';

export interface ConnectionOptions {
  /** `mongodb://user:password@host:27017/database?…`; the database is `aurion` where the URL names none. */
  readonly url: string;
  readonly logger: Logger;
  /** How long a call waits for a server that is there, default 3 s. */
  readonly connectTimeoutMs?: number;
  /** How long a silent server is waited for, default 10 s. */
  readonly socketTimeoutMs?: number;
}

/** How documents are laid out; a newer number is refused. */
const FORMAT = 1;

/** From 5.0 on: reads of one moment outside of transactions. */
const WIRE_VERSION_MIN = 13;

const NEWER: Text = {
  fr: 'la base MongoDB vient d’une version plus récente d’Aurion ; mettez Aurion à jour',
  en: 'the MongoDB database belongs to a newer version of Aurion; update Aurion',
};

/** What many writes share that are one. */
export interface Unit {
  readonly session?: ClientSession;
  /** Says how the write that was just done is undone, where no transaction does it. */
  readonly undone: (by: () => Promise<unknown>) => void;
}

/** The way to one database: the driver's pool, which heals by itself, and failures as the store tells them. */
export class Connection {
  #away = false;
  #failures = 0;

  private constructor(
    readonly db: Db,
    private readonly client: MongoClient,
    private readonly logger: Logger,
    /** A replica set or a cluster; a server alone knows no transactions. */
    private readonly hasTransactions: boolean,
  ) {}

  /** @throws what `mongoFailure` tells, STORE_CORRUPT if the database belongs to a newer Aurion */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { url, logger } = options;
    let client: MongoClient | null = null;
    try {
      client = clientOf(options);
      await client.connect();
      const db = databaseOf(client, url);
      const hello = await db.command({ hello: 1 });
      const isSet = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
      const isNew = Number(hello['maxWireVersion']) >= WIRE_VERSION_MIN;
      await assertFormat(db);
      return new Connection(db, client, logger, isSet && isNew);
    } catch (error) {
      await client?.close().catch(() => undefined);
      throw mongoFailure(error);
    }
  }

  /** @throws the driver's duplicate key error as it is, all else as `mongoFailure` tells */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const failuresBefore = this.#failures;
    try {
      const result = await call();
      // What was under way when it failed says nothing of now.
      if (this.#away && failuresBefore === this.#failures) {
        this.logger.info('MongoDB answers again');
        this.#away = false;
      }
      return result;
    } catch (error) {
      // The caller knows what it means.
      if (isDuplicate(error) || error instanceof UniqueConflict) throw error;
      const failure = mongoFailure(error);
      if (failure === error) throw error;
      this.#failures += 1;
      if (!this.#away) this.logger.error(`The store fails: ${(failure.cause as Error).message}`);
      this.#away = true;
      throw failure;
    }
  }

  /** Runs writes all or none. A server alone runs them one after the other: `session` is undefined there. */
  async atomically<T>(writes: (session: ClientSession | undefined) => Promise<T>): Promise<T> {
    if (!this.hasTransactions) return this.run(() => writes(undefined));
    return this.run(() =>
      this.client.withSession((session) => session.withTransaction(() => writes(session))),
    );
  }

  /** Runs many writes as one, all or none; where the server is alone, what was done is undone if the rest cannot be. */
  together<T>(writes: (unit: Unit) => Promise<T>): Promise<T> {
    return this.atomically(async (session) => {
      if (session !== undefined) return writes({ session, undone: () => undefined });
      const undos: (() => Promise<unknown>)[] = [];
      try {
        return await writes({ undone: (by) => void undos.unshift(by) });
      } catch (error) {
        for (const undo of undos) await undo();
        throw error;
      }
    });
  }

  /** Runs one read that sees a moment, never a part of a transaction. */
  async atOneMoment<T>(read: (session: ClientSession | undefined) => Promise<T>): Promise<T> {
    if (!this.hasTransactions) return this.run(() => read(undefined));
    return this.run(() => this.client.withSession({ snapshot: true }, read));
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Not connected yet. @throws for a URL that can't be read */
export function clientOf(options: Omit<ConnectionOptions, 'logger'>): MongoClient {
  const { url, connectTimeoutMs = 3000, socketTimeoutMs = 10_000 } = options;
  return new MongoClient(url, {
    appName: 'aurion',
    serverSelectionTimeoutMS: connectTimeoutMs,
    connectTimeoutMS: connectTimeoutMs,
    waitQueueTimeoutMS: connectTimeoutMs,
    socketTimeoutMS: socketTimeoutMs,
    // On disk, and not rolled back when another server takes over.
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
  });
}

export function databaseOf(client: MongoClient, url: string): Db {
  return client.db(hasDatabase(url) ? undefined : 'aurion');
}

/** Whether the documents are laid out as this code needs; null: there are none. @throws STORE_CORRUPT if a newer Aurion's */
export async function formatOf(db: Db): Promise<number | null> {
  const format = (await db.collection<Meta>('meta').findOne({ _id: 'format' }))?.format ?? null;
  if ((format ?? FORMAT) > FORMAT) throw corrupt(NEWER);
  return format;
}

function hasDatabase(url: string): boolean {
  return /^[a-z+]+:\/\/[^/]*\/[^?]/i.test(url);
}

interface Meta {
  readonly _id: string;
  readonly format: number;
}

async function assertFormat(db: Db): Promise<void> {
  const meta = db.collection<Meta>('meta');
  const filter = { _id: 'format' };
  const write = () =>
    meta.updateOne(filter, { $setOnInsert: { format: FORMAT } }, { upsert: true });
  // Two processes that write it at once: it is there then.
  await write().catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
  });
  await formatOf(db);
}
