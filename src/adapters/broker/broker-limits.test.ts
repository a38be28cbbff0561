import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { connect, connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { AurionError } from '../../contract/errors';
import { ACCOUNT_LIMITS, BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { until } from '../mqtt/message-link.suite';
import { BrokerRig, PASSWORD, closed, reading, retainedOf } from './broker-rig.suite';

describe('client ids and limits of the embedded broker', () => {
  let rig: BrokerRig;

  beforeEach(async () => {
    rig = await BrokerRig.open();
  });
  afterEach(() => rig.close());

  it('MQTT 3.1.1, 3.1.3.1: two clients without an id stay beside each other', async () => {
    const first = await rig.visit('installer', { clientId: '' });
    const topics = await reading(first, 'aurion/devices/#');
    const second = await rig.visit('installer', { clientId: '' });
    await second.publishAsync('aurion/devices/7/status', '{}', { qos: 1 });
    await until(() => topics.length > 0);
    assert.ok(first.connected);
  });

  it('MQTT 3.1.1, 3.1.3.1: a client without an id can have no session', async () => {
    // mqtt.js does not even ask.
    const socket = createConnection(rig.port, '127.0.0.1');
    const field = (text: string) => Buffer.from([0, text.length, ...Buffer.from(text)]);
    const accountOnly = 0b1100_0000;
    const request = Buffer.concat([
      ...[field('MQTT'), Buffer.from([4, accountOnly, 0, 60])],
      ...[field(''), field('installer'), field(PASSWORD)],
    ]);
    socket.write(Buffer.concat([Buffer.from([0x10, request.length]), request]));
    const [connack] = (await once(socket, 'data')) as [Buffer];
    assert.deepEqual([...connack], [0x20, 2, 0, 2]);
    await once(socket, 'close');
  });

  it('MQTT 3.1: a client id has its 23 characters, whatever the account is called', async () => {
    const old = { protocolId: 'MQIsdp', protocolVersion: 3 } as const;
    const page = await rig.visit('ama@maison.tg', { ...old, clientId: 'x'.repeat(23) });
    assert.ok(page.connected);
  });

  it('F13: a client id that is too long is refused', async () => {
    const { clientIdLength } = BROKER_LIMITS;
    assert.ok((await rig.visit('device-7', { clientId: 'x'.repeat(clientIdLength) })).connected);
    const client = rig.begin('device-7', { clientId: 'x'.repeat(clientIdLength + 1) });
    const [error] = (await once(client as never, 'error')) as [Error & { code: number }];
    assert.equal(error.code, 2);
  });

  it('S16: nobody reaches another’s session by the names of accounts and ids', async () => {
    const { visitors } = rig.access;
    visitors['device-7/a'] = { kind: 'device', deviceId: 9, names: ['9'], credentials: 'c' };
    const lamp = await rig.visit('device-7', { clientId: 'a/b' });
    const other = await rig.visit('device-7/a', { clientId: 'b' });
    await lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1 });
    assert.ok(lamp.connected && other.connected);
  });

  it('S16: a stranger who names somebody’s client id changes nothing of that client', async () => {
    const lamp = await rig.visit('device-7', { clientId: 'lamp', clean: false });
    await lamp.subscribeAsync('aurion/devices/7/command', { qos: 1 });
    const stranger = rig.keep(
      connect(rig.url, {
        ...{ username: 'device-7', password: 'x', reconnectPeriod: 0 },
        clientId: 'device-7/lamp',
      }),
    );
    await once(stranger as never, 'error');
    await lamp.endAsync();
    const back = rig.begin('device-7', { clientId: 'lamp', clean: false });
    const [connack] = (await once(back as never, 'connect')) as [{ sessionPresent: boolean }];
    assert.equal(connack.sessionPresent, true);
  });

  it('F13: of too many connections of an account the oldest is closed', async () => {
    const { connections } = ACCOUNT_LIMITS.device;
    const oldest = await rig.visit('device-7');
    const gone = closed(oldest);
    const other = await rig.visit('device-8');
    for (let i = 1; i < connections; i += 1) await rig.visit('device-7');
    assert.ok(oldest.connected);
    const newest = await rig.visit('device-7');
    await gone;
    assert.ok(newest.connected && other.connected);
  });

  it('F13: a client has so many filters; what it gives back it may use again', async () => {
    const installer = await rig.visit('installer');
    const filters = Array.from({ length: BROKER_LIMITS.filters }, (_, i) => `aurion/x/${i}`);
    await installer.subscribeAsync(filters);
    await assert.rejects(installer.subscribeAsync('aurion/more'));
    await installer.subscribeAsync(filters[0]!);
    await installer.unsubscribeAsync(filters[0]!);
    await installer.subscribeAsync('aurion/more');
    await assert.rejects(
      installer.subscribeAsync(`aurion/${'x'.repeat(BROKER_LIMITS.topicBytes)}`),
    );
  });

  it('F13: a client that comes back is handed the newest of what came meanwhile', async () => {
    const options = { clientId: 'plug', clean: false };
    const plug = await rig.visit('device-7', options);
    await plug.subscribeAsync('aurion/devices/7/status', { qos: 1 });
    await plug.endAsync();
    const { queuedMessages } = BROKER_LIMITS;
    for (let i = 1; i <= queuedMessages + 5; i += 1) {
      await rig.broker.publish('aurion/devices/7/status', String(i));
    }
    const back = rig.begin('device-7', options);
    const texts: string[] = [];
    back.on('message', (_topic, payload) => void texts.push(payload.toString()));
    await until(() => texts.length >= queuedMessages);
    assert.deepEqual([texts[0], texts.at(-1)], ['6', String(queuedMessages + 5)]);
  });

  for (const qos of [0, 1, 2] as const) {
    it(`S15: a message over 16 KiB with QoS ${qos} is counted by who listens, and handed on to nobody`, async () => {
      const topics = await reading(await rig.visit('installer'), 'aurion/devices/#');
      const lamp = await rig.visit('device-7', {
        will: { topic: 'aurion/devices/7/status', payload: Buffer.alloc(16_385), qos: 1 },
      });
      const options = { qos, retain: true };
      await lamp.publishAsync('aurion/devices/7/status', Buffer.alloc(16_385, 'x'), options);
      await lamp.publishAsync('aurion/devices/7/availability', 'online', { qos: 1 });
      await until(() => topics.length > 0);
      const gone = closed(lamp);
      rig.access.tell('device-7', 'ended');
      await gone;
      assert.deepEqual(topics, ['aurion/devices/7/availability']);
      assert.deepEqual(
        rig.heard.map(({ payload }) => payload.length),
        [16_385, 'online'.length],
      );
      assert.deepEqual(await retainedOf(rig, 'aurion/devices/#'), []);
    });
  }

  it('S16: the password counts, not who else is signed in', async () => {
    await rig.visit('device-7', { clientId: 'lamp' });
    const client = rig.keep(
      connect(rig.url, { username: 'device-7', password: `${PASSWORD} `, reconnectPeriod: 0 }),
    );
    const [error] = (await once(client as never, 'error')) as [Error];
    assert.match(error.message, /Bad username or password/);
  });

  it('S7: after too many wrong passwords the broker says that it is away for now', async () => {
    rig.access.whileAuthenticating = () =>
      Promise.reject(new AurionError('ATTEMPTS_EXCEEDED', { params: { seconds: '9' } }));
    const client = rig.begin('device-7');
    const [error] = (await once(client as never, 'error')) as [Error & { code: number }];
    assert.equal(error.code, 3);
    assert.deepEqual(rig.access.addresses, ['127.0.0.1']);
    assert.deepEqual(
      rig.logger.lines.filter((line) => line.startsWith('warn')),
      [],
    );
  });

  it('F2: a store that does not answer is told once a minute, however many sign in', async () => {
    rig.access.whileAuthenticating = () => Promise.reject(new AurionError('STORE_UNAVAILABLE'));
    for (let i = 0; i < 3; i += 1) {
      const [error] = (await once(rig.begin('device-7') as never, 'error')) as [
        Error & { code: number },
      ];
      assert.equal(error.code, 3);
    }
    assert.equal(rig.logger.lines.filter((line) => /sign-in failed/.test(line)).length, 1);
  });

  it('S7: behind a proxy that is trusted, a page comes from where the proxy says', async () => {
    const options = {
      ...{ username: 'ama@maison.tg', password: PASSWORD, reconnectPeriod: 0 },
      wsOptions: { headers: { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9' } },
    };
    const url = (port: number) => `ws://127.0.0.1:${port}`;
    rig.keep(await connectAsync(url(rig.wsPort), options));
    const behind = await BrokerRig.open({ trustProxy: true });
    behind.keep(await connectAsync(url(behind.wsPort), options));
    assert.deepEqual(rig.access.addresses, ['127.0.0.1']);
    assert.deepEqual(behind.access.addresses, ['203.0.113.9']);
    await behind.close();
  });
});
