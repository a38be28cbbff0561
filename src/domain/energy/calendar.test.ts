import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { describe, it } from 'mocha';
import { estimate } from './slice';
import { bucketsOf, coverageOf, isKnown, missing, rollUp } from './buckets';
import { homeCalendar } from './calendar';
import { homeTotal } from './home-total';
import { T0 } from './traces.suite';
import { HOUR_MS, kWh, microWh, MINUTE_MS } from './units';

describe('home time', () => {
  const lengths: readonly (readonly [string, string, number])[] = [
    ['Africa/Lome', '2026-03-29', 24],
    ['Africa/Lome', '2026-10-25', 24],
    ['Europe/Paris', '2026-03-29', 23],
    ['Europe/Paris', '2026-10-25', 25],
    ['Europe/Paris', '2026-06-01', 24],
    ['Asia/Kolkata', '2026-03-29', 24],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Africa/Cairo', '2026-04-24', 23],
  ];
  for (const [zone, date, hours] of lengths) {
    it(`M4: ${date} in ${zone} has ${hours} h`, () => {
      const calendar = homeCalendar(zone);
      const start = calendar.dateStart(date);
      const end = calendar.next('day', start);
      assert.equal((end - start) / HOUR_MS, hours);
      const slots = calendar.slots('hour', start, end);
      assert.equal(slots[0]?.start, start);
      assert.equal(slots.at(-1)?.end, end);
      assert.equal(slots.length, Math.ceil(hours));
    });
  }

  it('M4: agrees with luxon on every hour, day and month of a year', () => {
    for (const zone of ['Europe/Paris', 'Asia/Kolkata', 'America/Santiago']) {
      const calendar = homeCalendar(zone);
      const end = Date.UTC(2027, 0, 2);
      for (let at = Date.UTC(2026, 0, 1); at < end; at += 3.7 * HOUR_MS) {
        const local = DateTime.fromMillis(at, { zone });
        assert.equal(calendar.hour(at), local.hour);
        assert.equal(calendar.weekday(at), local.weekday - 1);
        for (const step of ['hour', 'day', 'month'] as const) {
          const start = calendar.startOf(step, at);
          assert.equal(start, local.startOf(step).toMillis(), `${step} of ${local.toISO() ?? ''}`);
          const next = calendar.next(step, at);
          assert.ok(next > at && calendar.startOf(step, next - 1) === start);
        }
      }
    }
  });

  it('M4: slots follow each other without a gap, also where the clock goes back over midnight', () => {
    const calendar = homeCalendar('America/St_Johns');
    for (const step of ['hour', 'day', 'month'] as const) {
      const end = Date.UTC(2008, 10, 4);
      for (let at = Date.UTC(2008, 10, 1); at < end; at += 7 * MINUTE_MS) {
        const [start, next] = [calendar.startOf(step, at), calendar.next(step, at)];
        assert.ok(start <= at && next > at, `${step} ${new Date(at).toISOString()}`);
        assert.equal(calendar.startOf(step, next), next);
        assert.equal(calendar.next(step, next - 1), next);
      }
    }
  });

  it('refuses a zone nobody knows', () => {
    assert.throws(() => homeCalendar('Africa/Atlantis'), RangeError);
  });
});

describe('buckets', () => {
  it('M3: what is missing is null, never 0', () => {
    const { energy, quality, ...rest } = missing({ start: 0, end: 1 });
    assert.equal(energy, null);
    assert.equal(quality, 'missing');
    assert.equal(coverageOf({ energy, quality, ...rest }), 0);
  });

  it('an hour of which half is known says so, with the weakest quality', () => {
    const slices = [
      { from: T0, to: T0 + 10 * MINUTE_MS, energy: 5, quality: 'measured', method: 'counter' },
      {
        from: T0 + 10 * MINUTE_MS,
        to: T0 + 30 * MINUTE_MS,
        energy: 6,
        quality: 'recovered',
        method: 'counter',
      },
    ] as const;
    const [hour] = rollUp(bucketsOf(slices), homeCalendar('Africa/Lome'), 'hour');
    assert.ok(hour);
    assert.equal(hour.energy, 11);
    assert.equal(hour.quality, 'recovered');
    assert.equal(coverageOf(hour), 0.5);
  });

  it('a device without meter is estimated by its nominal power while on', () => {
    const slices = estimate(
      [
        { at: T0 + 2 * HOUR_MS, powerW: 0 },
        { at: T0, powerW: 60 },
        { at: T0 + 3 * HOUR_MS, powerW: null },
        { at: T0 + 4 * HOUR_MS, powerW: 60 },
      ],
      T0 + 5 * HOUR_MS,
    );
    const [day] = rollUp(bucketsOf(slices), homeCalendar('Africa/Lome'), 'day');
    assert.ok(day);
    assert.equal(kWh(day.energy), 0.18);
    assert.equal(day.quality, 'estimated');
    assert.equal(day.coveredMs, 4 * HOUR_MS);
  });
});

describe('the home in all', () => {
  const slots = [0, 1, 2].map((i) => ({ start: T0 + i * HOUR_MS, end: T0 + (i + 1) * HOUR_MS }));
  const source = (energies: readonly (number | null)[], main = false, since = 0) => ({
    main,
    since,
    buckets: slots.map((slot, i) => {
      const energy = energies[i] ?? null;
      return energy === null
        ? missing(slot)
        : { ...slot, energy: microWh(energy), coveredMs: HOUR_MS, quality: 'measured' as const };
    }),
  });
  const energies = (...sources: Parameters<typeof homeTotal>[1]) =>
    homeTotal(slots, sources).map(({ energy }) => energy && kWh(energy));

  it('M3: is the main meter alone, and null where that is missing, never a mix', () => {
    assert.deepEqual(energies(source([5, null, 7], true), source([1, 1, 1])), [5, null, 7]);
  });

  it('M3: is the sum where there is no main meter; a silent meter shows as less coverage', () => {
    const total = homeTotal(slots, [source([1, null, null]), source([2, 2, null])]);
    assert.deepEqual(
      total.map(({ energy }) => energy && kWh(energy)),
      [3, 2, null],
    );
    assert.deepEqual(total.map(coverageOf), [1, 0.5, 0]);
    assert.deepEqual(total.map(isKnown), [true, true, false]);
  });

  it('does not miss a meter that was not there yet', () => {
    const young = source([null, null, 1], false, T0 + 2 * HOUR_MS);
    assert.deepEqual(homeTotal(slots, [source([1, 1, 1]), young]).map(coverageOf), [1, 1, 1]);
  });

  it('of two main meters (phases) the sum, null where one is missing', () => {
    assert.deepEqual(
      energies(source([1, 1, 1], true), source([2, null, 2], true), source([9, 9, 9])),
      [3, null, 3],
    );
  });

  it('of nothing is null', () => assert.deepEqual(energies(), [null, null, null]));
});
