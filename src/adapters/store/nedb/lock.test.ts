import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, platform } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { LOCK_FILE, lockFolder, type FolderLock, type LockOptions } from './lock';
import { thisOwner, type LockOwner } from './lock-owner';

/** Much faster than in life, so that waiting for silence takes no time. */
const QUICK = { heartbeatMs: 20, staleMs: 200 };
const LOCKED = { code: 'STORE_LOCKED' };

describe('folder lock', () => {
  let folder: string;
  let path: string;
  const held: FolderLock[] = [];
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aurion-lock-'));
    path = join(folder, LOCK_FILE);
  });
  afterEach(async () => {
    for (const lock of held.splice(0)) await lock.release();
    for (const child of children.splice(0)) await kill(child);
    await rm(folder, { recursive: true });
  });

  const lock = async (options: LockOptions = QUICK): Promise<FolderLock> => {
    const taken = await lockFolder(folder, options);
    held.push(taken);
    return taken;
  };

  /** A process of its own that locks the folder with the default times; what it says of it. */
  const lockInChild = async (): Promise<{ child: ChildProcess; said: string }> => {
    const child = spawn(
      execPath,
      ['-r', 'ts-node/register', '-e', CHILD, join(__dirname, 'lock.ts'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, said: said.toString().trim() };
  };

  const leaveBehind = async (owner: LockOwner, name = LOCK_FILE): Promise<void> => {
    await writeFile(join(folder, name), JSON.stringify(owner));
  };

  it('F6: a folder is refused to a second one in the same process, and free after release', async () => {
    const first = await lock();
    await assert.rejects(lockFolder(folder, QUICK), { ...LOCKED, params: { folder } });
    await first.release();
    await first.release();
    assert.deepEqual(await readdir(folder), []);
    await lock();
  });

  it('F6: a folder in use by a living process is refused at once', async () => {
    assert.equal((await lockInChild()).said, 'locked');
    const startedAt = performance.now();
    await assert.rejects(lockFolder(folder), LOCKED);
    if (platform === 'linux') assert.ok(performance.now() - startedAt < 500);
  });

  it('F6: the lock of a process that was killed is taken over at once', async function () {
    const { child, said } = await lockInChild();
    assert.equal(said, 'locked');
    await kill(child);
    const startedAt = performance.now();
    await lock({});
    if (platform === 'linux') assert.ok(performance.now() - startedAt < 500);
    assert.deepEqual(await readdir(folder), [LOCK_FILE]);
  });

  it('F6: of several processes that start at once on the lock of a dead one, one gets it', async () => {
    await kill((await lockInChild()).child);
    const started = await Promise.all([lockInChild(), lockInChild(), lockInChild()]);
    const said = started.map((one) => one.said).sort();
    assert.deepEqual(said, ['STORE_LOCKED', 'STORE_LOCKED', 'locked']);
  });

  it('F6: of 30 that take over at once, one gets it', async () => {
    await leaveBehind({ ...(await foreign()), nonce: nonce('dead') });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => lock()));
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  });

  it('F6: of 30 that start at once on a free folder, one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => lock()));
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  });

  it('F6: a lock whose pid is another process by now is taken over at once', async function () {
    if (platform !== 'linux') this.skip();
    await leaveBehind({ ...(await thisOwner()), processStartTime: '1' });
    const startedAt = performance.now();
    await lock({});
    assert.ok(performance.now() - startedAt < 500);
  });

  describe('of a process that cannot be seen from here', () => {
    it('F6: is respected while it beats, though the pid is free here', async () => {
      await leaveBehind(await foreign());
      const beating = setInterval(() => void touch(path), QUICK.heartbeatMs);
      try {
        await assert.rejects(lockFolder(folder, QUICK), LOCKED);
      } finally {
        clearInterval(beating);
      }
    });

    it('F6: is taken over once it was silent, and not before', async () => {
      await leaveBehind(await foreign());
      const startedAt = performance.now();
      await lock();
      assert.ok(performance.now() - startedAt >= 0.9 * QUICK.staleMs);
    });

    it('F6: is respected though its time is old, if it beats (clocks jump)', async () => {
      await leaveBehind(await foreign());
      await utimes(path, 1, 1);
      const locking = lockFolder(folder, { heartbeatMs: 200, staleMs: 1000 });
      await delay(50);
      await utimes(path, 2, 2);
      await assert.rejects(locking, LOCKED);
    });

    it('F4: a file that was never finished is taken over once it was silent', async () => {
      await writeFile(path, '{"nonce":"');
      await lock();
      await assert.rejects(lockFolder(folder, QUICK), LOCKED);
    });
  });

  describe('a take-over that was cut short', () => {
    it('F6: by a crash is taken over in its turn', async () => {
      await leaveBehind({ ...(await foreign()), nonce: nonce('1') });
      await leaveBehind({ ...(await foreign()), nonce: nonce('2') }, `${LOCK_FILE}.${nonce('1')}`);
      await lock();
      assert.deepEqual(await readdir(folder), [LOCK_FILE]);
    });

    it('F6: is respected while its process lives', async function () {
      if (platform !== 'linux') this.skip();
      await leaveBehind({ ...(await thisOwner()), processStartTime: '1', nonce: nonce('1') });
      await leaveBehind(await thisOwner(), `${LOCK_FILE}.${nonce('1')}`);
      await assert.rejects(lockFolder(folder, QUICK), LOCKED);
    });
  });

  it('F6: a holder notices that another took over, and leaves it its lock', async () => {
    let tell = (): void => undefined;
    const lost = new Promise<void>((resolve) => (tell = resolve));
    const mine = await lock({ ...QUICK, onLost: () => tell() });
    await mine.assertHeld();
    await leaveBehind(await foreign());
    await lost;
    await assert.rejects(mine.assertHeld(), { ...LOCKED, params: { folder } });
    const contents = await readFile(path, 'utf8');
    await mine.release();
    assert.equal(await readFile(path, 'utf8'), contents);
  });

  it('F6: a holder that was stopped looks before it says that it holds the lock', async () => {
    const mine = await lock({ heartbeatMs: 60, staleMs: 200 });
    await leaveBehind(await foreign());
    // No timer runs meanwhile, as in a process that was stopped.
    for (const end = performance.now() + 150; performance.now() < end;);
    await assert.rejects(mine.assertHeld(), LOCKED);
  });

  it('F6: a holder puts a deleted lock file back', async () => {
    const mine = await lock();
    await unlink(path);
    while ((await readdir(folder)).length === 0) await delay(5);
    await mine.assertHeld();
    await assert.rejects(lockFolder(folder, QUICK), LOCKED);
  });

  it('S22: the file is its owner’s alone', async () => {
    await lock();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
});

const CHILD = `
  const [, lockModule, folder] = process.argv;
  setInterval(() => undefined, 1000);
  require(lockModule).lockFolder(folder).then(
    () => console.log('locked'),
    (error) => console.log(error.code),
  );
`;

/** An owner in another container. */
async function foreign(): Promise<LockOwner> {
  return { ...(await thisOwner()), host: 'elsewhere', pidNamespace: 'pid:[1]' };
}

function nonce(tail: string): string {
  return Buffer.from(tail).toString('hex').padStart(36, '0');
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
