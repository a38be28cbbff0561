import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { AurionProcess, ROOT } from './support/aurion-process';
import { freePort } from './support/free-port';
import { browserOrSkip } from './support/editor';
import { Lamp } from './support/lamp';

const GUIDE = readFileSync(join(ROOT, 'docs', 'frontend.md'), 'utf8');

/** The block of this language that has these words in it. */
function block(language: string, words: string): string {
  const blocks = GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'));
  const text = [...blocks].map(([, each]) => each!).find((each) => each.includes(words));
  assert.ok(text);
  return text;
}

/** What the React app's `src/services/house.js` exports, as the guide has it. */
interface House {
  getAwayMode(): Promise<{ enabled: boolean }>;
  setAwayMode(enabled: boolean): Promise<{ enabled: boolean }>;
  addDevice(device: object): Promise<{ id: number }>;
  deleteDevice(id: number): Promise<unknown>;
  addSensor(sensor: object): Promise<{ id: number }>;
  deleteSensor(id: number): Promise<unknown>;
  getSettings(): Promise<Record<string, unknown>>;
  saveSettings(changes: object): Promise<Record<string, unknown>>;
  saveNotifications(config: object): Promise<Record<string, unknown>>;
  signOutEverywhere(): Promise<unknown>;
  listen(onEvent: (event?: string, data?: { id: number; status: boolean }) => void): () => void;
}

/** The app's own `api`, as far as it is used: an axios that knows the token. */
function appApi(aurion: AurionProcess, token: string) {
  const call =
    (method: string) =>
    async (path: string, body?: unknown): Promise<{ data: unknown }> => {
      const { status, body: data } = await aurion.request(method, path, { token, body });
      if (status >= 400) throw new Error(data.code);
      return { data };
    };
  return {
    get: call('GET'),
    post: call('POST'),
    put: call('PUT'),
    delete: call('DELETE'),
    defaults: { baseURL: aurion.api },
  };
}

/** What docs/frontend.md tells people to write, as it stands there. */
describe('docs/frontend.md', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let pages: Server | undefined;
  let mqttWsPort: number;
  let lamp: Lamp;
  let token: string;

  before(async () => {
    mqttWsPort = await freePort();
    aurion = await AurionProcess.start({ env: { AURION_MQTT_WS_PORT: String(mqttWsPort) } });
    token = await aurion.register('ama');
    lamp = await Lamp.plugIn(aurion, 1, ({ status, commandId }) => ({ status, commandId }));
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    await aurion.remove();
  });

  it('its page signs in, switches, and sees what others switch', async function () {
    browser = await browserOrSkip(this, 'the page of docs/frontend.md');
    const html = block('html', 'sign-in').replace(
      'http://localhost:5000',
      `http://localhost:${aurion.port}`,
    );
    pages = createServer((_req, res) => res.setHeader('Content-Type', 'text/html').end(html));
    pages.listen(0, 'localhost');
    await once(pages, 'listening');
    const page = await browser.newPage();
    page.setDefaultTimeout(8000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}`);

    await lamp.report({ status: true });
    await page.fill('[name=email]', 'ama@maison.tg');
    await page.fill('[name=password]', 'ama aime la mer');
    await page.click('text=Sign in');
    await page.click('text=Lumière Salon: on');
    await page.waitForSelector('text=Lumière Salon: off');
    assert.equal(lamp.commands.length, 1);
    await lamp.report({ status: true });
    await page.waitForSelector('text=Lumière Salon: on');
    assert.equal(await page.locator('#devices button').count(), 3);

    await lamp.say('offline');
    await page.click('text=Lumière Salon: offline');
    await page.waitForSelector('text=The device is offline');
    // The page lets a refused switch go by; nothing else may have gone wrong.
    assert.deepEqual(problems.splice(0), ['Error: DEVICE_OFFLINE']);

    await lamp.say('online');
    await page.waitForSelector('text=Lumière Salon: on');
    await aurion.stop();
    await aurion.launch();
    await lamp.report({ status: false });
    await page.waitForSelector('text=Lumière Salon: off');
  });

  it('its MQTT client hears a device, with a person’s token', async () => {
    const script = block('js', 'mqtt.connect').replace('9001', String(mqttWsPort));
    const heard = new Promise((resolve) => {
      const print = { log: (topic: string, message: unknown) => resolve([topic, message]) };
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is our own documentation
      const run = new Function('mqtt', 'token', 'console', `${script}; return client;`) as (
        ...given: unknown[]
      ) => mqtt.MqttClient;
      const client = run(mqtt, token, print);
      aurion.onRemove.push(() => client.endAsync(true));
      client.on('packetreceive', ({ cmd }) => {
        if (cmd === 'suback') void lamp.report({ status: true });
      });
    });
    assert.deepEqual(await heard, ['aurion/devices/1/status', { status: true }]);
  });

  it('its service keeps in Aurion what the React app kept to itself, and hears what others do', async () => {
    const script = block('js', 'export const house')
      .replace(/^import .*$/m, '')
      .replace('export const', 'const');
    const names = ['api', 'localStorage', 'WebSocket'];
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is our own documentation
    const make = new Function(...names, `${script}; return house;`) as (
      ...given: unknown[]
    ) => House;
    const another = await aurion.register('kofi');
    const houseOf = (whose: string) =>
      make(appApi(aurion, whose), { getItem: () => whose }, WebSocket);
    const house = houseOf(token);

    const lists = async () => {
      const devices = await aurion.request<unknown[]>('GET', '/devices', { token });
      const sensors = await aurion.request<unknown[]>('GET', '/security/sensors', { token });
      return [devices.body.length, sensors.body.length];
    };
    const before = await lists();
    // As the app's forms give them.
    const fan = { name: 'Ventilateur', type: 'fan', room: 'Bureau', power: 0 };
    const device = await house.addDevice(fan);
    const sensor = await house.addSensor({ name: 'Porte', type: 'door', location: 'Entrée' });
    assert.deepEqual(await lists(), [before[0]! + 1, before[1]! + 1]);
    await house.deleteDevice(device.id);
    await house.deleteSensor(sensor.id);
    assert.deepEqual(await lists(), before);

    assert.equal((await house.setAwayMode(true)).enabled, true);
    assert.equal((await houseOf(another).getAwayMode()).enabled, true);
    await house.setAwayMode(false);
    await house.saveSettings({ theme: 'dark', language: 'en', autoMode: false });
    const { theme, language, autoMode } = await house.getSettings();
    assert.deepEqual([theme, language, autoMode], ['dark', 'en', false]);
    const config = await house.saveNotifications({ email: true, push: false, sms: false });
    assert.equal(config['push'], false);
    await assert.rejects(houseOf(another).addDevice(fan), { message: 'ACCESS_DENIED' });
    // As the guide tells to raise a guest.
    await aurion.request('PUT', '/auth/users/2', { token, body: { role: 'user' } });
    const { body } = await aurion.request<{ token: string }>('POST', '/auth/login', {
      body: { email: 'kofi@maison.tg', password: 'kofi aime la mer' },
    });
    await house.deleteDevice((await houseOf(body.token).addDevice(fan)).id);

    let on = false;
    const heard = new Promise<void>((resolve) => {
      const stop = house.listen((event, data) => {
        if (event !== 'device.status' || data?.id !== 1 || !data.status) return;
        on = true;
        stop();
        resolve();
      });
    });
    // It listens once it has signed in; then this one is heard, or the next.
    while (!on) {
      await lamp.report({ status: false });
      await lamp.report({ status: true });
    }
    await heard;
    await houseOf(body.token).signOutEverywhere();
    const after = await aurion.request('GET', '/auth/me', { token: body.token });
    assert.equal(after.status, 401);
  });
});
