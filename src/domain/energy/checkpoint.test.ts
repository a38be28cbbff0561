import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { bucketsOf, rollUp, type Known } from './buckets';
import { homeCalendar, STEPS } from './calendar';
import { advance, BEGINNING, type Checkpoint } from './checkpoint';
import type { MeterDeclaration, MeterEvent } from './meter';
import { instantOf, type Reading } from './reading';
import { counter, DECLARATION, reading, shuffled, T0, TRACES } from './traces.suite';
import { DAY_MS, HOUR_MS, microWh, MINUTE_MS, mulDiv } from './units';
import { often } from '../../../test/support/often';

/** A service in small: keeps buckets and events, advances reading by reading or in batches. */
class Kept {
  checkpoint: Checkpoint = BEGINNING;
  buckets: readonly Known[] = [];
  events: readonly MeterEvent[] = [];
  constructor(private readonly declaration: MeterDeclaration) {}

  take(readings: readonly Reading[], from = this.checkpoint): void {
    const advanced = advance(this.declaration, from, readings);
    // What is stored is plain data.
    this.checkpoint = JSON.parse(JSON.stringify(advanced.checkpoint)) as Checkpoint;
    if (advanced.from === null) return;
    const start = advanced.from;
    this.buckets = [...this.buckets.filter((bucket) => bucket.start < start), ...advanced.buckets];
    const settled = advanced.settledUntil ?? 0;
    this.events = [
      ...this.events.filter(({ event, at }) => event === 'device.restarted' || at <= settled),
      ...advanced.events,
    ];
  }
}

/** Any meter: rises, stands, falls, jumps, glitches, holes, restarts, gauges before counters, copies. */
const step = fc.record({
  waitMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 60_000, max: 20 * MINUTE_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: HOUR_MS, max: 3 * DAY_MS }) },
  ),
  to: fc.oneof(
    { weight: 8, arbitrary: fc.record({ by: fc.integer({ min: 0, max: 50_000_000 }) }) },
    { weight: 1, arbitrary: fc.record({ by: fc.integer({ min: -200_000_000, max: 0 }) }) },
    { weight: 1, arbitrary: fc.record({ to: fc.constantFrom(0, 7, microWh(5000), microWh(80)) }) },
    { weight: 3, arbitrary: fc.record({ back: fc.constant(true) }) },
  ),
  seqBack: fc.boolean(),
  powerW: fc.option(fc.integer({ min: -2000, max: 26_000 })),
  counts: fc.boolean(),
  timed: fc.boolean(),
});

const anyReadings = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.array(step, { maxLength: 60 }), fc.boolean())
  .map(([gauges, steps, seqs]) => {
    let [at, energy, seq, beforeFall] = [T0 + 12_345, microWh(42), 0, microWh(42)];
    return steps.map(({ waitMs, to, seqBack, powerW, counts, timed }, i): Reading => {
      at += waitMs;
      const before = energy;
      if ('by' in to) energy = Math.max(0, energy + to.by);
      else if ('to' in to) energy = to.to;
      else energy = beforeFall + 1_000_000;
      if (energy < before) beforeFall = before;
      seq = seqBack && i % 7 === 0 ? 0 : seq + 1;
      const isCounted = i >= gauges && (counts || powerW === null);
      return {
        timestamp: timed || !seqs ? at : null,
        receivedAt: at,
        seq: seqs ? seq : null,
        powerW,
        energy: isCounted ? energy : null,
        redelivered: false,
      };
    });
  });

const anyDeclaration = fc.record({
  intervalS: fc.constantFrom(null, 10, 600),
  maxPowerW: fc.constantFrom(null, 9000),
  counterMaxKWh: fc.constantFrom(null, 80.5),
  resetsToZero: fc.boolean(),
});

describe('counting meters', () => {
  it('M6: order and copies change nothing, for any meter', () => {
    fc.assert(
      fc.property(
        anyDeclaration,
        anyReadings,
        fc.integer({ min: 1, max: 1e6 }),
        (declaration, readings, seed) => {
          const timed = readings.filter((one) => one.timestamp !== null || one.seq !== null);
          const once = advance(declaration, BEGINNING, timed);
          const again = advance(declaration, BEGINNING, shuffled(timed, 0.5, seed));
          assert.deepEqual(again.buckets, once.buckets);
          assert.deepEqual(again.events, once.events);
          const { dropped } = again.checkpoint.meter;
          assert.deepEqual(
            { ...dropped, duplicate: 0 },
            { ...once.checkpoint.meter.dropped, duplicate: 0 },
          );
        },
      ),
      { numRuns: often(300) },
    );
  });

  it('reading by reading, and cut anywhere, is the same as all at once, for any meter', () => {
    fc.assert(
      fc.property(
        anyDeclaration,
        anyReadings,
        fc.integer({ min: 1, max: 9 }),
        (declaration, readings, size) => {
          const whole = advance(declaration, BEGINNING, readings);
          const kept = new Kept(declaration);
          for (let i = 0; i < readings.length; i += size) kept.take(readings.slice(i, i + size));
          assert.deepEqual(kept.buckets, whole.buckets);
          assert.deepEqual(kept.events, whole.events);
          assert.deepEqual(kept.checkpoint, JSON.parse(JSON.stringify(whole.checkpoint)));
        },
      ),
      { numRuns: often(500) },
    );
  });

  it('M1: a glitch that is undone an hour later takes back what was written since', () => {
    const values = [
      359.067,
      359.07,
      0,
      ...Array.from({ length: 6 }, (_, i) => i / 100),
      359.2,
      359.21,
    ];
    const readings = counter(values, 10 * MINUTE_MS, T0 + 1000);
    const kept = new Kept(DECLARATION);
    for (const one of readings) kept.take([one]);
    assert.equal(
      kept.buckets.reduce((sum, { energy }) => sum + energy, 0),
      microWh(0.143),
    );
    assert.deepEqual(kept.buckets, advance(DECLARATION, BEGINNING, readings).buckets);
    assert.deepEqual(kept.events, []);
  });

  it('M6: a late reading, counted from an earlier checkpoint, gives what order would have given', () => {
    fc.assert(
      fc.property(anyDeclaration, anyReadings, fc.nat(), fc.nat(), (declaration, all, a, b) => {
        const readings = all.map((one) => ({ ...one, timestamp: instantOf(one) }));
        if (readings.length < 2) return;
        const late = a % readings.length;
        const cut = b % (late + 1);
        const kept = new Kept(declaration);
        kept.take(readings.slice(0, cut));
        const earlier = kept.checkpoint;
        kept.take(readings.slice(cut).filter((_, i) => i + cut !== late));
        kept.take(readings.slice(cut), earlier);
        const whole = advance(declaration, BEGINNING, readings);
        assert.deepEqual(kept.buckets, whole.buckets);
        assert.deepEqual(kept.checkpoint.meter, whole.checkpoint.meter);
      }),
      { numRuns: often(300) },
    );
  });

  it('M1, M3, M4: for any meter energy is whole and never negative, slices are cut exactly, days add up to months', () => {
    fc.assert(
      fc.property(
        anyDeclaration,
        anyReadings,
        fc.constantFrom('Africa/Lome', 'Europe/Paris', 'Asia/Kolkata', 'Australia/Lord_Howe'),
        (declaration, readings, zone) => {
          const { slices, buckets } = advance(declaration, BEGINNING, readings);
          let last = -Infinity;
          for (const { from, to, energy } of slices) {
            assert.ok(Number.isSafeInteger(energy) && energy >= 0 && from >= last && to > from);
            last = to;
          }
          const sum = slices.reduce((total, { energy }) => total + energy, 0);
          const coveredMs = slices.reduce((total, { from, to }) => total + to - from, 0);
          const calendar = homeCalendar(zone);
          let finer: readonly Known[] = buckets;
          for (const size of STEPS) {
            finer = rollUp(finer, calendar, size);
            assert.equal(
              finer.reduce((total, { energy }) => total + energy, 0),
              sum,
            );
            assert.equal(
              finer.reduce((total, bucket) => total + bucket.coveredMs, 0),
              coveredMs,
            );
            for (const bucket of finer) assert.ok(bucket.coveredMs <= bucket.end - bucket.start);
            assert.deepEqual(finer, rollUp(buckets, calendar, size));
          }
        },
      ),
      { numRuns: often(200) },
    );
  });

  it('M6: 10,000 readings shuffled with 20 % copies give the same, in well under a second', () => {
    const readings = Array.from({ length: 10_000 }, (_, i) =>
      reading({ at: T0 + i * 80_000, kWh: 100 + i * 0.01 + (i % 900 === 0 ? -0.4 : 0), seq: i }),
    );
    const inOrder = advance(DECLARATION, BEGINNING, readings);
    const mixed = shuffled(readings, 0.2);
    assert.ok(mixed.length > 11_500);
    const begun = performance.now();
    const again = advance(DECLARATION, BEGINNING, mixed);
    const tookMs = performance.now() - begun;
    assert.deepEqual(again.buckets, inOrder.buckets);
    assert.equal(again.checkpoint.meter.dropped.duplicate, mixed.length - 10_000);
    assert.ok(tookMs < 1000, `${tookMs} ms`);
  });

  it('stays small: a checkpoint after a day of readings is less than 2 kB', () => {
    for (const trace of TRACES) {
      const { checkpoint } = advance(
        { ...DECLARATION, ...trace.declaration },
        BEGINNING,
        trace.readings,
      );
      assert.ok(JSON.stringify(checkpoint).length < 2000, trace.name);
    }
  });

  it('refuses a reading from before its checkpoint', () => {
    const { checkpoint } = advance(DECLARATION, BEGINNING, counter([1, 2]));
    assert.throws(() => advance(DECLARATION, checkpoint, counter([1])), RangeError);
  });

  it('M3: a hole in a counter is recovered, the rest measured, and what is missing has no bucket', () => {
    const { slices } = advance(
      DECLARATION,
      BEGINNING,
      counter([1, 1.01, null, null, null, null, null, null, 1.08]),
    );
    assert.deepEqual(
      slices.map(({ quality }) => quality),
      ['measured', 'recovered'],
    );
    const gauge = [reading({ at: T0, powerW: 1000 }), reading({ at: T0 + HOUR_MS, powerW: 1000 })];
    const { buckets } = advance(DECLARATION, BEGINNING, gauge);
    assert.deepEqual(
      buckets.map(({ start }) => (start - T0) / MINUTE_MS),
      [0, 60],
    );
  });

  it('M3: a power is held up to now, not into the future', () => {
    const [first] = [reading({ at: T0, powerW: 1000 })];
    const now = advance(DECLARATION, BEGINNING, [first], T0 + MINUTE_MS);
    assert.equal(now.buckets[0]?.coveredMs, MINUTE_MS);
    const later = advance(DECLARATION, now.checkpoint, [], T0 + HOUR_MS);
    assert.equal(later.buckets[0]?.coveredMs, 5 * MINUTE_MS);
  });

  it('M3: negative power is measured as 0', () => {
    const { buckets } = advance(DECLARATION, BEGINNING, [reading({ at: T0, powerW: -500 })]);
    assert.equal(buckets[0]?.energy, 0);
    assert.equal(buckets[0].quality, 'measured');
  });

  it('shares are exact where binary fractions are not', () => {
    const [a, b, c] = [8_999_999_096_131_796, 43_032_156, 60_821_926] as const;
    assert.equal(BigInt(mulDiv(a, b, c)), (BigInt(a) * BigInt(b)) / BigInt(c));
  });

  it('a slice cut at 5 minutes adds up to itself, whatever its length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 * DAY_MS }),
        fc.integer({ min: 0, max: 9e15 }),
        (length, energy) => {
          const slice = {
            from: T0 + 77,
            to: T0 + 77 + length,
            energy,
            quality: 'recovered',
            method: 'counter',
          } as const;
          const parts = bucketsOf([slice]);
          assert.equal(
            parts.reduce((sum, part) => sum + BigInt(part.energy), 0n),
            BigInt(energy),
          );
          const exact = (part: Known) => (energy / length) * part.coveredMs;
          for (const part of parts)
            assert.ok(Math.abs(part.energy - exact(part)) <= 1 + energy * 1e-15);
        },
      ),
      { numRuns: often(50) },
    );
  });
});
