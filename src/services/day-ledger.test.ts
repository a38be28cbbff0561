import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { STATS_PERIODS } from '../contract/energy';
import type { Tariff } from '../contract/tariff';
import { homeCalendar } from '../domain/energy/calendar';
import { frozenDays } from '../domain/energy/days';
import { HomeCosts } from '../domain/energy/rating';
import type { Known } from '../domain/energy/buckets';
import { EnergyStore, HOME } from './energy-store';
import { often } from '../../test/support/often';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ALWAYS = { from: 0, to: Infinity };

const version = { validFrom: '2020-01-01' };
const band = { name: 'nuit', days: [0, 1, 2, 3, 4, 5, 6], from: '22:00', to: '06:20' };
const TARIFFS: readonly Tariff[] = [
  { currency: 'XOF', versions: [{ ...version, kind: 'flat', price: '200' }] },
  {
    currency: 'XOF',
    versions: [
      { ...version, kind: 'tou', price: '0.27', bands: [{ ...band, price: '0.2068' }] },
      { validFrom: '2026-10-24', kind: 'flat', price: '117.3' },
    ],
  },
  {
    currency: 'XOF',
    versions: [
      { ...version, kind: 'tranches', tranches: [{ upTo: 3, price: '88' }, { price: '123.007' }] },
    ],
  },
];

/** A home in which anything happens. */
class Scene {
  private constructor(
    readonly rig: EnergyRig,
    public zone: string,
  ) {}

  static async open(zone = 'Africa/Lome', start = '2026-10-22T20:30:00Z'): Promise<Scene> {
    return new Scene(await EnergyRig.open({ start, timeZone: zone }), zone);
  }

  read(meter: number, agoH: number, noise: number): void {
    const at = this.rig.clock.now() - agoH * HOUR_MS;
    const energy = 5000 + ((at - Date.parse('2026-06-01')) / HOUR_MS) * 0.3 + noise;
    this.rig.say(meter, { energy: Math.round(energy * 1000) / 1000, timestamp: at });
  }

  /** What devices used, with the days in the store and without. */
  async same(): Promise<void> {
    for (const period of STATS_PERIODS) {
      const uses = await this.rig.figures.deviceUses(period);
      assert.deepEqual(uses, await this.hourly(period), period);
    }
  }

  async hourly(period: (typeof STATS_PERIODS)[number]) {
    const { energyDays } = this.rig.store;
    const read = energyDays.read.bind(energyDays);
    energyDays.read = () => Promise.resolve([]);
    const uses = await this.rig.figures.deviceUses(period);
    energyDays.read = read;
    return uses;
  }

  /** Each day in the store is what the store's hours give. @returns how many there are */
  async honest(): Promise<number> {
    const store = new EnergyStore(this.rig.store);
    const costs = new HomeCosts();
    costs.add(await store.buckets('hours', HOME, ALWAYS));
    let count = 0;
    for (const name of await this.rig.store.energyDays.names()) {
      const hours = (await store.buckets('hours', name, ALWAYS)) as unknown as Known[];
      const days = await store.buckets('days', name, ALWAYS);
      for (const zone of [this.zone, ...ZONES]) {
        const expected = new Map(
          frozenDays(hours, costs, homeCalendar(zone)).map((day) => [
            `${day.start} ${day.end}`,
            day,
          ]),
        );
        for (let i = days.length - 1; i >= 0; i -= 1) {
          const day = days[i];
          const one = day && expected.get(`${day.start} ${day.end}`);
          if (!one) continue;
          assert.deepEqual(day, one);
          days.splice(i, 1);
          count += 1;
        }
      }
      assert.deepEqual(days, [], 'days that hours say nothing of');
    }
    return count;
  }

  /** The process is killed at its `n`-th write of energy. */
  async killed(n: number): Promise<void> {
    const { energyDays, energyFine, energyHours, meterReadings, meterCheckpoints } = this.rig.store;
    let left = n;
    const dying =
      <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('killed')) : write(...args);
      };
    for (const series of [energyDays, energyFine, energyHours, meterReadings]) {
      series.put = dying(series.put.bind(series));
      series.delete = dying(series.delete.bind(series));
    }
    meterCheckpoints.update = dying(meterCheckpoints.update.bind(meterCheckpoints));
    await this.rig.settle().catch((error: unknown) => {
      if (!String(error).includes('killed')) throw error;
    });
    await this.rig.crash();
  }
}

const ZONES = ['Africa/Lome', 'Europe/Paris', 'Asia/Kolkata'];

describe('finished days', function () {
  this.timeout(60_000);
  const scenes: Scene[] = [];
  const open = async (...given: Parameters<typeof Scene.open>) => {
    const scene = await Scene.open(...given);
    scenes.push(scene);
    return scene;
  };
  afterEach(async () => {
    for (const { rig } of scenes.splice(0)) await rig.remove();
  });

  const anyMeter = fc.nat(2);
  const hoursAgo = fc.oneof(fc.nat(30), fc.nat(9 * 24));
  const anyStep = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constant('read'), anyMeter, hoursAgo, fc.nat(30)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('power'), anyMeter, fc.nat(3000), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('toggle'), fc.nat(0), fc.nat(0), fc.nat(0)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('settle'), fc.nat(0), fc.nat(0), fc.nat(0)) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('advance'), fc.nat(0), fc.nat(6), fc.nat(59)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('tariff'), anyMeter, fc.nat(0), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('rerate'), fc.nat(0), fc.nat(40), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('remove'), anyMeter, fc.nat(0), fc.nat(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('restart'), anyMeter, fc.nat(30), fc.nat(0)) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('killed'), fc.nat(0), fc.nat(25), fc.nat(0)) },
  );

  it('M5: whatever happens, devices used and cost with them exactly what their hours say', async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ZONES),
        fc.boolean(),
        fc.array(fc.integer({ min: 30, max: 1500 }), { minLength: 3, maxLength: 3 }),
        fc.array(anyStep, { minLength: 8, maxLength: 20 }),
        async (zone, hasMain, firsts, steps) => {
          const scene = await open(zone);
          const { rig } = scene;
          const newMeter = (main: boolean) => rig.meter({ name: `M${meters.length}`, main });
          const meters: number[] = [];
          for (const main of [hasMain, false, false]) meters.push(await newMeter(main));
          const light = { name: 'Lampe', type: 'light', room: 'Salon', power: 9 } as const;
          for (const [i, first] of firsts.entries()) {
            scene.read(meters[i] ?? 0, first, 0);
            scene.read(meters[i] ?? 0, 1, 1);
          }
          const lamp = await rig.devices.create(light, { status: true });
          for (const [step, which, far, little] of steps) {
            const meter = meters[which] ?? 0;
            if (step === 'read') scene.read(meter, far, little / 10);
            if (step === 'power') rig.say(meter, { power: far });
            if (step === 'toggle') await rig.devices.toggle(lamp.id);
            if (step === 'settle') await rig.settle();
            if (step === 'advance') await rig.clock.advance(far * HOUR_MS + little * 60_000);
            if (step === 'tariff') await rig.tariffs.set(TARIFFS[which] ?? TARIFFS[0]!);
            if (step === 'rerate') {
              const from = rig.clock.now() - far * DAY_MS;
              await rig.figures.rerate({ from, to: from + little * DAY_MS });
            }
            if (step === 'remove') {
              await rig.devices.remove(meter);
              meters[which] = await newMeter(hasMain && which === 0);
            }
            if (step === 'restart') {
              scene.zone = ZONES[which] ?? zone;
              const at = new Date(rig.clock.now() + far * HOUR_MS).toISOString();
              await rig.restart(at, { timeZone: scene.zone });
            }
            if (step === 'killed') await scene.killed(far);
            await scene.same();
            seen += await scene.honest();
          }
          scenes.splice(scenes.indexOf(scene), 1);
          await rig.remove();
        },
      ),
      { numRuns: often(15), endOnFailure: true },
    );
    assert.ok(seen > 100, `only ${seen} days were looked at`);
  });

  const NOON = '2026-03-15T12:00:00Z';

  /** A home with two meters that told an even draw of `days` days, up to now. */
  async function settledHome(days: number, start = NOON) {
    const scene = await open('Africa/Lome', start);
    const { rig } = scene;
    const meters = [await rig.meter({ name: 'Four' }), await rig.meter({ name: 'Pompe' })];
    for (const meter of meters) {
      for (const ago of [days * 24, 0]) scene.read(meter, ago, 0);
    }
    await rig.settle();
    return { scene, rig, meters };
  }
  const stored = async ({ store }: EnergyRig, meter: number) =>
    (await new EnergyStore(store).buckets('days', meter, ALWAYS)).length;

  it('a year is read from days: of hours, only those of today', async () => {
    const { scene, rig } = await settledHome(80);
    for (let i = 0; i < 3; i += 1) await rig.settle();
    const { energyHours } = rig.store;
    const read = energyHours.read.bind(energyHours);
    let oldest = Infinity;
    energyHours.read = (series, query) => {
      oldest = Math.min(oldest, query?.from ?? 0);
      return read(series, query);
    };
    await rig.figures.devices('year');
    assert.equal(oldest, Date.parse('2026-03-15T00:00:00Z'));
    energyHours.read = read;
    await scene.same();
  });

  it('M4: yesterday is written with the first minute of a day, whether or not somebody spoke', async () => {
    const { scene, rig, meters } = await settledHome(3, '2026-03-15T23:30:00Z');
    const meter = meters[0] ?? 0;
    assert.equal(await stored(rig, meter), 3);
    await rig.clock.advance(32 * 60_000);
    await rig.settle();
    assert.equal(await stored(rig, meter), 4);
    await scene.same();
  });

  it('M4: until what was drawn before midnight is all written, a day is counted from its hours', async () => {
    const { scene, rig, meters } = await settledHome(3, '2026-03-15T23:58:30Z');
    rig.say(meters[0] ?? 0, { power: 1000 });
    await rig.clock.advance(2 * 60_000);
    await scene.same();
    const [first] = await rig.figures.deviceUses('month');
    await rig.clock.advance(10 * 60_000);
    await scene.same();
    assert.ok(first?.energy);
  });

  it('M4: what was used before midnight is not of today, also while it waits to be written', async () => {
    const scene = await open('Africa/Lome', '2026-03-15T00:02:00Z');
    const { rig } = scene;
    const meter = await rig.meter();
    const at = (time: string) => Date.parse(`2026-03-${time}Z`);
    rig.say(meter, { energy: 10, timestamp: at('14T23:02') });
    rig.say(meter, { energy: 10.06, timestamp: at('15T00:02') });
    const today = async () => (await rig.figures.deviceUses('day'))[0]?.energy;
    const shown = async () => [await today(), (await rig.figures.consumption()).today];
    assert.deepEqual(await shown(), [2_000_000, 0.002]);
    await rig.settle();
    assert.deepEqual(await shown(), [2_000_000, 0.002]);
  });

  it('M6: days that a late reading or a new price has changed are written again at once', async () => {
    const { scene, rig, meters } = await settledHome(12);
    scene.read(meters[0] ?? 0, 7 * 24, 1);
    await rig.settle();
    assert.deepEqual([await stored(rig, meters[0] ?? 0), await scene.honest()], [12, 24]);
    const [flat = assert.fail()] = TARIFFS;
    await rig.tariffs.set({ ...flat, versions: [{ ...version, kind: 'flat', price: '100' }] });
    const span = {
      from: Date.parse('2026-03-05T05:00:00Z'),
      to: Date.parse('2026-03-07T05:00:00Z'),
    };
    assert.equal(await rig.figures.rerate(span), 48 * 12);
    assert.equal(await scene.honest(), 24);
    await scene.same();
  });

  it('M4: a day of the zone that the home had before does not count, though it begins with one', async () => {
    // Lagos has the offset of Paris in winter; in Paris the day has 23 hours.
    const scene = await open('Africa/Lagos', '2026-03-31T12:00:00Z');
    const { rig } = scene;
    const meter = await rig.meter();
    for (const ago of [40 * 24, 0]) scene.read(meter, ago, 0);
    await rig.settle();
    await rig.restart('2026-03-31T12:00:00Z', { timeZone: 'Europe/Paris' });
    const before = await stored(rig, meter);
    await scene.same();
    // Nothing was written meanwhile.
    assert.equal(await stored(rig, meter), before);
    assert.ok(before > 30);
  });

  it('the days of an older version’s data are written a month at a time, the newest first', async () => {
    const { scene, rig, meters } = await settledHome(70);
    await rig.store.energyDays.delete({});
    await rig.crash();
    const counts = [];
    for (let i = 0; i < 4; i += 1) {
      counts.push(await stored(rig, meters[0] ?? 0));
      await scene.same();
      await rig.settle();
    }
    assert.deepEqual(counts, [14, 42, 70, 70]);
  });

  it('the days of long ago are written while readings come, too', async () => {
    const { rig, meters } = await settledHome(70);
    await rig.store.energyDays.delete({});
    await rig.crash();
    for (let i = 0; i < 4; i += 1) {
      // Late ones of yesterday among them.
      for (const ago of [0, 24])
        rig.say(meters[0] ?? 0, { energy: 1e4, timestamp: rig.clock.now() - ago * HOUR_MS + i });
      await rig.settle();
    }
    assert.equal(await stored(rig, meters[1] ?? 0), 70);
  });

  it('F4: days that disagree with hours that were put back from a copy are written anew at the next start', async () => {
    const { scene, rig, meters } = await settledHome(5);
    const [{ series, at, value } = assert.fail()] = await rig.store.energyHours.read(
      String(meters[0]),
    );
    const { b } = value as { b: string };
    await rig.store.energyHours.put([{ series, at, key: '', value: { b: b.replace(/;.*/, '') } }]);
    await assert.rejects(scene.honest());
    await rig.restart(NOON);
    await rig.settle();
    assert.equal(await scene.honest(), 10);
    await scene.same();
  });

  it('M5: a day that is priced by the tariff as it stands shows a corrected one', async () => {
    const scene = await open('Africa/Lome', NOON);
    const { rig } = scene;
    const [main, oven] = [await rig.meter({ main: true }), await rig.meter({ name: 'Four' })];
    for (const ago of [60, 0]) scene.read(oven, ago, 0);
    for (const ago of [20, 0]) scene.read(main, ago, 0);
    await rig.settle();
    const cost = async () => (await rig.figures.deviceUses('month'))[0]?.cost.amount ?? 0n;
    const before = await cost();
    const [flat = assert.fail()] = TARIFFS;
    await rig.tariffs.set({ ...flat, versions: [{ ...version, kind: 'flat', price: '100' }] });
    // Of 60 hours, 20 have their price.
    assert.equal((before * 2n) / 3n, await cost());
    await scene.same();
  });

  it('before hours change or go, the days they are part of go, of the home’s hours those of all', async () => {
    const { rig, meters } = await settledHome(40);
    await rig.settle();
    const [one = 0, other = 0] = meters;
    const store = new EnergyStore(rig.store);
    const count = async () => [await stored(rig, one), await stored(rig, other)];
    const at = (date: string) => Date.parse(`${date}T00:00:00Z`);
    assert.deepEqual(await count(), [40, 40]);
    const fiveDays = { from: at('2026-03-05') + HOUR_MS, to: at('2026-03-09') + 1 };
    await store.replace('hours', one, fiveDays, []);
    assert.deepEqual(await count(), [35, 40]);
    await store.replace('hours', HOME, { ...fiveDays, to: Infinity }, []);
    assert.deepEqual(await count(), [30, 30]);
    await store.forgetBuckets('hours', one, at('2026-02-20'));
    assert.deepEqual(await count(), [13, 30]);
    await store.forgetBuckets('hours', HOME, at('2026-02-25'));
    assert.deepEqual(await count(), [8, 8]);
    await store.remove(one);
    assert.deepEqual(await rig.store.energyDays.names(), [String(other)]);
  });
});
