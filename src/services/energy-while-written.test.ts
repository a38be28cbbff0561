import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EnergyRig } from '../../test/support/energy-rig';
import type { TimeSeries } from '../ports/store';

const MINUTE_MS = 60_000;
const START = Date.parse('2026-03-02T08:00:00Z');

describe('energy while it is written', () => {
  let rig: EnergyRig;
  let meters: number[];
  beforeEach(async () => {
    rig = await EnergyRig.open({ start: '2026-03-02T08:00:00Z' });
    meters = [await rig.meter({ name: 'Four' }), await rig.meter({ name: 'Chauffe-eau' })];
    await rig.devices.create(
      { name: 'Lampe', type: 'light', room: 'Salon', power: 60 },
      {
        status: true,
      },
    );
  });
  afterEach(() => rig.remove());

  const say = (at: number, kWh: number): void => {
    for (const meter of meters) rig.say(meter, { energy: kWh, timestamp: at });
  };

  /** What the home used today as people are told it: the figure, each of its hours, each of its devices. */
  async function told(): Promise<object> {
    const { today } = await rig.figures.consumption();
    const history = await rig.figures.history({ period: '24h' });
    const devices = await rig.figures.devices('day');
    return {
      today,
      hours: history.map(({ consumption }) => consumption),
      devices: devices.map(({ consumption }) => consumption),
    };
  }

  /** Asks after each step of it in the store. @returns every answer */
  async function askedWhile(
    work: () => Promise<void>,
    meanwhile: () => void = () => undefined,
  ): Promise<object[]> {
    const { energyFine, energyHours, meterReadings } = rig.store;
    const asked: Promise<object>[] = [];
    const restores = [energyFine, energyHours, meterReadings].map((series: TimeSeries) => {
      const put = series.put.bind(series);
      series.put = async (points) => {
        await put(points);
        asked.push(told());
        meanwhile();
        // Not until it is answered: a question may wait for what is being written.
        for (let i = 0; i < 20; i += 1) await nextTurn();
      };
      return () => void (series.put = put);
    });
    await work();
    for (const restore of restores) restore();
    return Promise.all(asked);
  }

  it('M1: shows all that came in at every moment of it, never less', async () => {
    await begun();
    const answers = await askedWhile(async () => {
      for (let i = 0; i < 12; i += 1) say(START + (14 + 3 * i) * MINUTE_MS, 100.6 + i / 10);
      await rig.settle();
    });
    await areAll(answers);
  });

  it('M6: shows what came late as well, whole', async () => {
    await begun();
    const answers = await askedWhile(async () => {
      say(START - 30 * MINUTE_MS, 99.25);
      say(START + 5 * MINUTE_MS, 100.1);
      await rig.settle();
    });
    await areAll(answers);
  });

  it('M6: counts what comes meanwhile, in order or late, at once and in the store', async () => {
    await begun();
    const at = (nth: number) => START + 10 * MINUTE_MS + nth * 10_000;
    let next = 0;
    const meanwhile = (): void => {
      if (next >= 200) return;
      next += 1;
      say(at(next), 100.5 + next / 1000);
      if (next % 3 === 0) say(at(next - 1.5), 100.5 + (next - 1.5) / 1000);
    };
    await askedWhile(async () => {
      for (let i = 0; i < 3; i += 1) {
        meanwhile();
        await rig.settle();
      }
    }, meanwhile);
    assert.ok(next > 20, String(next));
    const before = await told();
    await rig.settle();
    assert.deepEqual(await told(), before);
    await rig.restart('2026-03-02T08:55:00Z');
    const { devices } = (await told()) as { devices: number[] };
    const used = 0.5 + next / 1000;
    assert.deepEqual(devices.slice(0, 2), [used, used]);
  });

  async function begun(): Promise<void> {
    say(START, 100);
    await rig.clock.advance(55 * MINUTE_MS);
    say(START + 10 * MINUTE_MS, 100.5);
    await rig.settle();
  }

  async function areAll(answers: readonly object[]): Promise<void> {
    assert.ok(answers.length >= 5, String(answers.length));
    const all = await told();
    for (const answer of answers) assert.deepEqual(answer, all);
  }
});
