import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AurionError } from '../../contract/errors';
import type { Journal } from '../../ports/journal';
import type { Logger } from '../../ports/logger';
import { storeFailure } from '../files/failure';
import { FOLDER_MODE, syncFolder } from '../files/files';
import { lockFolder, type FolderLock } from '../store/nedb/lock';
import { openFileJournal, type FileJournalOptions } from './file-journal';

/** A journal of one of the processes that share a folder: the first, the second, … */
export interface JournalSlot extends Journal {
  readonly slot: number;
}

/**
 * Opens a journal that no other process writes to: in `folder`, or, while another process has that,
 * in the first of `folder-2`, `folder-3`, … that is free. What processes that are gone left in the
 * other ones is replayed with it.
 * @throws what `openFileJournal` throws
 */
export async function openJournalSlot(options: FileJournalOptions): Promise<JournalSlot> {
  const slots: Slot[] = [];
  try {
    let own: Slot | null = null;
    let number = 0;
    while (own === null) {
      number += 1;
      own = await takeSlot({ ...options, folder: slotFolder(options.folder, number) });
    }
    slots.push(own);
    for (const folder of await otherSlots(options.folder, own.folder)) {
      const left = await takeSlot({ ...options, folder });
      if (left !== null) slots.push(left);
    }
    return new SlotJournal(number, own, slots.slice(1), options.logger);
  } catch (error) {
    for (const slot of slots) await slot.close().catch(() => undefined);
    throw storeFailure(error);
  }
}

function slotFolder(folder: string, number: number): string {
  return number === 1 ? folder : `${folder}-${number}`;
}

async function otherSlots(folder: string, own: string): Promise<string[]> {
  const name = basename(folder);
  const names = await readdir(dirname(folder));
  return names
    .filter(
      (one) =>
        one === name || (one.startsWith(`${name}-`) && /^-\d+$/.test(one.slice(name.length))),
    )
    .map((one) => join(dirname(folder), one))
    .filter((one) => one !== own);
}

/** A journal and the proof that it is this process's. */
interface Slot {
  readonly folder: string;
  readonly journal: Journal;
  /** False once another process took it over, since this one was silent for long. */
  isHeld(): boolean;
  close(): Promise<void>;
}

/** Null if another process has it. */
async function takeSlot(options: FileJournalOptions): Promise<Slot | null> {
  const { folder, logger } = options;
  let held = true;
  if ((await mkdir(folder, { recursive: true, mode: FOLDER_MODE })) !== undefined) {
    await syncFolder(dirname(folder));
  }
  const onLost = () => {
    held = false;
    logger.error(`Another process took over ${folder} while this one was silent`);
  };
  const lock = await lockFolder(folder, { onLost }).catch(nullIfLocked);
  if (lock === null) return null;
  try {
    const journal = await openFileJournal(options);
    const close = () => journal.close().finally(() => lock.release());
    return { folder, journal, isHeld: () => held, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function nullIfLocked(error: unknown): FolderLock | null {
  if (error instanceof AurionError && error.code === 'STORE_LOCKED') return null;
  throw error;
}

/** A journal of one's own, and those that others left, until what they hold is in the store. */
class SlotJournal implements JournalSlot {
  constructor(
    readonly slot: number,
    private readonly own: Slot,
    private left: readonly Slot[],
    private readonly logger: Logger,
  ) {}

  get size(): number {
    return [this.own, ...this.left].reduce((sum, { journal }) => sum + journal.size, 0);
  }

  append(record: string): void {
    // Whoever has it now has replayed it, and deletes its files.
    if (!this.own.isHeld()) {
      throw new AurionError('STORE_LOCKED', { params: { folder: this.own.folder } });
    }
    this.own.journal.append(record);
  }

  async replay(apply: (record: string) => void): Promise<void> {
    for (const { folder, journal } of this.left) {
      if (journal.size > 0) this.logger.info(`Taking in what another process left in ${folder}`);
      await journal.replay(apply);
    }
    await this.own.journal.replay(apply);
  }

  mark(): { drop(): Promise<void> } {
    const { left } = this;
    const marks = [this.own, ...left].map(({ journal }) => journal.mark());
    return {
      drop: async () => {
        for (const mark of marks) await mark.drop();
        // Nothing is ever written to those of others.
        this.left = this.left.filter((slot) => !left.includes(slot));
        for (const slot of left) await slot.close();
      },
    };
  }

  async close(): Promise<void> {
    for (const slot of this.left) await slot.close();
    await this.own.close();
  }
}
