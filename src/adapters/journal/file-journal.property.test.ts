import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import type { Journal } from '../../ports/journal';
import { openFileJournal } from './file-journal';
import { often } from '../../../test/support/often';

const MAX_BYTES = 600;

/** What a journal should hold: each record with its number, and marks as the number of the next one. */
interface Model {
  records: { n: number; record: string }[];
  next: number;
  /** Of this run and of earlier ones, whose drops do nothing. */
  marks: { end: number; run: number; drop: () => Promise<void> }[];
  run: number;
}

interface Real {
  journal: Journal;
  readonly clock: FakeClock;
  open(): Promise<Journal>;
  readonly folder: string;
}

type Command = fc.AsyncCommand<Model, Real, true>;

function command(name: string, run: (model: Model, real: Real) => Promise<void> | void): Command {
  return {
    check: () => Promise.resolve(true),
    run: async (model, real) => {
      await run(model, real);
      assert.equal(real.journal.size, bytesIn(real.folder));
      assert.ok(real.journal.size <= MAX_BYTES);
    },
    toString: () => name,
  };
}

const append = (record: string): Command =>
  command(`append(${JSON.stringify(record)})`, (model, { journal }) => {
    try {
      journal.append(record);
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, 'STORE_FULL');
      assert.ok(journal.size + 10 + 6 * record.length + 2 > MAX_BYTES, 'refused too early');
      return;
    }
    model.records.push({ n: model.next, record });
    model.next += 1;
  });

const mark = command('mark', (model, { journal }) => {
  const marked = journal.mark();
  model.marks.push({ end: model.next, run: model.run, drop: () => marked.drop() });
});

const drop = (which: number): Command =>
  command(`drop(${which})`, async (model) => {
    const chosen = model.marks[which % Math.max(1, model.marks.length)];
    if (chosen === undefined) return;
    await chosen.drop();
    if (chosen.run !== model.run) return;
    model.records = model.records.filter(({ n }) => n >= chosen.end);
  });

const reopen = (tail: string): Command =>
  command(`reopen(${JSON.stringify(tail)})`, async (model, real) => {
    await real.journal.close();
    const last = readdirSync(real.folder).sort().at(-1);
    if (last !== undefined) appendFileSync(join(real.folder, last), tail);
    real.journal = await real.open();
    model.run += 1;
    const found: string[] = [];
    await real.journal.replay((record) => found.push(record));
    assert.deepEqual(
      found,
      model.records.map(({ record }) => record),
    );
  });

const pass = (ms: number): Command =>
  command(`pass(${ms})`, (_model, { clock }) => clock.advance(ms));

describe('file journal against a model', () => {
  it('F3, F4, F5: holds what was appended and not dropped, after any history', async () => {
    const text = fc
      .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(10, 32, 34, 0xd800)), {
        maxLength: 40,
      })
      .map((units) => String.fromCharCode(...units));
    const tail = fc.oneof(
      fc.constant(''),
      fc.string().map((one) => one.replaceAll('\n', '')),
    );
    const commands = fc.commands<Model, Real, true>(
      [
        text.map(append),
        text.map(append),
        fc.constant(mark),
        fc.nat({ max: 20 }).map(drop),
        tail.map(reopen),
        fc.nat({ max: 1500 }).map(pass),
      ],
      { maxCommands: 60 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (history) => {
        const folder = await mkdtemp(join(tmpdir(), 'aurion-journal-'));
        const clock = new FakeClock();
        const open = (): Promise<Journal> =>
          openFileJournal({
            folder,
            logger: memoryLogger(),
            clock,
            maxBytes: MAX_BYTES,
            segmentBytes: 100,
          });
        const real: Real = { journal: await open(), clock, open, folder };
        try {
          const model: Model = { records: [], next: 0, marks: [], run: 0 };
          await fc.asyncModelRun(() => ({ model, real }), history);
          await reopen('').run(model, real);
        } finally {
          await real.journal.close();
          await rm(folder, { recursive: true });
        }
      }),
      { numRuns: often(300) },
    );
  });
});

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
