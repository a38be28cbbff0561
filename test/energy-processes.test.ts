import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import mqtt, { type MqttClient } from 'mqtt';
import { BareBroker } from '../src/adapters/mqtt/bare-broker.suite';
import type { Alert } from '../src/contract/alert';
import type { Consumption, DeviceEnergy, HistoryPoint } from '../src/contract/energy';
import type { Device } from '../src/contract/device';
import { AurionProcess } from './support/aurion-process';
import { MOSQUITTO, startMosquitto } from './support/mosquitto';
import { Page } from './support/page';
import { newDatabase } from './support/postgres';

/** A connection that was lost is tried again within 30 s, a turn that died with its process is free after 20 s. */
const GIVE_UP_MS = 40_000;
const MINUTE_MS = 60_000;
const READINGS = 181;
const STEP_KWH = 0.05;

/** Asks again until the answer is right; fails with the last one. */
async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
  }
}

/** Two processes of one home hear the same meters: one PostgreSQL, one Mosquitto (aedes where there is none). */
describe('energy in two processes of one home', function () {
  this.timeout(120_000);
  let broker: { readonly url: string; close(): Promise<void> };
  let a: AurionProcess;
  let b: AurionProcess;
  let token: string;
  let plug: MqttClient;
  const told: { readonly atMs: number; readonly consumption: Consumption }[] = [];

  before(async () => {
    broker = MOSQUITTO === undefined ? await BareBroker.open() : await startMosquitto();
    const env = { AURION_STORE_URL: await newDatabase(), AURION_MQTT_URL: broker.url };
    [a, b] = await Promise.all([AurionProcess.start({ env }), AurionProcess.start({ env })]);
    await Promise.all([a.untilReady(), b.untilReady()]);
    token = await a.register('ama');
    for (const key of ['linky', 'four']) {
      const body = { name: key, key, type: 'meter', room: 'Entrée', main: key === 'linky' };
      assert.equal((await a.request('POST', '/devices', { token, body })).status, 201);
    }
    await eventually(
      () => get<Device[]>(b, '/devices'),
      (devices) => ['linky', 'four'].every((name) => devices.some(({ key }) => key === name)),
    );
    plug = await mqtt.connectAsync(broker.url);
    plug.on('message', (_topic, payload) => {
      const consumption = JSON.parse(payload.toString()) as Consumption;
      told.push({ atMs: performance.now(), consumption });
    });
    await plug.subscribeAsync('aurion/energy/consumption', { qos: 1 });
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const { lines } of [a, b]) console.error(lines.slice(-30).join('\n'));
  });
  after(async () => {
    await plug.endAsync(true);
    await a.remove();
    await b.remove();
    await broker.close();
  });

  const get = async <T>(at: AurionProcess, path: string) =>
    (await at.request<T>('GET', path, { token })).body;
  const say = (key: string, body: object) =>
    plug.publishAsync(`aurion/energy/${key}/data`, JSON.stringify(body), { qos: 1 });

  it('M6: each kilowatt-hour that both hear counts once, also when one of them is killed in between', async () => {
    const start = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 200 * MINUTE_MS;
    const reading = (i: number) => ({
      ...{ energy: 100 + i * STEP_KWH, timestamp: start + i * MINUTE_MS, seq: i },
    });
    for (let i = 0; i < READINGS; i += 1) {
      // Some late, each twice.
      await say('linky', reading(i % 10 === 5 && i > 10 ? i - 10 : i));
      await say('linky', reading(i));
      if (i === 60) await b.stop('SIGKILL');
      if (i === 120) await b.launch();
    }
    for (let i = 5; i < READINGS; i += 10) await say('linky', reading(i));
    await b.untilReady();
    const range = `from=${new Date(start).toISOString()}&to=${new Date().toISOString()}&step=5m`;
    const history = (at: AurionProcess) => get<HistoryPoint[]>(at, `/energy/history?${range}`);
    const total = (points: readonly HistoryPoint[]) =>
      points.reduce((sum, { consumption }) => sum + Math.round((consumption ?? 0) * 1000), 0);
    const right = Math.round((READINGS - 1) * STEP_KWH * 1000);
    for (const at of [a, b]) {
      const points = await eventually(
        () => history(at),
        (some) => total(some) === right,
      );
      assert.deepEqual(
        points.slice(1, 35).map(({ consumption }) => consumption),
        Array<number>(34).fill(0.25),
      );
    }
    // What is in the store, too: the other reads only that.
    await Promise.all([a, b].map((at) => at.stop()));
    await a.launch();
    await a.untilReady();
    assert.equal(total(await history(a)), right);
    await b.launch();
    await b.untilReady();
    assert.deepEqual(await history(b), await history(a));
  });

  it('M9: a home above its threshold is one alert, told once by both; over when it is below', async () => {
    const pages = [await Page.open(a, token), await Page.open(b, token)];
    const body = { threshold: 2 };
    assert.deepEqual(
      (await b.request('POST', '/energy/alert-threshold', { token, body })).body,
      body,
    );
    const alerts = async (at: AurionProcess) =>
      (await get<Alert[]>(at, '/security/alerts')).filter(({ type }) => type === 'power');
    // Both look every 5 s, each at a time of its own.
    await say('linky', { energy: 110, power: 5000 });
    for (const at of [a, b])
      await eventually(
        () => alerts(at),
        ([alert]) => alert?.active === true,
      );
    for (const page of pages) await page.until(({ event }) => event === 'energy.consumption');
    for (const page of pages) await page.until(({ event }) => event === 'alert.raised');
    await say('linky', { energy: 110.01, power: 300 });
    for (const at of [a, b]) {
      const [alert, ...others] = await eventually(
        () => alerts(at),
        ([first]) => first?.active === false,
      );
      assert.deepEqual([alert?.count, others], [1, []]);
    }
    for (const page of pages) {
      await page.until(({ event }) => event === 'alert.resolved');
      assert.equal(page.events.filter(({ event }) => event === 'alert.raised').length, 1);
      page.leave();
    }
  });

  it('publish consumption retained, together at most once in 5 s', async () => {
    for (let n = 0; n < 3; n += 1) {
      const next = new Promise<void>((resolve) => plug.once('message', () => resolve()));
      // Both have something new to tell.
      await say('linky', { power: 300 + n });
      await next;
    }
    const gaps = told.slice(1).map(({ atMs }, i) => atMs - (told[i]?.atMs ?? 0));
    assert.ok(Math.min(...gaps) > 4800, `after ${gaps.map(Math.round).join(', ')} ms`);
    const late = await mqtt.connectAsync(broker.url);
    const first = new Promise<{ readonly retain: boolean; readonly payload: string }>((resolve) =>
      late.once('message', (_topic, payload, { retain }) =>
        resolve({ retain, payload: payload.toString() }),
      ),
    );
    await late.subscribeAsync('aurion/energy/consumption');
    const { retain, payload } = await first;
    assert.equal(retain, true);
    const shown = await get<Consumption>(a, '/energy/consumption');
    assert.deepEqual(Object.keys(JSON.parse(payload) as object), Object.keys(shown));
    await late.endAsync();
  });

  it('devices of a home that two processes count sum to 100 %', async () => {
    // What flows in time to come is not told yet.
    const now = Date.now();
    await say('four', { energy: 5, timestamp: now - MINUTE_MS });
    await say('four', { energy: 5.2, timestamp: now });
    const devices = await eventually(
      () => get<DeviceEnergy[]>(b, '/energy/devices?period=year'),
      (some) => some.some(({ consumption }) => consumption === 0.2),
    );
    const tenths = devices.reduce((sum, { percentage }) => sum + Math.round(percentage * 10), 0);
    assert.equal(tenths, 1000);
  });
});
