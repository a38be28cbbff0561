import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AurionError } from '../../../contract/errors';
import { corrupt } from '../../files/failure';
import { cutFile, FILE_MODE, orMissing, restrictTo, syncFolder } from '../../files/files';
import type { Logger } from '../../../ports/logger';
import { CountersFile, type FileName } from './counters';
import { lockFolder } from './lock';
import { FILE_NAMES, tablePath } from './nedb-files';
import { assertSound, lostBytes, scanFile } from './table-damage';
import { goodPath } from './table-file';

export interface TableReport {
  readonly table: FileName;
  readonly path: string;
  /**
   * `sound`; `empty`: never held a row; `torn`: opens without its last bytes, which a crash cut
   * short or the disk did not keep; `damaged`: does not open.
   */
  readonly state: 'sound' | 'empty' | 'torn' | 'damaged';
  /** How many rows can be read. */
  readonly rows: number;
  readonly bytes: number;
  /** Why it does not open. */
  readonly problem: AurionError | null;
  /** What its last good copy holds; null if there is none that can be read. */
  readonly good: { readonly rows: number; readonly bytes: number } | null;
}

/**
 * Looks at every table in a home's folder and changes nothing. What another process writes
 * meanwhile may look torn.
 * @throws STORE_CORRUPT if `counters.json` cannot be understood
 */
export async function inspectNedbFolder(folder: string): Promise<TableReport[]> {
  const counters = await CountersFile.open(join(folder, 'counters.json'));
  const reports: TableReport[] = [];
  for (const table of FILE_NAMES) {
    const path = tablePath(folder, table);
    const scan = await scanFile(path);
    const known = counters?.knownFile(table) ?? null;
    let problem: AurionError | null = null;
    try {
      assertSound({ path, filled: counters?.wasFilled(table) ?? false, known }, scan);
    } catch (error) {
      if (!(error instanceof AurionError)) throw error;
      problem = error;
    }
    const good = await scanGood(path);
    reports.push({
      table,
      path,
      state:
        problem !== null
          ? 'damaged'
          : scan === null || !(counters?.wasFilled(table) ?? false)
            ? 'empty'
            : scan.isWhole && lostBytes(known, scan) === 0
              ? 'sound'
              : 'torn',
      rows: scan?.documents.size ?? 0,
      bytes: scan?.bytes ?? 0,
      problem,
      good: good === null ? null : { rows: good.documents.size, bytes: good.soundBytes },
    });
  }
  return reports;
}

/**
 * Puts the last good copy of a table in its place. What stood there is kept as
 * `<table>.db.damaged-<time>`. How many rows the table holds now.
 * @throws STORE_LOCKED while a home uses the folder, STORE_CORRUPT if there is no good copy
 */
export async function restoreGoodCopy(
  folder: string,
  table: FileName,
  logger: Logger,
): Promise<number> {
  const path = tablePath(folder, table);
  const lock = await lockFolder(folder);
  try {
    const good = await scanGood(path);
    const counters = await CountersFile.open(join(folder, 'counters.json'));
    if (good === null || counters === null) {
      const missing = good === null ? goodPath(path) : join(folder, 'counters.json');
      throw corrupt({
        fr: `${missing} manque ou est abîmé ; remettez le dossier en place depuis une sauvegarde`,
        en: `${missing} is missing or damaged; put the folder back from a backup`,
      });
    }
    const next = `${path}.restored`;
    await copyFile(goodPath(path), next);
    await restrictTo(FILE_MODE, next, logger);
    await cutFile(next, good.soundBytes); // And flushes it.
    const stamp = new Date().toISOString().replaceAll(':', '-');
    await orMissing(rename(path, `${path}.damaged-${stamp}`));
    await rename(next, path);
    await syncFolder(folder);
    const rows = good.documents.size;
    const file = { generation: good.generation ?? 0, bytes: good.soundBytes, rows };
    await counters.remember(table, { file });
    return rows;
  } finally {
    await lock.release();
  }
}

async function scanGood(path: string): Promise<Awaited<ReturnType<typeof scanFile>>> {
  const scan = await scanFile(goodPath(path));
  return scan === null || scan.commits === 0 || scan.soundAfterBreak ? null : scan;
}
