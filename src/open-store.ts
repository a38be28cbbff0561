import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as mongodb from './adapters/store/mongodb';
import { openNedbStore } from './adapters/store/nedb';
import type * as postgres from './adapters/store/postgres';
import { AurionError } from './contract/errors';
import type { Logger } from './ports/logger';
import type { Store } from './ports/store';

export interface OpenStoreOptions {
  /** `postgres://…` or `mongodb://…`; none: files in the home's folder. It may hold a password. */
  readonly url: string | undefined;
  readonly homeKey: string;
  /** Where this home's files lie. */
  readonly folder: string;
  readonly logger: Logger;
}

/** A database's adapter, and the optional packages it works with: loaded when it is chosen. */
const ENGINES = {
  postgres: { path: './adapters/store/postgres', packages: ['pg', 'kysely'] },
  mongodb: { path: './adapters/store/mongodb', packages: ['mongodb'] },
} as const;

const ENGINE_OF_SCHEME: Readonly<Record<string, keyof typeof ENGINES>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mongodb:': 'mongodb',
  'mongodb+srv:': 'mongodb',
};

/**
 * Opens a home's store in the engine that the URL names.
 * @throws STORE_URL_INVALID, STORE_DRIVER_MISSING, and what the engine's opening throws; no text holds the URL
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { url, homeKey, folder, logger } = options;
  if (url === undefined) return openNedbStore({ folder: join(folder, 'store'), logger });
  const scheme = /^[a-z+]+:(?=\/\/)/i.exec(url.trim())?.[0].toLowerCase() ?? '';
  const engine = Object.hasOwn(ENGINE_OF_SCHEME, scheme) ? ENGINE_OF_SCHEME[scheme] : undefined;
  if (engine === undefined) throw new AurionError('STORE_URL_INVALID');
  const where = { url: url.trim(), homeKey, logger };
  return engine === 'postgres'
    ? load<typeof postgres>(engine).openPostgresStore(where)
    : load<typeof mongodb>(engine).openMongoStore(where);
}

function load<Adapter>(engine: keyof typeof ENGINES): Adapter {
  const { path, packages } = ENGINES[engine];
  try {
    return createRequire(__filename)(path) as Adapter;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = packages.some((name) => message.includes(`'${name}'`));
    if (code !== 'MODULE_NOT_FOUND' || !missing) throw error;
    const command = `npm install ${packages.join(' ')}`;
    throw new AurionError('STORE_DRIVER_MISSING', { params: { command }, cause: error });
  }
}
