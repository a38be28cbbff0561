import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { WriteFailure } from '../../files/failure';
import { deleteIfThere, FILE_MODE, readIfThere, syncFolder } from '../../files/files';
import type { FileName } from './counters';
import type { Redo } from './table-file';

const schema = z.record(
  z.string(),
  z.object({ generation: z.int(), at: z.int(), lines: z.array(z.string()) }),
);

/** What each table is to be given. */
export type Redos = Readonly<Partial<Record<FileName, Redo>>>;

/**
 * The change of several tables that is under way, in a small file beside them: on the disk before the
 * first table is written, so that after a crash the tables it had not reached get their part. One that
 * is no longer under way does no harm: each part says where in its table's file it belongs, and what is
 * written there already is not written again.
 */
export class PendingChange {
  #file: FileHandle | null = null;
  #underWay = false;
  /** What the file says was undone, and the disk may still have it. */
  #stale = false;

  constructor(private readonly path: string) {}

  /** What a crash left; nothing if it cut this file itself short, since then no table was reached. */
  static async left(path: string): Promise<Redos> {
    const [, sum, text] = /^(\d+) (.*)\n$/s.exec((await readIfThere(path)) ?? '') ?? [];
    if (text === undefined || Number(sum) !== crc32(text)) return {};
    return schema.parse(JSON.parse(text));
  }

  /** Takes away what was left: it is done. Whoever has the old file open still writes nowhere. */
  async clear(): Promise<void> {
    await deleteIfThere(this.path);
  }

  /** On the disk when it resolves. @throws WriteFailure; then nothing is under way */
  async begin(redos: Redos): Promise<void> {
    const text = JSON.stringify(redos);
    try {
      this.#file ??= await this.#make();
      await this.settled();
      this.#underWay = true;
      const bytes = Buffer.from(`${crc32(text)} ${text}\n`);
      for (let done = 0; done < bytes.length;) {
        done += (await this.#file.write(bytes, done, bytes.length - done, done)).bytesWritten;
      }
      await this.#file.datasync();
    } catch (cause) {
      throw new WriteFailure(this.path, cause);
    }
  }

  /** All of it is written: it would not be done again, so the disk may forget it when it likes. */
  async end(): Promise<void> {
    this.#underWay = false;
    await this.#file?.truncate(0).catch(() => undefined);
  }

  /** It is undone, or was never whole. Does not reject: if the disk does not take that now, `settled` tries again. */
  async drop(): Promise<void> {
    this.#stale ||= this.#underWay;
    this.#underWay = false;
    await this.settled().catch(() => undefined);
  }

  /**
   * Resolves when nothing that was undone could be done after a crash. Until then no table may be
   * written: what follows would stand in the place of one part, and only the others be done again.
   */
  async settled(): Promise<void> {
    if (!this.#stale || this.#file === null) return;
    await this.#file.truncate(0);
    await this.#file.datasync();
    this.#stale = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #make(): Promise<FileHandle> {
    const file = await open(this.path, 'w', FILE_MODE);
    try {
      await syncFolder(dirname(this.path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}
