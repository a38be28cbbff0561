import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AurionError } from '../../../contract/errors';
import type { Logger } from '../../../ports/logger';
import { TABLES, type RowOf, type Store, type TableName } from '../../../ports/store';
import { CountersFile } from './counters';
import { corrupt, storeFailure } from '../../files/failure';
import { FILE_MODE, FOLDER_MODE, restrictTo, sizeIfThere } from '../../files/files';
import { lockFolder, type FolderLock, type LockOptions } from './lock';
import { NedbRepository } from './nedb-repository';
import { NedbTable } from './nedb-table';

export interface NedbStoreOptions {
  /** The home's own folder; it is made if missing. */
  readonly folder: string;
  readonly logger: Logger;
  readonly lock?: Pick<LockOptions, 'heartbeatMs' | 'staleMs'>;
  /** A table's file is rewritten without what was overwritten, after this many writes at the earliest. Default 5000. */
  readonly compactAfterWrites?: number;
}

type Repositories = { readonly [T in TableName]: NedbRepository<RowOf<T>> };

/**
 * Opens a home's store in a folder, for this process alone: `<table>.db` by NeDB for each table,
 * `counters.json`, and `aurion.lock`.
 * @throws STORE_LOCKED, STORE_CORRUPT, STORE_FULL, STORE_UNAVAILABLE (the causes say which folder and why; they are not logged here)
 */
export async function openNedbStore(options: NedbStoreOptions): Promise<Store> {
  const { folder, logger } = options;
  let lock: FolderLock | null = null;
  try {
    await prepareFolder(folder, logger);
    lock = await lockFolder(folder, {
      ...options.lock,
      onLost: () =>
        logger.error(
          `Another process took over ${folder} while this one was silent: nothing more is written`,
        ),
    });
    return await openTables(options, lock);
  } catch (error) {
    await lock?.release().catch(() => undefined);
    if (error instanceof AurionError) throw error;
    throw storeFailure(new Error(`The store does not open in ${folder}`, { cause: error }));
  }
}

async function prepareFolder(folder: string, logger: Logger): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  await restrictTo(FOLDER_MODE, folder, logger);
}

async function openTables(options: NedbStoreOptions, lock: FolderLock): Promise<Store> {
  const { folder, logger, compactAfterWrites = 5000 } = options;
  const counters = await openCounters(folder, logger);
  let closed: Promise<void> | null = null;

  const open = async <T extends TableName>(name: T): Promise<NedbRepository<RowOf<T>>> => {
    const path = tablePath(folder, name);
    if (counters.wasFilled(name) && !(await sizeIfThere(path))) {
      throw corrupt({
        fr: `${path} a été vidé ou supprimé ; remettez-le en place depuis une sauvegarde`,
        en: `${path} was emptied or deleted; put it back from a backup`,
      });
    }
    const declaration = TABLES[name];
    const table = await NedbTable.open<RowOf<T>>({
      path,
      indexed: [...declaration.unique, ...declaration.indexed],
      logger,
      assertWritable: () => lock.assertHeld(),
      onFilled: () => counters.remember(name, { filled: true }),
      compactAfterWrites,
    });
    if ((await table.count({})) > 0) await counters.remember(name, { filled: true });
    return NedbRepository.open<RowOf<T>>({
      name,
      declaration,
      table,
      counters,
      assertOpen: () => {
        if (closed !== null) throw new AurionError('STORE_UNAVAILABLE');
      },
    });
  };

  const repositories: Repositories = {
    accounts: await open('accounts'),
    sessions: await open('sessions'),
    devices: await open('devices'),
    deviceStates: await open('deviceStates'),
    credentials: await open('credentials'),
    idempotency: await open('idempotency'),
    settings: await open('settings'),
    audit: await open('audit'),
    attempts: await open('attempts'),
    resetTokens: await open('resetTokens'),
    schedules: await open('schedules'),
    scheduleRuns: await open('scheduleRuns'),
  };

  const close = async (): Promise<void> => {
    for (const repository of Object.values(repositories)) await repository.idle();
    await lock.release();
  };
  return { ...repositories, close: () => (closed ??= close()) };
}

/** @throws STORE_CORRUPT if the counters are gone and tables are not */
async function openCounters(folder: string, logger: Logger): Promise<CountersFile> {
  const path = join(folder, 'counters.json');
  const counters = await CountersFile.open(path);
  if (counters !== null) {
    await restrictTo(FILE_MODE, path, logger);
    return counters;
  }
  for (const name of Object.keys(TABLES) as TableName[]) {
    if (!(await sizeIfThere(tablePath(folder, name)))) continue;
    throw corrupt({
      fr: `${path} manque ; remettez-le en place depuis une sauvegarde`,
      en: `${path} is missing; put it back from a backup`,
    });
  }
  return CountersFile.create(path);
}

function tablePath(folder: string, name: TableName): string {
  return join(folder, `${name}.db`);
}
