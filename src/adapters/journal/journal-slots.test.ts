import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execPath } from 'node:process';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { memoryLogger } from '../../../test/support/test-store';
import { watchSteps } from '../../../test/support/watch-steps';
import type { Journal } from '../../ports/journal';
import { systemClock } from '../time/system-clock';
import { openJournalSlot } from './journal-slots';

describe('journal slots', () => {
  let parent: string;
  let opened: Journal[];
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'aurion-slots-'));
    opened = [];
  });
  afterEach(async () => {
    for (const journal of opened) await journal.close();
    await rm(parent, { recursive: true });
  });

  const open = async (): Promise<{ journal: Journal; records: string[] }> => {
    const folder = join(parent, 'journal');
    const logger = memoryLogger();
    const journal = await openJournalSlot({ folder, logger, clock: systemClock });
    opened.push(journal);
    const records: string[] = [];
    await journal.replay((record) => records.push(record));
    return { journal, records: records.sort() };
  };

  it('the journal of the one process is the folder itself', async () => {
    const { journal } = await open();
    journal.append('a');
    await journal.close();
    assert.deepEqual(await readdir(parent), ['journal']);
    assert.deepEqual((await open()).records, ['a']);
  });

  it('F3, F4: the name of a new folder is on the disk before anything is said in it', async function () {
    const steps = await watchSteps(this);
    try {
      await open();
      assert.ok(steps.seen.includes(`flush ${basename(parent)}`), steps.seen.join(', '));
    } finally {
      steps.restore();
    }
  });

  it('a second one that runs beside it has a folder of its own', async () => {
    const { journal: one } = await open();
    const { journal: two, records } = await open();
    one.append('of one');
    two.append('of two');
    assert.deepEqual(records, []);
    assert.deepEqual((await readdir(parent)).sort(), ['journal', 'journal-2']);
    await one.mark().drop();
    await two.close();
    assert.deepEqual((await open()).records, ['of two'], 'one still has its own');
  });

  it('what a process left is taken in by the next one, and dropped with its own', async () => {
    const { journal: one } = await open();
    const { journal: two } = await open();
    one.append('of one');
    two.append('of two');
    await two.close();
    await one.close();
    const next = await open();
    assert.deepEqual(next.records, ['of one', 'of two']);
    next.journal.append('new');
    assert.ok(next.journal.size > 0);
    await next.journal.mark().drop();
    assert.equal(next.journal.size, 0);
    await next.journal.close();
    assert.deepEqual((await open()).records, []);
  });

  it('what is dropped is what was there when the line was drawn', async () => {
    const { journal: one } = await open();
    const { journal: two } = await open();
    two.append('of two');
    await two.close();
    await one.close();
    const { journal } = await open();
    const mark = journal.mark();
    journal.append('later');
    await mark.drop();
    await journal.close();
    assert.deepEqual((await open()).records, ['later']);
  });

  it('F3: what a killed process left is taken in, beside one that runs', async () => {
    const { journal } = await open();
    journal.append('of the one that runs');
    const killed = spawn(
      execPath,
      ['-r', 'ts-node/register', '-e', WRITER, __dirname, join(parent, 'journal')],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(killed, 'exit');
    assert.equal(killed.signalCode, 'SIGKILL');
    assert.deepEqual((await open()).records, ['of the killed']);
  });
});

const WRITER = `
  const { openJournalSlot } = require(process.argv[1] + '/journal-slots');
  const { systemClock } = require(process.argv[1] + '/../time/system-clock');
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  openJournalSlot({ folder: process.argv[2], logger, clock: systemClock }).then((journal) => {
    journal.append('of the killed');
    process.kill(process.pid, 'SIGKILL');
  });
`;
