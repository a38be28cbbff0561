import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SecurityRig } from '../../test/support/security-rig';
import type { Alert } from '../contract/alert';
import { AurionError } from '../contract/errors';
import type { Rule } from '../domain/alerts/condition';
import type { Trigger } from '../domain/alerts/lifecycle';

const SMOKE: Rule = {
  id: 'node-smoke',
  type: 'smoke',
  severity: 'critical',
  condition: { kind: 'compare', field: 'value', is: '==', than: true },
  message: { fr: 'Fumée : {sensor} ({location})', en: 'Smoke: {sensor} ({location})' },
  forMs: 0,
  coolDownMs: 0,
};

const HOT: Rule = {
  id: 'node-hot',
  type: 'temperature',
  severity: 'warning',
  condition: { kind: 'compare', field: 'value', is: '>', than: 30, overAt: 28 },
  message: { fr: '{sensor} : {value} {unit}', en: '{sensor}: {value} {unit}' },
  forMs: 300_000,
  coolDownMs: 0,
};

const trigger: Trigger = {
  source: 'sensor:1',
  type: 'smoke',
  severity: 'critical',
  message: { fr: 'Fumée', en: 'Smoke' },
  sensorId: 1,
  sensor: 'Fumée',
  location: 'Cuisine',
  finder: 'test',
  cause: null,
};

describe('alerts', () => {
  let rig: SecurityRig;
  beforeEach(async () => {
    rig = await SecurityRig.open();
    await rig.sensors.create({ name: 'Détecteur', type: 'smoke', location: 'Cuisine' });
    await rig.sensors.create({ name: 'Chambre', type: 'temperature', location: 'Chambre' });
  });
  afterEach(() => rig.remove());

  const all = () => rig.alerts.list({ limit: 500 });
  const ofType = (type: string) => (sensor: { type: string }) => sensor.type === type;
  /** What happened of alerts, as `raised smoke`. */
  const told = () =>
    rig.events
      .filter(({ event }) => event.startsWith('alert.'))
      .map(({ event, data }) => `${event.slice(6)} ${(data as Alert).type}`);

  it('M12: what becomes critical later is critical as long as it is found; over by then it is told, and does not stay', async () => {
    const motion: Trigger = { ...trigger, type: 'motion', severity: 'info', cause: '1' };
    const critical: Trigger = { ...motion, severity: 'critical' };
    const shown = async () =>
      (await all()).map(
        ({ severity, active, count }) => `${severity} ${active ? 'active' : 'over'} ×${count}`,
      );
    await rig.alerts.raise(motion);
    await rig.alerts.worsen(critical);
    await rig.alerts.worsen(critical);
    assert.deepEqual(await shown(), ['critical active ×1']);
    await rig.alerts.lost(motion, motion.finder);
    assert.deepEqual(await shown(), ['critical over ×1']);
    await rig.alerts.raise(motion);
    await rig.alerts.lost(motion, motion.finder);
    await rig.alerts.worsen(critical);
    assert.deepEqual(await shown(), ['critical over ×1', 'info over ×1', 'critical over ×1']);
    assert.deepEqual(told(), [
      ...['raised motion', 'raised motion', 'resolved motion'],
      ...['raised motion', 'resolved motion'],
      ...['raised motion', 'resolved motion'],
    ]);
    assert.deepEqual(
      (await rig.store.alerts.list()).map(({ untold }) => untold),
      [null, null, null],
    );
  });

  it('a rule raises an alert, counts repeats, and resolves it; the next is a new one', async () => {
    await rig.rules.add(SMOKE, ofType('smoke'));
    for (const smoke of [true, true, true]) rig.say(1, { smoke });
    await rig.calm();
    const [alert] = await all();
    const { timestamp, lastTimestamp, ...rest } = alert!;
    assert.equal(timestamp, lastTimestamp);
    assert.deepEqual(rest, {
      id: 1,
      type: 'smoke',
      sensor: 'Détecteur',
      sensorId: 1,
      location: 'Cuisine',
      severity: 'critical',
      message: 'Fumée : Détecteur (Cuisine)',
      acknowledged: false,
      active: true,
      count: 3,
    });
    await rig.fakeClock.advance(1000);
    rig.say(1, { smoke: false });
    await rig.fakeClock.advance(1000);
    rig.say(1, { smoke: true });
    await rig.calm();
    assert.deepEqual(
      (await all()).map(({ id, active, count }) => [id, active, count]),
      [
        [2, true, 1],
        [1, false, 3],
      ],
    );
    assert.deepEqual(told(), ['raised smoke', 'resolved smoke', 'raised smoke']);
    assert.deepEqual(
      rig.link.published.map(({ topic, qos }) => [topic, qos]),
      [
        ['aurion/alerts/1', 1],
        ['aurion/alerts/1', 1],
        ['aurion/alerts/2', 1],
      ],
    );
  });

  it('M9: 100 triggers at once in two processes make one alert, told once', async () => {
    const other = new SecurityRig(rig.store, rig.clock);
    await other.start();
    await rig.account('ama');
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? rig : other).alerts.raise(trigger)),
    );
    await rig.calm();
    assert.equal((await all()).length, 1);
    assert.equal(told().length + other.happened('alert.raised').length, 1);
    assert.equal(rig.pushed.length + other.pushed.length, 1);
    await Promise.all([rig, other].map(({ alerts }) => alerts.resolve(trigger)));
    assert.equal(
      rig.happened('alert.resolved').length + other.happened('alert.resolved').length,
      1,
    );
    await rig.alerts.raise(trigger);
    assert.equal((await all()).length, 2);
    await other.stop();
  });

  it('F3: what was raised by hand is in the store when it is answered, however often', async () => {
    await Promise.all(Array.from({ length: 11 }, () => rig.alerts.raise(trigger)));
    const [row] = await rig.store.alerts.list();
    assert.equal(row?.count, 11);
    // A crash: nothing is written any more.
    const later = new SecurityRig(rig.store, rig.clock);
    await later.start();
    assert.equal((await later.alerts.raise(trigger)).count, 12);
    await later.stop();
  });

  it('M19: what was answered no is not counted, and those who raise it at once share a write', async () => {
    const { alerts } = rig.store;
    await rig.alerts.raise(trigger);
    const before = await all();
    await rig.clock.advance(500);
    const update = alerts.update.bind(alerts);
    let writes = 0;
    let isAway = true;
    alerts.update = (...change: Parameters<typeof update>) => {
      writes += 1;
      return isAway ? Promise.reject(new AurionError('STORE_UNAVAILABLE')) : update(...change);
    };
    try {
      const refused = await Promise.allSettled(
        Array.from({ length: 10 }, () => rig.alerts.raise(trigger)),
      );
      assert.ok(refused.every(({ status }) => status === 'rejected'));
      assert.equal(writes, 1);
      assert.deepEqual(await all(), before, 'nor does it look as if it had just been found');
      isAway = false;
      assert.equal((await rig.alerts.raise(trigger)).count, 2);
      assert.equal((await alerts.list())[0]?.count, 2);
    } finally {
      alerts.update = update;
    }
  });

  it('M9: severity rises and is told; it never falls while active', async () => {
    for (const severity of ['info', 'critical', 'warning'] as const) {
      await rig.alerts.raise({ ...trigger, severity });
    }
    const [alert] = await all();
    assert.deepEqual([alert?.severity, alert?.count], ['critical', 3]);
    assert.deepEqual(told(), ['raised smoke', 'raised smoke']);
  });

  it('M9: a duration, with hysteresis; a restart loses no timer', async () => {
    await rig.rules.add(HOT, ofType('temperature'));
    rig.say(2, { temperature: 31 });
    await rig.fakeClock.advance(120_000);
    rig.say(2, { temperature: 29 });
    await rig.calm();
    await rig.stop();
    await rig.fakeClock.advance(60_000);
    await rig.start();
    await rig.rules.add(HOT, ofType('temperature'));
    await rig.fakeClock.advance(118_000);
    assert.deepEqual(await all(), []);
    await rig.fakeClock.advance(3000);
    await rig.calm();
    assert.deepEqual(told(), ['raised temperature']);
    rig.say(2, { temperature: 28 });
    await rig.calm();
    assert.deepEqual(told(), ['raised temperature', 'resolved temperature']);
  });

  it('M9: what changes all the time is one unstable alert, until it is calm', async () => {
    await rig.rules.add(SMOKE, ofType('smoke'));
    for (let i = 0; i < 20; i++) {
      rig.say(1, { smoke: i % 2 === 0 });
      await rig.fakeClock.advance(10_000);
    }
    await rig.calm();
    assert.deepEqual(told().slice(-2), ['raised smoke', 'raised unstable']);
    assert.equal(told().length, 6);
    await rig.fakeClock.advance(600_000);
    await rig.calm();
    assert.deepEqual(told().slice(-2), ['resolved unstable', 'resolved smoke']);
  });

  it('absence for a time raises, the next message resolves', async () => {
    const absent: Rule = {
      ...SMOKE,
      id: 'node-absent',
      type: 'silent',
      condition: { kind: 'absence', forMs: 60_000 },
    };
    await rig.rules.add(absent, ofType('smoke'));
    rig.say(1, { smoke: false });
    await rig.fakeClock.advance(59_000);
    rig.say(1, { smoke: false });
    await rig.fakeClock.advance(59_000);
    await rig.calm();
    assert.deepEqual(told(), []);
    await rig.fakeClock.advance(2000);
    await rig.calm();
    assert.deepEqual(told(), ['raised silent']);
    rig.say(1, { smoke: false });
    await rig.calm();
    assert.deepEqual(told(), ['raised silent', 'resolved silent']);
  });

  it('a silent sensor is found by its going offline, and one nobody ever heard is not', async () => {
    const silent: Rule = {
      ...SMOKE,
      id: 'node-silent',
      type: 'silent',
      condition: { kind: 'compare', field: 'online', is: '==', than: false },
    };
    await rig.rules.add(silent, () => true);
    await rig.calm();
    rig.say(2, { temperature: 20 });
    await rig.fakeClock.advance(3 * 3_600_000 + 61_000);
    await rig.calm();
    assert.deepEqual(
      (await all()).map(({ type, sensorId }) => [type, sensorId]),
      [['silent', 2]],
    );
    rig.say(2, { temperature: 19, timestamp: rig.clock.now() - 5 * 3_600_000 });
    await rig.calm();
    assert.equal((await all())[0]?.active, false);
  });

  it('a level that holds on is found again at a start, and counts no more for it', async () => {
    await rig.rules.add(SMOKE, ofType('smoke'));
    rig.say(1, { smoke: true });
    await rig.calm();
    await rig.stop();
    await rig.start();
    await rig.rules.add(SMOKE, ofType('smoke'));
    await rig.calm();
    assert.deepEqual(
      (await all()).map(({ active, count }) => [active, count]),
      [[true, 1]],
    );
    assert.deepEqual(told(), ['raised smoke']);
  });

  it('a trigger that was only in the journal at a crash is found at the next start', async () => {
    rig.say(1, { smoke: true });
    rig.sensors.stop();
    await rig.start();
    await rig.rules.add(SMOKE, ofType('smoke'));
    await rig.calm();
    assert.deepEqual(told(), ['raised smoke']);
  });

  it('what was raised just before a crash and no longer holds is resolved at the next start', async () => {
    await rig.rules.add(SMOKE, ofType('smoke'));
    rig.say(1, { smoke: true });
    await rig.rules.idle();
    // Gone before the rule's watch was written; meanwhile the smoke has cleared.
    rig.sensors.stop();
    rig.say(1, { smoke: false });
    await rig.rules.idle();
    await rig.store.alerts.update(1, {
      activeKey: 'sensor:1:smoke',
      finders: [SMOKE.id],
      resolvedAt: null,
    });
    await rig.store.alertWatches.deleteWhere({ where: { ruleId: SMOKE.id } });
    await rig.start();
    await rig.rules.add(SMOKE, ofType('smoke'));
    await rig.calm();
    assert.deepEqual(
      (await all()).map(({ active }) => active),
      [false],
    );
  });

  it('a sensor that is switched off or a rule that is gone leaves no alert active', async () => {
    await rig.rules.add(SMOKE, ofType('smoke'));
    rig.say(1, { smoke: true });
    await rig.calm();
    await rig.sensors.toggle(1, false);
    await rig.calm();
    assert.equal((await all())[0]?.active, false);
    rig.say(1, { smoke: true });
    await rig.calm();
    assert.equal((await all())[0]?.active, false);
    // It need not speak again: it said so last (M15).
    await rig.sensors.toggle(1, true);
    await rig.calm();
    assert.equal((await all())[0]?.active, true);
    await rig.rules.retire(SMOKE.id);
    assert.equal((await all())[0]?.active, false);
  });

  it('M10: acknowledging is idempotent, the first one’s time and name stay, and it is not resolved', async () => {
    const { id } = await rig.alerts.raise(trigger);
    await rig.fakeClock.advance(120_000);
    const [first, second] = await Promise.all([
      rig.alerts.acknowledge(id, 'Ama'),
      rig.alerts.acknowledge(id, 'Kofi'),
    ]);
    await rig.fakeClock.advance(1000);
    const third = await rig.alerts.acknowledge(id, 'Yao');
    assert.deepEqual(second, first);
    assert.deepEqual(third, first);
    assert.deepEqual([third.acknowledged, third.active], [true, true]);
    assert.equal(rig.happened('alert.acknowledged').length, 1);
    assert.equal((await rig.alerts.stats(undefined)).averageResponseTime, '2min');
    await assert.rejects(rig.alerts.acknowledge(99, 'Ama'), { code: 'ALERT_NOT_FOUND' });
  });

  it('lists newest first, page by page, by severity, acknowledgement, and whether they are active', async () => {
    for (let i = 1; i <= 5; i++) {
      const severity = i % 2 ? 'info' : 'critical';
      await rig.alerts.raise({ ...trigger, source: `sensor:${i}`, severity });
    }
    await rig.alerts.acknowledge(4, 'Ama');
    const ids = async (filter: object) =>
      (await rig.alerts.list({ limit: 2, ...filter })).map(({ id }) => id);
    assert.deepEqual(await ids({}), [5, 4]);
    assert.deepEqual(await ids({ cursor: '4' }), [3, 2]);
    assert.deepEqual(await ids({ severity: 'critical' }), [4, 2]);
    assert.deepEqual(await ids({ acknowledged: false, cursor: '5' }), [3, 2]);
    assert.deepEqual(await ids({ severity: 'critical', acknowledged: false }), [2]);
    const { totalAlerts, criticalAlerts } = await rig.alerts.stats('24h');
    assert.deepEqual([totalAlerts, criticalAlerts], [5, 1]);
    await rig.alerts.resolve({ source: 'sensor:5', type: 'smoke' });
    await rig.alerts.resolve({ source: 'sensor:3', type: 'smoke' });
    assert.deepEqual(await ids({ active: true }), [4, 2]);
    assert.deepEqual(await ids({ active: true, cursor: '4' }), [2, 1]);
    assert.deepEqual(await ids({ active: true, severity: 'info' }), [1]);
    assert.deepEqual(await ids({ active: false }), [5, 3]);
    assert.deepEqual(await ids({ active: false, cursor: '5' }), [3]);
  });

  it('F1: without a broker alerts are raised all the same', async () => {
    rig.link.connected = false;
    await rig.alerts.raise(trigger);
    assert.deepEqual(told(), ['raised smoke']);
  });
});
