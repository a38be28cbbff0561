import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { connect, connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { memoryLogger } from '../../../test/support/test-store';
import { until } from '../mqtt/message-link.suite';
import { BrokerRig, PASSWORD, closed, reading, retainedOf } from './broker-rig.suite';
import { EmbeddedBroker } from './embedded-broker';

describe('the embedded broker', () => {
  let rig: BrokerRig;

  beforeEach(async () => {
    rig = await BrokerRig.open();
  });
  afterEach(async () => {
    await rig.close();
    assert.equal(rig.clock.timers, 0);
  });

  it('S7: does not listen while the password of its installer is not safe', async () => {
    await rig.broker.close();
    rig.access.isSafe = false;
    await assert.rejects(rig.broker.start(), { code: 'MQTT_PASSWORD_SHORT' });
    assert.deepEqual([rig.broker.connected, rig.broker.port], [false, null]);
  });

  it('S16: lets nobody in without a user name, with a wrong password, or unknown', async () => {
    for (const account of [
      {},
      { username: 'installer', password: 'x' },
      { username: 'x', password: PASSWORD },
    ]) {
      const client = rig.keep(connect(rig.url, { reconnectPeriod: 0, ...account }));
      const [error] = (await once(client as never, 'error')) as [Error];
      assert.match(error.message, /Bad username or password|Not authorized/i);
    }
  });

  it('S16: a device publishes its own status; another’s is acknowledged, dropped, counted and told once', async () => {
    const lamp = await rig.visit('device-7', { clientId: 'lamp' });
    const topics = await reading(await rig.visit('installer'), 'aurion/devices/#');
    for (const qos of [0, 1, 2, 1] as const) {
      await lamp.publishAsync('aurion/devices/8/status', '{"status":true}', { qos, retain: true });
    }
    await lamp.publishAsync('aurion/devices/7/status', '{"status":true}', { qos: 1 });
    await until(() => topics.length > 0);
    assert.deepEqual(topics, ['aurion/devices/7/status']);
    assert.deepEqual(await retainedOf(rig, 'aurion/devices/#'), []);
    assert.ok(lamp.connected);
    assert.deepEqual(
      rig.heard.map(({ topic, payload, retained }) => [topic, payload.toString(), retained]),
      [['aurion/devices/7/status', '{"status":true}', false]],
    );
    assert.deepEqual(rig.dropped, ['rights', 'rights', 'rights', 'rights']);
    const lines = () => rig.logger.lines.filter((line) => line.includes('may not publish'));
    assert.match(
      lines().join(),
      /^[^,]*device-7\/lamp may not publish on aurion\/devices\/8\/status: dropped$/,
    );
    await rig.clock.advance(60_000);
    await lamp.publishAsync('aurion/devices/8/status', '{}', { qos: 1 });
    assert.match(lines()[1] ?? '', /dropped, and 3 more since the last line/);
  });

  it('S16: a subscription beyond one’s rights is refused, one’s own is granted', async () => {
    const lamp = await rig.visit('device-7');
    assert.equal((await lamp.subscribeAsync('aurion/devices/lampe/command'))[0]?.qos, 0);
    for (const filter of ['#', 'aurion/#', 'aurion/devices/8/command', '$SYS/#']) {
      await assert.rejects(lamp.subscribeAsync(filter), filter);
    }
    const person = await rig.visit('ama@maison.tg');
    assert.equal((await person.subscribeAsync('aurion/devices/+/status'))[0]?.qos, 0);
    await assert.rejects(person.subscribeAsync('aurion/devices/+/command'));
  });

  it('M7: what a device asks to retain is live when it is published', async () => {
    const lamp = await rig.visit('device-7');
    await lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1, retain: true });
    assert.equal(rig.heard[0]?.retained, false);
  });

  it('hears a message before its sender is told, and a listener that throws leaves it untold', async () => {
    const full = new EmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      wsPort: null,
      prefix: 'aurion',
      trustProxy: false,
      access: rig.access,
      clock: rig.clock,
      logger: memoryLogger(),
    });
    full.onMessage(() => {
      throw new Error('journal full');
    });
    await full.start();
    const lamp = await rig.visit('device-7', { port: full.port! });
    const told = lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1 }).then(
      () => 'told',
      () => 'untold',
    );
    await closed(lamp);
    await lamp.endAsync(true);
    assert.equal(await Promise.race([told, Promise.resolve('untold')]), 'untold');
    await full.close();
  });

  it('F1: a plug that comes back gets no command whose time is over', async () => {
    const options = { clientId: 'plug', clean: false };
    const plug = await rig.visit('device-7', options);
    await plug.subscribeAsync('aurion/devices/7/command', { qos: 1 });
    await plug.endAsync(true);
    const command = (id: string, inMs: number) =>
      rig.broker.publish(
        'aurion/devices/7/command',
        JSON.stringify({
          commandId: id,
          expiresAt: new Date(rig.clock.now() + inMs).toISOString(),
        }),
      );
    await command('old', 5000);
    await rig.clock.advance(6000);
    await command('new', 5000);
    const back = rig.begin('device-7', options);
    const [, payload] = (await once(back as never, 'message')) as [string, Buffer];
    assert.match(payload.toString(), /"new"/);
  });

  it('S15: a packet of 1 MB costs its sender the connection, unheard', async () => {
    const lamp = await rig.visit('device-7');
    const gone = closed(lamp);
    lamp.publish('aurion/devices/7/status', Buffer.alloc(1_000_000, 120), { qos: 1 });
    await gone;
    assert.equal(rig.heard.length, 0);
  });

  it('F10: garbage before a sign-in costs the connection and nothing else', async () => {
    const socket = createConnection(rig.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(Buffer.alloc(64, 0xff));
    await gone;
    assert.ok((await rig.visit('installer')).connected);
  });

  it('lets go at once of whose credentials were changed', async () => {
    const [lamp, installer] = [await rig.visit('device-7'), await rig.visit('installer')];
    const gone = closed(lamp);
    rig.access.tell('device-7', 'ended');
    await gone;
    assert.ok(installer.connected);
  });

  it('S4: lets go of a person whose session has ended within 5 s', async () => {
    const person = await rig.visit('ama@maison.tg');
    const gone = closed(person);
    rig.access.standing.set('user-1', 'ended');
    await rig.clock.advance(5000);
    await gone;
  });

  it('two visitors with one client id do not throw each other out', async () => {
    const lamp = await rig.visit('device-7', { clientId: 'same' });
    await rig.visit('installer', { clientId: 'same' });
    await lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1 });
    assert.equal(rig.heard.length, 1);
  });

  it('speaks MQTT over WebSocket, too', async () => {
    const page = await connectAsync(`ws://127.0.0.1:${rig.wsPort}`, {
      username: 'ama@maison.tg',
      password: PASSWORD,
      reconnectPeriod: 0,
    });
    rig.keep(page);
    await page.subscribeAsync('aurion/devices/+/status');
    const message = once(page as never, 'message') as Promise<[string, Buffer]>;
    await rig.broker.publish('aurion/devices/7/status', '{"status":true}');
    assert.equal((await message)[0], 'aurion/devices/7/status');
  });

  it('tells on aurion/status that Aurion is there, to those who come later, too', async () => {
    const person = await rig.visit('ama@maison.tg');
    const message = once(person as never, 'message') as Promise<[string, Buffer]>;
    await person.subscribeAsync('aurion/status');
    assert.equal((await message)[1].toString(), 'online');
  });
});
