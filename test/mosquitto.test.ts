import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import mqtt, { type MqttClient } from 'mqtt';
import { openNedbStore } from '../src/adapters/store/nedb';
import { deviceRights, userRights } from '../src/domain/mqtt/topic-rights';
import { ROOT, temporaryFolder } from './support/aurion-process';
import { MOSQUITTO, startMosquitto, type Mosquitto } from './support/mosquitto';
import { memoryLogger } from './support/test-store';

const run = promisify(execFile);
const password = (name: string) => `mot de ${name}`;
const device = { type: 'light', room: 'Salon', power: 9, icon: null, main: false, createdAt: 0 };
const meter = { intervalS: null, maxPowerW: null, counterMaxKWh: null, resetsToZero: false };

/** What `aurion mosquitto` writes, tried as it says against a real Mosquitto. */
describe('aurion mosquitto', () => {
  const folder = temporaryFolder();
  const out = join(folder, 'conf.d');
  let said = '';
  before(async () => {
    const store = join(folder, 'aurion', 'home', 'store');
    mkdirSync(store, { recursive: true });
    const opened = await openNedbStore({ folder: store, logger: memoryLogger() });
    const rows = [
      { ...device, ...meter, name: 'Lampe\nuser intruder', key: 'lampe' },
      { ...device, ...meter, name: 'Prise', key: null },
    ];
    for (const row of rows) await opened.devices.insert(row as never);
    const sensor = {
      name: 'Fumée',
      type: 'smoke',
      location: 'Cuisine',
      key: 'fumee',
      enabled: true,
    };
    await opened.sensors.insert({ ...sensor, createdAt: 0 } as never);
    await opened.close();
    const cli = [join(ROOT, 'dist', 'bin', 'aurion.js'), 'mosquitto', '--data', folder];
    said = (await run(process.execPath, [...cli, '--out', out])).stdout;
  });
  after(() => rmSync(folder, { recursive: true }));

  const read = (name: string) => readFileSync(join(out, name), 'utf8');

  it('S16, S20: writes the rights of the embedded broker, one account a device, and no name breaks a line', () => {
    const acl = read('aurion.acl');
    const users = [...acl.matchAll(/^user (.*)$/gm)].map(([, name]) => name);
    assert.deepEqual(users, ['installer', 'reader', 'device-1', 'device-2', 'sensor-1']);
    const [, block = ''] = acl.split('user device-1\n');
    const { publish, subscribe } = deviceRights('aurion', ['1', 'lampe']);
    const lines = [
      ...publish.map((t) => `topic write ${t}`),
      ...subscribe.map((t) => `topic read ${t}`),
    ];
    assert.equal(block.split('\n\n')[0], lines.join('\n'));
    const [, smoke = ''] = acl.split('user sensor-1\n');
    assert.match(smoke, /^topic write aurion\/sensors\/1\/data$/m);
    assert.doesNotMatch(smoke, /devices/);
    const [, people = ''] = acl.split('user reader\n');
    assert.doesNotMatch(people.split('\n\n')[0] ?? '', /write/);
    assert.match(read('aurion.conf'), /^allow_anonymous false$/m);
  });

  it('refuses what makes no sense, and says what it wants', async () => {
    for (const bad of [
      [],
      ['--out', out, '--prefix', 'a/#'],
      ['--out', out, '--username', 'reader'],
      ['--out', out, '--username', 'x\ny'],
      ['--out', out, '--port', '0'],
      ['--out', out, 'more'],
    ]) {
      const cli = [join(ROOT, 'dist', 'bin', 'aurion.js'), 'mosquitto', '--data', folder, ...bad];
      await assert.rejects(run(process.execPath, cli), { code: 2 }, bad.join(' '));
    }
  });

  describe('at a real Mosquitto', () => {
    let broker: Mosquitto | undefined;
    before(async function () {
      if (MOSQUITTO === undefined) {
        console.warn('NOT TRIED: no Mosquitto here (apt-get install mosquitto)');
        this.skip();
      }
      // The commands it tells, with the password that is otherwise typed.
      const commands = said.matchAll(/^ {2}mosquitto_passwd (-c )?'(.+)' (\S+) /gm);
      for (const [, create, file = '', name = ''] of commands) {
        await run('mosquitto_passwd', [
          ...(create ? ['-c'] : []),
          '-b',
          file,
          name,
          password(name),
        ]);
      }
      const lines = read('aurion.conf').split('\n');
      // Started by root it would become a user who may not look into a test's folder.
      if (process.getuid?.() === 0) lines.push('user root');
      broker = await startMosquitto(lines.filter((line) => !line.startsWith('listener ')));
    });
    after(() => broker?.close());

    const as = (username: string) => broker!.device({ username, password: password(username) });

    /** Whether what one publishes arrives at another, who may hear everything. */
    async function arrives(from: MqttClient, topic: string): Promise<boolean> {
      const all = await as('installer');
      const heard: string[] = [];
      all.on('message', (at) => heard.push(at));
      await all.subscribeAsync('aurion/#', { qos: 1 });
      await from.publishAsync(topic, '{}', { qos: 1 });
      await all.publishAsync('aurion/last', '{}', { qos: 1 });
      while (!heard.includes('aurion/last'))
        await new Promise((resolve) => all.once('message', resolve));
      await all.endAsync(true);
      return heard.includes(topic);
    }

    /** Whether one hears what is published there; a subscription beyond one's rights is silent. */
    async function hears(who: MqttClient, topic: string, own: string): Promise<boolean> {
      const all = await as('installer');
      const heard: string[] = [];
      who.on('message', (at) => heard.push(at));
      await who.subscribeAsync([topic, '#', own], { qos: 1 }).catch(() => undefined);
      await all.publishAsync(topic, '{}', { qos: 1 });
      await all.publishAsync(own, '{}', { qos: 1 });
      while (!heard.includes(own)) await new Promise((resolve) => who.once('message', resolve));
      who.removeAllListeners('message');
      await all.endAsync(true);
      return heard.includes(topic);
    }

    it('S16: lets in nobody without an account, nor with a wrong password', async () => {
      for (const account of [
        {},
        { username: 'device-1', password: 'x' },
        { username: 'x', password: 'x' },
      ]) {
        await assert.rejects(
          mqtt.connectAsync(broker!.url, { ...account, reconnectPeriod: 0 }),
          /Not authorized|not authorized/i,
        );
      }
    });

    it('S16: a device speaks and hears on its own topics only, by id and by key', async () => {
      const lamp = await as('device-1');
      const plug = await as('device-2');
      for (const topic of deviceRights('aurion', ['1', 'lampe']).publish) {
        assert.equal(await arrives(lamp, topic), true, topic);
        assert.equal(await arrives(plug, topic), false, topic);
      }
      for (const topic of [
        'aurion/devices/2/status',
        'aurion/status',
        'aurion/devices/1/command',
        'aurion/peers',
      ]) {
        assert.equal(await arrives(lamp, topic), false, topic);
      }
      const own = 'aurion/devices/1/command';
      assert.equal(await hears(lamp, 'aurion/devices/lampe/command', own), true);
      for (const topic of [
        'aurion/devices/2/command',
        'aurion/devices/2/status',
        'aurion/alerts/1',
      ]) {
        assert.equal(await hears(lamp, topic, own), false, topic);
      }
    });

    it('S16: people read status, alerts and consumption, and publish nothing', async () => {
      const reader = await as('reader');
      const own = 'aurion/status';
      for (const filter of userRights('aurion').subscribe) {
        const topic = filter.replace('+', '2').replace('#', '7');
        assert.equal(await hears(reader, topic, own), true, topic);
        assert.equal(await arrives(reader, topic), false, topic);
      }
      for (const topic of ['aurion/devices/1/command', 'aurion/energy/1/data', 'aurion/peers']) {
        assert.equal(await hears(reader, topic, own), false, topic);
      }
    });
  });
});
