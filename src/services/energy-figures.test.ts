import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import {
  consumption,
  deviceEnergy,
  energyForecast,
  energyStats,
  historyPoint,
  HISTORY_PERIODS,
  STATS_PERIODS,
} from '../contract/energy';
import type { Tariff } from '../contract/tariff';
import { often } from '../../test/support/often';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const TRANCHES: Tariff = {
  currency: 'XOF',
  versions: [
    {
      validFrom: '2020-01-01',
      kind: 'tranches',
      tranches: [{ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }],
    },
  ],
};
const flat = (price: string): Tariff => ({
  currency: 'XOF',
  versions: [{ validFrom: '2020-01-01', kind: 'flat', price }],
});

describe('energy figures', () => {
  let rig: EnergyRig;
  const open = async (...options: Parameters<typeof EnergyRig.open>) => {
    await rig.remove();
    rig = await EnergyRig.open(...options);
  };
  beforeEach(async () => {
    rig = await EnergyRig.open();
  });
  afterEach(() => rig.remove());

  /** A meter that told its counter in the past, rising evenly. */
  function past(
    meter: number,
    from: string,
    kWh: number,
    hours: number,
    everyMs = HOUR_MS,
    begin = 10,
  ): void {
    const start = Date.parse(from);
    const steps = (hours * HOUR_MS) / everyMs;
    for (let i = 0; i <= steps; i += 1) {
      rig.say(meter, { energy: begin + (kWh * i) / steps, timestamp: start + i * everyMs, seq: i });
    }
  }

  async function shapes(): Promise<void> {
    consumption.parse(await rig.figures.consumption());
    const lengths = { '24h': 24, '7d': 7, '30d': 30, '12m': 12 };
    for (const period of HISTORY_PERIODS) {
      const points = await rig.figures.history({ period });
      assert.equal(points.length, lengths[period]);
      for (const point of points) historyPoint.parse(point);
      const times = points.map(({ timestamp }) => timestamp);
      assert.deepEqual(times, [...times].sort());
    }
    for (const period of STATS_PERIODS) {
      energyStats.parse(await rig.figures.stats(period));
      const devices = await rig.figures.devices(period);
      for (const device of devices) deviceEnergy.parse(device);
      const total = devices.reduce((sum, { percentage }) => sum + Math.round(percentage * 10), 0);
      assert.ok(total === 1000 || devices.every(({ consumption: kWh }) => kWh === 0));
    }
    energyForecast.parse(await rig.figures.forecast());
  }

  it('have their shapes on an empty home: null, and never 0', async () => {
    await shapes();
    assert.deepEqual(await rig.figures.consumption(), {
      current: null,
      today: null,
      cost: null,
      trend: 'stable',
      trendPercentage: null,
    });
    const [point] = await rig.figures.history({});
    assert.deepEqual([point?.consumption, point?.cost, point?.coverage], [null, null, 0]);
    assert.deepEqual(await rig.figures.devices('month'), []);
    const { reason, ...figures } = await rig.figures.forecast('en');
    assert.deepEqual(new Set(Object.values(figures)), new Set([null]));
    assert.match(reason ?? '', /7 days/);
  });

  it('have their shapes on an hour of data', async () => {
    const meter = await rig.meter();
    for (let i = 0; i <= 60; i += 1) {
      rig.say(meter, { energy: 10 + i / 60, power: 1000 });
      await rig.clock.advance(MINUTE_MS);
    }
    await shapes();
    const { current, today, cost } = await rig.figures.consumption();
    assert.deepEqual([current, today, cost], [1, 1, 200]);
  });

  it('have their shapes on two years of data, and answer at once', async () => {
    await open({ start: '2025-03-02T12:00:00Z' });
    const meter = await rig.meter();
    // As a gateway tells a long past: in order, at most 400 days old when it comes.
    past(meter, '2024-03-02T00:00:00Z', 8760, 365 * 24);
    await rig.restart('2026-03-02T12:00:00Z');
    past(meter, '2025-03-02T00:00:00Z', 8760, 365 * 24 + 12, HOUR_MS, 8770);
    await rig.settle();
    const lamp = await rig.meter({ name: 'Four' });
    past(lamp, '2025-03-02T00:00:00Z', 876, 365 * 24 + 12);
    await rig.settle();
    await shapes();
    const year = await rig.figures.history({ period: '12m' });
    const sum = year.reduce((total, { consumption: kWh }) => total + (kWh ?? 0), 0);
    assert.ok(Math.abs(sum - (8052 * 9636) / 8772) < 0.01, String(sum));
    const stats = await rig.figures.stats('year');
    assert.ok((stats.totalConsumption ?? 0) > 1400);
    assert.ok(((await rig.figures.forecast()).nextDay ?? 0) > 25);
  });

  it('M4: days are the home’s: 23 h and 25 h in Paris when the clock changes', async () => {
    for (const [day, hours] of [
      ['2026-03-29', 23],
      ['2026-10-25', 25],
    ] as const) {
      await open({ start: `${day}T23:30:00Z`, timeZone: 'Europe/Paris', currency: 'EUR' });
      const meter = await rig.meter();
      const noonBefore = new Date(Date.parse(`${day}T12:00:00Z`) - DAY_MS).toISOString();
      past(meter, noonBefore, 36, 36);
      const points = await rig.figures.history({ period: '7d' });
      assert.equal(points.at(-2)?.consumption, hours);
      assert.equal(points.at(-2)?.coverage, 1);
    }
  });

  it('M4: in Kolkata hours and days begin at half past UTC', async () => {
    await open({ start: '2026-03-02T18:45:00Z', timeZone: 'Asia/Kolkata' });
    const meter = await rig.meter();
    past(meter, '2026-03-01T18:30:00Z', 24, 24, 10 * MINUTE_MS);
    const points = await rig.figures.history({ period: '7d' });
    assert.deepEqual(
      points.slice(-2).map(({ timestamp, consumption: kWh }) => [timestamp, kWh]),
      [
        ['2026-03-01T18:30:00.000Z', 24],
        ['2026-03-02T18:30:00.000Z', null],
      ],
    );
  });

  it('M5: tranches over a month of meters: 425.8 kWh cost 49,841, however they were written', async () => {
    await open({ start: '2026-03-31T23:59:00Z' });
    await rig.tariffs.set(TRANCHES);
    const meter = await rig.meter();
    const start = Date.parse('2026-03-01T00:00:00Z');
    for (let hour = 0; hour <= 743; hour += 1) {
      const energy = 10 + (425.8 * hour) / 743;
      rig.say(meter, { energy, timestamp: start + hour * HOUR_MS });
      if (hour % 100 === 0) await rig.settle();
    }
    assert.equal((await rig.figures.stats('month')).totalCost, 49_841);
    const [, , month] = (await rig.figures.history({ period: '12m' })).slice(-3);
    assert.deepEqual([month?.consumption, month?.cost], [425.8, 49_841]);
  });

  it('M5: a late correction early in a month moves what comes after to other tranches', async () => {
    await open({ start: '2026-03-08T00:00:00Z' });
    await rig.tariffs.set(TRANCHES);
    const meter = await rig.meter();
    const first = Date.parse('2026-03-01T00:00:00Z');
    rig.say(meter, { energy: 0, timestamp: first });
    await rig.settle();
    rig.say(meter, { energy: 350, timestamp: first + 6 * DAY_MS });
    await rig.settle();
    rig.say(meter, { energy: 340, timestamp: first + DAY_MS });
    assert.equal((await rig.figures.stats('month')).totalCost, 38_850);
    const days = await rig.figures.history({ period: '7d' });
    assert.equal(days.find(({ timestamp }) => timestamp.startsWith('2026-03-04'))?.cost, 246);
  });

  it('M5: a cost is frozen; a corrected tariff counts for it only when asked to', async () => {
    await open({ start: '2026-03-02T10:00:00Z' });
    const meter = await rig.meter();
    past(meter, '2026-03-02T00:00:00Z', 10, 10);
    await rig.settle();
    assert.equal((await rig.figures.consumption()).cost, 2000);
    await rig.tariffs.set(flat('100'));
    await rig.clock.advance(HOUR_MS);
    rig.say(meter, { energy: 23, timestamp: '2026-03-02T11:00:00Z' });
    assert.equal((await rig.figures.consumption()).cost, 2000 + 300);
    const span = {
      from: Date.parse('2026-03-02T00:00:00Z'),
      to: Date.parse('2026-03-02T05:00:00Z'),
    };
    assert.equal(await rig.figures.rerate(span), 60);
    assert.equal((await rig.figures.consumption()).cost, 500 + 1000 + 300);
    await rig.restart();
    assert.equal((await rig.figures.consumption()).cost, 1800);
  });

  it('S24: pricing ten thousand years anew looks at those in which something was used', async () => {
    const meter = await rig.meter();
    past(meter, '2026-03-01T22:00:00Z', 2, 2);
    await rig.tariffs.set(flat('100'));
    const span = {
      from: Date.parse('0001-01-01T00:00:00Z'),
      to: Date.parse('9999-12-31T00:00:00Z'),
    };
    const begunMs = performance.now();
    assert.equal(await rig.figures.rerate(span), 24);
    assert.ok(performance.now() - begunMs < 1000);
    assert.equal(await rig.figures.rerate({ ...span, to: Date.parse('2026-03-01T22:30:00Z') }), 6);
  });

  it('sums of history, stats and devices are the same, whatever the meters say', async () => {
    const counters = fc.array(
      fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 25, maxLength: 25 }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(counters, async (meters) => {
        await open({ start: '2026-03-02T12:00:00Z' });
        await rig.tariffs.set(TRANCHES);
        for (const [i, rises] of meters.entries()) {
          const meter = await rig.meter({ name: `Compteur ${i}` });
          let energy = 10;
          for (const [n, rise] of rises.entries()) {
            energy += rise;
            rig.say(meter, { energy, timestamp: Date.parse('2026-03-01T06:00:00Z') + n * HOUR_MS });
          }
        }
        const sum = (values: readonly (number | null)[]) =>
          values.reduce<number>((total, value) => total + Math.round((value ?? 0) * 1000), 0);
        const range = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T12:00:00Z' };
        const stats = await rig.figures.stats('month');
        const devices = await rig.figures.devices('month');
        for (const step of ['5m', 'hour', 'day', 'month'] as const) {
          const points = await rig.figures.history({ ...range, step });
          const what = JSON.stringify({ step, meters: meters.length });
          assert.equal(
            sum(points.map((point) => point.consumption)),
            sum([stats.totalConsumption]),
            what,
          );
          assert.equal(sum(points.map((point) => point.cost)), sum([stats.totalCost]), what);
        }
        assert.equal(sum(devices.map((one) => one.consumption)), sum([stats.totalConsumption]));
        const cost = sum(devices.map((one) => one.cost)) / 1000;
        assert.ok(Math.abs(cost - (stats.totalCost ?? 0)) <= 1, `${cost} ${stats.totalCost}`);
      }),
      { numRuns: often(15) },
    );
  });

  it('an alert’s threshold is kept, and the home’s power told with it', async () => {
    const heard = new Promise((resolve) => rig.energy.publisher.onPower(resolve));
    const meter = await rig.meter();
    await rig.tariffs.setAlertThreshold(6);
    rig.say(meter, { power: 7200 });
    await rig.clock.advance(5000);
    assert.deepEqual(await heard, { powerW: 7200, thresholdW: 6000, at: rig.clock.now() });
  });

  it('a threshold that is set or taken away is looked at soon, though no meter speaks', async () => {
    await rig.devices.create(
      { name: 'Chauffe-eau', type: 'appliance', room: 'Cuisine', power: 3000 },
      { status: true },
    );
    await rig.clock.advance(6000);
    const heard: unknown[] = [];
    rig.energy.publisher.onPower(({ powerW, thresholdW }) => heard.push([powerW, thresholdW]));
    for (const kW of [2, null]) {
      heard.length = 0;
      await rig.tariffs.setAlertThreshold(kW);
      // Its looks are 5 s apart; each takes as long as ours.
      for (let s = 0; s < 30 && heard.length === 0; s += 1) {
        await rig.figures.consumption();
        await rig.clock.advance(1000);
      }
      assert.deepEqual(heard, [[3000, kW === null ? null : kW * 1000]]);
    }
  });
});
