import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { memoryLogger } from '../../test/support/test-store';
import type { HomeEvent } from '../contract/events';
import { burns } from '../domain/away/evening';
import { Away } from './away';
import { EventBus } from './event-bus';
import { ScheduleHome } from './schedule-rig.suite';
import { Settings } from './settings';
import { often } from '../../test/support/often';

const MINUTE_MS = 60_000;
/** Evenings differ by their seed, and some have little light. */
const random = { token: () => 'canari' };

describe('M12: away mode', () => {
  let home: ScheduleHome;
  let settings: Settings;
  let away: Away;
  let events: HomeEvent[];

  beforeEach(async () => {
    home = await ScheduleHome.open('2026-11-22T12:00:00Z');
    await open();
  });
  afterEach(async () => {
    await away.stop();
    await home.remove();
  });

  async function open(): Promise<void> {
    const { store, clock } = home;
    const logger = memoryLogger();
    const bus = new EventBus(clock, logger);
    events = [];
    bus.on((event) => events.push(event));
    settings = new Settings(store);
    await settings.start();
    const { devices } = home.process;
    const ports = { store, clock, random, logger, devices, events: bus, settings };
    away = new Away(ports, 'Africa/Lome');
    await away.start();
  }

  async function pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await home.pass(MINUTE_MS);
      await away.idle();
    }
  }

  const lights = () => home.process.devices.list().map(({ status }) => status);
  const byHand = (id: number, status: boolean) =>
    home.process.devices.command(id, () => ({ status, attributes: {} }));

  it('arms when the time to leave is over, and says so', async () => {
    const mode = await away.set(true);
    assert.deepEqual(mode, { enabled: true, since: '2026-11-22T12:00:10.000Z', armed: false });
    assert.equal(away.isArmed(), false);
    await pass(2);
    assert.equal(away.isArmed(), true);
    assert.deepEqual(
      events.map(({ event, data }) => [event, 'armed' in data && data.armed]),
      [
        ['home.away', false],
        ['home.away', true],
      ],
    );
    await away.set(false);
    assert.deepEqual([away.isArmed(), away.mode.since], [false, null]);
  });

  it('leaves time to come home', async () => {
    await away.set(true);
    assert.equal(await away.staysArmed(), false);
    await pass(2);
    const burglar = away.staysArmed();
    await home.pass(31_000);
    assert.equal(await burglar, true);
    const owner = away.staysArmed();
    await away.set(false);
    await home.pass(31_000);
    assert.equal(await owner, false);
  });

  it('plays an evening on lights, and gives back what it changed', async () => {
    await byHand(2, true);
    const before = lights();
    await away.set(true);
    await pass(5 * 60);
    assert.deepEqual(lights(), before, 'nothing happens before the evening');
    home.effects.length = 0;
    await pass(4 * 60);
    assert.ok(home.effects.length >= 4, `${home.effects.length} changes`);
    await away.set(false);
    await pass(1);
    assert.deepEqual(lights(), before);
    assert.equal(
      (await home.store.settings.list()).filter(({ id }) => id.startsWith('away.l')).length,
      0,
    );
  });

  it('leaves alone what somebody switched after it', async () => {
    await away.set(true);
    await pass(7 * 60);
    const now = lights();
    // Whoever is there wants the opposite, and then the same again: it is his now.
    for (const [index, status] of now.entries()) {
      await byHand(index + 1, !status);
      await byHand(index + 1, status);
    }
    await away.set(false);
    await pass(1);
    assert.deepEqual(lights(), now);
  });

  it('survives a restart: the same evening, and still what was before', async () => {
    await away.set(true);
    await pass(7 * 60);
    const { mode } = away;
    assert.ok(lights().includes(true), 'an evening with light');
    await away.stop();
    await home.process.devices.fold();
    await home.stop();
    await home.start();
    await open();
    assert.deepEqual(away.mode, mode);
    assert.equal(away.isArmed(), true);
    const { length } = home.effects;
    await pass(1);
    assert.ok(home.effects.length <= length + 1, 'it does not begin anew');
    await away.set(false);
    await pass(1);
    assert.deepEqual(lights(), [false, false]);
  });

  it('simulates on chosen lights only, and not while nothing shall be automatic', async () => {
    await settings.change(null, { presenceLights: [2] });
    await away.set(true);
    await pass(9 * 60);
    assert.ok(home.effects.length > 0);
    assert.ok(home.effects.every(({ deviceId }) => deviceId === 2));
    home.effects.length = 0;
    await settings.change(null, { autoMode: false });
    await pass(24 * 60);
    assert.deepEqual(home.effects, []);
  });
});

describe('an evening', () => {
  const MINUTES = Array.from({ length: 1440 }, (_, minute) =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':'),
  );
  const date = fc
    .integer({ min: 1, max: 28 })
    .map((day) => `2026-11-${String(day).padStart(2, '0')}`);

  it('is the same again, dark in the day and at night, and not too restless', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), date, fc.string(), (light, day, seed) => {
        const on = MINUTES.map((time) => burns(light, day, time, seed));
        assert.deepEqual(
          on,
          MINUTES.map((time) => burns(light, day, time, seed)),
        );
        assert.ok(!on.slice(0, 17.5 * 60).includes(true) && !on.slice(23.5 * 60).includes(true));
        const changes = on.filter((status, minute) => minute > 0 && status !== on[minute - 1]);
        assert.ok(changes.length <= 18);
      }),
      { numRuns: often(60), seed: 1 },
    );
  });

  it('is another one each day, and for each light', () => {
    const evening = (light: number, day: string) =>
      MINUTES.map((time) => Number(burns(light, day, time, 'seed'))).join('');
    const days = Array.from({ length: 20 }, (_, day) => evening(1, `2026-11-${day + 10}`));
    assert.equal(new Set(days).size, 20);
    assert.equal(new Set([1, 2, 3].map((light) => evening(light, '2026-11-22'))).size, 3);
  });
});
