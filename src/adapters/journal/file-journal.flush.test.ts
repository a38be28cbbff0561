import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { platform } from 'node:process';
import { describe, it } from 'mocha';
import { settled } from '../../../test/support/fake-clock';
import { watchSteps } from '../../../test/support/watch-steps';
import type { Journal } from '../../ports/journal';
import { errno, FULL, JournalRig, replayed, UNAVAILABLE } from './journal-rig.suite';

describe('a flush of the file journal', () => {
  const rig = new JournalRig();

  it('F3: comes within a second of an append, and not without one', async () => {
    const held = rig.holdFlushes();
    const journal = await rig.open();
    await rig.clock.advance(5000);
    assert.equal(rig.clock.timers, 0);
    journal.append('a');
    await rig.clock.advance(999);
    assert.equal(held.length, 0);
    await rig.clock.advance(1);
    assert.equal(held.length, 1);
    held.shift()!();
    await idle(journal);
    assert.equal(rig.clock.timers, 0);
    await rig.clock.advance(5000);
    assert.equal(held.length, 0);
  });

  it('is never begun while one runs, and takes what came meanwhile a second after it began', async () => {
    const held = rig.holdFlushes();
    const journal = await rig.open();
    journal.append('a');
    await rig.clock.advance(1000);
    journal.append('b');
    await rig.clock.advance(300);
    journal.append('c');
    assert.equal(held.length, 1);
    held.shift()!();
    await idle(journal);
    assert.equal(rig.clock.timers, 1);
    await rig.clock.advance(699);
    assert.equal(held.length, 0);
    await rig.clock.advance(1);
    assert.equal(held.length, 1);
    journal.append('d');
    await rig.clock.advance(10_000);
    assert.equal(held.length, 1);
    held.shift()!();
    await idle(journal);
    await rig.clock.advance(0);
    assert.equal(held.length, 1);
    held.shift()!();
    await idle(journal);
    assert.equal(rig.clock.timers, 0);
  });

  it('F3: takes every file that was written, and closes those that are done', async () => {
    const flushed: number[] = [];
    rig.replace('fdatasync', (flush) => (fd: number, done: (error: Error | null) => void) => {
      flushed.push(fd);
      flush(fd, done);
    });
    const before = openFiles();
    const journal = await rig.open();
    for (const record of ['a', 'b', 'c']) {
      journal.append(record);
      journal.mark();
    }
    journal.append('d');
    await rig.clock.advance(1000);
    await idle(journal);
    assert.equal(new Set(flushed).size, 4);
    if (before !== null) assert.equal(openFiles(), before + 1);
    await journal.close();
    assert.equal(flushed.length, 4);
    if (before !== null) assert.equal(openFiles(), before);
  });

  it('F3, F4: takes the folder, too, with each file that was made in it, so that a power cut leaves it its name', async function () {
    const steps = await watchSteps(this);
    const flushes = () => steps.seen.splice(0).sort();
    try {
      const journal = await rig.open();
      assert.deepEqual(flushes(), [`flush ${basename(dirname(rig.folder))}`], 'its own name');
      journal.append('a');
      await rig.clock.advance(1000);
      await idle(journal);
      assert.deepEqual(flushes(), ['flush journal'], 'the first file’s');
      journal.append('b');
      await rig.clock.advance(1000);
      await idle(journal);
      assert.deepEqual(flushes(), [], 'there is no new one');
      journal.mark();
      journal.append('c');
      await journal.close();
      assert.deepEqual(flushes(), ['flush journal'], 'the next one’s, before it is let go');
    } finally {
      steps.restore();
    }
  });

  it('F3: a file retired while it is flushed is flushed to its end', async () => {
    const held = rig.holdFlushes();
    const journal = await rig.open();
    journal.append('a');
    await rig.clock.advance(1000);
    journal.append('b');
    journal.mark();
    held.shift()!();
    await idle(journal);
    await rig.clock.advance(1000);
    assert.equal(held.length, 1);
    held.shift()!();
    await idle(journal);
    assert.equal(rig.clock.timers, 0);
  });

  it('F3: is what close waits for', async () => {
    const held = rig.holdFlushes();
    const journal = await rig.open();
    journal.append('a');
    let closed = false;
    const closing = journal.close().then(() => (closed = true));
    await settled();
    assert.deepEqual([held.length, closed, rig.clock.timers], [1, false, 0]);
    held.shift()!();
    await closing;
  });

  for (const [code, expected] of [
    ['EIO', UNAVAILABLE],
    ['ENOSPC', FULL],
  ] as const) {
    it(`F5: that fails with ${code} is logged once, and appends are refused until one succeeds`, async () => {
      const held = rig.holdFlushes();
      const journal = await rig.open();
      journal.append('a');
      for (let n = 0; n < 3; n += 1) {
        await rig.clock.advance(1000);
        held.shift()!(errno(code));
        await idle(journal);
        assert.throws(() => journal.append('refused'), expected);
      }
      assert.equal(rig.logger.lines.length, 1);
      assert.match(rig.logger.lines[0]!, /^error: .*cannot be flushed to the disk/);
      await rig.clock.advance(1000);
      held.shift()!();
      await idle(journal);
      journal.append('b');
      assert.equal(rig.logger.lines.length, 2);
      rig.restoreDisk();
      assert.deepEqual((await rig.reopen()).records, ['a', 'b']);
    });
  }

  it('F5: that fails at close is told, and the files are let go', async () => {
    const before = openFiles();
    const held = rig.holdFlushes();
    const journal = await rig.open();
    journal.append('a');
    const closing = assert.rejects(journal.close(), UNAVAILABLE);
    await settled();
    held.shift()!(errno('EIO'));
    await closing;
    assert.equal(openFiles(), before);
  });
});

function openFiles(): number | null {
  return platform === 'linux' ? readdirSync('/proc/self/fd').length : null;
}

/** Waits for what the journal does in the background: a replay comes after it. */
async function idle(journal: Journal): Promise<void> {
  await replayed(journal);
}
