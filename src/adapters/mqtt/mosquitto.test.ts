import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'mocha';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { LinkUnderTest } from './link-under-test.suite';
import { collect, describeMessageLink, subscribe, until } from './message-link.suite';

/** What aedes can't do: MQTT 5. Without Mosquitto on the machine (`apt-get install mosquitto`) these are skipped. */
const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto']
  .filter((path) => existsSync(path))
  .at(0);

const COMMAND = 'aurion/devices/lamp/command';
const LAMP = 'aurion/devices/lamp/status';

interface Mosquitto {
  readonly url: string;
  device(options?: IClientOptions): Promise<MqttClient>;
  close(): Promise<void>;
}

async function startMosquitto(lines: readonly string[] = []): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'aurion-mosquitto-'));
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const devices: MqttClient[] = [];
  const config = [`listener ${port} 127.0.0.1`, 'max_queued_messages 0', 'log_dest stderr'];
  if (lines.length === 0) config.push('allow_anonymous true');
  writeFileSync(join(folder, 'conf'), [...config, ...lines, ''].join('\n'));
  const child = spawn(PROGRAM!, ['-c', join(folder, 'conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(child.stderr)) {
    if (line.endsWith('running')) break;
  }
  child.stderr.resume();
  return {
    url,
    async device(options = {}) {
      const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options });
      devices.push(client);
      return client;
    },
    async close() {
      for (const device of devices) await device.endAsync(true);
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

if (PROGRAM !== undefined) {
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

(PROGRAM === undefined ? describe.skip : describe)('message link to Mosquitto (MQTT 5)', () => {
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
        { text: 'seen', duplicate: true, retained: false },
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
