import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { describe, it } from 'mocha';
import { memoryLogger } from '../../../test/support/test-store';
import { systemClock } from '../time/system-clock';
import { openFileJournal } from './file-journal';
import { often } from '../../../test/support/often';

const KILLS = often(10, 100);

describe('file journal of a process that is killed', () => {
  it(`F3: holds every record that was acknowledged, once and in order (kill -9, ${KILLS} times)`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aurion-journal-'));
    try {
      let acknowledged = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const from = kill * 1_000_000;
        const last = await killWriter(folder, from, 200 + 700 * kill);
        acknowledged += last + 1 - from;
        const logger = memoryLogger();
        const journal = await openFileJournal({ folder, logger, clock: systemClock });
        const found: number[] = [];
        await journal.replay((record) => found.push(Number(record.split(' ', 1)[0])));
        await journal.close();
        const ofThisRun = found.filter((n) => n >= from);
        assert.ok(ofThisRun.length >= last + 1 - from, `${ofThisRun.length} of ${last + 1 - from}`);
        assert.deepEqual(
          ofThisRun,
          ofThisRun.map((_, n) => from + n),
        );
        assert.ok(found.length >= acknowledged);
        assert.equal(new Set(found).size, found.length);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Starts a process that appends from a number on, and kills it once it acknowledged many; the last it did. */
async function killWriter(folder: string, from: number, count: number): Promise<number> {
  const writer = spawn(
    execPath,
    ['-r', 'ts-node/register', '-e', WRITER, __dirname, folder, String(from)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(writer, 'exit');
  let last = -1;
  for await (const line of createInterface({ input: writer.stdout })) {
    // The last line may be torn like a record.
    if (line.endsWith(';')) last = parseInt(line, 10);
    if (last >= from + count) writer.kill('SIGKILL');
  }
  await ended;
  assert.ok(last >= from + count, 'the writer ended by itself');
  return last;
}

/** Appends without end, also to several files and with marks, and says each number once it is appended. */
const WRITER = `
  const { join } = require('node:path');
  const [, here, folder, from] = process.argv;
  const logger = { debug() {}, info() {}, warn() {}, error: console.error };
  const { openFileJournal } = require(join(here, 'file-journal.ts'));
  const { systemClock } = require(join(here, '../time/system-clock.ts'));
  openFileJournal({ folder, logger, clock: systemClock, segmentBytes: 100000 }).then((journal) => {
    let n = Number(from);
    const write = () => {
      for (let i = 0; i < 50; i += 1, n += 1) {
        journal.append(n + ' ' + 'x'.repeat(n % 97 === 0 ? 40000 : n % 200));
        if (n % 1000 === 0) journal.mark();
        process.stdout.write(n + ';\\n');
      }
      setImmediate(write);
    };
    write();
  });
`;
