import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import mqtt from 'mqtt';
import type { Alert } from '../src/contract/alert';
import type { Device } from '../src/contract/device';
import type { Consumption, DeviceEnergy, HistoryPoint } from '../src/contract/energy';
import { AurionProcess } from './support/aurion-process';
import { Page } from './support/page';

/** Energy through the whole of it: REST, the energy tab, a restart. */
describe('energy, in a whole Aurion', () => {
  let aurion: AurionProcess;
  let token: string;
  before(async () => {
    aurion = await AurionProcess.start();
    token = await aurion.register('ama');
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(aurion.lines.slice(-12).join('\n'));
  });
  after(() => aurion.remove());

  it('M1: a meter’s kilowatt-hours and what they cost, over REST', async () => {
    const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', main: true };
    const { body: made } = await aurion.request<Device>('POST', '/devices', { token, body: meter });
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const start = Date.parse(`${yesterday}T00:00:00Z`);
    for (let hour = 0; hour <= 24; hour += 1) {
      const body = { energy: 100 + hour / 2, timestamp: start + hour * 3_600_000 };
      const path = `/energy/meters/${made.id}/readings`;
      const { status } = await aurion.request('POST', path, { token, body });
      assert.equal(status, 200);
    }
    const range = `from=${yesterday}T00:00:00Z&to=${yesterday}T23:59:59Z&step=day`;
    const history = () =>
      aurion.request<HistoryPoint[]>('GET', `/energy/history?${range}`, { token });
    const { body } = await history();
    assert.deepEqual(
      body.map(({ consumption, cost, coverage }) => [consumption, cost, coverage]),
      [[12, 2400, 1]],
    );
    const { body: now } = await aurion.request<Consumption>('GET', '/energy/consumption', {
      token,
    });
    assert.equal(now.current, null);
    const devices = await aurion.request<DeviceEnergy[]>('GET', '/energy/devices', { token });
    assert.equal(devices.status, 200);

    const csv = await fetch(`http://127.0.0.1:${aurion.port}/api/energy/export?${range}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(
      await csv.text(),
      /T00:00:00\.000Z,12,2400,XOF,1,(measured|recovered),[-\d]+ 00:00,\r\n$/,
    );

    await aurion.stop();
    await aurion.launch();
    assert.deepEqual((await history()).body, body);
  });

  it('a threshold is above 0, or null for none; anything else is refused and names its field', async () => {
    const set = (body: object) =>
      aurion.request('POST', '/energy/alert-threshold', { token, body });
    for (const threshold of [0, -1, 1001, '6', true, [6]]) {
      const { status, body } = await set({ threshold });
      assert.deepEqual(
        [status, body.code, body.details?.[0]?.path],
        [400, 'INPUT_INVALID', 'threshold'],
        JSON.stringify(threshold),
      );
    }
    assert.equal((await set({})).status, 400);
    for (const threshold of [4.5, null]) {
      const { status, body } = await set({ threshold });
      assert.deepEqual([status, body], [200, { threshold }]);
    }
  });

  it('M9: what the home draws is told on MQTT, retained, and to pages; above its threshold it is one alert', async () => {
    const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
    const asUser = { username: 'ama@maison.tg', password: token };
    const meter = { name: 'Four', type: 'meter', room: 'Cuisine', key: 'four' };
    assert.equal((await aurion.request('POST', '/devices', { token, body: meter })).status, 201);
    const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
    const plug = await mqtt.connectAsync(url, { username, password });
    const watcher = await mqtt.connectAsync(url, asUser);
    const page = await Page.open(aurion, token);
    aurion.onRemove.push(
      () => plug.endAsync(true),
      () => watcher.endAsync(true),
    );
    const toldMs: number[] = [];
    watcher.on('message', () => void toldMs.push(performance.now()));
    await watcher.subscribeAsync('aurion/energy/consumption');
    const alerts = async () => {
      const { body } = await aurion.request<Alert[]>('GET', '/security/alerts', { token });
      return body
        .filter(({ type }) => type === 'power')
        .map(({ active, count }) => [active, count]);
    };
    const draw = (power: number) =>
      plug.publishAsync('aurion/energy/four/data', JSON.stringify({ power }), { qos: 1 });

    await aurion.request('POST', '/energy/alert-threshold', { token, body: { threshold: 2 } });
    // The main meter says nothing now, so the home's power is not known: no alert.
    await draw(9000);
    await page.until(({ event }) => event === 'energy.consumption');
    assert.deepEqual(await alerts(), []);

    const { body: devices } = await aurion.request<Device[]>('GET', '/devices', { token });
    const main = devices.find((device) => device.name === 'Compteur');
    await aurion.request('PUT', `/devices/${main?.id}`, { token, body: { main: false } });
    await draw(9000);
    await page.until(({ event }) => event === 'alert.raised');
    assert.deepEqual(await alerts(), [[true, 1]]);
    await draw(100);
    await page.until(({ event }) => event === 'alert.resolved');
    assert.deepEqual(await alerts(), [[false, 1]]);

    await page.until(({ data }) => Number(data?.['current']) > 9);
    const told = page.events.filter(({ event }) => event === 'energy.consumption');
    assert.ok(told.length >= 2);
    const gaps = toldMs.slice(2).map((ms, i) => ms - (toldMs[i + 1] ?? 0));
    assert.ok(gaps.length > 0 && Math.min(...gaps) > 4800, `after ${gaps.join(', ')} ms`);
    const late = await mqtt.connectAsync(url, asUser);
    aurion.onRemove.push(() => late.endAsync(true));
    const kept = new Promise<boolean>((resolve) =>
      late.once('message', (_topic, _payload, { retain }) => resolve(retain)),
    );
    await late.subscribeAsync('aurion/energy/consumption');
    assert.equal(await kept, true);
  });
});
