import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SecurityRig } from '../../test/support/security-rig';

const DAY_MS = 86_400_000;

describe('sensors', () => {
  let rig: SecurityRig;
  beforeEach(async () => {
    rig = await SecurityRig.open();
    await rig.sensors.create({ name: 'Entrée', type: 'motion', location: 'Entrée' });
    await rig.sensors.create({ name: 'Chambre', type: 'temperature', location: 'Chambre' });
  });
  afterEach(() => rig.remove());

  const now = () => rig.clock.now();
  const readings = () => rig.happened('sensor.reading');

  it('shows what a sensor said, and tells it', () => {
    rig.say(1, { motion: true, battery: 85 });
    const seen = new Date(now()).toISOString();
    const expected = {
      id: 1,
      name: 'Entrée',
      type: 'motion',
      location: 'Entrée',
      status: 'active',
      battery: 85,
      lastTrigger: seen,
      value: true,
      online: true,
    };
    assert.deepEqual(rig.sensors.get(1), expected);
    assert.deepEqual(readings()[0]?.data, { ...expected, timestamp: seen });
  });

  it('M6: 10,000 messages of 10 days, shuffled, 20 % twice, give the history of the ordered run, and with the same last word its state', async () => {
    await rig.sensors.create({ name: 'Autre', type: 'temperature', location: 'Chambre' });
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      temperature: 20 + (i % 97) / 10,
      timestamp: now() - 10 * DAY_MS + i * 86_000,
      seq: i,
      battery: 100 - Math.floor(i / 150),
    }));
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const shuffled = [...messages, ...messages.slice(0, 2000)]
      .map((message) => [random(), message] as const)
      .sort(([a], [b]) => a - b);
    for (const message of messages) rig.say(2, message);
    for (const [i, [, message]] of shuffled.entries()) {
      rig.say(3, message);
      // Part of it is in the store already when the rest comes.
      if (i % 5000 === 4999) await rig.fakeClock.advance(61_000);
    }
    // What is shown is what came last (M15).
    for (const id of [2, 3]) rig.say(id, { temperature: 31, battery: 30, timestamp: now() });
    const counts = rig.intake.counts;
    assert.deepEqual(counts.dropped, { duplicate: 2000 });
    await rig.stop();
    await rig.start();
    const ordered = rig.sensors.get(2);
    assert.equal(ordered.value, 31);
    const other = { ...rig.sensors.get(3), id: ordered.id, name: ordered.name };
    assert.equal(JSON.stringify(other), JSON.stringify(ordered));
    for (const table of ['sensorReadings', 'sensorMinutes', 'sensorHours'] as const) {
      const of = async (series: string) =>
        (await rig.store[table].read(series)).map((point) => ({ ...point, series: '' }));
      const [one, two] = [await of('2'), await of('3')];
      assert.equal(JSON.stringify(two), JSON.stringify(one), table);
      assert.ok(one.length >= 239, table);
    }
    assert.equal((await rig.store.sensorReadings.read('3')).length, 10_001);
  });

  it('M6: a late reading corrects its minute and hour, however late; M15: it is shown, since it came last', async () => {
    rig.say(2, { temperature: 20, timestamp: now() - 3_600_000 });
    rig.say(2, { temperature: 30, timestamp: now() });
    await rig.fakeClock.advance(61_000);
    rig.say(2, { temperature: 26, timestamp: now() - 61_000 - 3_600_000 + 1 });
    const history = await rig.sensors.historyOf(2, { limit: 2 });
    const [hour] = await rig.store.sensorHours.read('2');
    assert.deepEqual(hour?.value, { min: 20, max: 26, mean: 23, last: 26, count: 2, unit: '°C' });
    assert.equal(rig.sensors.get(2).value, 26);
    assert.equal(readings().length, 3);
    assert.deepEqual(
      history.map(({ value, unit }) => [value, unit]),
      [
        [30, '°C'],
        [26, '°C'],
      ],
    );
  });

  it('M6: a sensor that counts anew has restarted: told, and kept', () => {
    rig.say(1, { motion: false, seq: 500 });
    rig.say(1, { motion: true, seq: 1 });
    assert.deepEqual(rig.happened('device.restarted')[0]?.data, {
      sensorId: 1,
      name: 'Entrée',
      seq: 1,
    });
    assert.equal(rig.sensors.get(1).value, true);
  });

  it('M7: what the broker remembers is state: no event, no trigger, no history, and nobody was heard', async () => {
    rig.say(1, { motion: true, battery: 40 }, { retained: true });
    const { value, battery, lastTrigger, online } = rig.sensors.get(1);
    assert.deepEqual([value, battery, lastTrigger, online], [true, 40, null, false]);
    assert.equal(rig.events.length, 0);
    assert.deepEqual(await rig.sensors.historyOf(1, { limit: 10 }), []);
    rig.say(1, { motion: false, timestamp: now() });
    rig.say(1, { motion: true, timestamp: now() - 1 }, { retained: true });
    assert.equal(rig.sensors.get(1).value, false);
  });

  it('F8: 10,000 retained messages on connecting are state only, counted one by one', () => {
    for (let i = 0; i < 5000; i++) {
      rig.say(1, { motion: i % 2 === 0 }, { retained: true });
      rig.say(`inconnu${i}`, { motion: true }, { retained: true });
    }
    assert.deepEqual(rig.intake.counts, {
      received: 10_000,
      kept: 5000,
      dropped: { unknown: 5000 },
    });
    assert.equal(rig.events.length, 0);
    assert.ok(rig.sensors.discovered('en').length <= 200);
  });

  it('F8: only the noisy sensor is limited, and every message is counted', async () => {
    for (let i = 0; i < 30_000; i++) rig.say(1, { motion: i % 2 === 0 });
    rig.say(2, { temperature: 21 });
    assert.equal(rig.sensors.get(2).value, 21);
    // What is over is not told of, but for the motion that begins and for the last word.
    assert.deepEqual(rig.intake.counts, {
      received: 30_000,
      kept: 20_002,
      dropped: { rate: 9998 },
    });
    assert.equal(rig.sensors.get(1).value, true);
    await rig.fakeClock.advance(10);
    assert.equal(rig.intake.counts.kept, 20_003);
    assert.equal(rig.sensors.get(1).value, false);
  });

  it('M15: an alarm in the midst of a flood is raised at once', () => {
    for (let i = 0; i < 40_000; i++) rig.say(1, { motion: false, battery: 20 + (i % 50) });
    rig.say(1, { motion: true });
    rig.say(1, { motion: false });
    assert.equal(rig.sensors.get(1).value, true);
    assert.equal(rig.sensors.get(1).lastTrigger, new Date(now()).toISOString());
  });

  it('M15: what it noticed last was when the home heard it, whatever its clock says; five minutes before are believed', async () => {
    const [minute, month] = [60_000, 30 * 86_400_000];
    const shows = (at: number) =>
      assert.equal(rig.sensors.get(1).lastTrigger, new Date(at).toISOString());
    rig.say(1, { motion: true, timestamp: now() - 3 * month });
    shows(now() - 5 * minute);
    rig.say(1, { motion: true, timestamp: now() - 2 * minute });
    shows(now() - 2 * minute);
    rig.say(1, { motion: true, timestamp: now() + 4 * minute });
    shows(now());
    const heard = now();
    await rig.fakeClock.advance(60 * minute);
    // What is sent again tells of the past, and of no later time than it says.
    rig.say(1, { motion: true, timestamp: heard + 50 * minute }, { duplicate: true });
    shows(heard + 50 * minute);
  });

  it('M15: a sensor registered under a key that spoke before shows its last message, and rules look at it', async () => {
    const input = { name: 'Salon', type: 'smoke', location: 'Salon' } as const;
    rig.say('smoke-9', { smoke: true, battery: 64 });
    const { id, value, battery } = await rig.sensors.create({ ...input, key: 'smoke-9' });
    assert.deepEqual([value, battery], [true, 64]);
    assert.deepEqual(rig.sensors.get(id).value, true);
    assert.deepEqual(rig.sensors.discovered('en'), []);
    rig.say('other-9', { temperature: 'hot' });
    assert.equal((await rig.sensors.create({ ...input, key: 'other-9' })).value, undefined);
  });

  it('S15: bad input is refused with a reason, counted, and changes nothing', () => {
    const before = rig.sensors.get(2);
    rig.say(2, { temperature: 'hot' });
    rig.say(2, '{"temperature":1e999}');
    rig.say(2, { temperature: 20, unit: 'furlong' });
    rig.say(2, '{"__proto__":{"temperature":20}}');
    rig.say(2, 'x'.repeat(1e6));
    assert.deepEqual(rig.intake.counts.dropped, {
      'wrong-type': 2,
      'unknown-unit': 1,
      'forbidden-key': 1,
      'too-large': 1,
    });
    assert.deepEqual(rig.sensors.get(2), before);
    assert.match(
      rig.logger.lines.at(-1) ?? '',
      /^warn: Message on aurion\/sensors\/2\/data refused/,
    );
  });

  it('S14: names that are none are nobody’s, and two sensors can’t have one key', async () => {
    for (const name of ['__proto__', 'constructor', 'a.b', '..%2f', 'x'.repeat(65), '1/data/x']) {
      rig.say(name, { motion: true });
    }
    assert.equal(rig.events.length, 0);
    const listed = rig.sensors.discovered('en');
    assert.deepEqual(
      listed.filter(({ adoptable }) => !adoptable).map(({ key }) => key),
      ['x'.repeat(65), '..%2f', 'a.b', 'constructor', '__proto__'],
    );
    await rig.sensors.change(1, { key: 'entree' });
    rig.say('entree', { motion: true });
    assert.equal(rig.sensors.get(1).value, true);
    const twin = { name: 'B', type: 'door', location: 'x', key: 'entree' } as const;
    await assert.rejects(rig.sensors.create(twin), { code: 'SENSOR_KEY_TAKEN' });
  });

  it('a sensor that is switched off is counted and not kept', async () => {
    assert.equal((await rig.sensors.toggle(1, false)).status, 'inactive');
    rig.say(1, { motion: true });
    assert.deepEqual(rig.intake.counts.dropped, { disabled: 1 });
    assert.equal(rig.sensors.get(1).value, undefined);
    await rig.sensors.toggle(1, true);
    rig.say(1, { motion: true });
    assert.equal(rig.sensors.get(1).value, true);
  });

  it('what is discovered can be adopted with its last message', async () => {
    rig.say('cave', { water_leak: true });
    assert.deepEqual(
      rig.sensors.discovered('en').map(({ key, count }) => [key, count]),
      [['cave', 1]],
    );
    const adopted = await rig.sensors.adopt({
      key: 'cave',
      name: 'Cave',
      type: 'leak',
      location: 'Cave',
    });
    assert.deepEqual([adopted.id, adopted.value, adopted.online], [3, true, false]);
    assert.deepEqual(rig.sensors.discovered('en'), []);
    const again = { key: 'cave', name: 'Cave', type: 'leak', location: 'Cave' } as const;
    await assert.rejects(rig.sensors.adopt(again), { code: 'DISCOVERED_NOT_FOUND' });
  });

  it('is silent after the time of its type, and back with its next word; uptime says how long', async () => {
    rig.say(2, { temperature: 20 });
    assert.equal(rig.sensors.stats('24h').uptime, 100);
    await rig.fakeClock.advance(3 * 3_600_000 + 60_000);
    assert.equal(rig.sensors.get(2).online, false);
    await rig.fakeClock.advance(3 * 3_600_000 - 60_000);
    rig.say(2, { temperature: 21 });
    assert.equal(rig.sensors.get(2).online, true);
    const { uptime, totalSensors, activeSensors } = rig.sensors.stats('24h');
    assert.deepEqual([totalSensors, activeSensors], [2, 2]);
    assert.ok(uptime !== null && uptime > 50 && uptime < 51, String(uptime));
  });

  it('M13: a wall clock set ahead makes nobody silent, nor does downtime', async () => {
    rig.say(2, { temperature: 20 });
    await rig.stop();
    await rig.fakeClock.advance(30 * DAY_MS);
    await rig.start();
    await rig.fakeClock.advance(60_000);
    assert.equal(rig.sensors.get(2).online, true);
    await rig.fakeClock.advance(600_000);
    assert.equal(rig.sensors.get(2).online, false);
  });

  it('F3: what was in the journal at a crash is taken in once, in state and history', async () => {
    rig.say(1, { motion: true });
    rig.say(1, { motion: false });
    rig.say(2, { temperature: 20, timestamp: now() - 5 });
    await rig.fakeClock.advance(1500);
    rig.say(1, { motion: true });
    // No stop: the process is gone. The state of the first three is in the store, nothing else.
    assert.equal(rig.journal.records.length, 4);
    const trigger = rig.sensors.get(1).lastTrigger;
    rig.sensors.stop();
    await rig.start();
    assert.equal(rig.sensors.get(1).value, true);
    assert.equal(rig.sensors.get(1).lastTrigger, trigger);
    assert.equal(rig.journal.records.length, 0);
    const values = (await rig.sensors.historyOf(1, { limit: 10 })).map(({ value }) => value);
    assert.deepEqual(values, [true, false, true]);
    assert.equal((await rig.sensors.historyOf(2, { limit: 10 })).length, 1);
  });

  it('raw readings are kept for ten days behind the newest, then minutes, then hours', async () => {
    const start = now() - 300 * DAY_MS;
    for (let day = 0; day < 50; day++) {
      for (const second of [0, 20, 40]) {
        rig.say(2, {
          temperature: day + second / 100,
          timestamp: start + day * DAY_MS + second * 1000,
        });
      }
    }
    const { length } = await rig.sensors.historyOf(2, { limit: 1000 });
    assert.equal((await rig.store.sensorReadings.read('2')).length, 11 * 3 - 1 + 1);
    assert.equal((await rig.store.sensorMinutes.read('2')).length, 31);
    assert.equal((await rig.store.sensorHours.read('2')).length, 50);
    assert.equal(length, 11 * 3 + 20 + 19);
    const from = start + 10 * DAY_MS;
    const [point] = await rig.sensors.historyOf(2, { from, to: from + DAY_MS, limit: 5 });
    assert.deepEqual(point?.value, 10.4);
  });

  it('a deleted sensor leaves nothing behind', async () => {
    rig.say(1, { motion: true });
    await rig.fakeClock.advance(61_000);
    await rig.sensors.remove(1);
    assert.throws(() => rig.sensors.get(1), { code: 'SENSOR_NOT_FOUND' });
    await rig.fakeClock.advance(61_000);
    assert.equal((await rig.store.sensorReadings.names()).length, 0);
    assert.equal(await rig.store.sensorStates.get('1'), null);
  });
});
