import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { errno, FULL, JournalRig } from './journal-rig.suite';

describe('file journal that is full', () => {
  const rig = new JournalRig();

  it('F5: refuses what is past its bound, and takes more once something is dropped', async () => {
    const journal = await rig.open({ maxBytes: 100 });
    for (let n = 0; n < 5; n += 1) journal.append('x'.repeat(10));
    assert.equal(journal.size, 100);
    assert.throws(() => journal.append(''), FULL);
    const mark = journal.mark();
    assert.throws(() => journal.append(''), FULL);
    await mark.drop();
    journal.append('y');
    assert.deepEqual((await rig.reopen()).records, ['y']);
  });

  it('F5: the bound counts what earlier runs left', async () => {
    (await rig.open()).append('x'.repeat(90));
    await rig.closeAll();
    const journal = await rig.open({ maxBytes: 100 });
    assert.throws(() => journal.append('a'), FULL);
  });

  it('F5: on a full disk nothing of a record stays, and appending resumes by itself', async () => {
    const journal = await rig.open();
    journal.append('a');
    const restore = rig.fillDisk();
    for (let n = 0; n < 3; n += 1) assert.throws(() => journal.append('refused'), FULL);
    assert.equal((await stat(rig.path(1))).size, journal.size);
    restore();
    journal.append('b');
    assert.equal((await stat(rig.path(1))).size, journal.size);
    assert.deepEqual((await rig.reopen()).records, ['a', 'b']);
    assert.deepEqual(rig.logger.lines, []);
  });

  it('F5: where a part cannot be taken back, another file is begun', async () => {
    const journal = await rig.open();
    journal.append('a');
    rig.replace('ftruncateSync', () => () => {
      throw errno('EIO');
    });
    const restore = rig.fillDisk();
    assert.throws(() => journal.append('refused'), FULL);
    restore();
    journal.append('b');
    assert.equal(journal.size, (await stat(rig.path(1))).size + (await stat(rig.path(2))).size);
    assert.deepEqual((await rig.reopen()).records, ['a', 'b']);
  });

  it('F5: a write that is taken in parts is whole', async () => {
    rig.replace(
      'writeSync',
      (write) => (fd: number, line: Buffer, offset: number) =>
        write(fd, line, offset, Math.min(3, line.length - offset)),
    );
    (await rig.open()).append('in parts');
    assert.deepEqual((await rig.reopen()).records, ['in parts']);
  });

  it('F5: a really full disk (tmpfs)', async function () {
    await mkdir(rig.folder);
    try {
      const options = ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', rig.folder];
      execFileSync('mount', options, { stdio: 'ignore' });
    } catch {
      // eslint-disable-next-line no-console -- a test that did not run must be seen
      console.warn('NOT TESTED: no tmpfs can be mounted here (needs root on Linux)');
      this.skip();
    }
    try {
      const journal = await rig.open({ segmentBytes: 100_000 });
      const kept: string[] = [];
      const fill = (): number => {
        let refused = 0;
        for (let n = 0; n < 500; n += 1) {
          const record = `${n} ${'x'.repeat(n * 3)}`;
          try {
            journal.append(record);
            kept.push(record);
          } catch (error) {
            assert.equal((error as { code?: unknown }).code, 'STORE_FULL');
            refused += 1;
          }
        }
        return refused;
      };
      assert.ok(fill() > 20 && kept.length > 20);
      const mark = journal.mark();
      assert.throws(() => journal.append('x'.repeat(5000)), FULL);
      await mark.drop();
      kept.length = 0;
      assert.ok(fill() > 20 && kept.length > 20);
      assert.deepEqual((await rig.reopen()).records, kept);
      assert.deepEqual(rig.logger.lines, []);
    } finally {
      await rig.closeAll();
      execFileSync('umount', [rig.folder]);
    }
  });
});
