import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freePort } from '../../../test/support/free-port';
import { FakeClock } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import type { BrokerAccess, Visitor } from '../../ports/broker-access';
import type { Message } from '../../ports/message-link';
import { EmbeddedBroker } from './embedded-broker';

const PASSWORD = 'right';

/** Lets in who knows the password; the user name says as what. */
class TestAccess implements BrokerAccess {
  private revoke: ((isRevoked: (visitor: Visitor) => boolean) => void) | undefined;
  sessionIsGood = true;

  authenticate(username: string, password: string): Promise<Visitor | null> {
    const recheck = () => Promise.resolve(this.sessionIsGood);
    const visitors: Record<string, Visitor> = {
      installer: { kind: 'installer' },
      'device-7': { kind: 'device', deviceId: 7, names: ['7', 'lampe'] },
      'ama@maison.tg': { kind: 'user', accountId: 1, sessionId: 's', recheck },
    };
    return Promise.resolve(password === PASSWORD ? (visitors[username] ?? null) : null);
  }

  onRevoked(listener: (isRevoked: (visitor: Visitor) => boolean) => void): void {
    this.revoke = listener;
  }

  letGo(isRevoked: (visitor: Visitor) => boolean): void {
    this.revoke?.(isRevoked);
  }
}

describe('the embedded broker', () => {
  let access: TestAccess;
  let clock: FakeClock;
  let broker: EmbeddedBroker;
  let port: number;
  let wsPort: number;
  const clients: MqttClient[] = [];
  const heard: Message[] = [];

  beforeEach(async () => {
    access = new TestAccess();
    clock = new FakeClock();
    [port, wsPort] = [await freePort(), await freePort()];
    const logger = memoryLogger();
    const host = '127.0.0.1';
    broker = new EmbeddedBroker({ host, port, wsPort, prefix: 'aurion', access, clock, logger });
    heard.length = 0;
    broker.onMessage((message) => heard.push(message));
    await broker.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
    await broker.close();
    assert.equal(clock.timers, 0);
  });

  async function visit(username: string, options: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      username,
      password: PASSWORD,
      reconnectPeriod: 0,
      ...options,
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  const closed = (client: MqttClient) =>
    new Promise<void>((resolve) => client.once('close', () => resolve()));

  it('S16: lets nobody in without a user name, with a wrong password, or unknown', async () => {
    for (const account of [
      {},
      { username: 'installer', password: 'x' },
      { username: 'x', password: PASSWORD },
    ]) {
      const client = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...account });
      clients.push(client);
      const [error] = (await once(client as never, 'error')) as [Error];
      assert.match(error.message, /Bad username or password|Not authorized/i);
    }
  });

  it('S16: a device publishes its own status, and loses its connection for another’s', async () => {
    const lamp = await visit('device-7');
    await lamp.publishAsync('aurion/devices/7/status', '{"status":true}', { qos: 1 });
    assert.deepEqual(
      heard.map(({ topic, payload, retained }) => [topic, payload.toString(), retained]),
      [['aurion/devices/7/status', '{"status":true}', false]],
    );
    const gone = closed(lamp);
    lamp.publish('aurion/devices/8/status', '{"status":true}', { qos: 1 });
    await gone;
    assert.equal(heard.length, 1);
  });

  it('S16: a subscription beyond one’s rights is refused, one’s own is granted', async () => {
    const lamp = await visit('device-7');
    assert.equal((await lamp.subscribeAsync('aurion/devices/lampe/command'))[0]?.qos, 0);
    for (const filter of ['#', 'aurion/#', 'aurion/devices/8/command', '$SYS/#']) {
      await assert.rejects(lamp.subscribeAsync(filter), filter);
    }
    const person = await visit('ama@maison.tg');
    assert.equal((await person.subscribeAsync('aurion/devices/+/status'))[0]?.qos, 0);
    await assert.rejects(person.subscribeAsync('aurion/devices/+/command'));
  });

  it('M7: what a device asks to retain is live when it is published', async () => {
    const lamp = await visit('device-7');
    await lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1, retain: true });
    assert.equal(heard[0]?.retained, false);
  });

  it('hears a message before its sender is told, and a listener that throws leaves it untold', async () => {
    const full = new EmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      wsPort: null,
      prefix: 'aurion',
      access,
      clock,
      logger: memoryLogger(),
    });
    full.onMessage(() => {
      throw new Error('journal full');
    });
    await full.start();
    const lamp = await visit('device-7', { port: full.port! });
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
    const plug = await visit('device-7', options);
    await plug.subscribeAsync('aurion/devices/7/command', { qos: 1 });
    await plug.endAsync(true);
    const command = (id: string, inMs: number) =>
      broker.publish(
        'aurion/devices/7/command',
        JSON.stringify({ commandId: id, expiresAt: new Date(clock.now() + inMs).toISOString() }),
      );
    await command('old', 5000);
    await clock.advance(6000);
    await command('new', 5000);
    const back = connect(`mqtt://127.0.0.1:${port}`, {
      username: 'device-7',
      password: PASSWORD,
      ...options,
    });
    clients.push(back);
    const [, payload] = (await once(back as never, 'message')) as [string, Buffer];
    assert.match(payload.toString(), /"new"/);
  });

  it('S15: a packet of 1 MB costs its sender the connection, unheard', async () => {
    const lamp = await visit('device-7');
    const gone = closed(lamp);
    lamp.publish('aurion/devices/7/status', Buffer.alloc(1_000_000, 120), { qos: 1 });
    await gone;
    assert.equal(heard.length, 0);
  });

  it('F10: garbage before a sign-in costs the connection and nothing else', async () => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(Buffer.alloc(64, 0xff));
    await gone;
    assert.ok((await visit('installer')).connected);
  });

  it('lets go at once of whose credentials were changed', async () => {
    const [lamp, installer] = [await visit('device-7'), await visit('installer')];
    const gone = closed(lamp);
    access.letGo((visitor) => visitor.kind === 'device' && visitor.deviceId === 7);
    await gone;
    assert.ok(installer.connected);
  });

  it('S4: lets go of a person whose session has ended within 5 s', async () => {
    const person = await visit('ama@maison.tg');
    const gone = closed(person);
    access.sessionIsGood = false;
    await clock.advance(5000);
    await gone;
  });

  it('two visitors with one client id do not throw each other out', async () => {
    const lamp = await visit('device-7', { clientId: 'same' });
    await visit('installer', { clientId: 'same' });
    await lamp.publishAsync('aurion/devices/7/status', '{}', { qos: 1 });
    assert.equal(heard.length, 1);
  });

  it('speaks MQTT over WebSocket, too', async () => {
    const page = await connectAsync(`ws://127.0.0.1:${wsPort}`, {
      username: 'ama@maison.tg',
      password: PASSWORD,
      reconnectPeriod: 0,
    });
    clients.push(page);
    await page.subscribeAsync('aurion/devices/+/status');
    const message = once(page as never, 'message') as Promise<[string, Buffer]>;
    await broker.publish('aurion/devices/7/status', '{"status":true}');
    assert.equal((await message)[0], 'aurion/devices/7/status');
  });

  it('tells on aurion/status that Aurion is there, to those who come later, too', async () => {
    const person = await visit('ama@maison.tg');
    const message = once(person as never, 'message') as Promise<[string, Buffer]>;
    await person.subscribeAsync('aurion/status');
    assert.equal((await message)[1].toString(), 'online');
  });
});
