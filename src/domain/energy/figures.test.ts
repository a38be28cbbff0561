import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { consumption, energyStats, historyPoint, historyQuery } from '../../contract/energy';
import { DEFAULT_TARIFF, type Tariff } from '../../contract/tariff';
import { homeCalendar } from './calendar';
import {
  comparedMonths,
  consumptionFigures,
  deviceFigures,
  homePowerNow,
  powerNow,
  statsFigures,
  statsSpan,
} from './figures';
import { forecast, FORECAST_NEEDS_A_WEEK } from './forecast';
import { historyPoints, historyRange } from './history';
import type { Rated } from './cost';
import { rate, rollUpRated } from './rating';
import { homeTariff } from './tariff';
import { DAY_MS, HOUR_MS, microWh, MINUTE_MS } from './units';
import { often } from '../../../test/support/often';

const lome = homeCalendar('Africa/Lome');
const flat = homeTariff(DEFAULT_TARIFF, lome);
const NOW = Date.parse('2026-05-20T15:30:00Z'); // a Wednesday
const TODAY = Date.parse('2026-05-20T00:00:00Z');

/** Hourly buckets from a time on, as much as `kWhAt` says, up to NOW. */
function hours(
  from: number,
  kWhAt: (at: number) => number | null,
  tariff = flat,
  until = NOW,
): readonly Rated[] {
  const buckets = tariff.calendar.slots('hour', from, until).flatMap((slot) => {
    const energy = kWhAt(slot.start);
    const coveredMs = Math.min(slot.end, until) - slot.start;
    return energy === null
      ? []
      : [{ ...slot, energy: microWh(energy), coveredMs, quality: 'measured' as const }];
  });
  return rate(buckets, tariff).rated;
}

describe('consumption', () => {
  it('of an empty home is null, and stable', () => {
    const figures = consumptionFigures(null, [], flat, NOW);
    assert.deepEqual(consumption.parse(figures), {
      current: null,
      today: null,
      cost: null,
      trend: 'stable',
      trendPercentage: null,
    });
  });

  it('after an hour of data has nothing to compare', () => {
    const figures = consumptionFigures(
      1234.4,
      hours(NOW - HOUR_MS, () => 0.5),
      flat,
      NOW,
    );
    assert.deepEqual(figures, {
      current: 1.234,
      today: 1,
      cost: 200,
      currency: 'XOF',
      trend: 'stable',
      trendPercentage: null,
    });
  });

  for (const [name, today, trend, trendPercentage] of [
    ['more', 1.2, 'up', 20],
    ['less', 0.5, 'down', 50],
    ['4.9 % more', 1.049, 'stable', 4.9],
    ['5 % more', 1.05, 'up', 5],
  ] as const) {
    it(`that is ${name} than in the same hours of the last 7 days is ${trend}`, () => {
      // The evenings of the days before weigh a lot, and don't tell.
      const past = (at: number) => (at >= TODAY ? today : lome.hour(at) > 15 ? 9 : 1);
      const figures = consumptionFigures(0, hours(TODAY - 10 * DAY_MS, past), flat, NOW);
      assert.equal(figures.trend, trend);
      assert.equal(figures.trendPercentage, trendPercentage);
    });
  }

  it('leaves the running hour out of the trend, however far it is', () => {
    const now = NOW + 27 * MINUTE_MS;
    const known = hours(TODAY - 7 * DAY_MS, (at) => (now - at < HOUR_MS ? 50 : 1), flat, now);
    assert.equal(consumptionFigures(0, known, flat, now).trendPercentage, 0);
  });

  it('now is the last power while it is good, else the mean of the last counter rise', () => {
    const rise = {
      from: NOW - MINUTE_MS,
      to: NOW - 30_000,
      energy: microWh(0.01),
      quality: 'measured',
      method: 'counter',
    } as const;
    const power = (at: number) => ({ power: { at, powerW: 500 }, rise });
    assert.equal(powerNow({ intervalS: 10 }, power(NOW - 30_000), NOW), 500);
    assert.equal(powerNow({ intervalS: 10 }, power(NOW - 31_000), NOW), 1200);
    assert.equal(powerNow({ intervalS: 10 }, { power: null, rise }, NOW + MINUTE_MS), null);
    assert.equal(
      homePowerNow([
        { main: false, powerW: 5 },
        { main: false, powerW: null },
        { main: false, powerW: 7 },
      ]),
      12,
    );
    assert.equal(
      homePowerNow([
        { main: true, powerW: null },
        { main: false, powerW: 7 },
      ]),
      null,
    );
    assert.equal(homePowerNow([]), null);
  });
});

describe('history', () => {
  for (const [period, count, step] of [
    ['24h', 24, 'hour'],
    ['7d', 7, 'day'],
    ['30d', 30, 'day'],
    ['12m', 12, 'month'],
  ] as const) {
    it(`of ${period} has ${count} points, oldest first, null where nothing is known`, () => {
      for (const zone of ['Africa/Lome', 'Europe/Paris', 'Asia/Kolkata']) {
        const calendar = homeCalendar(zone);
        for (const now of [
          NOW,
          Date.parse('2026-03-29T12:00:00Z'),
          Date.parse('2026-10-25T12:00:00Z'),
        ]) {
          const range = historyRange({ period }, now, calendar);
          assert.equal(range.step, step);
          const points = historyPoints(range, [], homeTariff(DEFAULT_TARIFF, calendar), now);
          assert.equal(points.length, count);
          assert.deepEqual(
            points.map(({ timestamp }) => timestamp).toSorted(),
            points.map(({ timestamp }) => timestamp),
          );
          assert.ok(points.at(-1)!.timestamp <= new Date(now).toISOString());
          for (const point of points) {
            assert.deepEqual(historyPoint.parse(point), {
              ...point,
              consumption: null,
              cost: null,
              coverage: 0,
              quality: 'missing',
            });
          }
        }
      }
    });
  }

  it('of a range has every slot that has a part in it', () => {
    const range = historyRange(
      { from: '2026-05-01T00:00:00Z', to: '2026-05-03T00:00:01Z', step: 'day' },
      NOW,
      lome,
    );
    assert.equal(range.slots.length, 3);
  });

  it('takes a period or a range, not both, and says so', () => {
    const from = '2026-05-01T00:00:00Z';
    for (const query of [
      {},
      { period: '7d' },
      { from, to: from },
      { from, to: from, step: '5m' },
    ]) {
      assert.ok(historyQuery.safeParse(query).success, JSON.stringify(query));
    }
    for (const query of [
      { from },
      { to: from },
      { step: 'day' },
      { period: '7d', from, to: from },
      { period: '1h' },
    ]) {
      assert.ok(!historyQuery.safeParse(query).success, JSON.stringify(query));
    }
    assert.equal(historyRange({}, NOW, lome).slots.length, 7);
  });

  it('S24: of a range turned round, or of too many points, is refused', () => {
    const from = '2026-05-01T00:00:00Z';
    assert.throws(() => historyRange({ from, to: from, step: 'day' }, NOW, lome), {
      code: 'INPUT_INVALID',
    });
    assert.throws(
      () => historyRange({ from, to: '2036-05-01T00:00:00Z', step: 'hour' }, NOW, lome),
      { code: 'INPUT_INVALID' },
    );
  });

  it('M4, M5: days add up to their month, in kWh and in money, with the monthly fee', () => {
    const tariff: Tariff = {
      currency: 'XOF',
      versions: [{ validFrom: '2020-01-01', kind: 'flat', price: '199.37', monthlyFee: '1234' }],
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9_999_999 }), { minLength: 31, maxLength: 31 }),
        (energies) => {
          const home = homeTariff(tariff, lome);
          const start = Date.parse('2026-03-01T00:00:00Z');
          const daily = rollUpRated(
            hours(
              start,
              (at) => (energies[Math.floor((at - start) / DAY_MS)] ?? 0) / 1e7,
              home,
              start + 31 * DAY_MS,
            ),
            lome,
            'day',
          );
          const between = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
          const points = historyPoints(
            historyRange({ ...between, step: 'day' }, NOW, lome),
            daily,
            home,
            NOW,
          );
          const [month] = historyPoints(
            historyRange({ ...between, step: 'month' }, NOW, lome),
            rollUpRated(daily, lome, 'month'),
            home,
            NOW,
          );
          const sum = (name: 'consumption' | 'cost') =>
            points.reduce((total, point) => total + (point[name] ?? 0), 0);
          assert.equal(points.length, 31);
          assert.equal(Number(sum('consumption').toFixed(3)), month?.consumption);
          assert.equal(sum('cost'), month?.cost);
          assert.equal(month?.coverage, 1);
        },
      ),
      { numRuns: often(20) },
    );
  });
});

describe('stats', () => {
  const span = statsSpan('month', NOW, lome);

  it('of an empty home are null', () => {
    const stats = statsFigures(span, [], flat, NOW);
    assert.deepEqual(new Set(Object.values(energyStats.parse(stats))), new Set([null]));
  });

  it('tell totals, the average day, the peak hour, and the month before', () => {
    const [last] = comparedMonths(NOW, lome);
    // 10 kWh a day in April; 12 in May, half of it at 19:00.
    const known = hours(
      last.start,
      (at) => {
        if (at < span.start) return 10 / 24;
        return lome.hour(at) === 19 ? 6 : 6 / 23;
      },
      flat,
      TODAY,
    );
    const stats = statsFigures(span, known, flat, NOW);
    assert.deepEqual(energyStats.parse(stats), {
      totalConsumption: 228,
      totalCost: 45_600,
      currency: 'XOF',
      averageDaily: 12,
      comparedToLastMonth: 20,
      peakHour: '19:00',
      peakConsumption: 6,
      // Peak are 07, 08, 18, 19 and 20.
      efficiency: Math.round((1 - (6 + (4 * 6) / 23) / 12) * 1000) / 10,
    });
  });

  it('take the peak hours from a tariff with bands: those at the dearest price', () => {
    const bands = [
      { name: 'creuses', days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '12:00', price: '50' },
    ];
    const tariff = homeTariff(
      {
        currency: 'XOF',
        versions: [{ validFrom: '2020-01-01', kind: 'tou', price: '100', bands }],
      },
      lome,
    );
    const stats = statsFigures(
      span,
      hours(span.start, (at) => (lome.hour(at) < 12 ? 3 : 1), tariff, TODAY),
      tariff,
      NOW,
    );
    assert.equal(stats.efficiency, 75);
  });

  it('know day, week, month and year', () => {
    const starts = (['day', 'week', 'month', 'year'] as const).map((period) =>
      new Date(statsSpan(period, NOW, lome).start).toISOString().slice(0, 10),
    );
    assert.deepEqual(starts, ['2026-05-20', '2026-05-18', '2026-05-01', '2026-01-01']);
  });
});

describe('devices', () => {
  it('percentages add up to exactly 100 and costs to the whole, whatever was used', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 40 }),
        (energies) => {
          const shares = deviceFigures(
            energies.map((energy, deviceId) => ({
              device: 'x',
              deviceId: deviceId + 1,
              energy,
              cost: {
                ...{ amount: BigInt(energy) * 200_000_000n, currency: 'XOF', reason: null },
              },
            })),
          );
          const sum = shares.reduce(
            (total, { percentage }) => total + Math.round(percentage * 10),
            0,
          );
          assert.equal(sum, energies.some((energy) => energy > 0) ? 1000 : 0);
          const total = energies.reduce((all, energy) => all + energy, 0);
          assert.equal(
            shares.reduce((all, { cost }) => all + (cost ?? 0), 0),
            Math.floor((total * 200) / 1e9 + 0.5),
          );
        },
      ),
    );
  });

  it('leave out what was not measured, and go from most to least', () => {
    const use = (deviceId: number, energy: number | null) => ({
      device: `d${deviceId}`,
      deviceId,
      energy,
      cost: { amount: 0n, currency: 'XOF', reason: null },
    });
    const shares = deviceFigures([use(1, microWh(1)), use(2, null), use(3, microWh(2))]);
    assert.deepEqual(
      shares.map(({ deviceId, percentage }) => [deviceId, percentage]),
      [
        [3, 66.7],
        [1, 33.3],
      ],
    );
  });
});

describe('forecast', () => {
  const none = { month: 0, energy: 0 };

  it('with less than a week of data is null, with a reason', () => {
    const known = hours(TODAY - 6 * DAY_MS, () => 1);
    const { reason, ...figures } = forecast(known, flat, NOW, none);
    assert.equal(reason, FORECAST_NEEDS_A_WEEK);
    assert.deepEqual(new Set(Object.values(figures)), new Set([null]));
  });

  it('of a home that does the same each day is that, with full confidence', () => {
    const known = hours(TODAY - 7 * DAY_MS, (at) => (lome.hour(at) === 19 ? 2 : 0.5));
    const figures = forecast(known, flat, NOW, none);
    assert.deepEqual(figures, {
      nextDay: 13.5,
      nextWeek: 94.5,
      nextMonth: 405,
      estimatedCost: 81_000,
      currency: 'XOF',
      confidence: 100,
      reason: null,
    });
  });

  it('learns weekdays: a weekend that uses three times as much is forecast so', () => {
    const known = hours(TODAY - 56 * DAY_MS, (at) => (lome.weekday(at) >= 5 ? 3 : 1));
    const figures = forecast(known, flat, NOW, none);
    assert.equal(figures.nextDay, 24);
    assert.equal(figures.nextWeek, 5 * 24 + 2 * 72);
    assert.equal(figures.confidence, 100);
  });

  it('of a home that is erratic is less sure than of one that is regular', () => {
    const erratic = (at: number) => 0.2 + 3 * Math.abs(Math.sin(Math.floor(at / DAY_MS) * 12.9898));
    const sure = forecast(
      hours(TODAY - 40 * DAY_MS, (at) => 1 + 0.1 * Math.sin(at)),
      flat,
      NOW,
      none,
    ).confidence!;
    const unsure = forecast(hours(TODAY - 40 * DAY_MS, erratic), flat, NOW, none).confidence!;
    assert.ok(sure > 95 && unsure < 80 && unsure >= 0, `${sure} ${unsure}`);
  });

  it('counts tranches on from what the month has used', () => {
    const tranches = homeTariff(
      {
        currency: 'XOF',
        versions: [
          {
            validFrom: '2020-01-01',
            kind: 'tranches',
            tranches: [{ upTo: 1000, price: '0' }, { price: '1000' }],
          },
        ],
      },
      lome,
    );
    const known = hours(TODAY - 14 * DAY_MS, () => 1, tranches);
    const cost = (used: number) =>
      forecast(known, tranches, NOW, { month: lome.startOf('month', NOW), energy: microWh(used) })
        .estimatedCost;
    assert.equal(cost(0), 0);
    // All of the rest of May, from tomorrow on, is above; June begins anew.
    assert.equal(cost(1000), 11 * 24 * 1000);
  });
});
