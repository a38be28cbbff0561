import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Alert, NotificationConfig, SecurityStats } from '../src/contract/alert';
import type { Sensor } from '../src/contract/sensor';
import { AurionProcess, fullBackend } from './support/aurion-process';
import { Page } from './support/page';
import { Receiver } from './support/receiver';

const SMOKE = 2;

/** Speaks as a sensor of the house, with the installer's account. */
async function speaker(aurion: AurionProcess) {
  const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
  const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
  const client = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 50 });
  aurion.onRemove.push(() => client.endAsync(true));
  return (sensor: number | string, said: object) =>
    client.publishAsync(`aurion/sensors/${sensor}/data`, JSON.stringify(said), { qos: 1 });
}

/** Waits for what REST will show. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
  }
}

describe('sensors and alerts in the full backend', () => {
  let aurion: AurionProcess;
  let admin: string;
  let say: Awaited<ReturnType<typeof speaker>>;
  before(async () => {
    aurion = await AurionProcess.start();
    await aurion.untilReady();
    admin = await aurion.register('ama');
    say = await speaker(aurion);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(aurion.lines.slice(-12).join('\n'));
  });
  after(() => aurion.remove());

  const ask = <T>(method: string, path: string, body?: unknown, token = admin) =>
    aurion.request<T>(method, path, { token, body });
  const alerts = async () => (await ask<Alert[]>('GET', '/security/alerts')).body;
  const ofType =
    (type: string, sensorId = SMOKE) =>
    (all: Alert[]) =>
      all.some((alert) => alert.type === type && alert.active && alert.sensorId === sensorId);
  /** One of its own: more than four changes in ten minutes are an alert `unstable`. */
  const smokeDetector = async () => {
    const input = { name: 'Fumée - Garage', type: 'smoke', location: 'Garage' };
    return (await ask<Sensor>('POST', '/security/sensors', input)).body.id;
  };

  it('one request node and two in a row do all of the group', async () => {
    const sensors = await ask<Sensor[]>('GET', '/security/sensors');
    assert.deepEqual(
      sensors.body.map(({ id, type }) => [id, type]),
      [
        [1, 'motion'],
        [2, 'smoke'],
      ],
    );
    assert.deepEqual((await ask('GET', '/security/alerts')).body, []);
    const stats = await ask<SecurityStats>('GET', '/security/stats');
    assert.deepEqual([stats.body.totalSensors, stats.body.averageResponseTime], [2, null]);
    const config = await ask<NotificationConfig>('GET', '/security/notifications/config');
    assert.equal(config.body.push, true);
    const guest = await aurion.register('kofi');
    const denied = await ask<{ code: string }>('POST', '/security/alerts', { message: 'x' }, guest);
    assert.deepEqual([denied.status, denied.body.code], [403, 'ACCESS_DENIED']);
  });

  it('smoke over MQTT is an alert on every page, is acknowledged, and over with the smoke', async () => {
    const page = await Page.open(aurion, admin);
    await say(SMOKE, { smoke: true, battery: 92 });
    const told = await page.until(({ type }) => type === 'notification');
    assert.deepEqual(
      [told['severity'], told['message']],
      ['critical', 'Fumée détectée : Détecteur de Fumée - Cuisine (Cuisine)'],
    );
    const [alert] = await alerts();
    assert.ok(alert);
    assert.deepEqual([alert.type, alert.active, alert.id], ['smoke', true, told['alertId']]);
    const seen = await ask<Alert>('POST', `/security/alerts/${alert.id}/acknowledge`);
    assert.deepEqual([seen.body.acknowledged, seen.body.acknowledgedBy], [true, 'ama']);
    await say(SMOKE, { smoke: false });
    await page.until(({ event }) => event === 'alert.resolved');
    const events = page.events
      .map(({ event }) => event)
      .filter((event) => event !== 'sensor.reading');
    assert.deepEqual(events, ['alert.raised', 'alert.acknowledged', 'alert.resolved']);
    page.leave();
  });

  it('a battery under 20 % is a warning, over at 25 %', async () => {
    await say(1, { motion: false, battery: 19 });
    const [alert] = await until(alerts, ofType('low_battery', 1));
    assert.deepEqual(
      [alert?.severity, alert?.message],
      ['warning', 'Pile faible (19 %) : Détecteur de Mouvement - Entrée (Entrée)'],
    );
    await say(1, { motion: false, battery: 22 });
    assert.ok(ofType('low_battery', 1)(await alerts()));
    await say(1, { motion: false, battery: 90 });
    await until(alerts, (all) => !ofType('low_battery', 1)(all));
  });

  it('F7: smoke while everything is deployed raises its alert', async () => {
    const deploying = aurion.deploy(fullBackend());
    await say(SMOKE, { smoke: true });
    await deploying;
    await until(alerts, ofType('smoke'));
    await say(SMOKE, { smoke: false });
    await until(alerts, (all) => !ofType('smoke')(all));
  });

  it('a rule whose node is deleted leaves no alert behind', async () => {
    const smoke = await smokeDetector();
    await say(smoke, { smoke: true });
    await until(alerts, ofType('smoke', smoke));
    await aurion.deploy(fullBackend().filter(({ id }) => id !== 'aurion-security-smoke'));
    await until(alerts, (all) => !ofType('smoke', smoke)(all));
    await aurion.deploy(fullBackend());
    await until(alerts, ofType('smoke', smoke));
    await ask('DELETE', `/security/sensors/${smoke}`);
    await until(alerts, (all) => !ofType('smoke', smoke)(all));
  });
});

describe('who hears', () => {
  const env = { AURION_ALLOWED_HOSTS: '127.0.0.1' };

  it('a kill -9 between trigger and notification still notifies after the restart, once', async () => {
    const receiver = new Receiver();
    const webhookUrl = await receiver.open();
    const aurion = await AurionProcess.start({ env });
    try {
      await aurion.untilReady();
      const token = await aurion.register('ama');
      const config = { webhookUrl, push: false };
      await aurion.request('POST', '/security/notifications/config', { token, body: config });
      receiver.hangs = true;
      const say = await speaker(aurion);
      await say(SMOKE, { smoke: true });
      await receiver.called();
      await aurion.stop('SIGKILL');
      receiver.hangs = false;
      await aurion.launch();
      await receiver.taken(1);
      await aurion.untilReady();
      // Whatever else would be sent has been tried by the time that the next alert is told.
      await say(SMOKE, { smoke: false });
      await say(1, { motion: true, battery: 5 });
      await receiver.taken(2);
      await aurion.stop('SIGTERM');
      await aurion.launch();
      await aurion.untilReady();
      const raised = receiver.bodies.filter(({ severity }) => severity === 'critical');
      assert.deepEqual(
        raised.map(({ alertId, message }) => [alertId, message]),
        [[1, 'Fumée détectée : Détecteur de Fumée - Cuisine (Cuisine)']],
      );
      const keys = receiver.bodies.map(
        ({ alertId, severity }) => `${String(alertId)} ${String(severity)}`,
      );
      assert.deepEqual(new Set(keys).size, keys.length);
    } finally {
      await aurion.remove();
      receiver.close();
    }
  });
});
