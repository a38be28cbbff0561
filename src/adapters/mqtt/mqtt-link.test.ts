import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { MessageLink } from '../../ports/message-link';
import { BareBroker } from './bare-broker.suite';
import { collect, describeMessageLink, subscribe, until } from './message-link.suite';
import { LinkUnderTest, STATUS } from './link-under-test.suite';

const COMMAND = 'aurion/devices/lamp/command';
const LAMP = 'aurion/devices/lamp/status';

describeMessageLink('a broker outside', async () => {
  const broker = await BareBroker.open();
  const test = new LinkUnderTest(broker.url);
  return {
    link: test.link,
    device: () => broker.device(),
    untilSentAgain: () => test.reconnect(),
    async close() {
      await test.link.close();
      await broker.close();
    },
  };
});

describe('message link to a broker outside', () => {
  let broker: BareBroker;
  let test: LinkUnderTest;
  let link: MessageLink;

  beforeEach(async () => {
    broker = await BareBroker.open();
    test = new LinkUnderTest(broker.url);
    ({ link } = test);
  });
  afterEach(async () => {
    await link.close();
    assert.equal(test.clock.timers, 0);
    await broker.close();
  });

  const unavailable = { code: 'BROKER_UNAVAILABLE' };

  describe('its status', () => {
    it('online and offline, retained', async () => {
      const status = await subscribe(await broker.device(), STATUS);
      await link.start();
      await link.close();
      assert.deepEqual(
        (await status(2)).map(({ payload }) => payload.toString()),
        ['online', 'offline'],
      );
      const later = await subscribe(await broker.device(), STATUS);
      const [packet] = await later(1);
      assert.deepEqual([packet!.payload.toString(), packet!.retain], ['offline', true]);
    });

    it('the broker says offline when the connection is cut, whichever of the two', async () => {
      await link.start();
      const status = await subscribe(await broker.device(), STATUS);
      await status(1);
      for (const [i, id] of ['aurion-test-out', 'aurion-test'].entries()) {
        broker.cutClient(id);
        const packets = await status(2 + 2 * i);
        assert.equal(packets.at(-1)!.payload.toString(), 'offline', id);
        await test.reconnect();
        assert.equal((await status(3 + 2 * i)).at(-1)!.payload.toString(), 'online');
      }
    });
  });

  describe('messages', () => {
    it('M7: what the broker remembers is marked as retained', async () => {
      const device = await broker.device();
      await device.publishAsync(LAMP, 'state', { qos: 1, retain: true });
      const messages = collect(link);
      await link.start();
      await messages(1);
      await device.publishAsync(LAMP, 'event', { qos: 1, retain: true });
      assert.deepEqual(
        (await messages(2)).map(({ payload, retained }) => [payload.toString(), retained]),
        [
          ['state', true],
          ['event', false],
        ],
      );
    });

    it('what comes after one that was not taken in waits behind it', async () => {
      let isBroken = false;
      link.onMessage(() => {
        if (isBroken) throw new Error('no space left on device');
      });
      const messages = collect(link);
      await link.start();
      const device = await broker.device();
      isBroken = true;
      const sent = [1, 2, 3, 4, 5].map((n) => device.publishAsync(LAMP, String(n), { qos: 1 }));
      await Promise.all(sent);
      await until(() => !link.connected);
      isBroken = false;
      await test.reconnect();
      const texts = (await messages(5)).map(({ payload }) => payload.toString());
      assert.deepEqual(texts, ['1', '2', '3', '4', '5']);
      assert.match(test.logger.lines[1]!, /could not be taken in \(no space left on device\)/);
    });

    it('a QoS 0 message that was not taken in is lost, with one log line, and the link stands', async () => {
      link.onMessage(() => {
        throw new Error('no');
      });
      await link.start();
      const device = await broker.device();
      for (let i = 0; i < 3; i += 1) await device.publishAsync(LAMP, 'x', { qos: 0 });
      await until(() => test.logger.lines.length > 1);
      await link.publish(COMMAND, 'x');
      assert.equal(link.connected, true);
      assert.equal(test.logger.lines.filter((line) => line.startsWith('error')).length, 1);
    });
  });

  describe('refusals', () => {
    it('a wrong password is said once, clearly, and without it', async () => {
      broker.password = 'right';
      test = new LinkUnderTest(broker.url, { username: 'aurion', password: 'geheim' });
      ({ link } = test);
      await link.start();
      await test.failAgain();
      await test.failAgain();
      assert.equal(test.logger.lines.length, 1);
      assert.match(test.logger.lines[0]!, /^error: .*refuses the user name or the password/);
      assert.doesNotMatch(test.logger.lines[0]!, /geheim/);
      broker.password = 'geheim';
      await test.reconnect();
    });

    it('is said also after the broker was away', async () => {
      broker.password = 'right';
      await broker.goAway();
      await link.start();
      await broker.comeBack();
      await test.failAgain();
      await test.failAgain();
      assert.deepEqual(
        test.logger.lines.map((line) => line.split(':')[0]),
        ['warn', 'error'],
      );
    });

    it('a broker that hangs up on MQTT 5 gets 3.1.1, each time', async () => {
      broker.hangsUpOnMqtt5 = true;
      await link.start();
      broker.cut();
      await test.reconnect();
      assert.deepEqual(test.changes, [true, false, true]);
    });

    it('a subscription that is not granted is no connection', async () => {
      broker.aedes.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic.endsWith('availability') ? null : subscription);
      await link.start();
      assert.equal(link.connected, false);
      assert.match(test.logger.lines[0]!, /^error: .*Subscribe error/);
    });

    it('the address may hold user name and password', async () => {
      broker.password = 'p@ss';
      test = new LinkUnderTest(`mqtt://aurion:p%40ss@localhost:${broker.port}/?clientId=both`);
      ({ link } = test);
      await link.start();
      assert.ok(link.connected);
      assert.ok(!test.logger.lines.join().includes('ss@'));
      assert.deepEqual([...broker.clients.keys()].sort(), ['aurion-test', 'aurion-test-out']);
    });

    it('an address that can not be read rejects the start', async () => {
      for (const url of ['', 'broker', 'http://broker', 'mqtt://', 'mqtt://a:99999']) {
        await assert.rejects(new LinkUnderTest(url).link.start(), unavailable, url);
      }
    });
  });

  it('a publish whose time is over is refused and not sent', async () => {
    await link.start();
    const hears = await subscribe(await broker.device(), COMMAND);
    const now = test.clock.now();
    await assert.rejects(link.publish(COMMAND, 'late', { expiresAt: now }), unavailable);
    await link.publish(COMMAND, 'in time', { expiresAt: now + 1 });
    assert.equal((await hears(1))[0]!.payload.toString(), 'in time');
  });
});
