import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Reading } from './reading';
import { Remembered } from './remembered';
import { T0 } from './traces.suite';
import { MINUTE_MS } from './units';
import { often } from '../../../test/support/often';

const NEWEST = 2000;

const anyReading = fc.record({
  timestamp: fc.option(fc.integer({ min: T0, max: T0 + 3 })),
  receivedAt: fc.constant(T0),
  seq: fc.option(fc.nat(2)),
  powerW: fc.option(fc.nat(1)),
  energy: fc.option(fc.nat(1)),
  redelivered: fc.boolean(),
});
const anyStep = fc.record({
  waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 * MINUTE_MS })),
  reading: anyReading,
  /** To go on from the value before, as a second future of it. */
  forks: fc.boolean(),
});

function isCopy(kept: Reading, reading: Reading): boolean {
  const sameContent = kept.energy === reading.energy && kept.powerW === reading.powerW;
  if (kept.timestamp !== reading.timestamp || kept.seq !== reading.seq) return false;
  if (reading.timestamp !== null) return reading.seq !== null || sameContent;
  return sameContent && (reading.seq !== null || reading.redelivered);
}

describe('what is remembered of a meter for its copies', () => {
  it('M6: a copy is known for ten minutes, by timestamp, seq or content, whatever else is remembered', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        let at = T0;
        let [value, list] = [Remembered.of([]), [] as Reading[]];
        let before = [value, list] as const;
        for (const { waitMs, reading, forks } of steps) {
          at += waitMs;
          if (forks) [value, list] = before;
          value = value.since(at);
          list = list.filter(({ receivedAt }) => receivedAt >= at - 10 * MINUTE_MS);
          before = [value, list];
          const one = { ...reading, receivedAt: at };
          assert.equal(
            value.holdsCopyOf(one),
            list.some((kept) => isCopy(kept, one)),
          );
          [value, list] = [value.with(one), [...list, one]];
          assert.deepEqual(JSON.parse(JSON.stringify(value)), list);
        }
        assert.deepEqual([...before[0]], before[1]);
      }),
      { numRuns: often(300) },
    );
  });

  it('of a meter that floods, the newest are remembered, and what was is not touched', () => {
    const reading = (seq: number): Reading => ({
      ...{ timestamp: null, powerW: 1, energy: null, redelivered: false },
      ...{ receivedAt: T0, seq },
    });
    let value = Remembered.of([]);
    let middle = value;
    for (let seq = 0; seq < 5 * NEWEST; seq += 1) {
      value = value.with(reading(seq));
      if (seq === NEWEST + 500) middle = value;
    }
    const seqs = [...value].map(({ seq }) => seq);
    assert.deepEqual([seqs.length, seqs[0], seqs.at(-1)], [NEWEST, 4 * NEWEST, 5 * NEWEST - 1]);
    assert.equal(value.holdsCopyOf(reading(4 * NEWEST - 1)), false);
    assert.equal(value.holdsCopyOf(reading(4 * NEWEST)), true);
    assert.deepEqual(
      [...middle].map(({ seq }) => seq),
      Array.from({ length: NEWEST }, (_, i) => 501 + i),
    );
  });
});
