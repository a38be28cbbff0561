import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { connectAsync } from 'mqtt';
import { freePort } from '../../../test/support/free-port';
import { TestHome, type RawAnswer } from '../../../test/support/test-home';
import type { Services } from '../../services/services';

/** /security as pages see it, over HTTP and the real store. */
describe('webhooks over REST', () => {
  it('S23: one that could never be called is refused, naming the field, unless its host is allowed', async () => {
    const test = await TestHome.open({ demo: '0', allowedHosts: '192.168.1.7' });
    try {
      const token = await test.register('ama');
      const set = (webhookUrl: unknown) =>
        test.request('POST', '/security/notifications/config', { token, json: { webhookUrl } });
      const never = [
        'http://127.0.0.1:1/',
        'http://[::1]/',
        'http://LOCALHOST/',
        'http://10.0.0.9/x',
      ];
      for (const url of never) {
        const { status, body } = await set(url);
        assert.equal(status, 400, url);
        assert.deepEqual(
          (body['details'] as { path: string }[]).map(({ path }) => path),
          ['webhookUrl'],
        );
        assert.match(String(body.message), /allowedHosts/);
      }
      for (const url of ['http://192.168.1.7/sms', 'https://sms.example/send']) {
        assert.equal((await set(url)).body['webhookUrl'], url);
      }
      assert.equal((await set('')).body['webhookUrl'], null);
    } finally {
      await test.remove();
    }
  });
});

describe('the REST pages of sensors and alerts', () => {
  let test: TestHome;
  let token: string;
  let services: Services;
  let mqttPort: number;

  before(async () => {
    mqttPort = await freePort();
    test = await TestHome.open({ mqttPort });
    token = await test.register('ama');
    services = (test.home as unknown as { running: { services: Services } }).running.services;
  });
  after(() => test.remove());

  const ask = (method: string, path: string, json?: unknown): Promise<RawAnswer> =>
    test.request(method, path, { token, ...(json !== undefined && { json }) });

  async function raise(source: string, severity: 'info' | 'critical' = 'info'): Promise<void> {
    await services.alerts.raise({
      source,
      type: 'motion',
      severity,
      message: { fr: 'Mouvement', en: 'Motion' },
      sensorId: 1,
      sensor: 'Détecteur',
      location: 'Entrée',
      finder: 'test',
      cause: null,
    });
  }

  it('the demo home has its two sensors', async () => {
    const { body } = await ask('GET', '/security/sensors');
    assert.deepEqual(body, [
      {
        id: 1,
        name: 'Détecteur de Mouvement - Entrée',
        type: 'motion',
        location: 'Entrée',
        status: 'active',
        battery: 85,
        lastTrigger: null,
        online: false,
      },
      {
        id: 2,
        name: 'Détecteur de Fumée - Cuisine',
        type: 'smoke',
        location: 'Cuisine',
        status: 'active',
        battery: 92,
        lastTrigger: null,
        online: false,
      },
    ]);
  });

  it('a sensor can be added, changed, switched off and deleted', async () => {
    const input = { name: 'Porte', type: 'door', location: 'Garage', key: '' };
    const made = await ask('POST', '/security/sensors', input);
    assert.deepEqual([made.status, made.body['id'], 'battery' in made.body], [201, 3, false]);
    const changed = await ask('PUT', '/security/sensors/3', { location: 'Jardin' });
    assert.equal(changed.body['location'], 'Jardin');
    const off = await ask('POST', '/security/sensors/3/toggle', { enabled: false });
    assert.equal(off.body['status'], 'inactive');
    const account = await ask('POST', '/security/sensors/3/credentials');
    assert.equal(account.body['username'], 'sensor-3');
    assert.equal((await ask('DELETE', '/security/sensors/3')).status, 204);
    const gone = await ask('GET', '/security/sensors/3');
    assert.deepEqual([gone.status, gone.body.message], [404, 'Capteur non trouvé']);
  });

  it('S14, S24: ids, limits and times that make no sense are refused', async () => {
    for (const path of [
      '/security/sensors/__proto__',
      '/security/sensors/1%00',
      '/security/sensors/..%2f1',
      '/security/alerts?limit=501',
      '/security/alerts?limit=0',
      '/security/alerts?limit=1000000',
      '/security/alerts?cursor=x',
      '/security/alerts?severity=all',
      '/security/alerts?sort=id;drop',
      '/security/sensors/1/history?limit=1000000',
      '/security/sensors/1/history?from=yesterday',
      '/security/stats?period=10y',
    ]) {
      assert.equal((await ask('GET', path)).status, 400, path);
    }
  });

  it('alerts come newest first, page by page', async () => {
    for (let i = 1; i <= 5; i++) await raise(`sensor:${i}`, i === 3 ? 'critical' : 'info');
    const pages: number[][] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body, headers } = await ask('GET', `/security/alerts?limit=2${more}`);
      pages.push((body as unknown as { id: number }[]).map(({ id }) => id));
      cursor = (headers['x-next-cursor'] as string | undefined) ?? null;
    } while (cursor !== null);
    assert.deepEqual(pages, [[5, 4], [3, 2], [1]]);
    const critical = await ask('GET', '/security/alerts?severity=critical&acknowledged=false');
    assert.equal((critical.body as unknown as unknown[]).length, 1);
  });

  it('M10: an alert is acknowledged once, by name', async () => {
    const first = await ask('POST', '/security/alerts/3/acknowledge');
    assert.deepEqual([first.status, first.body['acknowledgedBy']], [200, 'ama']);
    assert.deepEqual((await ask('POST', '/security/alerts/3/acknowledge')).body, first.body);
    const unknown = await ask('POST', '/security/alerts/99/acknowledge');
    assert.deepEqual([unknown.status, unknown.body.message], [404, 'Alerte non trouvée']);
  });

  it('stats are of what happened, and null where nothing did', async () => {
    const { body } = await ask('GET', '/security/stats?period=24h');
    const { averageResponseTime, ...rest } = body;
    assert.match(String(averageResponseTime), /^\d+s$/);
    assert.deepEqual(rest, {
      totalSensors: 2,
      activeSensors: 2,
      totalAlerts: 5,
      criticalAlerts: 0,
      uptime: null,
    });
  });

  it('the way of being told is one’s own', async () => {
    const changes = { minSeverity: 'warning', quietHours: { from: '22:00', to: '06:00' } };
    const changed = await ask('POST', '/security/notifications/config', changes);
    assert.equal(changed.status, 200);
    assert.deepEqual((await ask('GET', '/security/notifications/config')).body, changed.body);
    assert.deepEqual(changed.body['quietHours'], changes.quietHours);
    for (const wrong of [
      { quietHours: { from: '25:00', to: '06:00' } },
      { webhookUrl: 'file:///etc/passwd' },
      { minSeverity: 'loud' },
      { accountId: 7 },
    ]) {
      const refused = await ask('POST', '/security/notifications/config', wrong);
      assert.equal(refused.status, 400, JSON.stringify(wrong));
    }
  });

  it('an alert is read in the language of who asks, and published in the home’s', async () => {
    const options = { host: '127.0.0.1', port: mqttPort, reconnectPeriod: 0 };
    const page = await connectAsync({ ...options, username: 'ama@maison.tg', password: token });
    try {
      await page.subscribeAsync('aurion/alerts/#', { qos: 1 });
      const published = new Promise<string>((resolve) => {
        page.once('message', (_topic, payload) => {
          resolve((JSON.parse(payload.toString()) as { message: string }).message);
        });
      });
      await raise('sensor:9', 'critical');
      const inLanguage = async (method: string, path: string, language?: string) => {
        const headers = language === undefined ? {} : { 'accept-language': language };
        const { body } = await test.request(method, path, { token, headers });
        const [alert] = [body].flat() as { id: number; message: string }[];
        return alert!;
      };
      const list = '/security/alerts?limit=1';
      const { id, message } = await inLanguage('GET', list, 'en-GB');
      assert.equal(message, 'Motion');
      assert.equal((await inLanguage('GET', list, 'fr')).message, 'Mouvement');
      assert.equal((await inLanguage('GET', list)).message, 'Mouvement');
      const settings = await ask('PUT', '/settings', { language: 'en' });
      assert.equal(settings.status, 200);
      assert.equal((await inLanguage('GET', list)).message, 'Motion');
      const acknowledge = `/security/alerts/${id}/acknowledge`;
      assert.equal((await inLanguage('POST', acknowledge, 'fr')).message, 'Mouvement');
      assert.equal((await inLanguage('POST', acknowledge)).message, 'Motion');
      assert.equal(await published, 'Mouvement');
    } finally {
      page.end(true);
      await ask('PUT', '/settings', { language: null });
    }
  });

  it('S16: a sensor speaks over MQTT with its own account, and its alert is heard there', async () => {
    const { body: account } = await ask('POST', '/security/sensors/2/credentials');
    const { username, password } = account as { username: string; password: string };
    const options = { host: '127.0.0.1', port: mqttPort, reconnectPeriod: 0 };
    const page = await connectAsync({ ...options, username: 'ama@maison.tg', password: token });
    const sensor = await connectAsync({ ...options, username, password });
    try {
      await page.subscribeAsync('aurion/alerts/#', { qos: 1 });
      const remove = await services.rules.add(
        {
          id: 'smoke',
          type: 'smoke',
          severity: 'critical',
          condition: { kind: 'compare', field: 'value', is: '==', than: true },
          message: { fr: 'Fumée : {sensor}', en: 'Smoke: {sensor}' },
          forMs: 0,
          coolDownMs: 0,
        },
        ({ type }) => type === 'smoke',
      );
      const heard = new Promise<[string, Buffer]>((resolve) => {
        page.once('message', (topic, payload) => resolve([topic, payload]));
      });
      await sensor.publishAsync('aurion/sensors/2/data', '{"smoke":true,"battery":91}', { qos: 1 });
      const [topic, payload] = await heard;
      remove();
      const { body: alerts } = await ask('GET', '/security/alerts?limit=1');
      const [newest] = alerts as unknown as { id: number; message: string; sensorId: number }[];
      assert.equal(topic, `aurion/alerts/${newest?.id}`);
      assert.deepEqual(JSON.parse(payload.toString()), newest);
      assert.equal(newest?.message, 'Fumée : Détecteur de Fumée - Cuisine');
      const { body: seen } = await ask('GET', '/security/sensors/2');
      assert.deepEqual([seen['value'], seen['battery'], seen['online']], [true, 91, true]);
      const { body: history } = await ask('GET', '/security/sensors/2/history');
      assert.equal((history as unknown as unknown[]).length, 1);
      // What it says for another is acknowledged and dropped.
      await sensor.publishAsync('aurion/sensors/1/data', '{"motion":true}', { qos: 1 });
      assert.equal((await ask('GET', '/security/sensors/1')).body['value'], undefined);
    } finally {
      page.end(true);
      sensor.end(true);
    }
  });
});
