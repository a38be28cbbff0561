import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import type { MessageLink } from '../../ports/message-link';
import { BareBroker } from './bare-broker.suite';
import { collect, subscribe, until } from './message-link.suite';
import { LinkUnderTest, STATUS, TOPICS } from './link-under-test.suite';
import { createMqttLink } from './mqtt-link';

const COMMAND = 'aurion/devices/lamp/command';
const LAMP = 'aurion/devices/lamp/status';

describe('message link to a broker outside that fails', () => {
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

  describe('the broker is away', () => {
    it('F1: at the start: `start` resolves, publishing is refused, the waits grow from 1 to 30 s', async () => {
      await broker.goAway();
      await link.start();
      assert.equal(link.connected, false);
      await assert.rejects(link.publish(COMMAND, 'x'), unavailable);
      for (let i = 0; i < 6; i += 1) await test.failAgain();
      assert.deepEqual(test.waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);

      await broker.comeBack();
      await test.reconnect();
      assert.deepEqual(test.changes, [true]);
      const lines = test.logger.lines.map((line) => line.replace(/:\d+\b/, ''));
      assert.equal(lines.length, 2, lines.join('\n'));
      assert.match(lines[0]!, /^warn: MQTT: no connection to 127\.0\.0\.1: .*ECONNREFUSED/);
      assert.match(lines[1]!, /^info: MQTT: connected to 127\.0\.0\.1 \(MQTT 3\.1\.1\)$/);
    });

    it('waits are cut by up to half at random, so that not all come back at once', async () => {
      const waits: number[] = [];
      const clock = new FakeClock();
      await broker.goAway();
      const other = createMqttLink({
        ...{ url: broker.url, clientId: 'x', topics: TOPICS, statusTopic: STATUS },
        ...{ logger: memoryLogger(), random: () => 0 },
        clock: {
          now: clock.now,
          monotonicMs: clock.monotonicMs,
          schedule: (ms, callback) => {
            waits.push(ms);
            return clock.schedule(ms, callback);
          },
        },
      });
      await other.start();
      await other.close();
      assert.equal(waits.at(-1), 500);
    });

    it('a connection that does not stand for 30 s does not make the waits short again', async () => {
      await link.start();
      for (const expected of [1000, 2000, 4000]) {
        broker.cut();
        await test.reconnect();
        assert.equal(test.waits.at(-1), expected);
      }
      await test.clock.advance(30_000);
      broker.cut();
      await test.reconnect();
      assert.equal(test.waits.at(-1), 1000);
    });

    it('F1: a broker that was away and is back is found within 3 s, however long the next wait is', async () => {
      await broker.goAway();
      await link.start();
      for (let i = 0; i < 6; i += 1) await test.failAgain();
      assert.equal(test.waits.at(-1), 30_000);
      await broker.comeBack();
      assert.ok((await test.reconnect()) <= 3000);
    });

    it('F1: a broker that is there and refuses us is asked as seldom as the waits say', async () => {
      broker.password = 'other';
      await link.start();
      for (let i = 0; i < 4; i += 1) await test.failAgain();
      assert.deepEqual(test.waits, [1000, 2000, 4000, 8000, 16_000]);
    });

    it('F1: away and back: `online` again, and one log line each way', async () => {
      await link.start();
      await broker.goAway();
      await until(() => !link.connected);
      await assert.rejects(link.publish(COMMAND, 'x'), unavailable);
      for (let i = 0; i < 3; i += 1) {
        await until(() => test.waits.length > i);
        await test.failAgain();
      }
      await broker.comeBack();
      await test.reconnect();
      assert.deepEqual(test.changes, [true, false, true]);
      const levels = test.logger.lines.map((line) => line.split(':')[0]);
      assert.deepEqual(levels, ['info', 'warn', 'info']);
      const status = await subscribe(await broker.device(), STATUS);
      assert.equal((await status(1))[0]!.payload.toString(), 'online');
    });

    it('F1: what was on its way is refused and never sent late', async () => {
      await link.start();
      broker.isStuck = true;
      const lost = Promise.allSettled([1, 2, 3].map((n) => link.publish(COMMAND, `late ${n}`)));
      await broker.goAway();
      for (const result of await lost) {
        assert.ok(result.status === 'rejected');
        assert.equal((result.reason as { code: string }).code, 'BROKER_UNAVAILABLE');
      }
      broker.isStuck = false;
      await broker.comeBack();
      const hears = await subscribe(await broker.device(), COMMAND);
      await test.reconnect();
      await link.publish(COMMAND, 'in time');
      const packets = await hears(1);
      assert.deepEqual(
        packets.map(({ payload }) => payload.toString()),
        ['in time'],
      );
    });

    it('QoS 1 messages of the time away come when it is back, in their order', async () => {
      const messages = collect(link);
      await link.start();
      const device = await broker.device();
      await device.publishAsync(LAMP, 'before', { qos: 1 });
      await messages(1);
      await link.close();
      for (const n of [1, 2, 3]) await device.publishAsync(LAMP, `away ${n}`, { qos: 1 });

      test = new LinkUnderTest(broker.url);
      ({ link } = test);
      const late = collect(link);
      await link.start();
      assert.deepEqual(
        (await late(3)).map(({ payload, retained }) => [payload.toString(), retained]),
        [1, 2, 3].map((n) => [`away ${n}`, false]),
      );
    });
  });

  describe('a broker that does not acknowledge', () => {
    it('a publish rejects after 10 s, and the link takes a new connection', async () => {
      await link.start();
      broker.isStuck = true;
      const sent = assert.rejects(link.publish(COMMAND, 'x'), unavailable);
      await test.clock.advance(9999);
      assert.equal(link.connected, true);
      await test.clock.advance(1);
      await sent;
      assert.equal(link.connected, false);
      broker.isStuck = false;
      await test.reconnect();
    });

    it('no more than 1,000 wait', async () => {
      await link.start();
      broker.isStuck = true;
      const sent = Array.from({ length: 1000 }, () => link.publish(COMMAND, 'x'));
      const all = Promise.allSettled(sent);
      await assert.rejects(link.publish(COMMAND, 'one too many'), unavailable);
      await link.close();
      assert.ok((await all).every(({ status }) => status === 'rejected'));
    });

    it('the end takes 2 s at most', async () => {
      await link.start();
      broker.isStuck = true;
      let isClosed = false;
      const closed = link.close().then(() => (isClosed = true));
      await test.clock.advance(1999);
      assert.equal(isClosed, false);
      await test.clock.advance(1);
      await closed;
    });

    it('an attempt that gets no answer ends after 15 s; a close ends it at once', async () => {
      broker.aedes.preConnect = () => undefined;
      const started = link.start();
      await test.clock.advance(15_000);
      await started;
      assert.match(test.logger.lines[0]!, /no answer in time/);
      assert.equal(test.waits.length, 1);
      await link.close();

      test = new LinkUnderTest(broker.url);
      ({ link } = test);
      const again = link.start();
      await link.close();
      await again;
      assert.deepEqual([test.changes, test.logger.lines], [[], []]);
    });
  });
});
