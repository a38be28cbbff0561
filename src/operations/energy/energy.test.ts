import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { EnergyRig } from '../../../test/support/energy-rig';
import { TestHome } from '../../../test/support/test-home';
import type { Consumption, DeviceEnergy, EnergyForecast, EnergyStats } from '../../contract/energy';
import { HISTORY_PERIODS, STATS_PERIODS, type HistoryPoint } from '../../contract/energy';
import { OPERATIONS } from '../registry';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const LENGTHS = { '24h': 24, '7d': 7, '30d': 30, '12m': 12 };

const NOW = Date.now();
const isoOf = (at: number) => new Date(at).toISOString();
const thousandths = (values: readonly (number | null)[]) =>
  values.reduce<number>((sum, value) => sum + Math.round((value ?? 0) * 1000), 0);

interface Homes {
  readonly name: string;
  readonly fill: (rig: EnergyRig) => Promise<void>;
  /** When the rig lives first. */
  readonly since: number;
}

/** Two meters that tell their past. */
async function tell(
  rig: EnergyRig,
  meters: readonly number[],
  from: number,
  to: number,
  everyMs: number,
) {
  for (let at = from; at <= to; at += everyMs) {
    for (const [i, meter] of meters.entries()) {
      const kWh =
        ((at - NOW) / HOUR_MS) * 0.4 * (i + 1) + Math.sin((at / DAY_MS) * 2 * Math.PI + i);
      rig.say(meter, { energy: 50_000 + kWh, timestamp: at });
    }
  }
  await rig.settle();
}

const meters = async (rig: EnergyRig) => [await rig.meter(), await rig.meter({ name: 'Four' })];

const HOMES: readonly Homes[] = [
  { name: 'an empty home', since: NOW, fill: () => Promise.resolve() },
  {
    name: 'one hour of data',
    since: NOW,
    fill: async (rig) => tell(rig, await meters(rig), NOW - HOUR_MS, NOW, MINUTE_MS),
  },
  {
    name: 'two years of data',
    since: NOW - 365 * DAY_MS,
    async fill(rig) {
      const both = await meters(rig);
      await tell(rig, both, NOW - 730 * DAY_MS, NOW - 365 * DAY_MS, HOUR_MS);
      await rig.restart(isoOf(NOW));
      await tell(rig, both, NOW - 365 * DAY_MS + HOUR_MS, NOW, HOUR_MS);
    },
  },
];

for (const { name, fill, since } of HOMES) {
  describe(`the operations of energy, over REST, on ${name}`, () => {
    let home: TestHome;
    let token: string;
    const asked = new Set<string>();
    before(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'aurion-energy-'));
      const rig = await EnergyRig.open({ folder, start: isoOf(since) });
      await fill(rig);
      await rig.close();
      await rig.store.close();
      home = await TestHome.open({ demo: 'off' }, {}, { folder });
      token = await home.register('ama');
    });
    after(() => home.remove());

    /** The answer of an operation, which the runner has checked against its schema. */
    async function ask<T>(id: string, input: Record<string, unknown> = {}): Promise<T> {
      const operation = OPERATIONS.find((one) => one.id === id);
      assert.ok(operation?.rest, id);
      asked.add(id);
      const { method, path } = operation.rest;
      const { id: thing, ...rest } = input;
      const query =
        method === 'GET' ? `?${new URLSearchParams(rest as Record<string, string>)}` : '';
      const at = `${path.replace(':id', String(thing))}${query}`;
      const { status, body } = await home.request(method, at, {
        token,
        ...(method !== 'GET' && { json: rest }),
      });
      assert.equal(status, 200, `${id}: ${JSON.stringify(body)}`);
      return body as T;
    }
    const isEmpty = since === NOW && name.startsWith('an empty');

    it('history, consumption and export: their shape, null where nothing is known', async () => {
      for (const period of HISTORY_PERIODS) {
        const points = await ask<HistoryPoint[]>('energy.history', { period });
        assert.equal(points.length, LENGTHS[period]);
        const times = points.map(({ timestamp }) => timestamp);
        assert.deepEqual(times, [...new Set(times)].sort());
        for (const { consumption, cost, coverage, quality } of points) {
          assert.equal(consumption === null, quality === 'missing');
          assert.equal(cost === null, consumption === null);
          assert.equal(coverage === 0, consumption === null);
        }
        assert.equal(
          points.every(({ consumption }) => consumption === null),
          isEmpty,
        );
        const csv = await home.text(`/energy/export?period=${period}`, { token });
        assert.equal(csv.text.split('\r\n').length, points.length + 2);
        assert.match(csv.text, /^timestamp,consumption,cost,currency,/);
        asked.add('energy.export');
      }
      const now = await ask<Consumption>('energy.consumption');
      assert.equal(now.today === null, isEmpty);
      assert.equal(now.cost === null, isEmpty);
      if (isEmpty)
        assert.deepEqual([now.current, now.trend, now.trendPercentage], [null, 'stable', null]);
    });

    it('sums: history is stats, devices are stats and 100 %, cost is its parts', async () => {
      for (const period of STATS_PERIODS) {
        const stats = await ask<EnergyStats>('energy.stats', { period });
        assert.equal(stats.totalConsumption === null, isEmpty);
        if (isEmpty) {
          assert.deepEqual(new Set(Object.values(stats)), new Set([null]));
          assert.deepEqual(await ask<DeviceEnergy[]>('energy.devices', { period }), []);
          continue;
        }
        const begin = new Date(NOW);
        begin.setUTCHours(0, 0, 0, 0);
        if (period === 'week') begin.setUTCDate(begin.getUTCDate() - ((begin.getUTCDay() + 6) % 7));
        if (period === 'month' || period === 'year') begin.setUTCDate(1);
        if (period === 'year') begin.setUTCMonth(0);
        const range = { from: begin.toISOString(), to: isoOf(Date.now()) };
        for (const step of [
          'hour',
          'day',
          ...(period === 'month' || period === 'year' ? ['month'] : []),
        ]) {
          const points = await ask<HistoryPoint[]>('energy.history', { ...range, step });
          const what = `${period} by ${step}`;
          const of = (field: 'consumption' | 'cost') =>
            thousandths(points.map((one) => one[field]));
          assert.equal(of('consumption'), thousandths([stats.totalConsumption]), what);
          assert.equal(of('cost'), thousandths([stats.totalCost]), what);
        }
        const devices = await ask<DeviceEnergy[]>('energy.devices', { period });
        const all = (field: 'consumption' | 'percentage' | 'cost') =>
          thousandths(devices.map((one) => one[field]));
        assert.equal(all('percentage'), 100_000, period);
        assert.equal(all('consumption'), thousandths([stats.totalConsumption]), period);
        assert.equal(all('cost'), thousandths([stats.totalCost]), period);
        assert.match(stats.peakHour ?? '', /^\d\d:00$/);
      }
    });

    it('forecast: with less than a week of data null and a reason', async () => {
      const { reason, ...figures } = await ask<EnergyForecast>('energy.forecast');
      if (reason !== null) {
        assert.notEqual(since, NOW - 365 * DAY_MS);
        assert.deepEqual(new Set(Object.values(figures)), new Set([null]));
        assert.match(reason, /7 jours/);
        return;
      }
      assert.equal(since, NOW - 365 * DAY_MS);
      const { nextDay, nextWeek, nextMonth, estimatedCost, confidence } = figures;
      assert.ok(Math.abs((nextDay ?? 0) - 28.8) < 0.1, String(nextDay));
      assert.ok(Math.abs((nextWeek ?? 0) - 7 * 28.8) < 0.7 && (nextMonth ?? 0) > (nextWeek ?? 0));
      assert.equal(estimatedCost, Math.round((nextMonth ?? 0) * 200));
      assert.ok((confidence ?? 0) > 98 && (confidence ?? 101) <= 100);
    });

    it('tariff, prices anew, threshold, reading', async () => {
      const tariff = await ask<{ currency: string }>('energy.tariff');
      assert.equal(tariff.currency, 'XOF');
      const before = await ask<EnergyStats>('energy.stats', { period: 'year' });
      const dearer = {
        currency: 'XOF',
        versions: [{ validFrom: '2020-01-01', kind: 'flat', price: '400' }],
      };
      assert.deepEqual(await ask('energy.set-tariff', dearer), dearer);
      const span = { from: isoOf(NOW - 800 * DAY_MS), to: isoOf(NOW + DAY_MS) };
      const { buckets } = await ask<{ buckets: number }>('energy.rerate', span);
      assert.equal(buckets === 0, isEmpty);
      const { totalCost } = await ask<EnergyStats>('energy.stats', { period: 'year' });
      if (isEmpty) assert.equal(totalCost, null);
      else assert.ok(Math.abs((totalCost ?? 0) - 2 * (before.totalCost ?? 0)) <= 1);
      assert.deepEqual(await ask('energy.alert-threshold', { threshold: 6 }), { threshold: 6 });
      const json = { name: 'Pompe', type: 'meter', room: 'Cour' };
      const { body } = await home.request('POST', '/devices', { token, json });
      assert.deepEqual(await ask('energy.reading', { id: body['id'], energy: 1 }), {
        accepted: true,
      });
    });

    it('no operation is left out', () => {
      const all = OPERATIONS.filter(({ group }) => group === 'energy').map(({ id }) => id);
      assert.deepEqual([...asked].sort(), all.sort());
    });
  });
}
