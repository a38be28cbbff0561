import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FaultyDisk } from '../../../../test/support/faulty-disk';
import { memoryLogger } from '../../../../test/support/test-store';
import type { Store } from '../../../ports/store';
import { account, session } from '../rows.suite';
import { LOCK_FILE } from './lock';
import { openNedbStore } from './nedb-store';

/** What is on the disk of accounts, sessions and settings. */
type Contents = readonly [number, number, number];

const BEFORE: Contents = [1, 2, 0];
const AFTER: Contents = [2, 1, 1];

describe('NeDB store, rows changed together', () => {
  let parent: string;
  let folder: string;
  let store: Store;
  const disk = new FaultyDisk();

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'aurion-together-'));
    folder = join(parent, 'home');
    store = await openNedbStore({ folder, logger: memoryLogger() });
    await store.accounts.insert(account('a'));
    await store.sessions.insert(session('s', 1, 9));
    await store.sessions.insert(session('t', 1, 9));
    await disk.watch();
  });
  afterEach(async () => {
    disk.restore();
    await store.close();
    await rm(parent, { recursive: true });
  });

  /** One of each kind, in tables that hold rows already and in one that never did. */
  const change = (): Promise<void> =>
    store.together(
      ['accounts', 'sessions', 'settings'],
      async ({ accounts, sessions, settings }) => {
        await accounts.insert(account('b'));
        await accounts.update(1, { name: 'B' });
        await sessions.deleteWhere({ where: { accountId: 1 } });
        await sessions.insert(session('u', 2, 9));
        await settings.insert({ id: 'x', value: 1 });
      },
    );
  const contentsOf = async (some: Store): Promise<Contents> => {
    const counts = [some.accounts.count(), some.sessions.count(), some.settings.count()] as const;
    return Promise.all(counts);
  };
  /** What a start finds after a crash of which a copy of the folder was taken. */
  const afterCrash = async (copy: string): Promise<Contents> => {
    rmSync(join(copy, LOCK_FILE), { force: true });
    for (const again of [false, true]) {
      const crashed = await openNedbStore({ folder: copy, logger: memoryLogger() });
      const contents = await contentsOf(crashed);
      const { name } = (await crashed.accounts.get(1)) ?? { name: null };
      assert.equal(name, contents[0] === 2 ? 'B' : 'A');
      if (again) await crashed.accounts.insert(account('c'));
      await crashed.close();
      if (again) return contents;
    }
    return BEFORE;
  };

  it('M19: a crash at any step of it leaves all of it or nothing, and all once it was told', async function () {
    this.timeout(120_000);
    const copies: string[] = [];
    disk.onStep = () => {
      const copy = join(parent, `crash-${copies.length}`);
      cpSync(folder, copy, { recursive: true });
      copies.push(copy);
    };
    await change();
    disk.restore();
    const told = join(parent, 'told');
    cpSync(folder, told, { recursive: true });
    assert.deepEqual(await afterCrash(told), AFTER);
    const found = [];
    for (const copy of copies) found.push(await afterCrash(copy));
    // First nothing, from one step on all: the step that made it last.
    const turn = found.findIndex(([accounts]) => accounts === AFTER[0]);
    assert.ok(turn > 0 && copies.length > turn + 3, `${turn} of ${copies.length}`);
    assert.deepEqual(
      found,
      found.map((_each, n) => (n < turn ? BEFORE : AFTER)),
    );
  });

  it('M19: a disk that takes no more at any step of it has nothing of it, after a crash too, and goes on', async function () {
    this.timeout(120_000);
    let refused = 0;
    for (let step = 1, done = false; !done; step += 1) {
      disk.failAt(step);
      const error = await change().then(
        () => null,
        (reason: unknown) => (reason as { code?: unknown }).code,
      );
      const kept = error === null ? AFTER : BEFORE;
      assert.deepEqual(await contentsOf(store), kept, `step ${step}`);
      const copy = join(parent, `full-${step}`);
      cpSync(folder, copy, { recursive: true });
      disk.failAt(Infinity);
      assert.deepEqual(await afterCrash(copy), kept, `step ${step}, after a crash`);
      if (error === null) done = true;
      else {
        assert.equal(error, 'STORE_FULL');
        refused += 1;
        // What is written next stands in the place of what was undone.
        await store.accounts.update(1, { phone: `${step}` });
      }
    }
    assert.ok(refused >= 8, `${refused} steps`);
    await store.close();
    store = await openNedbStore({ folder, logger: memoryLogger() });
    assert.deepEqual(await contentsOf(store), AFTER);
    assert.equal((await store.accounts.get(1))?.phone, String(refused));
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('pending')));
  });

  it('M19: what is left over of one that was done does not undo what came later', async () => {
    const path = join(folder, 'pending-change.json');
    let left = '';
    disk.onStep = () => {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      if (text.length > left.length) left = text;
    };
    await change();
    disk.restore();
    assert.match(left, /"sessions"/);
    await store.accounts.update(2, { name: 'later' });
    await store.sessions.delete('u');
    const copy = join(parent, 'crash');
    cpSync(folder, copy, { recursive: true });
    // The disk never heard that it was over.
    writeFileSync(join(copy, 'pending-change.json'), left);
    rmSync(join(copy, LOCK_FILE), { force: true });
    const crashed = await openNedbStore({ folder: copy, logger: memoryLogger() });
    assert.equal((await crashed.accounts.get(2))?.name, 'later');
    assert.deepEqual(await contentsOf(crashed), [2, 0, 1]);
    await crashed.close();
  });
});
