import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../../ports/logger';

/** What only the owner may read or write. */
export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

/** The `code` of an error of the operating system, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Resolves with null where the file is missing, and rejects on every other failure. */
export async function orMissing<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export async function readIfThere(path: string): Promise<string | null> {
  return orMissing(readFile(path, 'utf8'));
}

/** A text that is made the first time it is asked for and stays in the file; of several processes at once, one makes it. */
export async function textMadeOnce(path: string, make: () => string): Promise<string> {
  const found = await readIfThere(path);
  if (found !== null && found !== '') return found;
  try {
    await writeFile(path, make(), { flag: found === null ? 'wx' : 'w', mode: FILE_MODE });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return readFile(path, 'utf8');
}

export async function sizeIfThere(path: string): Promise<number | null> {
  return (await orMissing(stat(path)))?.size ?? null;
}

export async function deleteIfThere(path: string): Promise<void> {
  await orMissing(unlink(path));
}

/** Keeps a file or folder that stood already to its owner. */
export async function restrictTo(mode: number, path: string, logger: Logger): Promise<void> {
  try {
    await chmod(path, mode);
  } catch (error) {
    // On a mounted disk without owners the keeper of the machine has to see to it.
    logger.warn(`Others may be able to read ${path}: ${String(error)}`);
  }
}

/** Waits until what was written to the file is on the disk. Gives the file's size. */
export async function syncFile(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Cuts the file off behind `size` bytes, on the disk too. */
export async function cutFile(path: string, size: number): Promise<void> {
  await truncate(path, size);
  await syncFile(path);
}

/** Replaces a file's contents as a whole: after a power cut it holds the old or the new, never a part. */
export async function replaceFile(path: string, contents: string): Promise<void> {
  const next = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(next, 'wx', FILE_MODE);
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await deleteIfThere(next);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Waits until the names of the files that were made in the folder are on the disk. */
export async function syncFolder(path: string): Promise<void> {
  let folder;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    // Windows and some network file systems cannot flush a folder, and need not.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await folder?.close();
  }
}
