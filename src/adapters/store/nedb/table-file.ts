import { constants } from 'node:fs';
import { copyFile, link, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../../../ports/logger';
import { reasonOf } from '../../files/failure';
import {
  deleteIfThere,
  errnoOf,
  FILE_MODE,
  orMissing,
  sizeIfThere,
  syncFolder,
} from '../../files/files';
import {
  documentLine,
  encodeCommit,
  headerLine,
  type DocumentId,
  type StoredDocument,
} from './table-format';
import { assertSound, mendEnd, scanFile, type TableFileOptions } from './table-damage';

/** How many documents are written in one go before others get their turn. */
const SLICE = 500;

/** A commit that was begun and perhaps not written: see `PendingChange`. */
export interface Redo {
  /** The file it belongs to, and where in it. */
  readonly generation: number;
  readonly at: number;
  readonly lines: readonly string[];
}

/**
 * A table's file on the disk. What was committed is there after a power cut; what was not is cut off
 * at the next opening. Calls must not overlap.
 */
export class TableFile {
  /** What is behind the last commit is not to stay. */
  #torn = false;
  /** Where what was written last ends. */
  #writtenBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly logger: Logger,
    private file: FileHandle,
    private currentGeneration: number,
    private committedBytes: number,
  ) {}

  /** @throws STORE_CORRUPT, or the file system's error */
  static async open(options: TableFileOptions): Promise<{
    readonly file: TableFile;
    readonly documents: Map<DocumentId, StoredDocument>;
    /** Lines that were overwritten since. */
    readonly staleLines: number;
  }> {
    const { path, logger } = options;
    // What a crash left of a file that was being written: the one it was to replace still stands.
    for (const left of [nextPath(path), `${goodPath(path)}.new`, `${path}~`]) {
      await deleteIfThere(left);
    }
    if (options.shared && (await sizeIfThere(path)) !== null) {
      await copyFile(path, nextPath(path));
      await syncAs(nextPath(path), path);
    }
    const scan = await scanFile(path);
    assertSound(options, scan);
    if (scan !== null) await mendEnd(options, scan);
    await partFromGood(path, logger);
    if (scan === null || scan.commits === 0) {
      // Nothing to lose yet: it is flushed with the first row. Where that is undone, what stays is a sound file.
      const file = await open(path, 'w+', FILE_MODE);
      let bytes = await writeAll(file, Buffer.from(headerLine(1)), 0);
      for (const piece of encodeCommit([])) bytes = await writeAll(file, piece, bytes);
      const empty = new Map<DocumentId, StoredDocument>();
      return { file: new TableFile(path, logger, file, 1, bytes), documents: empty, staleLines: 0 };
    }
    if (scan.generation === null) {
      // Of an earlier version.
      await writeFile(path, 1, scan.documents.values());
      const file = await open(path, 'r+');
      const { size } = await file.stat();
      const { documents } = scan;
      return { file: new TableFile(path, logger, file, 1, size), documents, staleLines: 0 };
    }
    const file = await open(path, 'r+');
    return {
      file: new TableFile(path, logger, file, scan.generation, scan.soundBytes),
      documents: scan.documents,
      staleLines: scan.lines - scan.documents.size,
    };
  }

  /** Writes a commit that a crash prevented. @returns false if it stands already, or something else does */
  async redo({ generation, at, lines }: Redo): Promise<boolean> {
    if (generation !== this.currentGeneration || at !== this.committedBytes) return false;
    await this.write(lines);
    this.keep();
    return true;
  }

  get bytes(): number {
    return this.committedBytes;
  }

  get generation(): number {
    return this.currentGeneration;
  }

  /** Writes a commit behind the last one; on the disk when it resolves. Call `keep` then, or `restore`. */
  async write(lines: readonly string[]): Promise<void> {
    if (this.#torn) await this.#cut();
    this.#torn = true;
    let end = this.committedBytes;
    for (const bytes of encodeCommit(lines)) end = await writeAll(this.file, bytes, end);
    await this.file.datasync();
    this.#writtenBytes = end;
  }

  /** What was written counts from now on. */
  keep(): void {
    this.#torn = false;
    this.committedBytes = this.#writtenBytes;
  }

  /** Cuts off what was written and not kept. If the disk does not let it, the next write does. */
  async restore(): Promise<void> {
    if (this.#torn) await this.#cut().catch(() => undefined);
  }

  /**
   * Writes the file anew with these documents only. What it was before becomes the last good copy.
   * If it rejects, the file is as it was.
   */
  async rewrite(
    documents: Iterable<StoredDocument>,
    assertWritable: () => Promise<void>,
  ): Promise<void> {
    const generation = this.currentGeneration + 1;
    try {
      await writeFile(this.path, generation, documents, async () => {
        await assertWritable();
        await keepAsGood(this.path);
      });
    } catch (error) {
      await deleteIfThere(nextPath(this.path)).catch(() => undefined);
      throw error;
    }
    const file = await open(this.path, 'r+');
    await this.file.close();
    this.file = file;
    this.currentGeneration = generation;
    this.committedBytes = (await file.stat()).size;
  }

  /** Copies the file as it stands beside itself, as the last good copy. Does not reject. */
  async snapshot(): Promise<void> {
    if (this.#torn) return;
    const next = `${goodPath(this.path)}.new`;
    try {
      await copyFile(this.path, next, constants.COPYFILE_FICLONE);
      await syncAs(next, goodPath(this.path));
    } catch (error) {
      this.logger.warn(`${goodPath(this.path)} could not be written: ${reasonOf(error)}`);
      await deleteIfThere(next).catch(() => undefined);
    }
  }

  /** When the last good copy was made, in milliseconds since 1970; null if there is none. */
  async snapshotAt(): Promise<number | null> {
    return (await orMissing(stat(goodPath(this.path))))?.mtimeMs ?? null;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #cut(): Promise<void> {
    await this.file.truncate(this.committedBytes);
    await this.file.datasync();
    this.#torn = false;
  }
}

/** The last good copy of a table's file. */
export function goodPath(path: string): string {
  return `${path}.good`;
}

function nextPath(path: string): string {
  return `${path}.new`;
}

/** Writes a whole file beside the one that stands, and then in its place. */
async function writeFile(
  path: string,
  generation: number,
  documents: Iterable<StoredDocument>,
  beforeReplacing: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const file = await open(nextPath(path), 'w', FILE_MODE);
  try {
    let position = await writeAll(file, Buffer.from(headerLine(generation)), 0);
    let lines: string[] = [];
    for (const document of documents) {
      lines.push(documentLine(document));
      if (lines.length < SLICE) continue;
      for (const bytes of encodeCommit(lines)) position = await writeAll(file, bytes, position);
      lines = [];
    }
    // Also an empty one: a file without a commit is known to be damaged.
    for (const bytes of encodeCommit(lines)) position = await writeAll(file, bytes, position);
    await file.datasync();
  } finally {
    await file.close();
  }
  await beforeReplacing();
  await rename(nextPath(path), path);
  await syncFolder(dirname(path));
}

/** A crash between the two steps of a replacement leaves one file by two names: what damages it would damage its last good copy, too. */
async function partFromGood(path: string, logger: Logger): Promise<void> {
  const [live, good] = await Promise.all([orMissing(stat(path)), orMissing(stat(goodPath(path)))]);
  if (!live || live.ino !== good?.ino || live.dev !== good.dev) return;
  const next = `${goodPath(path)}.new`;
  try {
    await copyFile(path, next, constants.COPYFILE_FICLONE);
    await syncAs(next, goodPath(path));
  } catch (error) {
    logger.warn(`${goodPath(path)} is the file itself and no copy: ${reasonOf(error)}`);
    await deleteIfThere(next).catch(() => undefined);
  }
}

/** Gives the file that is about to be replaced a second name, which costs no space. */
async function keepAsGood(path: string): Promise<void> {
  const next = `${goodPath(path)}.new`;
  await deleteIfThere(next);
  try {
    await link(path, next);
  } catch (error) {
    // File systems without links (FAT on memory cards).
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error;
    await copyFile(path, next);
  }
  await syncAs(next, goodPath(path));
}

async function syncAs(from: string, to: string): Promise<void> {
  const file = await open(from, 'r+');
  try {
    await file.chmod(FILE_MODE);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Gives the position behind what it wrote. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return position + bytes.length;
}
