import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { arrivedNow } from '../domain/intake/arrival';
import { LOME, PARIS, ScheduleHome } from './schedule-rig.suite';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('M11: the scheduler', () => {
  let home: ScheduleHome;
  afterEach(() => home.remove());

  const daily = (time: string, action: 'on' | 'off' = 'on') =>
    ({ type: 'daily', time, action }) as const;

  it('switches at the slot, once, and keeps what became of it', async () => {
    home = await ScheduleHome.open('2026-11-22T17:00:00Z');
    const { id, nextRun } = await home.process.schedules.create(1, daily('18:00'));
    assert.equal(nextRun, '2026-11-22T18:00:00.000Z');
    await home.until('2026-11-22T17:59:59Z');
    assert.deepEqual(home.did(), []);
    await home.until('2026-11-23T17:00:00Z');
    assert.deepEqual(home.did(), ['2026-11-22T18:00:00Z 1 on']);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 done']);
    const fired = home.process.events.filter(({ event }) => event === 'schedule.fired');
    assert.deepEqual(
      fired.map(({ data }) => data),
      [
        {
          ...{ scheduleId: 1, deviceId: 1, device: 'Lampe', type: 'daily', action: 'on' },
          ...{ slot: '2026-11-22T18:00:00.000Z', outcome: 'done' },
        },
      ],
    );
  });

  it('02:30 in Paris runs at 03:00 on the spring day and once on the autumn day', async () => {
    home = await ScheduleHome.open('2026-03-28T12:00:00Z', PARIS);
    await home.process.schedules.create(1, daily('02:30'));
    await home.until('2026-03-30T12:00:00Z');
    assert.deepEqual(home.did(), ['2026-03-29T01:00:00Z 1 on', '2026-03-30T00:30:00Z 1 on']);
    await home.stop();
    home.effects.length = 0;
    home.clock.set('2026-10-24T12:00:00Z');
    await home.start();
    home.effects.length = 0;
    await home.until('2026-10-26T12:00:00Z');
    assert.deepEqual(home.did(), ['2026-10-25T00:30:00Z 1 on', '2026-10-26T01:30:00Z 1 on']);
  });

  it('the end of February has no 29th but in leap years', async () => {
    home = await ScheduleHome.open('2027-02-27T12:00:00Z');
    const cron = { type: 'cron', cron: '0 8 29 2 *', action: 'on' } as const;
    await home.process.schedules.create(1, cron);
    await home.process.schedules.create(2, daily('08:00'));
    await home.until('2027-03-01T12:00:00Z');
    assert.deepEqual(home.did(), ['2027-02-28T08:00:00Z 2 on', '2027-03-01T08:00:00Z 2 on']);
    const [leap] = await home.process.schedules.list(1);
    assert.equal(leap?.nextRun, '2028-02-29T08:00:00.000Z');
  });

  it('a downtime 17–20 h over on 18:00 and off 19:00 gives one off', async () => {
    home = await ScheduleHome.open('2026-11-22T16:00:00Z');
    const on = await home.process.schedules.create(1, daily('18:00'));
    const off = await home.process.schedules.create(1, daily('19:00', 'off'));
    await home.until('2026-11-22T17:00:00Z');
    await home.stop();
    home.clock.set('2026-11-22T20:00:00Z');
    await home.start();
    assert.deepEqual(home.did(), ['2026-11-22T20:00:05Z 1 off']);
    assert.deepEqual(await home.process.outcomes(on.id), ['2026-11-22T18:00 missed replaced']);
    assert.deepEqual(await home.process.outcomes(off.id), ['2026-11-22T19:00 done']);
  });

  it('each policy after a downtime over several slots', async () => {
    home = await ScheduleHome.open('2026-11-22T12:00:00Z');
    const make = (policy: 'skip' | 'run-last' | 'state') =>
      home.process.schedules.create(policy === 'skip' ? 2 : 1, {
        ...{ type: 'cron', cron: '0 13-15 * * *', action: 'on', policy },
      });
    const skip = await make('skip');
    const last = await make('run-last');
    await home.stop();
    home.clock.set('2026-11-22T23:30:00Z');
    await home.start();
    assert.deepEqual(home.did(), ['2026-11-22T23:30:05Z 1 on']);
    const at = (hour: number) => `2026-11-22T${hour}:00`;
    assert.deepEqual(await home.process.outcomes(skip.id), [
      ...[13, 14, 15].map((hour) => `${at(hour)} missed downtime`),
    ]);
    assert.deepEqual(await home.process.outcomes(last.id), [
      ...[13, 14].map((hour) => `${at(hour)} missed replaced`),
      `${at(15)} done`,
    ]);
  });

  it('once that was missed is marked, told and never run late', async () => {
    home = await ScheduleHome.open('2026-11-22T16:00:00Z');
    const once = { type: 'once', time: '18:00', action: 'on', policy: 'run-last' } as const;
    const { id } = await home.process.schedules.create(1, once);
    await home.stop();
    home.clock.set('2026-11-22T18:10:00Z');
    await home.start();
    await home.pass(24 * HOUR_MS);
    assert.deepEqual(home.did(), []);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 missed downtime']);
    assert.deepEqual(home.process.missed(), ['once 2026-11-22T18:00 downtime']);
    const [shown] = await home.process.schedules.list(1);
    assert.equal(shown?.nextRun, null);
  });

  it('a change by hand after the slot wins, also when it was before a restart', async () => {
    home = await ScheduleHome.open('2026-11-22T16:00:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    await home.stop();
    // Another part of the house still works: somebody switches the lamp off at 18:30.
    home.clock.set('2026-11-22T18:30:00Z');
    await home.process.devices.command(1, () => ({ status: false, attributes: {} }));
    await home.process.devices.fold();
    home.clock.set('2026-11-22T19:00:00Z');
    await home.start();
    assert.deepEqual(home.did(), ['2026-11-22T18:30:00Z 1 off']);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 superseded']);
  });

  it('a device that fails leaves a failed run with the reason', async () => {
    home = await ScheduleHome.open('2026-11-22T17:59:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    const topic = 'aurion/devices/1/availability';
    const message = { topic, payload: Buffer.from('offline'), retained: false, duplicate: false };
    const offline = home.process.devices.understand(message, arrivedNow(home.clock.now()));
    assert.ok(typeof offline === 'object');
    offline?.take();
    await home.pass(2 * MINUTE_MS);
    assert.deepEqual(home.did(), []);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 failed DEVICE_OFFLINE']);
    const [fired] = home.process.events.filter(({ event }) => event === 'schedule.fired');
    assert.equal((fired?.data as { reason?: string }).reason, 'DEVICE_OFFLINE');
    // Another day, another try.
    await home.pass(24 * HOUR_MS);
    assert.equal((await home.process.outcomes(id)).length, 2);
  });

  it('a press of the device’s own button after the slot wins, too', async () => {
    home = await ScheduleHome.open('2026-11-22T16:00:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    const report = (status: boolean) => {
      const payload = Buffer.from(JSON.stringify({ status }));
      const message = { topic: 'aurion/devices/1/status', payload, retained: false };
      const taken = home.process.devices.understand(
        { ...message, duplicate: false },
        arrivedNow(0),
      );
      assert.ok(typeof taken === 'object');
      taken?.take();
    };
    report(true);
    await home.stop();
    home.clock.set('2026-11-22T18:30:00Z');
    report(false);
    await home.process.devices.fold();
    home.clock.set('2026-11-22T19:00:00Z');
    await home.start();
    assert.deepEqual(home.did(), []);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 superseded']);
  });

  it('F2: a store that is away at the slot is waited for', async () => {
    home = await ScheduleHome.open('2026-11-22T17:59:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    await home.process.scheduler.idle();
    const { schedules } = home.store;
    const list = schedules.list.bind(schedules);
    schedules.list = () => Promise.reject(new Error('away'));
    await home.pass(90_000);
    schedules.list = list;
    await home.pass(10_000);
    assert.equal(home.effects.length, 1);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 done']);
    assert.deepEqual(home.process.logger.lines, ['error: Schedules wait: Error: away']);
  });

  it('what is disabled does not run, nor late when it is enabled again', async () => {
    home = await ScheduleHome.open('2026-11-22T17:00:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    assert.equal((await home.process.schedules.change(id, { enabled: false })).nextRun, null);
    await home.until('2026-11-22T18:01:00Z');
    await home.process.schedules.change(id, { enabled: true });
    await home.until('2026-11-22T18:30:00Z');
    assert.deepEqual(home.did(), []);
    await home.process.schedules.remove(id);
    await home.until('2026-11-23T19:00:00Z');
    assert.deepEqual([home.did(), await home.store.scheduleRuns.count()], [[], 0]);
  });

  it('while people want nothing automatic, slots are missed and say so', async () => {
    home = await ScheduleHome.open('2026-11-22T17:59:00Z');
    const { id } = await home.process.schedules.create(1, daily('18:00'));
    home.process.automatic = false;
    await home.pass(2 * MINUTE_MS);
    assert.deepEqual(home.did(), []);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 missed automation-off']);
  });

  it('S24: what became of the slots comes in pages, newest first', async () => {
    home = await ScheduleHome.open('2026-11-22T17:00:00Z');
    const sun = { type: 'sun', event: 'sunset', action: 'on' } as const;
    const { id } = await home.process.schedules.create(1, sun);
    await home.until('2026-11-27T20:00:00Z');
    const all = await home.process.schedules.runs({ id, limit: 50 });
    assert.equal(all.length, 6);
    const paged = await home.process.schedules.runs({ id, limit: 4 });
    const cursor = paged.at(-1)!.cursor;
    const rest = await home.process.schedules.runs({ id, limit: 4, cursor });
    assert.deepEqual([...paged, ...rest], all);
    assert.match(all[0]!.slot, /^2026-11-27T17:/);
  });

  it('a year of days, in seconds', async () => {
    home = await ScheduleHome.open('2026-01-01T00:00:00Z', PARIS, 24 * HOUR_MS);
    const { id } = await home.process.schedules.create(1, daily('07:30'));
    await home.until('2027-01-01T00:00:00Z');
    assert.equal(home.effects.length, 365);
    const summer = home.effects.filter(({ at }) => at.endsWith('T05:30:00Z'));
    const winter = home.effects.filter(({ at }) => at.endsWith('T06:30:00Z'));
    assert.deepEqual([summer.length, winter.length], [210, 155]);
    assert.equal(new Set(home.effects.map(({ at }) => at)).size, 365);
    const kept = await home.store.scheduleRuns.count({ scheduleId: id });
    assert.ok(kept >= 100 && kept <= 110, `${kept} runs kept`);
  });
});

describe('M13: the scheduler and a clock that jumps', () => {
  let home: ScheduleHome;
  afterEach(() => home.remove());

  const make = (time: string, policy: 'skip' | 'run-last' | 'state' = 'state') =>
    home.process.schedules.create(1, { type: 'daily', time, action: 'on', policy });

  it('back: nothing runs twice, what is new runs', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    await make('18:00');
    await home.until('2026-11-22T18:05:00Z');
    home.clock.set('2026-11-22T17:05:00Z');
    await make('17:30');
    await home.until('2026-11-22T19:00:00Z');
    assert.deepEqual(home.did(), ['2026-11-22T18:00:00Z 1 on', '2026-11-22T17:30:00Z 1 on']);
    await home.until('2026-11-23T19:00:00Z');
    assert.equal(home.effects.length, 4);
  });

  it('ahead by two minutes: the slot is still in time, by whatever policy', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    await make('18:00', 'skip');
    await home.until('2026-11-22T17:59:30Z');
    home.clock.set('2026-11-22T18:01:00Z');
    await home.pass(MINUTE_MS);
    assert.equal(home.effects.length, 1);
  });

  it('ahead by ten minutes: a slot after it runs in time', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    await make('18:00', 'skip');
    home.clock.set('2026-11-22T17:45:00Z');
    await home.until('2026-11-22T18:30:00Z');
    assert.equal(home.effects.length, 1);
    assert.match(home.did()[0]!, /^2026-11-22T18:00:/);
  });

  it('ahead to just before the slot: it runs in time', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    await make('18:00', 'skip');
    await home.until('2026-11-22T17:44:30Z');
    home.clock.set('2026-11-22T17:59:30Z');
    await home.pass(5 * MINUTE_MS);
    assert.equal(home.effects.length, 1);
  });

  it('ahead over the slot and back to just before it: it runs', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    const { id } = await make('18:00', 'skip');
    home.clock.set('2026-11-22T18:30:00Z');
    await home.pass(2 * MINUTE_MS);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 missed downtime']);
    home.clock.set('2026-11-22T17:59:50Z');
    await home.pass(2 * MINUTE_MS);
    assert.equal(home.effects.length, 1);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 done']);
  });

  it('ahead over the slot: that is downtime', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z');
    const { id } = await make('18:00', 'skip');
    home.clock.set('2026-11-22T18:10:00Z');
    await home.pass(2 * MINUTE_MS);
    assert.deepEqual(home.did(), []);
    assert.deepEqual(await home.process.outcomes(id), ['2026-11-22T18:00 missed downtime']);
  });

  for (const [far, future] of [
    ['weeks', '2026-12-24T12:00:00Z'],
    ['years', '2028-12-24T12:00:00Z'],
  ] as const) {
    it(`${far} ahead and back again: the coming days run all the same`, async () => {
      home = await ScheduleHome.open('2026-11-22T12:00:00Z');
      await make('18:00', 'skip');
      home.clock.set(future);
      await home.pass(2 * MINUTE_MS);
      home.clock.set('2026-11-22T12:10:00Z');
      await home.until('2026-11-24T20:00:00Z');
      assert.deepEqual(home.did(), [
        '2026-11-22T18:00:00Z 1 on',
        '2026-11-23T18:00:00Z 1 on',
        '2026-11-24T18:00:00Z 1 on',
      ]);
    });
  }

  it('while it was down, to before it went down: nothing runs twice', async () => {
    home = await ScheduleHome.open('2026-11-22T17:30:00Z', LOME);
    await make('18:00');
    await home.until('2026-11-22T18:05:00Z');
    await home.stop();
    home.clock.set('2026-11-22T17:50:00Z');
    await home.start();
    await home.until('2026-11-22T19:00:00Z');
    assert.equal(home.effects.length, 1);
  });
});
