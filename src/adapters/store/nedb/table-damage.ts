import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../../../ports/logger';
import { corrupt, reasonOf } from '../../files/failure';
import { cutFile, deleteIfThere, errnoOf, FILE_MODE } from '../../files/files';
import { TableScan } from './table-format';

/** What is remembered of how far a table's file was written. */
export interface KnownFile {
  readonly generation: number;
  /** At least so many bytes of this generation were committed. */
  readonly bytes: number;
  readonly rows: number;
}

/** A table's file, and what is remembered of it outside of it. */
export interface RememberedFile {
  readonly path: string;
  /** Whether the table ever held a row: then its file is never empty again. */
  readonly filled: boolean;
  readonly known: KnownFile | null;
}

export interface TableFileOptions extends RememberedFile {
  readonly logger: Logger;
  /** Somebody may still have the file open and write into it: a copy takes its place. */
  readonly shared: boolean;
}

/** Of what was committed, more than this share missing is no torn end any more. */
const LOST_SHARE_MAX = 0.1;
const TORN_COPIES_MAX = 5;

/** Null if there is no such file. */
export async function scanFile(path: string): Promise<TableScan | null> {
  const scan = new TableScan();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      scan.push(chunk as Buffer);
    }
    return scan;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Refuses a file of which more is missing than a torn end: one that was emptied, that is broken in
 * the middle, or that lost much of what was committed. It is left as it is.
 * @throws STORE_CORRUPT
 */
export function assertSound({ path, filled, known }: RememberedFile, scan: TableScan | null): void {
  const hint = {
    fr: `; remettez en place sa dernière bonne copie (${path}.good) ou une sauvegarde du dossier`,
    en: `; put back its last good copy (${path}.good) or a backup of the folder`,
  };
  const refuse = (fr: string, en: string): never => {
    throw corrupt({ fr: `${path} ${fr}${hint.fr}`, en: `${path} ${en}${hint.en}` });
  };
  if (filled && (scan === null || scan.bytes === 0)) {
    refuse('a été vidé ou supprimé', 'was emptied or deleted');
  }
  if (scan === null) return;
  if (scan.soundAfterBreak) refuse('est abîmé en son milieu', 'is damaged in its middle');
  if (filled && scan.commits === 0) refuse('est abîmé à son début', 'is damaged at its start');
  const lost = lostBytes(known, scan);
  if (lost > 0 && scan.brokenCommit) refuse('est abîmé à sa fin', 'is damaged at its end');
  if (known !== null && lost > LOST_SHARE_MAX * known.bytes) {
    refuse(`a perdu ${lost} octets`, `lost ${lost} bytes`);
  }
}

/** How many bytes that were committed are not there or not sound. */
export function lostBytes(known: KnownFile | null, scan: TableScan): number {
  if (known === null || known.generation !== scan.generation) return 0;
  return Math.max(0, known.bytes - scan.soundBytes);
}

/** Cuts off what is behind the last sound commit, keeps a copy of it, and says what is lost. */
export async function mendEnd(
  options: Omit<TableFileOptions, 'shared'>,
  scan: TableScan,
): Promise<void> {
  const { path, logger, known } = options;
  const torn = scan.bytes - scan.soundBytes;
  const lost = lostBytes(known, scan);
  const rows = scan.documents.size;
  const kept = torn > 0 ? await cutTail(options, scan) : 'nothing of them is left';
  if (lost > 0) {
    logger.error(
      `${path} lost the last ${lost} bytes of what was committed: the disk did not keep them ` +
        `(${kept}). The ${rows} rows of before are there; its last good copy is ${path}.good`,
    );
  } else if (torn > 0) {
    logger.warn(
      `${path} ended in ${torn} bytes of a write that a crash cut short: nobody was told that it ` +
        `was done, and it is undone (${kept}). All ${rows} rows are there`,
    );
  }
}

async function cutTail(
  { path, logger }: Omit<TableFileOptions, 'shared'>,
  { soundBytes }: TableScan,
): Promise<string> {
  const copy = `${path}.torn-${new Date().toISOString().replaceAll(':', '-')}`;
  let kept = `kept in ${copy}`;
  try {
    await copyTail(path, soundBytes, copy);
    await keepNewest(path);
  } catch (error) {
    kept = 'not kept';
    logger.warn(`${copy} could not be written: ${reasonOf(error)}`);
  }
  await cutFile(path, soundBytes);
  return kept;
}

async function copyTail(path: string, from: number, to: string): Promise<void> {
  const file = await open(to, 'wx', FILE_MODE);
  try {
    await file.writeFile(createReadStream(path, { start: from }));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keepNewest(path: string): Promise<void> {
  const prefix = `${basename(path)}.torn-`;
  const copies = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix)).sort();
  for (const name of copies.slice(0, -TORN_COPIES_MAX)) {
    await deleteIfThere(join(dirname(path), name));
  }
}
