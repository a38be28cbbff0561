import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FIVE_MINUTES_MS, homeCalendar } from './calendar';
import { csvField, FRENCH_CSV, historyCsv } from './csv';
import {
  canonical,
  packBuckets,
  packReadings,
  setOf,
  unpackBuckets,
  unpackReadings,
} from './packs';
import type { Rated } from './cost';
import { instantOf, type Reading } from './reading';
import { QUALITIES } from './slice';
import { HOUR_MS } from './units';

const START = Date.parse('2026-03-29T08:00:00Z');

const instant = fc.integer({ min: START, max: START + HOUR_MS - 1 });
const reading: fc.Arbitrary<Reading> = fc
  .record(
    {
      timestamp: fc.option(instant),
      receivedAt: instant,
      seq: fc.option(fc.nat()),
      powerW: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })),
      energy: fc.option(fc.integer({ min: 0, max: 9e15 })),
      redelivered: fc.boolean(),
    },
    { noNullPrototype: true },
  )
  // Minus zero is no other number, and JSON does not know it.
  .map((one) => canonical({ ...one, powerW: one.powerW === null ? null : one.powerW + 0 }));

const bucket: fc.Arbitrary<Omit<Rated, 'start' | 'end'>> = fc.record(
  {
    energy: fc.integer({ min: 0, max: 9e12 }),
    coveredMs: fc.integer({ min: 1, max: FIVE_MINUTES_MS }),
    quality: fc.constantFrom(...QUALITIES),
    cost: fc.oneof(
      fc.constantFrom(null, 'mixed' as const),
      fc.record(
        {
          energyCost: fc.bigInt({ min: 0n, max: 10n ** 24n }),
          currency: fc.constantFrom('XOF', 'EUR'),
          tariff: fc.constantFrom('2020-01-01', '2026-03-29T08:30:00Z'),
        },
        { noNullPrototype: true },
      ),
    ),
  },
  { noNullPrototype: true },
);

describe('packs', () => {
  it('hold readings: out comes what went in, in order and once', () => {
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        const set = setOf([...readings, ...readings]);
        assert.deepEqual(unpackReadings(packReadings(set, START), START), set);
        const reversed = setOf([...readings].reverse());
        assert.equal(packReadings(reversed, START), packReadings(set, START));
        assert.ok(set.every((one) => instantOf(one) >= START));
      }),
    );
  });

  it('hold buckets, with or without cost and gaps', () => {
    const slots = fc.array(fc.tuple(fc.nat(3), bucket), { maxLength: 12 });
    fc.assert(
      fc.property(slots, (some) => {
        let start = START;
        const buckets = some.map(([skipped, one]) => {
          start += skipped * FIVE_MINUTES_MS;
          const placed = { ...one, start, end: start + FIVE_MINUTES_MS };
          start = placed.end;
          return placed;
        });
        const pack = packBuckets(buckets, START, FIVE_MINUTES_MS);
        assert.deepEqual(unpackBuckets(pack, START, FIVE_MINUTES_MS), buckets);
      }),
    );
  });

  it('are short: an hour of a reading a minute in 950 characters, also with one missing', () => {
    const readings = Array.from({ length: 60 }, (_, i): Reading => {
      const at = START + 4000 + i * 60_000;
      const shown = { powerW: 300 + i / 2, energy: 1_000_000_000 * (1000 + i) };
      return { timestamp: at, receivedAt: at, seq: i, redelivered: false, ...shown };
    }).filter((_, i) => i !== 30);
    const packed = packReadings(readings, START);
    assert.ok(packed.length < 950, String(packed.length));
    assert.deepEqual(unpackReadings(packed, START), readings);
  });

  it('are short: an hour of 5-minute buckets in 110 characters', () => {
    const hour = Array.from({ length: 12 }, (_, i) => ({
      start: START + i * FIVE_MINUTES_MS,
      end: START + (i + 1) * FIVE_MINUTES_MS,
      ...{ energy: 83_333_333 + i, coveredMs: FIVE_MINUTES_MS, quality: 'measured' as const },
      cost: null,
    }));
    assert.ok(packBuckets(hour, START, FIVE_MINUTES_MS).b.length <= 110);
  });
});

describe('CSV', () => {
  const point = { timestamp: '2026-03-29T08:00:00.000Z', coverage: 0.5 };
  const points = [
    { ...point, consumption: 0.412, cost: 0.1, currency: 'EUR', quality: 'measured' as const },
    { ...point, consumption: null, cost: null, coverage: 0, quality: 'missing' as const },
    {
      ...{ ...point, consumption: 1, cost: null, quality: 'measured' as const },
      costReason: 'mixed-currencies' as const,
    },
  ];
  const paris = homeCalendar('Europe/Paris');

  it('of a history has a line a slot, what is not known left empty', () => {
    assert.deepEqual(historyCsv(points, 'XOF', paris).split('\r\n'), [
      'timestamp,consumption,cost,currency,coverage,quality,localTime,costReason',
      '2026-03-29T08:00:00.000Z,0.412,0.1,EUR,0.5,measured,2026-03-29 10:00,',
      '2026-03-29T08:00:00.000Z,,,XOF,0,missing,2026-03-29 10:00,',
      '2026-03-29T08:00:00.000Z,1,,,0.5,measured,2026-03-29 10:00,mixed-currencies',
      '',
    ]);
  });

  it('opens in a French spreadsheet: ; between fields, decimal commas, a byte order mark', () => {
    assert.deepEqual(historyCsv(points.slice(0, 1), 'XOF', paris, FRENCH_CSV).split('\r\n'), [
      '\uFEFFtimestamp;consumption;cost;currency;coverage;quality;localTime;costReason',
      '2026-03-29T08:00:00.000Z;0,412;0,1;EUR;0,5;measured;2026-03-29 10:00;',
      '',
    ]);
    assert.equal(csvField(0.5, { separator: ',', decimal: ',' }), '"0,5"');
    assert.equal(csvField('a;b', FRENCH_CSV), '"a;b"');
  });

  it('S20: is no formula in a spreadsheet', () => {
    const fields = ['=1+1', '@SUM(A1)', '-2', '+3', '\t=1', 'a,b', 'say "hi"', 'plain'];
    assert.deepEqual(
      fields.map((field) => csvField(field)),
      ["'=1+1", "'@SUM(A1)", "'-2", "'+3", "'\t=1", '"a,b"', '"say ""hi"""', 'plain'],
    );
    assert.equal(csvField(-2), '-2');
  });
});
