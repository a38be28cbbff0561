import assert from 'node:assert/strict';
import fs, { readFileSync, writeFileSync } from 'node:fs';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { systemClock } from '../time/system-clock';
import { JournalRig, replayed, UNAVAILABLE } from './journal-rig.suite';

describe('file journal', () => {
  const rig = new JournalRig();

  describe('records', () => {
    it('F3: come back in their order, whatever they hold', async () => {
      const written = [
        '',
        '{"a":1}',
        'é😀\u0000',
        '\n',
        ' a\nb\n',
        '"\n',
        '\ud800',
        'x'.repeat(1e5),
      ];
      const journal = await rig.open();
      assert.deepEqual(await replayed(journal), []);
      for (const record of written) journal.append(record);
      assert.deepEqual((await rig.reopen()).records, written);
      assert.deepEqual((await rig.reopen()).records, written);
      assert.deepEqual(rig.logger.lines, []);
    });

    it('F3: are in the file before append returns, as lines a person can read', async () => {
      (await rig.open()).append('{"a":1}');
      assert.equal(readFileSync(rig.path(1), 'utf8'), '5723ceee {"a":1}\n');
    });

    it('F3: of several runs come oldest first', async () => {
      for (const record of ['a', 'b', 'c']) (await rig.reopen()).journal.append(record);
      assert.deepEqual((await rig.reopen()).records, ['a', 'b', 'c']);
      assert.deepEqual(await readdir(rig.folder), ['000001.log', '000002.log', '000003.log']);
    });

    it('F3: a replay gives what earlier runs left, not what this one appended', async () => {
      (await rig.open()).append('a');
      const { journal } = await rig.reopen();
      journal.append('b');
      assert.deepEqual(await replayed(journal), ['a']);
    });

    it('go to another file once one is full', async () => {
      const journal = await rig.open({ segmentBytes: 100 });
      for (let n = 0; n < 10; n += 1) journal.append('x'.repeat(30));
      journal.append('y'.repeat(500));
      journal.append('z');
      assert.deepEqual(
        (await readdir(rig.folder)).map((name) => fs.statSync(join(rig.folder, name)).size),
        [80, 80, 80, 80, 80, 510, 11],
      );
      assert.equal(journal.size, 921);
      const again = await rig.reopen();
      assert.equal(again.records.length, 12);
      assert.equal(again.journal.size, 921);
    });

    it('S22: lie in files and a folder of their owner alone, also such as stood open', async () => {
      (await rig.open()).append('a');
      const modes = async (): Promise<number[]> =>
        Promise.all([rig.folder, rig.path(1)].map(async (one) => (await stat(one)).mode & 0o777));
      assert.deepEqual(await modes(), [0o700, 0o600]);
      await chmod(rig.folder, 0o755);
      await chmod(rig.path(1), 0o644);
      await rig.reopen();
      assert.deepEqual(await modes(), [0o700, 0o600]);
    });

    it('are refused after close', async () => {
      const journal = await rig.open();
      await journal.close();
      await journal.close();
      assert.throws(() => journal.append('a'), UNAVAILABLE);
      assert.deepEqual(await readdir(rig.folder), []);
    });

    it('are taken at more than 20,000 a second', async () => {
      const journal = await rig.open({ clock: systemClock });
      const record = JSON.stringify({
        topic: 'aurion/home/device/state',
        payload: 'x'.repeat(101),
      });
      assert.equal(record.length, 150);
      const count = 300_000;
      const startedAt = performance.now();
      for (let n = 0; n < count; n += 1) journal.append(record);
      const perSecond = (1000 * count) / (performance.now() - startedAt);
      // eslint-disable-next-line no-console -- a measurement
      console.log(`      ${Math.round(perSecond)} appends of 150 bytes a second`);
      assert.ok(perSecond > 20_000);
    });
  });

  describe('a mark', () => {
    it('drops what was appended before it, and nothing else', async () => {
      (await rig.open()).append('a');
      const { journal } = await rig.reopen();
      journal.append('b');
      const mark = journal.mark();
      journal.append('c');
      await mark.drop();
      assert.equal(journal.size, (await stat(rig.path(3))).size);
      assert.deepEqual((await rig.reopen()).records, ['c']);
    });

    it('may be dropped after, before and at once with others, and twice', async () => {
      const journal = await rig.open();
      const marks = ['a', 'b', 'c', 'd'].map((record) => {
        journal.append(record);
        return journal.mark();
      });
      journal.append('e');
      await marks[1]!.drop();
      assert.deepEqual(await readdir(rig.folder), ['000003.log', '000004.log', '000005.log']);
      await Promise.all([marks[3]!.drop(), marks[0]!.drop(), marks[2]!.drop(), marks[3]!.drop()]);
      assert.deepEqual((await rig.reopen()).records, ['e']);
    });

    it('makes no files by itself', async () => {
      const journal = await rig.open();
      for (let n = 0; n < 5; n += 1) await journal.mark().drop();
      journal.append('a');
      const marks = [journal.mark(), journal.mark()];
      assert.deepEqual(await readdir(rig.folder), ['000001.log']);
      for (const mark of marks) await mark.drop();
      assert.deepEqual(await readdir(rig.folder), []);
      assert.equal(journal.size, 0);
    });

    it('F3: dropped after close leaves the next run its records', async () => {
      const journal = await rig.open();
      journal.append('a');
      const mark = journal.mark();
      await journal.close();
      await mark.drop();
      await journal.mark().drop();
      assert.deepEqual((await rig.reopen()).records, ['a']);
    });

    it('dropped before close is done when close is', async () => {
      const journal = await rig.open();
      journal.append('a');
      void journal.mark().drop();
      await journal.close();
      assert.deepEqual(await readdir(rig.folder), []);
    });
  });

  it('F2: a folder that cannot be opened is said, and why', async () => {
    writeFileSync(rig.folder, 'a file');
    await assert.rejects(rig.open(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'STORE_UNAVAILABLE');
      assert.match((error.cause as Error).message, /does not open in .*journal$/);
      return true;
    });
  });

  it('F3: two journals in one folder by mistake do not write over each other', async () => {
    const first = await rig.open();
    const second = await rig.open();
    first.append('a');
    assert.throws(() => second.append('b'), UNAVAILABLE);
    assert.deepEqual((await rig.reopen()).records, ['a']);
  });
});
