import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as mongodb from './adapters/store/mongodb';
import { openNedbStore, tryNedbFolder } from './adapters/store/nedb';
import type * as postgres from './adapters/store/postgres';
import { failureVerdict } from './adapters/store/store-verdict';
import { within } from './adapters/within';
import { AurionError } from './contract/errors';
import type { Verdict } from './contract/verdict';
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

const TRIED_WITHIN_MS = 9000;

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
  if (url === undefined) return openNedbStore({ folder: nedbFolder(folder), logger });
  const where = { url: url.trim(), homeKey, logger };
  const engine = engineOf(url);
  return engine === 'postgres'
    ? load<typeof postgres>(engine).openPostgresStore(where)
    : load<typeof mongodb>(engine).openMongoStore(where);
}

/** Whether a home could keep its store there. Nothing is changed, and no text holds the URL. Answers within 10 s. */
export async function tryStore(options: Omit<OpenStoreOptions, 'homeKey'>): Promise<Verdict> {
  const { url, folder, logger } = options;
  if (url === undefined) return tryNedbFolder(nedbFolder(folder));
  const where = { url: url.trim(), logger };
  try {
    const engine = engineOf(url);
    const trial =
      engine === 'postgres'
        ? load<typeof postgres>(engine).tryPostgresStore(where)
        : load<typeof mongodb>(engine).tryMongoStore(where);
    return await within(TRIED_WITHIN_MS, trial);
  } catch (error) {
    return failureVerdict(error);
  }
}

/** Whether a URL names an engine that there is. */
export function isStoreUrl(url: string): boolean {
  return engineNamed(url) !== undefined;
}

function nedbFolder(homeFolder: string): string {
  return join(homeFolder, 'store');
}

/** @throws STORE_URL_INVALID */
function engineOf(url: string): keyof typeof ENGINES {
  const engine = engineNamed(url);
  if (engine === undefined) throw new AurionError('STORE_URL_INVALID');
  return engine;
}

function engineNamed(url: string): keyof typeof ENGINES | undefined {
  const scheme = /^[a-z+]+:(?=\/\/)/i.exec(url.trim())?.[0].toLowerCase() ?? '';
  return Object.hasOwn(ENGINE_OF_SCHEME, scheme) ? ENGINE_OF_SCHEME[scheme] : undefined;
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
