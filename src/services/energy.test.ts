import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import { createRandom } from '../simulator/random';
import { often } from '../../test/support/often';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const START = Date.parse('2026-03-02T00:00:00Z');

interface Said {
  readonly energy?: number;
  readonly power?: number;
  readonly timestamp?: string | number;
  readonly seq?: number;
}

describe('energy', () => {
  let rig: EnergyRig;
  beforeEach(async () => {
    rig = await EnergyRig.open();
  });
  afterEach(() => rig.remove());

  const today = async () => (await rig.figures.consumption()).today;

  /** A meter that says its counter every so often. @returns the instant after the last reading */
  async function count(
    meter: number,
    kWh: readonly number[],
    everyMs = 5 * MINUTE_MS,
  ): Promise<void> {
    for (const energy of kWh) {
      rig.say(meter, { energy });
      await rig.clock.advance(everyMs);
    }
  }

  it('M1: a counter that goes down takes nothing away, and tells so', async () => {
    const meter = await rig.meter();
    await count(meter, [359.067, 358.9, 359.4]);
    assert.equal(await today(), 0.5);
    await rig.settle();
    assert.equal(await today(), 0.5);
    const resets = rig.events.filter(({ event }) => event === 'meter.reset');
    assert.deepEqual(
      resets.map(({ data }) => data),
      [{ deviceId: meter, name: 'Compteur', at: '2026-03-02T00:05:00.000Z' }],
    );
  });

  it('M2: a jump that a second reading agrees with and that is no consumption is told, and adds nothing', async () => {
    const meter = await rig.meter();
    await count(meter, [100, 5000, 5000.1]);
    assert.equal(await today(), 0.1);
    assert.equal(rig.events.filter(({ event }) => event === 'meter.jumped').length, 1);
  });

  it('M3: power holds for 5 minutes: 1 kW at 10:00 and nothing until 22:00 is 0.083 kWh', async () => {
    const meter = await rig.meter();
    await rig.clock.advance(10 * HOUR_MS);
    rig.say(meter, { power: 1000 });
    await rig.clock.advance(2.5 * MINUTE_MS);
    assert.equal(await today(), 0.042);
    await rig.clock.advance(12 * HOUR_MS);
    assert.equal(await today(), 0.083);
    assert.equal((await rig.figures.consumption()).current, null);
    await rig.restart();
    assert.equal(await today(), 0.083);
  });

  it('M3: a device without a meter counts by its nominal power while it is on, estimated', async () => {
    const lamp = await rig.devices.create(
      { name: 'Lampe', type: 'light', room: 'Salon', power: 60 },
      { status: false },
    );
    await rig.clock.advance(HOUR_MS);
    await rig.devices.toggle(lamp.id);
    assert.equal((await rig.figures.consumption()).current, 0.06);
    await rig.clock.advance(2 * HOUR_MS);
    await rig.devices.toggle(lamp.id);
    await rig.clock.advance(HOUR_MS);
    assert.equal(await today(), 0.12);
    await rig.restart();
    assert.equal(await today(), 0.12);
    const history = await rig.figures.history({ period: '24h' });
    assert.deepEqual(
      history.slice(-5).map(({ consumption, quality }) => [consumption, quality]),
      [
        [0, 'estimated'],
        [0.06, 'estimated'],
        [0.06, 'estimated'],
        [0, 'estimated'],
        [null, 'missing'],
      ],
    );
  });

  it('M3: a device that reports its power is measured, and no longer estimated', async () => {
    const plug = await rig.devices.create({
      name: 'Prise',
      type: 'appliance',
      room: 'Salon',
      power: 2000,
    });
    for (let i = 0; i < 12; i += 1) {
      rig.link.say(`aurion/devices/${plug.id}/status`, { status: true, power: 600 });
      await rig.clock.advance(5 * MINUTE_MS);
    }
    assert.equal(await today(), 0.6);
    const [point] = (await rig.figures.history({ period: '24h' })).slice(-2);
    assert.deepEqual([point?.consumption, point?.coverage, point?.quality], [0.6, 1, 'measured']);
  });

  it('M3: with a main meter the home is that meter, and null where it is missing', async () => {
    const main = await rig.meter({ main: true });
    const part = await rig.meter({ name: 'Four' });
    await count(main, [10, 11], HOUR_MS / 2);
    rig.say(part, { energy: 5 });
    await rig.clock.advance(HOUR_MS / 2);
    rig.say(part, { energy: 5.4 });
    await rig.clock.advance(HOUR_MS);
    assert.equal(await today(), 1);
    const devices = await rig.figures.devices('month');
    assert.deepEqual(
      devices.map(({ deviceId, consumption, percentage }) => [deviceId, consumption, percentage]),
      [[part, 0.4, 100]],
    );
    assert.equal((await rig.figures.consumption()).current, null);
  });

  /** A meter's ten days, every 2 minutes: a counter that goes up and falls once a day, and power. */
  function tenDays(): Said[] {
    const random = createRandom(7, 'ten days');
    let energy = 1000;
    return Array.from({ length: 7000 }, (_, i) => {
      const timestamp = START + i * 2 * MINUTE_MS;
      energy = i % 720 === 700 ? energy - 3 : energy + random.between(0, 0.1);
      return { energy, power: 1500, timestamp, seq: i % 5000 };
    });
  }

  /** What a home that hears these in order has in its store. */
  async function inOrder(readings: readonly Said[], start: string): Promise<unknown> {
    const other = await EnergyRig.open({ start });
    const meter = await other.meter();
    for (const said of readings) other.say(meter, said);
    await other.settle();
    const dump = await other.dump();
    await other.remove();
    return dump;
  }

  it('M6: any shuffle of 10,000 messages with copies gives the same history, to the byte', async () => {
    const readings = tenDays();
    const expected = await inOrder(readings, '2026-03-12T00:00:00Z');

    const random = createRandom(11, 'shuffle');
    const other = await EnergyRig.open({ start: '2026-03-12T00:00:00Z' });
    const meter = await other.meter();
    // Else what is older than ten days before the newest is refused.
    const [last, ...others] = [...readings].reverse();
    const copies = random.shuffle(readings).slice(0, 3000);
    const shuffled = random.shuffle([...others, last, ...copies]) as Said[];
    for (const [i, said] of shuffled.entries()) {
      other.say(meter, said, { duplicate: i % 3 === 0 });
      if (i % 2500 === 2499) await other.settle();
    }
    await other.settle();
    assert.deepEqual(await other.dump(), expected);
    assert.equal(other.intake.counts.dropped['duplicate'], 3000);
    await other.remove();
  });

  it('M6: whatever meters say, in any order, with copies, whenever it is written: the same history', async function () {
    this.timeout(120_000);
    const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
    const said = fc
      .record({
        minute: fc.integer({ min: 0, max: 2 * 1440 }),
        energy: maybe(fc.integer({ min: 0, max: 300 })),
        power: maybe(fc.integer({ min: -500, max: 30_000 })),
        seq: maybe(fc.nat(3)),
      })
      .filter(({ energy, power }) => energy !== undefined || power !== undefined)
      .map(({ minute, ...rest }): Said => {
        const given = Object.entries(rest).filter(([, value]) => value !== undefined);
        return { ...Object.fromEntries(given), timestamp: START + minute * MINUTE_MS };
      });
    const start = '2026-03-04T12:00:00Z';
    const range = { from: '2026-03-02T00:00:00Z', to: start, step: '5m' } as const;
    /** What a home that hears these, and writes after some of them, says and has in its store. */
    const heard = async (readings: readonly Said[], writesAfter: ReadonlySet<number>) => {
      const other = await EnergyRig.open({ start });
      const meter = await other.meter({ intervalS: 60 });
      for (const [i, one] of readings.entries()) {
        other.say(meter, one);
        if (writesAfter.has(i)) await other.settle();
      }
      const history = await other.figures.history(range);
      await other.settle();
      const dump = await other.dump();
      await other.remove();
      return { history, dump };
    };
    const byTime = (readings: readonly Said[]) =>
      readings.toSorted((a, b) => Number(a.timestamp) - Number(b.timestamp));
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 2, maxLength: 40 }).chain((readings) =>
          fc.record({
            readings: fc.constant(readings),
            shuffled: fc.array(fc.constantFrom(...readings), { maxLength: 15 }).chain((copies) =>
              fc.shuffledSubarray([...readings, ...copies], {
                minLength: readings.length + copies.length,
              }),
            ),
            writes: fc.uniqueArray(fc.nat(readings.length), { maxLength: 4 }),
          }),
        ),
        async ({ readings, shuffled, writes }) => {
          const expected = await heard(byTime(readings), new Set());
          assert.deepEqual(await heard(shuffled, new Set(writes)), expected);
        },
      ),
      { numRuns: often(15) },
    );
  });

  it('M6: a kill in the middle loses nothing and counts nothing twice', async () => {
    const readings = tenDays().slice(0, 600);
    const expected = await inOrder(readings, '2026-03-03T00:00:00Z');

    const other = await EnergyRig.open({ start: '2026-03-03T00:00:00Z' });
    const same = await other.meter();
    for (const [i, said] of readings.entries()) {
      other.say(same, said);
      // Before and after what was written, and with it written but the journal not dropped.
      if (i === 100 || i === 350) await other.crash();
      if (i === 300 || i === 450) await other.settle();
      if (i === 450) await other.crash();
    }
    await other.settle();
    assert.deepEqual(await other.dump(), expected);
    await other.remove();
  });

  it('M6: a late reading corrects history, also what is written already', async () => {
    const meter = await rig.meter();
    const at = (hour: number) => new Date(START + hour * HOUR_MS).toISOString();
    await rig.clock.advance(5 * HOUR_MS);
    rig.say(meter, { energy: 10, timestamp: at(0) });
    rig.say(meter, { energy: 14, timestamp: at(4) });
    await rig.settle();
    const hours = async () =>
      (await rig.figures.history({ from: at(0), to: at(4) })).map(({ consumption }) => consumption);
    assert.deepEqual(await hours(), [1, 1, 1, 1]);
    rig.say(meter, { energy: 13, timestamp: at(1) });
    assert.deepEqual(await hours(), [3, 0.333, 0.333, 0.334]);
    assert.equal(await today(), 4);
  });

  it('M6: more than 10 days before the newest is no part of history, and refused if the broker sends it again', async () => {
    const meter = await rig.meter();
    const late = { energy: 1, timestamp: START - 11 * DAY_MS };
    rig.say(meter, { energy: 5 });
    rig.say(meter, late, { duplicate: true });
    assert.deepEqual(rig.intake.counts, { received: 2, kept: 1, dropped: { 'too-old': 1 } });
    rig.say(meter, late);
    assert.deepEqual(rig.intake.leftOutCounts, { 'too-late': 1 });
    await rig.clock.advance(MINUTE_MS);
    rig.say(meter, { energy: 5.1 });
    assert.equal(await today(), 0.1);
  });

  it('M6: what perhaps an earlier run has heard is a copy for a meter', async () => {
    const meter = await rig.meter();
    for (const energy of [5, 6]) rig.say(meter, { energy, power: 60 });
    for (const duplicate of [true, 'perhaps'] as const) {
      rig.say(meter, { energy: 5, power: 60 }, { duplicate });
      rig.say(meter, { energy: 6, power: 60 }, { duplicate });
    }
    assert.deepEqual(rig.intake.counts.dropped, { duplicate: 4 });
    assert.equal(rig.intake.counts.kept, 2);
  });

  it('M15: the power that has just come in is shown, whatever its clock says', async () => {
    const meter = await rig.meter();
    const shown = () => rig.figures.powerNow();
    rig.say(meter, { power: 100, timestamp: rig.clock.now() });
    const times = [
      rig.clock.now() - 10_000,
      rig.clock.now() - 4 * MINUTE_MS,
      rig.clock.now(),
      '1970-01-01T00:00:12Z',
      '2026-03-04T10:00:00',
      rig.clock.now() - 11 * DAY_MS,
      rig.clock.now() - 401 * DAY_MS,
      rig.clock.now() + HOUR_MS,
      'yesterday',
    ];
    for (const [i, timestamp] of times.entries()) {
      rig.say(meter, { power: 200 + i, timestamp });
      assert.equal(shown(), 200 + i, String(timestamp));
    }
    // What the broker sends again may be of the past.
    rig.say(meter, { power: 7, timestamp: rig.clock.now() - 20_000 }, { duplicate: true });
    rig.say(meter, { power: 8 }, { retained: true });
    rig.say(meter, { power: 'unknown', energy: null });
    assert.equal(shown(), 200 + times.length - 1);
  });

  it('M16: a time that makes no sense gives way to that of the arrival, and is counted', async () => {
    const meter = await rig.meter();
    const nonsense = [
      '1970-01-01T00:00:12Z',
      '2026-03-04T10:00:00',
      'yesterday',
      START - 401 * DAY_MS,
      true,
    ];
    rig.say(meter, { energy: 10 });
    for (const [i, timestamp] of nonsense.entries()) {
      await rig.clock.advance(MINUTE_MS);
      rig.say(meter, { energy: 10 + (i + 1) * 0.1, timestamp });
    }
    assert.equal(await today(), 0.5);
    assert.deepEqual(rig.intake.leftOutCounts, { 'too-old': 2, 'no-zone': 1, 'no-time': 2 });
  });

  it('M16: REST and flows say a reading by the same reader: other fields beside it, numbers as text', async () => {
    const meter = await rig.meter();
    const report = (said: Record<string, unknown>) =>
      rig.intake.offer(rig.energy.services.energy.submission(meter, said));
    report({ energy: '10', linkquality: 87, update: { state: 'idle' } });
    await rig.clock.advance(MINUTE_MS);
    report({ power: null, energy: 10_100, energyUnit: 'WH', timestamp: '2026-03-04T10:00:00' });
    assert.equal(await today(), 0.1);
    assert.deepEqual(rig.intake.leftOutCounts, { nested: 1, 'no-zone': 1 });
    assert.throws(() => report({ power: 'nan' }), { code: 'READING_REFUSED' });
  });

  it('M7: what the broker remembers is no energy', async () => {
    const meter = await rig.meter();
    rig.say(meter, { power: 1000 }, { retained: true });
    await rig.clock.advance(HOUR_MS);
    assert.equal(await today(), null);
  });

  it('S15: what is no reading is refused with a reason, and a stranger is shown to the installer', async () => {
    const meter = await rig.meter({ key: 'linky' });
    const lamp = await rig.devices.create({ name: 'Lampe', type: 'light', room: 'Salon' });
    for (const body of [{}, { power: '12' }, { energy: -1 }, { power: 1, powerUnit: 'hp' }, []]) {
      rig.say(meter, body);
    }
    rig.say(lamp.id, { power: 1 });
    rig.say('nobody', { power: 1 });
    rig.say('linky', { power: 1 });
    const { dropped, kept } = rig.intake.counts;
    const expected = { 'wrong-type': 3, 'out-of-range': 1, 'unknown-unit': 1, unknown: 1 };
    assert.deepEqual([dropped, kept], [expected, 2]);
    assert.equal(rig.devices.discovered('en')[0]?.key, 'nobody');
  });

  it('M19: what a device that was deleted had counted goes, if need be at the next start', async () => {
    const meter = await rig.meter();
    const other = await rig.meter();
    for (const id of [meter, other]) rig.say(id, { energy: 100 });
    await rig.clock.advance(10 * MINUTE_MS);
    for (const id of [meter, other]) rig.say(id, { energy: 100.1 });
    await rig.settle();
    // The process dies before it gets to its readings.
    await rig.store.devices.delete(meter);
    await rig.restart();
    await rig.settle();
    assert.deepEqual(await rig.store.meterReadings.names(), [String(other)]);
    const checkpoints = await rig.store.meterCheckpoints.list();
    assert.deepEqual([...new Set(checkpoints.map(({ deviceId }) => deviceId))], [other]);
  });

  it('two processes on one store come to the same, whoever writes when', async () => {
    const other = await EnergyRig.open({ besides: rig });
    const meter = await rig.meter();
    await other.devices.refresh();
    for (let i = 0; i <= 120; i += 1) {
      const body = { energy: 100 + i * 0.01, timestamp: rig.clock.now(), seq: i };
      // One of them was away for a while.
      if (i < 40 || i > 60) other.say(meter, body);
      rig.say(meter, body);
      await rig.clock.advance(MINUTE_MS);
    }
    await other.settle();
    await rig.settle();
    assert.equal(await today(), 1.2);
    assert.equal((await other.figures.consumption()).today, 1.2);
    const one = await rig.dump();
    await other.settle();
    assert.deepEqual(await rig.dump(), one);
    await other.remove();
  });

  it('tells what the home uses on MQTT, retained, and as an event, at most every 5 s', async () => {
    const meter = await rig.meter({ intervalS: 10 });
    for (let i = 0; i < 60; i += 1) {
      rig.say(meter, { power: 500 + i });
      await rig.clock.advance(1000);
    }
    const told = rig.link.published.filter(({ topic }) => topic === 'aurion/energy/consumption');
    assert.ok(told.length >= 10 && told.length <= 12, String(told.length));
    const last = JSON.parse(told.at(-1)?.payload ?? '') as Record<string, unknown>;
    assert.deepEqual(last, await rig.figures.consumption());
    assert.equal(
      rig.events.filter(({ event }) => event === 'energy.consumption').length,
      told.length,
    );
  });

  it('forgets a device that is deleted', async () => {
    const meter = await rig.meter();
    await count(meter, [1, 2]);
    await rig.settle();
    await rig.devices.remove(meter);
    await rig.settle();
    assert.deepEqual(await rig.store.meterReadings.names(), []);
    assert.deepEqual(await rig.store.energyFine.names(), ['home']);
    assert.equal(await today(), 1);
  });
});
