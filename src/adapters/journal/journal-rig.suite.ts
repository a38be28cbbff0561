import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import type { Journal } from '../../ports/journal';
import { openFileJournal, type FileJournalOptions } from './file-journal';

export const FULL = { code: 'STORE_FULL' };
export const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

/** A journal's folder, clock and disk, new for each test of the `describe` it is made in. */
export class JournalRig {
  folder = '';
  clock = new FakeClock();
  logger = memoryLogger();
  private parent = '';
  private readonly opened: Journal[] = [];
  private readonly replaced: (() => void)[] = [];

  constructor() {
    beforeEach(async () => {
      this.parent = await mkdtemp(join(tmpdir(), 'aurion-journal-'));
      this.folder = join(this.parent, 'journal');
      this.clock = new FakeClock();
      this.logger = memoryLogger();
    });
    afterEach(async () => {
      this.restoreDisk();
      await this.closeAll();
      await rm(this.parent, { recursive: true });
    });
  }

  path(number: number): string {
    return join(this.folder, `${String(number).padStart(6, '0')}.log`);
  }

  async open(options: Partial<FileJournalOptions> = {}): Promise<Journal> {
    const { folder, logger, clock } = this;
    const journal = await openFileJournal({ folder, logger, clock, ...options });
    this.opened.push(journal);
    return journal;
  }

  async closeAll(): Promise<void> {
    for (const journal of this.opened.splice(0)) await journal.close().catch(() => undefined);
  }

  /** What a new run finds. */
  async reopen(): Promise<{ journal: Journal; records: string[] }> {
    await this.closeAll();
    const journal = await this.open();
    return { journal, records: await replayed(journal) };
  }

  /** Puts another function in the place of one of `node:fs` until the test ends, or what is returned is called. */
  replace<K extends 'writeSync' | 'ftruncateSync' | 'fdatasync'>(
    name: K,
    by: (original: (typeof fs)[K]) => unknown,
  ): () => void {
    const original = fs[name];
    const restore = (): void => void Object.assign(fs, { [name]: original });
    Object.assign(fs, { [name]: by(original) });
    this.replaced.push(restore);
    return restore;
  }

  restoreDisk(): void {
    for (const restore of this.replaced.splice(0)) restore();
  }

  /** Lets every write fail on a full disk, halfway through. */
  fillDisk(): () => void {
    return this.replace('writeSync', (write) => (fd: number, line: Buffer, offset: number) => {
      if (offset > 0 || line.length < 2) throw errno('ENOSPC');
      return write(fd, line, 0, line.length >> 1);
    });
  }

  /** Lets flushes wait until the test ends them. */
  holdFlushes(): ((error?: Error) => void)[] {
    const held: ((error?: Error) => void)[] = [];
    this.replace('fdatasync', () => (_fd: number, done: (error: Error | null) => void) => {
      held.push((error) => done(error ?? null));
    });
    return held;
  }
}

export async function replayed(journal: Journal): Promise<string[]> {
  const records: string[] = [];
  await journal.replay((record) => records.push(record));
  return records;
}

export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
