import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import type { Tariff } from '../contract/tariff';
import { often } from '../../test/support/often';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const flat = (currency: string, price: string, monthlyFee?: string): Tariff => ({
  currency,
  versions: [{ validFrom: '2020-01-01', kind: 'flat', price, ...(monthlyFee && { monthlyFee }) }],
});

let rig: EnergyRig;
const open = async (...options: Parameters<typeof EnergyRig.open>) => {
  await rig.remove();
  rig = await EnergyRig.open(...options);
};
const at = (time: string) => Date.parse(time);
const money = ({
  cost,
  currency,
  costReason,
}: Awaited<ReturnType<typeof rig.figures.history>>[number]) =>
  [cost, currency ?? costReason ?? null] as const;

describe('M18: the currency of what was paid', () => {
  beforeEach(async () => {
    rig = await EnergyRig.open();
  });
  afterEach(() => rig.remove());

  for (const currency of ['EUR', 'GBP', 'JPY']) {
    it(`is ${currency}, and nobody has set a tariff: no cost, and the reason, everywhere`, async () => {
      await open({ start: '2026-03-02T12:00:00Z', currency });
      assert.deepEqual(await rig.tariffs.get(), { currency, versions: [] });
      const meter = await rig.meter();
      for (let day = -9; day <= 0; day += 1)
        for (let hour = 0; hour < 24; hour += 1) {
          const energy = 1000 + 24 * day + hour;
          const timestamp = at('2026-03-02T00:00:00Z') + day * DAY_MS + hour * HOUR_MS;
          if (timestamp <= rig.clock.now()) rig.say(meter, { energy, timestamp });
        }
      const unknown = { cost: null, currency: undefined, costReason: 'no-tariff' };
      const look = async () => {
        const consumption = await rig.figures.consumption();
        assert.equal(consumption.today, 12);
        const { totalCost, ...stats } = await rig.figures.stats('month');
        const { estimatedCost, ...forecast } = await rig.figures.forecast();
        assert.ok((forecast.nextDay ?? 0) > 20);
        const [device] = await rig.figures.devices('month');
        const day = (await rig.figures.history({ period: '7d' })).at(-1);
        for (const one of [
          consumption,
          { ...stats, cost: totalCost },
          { ...forecast, cost: estimatedCost },
          device,
          day,
        ]) {
          const { cost, currency: of, costReason } = one ?? assert.fail();
          assert.deepEqual({ cost, currency: of, costReason }, unknown);
        }
      };
      await look();
      await rig.settle();
      await look();
      assert.equal(await rig.figures.rerate({ from: 0, to: Infinity }), 0);
      assert.match(
        rig.logger.lines.join('\n'),
        new RegExp(`nobody has set a tariff in ${currency}`),
      );
      await rig.restart();
      await look();
    });
  }

  it('comes with the first tariff, which gives what was used before its price', async () => {
    await open({ start: '2026-03-02T12:00:00Z', currency: 'EUR' });
    const meter = await rig.meter();
    rig.say(meter, { energy: 10, timestamp: '2026-03-02T00:00:00Z' });
    rig.say(meter, { energy: 22, timestamp: '2026-03-02T12:00:00Z' });
    await rig.settle();
    await rig.clock.advance(DAY_MS);
    await rig.settle();
    await rig.tariffs.set(flat('EUR', '0.25'));
    await rig.energy.services.energy.priceSoon();
    const day = (await rig.figures.history({ period: '7d' })).at(-2) ?? assert.fail();
    assert.deepEqual(money(day), [3, 'EUR']);
    const { totalCost, currency } = await rig.figures.stats('month');
    assert.deepEqual([totalCost, currency], [3, 'EUR']);
    assert.deepEqual(
      (await rig.figures.devices('month')).map(({ cost, currency: of }) => [cost, of]),
      [[3, 'EUR']],
    );
    // What has its price keeps it, in the same currency, too.
    await rig.tariffs.set(flat('EUR', '1'));
    await rig.energy.services.energy.priceSoon();
    assert.equal((await rig.figures.stats('month')).totalCost, 3);
  });

  it('stays francs where the tariff is in euros by now: neither is added to the other', async () => {
    await open({ start: '2026-03-02T12:00:00Z' });
    const meter = await rig.meter();
    const day = async (energy: number) => {
      rig.say(meter, { energy, timestamp: rig.clock.now() });
      await rig.settle();
    };
    await day(10);
    await rig.clock.advance(3 * HOUR_MS);
    await day(13);
    await rig.tariffs.set(flat('EUR', '0.25'));
    await rig.clock.advance(3 * HOUR_MS);
    await day(17);
    const range = { from: '2026-03-02T12:00:00Z', to: '2026-03-02T18:00:00Z' };
    const hours = async () => (await rig.figures.history(range)).map(money);
    assert.deepEqual(await hours(), [
      ...[1, 2, 3].map(() => [200, 'XOF']),
      ...[0.33, 0.33, 0.34].map((cost) => [cost, 'EUR']),
    ]);
    const stats = await rig.figures.stats('month');
    assert.deepEqual(
      [stats.totalConsumption, stats.totalCost, stats.costReason],
      [7, null, 'mixed-currencies'],
    );
    const today = await rig.figures.consumption();
    assert.deepEqual([today.cost, today.costReason], [null, 'mixed-currencies']);
    const [device] = await rig.figures.devices('day');
    assert.deepEqual([device?.cost, device?.costReason], [null, 'mixed-currencies']);
    // The day after has one again.
    await rig.clock.advance(DAY_MS);
    await day(21);
    const points = await rig.figures.history({ period: '7d' });
    assert.deepEqual(points.slice(-2).map(money), [
      [null, 'mixed-currencies'],
      [0.75, 'EUR'],
    ]);
    await rig.restart();
    assert.deepEqual(
      (await hours()).slice(0, 3),
      [1, 2, 3].map(() => [200, 'XOF']),
    );
    // Somebody who wants one currency prices anew.
    assert.ok((await rig.figures.rerate({ from: at(range.from), to: rig.clock.now() })) > 0);
    assert.deepEqual(
      await hours().then((all) => new Set(all.map(([, of]) => of))),
      new Set(['EUR']),
    );
    assert.equal((await rig.figures.stats('month')).totalCost, 2.75);
  });

  it('stays when a late reading corrects what was used, also in tranches', async () => {
    await open({ start: '2026-03-02T12:00:00Z' });
    await rig.tariffs.set({
      currency: 'XOF',
      versions: [
        {
          validFrom: '2020-01-01',
          kind: 'tranches',
          tranches: [{ upTo: 2, price: '100' }, { price: '1000' }],
        },
      ],
    });
    const meter = await rig.meter();
    rig.say(meter, { energy: 10, timestamp: '2026-03-02T08:00:00Z' });
    rig.say(meter, { energy: 14, timestamp: '2026-03-02T12:00:00Z' });
    await rig.settle();
    await rig.tariffs.set(flat('EUR', '0.25'));
    rig.say(meter, { energy: 11.5, timestamp: '2026-03-02T09:00:00Z' });
    const hours = async () =>
      (await rig.figures.history({ from: '2026-03-02T08:00:00Z', to: '2026-03-02T12:00:00Z' })).map(
        money,
      );
    // 2 kWh of the month at 100, the rest at 1000: as they were, with what is known now.
    const wanted = [
      [150, 'XOF'],
      [383, 'XOF'],
      [833, 'XOF'],
      [834, 'XOF'],
    ];
    assert.deepEqual(await hours(), wanted);
    await rig.restart();
    assert.deepEqual(await hours(), wanted);
  });

  it('of data of an earlier version is what it was shown in, and 200 of anything but francs is no price', async () => {
    const asEarlier = async () => {
      for (const series of [rig.store.energyHours, rig.store.energyFine]) {
        const points = await series.read('home');
        await series.put(
          points.map((point) => {
            const { b, t } = point.value as { b: string; t: string[] };
            // Nobody had set it: so it was called.
            return { ...point, value: { b, t: t.map(() => '1970-01-01') } };
          }),
        );
      }
      await rig.store.settings.delete('energy.unlabelled-costs');
    };
    const kWh = async () => {
      const meter = await rig.meter();
      rig.say(meter, { energy: 10, timestamp: '2026-03-02T08:00:00Z' });
      rig.say(meter, { energy: 12, timestamp: '2026-03-02T10:00:00Z' });
      await rig.settle();
    };
    const today = async () => (await rig.figures.history({ period: '7d' })).slice(-1).map(money);
    for (const [home, tariff, cost] of [
      ['XOF', null, [400, 'XOF']],
      ['EUR', null, [null, 'no-tariff']],
      // It was euros when it was shown, and francs that nobody had set.
      ['XOF', flat('EUR', '0.25'), [400, 'XOF']],
      // What nobody had set gets its price now.
      ['EUR', flat('EUR', '0.25'), [0.5, 'EUR']],
    ] as const) {
      await open({ start: '2026-03-02T12:00:00Z', currency: 'XOF' });
      await kWh();
      if (tariff) await rig.tariffs.set(tariff);
      await rig.settle();
      await asEarlier();
      await rig.restart(undefined, { currency: home });
      await rig.settle();
      assert.deepEqual(await today(), [cost], `${home} ${tariff?.currency}`);
      await rig.restart();
      await rig.settle();
      assert.deepEqual(await today(), [cost], `${home} ${tariff?.currency}, once more`);
    }
  });
});

describe('history', () => {
  beforeEach(async () => {
    rig = await EnergyRig.open();
  });
  afterEach(() => rig.remove());

  it('M5: a year costs what its months do: one of which nothing is known has no fee', async () => {
    await open({ start: '2026-03-12T20:03:00Z' });
    await rig.tariffs.set(flat('XOF', '131', '500'));
    const meter = await rig.meter();
    const start = at('2026-02-20T00:00:00Z');
    for (let hour = 0; hour <= 24 * 20; hour += 1)
      rig.say(meter, { energy: 10 + hour, timestamp: start + hour * HOUR_MS });
    const months = await rig.figures.history({ period: '12m' });
    const year = await rig.figures.stats('year');
    assert.equal(months.filter(({ cost }) => cost !== null).length, 2);
    assert.equal(
      year.totalCost,
      months.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
    );
  });

  it('M5: a day that is over keeps its cost while the day goes on, and after a restart', async () => {
    await open({ start: '2026-03-12T20:03:00Z' });
    await rig.tariffs.set(flat('XOF', '131', '500'));
    const meter = await rig.meter();
    const start = at('2026-03-05T00:00:00Z');
    for (let hour = 0; hour <= 24 * 7 + 20; hour += 1)
      rig.say(meter, { energy: 10 + hour * 1.577, timestamp: start + hour * HOUR_MS });
    const look = async () => {
      const points = await rig.figures.history({ period: '7d' });
      const range = { from: '2026-03-06T00:00:00Z', to: '2026-03-13T00:00:00Z' };
      const month = await rig.figures.history({ ...range, step: 'month' });
      const sum = points.reduce((all, { cost }) => all + (cost ?? 0), 0);
      assert.equal(sum, month[0]?.cost, 'the days add up');
      return points.slice(0, -1).map(({ consumption, cost }) => [consumption, cost]);
    };
    const before = await look();
    for (let i = 0; i < 20; i += 1) {
      await rig.clock.advance(11 * MINUTE_MS);
      if (i % 4 === 0) await rig.restart();
      rig.say(meter, { energy: 290 + 2 * Math.sin(i) + 3 * i, timestamp: rig.clock.now() });
      assert.deepEqual(await look(), before);
    }
  });

  it('M4: a range is cut where it begins and ends: 48 h in Paris are 48 h', async () => {
    await open({ start: '2026-10-27T12:00:00Z', timeZone: 'Europe/Paris' });
    const meter = await rig.meter();
    const start = at('2026-10-20T00:00:00Z');
    for (let hour = 0; hour <= 7 * 24; hour += 1)
      rig.say(meter, { energy: 10 + hour, timestamp: start + hour * HOUR_MS });
    const range = { from: '2026-10-24T00:00:00Z', to: '2026-10-26T00:00:00Z' };
    const points = await rig.figures.history({ ...range, step: 'day' });
    assert.deepEqual(
      points.map(({ timestamp, consumption, coverage }) => [timestamp, consumption, coverage]),
      [
        ['2026-10-24T00:00:00.000Z', 22, 1],
        ['2026-10-24T22:00:00.000Z', 25, 1],
        ['2026-10-25T23:00:00.000Z', 1, 1],
      ],
    );
  });

  it('M4: a range widens to whole 5 minutes, in which nothing is known more finely', async () => {
    await open({ start: '2026-10-27T12:00:00Z', timeZone: 'Europe/Paris' });
    const meter = await rig.meter();
    const start = at('2026-10-27T10:00:00Z');
    for (let minute = 0; minute <= 60; minute += 1)
      rig.say(meter, { energy: 10 + minute * 0.05, timestamp: start + minute * MINUTE_MS });
    const range = { from: '2026-10-27T10:03:00Z', to: '2026-10-27T10:11:00Z' };
    const shown = async (step: '5m' | 'hour') =>
      (await rig.figures.history({ ...range, step })).map(({ timestamp, consumption }) => [
        timestamp.slice(11, 16),
        consumption,
      ]);
    assert.deepEqual(await shown('hour'), [['10:00', 0.75]]);
    assert.deepEqual(await shown('5m'), [
      ['10:00', 0.25],
      ['10:05', 0.25],
      ['10:10', 0.25],
    ]);
  });

  for (const [fee, since] of [
    // The oldest days have no 5-minute buckets any more; a slot that is not known has no share of the fee.
    ['0', 0],
    ['500', 10 * 24 * 60],
  ] as const) {
    it(`M4: slots of any partition of a range into whole 5 minutes add up, in kWh and in money, with a fee of ${fee}`, async () => {
      await open({ start: '2026-10-27T12:00:00Z', timeZone: 'Asia/Kolkata' });
      await rig.tariffs.set(flat('XOF', '131.7', fee));
      const meter = await rig.meter();
      const begin = at('2026-09-18T00:00:00Z');
      for (let i = 0; i <= 39 * 24; i += 1)
        rig.say(meter, { energy: 10 + i * 1.2 + Math.sin(i), timestamp: begin + i * HOUR_MS });
      await rig.settle();
      const minutes = fc.integer({ min: since / 5, max: (39 * 24 * 60) / 5 }).map((n) => n * 5);
      const instants = fc.uniqueArray(minutes, { minLength: 2, maxLength: 5 });
      const step = fc.constantFrom('hour' as const, 'day' as const, 'month' as const);
      await fc.assert(
        fc.asyncProperty(instants, step, step, async (some, one, other) => {
          const cuts = some.toSorted((a, b) => a - b).map((minute) => begin + minute * MINUTE_MS);
          const figures = async (from: number, to: number, of: typeof one) => {
            const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
            const points = await rig.figures.history({ ...range, step: of });
            assert.equal(points[0]?.timestamp, range.from);
            const sum = (values: readonly (number | null)[]) =>
              values.reduce<number>((all, value) => all + Math.round((value ?? 0) * 1000), 0);
            return [
              sum(points.map(({ consumption }) => consumption)),
              sum(points.map(({ cost }) => cost)) / 1000,
            ] as const;
          };
          const [first = 0, last = 0] = [cuts[0], cuts.at(-1)];
          const whole = await figures(first, last, one);
          assert.deepEqual(await figures(first, last, other), whole);
          // Each part is rounded by itself, so they add up to a half each.
          let [energy, cost] = [0, 0];
          for (const [i, cut] of cuts.slice(1).entries()) {
            const part = await figures(cuts[i] ?? 0, cut, one);
            energy += part[0];
            cost += part[1];
          }
          assert.ok(Math.abs(energy - whole[0]) <= cuts.length / 2, `${energy} ${whole[0]}`);
          assert.ok(Math.abs(cost - whole[1]) <= cuts.length / 2, `${cost} ${whole[1]}`);
        }),
        { numRuns: often(40) },
      );
    });
  }
});
