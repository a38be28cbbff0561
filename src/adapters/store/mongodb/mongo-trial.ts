import type { MongoClient } from 'mongodb';
import type { Verdict } from '../../../contract/verdict';
import { databaseVerdict } from '../store-verdict';
import { clientOf, databaseOf, formatOf } from './connection';
import { mongoFailure } from './failure';

const CONNECT_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 3000;

/** Connects to a MongoDB database and looks whether a home could keep its store there; nothing is changed. @throws as `openMongoStore` does */
export async function tryMongoStore({ url }: { readonly url: string }): Promise<Verdict> {
  let client: MongoClient | null = null;
  try {
    client = clientOf({
      url,
      connectTimeoutMs: CONNECT_WITHIN_MS,
      socketTimeoutMs: ANSWER_WITHIN_MS,
    });
    await client.connect();
    const db = databaseOf(client, url);
    const { version } = await db.command({ buildInfo: 1 });
    const tables = (await formatOf(db)) === null ? 'none' : 'all';
    return databaseVerdict({ engine: 'MongoDB', version: String(version), tables, mayMake: true });
  } catch (error) {
    throw mongoFailure(error);
  } finally {
    await client?.close().catch(() => undefined);
  }
}
