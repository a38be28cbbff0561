import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { JournalRig, replayed } from './journal-rig.suite';

describe('file journal that is damaged', () => {
  const rig = new JournalRig();
  const records = Array.from({ length: 6 }, (_, n) => `{"n":${n},"text":"é"}`);
  const lineBytes = 29;

  beforeEach(async () => {
    const journal = await rig.open();
    for (const record of records) journal.append(record);
    await journal.close();
    assert.equal((await stat(rig.path(1))).size, records.length * lineBytes);
  });

  it('F4: a file cut at any byte gives all whole records, and goes on', async () => {
    const good = readFileSync(rig.path(1));
    for (let size = good.length; size > 0; size -= 1) {
      writeFileSync(rig.path(1), good.subarray(0, size));
      rig.logger.lines.length = 0;
      const torn = size % lineBytes;
      const { journal, records: found } = await rig.reopen();
      assert.deepEqual(found, records.slice(0, Math.floor(size / lineBytes)));
      assert.equal(journal.size, size - torn);
      assert.deepEqual(readFileSync(rig.path(1)), good.subarray(0, size - torn));
      const line = `warn: ${rig.path(1)}: cut off ${torn} bytes of a record that was never finished`;
      assert.deepEqual(rig.logger.lines, torn > 0 ? [line] : []);
    }
  });

  it('F4: a damaged record is reported, and those around it are recovered', async () => {
    const good = readFileSync(rig.path(1));
    for (let offset = 2 * lineBytes; offset < 3 * lineBytes - 1; offset += 1) {
      for (const value of [0, 0x0a, good[offset]! ^ 1]) {
        rig.logger.lines.length = 0;
        const bad = Buffer.from(good);
        bad[offset] = value;
        writeFileSync(rig.path(1), bad);
        const { records: found, journal } = await rig.reopen();
        assert.deepEqual(found, records.toSpliced(2, 1));
        assert.equal(rig.logger.lines.length, 1);
        assert.match(
          rig.logger.lines[0]!,
          /^error: .*000001\.log: left out [12] damaged records \(/,
        );
        assert.equal(journal.size, good.length);
      }
    }
    assert.deepEqual(readFileSync(rig.path(1)).length, good.length);
  });

  it('F4: where the end of a record is damaged, it and the next are lost, and reported', async () => {
    const bytes = readFileSync(rig.path(1));
    bytes[3 * lineBytes - 1] = 0;
    writeFileSync(rig.path(1), bytes);
    assert.deepEqual((await rig.reopen()).records, records.toSpliced(2, 2));
    assert.deepEqual(rig.logger.lines, [
      `error: ${rig.path(1)}: left out 1 damaged records (58 bytes at 58)`,
    ]);
  });

  it('F4: the zeros a power cut leaves at the end are cut off', async () => {
    appendFileSync(rig.path(1), Buffer.alloc(4096));
    const { records: found, journal } = await rig.reopen();
    assert.deepEqual(found, records);
    assert.equal(journal.size, records.length * lineBytes);
    assert.equal(rig.logger.lines.length, 1);
    rig.logger.lines.length = 0;
    assert.deepEqual((await rig.reopen()).records, records);
    assert.deepEqual(rig.logger.lines, []);
  });

  it('F4: a torn tail does not touch the records of later runs', async () => {
    appendFileSync(rig.path(1), '01234567 {"n"');
    const next = await rig.open();
    next.append('later');
    assert.deepEqual((await rig.reopen()).records, [...records, 'later']);
  });

  it('F4: an emptied file and a missing one are reported', async () => {
    for (const record of ['b', 'c', 'd']) (await rig.reopen()).journal.append(record);
    await truncate(rig.path(1), 0);
    await unlink(rig.path(3));
    assert.deepEqual((await rig.reopen()).records, ['b', 'd']);
    assert.deepEqual(rig.logger.lines, [
      `warn: ${rig.path(1)} is empty: its first record was never finished, or its records are lost`,
      `warn: Files before ${rig.path(4)} are missing: their records are lost`,
    ]);
  });

  it('F4: a file that goes between opening and replay is reported', async () => {
    await rig.closeAll();
    const journal = await rig.open();
    await unlink(rig.path(1));
    assert.deepEqual(await replayed(journal), []);
    assert.deepEqual(rig.logger.lines, [`error: ${rig.path(1)} was deleted: its records are lost`]);
    assert.equal(journal.size, 0);
  });

  it('other files are left alone', async () => {
    for (const name of ['1.log', '000002.log.bak', 'notes.txt']) {
      writeFileSync(join(rig.folder, name), 'mine');
    }
    const { journal, records: found } = await rig.reopen();
    assert.deepEqual(found, records);
    await journal.mark().drop();
    assert.deepEqual((await readdir(rig.folder)).sort(), ['000002.log.bak', '1.log', 'notes.txt']);
  });
});
