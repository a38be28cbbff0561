import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IConnackPacket } from 'mqtt';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { until } from '../mqtt/message-link.suite';
import { BrokerRig, closed, reading } from './broker-rig.suite';
import type { Seats } from './seats';

const LASTING = { clientId: 'plug', clean: false } as const;

describe('what the embedded broker hands out', () => {
  let rig: BrokerRig;

  beforeEach(async () => {
    rig = await BrokerRig.open();
  });
  afterEach(() => rig.close());

  /** Comes back as the one who slept: what it is handed, until a message of its own comes through. */
  async function comeBack(username: string, ownTopic: string) {
    const client = rig.begin(username, LASTING);
    const topics: string[] = [];
    client.on('message', (topic) => void topics.push(topic));
    const [{ sessionPresent }] = (await once(client as never, 'connect')) as [IConnackPacket];
    await client.subscribeAsync(ownTopic, { qos: 1 });
    await rig.broker.publish(ownTopic, 'own');
    await until(() => topics.includes(ownTopic));
    return { sessionPresent, topics };
  }

  it('S27: live, retained and kept messages are asked about even when a subscription was let through', async () => {
    // As if whoever grants subscriptions had not looked.
    const { seats } = rig.broker as unknown as { seats: Seats };
    Object.assign(seats, { grant: () => true, isGranted: () => true });
    await rig.broker.publish('aurion/devices/8/status', 'retained', { retain: true });
    const lamp = await rig.visit('device-7', LASTING);
    const topics = await reading(lamp, 'aurion/devices/8/#');
    await lamp.subscribeAsync('aurion/devices/7/#', { qos: 1 });
    await rig.broker.publish('aurion/devices/8/status', 'live');
    await rig.broker.publish('aurion/devices/8/command', 'live', { qos: 0 });
    await rig.broker.publish('aurion/devices/7/status', 'live');
    await until(() => topics.length > 0);
    await lamp.endAsync();
    await rig.broker.publish('aurion/devices/8/status', 'kept');
    await rig.broker.publish('aurion/devices/7/status', 'kept');
    Reflect.deleteProperty(seats, 'grant');
    Reflect.deleteProperty(seats, 'isGranted');
    const back = await comeBack('device-7', 'aurion/devices/7/command');
    assert.deepEqual(topics, ['aurion/devices/7/status']);
    assert.deepEqual(back.topics, ['aurion/devices/7/status', 'aurion/devices/7/command']);
  });

  it('S27: a session is kept for who comes back as it was', async () => {
    const lamp = await rig.visit('device-7', LASTING);
    await lamp.subscribeAsync('aurion/devices/lampe/command', { qos: 1 });
    await lamp.endAsync();
    await rig.broker.publish('aurion/devices/lampe/command', '{}');
    const back = await comeBack('device-7', 'aurion/devices/7/command');
    assert.equal(back.sessionPresent, true);
    assert.equal(back.topics[0], 'aurion/devices/lampe/command');
  });

  for (const standing of ['ended', 'gone'] as const) {
    it(`S27: a session ends while its client sleeps, when that account is ${standing}`, async () => {
      const lamp = await rig.visit('device-7', LASTING);
      await lamp.subscribeAsync('aurion/devices/lampe/command', { qos: 1 });
      await lamp.endAsync();
      rig.access.tell('device-7', standing);
      await rig.broker.publish('aurion/devices/lampe/command', '{}');
      const back = await comeBack('device-7', 'aurion/devices/7/command');
      assert.equal(back.sessionPresent, false);
      assert.deepEqual(back.topics, ['aurion/devices/7/command']);
    });
  }

  it('S27: a session ends within 5 s when its rights changed in another process', async () => {
    const lamp = await rig.visit('device-7', LASTING);
    await lamp.subscribeAsync('aurion/devices/lampe/command', { qos: 1 });
    await lamp.endAsync();
    rig.access.standing.set('device-7', 'gone');
    await rig.clock.advance(5000);
    rig.access.standing.clear();
    const back = await comeBack('device-7', 'aurion/devices/7/command');
    assert.equal(back.sessionPresent, false);
  });

  it('S27: who comes back with other rights finds nothing of what was kept', async () => {
    const lamp = await rig.visit('device-7', LASTING);
    await lamp.subscribeAsync('aurion/devices/lampe/command', { qos: 1 });
    await lamp.endAsync();
    await rig.broker.publish('aurion/devices/lampe/command', '{}');
    const { visitors } = rig.access;
    visitors['device-7'] = { ...visitors['device-7'], names: ['7', 'neu'] } as never;
    const back = await comeBack('device-7', 'aurion/devices/7/command');
    assert.equal(back.sessionPresent, false);
    assert.deepEqual(back.topics, ['aurion/devices/7/command']);
  });

  it('S27: people have no session that outlives their connection', async () => {
    const page = await rig.visit('ama@maison.tg', LASTING);
    await page.subscribeAsync('aurion/alerts/#', { qos: 1 });
    await page.endAsync();
    await rig.broker.publish('aurion/alerts/1', '{}');
    const back = await comeBack('ama@maison.tg', 'aurion/status');
    assert.equal(back.sessionPresent, false);
    assert.deepEqual(
      back.topics.filter((topic) => topic !== 'aurion/status'),
      [],
    );
  });

  it('S27: a connected client gets nothing more from the moment its rights are gone', async () => {
    const lamp = await rig.visit('device-7');
    const topics = await reading(lamp, 'aurion/devices/7/#');
    const gone = closed(lamp);
    void rig.broker.publish('aurion/devices/7/command', '{}');
    rig.access.tell('device-7', 'gone');
    await gone;
    assert.deepEqual(topics, []);
  });

  it('S27: a last will is published if its client may still say it, and not once its rights are gone', async () => {
    const will = (topic: string) => ({ topic, payload: Buffer.from('offline'), qos: 1 as const });
    const own = 'aurion/devices/7/availability';
    for (const [topic, standing, heard] of [
      [own, 'ended', [own]],
      [own, 'gone', []],
      ['aurion/devices/8/availability', 'ended', []],
    ] as const) {
      rig.heard.length = 0;
      const lamp = await rig.visit('device-7', { will: will(topic) });
      const gone = closed(lamp);
      rig.access.tell('device-7', standing);
      await gone;
      assert.deepEqual(
        rig.heard.map((message) => message.topic),
        heard,
      );
    }
  });

  it('S27: who signs in while its rights change signs in with the new ones', async () => {
    const { visitors } = rig.access;
    let times = 0;
    rig.access.whileAuthenticating = () => {
      times += 1;
      if (times > 1) return Promise.resolve();
      visitors['device-7'] = { ...visitors['device-7'], names: ['7'] } as never;
      rig.access.tell('device-7', 'gone');
      return Promise.resolve();
    };
    const lamp = await rig.visit('device-7');
    await assert.rejects(lamp.subscribeAsync('aurion/devices/lampe/command'));
    assert.equal(times, 2);
  });

  it('S4: a device that another process deleted is let go within 5 s', async () => {
    const lamp = await rig.visit('device-7');
    const gone = closed(lamp);
    rig.access.standing.set('device-7', 'gone');
    await rig.clock.advance(5000);
    await gone;
  });
});
