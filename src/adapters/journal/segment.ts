import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deleteIfThere, FILE_MODE } from '../files/files';

const NAME = /^(\d{6,})\.log$/;

/** The number of a segment's file, and null for any other file. */
export function segmentNumber(fileName: string): number | null {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** A file of a journal: written by one run to its end, read by later ones. */
export class Segment {
  readonly path: string;
  private synced: number;
  private torn = false;

  private constructor(
    folder: string,
    readonly number: number,
    private fd: number | null,
    private bytes: number,
  ) {
    this.path = join(folder, `${String(number).padStart(6, '0')}.log`);
    this.synced = bytes;
  }

  /** A file that an earlier run left. */
  static left(folder: string, number: number, bytes: number): Segment {
    return new Segment(folder, number, null, bytes);
  }

  /** Makes the file. @throws if there is one */
  static create(folder: string, number: number): Segment {
    const segment = new Segment(folder, number, null, 0);
    segment.fd = openSync(segment.path, 'ax', FILE_MODE);
    return segment;
  }

  get size(): number {
    return this.bytes;
  }

  get isOpen(): boolean {
    return this.fd !== null;
  }

  get isSynced(): boolean {
    return this.synced === this.bytes;
  }

  /** Ends with a part of a line that could not be taken back: nothing may be written behind it. */
  get isTorn(): boolean {
    return this.torn;
  }

  /** Writes a whole line, or throws and leaves nothing of it unless `isTorn`. */
  append(line: Buffer): void {
    const fd = this.open();
    let written = 0;
    try {
      while (written < line.length) written += writeSync(fd, line, written);
    } catch (error) {
      if (written > 0) this.takeBack(fd, written);
      throw error;
    }
    this.bytes += written;
  }

  /** Waits until what was written before is on the disk. */
  async sync(): Promise<void> {
    const { bytes } = this;
    await promisify(fdatasync)(this.open());
    this.synced = bytes;
  }

  /** Tells that the file was cut. */
  cutTo(bytes: number): void {
    this.bytes = bytes;
    this.synced = bytes;
  }

  close(): void {
    if (this.fd === null) return;
    closeSync(this.fd);
    this.fd = null;
  }

  async delete(): Promise<void> {
    this.close();
    await deleteIfThere(this.path);
  }

  private open(): number {
    if (this.fd === null) throw new Error(`${this.path} is not open`);
    return this.fd;
  }

  private takeBack(fd: number, written: number): void {
    try {
      ftruncateSync(fd, this.bytes);
    } catch {
      this.torn = true;
      this.bytes += written;
    }
  }
}
