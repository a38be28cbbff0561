import assert from 'node:assert/strict';
import {
  copyFile,
  link,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { memoryLogger } from '../../../../test/support/test-store';
import { watchSteps } from '../../../../test/support/watch-steps';
import type { AuditRow, NewRow, Store } from '../../../ports/store';
import { audit, numbers } from '../rows.suite';
import { openNedbStore } from './nedb-store';
import { inspectNedbFolder, restoreGoodCopy } from './repair';
import type { KnownFile } from './table-damage';
import { TableFile } from './table-file';
import { encodeCommit, headerLine, TableScan } from './table-format';

/** Where flushing takes no time, if there is such a place: files are opened thousands of times here. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const CORRUPT = { code: 'STORE_CORRUPT' };

describe('NeDB table file, damaged', () => {
  let folder: string;
  let path: string;
  let logger: ReturnType<typeof memoryLogger>;

  beforeEach(async () => {
    folder = await mkdtemp(join(MEMORY, 'aurion-damage-'));
    path = join(folder, 't.db');
    logger = memoryLogger();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = async (
    known: KnownFile | null = null,
    filled = true,
  ): Promise<{ rows: unknown[]; file: TableFile }> => {
    const { file, documents } = await TableFile.open({
      path,
      logger,
      filled,
      known,
      shared: false,
    });
    return { file, rows: [...documents.values()] };
  };
  const rowsOf = async (known: KnownFile | null = null): Promise<unknown[]> => {
    const { file, rows } = await open(known);
    await file.close();
    return rows;
  };

  /** 60 commits of 1 to 4 rows each. */
  const commits = numbers(60).map((n) =>
    numbers(1 + (n % 4)).map((m) => ({ _id: 10 * n + m, text: `row ${n} é🏠\u2028` })),
  );
  const pieces = commits.map((rows) => commitOf(rows.map((row) => JSON.stringify(row))));
  const whole = Buffer.concat([Buffer.from(headerLine(1)), ...pieces]);
  /** The rows of the commits that are whole in this many bytes. */
  const committedIn = (bytes: number): unknown[] => {
    let end = headerLine(1).length;
    return commits.filter((_, n) => (end += pieces[n]!.length) <= bytes).flat();
  };

  it('F4: cut at every byte of its last kilobyte it opens with every commit before the cut', async () => {
    for (let cut = 1; cut <= 1024; cut += 1) {
      const left = whole.subarray(0, whole.length - cut);
      const wanted = committedIn(left.length);
      const scan = new TableScan();
      for (let at = 0; at < left.length; at += 1000) scan.push(left.subarray(at, at + 1000));
      assert.deepEqual([...scan.documents.values()], wanted, `${cut} bytes cut off`);
      if (cut % 16 !== 1) continue;
      await writeFile(path, left);
      assert.deepEqual(await rowsOf(), wanted, `${cut} bytes cut off`);
      assert.deepEqual(await rowsOf(), wanted, `${cut} bytes cut off, opened again`);
    }
  });

  it('F4: a write that was cut short is undone, kept aside and told once', async () => {
    const torn = pieces[0]!.subarray(0, 20);
    await writeFile(path, Buffer.concat([whole, torn]));
    const known = { generation: 1, bytes: whole.length, rows: 150 };
    assert.deepEqual(await rowsOf(known), commits.flat());
    assert.equal(logger.lines.length, 1);
    assert.match(logger.lines[0]!, /^warn: .*t\.db ended in 20 bytes of a write/);
    const copies = (await readdir(folder)).filter((name) => name.includes('.torn-'));
    assert.equal(copies.length, 1);
    assert.deepEqual(await readFile(join(folder, copies[0]!)), torn);
    await rowsOf(known);
    assert.equal(logger.lines.length, 1);
  });

  it('F4: a commit of many rows is there whole or not at all', async () => {
    const many = commitOf(numbers(100).map((n) => JSON.stringify({ _id: 5000 + n })));
    for (const share of [0.01, 0.5, 0.99]) {
      const part = many.subarray(0, Math.floor(share * many.length));
      await writeFile(path, Buffer.concat([whole, part]));
      assert.deepEqual(await rowsOf(), commits.flat());
    }
  });

  it('F4: an end of zeroes, as power cuts leave, is a torn one', async () => {
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(4096)]));
    assert.deepEqual(await rowsOf(), commits.flat());
  });

  it('F4: of writes cut short the last five are kept', async () => {
    await writeFile(path, whole);
    for (const n of numbers(7)) {
      await writeFile(path, Buffer.concat([whole, Buffer.from(`${n}`)]));
      await rowsOf();
      await new Promise((resolve) => setTimeout(resolve, 2)); // Their names tell the millisecond.
    }
    const copies = (await readdir(folder)).filter((name) => name.includes('.torn-'));
    assert.equal(copies.length, 5);
  });

  describe('below what was committed', () => {
    const known = { generation: 1, bytes: whole.length, rows: 150 };

    it('F4: a lost end is told as an error, and the rest opens', async () => {
      for (const cut of [1, 100, pieces.at(-1)!.length]) {
        logger.lines.length = 0;
        await writeFile(path, whole.subarray(0, whole.length - cut));
        assert.deepEqual(await rowsOf(known), committedIn(whole.length - cut));
        assert.match(
          logger.lines.join(),
          /^error: .* lost the last \d+ bytes of what was committed/,
        );
      }
    });

    it('F4: more than a tenth lost is refused, and the file left as it is', async () => {
      const left = whole.subarray(0, 0.89 * whole.length);
      await writeFile(path, left);
      await assert.rejects(rowsOf(known), CORRUPT);
      assert.deepEqual(await readFile(path), left);
      assert.deepEqual(await readdir(folder), ['t.db']);
    });

    it('F4: a changed byte in the last commit is refused', async () => {
      await writeFile(path, changed(whole, whole.length - 150));
      await assert.rejects(rowsOf(known), CORRUPT);
    });

    it('another generation was another file: nothing is compared', async () => {
      await writeFile(path, whole);
      const later = { generation: 2, bytes: 10 * whole.length, rows: 1 };
      assert.deepEqual(await rowsOf(later), commits.flat());
      assert.deepEqual(logger.lines, []);
    });
  });

  it('F4: a changed byte anywhere before the last commit is refused with a hint, and the file left as it is', async () => {
    const end = whole.length - pieces.at(-1)!.length;
    const known = { generation: 1, bytes: whole.length, rows: 150 };
    for (let at = headerLine(1).length; at < end; at += 7) {
      const damaged = changed(whole, at);
      await writeFile(path, damaged);
      await assert.rejects(rowsOf(known), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STORE_CORRUPT', `byte ${at}`);
        assert.ok(error.message.includes(`${path}.good`), error.message);
        return true;
      });
      assert.deepEqual(await readFile(path), damaged);
    }
  });

  it('F4: a changed byte in the first line is refused, or no row is missing', async () => {
    for (let at = 0; at < headerLine(1).length; at += 1) {
      await writeFile(path, changed(whole, at));
      const rows = await rowsOf().catch((error: unknown) => (error as { code?: unknown }).code);
      if (rows !== 'STORE_CORRUPT') assert.deepEqual(rows, commits.flat(), `byte ${at}`);
    }
  });

  it('S11: emptied, deleted or cut to its first line it is refused if it had been filled', async () => {
    await assert.rejects(open(), CORRUPT);
    for (const left of ['', headerLine(1), headerLine(1).slice(0, 5), '\0'.repeat(4096)]) {
      await writeFile(path, left);
      await assert.rejects(open(), CORRUPT, JSON.stringify(left));
      const { file, rows } = await open(null, false);
      await file.close();
      assert.deepEqual(rows, []);
    }
  });

  it('a file of an earlier version opens, also with a torn end, and is refused when broken', async () => {
    const lines = '{"$$indexCreated":{"fieldName":"id"}}\n{"_id":1,"id":1}\n{"_id":2,"id":2}\n';
    const rows = [{ _id: 1, id: 1 }];
    await writeFile(path, `${lines}{"$$deleted":true,"_id":2}\n{"_id":3,"i`);
    assert.deepEqual(await rowsOf(), rows);
    assert.deepEqual(await rowsOf(), rows);
    await writeFile(path, lines.replace('{"_id":1', '{"_id":'));
    await assert.rejects(open(), CORRUPT);
  });

  describe('left by a crash while it was written anew', () => {
    const reopened = async (): Promise<unknown[]> => {
      const rows = await rowsOf();
      const left = (await readdir(folder)).filter((name) => !/\.db(\.good)?$/.test(name));
      assert.deepEqual(left, []);
      return rows;
    };

    it('F4: with a part of the new file', async () => {
      await writeFile(path, whole);
      await writeFile(`${path}.new`, headerLine(2));
      await writeFile(`${path}~`, '{"_id":');
      assert.deepEqual(await reopened(), commits.flat());
    });

    it('F4: with the new file complete, and the old one already kept as the good copy', async () => {
      await writeFile(path, whole);
      await writeFile(`${path}.new`, whole);
      await copyFile(path, `${path}.good.new`);
      assert.deepEqual(await reopened(), commits.flat());
      await writeFile(`${path}.new`, whole);
      await copyFile(path, `${path}.good`);
      assert.deepEqual(await reopened(), commits.flat());
    });

    it('F4: with only the new file, which is nothing a crash leaves', async () => {
      await writeFile(`${path}.new`, whole);
      await assert.rejects(open(), CORRUPT);
    });
  });

  it('F4: a crash that left the good copy as a second name of the file costs neither', async () => {
    await writeFile(path, whole);
    await link(path, `${path}.good`);
    const { file } = await open();
    await file.write(['{"_id":1}']);
    file.keep();
    await file.close();
    assert.deepEqual(await readFile(`${path}.good`), whole);
    assert.notDeepEqual(await readFile(path), whole);
  });

  it('F4: written anew, the new file is flushed before it takes the name, and the folder after', async function () {
    await writeFile(path, whole);
    const { file } = await open();
    const steps = await watchSteps(this);
    try {
      await file.rewrite([{ _id: 1 }], () => Promise.resolve());
    } finally {
      steps.restore();
    }
    await file.close();
    const name = basename(path);
    const [flushed, renamed] = [
      steps.seen.indexOf(`flush ${name}.new`),
      steps.seen.indexOf(`rename ${name}.new`),
    ];
    assert.ok(flushed !== -1 && flushed < renamed, steps.seen.join(', '));
    assert.ok(steps.seen.lastIndexOf(`flush ${basename(dirname(path))}`) > renamed);
  });

  it('F4: written anew it holds what it was given, and what it was is the good copy', async () => {
    await writeFile(path, whole);
    const { file } = await open();
    await file.write(['{"_id":1}']);
    file.keep();
    await file.rewrite([{ _id: 1 }], () => Promise.resolve());
    await file.write(['{"_id":2}']);
    file.keep();
    await file.close();
    assert.deepEqual(await rowsOf(), [{ _id: 1 }, { _id: 2 }]);
    path = `${path}.good`;
    assert.deepEqual(await rowsOf(), [...commits.flat(), { _id: 1 }]);
  });
});

describe('NeDB store, damaged', () => {
  let folder: string;
  const logger = memoryLogger();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aurion-damage-'));
    logger.lines.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const openStore = (): Promise<Store> => openNedbStore({ folder, logger });
  const fill = async (rows: readonly NewRow<AuditRow>[]): Promise<void> => {
    const store = await openStore();
    for (const row of rows) await store.audit.insert(row);
    await store.close();
  };

  it('F4: after a clean close a lost end is told, whatever the byte', async () => {
    await fill(numbers(40).map((n) => audit(n)));
    const path = join(folder, 'audit.db');
    const whole = await readFile(path);
    for (const cut of [1, 50, 200]) {
      logger.lines.length = 0;
      await writeFile(path, whole.subarray(0, whole.length - cut));
      const store = await openStore();
      const left = await store.audit.count();
      assert.ok(left >= 37 && left < 40, `${left}`);
      assert.match(logger.lines.join(), /error: .*audit\.db lost the last/);
      assert.ok((await store.audit.insert(audit(1))).id > 40, 'no id is given again');
      await store.close();
      await writeFile(path, whole);
    }
  });

  it('F4: what was refused opens again with the last good copy, and the damaged file is kept', async () => {
    await fill(numbers(40).map((n) => audit(n)));
    const path = join(folder, 'audit.db');
    await truncate(path, 0);
    await assert.rejects(openStore(), CORRUPT);
    const report = (await inspectNedbFolder(folder)).find((one) => one.table === 'audit');
    assert.equal(report?.state, 'damaged');
    assert.equal(report.good?.rows, 40);
    assert.equal(await restoreGoodCopy(folder, 'audit', logger), 40);
    const store = await openStore();
    assert.equal(await store.audit.count(), 40);
    await store.close();
    assert.ok((await readdir(folder)).some((name) => name.startsWith('audit.db.damaged-')));
    const after = await inspectNedbFolder(folder);
    assert.deepEqual(new Set(after.map((one) => one.state)), new Set(['sound', 'empty']));
  });

  it('F6: no copy is put back while a home uses the folder, and none that is not there', async () => {
    const store = await openStore();
    await assert.rejects(restoreGoodCopy(folder, 'audit', logger), { code: 'STORE_LOCKED' });
    await store.close();
    await assert.rejects(restoreGoodCopy(folder, 'audit', logger), CORRUPT);
  });
});

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0x01;
  return copy;
}

function commitOf(lines: readonly string[]): Buffer {
  return Buffer.concat([...encodeCommit(lines)]);
}
