import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AurionError } from '../../contract/errors';
import type { Clock, Timer } from '../../ports/clock';
import type { Journal } from '../../ports/journal';
import type { Logger } from '../../ports/logger';
import { reasonOf, storeFailure } from '../files/failure';
import { FILE_MODE, FOLDER_MODE, restrictTo, syncFile, syncFolder } from '../files/files';
import { createFramer } from './frame';
import { replaySegment } from './replay';
import { Segment, segmentNumber } from './segment';

export interface FileJournalOptions {
  /** A folder for this journal alone; it is made if missing. Only one process may open it at a time. */
  readonly folder: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** More is refused with STORE_FULL. Default 256 MB. */
  readonly maxBytes?: number;
  /** A file that reached this size is followed by another. Default 16 MB. */
  readonly segmentBytes?: number;
}

const FLUSH_EVERY_MS = 1000;
const MEGABYTE = 1024 * 1024;

/**
 * Opens a journal of files `000001.log`, `000002.log`, … A run never writes to the files of an
 * earlier one: it replays them, and deletes them with the first `drop`.
 * @throws STORE_FULL, STORE_UNAVAILABLE (the causes say which folder and why; they are not logged here)
 */
export async function openFileJournal(options: FileJournalOptions): Promise<Journal> {
  const { folder, logger } = options;
  try {
    if ((await mkdir(folder, { recursive: true, mode: FOLDER_MODE })) !== undefined) {
      await syncFolder(dirname(folder));
    }
    await restrictTo(FOLDER_MODE, folder, logger);
    const left: Segment[] = [];
    for (const name of await readdir(folder)) {
      const number = segmentNumber(name);
      if (number === null) continue;
      const path = join(folder, name);
      await restrictTo(FILE_MODE, path, logger);
      // What a killed run left may be in memory still.
      left.push(Segment.left(folder, number, await syncFile(path)));
    }
    return new FileJournal(
      options,
      left.sort((a, b) => a.number - b.number),
    );
  } catch (error) {
    throw storeFailure(new Error(`The journal does not open in ${folder}`, { cause: error }));
  }
}

class FileJournal implements Journal {
  private readonly frame = createFramer();
  private readonly folder: string;
  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly maxBytes: number;
  private readonly segmentBytes: number;
  /** By number. */
  private readonly segments: Set<Segment>;
  private readonly firstOwn: number;
  private next: number;
  private current: Segment | null = null;
  private bytes = 0;

  /** Names were added to the folder that a power cut may take away. */
  private namesUnsynced = false;
  private flush: Timer | null = null;
  private flushFailure: AurionError | null = null;
  /** The end of everything that was asked of the disk in the background. */
  private idle: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | null = null;

  constructor(options: FileJournalOptions, left: readonly Segment[]) {
    this.folder = options.folder;
    this.logger = options.logger;
    this.clock = options.clock;
    this.maxBytes = options.maxBytes ?? 256 * MEGABYTE;
    this.segmentBytes = options.segmentBytes ?? 16 * MEGABYTE;
    this.segments = new Set(left);
    for (const segment of left) this.bytes += segment.size;
    this.firstOwn = (left.at(-1)?.number ?? 0) + 1;
    this.next = this.firstOwn;
  }

  get size(): number {
    return this.bytes;
  }

  append(record: string): void {
    if (this.closing !== null) throw unavailable(`The journal in ${this.folder} is closed`);
    // Refused until it is flushed: what is said to be safe has to be.
    if (this.flushFailure !== null) throw storeFailure(this.flushFailure.cause);
    const line = this.frame(record);
    if (this.bytes + line.length > this.maxBytes) throw this.full();
    try {
      const segment = this.writableFor(line.length);
      const before = segment.size;
      try {
        segment.append(line);
      } finally {
        this.bytes += segment.size - before;
      }
    } catch (error) {
      throw storeFailure(error);
    }
    if (this.flush === null) this.planFlush(FLUSH_EVERY_MS);
  }

  replay(apply: (record: string) => void): Promise<void> {
    return this.exclusively(async () => {
      let expected: number | null = null;
      for (const segment of this.segments) {
        if (segment.number >= this.firstOwn) break;
        if (expected !== null && segment.number !== expected) {
          this.logger.warn(`Files before ${segment.path} are missing: their records are lost`);
        }
        expected = segment.number + 1;
        const before = segment.size;
        const isThere = await replaySegment(segment, apply, this.logger);
        this.bytes += segment.size - before;
        if (!isThere) this.forget(segment);
      }
    });
  }

  mark(): { drop(): Promise<void> } {
    this.retire();
    const end = this.next;
    return {
      // After `close` the files may be another journal's.
      drop: () =>
        this.closing === null ? this.exclusively(() => this.dropBefore(end)) : Promise.resolve(),
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    this.flush?.cancel();
    await this.exclusively(async () => {
      try {
        await this.flushAll();
      } catch (error) {
        throw storeFailure(error);
      } finally {
        for (const segment of this.segments) segment.close();
      }
    });
  }

  private writableFor(bytes: number): Segment {
    const { current } = this;
    if (current !== null && !current.isTorn) {
      if (current.size === 0 || current.size + bytes <= this.segmentBytes) return current;
    }
    this.retire();
    const segment = Segment.create(this.folder, this.next);
    this.next += 1;
    this.namesUnsynced = true;
    this.segments.add(segment);
    return (this.current = segment);
  }

  /** Writes no more to the current file; the next flush closes it. */
  private retire(): void {
    if (this.current === null) return;
    this.current = null;
    if (this.flush === null && this.closing === null) this.planFlush(FLUSH_EVERY_MS);
  }

  private planFlush(delayMs: number): void {
    this.flush = this.clock.schedule(delayMs, () => {
      void this.exclusively(() => this.flushInBackground());
    });
  }

  private async flushInBackground(): Promise<void> {
    const startedAtMs = this.clock.monotonicMs();
    try {
      await this.flushAll();
      if (this.flushFailure !== null) this.logger.info(`${this.folder} is flushed again`);
      this.flushFailure = null;
    } catch (error) {
      if (this.flushFailure === null) {
        this.logger.error(
          `${this.folder} cannot be flushed to the disk, nothing more is taken until it can (a power cut would lose the last seconds): ${reasonOf(error)}`,
        );
      }
      this.flushFailure = storeFailure(error);
    }
    this.flush = null;
    if (this.closing !== null || !this.hasUnflushed()) return;
    this.planFlush(Math.max(0, startedAtMs + FLUSH_EVERY_MS - this.clock.monotonicMs()));
  }

  private hasUnflushed(): boolean {
    if (this.namesUnsynced) return true;
    for (const segment of this.segments) {
      if (segment.isOpen && !(segment.isSynced && segment === this.current)) return true;
    }
    return false;
  }

  private async flushAll(): Promise<void> {
    for (const segment of this.segments) {
      if (!segment.isOpen) continue;
      if (!segment.isSynced) await segment.sync();
      // It may have grown, or been retired, meanwhile.
      if (segment !== this.current && segment.isSynced) segment.close();
    }
    if (!this.namesUnsynced) return;
    this.namesUnsynced = false;
    try {
      await syncFolder(this.folder);
    } catch (error) {
      this.namesUnsynced = true;
      throw error;
    }
  }

  private async dropBefore(end: number): Promise<void> {
    for (const segment of this.segments) {
      if (segment.number >= end) return;
      try {
        await segment.delete();
      } catch (error) {
        throw storeFailure(error);
      }
      this.forget(segment);
    }
  }

  private forget(segment: Segment): void {
    this.segments.delete(segment);
    this.bytes -= segment.size;
  }

  /** One after the other, so that no file is closed or deleted under a flush or a replay. */
  private exclusively(task: () => Promise<void>): Promise<void> {
    const done = this.idle.then(task);
    this.idle = done.catch(() => undefined);
    return done;
  }

  private full(): AurionError {
    return new AurionError('STORE_FULL', {
      cause: new Error(`The journal in ${this.folder} has reached its ${this.maxBytes} bytes`),
    });
  }
}

function unavailable(problem: string): AurionError {
  return new AurionError('STORE_UNAVAILABLE', { cause: new Error(problem) });
}
