import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore, type OpenStoreOptions } from '../src/open-store';
import { MoveRefused, moveStore } from '../src/services/store-move';

export interface MoveOptions extends Omit<OpenStoreOptions, 'url'> {
  /** A store's address, or `files`. */
  readonly from: string;
  readonly to: string;
}

/** `aurion move`: copies a home to another store and says what is there now. */
export async function move({ from, to, ...options }: MoveOptions): Promise<void> {
  await assertNothingWaits(options.folder);
  const open = (where: string) =>
    openStore({ ...options, url: where === 'files' ? undefined : where });
  const source = await open(from);
  try {
    const target = await open(to);
    try {
      const moved = await moveStore(source, target);
      for (const [name, count] of Object.entries(moved)) console.log(`${name}: ${count}`);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  console.log('All of it is there, compared one by one. The old store is as it was.');
}

/** Messages that an Aurion which was killed took in: its next start writes them to its store, which must be the old one. */
async function assertNothingWaits(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const entries = await readdir(folder, { recursive: true });
  const left = entries.filter((name) => /^journal(-\d+)?[\\/]\d+\.log$/.test(name));
  if (left.length === 0) return;
  throw new MoveRefused(
    `Messages wait in ${join(folder, left[0] ?? '')}: start Aurion once more and stop it (not kill), then move`,
  );
}
