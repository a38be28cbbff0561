import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { MOSQUITTO, startMosquitto, type Mosquitto } from '../../../test/support/mosquitto';
import { LinkUnderTest } from './link-under-test.suite';
import { collect, describeMessageLink, subscribe, until } from './message-link.suite';

/** What aedes can't do: MQTT 5. Without Mosquitto on the machine (`apt-get install mosquitto`) these are skipped. */
const COMMAND = 'aurion/devices/lamp/command';
const LAMP = 'aurion/devices/lamp/status';

if (MOSQUITTO !== undefined) {
  describeMessageLink('Mosquitto', async () => {
    const broker = await startMosquitto();
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
}

(MOSQUITTO === undefined ? describe.skip : describe)('message link to Mosquitto (MQTT 5)', () => {
  let broker: Mosquitto;
  let test: LinkUnderTest;

  beforeEach(async () => {
    broker = await startMosquitto();
    test = new LinkUnderTest(broker.url);
  });
  afterEach(async () => {
    await test.link.close();
    await broker.close();
  });

  it('speaks MQTT 5', async () => {
    await test.link.start();
    assert.match(test.logger.lines[0]!, /^info: .* \(MQTT 5\)$/);
  });

  it('F1: a command carries its expiry', async () => {
    await test.link.start();
    const hears = await subscribe(await broker.device({ protocolVersion: 5 }), COMMAND);
    await test.link.publish(COMMAND, 'x', { expiresAt: test.clock.now() + 4500 });
    await test.link.publish(COMMAND, 'y');
    const packets = await hears(2);
    assert.deepEqual(
      packets.map(({ properties }) => properties?.messageExpiryInterval),
      [5, undefined],
    );
  });

  it('QoS 1 messages of the time away come, though the connection was cut', async () => {
    const messages = collect(test.link);
    await test.link.start();
    let isBroken = true;
    test.link.onMessage(() => {
      if (isBroken) throw new Error('no');
    });
    const device = await broker.device();
    await device.publishAsync(LAMP, 'seen', { qos: 1 });
    await until(() => !test.link.connected);
    await device.publishAsync(LAMP, 'away', { qos: 1 });
    isBroken = false;
    await test.reconnect();
    assert.deepEqual(
      (await messages(3)).map(({ payload, duplicate, retained }) => ({
        ...{ text: payload.toString(), duplicate, retained },
      })),
      [
        { text: 'seen', duplicate: false, retained: false },
        // It was not taken the first time.
        { text: 'seen', duplicate: false, retained: false },
        { text: 'away', duplicate: false, retained: false },
      ],
    );
  });

  it('a message over 256 kB stays at the broker', async () => {
    const messages = collect(test.link);
    await test.link.start();
    const device = await broker.device();
    await device.publishAsync(LAMP, Buffer.alloc(1_000_000), { qos: 1 });
    await device.publishAsync(LAMP, 'small', { qos: 1 });
    assert.equal((await messages(1))[0]!.payload.toString(), 'small');
    assert.deepEqual(test.changes, [true]);
  });

  it('a refusal is said once', async () => {
    const closed = await startMosquitto(['allow_anonymous false']);
    try {
      const other = new LinkUnderTest(closed.url, { username: 'aurion', password: 'wrong' });
      await other.link.start();
      await other.failAgain();
      await other.link.close();
      assert.equal(other.logger.lines.length, 1);
      assert.match(other.logger.lines[0]!, /^error: .*refuses the user name or the password/);
    } finally {
      await closed.close();
    }
  });
});
