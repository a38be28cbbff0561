import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { TestHome, type RawAnswer } from '../../../test/support/test-home';
import type { Services } from '../../services/services';

/** /security as pages see it, over HTTP and the real store. */
describe('the REST pages of sensors and alerts', () => {
  let test: TestHome;
  let token: string;
  let services: Services;

  before(async () => {
    test = await TestHome.open();
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
});
