import { readlinkSync } from 'node:fs';
import fs, { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Context } from 'mocha';

type Flush = (this: FileHandle) => Promise<void>;

/** Sees which files and folders are flushed and renamed, by name and in order. Skips the test where open files can't be named. */
export async function watchSteps(
  test: Context,
): Promise<{ readonly seen: string[]; restore(): void }> {
  const file = await open(__filename);
  const handles = Object.getPrototypeOf(file) as { datasync: Flush; sync: Flush };
  try {
    readlinkSync(`/proc/self/fd/${file.fd}`);
  } catch {
    test.skip();
  } finally {
    await file.close();
  }
  const { datasync, sync } = handles;
  const { rename } = fs;
  const seen: string[] = [];
  const watched = (flush: Flush): Flush =>
    async function (this: FileHandle) {
      const name = basename(readlinkSync(`/proc/self/fd/${this.fd}`));
      await flush.call(this);
      seen.push(`flush ${name}`);
    };
  Object.assign(handles, { datasync: watched(datasync), sync: watched(sync) });
  fs.rename = async (from, to) => {
    await rename(from, to);
    seen.push(`rename ${basename(String(from))}`);
  };
  return {
    seen,
    restore() {
      Object.assign(handles, { datasync, sync });
      fs.rename = rename;
    },
  };
}
