import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AurionError } from '../../../contract/errors';
import type { Logger } from '../../../ports/logger';
import {
  SERIES,
  TABLES,
  type Row,
  type RowOf,
  type SeriesName,
  type Store,
  type TableName,
  type TimeSeries,
} from '../../../ports/store';
import { OpenCalls } from '../open-calls';
import { ChangeTogether } from './change-together';
import { CountersFile, type FileName } from './counters';
import { corrupt, storeFailure } from '../../files/failure';
import { FILE_MODE, FOLDER_MODE, restrictTo, sizeIfThere, syncFolder } from '../../files/files';
import { lockFolder, type FolderLock, type LockOptions } from './lock';
import { FILE_NAMES, tablePath } from './nedb-files';
import { NedbRepository } from './nedb-repository';
import { NedbSeries } from './nedb-series';
import { NedbTable } from './nedb-table';
import type { PartRow } from './parts';
import { PendingChange } from './pending-change';

export interface NedbStoreOptions {
  /** The home's own folder; it is made if missing. */
  readonly folder: string;
  readonly logger: Logger;
  readonly lock?: Pick<LockOptions, 'heartbeatMs' | 'staleMs'>;
  /** A table's file is rewritten without what was overwritten, after this many writes at the earliest. Default 5000. */
  readonly compactAfterWrites?: number;
}

/**
 * Opens a home's store in a folder, for this process alone: a file for each table (`<table>.db`) with
 * its last good copy (`<table>.db.good`), `counters.json`, and `aurion.lock`.
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
  const opened: { close(): Promise<void> }[] = [];
  const pendingPath = join(folder, 'pending-change.json');
  const pending = new PendingChange(pendingPath);
  const left = await PendingChange.left(pendingPath);
  const calls = new OpenCalls();
  let closed: Promise<void> | null = null;
  const assertOpen = (): void => {
    if (closed !== null) throw new AurionError('STORE_UNAVAILABLE');
  };

  const openTable = async <R extends Row>(
    name: FileName,
    indexed: readonly string[],
  ): Promise<NedbTable<R>> => {
    const table = await NedbTable.open<R>({
      path: tablePath(folder, name),
      indexed,
      logger,
      filled: counters.wasFilled(name),
      known: counters.knownFile(name),
      shared: lock.fromSilent,
      redo: left[name] ?? null,
      assertWritable: async () => {
        await lock.assertHeld();
        await pending.settled();
      },
      onFilled: () => counters.remember(name, { filled: true }),
      onKnown: (file, lastId) => counters.remember(name, { file, lastId }),
      compactAfterWrites,
    });
    opened.push(table);
    if (table.rows > 0) await counters.remember(name, { filled: true });
    return table;
  };
  const repository = async <T extends TableName>(name: T): Promise<NedbRepository<RowOf<T>>> => {
    const declaration = TABLES[name];
    const indexed = [...declaration.unique, ...declaration.indexed];
    const table = await openTable<RowOf<T>>(name, indexed);
    const rows = await NedbRepository.open<RowOf<T>>({
      name,
      declaration,
      table,
      counters,
      assertOpen,
    });
    opened[opened.length - 1] = rows;
    return rows;
  };
  const series = async (name: SeriesName): Promise<TimeSeries> => {
    const table = await openTable<PartRow>(name, []);
    const points = await NedbSeries.open({ declaration: SERIES[name], table, assertOpen });
    opened[opened.length - 1] = points;
    return points;
  };
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
  };

  try {
    const rows = {
      accounts: await repository('accounts'),
      sessions: await repository('sessions'),
      devices: await repository('devices'),
      deviceStates: await repository('deviceStates'),
      credentials: await repository('credentials'),
      idempotency: await repository('idempotency'),
      settings: await repository('settings'),
      audit: await repository('audit'),
      turns: await repository('turns'),
      attempts: await repository('attempts'),
      resetTokens: await repository('resetTokens'),
      sensors: await repository('sensors'),
      sensorStates: await repository('sensorStates'),
      alerts: await repository('alerts'),
      alertWatches: await repository('alertWatches'),
      notificationConfigs: await repository('notificationConfigs'),
      sendings: await repository('sendings'),
      schedules: await repository('schedules'),
      scheduleRuns: await repository('scheduleRuns'),
      meterCheckpoints: await repository('meterCheckpoints'),
    };
    const points = {
      readings: await series('readings'),
      sensorReadings: await series('sensorReadings'),
      sensorMinutes: await series('sensorMinutes'),
      sensorHours: await series('sensorHours'),
      meterReadings: await series('meterReadings'),
      energyFine: await series('energyFine'),
      energyHours: await series('energyHours'),
      energyDays: await series('energyDays'),
    };
    await pending.clear();
    await syncFolder(folder); // The names of the files that are new.
    const changes = new ChangeTogether(rows as never, counters, pending);
    const close = async (): Promise<void> => {
      await closeAll();
      await pending.close();
      await lock.release();
    };
    return {
      ...rows,
      ...points,
      together: (tables, change) => calls.run(noInput, () => changes.run(tables, change as never)),
      close: () => (closed ??= calls.close(close)),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function noInput(): void {
  // Nothing to copy.
}

/** @throws STORE_CORRUPT if the counters are gone and tables are not */
async function openCounters(folder: string, logger: Logger): Promise<CountersFile> {
  const path = join(folder, 'counters.json');
  const counters = await CountersFile.open(path);
  if (counters !== null) {
    await restrictTo(FILE_MODE, path, logger);
    return counters;
  }
  for (const name of FILE_NAMES) {
    if (!(await sizeIfThere(tablePath(folder, name)))) continue;
    throw corrupt({
      fr: `${path} manque ; remettez-le en place depuis une sauvegarde`,
      en: `${path} is missing; put it back from a backup`,
    });
  }
  return CountersFile.create(path);
}
