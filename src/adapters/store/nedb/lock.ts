import { readdir, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AurionError } from '../../../contract/errors';
import { deleteIfThere, errnoOf, FILE_MODE, orMissing, readIfThere } from '../../files/files';
import { lifeOf, parseOwner, thisOwner, type LockOwner } from './lock-owner';

/** The file in the data folder that names the process it belongs to. */
export const LOCK_FILE = 'aurion.lock';

export interface LockOptions {
  /** How often the holder touches the file, default 1 s. */
  readonly heartbeatMs?: number;
  /** A holder whose process cannot be seen from here and that was silent for this long is dead, default 5 s. */
  readonly staleMs?: number;
  /** Called once if another process took the folder over (this one was silent for too long). */
  readonly onLost?: () => void;
}

/** Held from `lockFolder` until `release`, or until another process took the folder over. */
export interface FolderLock {
  /** Taken over from a process that was silent, but may be stopped only and go on where it was. */
  readonly fromSilent: boolean;
  /**
   * Resolves if the folder still belongs to this process. Cheap: the file is looked at only if no
   * heartbeat did so lately, as after a process was stopped for a while.
   * @throws STORE_LOCKED
   */
  assertHeld(): Promise<void>;
  /** Lets go of the folder. May be called more than once. */
  release(): Promise<void>;
}

/**
 * Takes a folder for this process alone. A lock whose process is known to be dead is taken over at
 * once; where the process cannot be seen (another container), when it was silent for `staleMs`.
 * @throws STORE_LOCKED when it is in use, also by this same process
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<FolderLock> {
  const { heartbeatMs = 1000, staleMs = 5000 } = options;
  const path = join(folder, LOCK_FILE);
  const self = await thisOwner();
  const contents = JSON.stringify(self);
  let fromSilent = false;
  while (!(await tryToTake(path, contents))) {
    const chain = await ownersOf(path);
    const last = chain.at(-1);
    if (last === undefined) continue; // Let go of in the meantime.
    if (!(await isDead(last, self, heartbeatMs, staleMs))) throw locked(folder);
    fromSilent = last.owner === null || (await lifeOf(last.owner, self)) !== 'dead';
    if (await takeOver(path, chain, last, contents)) break;
    fromSilent = false;
  }
  await sweep(folder, self.nonce);
  return new HeldLock(folder, self.nonce, contents, heartbeatMs, fromSilent, options.onLost);
}

/**
 * Who has a folder, seen from here at this moment; nothing is touched. Of a process that cannot be seen
 * it says `another` while that one gave a sign of life lately.
 */
export async function holderOf(
  folder: string,
  staleMs = 5000,
): Promise<'nobody' | 'this-process' | 'another'> {
  const last = (await ownersOf(join(folder, LOCK_FILE))).at(-1);
  if (last === undefined) return 'nobody';
  const self = await thisOwner();
  const life = last.owner === null ? 'unknown' : await lifeOf(last.owner, self);
  if (life === 'dead') return 'nobody';
  if (life === 'alive') return last.owner?.pid === self.pid ? 'this-process' : 'another';
  const seen = await orMissing(stat(last.path));
  return seen !== null && Date.now() - seen.mtimeMs < staleMs ? 'another' : 'nobody';
}

/** A lock file, and what is known of who wrote it. */
interface Link {
  readonly path: string;
  readonly owner: LockOwner | null;
}

async function tryToTake(path: string, contents: string): Promise<boolean> {
  try {
    await writeFile(path, contents, { flag: 'wx', mode: FILE_MODE });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/*
 * Who takes over from a dead owner is decided by creating the claim file `aurion.lock.<its nonce>`,
 * which only one process can. If that one dies too before it renamed its claim to `aurion.lock`, the
 * next claims from it in the same way. The owner is therefore the last of a chain.
 */
function claimPath(path: string, link: Link): string {
  return link.owner === null ? `${link.path}.next` : `${path}.${link.owner.nonce}`;
}

async function ownersOf(path: string): Promise<Link[]> {
  const chain: Link[] = [];
  for (let next = path; ;) {
    const contents = await readIfThere(next);
    if (contents === null) return chain;
    const link = { path: next, owner: parseOwner(contents) };
    chain.push(link);
    next = claimPath(path, link);
  }
}

async function takeOver(
  path: string,
  chain: readonly Link[],
  dead: Link,
  contents: string,
): Promise<boolean> {
  const claim = claimPath(path, dead);
  if (!(await tryToTake(claim, contents))) return false;
  // A faster one may have finished between our look at the chain and our claim: then the chain has
  // another beginning and the claim is void.
  const [root] = await ownersOf(path);
  if (root?.owner?.nonce !== chain[0]?.owner?.nonce || root === undefined) {
    await deleteIfThere(claim);
    return false;
  }
  await rename(claim, path);
  return true;
}

async function isDead(
  link: Link,
  self: LockOwner,
  heartbeatMs: number,
  staleMs: number,
): Promise<boolean> {
  const life = link.owner === null ? 'unknown' : await lifeOf(link.owner, self);
  if (life !== 'unknown') return life === 'dead';
  const before = await orMissing(stat(link.path));
  if (before === null) return true;
  // An old time alone proves nothing, since clocks jump (a Raspberry Pi starts without one): a live
  // owner gets the time for two heartbeats.
  const silentMs = Date.now() - before.mtimeMs;
  const waitMs = silentMs >= staleMs ? 2 * heartbeatMs : staleMs;
  for (let waited = 0; waited < waitMs; waited += heartbeatMs / 4) {
    await delay(heartbeatMs / 4);
    const now = await orMissing(stat(link.path));
    if (now === null) return true;
    if (now.mtimeMs !== before.mtimeMs) return false;
  }
  return true;
}

/** Removes claims that came to nothing. The one on our own nonce is of somebody who believes us dead. */
async function sweep(folder: string, nonce: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${LOCK_FILE}.`) && name !== `${LOCK_FILE}.${nonce}`) {
      await deleteIfThere(join(folder, name));
    }
  }
}

function locked(folder: string): AurionError {
  return new AurionError('STORE_LOCKED', { params: { folder } });
}

class HeldLock implements FolderLock {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #beatAt = performance.now();
  #beating: Promise<void> | null = null;
  #state: 'held' | 'lost' | 'released' = 'held';
  #released: Promise<void> | null = null;

  constructor(
    readonly folder: string,
    readonly nonce: string,
    readonly contents: string,
    readonly heartbeatMs: number,
    readonly fromSilent: boolean,
    readonly onLost?: () => void,
  ) {
    this.#path = join(folder, LOCK_FILE);
    this.#timer = setInterval(() => {
      // A folder that cannot be read for a moment is not a lost lock; writes will tell.
      this.#beat().catch(() => undefined);
    }, heartbeatMs);
    this.#timer.unref();
  }

  async assertHeld(): Promise<void> {
    if (this.#state === 'held' && performance.now() - this.#beatAt > 2 * this.heartbeatMs) {
      await this.#beat();
    }
    if (this.#state !== 'held') throw locked(this.folder);
  }

  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  #beat(): Promise<void> {
    return (this.#beating ??= this.#lookAndTouch().finally(() => (this.#beating = null)));
  }

  async #lookAndTouch(): Promise<void> {
    const startedAt = performance.now();
    // Somebody deleted the file: whoever creates it first has the folder.
    const missing = (await readIfThere(this.#path)) === null;
    if (missing) await tryToTake(this.#path, this.contents);
    if (this.#state !== 'held') return;
    if (!(await this.#isOurs())) {
      this.#state = 'lost';
      clearInterval(this.#timer);
      this.onLost?.();
      return;
    }
    const now = new Date();
    await utimes(this.#path, now, now);
    this.#beatAt = startedAt;
  }

  async #isOurs(): Promise<boolean> {
    const contents = await readIfThere(this.#path);
    return contents !== null && parseOwner(contents)?.nonce === this.nonce;
  }

  async #release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating?.catch(() => undefined);
    const wasHeld = this.#state === 'held';
    this.#state = 'released';
    if (wasHeld && (await this.#isOurs())) await deleteIfThere(this.#path);
  }
}
