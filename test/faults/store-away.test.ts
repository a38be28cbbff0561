import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BareBroker } from '../../src/adapters/mqtt/bare-broker.suite';
import { AurionProcess } from '../support/aurion-process';
import { Household } from '../support/household';
import { runSql, startPostgres, type PostgresServer } from '../support/postgres-server';

/** A call waits 3 s for a connection. */
const REFUSED_WITHIN_MS = 5000;
const BACK_WITHIN_MS = 10_000;
const GIVE_UP_MS = 30_000;

interface Ready {
  readonly status: string;
}

describe('F2: PostgreSQL goes away', function () {
  this.timeout(120_000);
  let server: PostgresServer;
  let aurion: AurionProcess | undefined;
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    server = await startPostgres();
  });
  afterEach(async () => {
    await aurion?.remove();
    aurion = undefined;
    for (const close of closers.splice(0)) await close();
    await server.remove();
  });

  const health = async (at: AurionProcess) => {
    const { status, body } = await at.request<Ready>('GET', '/health/ready');
    return `${status} ${body.status}`;
  };
  const untilHealth = async (at: AurionProcess, wanted: string) => {
    const deadline = Date.now() + GIVE_UP_MS;
    let now;
    while ((now = await health(at)) !== wanted) {
      assert.ok(Date.now() < deadline, `still ${now}, not ${wanted}:\n${at.log}`);
      await delay(50);
    }
  };

  it('under load: requests are told to come again, acknowledged messages are in the store when it is back', async () => {
    aurion = await AurionProcess.start({ env: { AURION_STORE_URL: server.url } });
    const at = aurion;
    await at.untilReady();
    const token = await at.register('ama');
    const household = await Household.move(at, token);
    await household.begin();
    await household.untilAnswered(200);

    await server.stop();
    const begunMs = performance.now();
    const body = { name: 'Lampe', type: 'light', room: 'Salon' };
    const refused = await at.request('POST', '/devices', { token, body });
    assert.equal(refused.status, 503);
    assert.equal(refused.body.code, 'STORE_UNAVAILABLE');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.ok(performance.now() - begunMs < REFUSED_WITHIN_MS);
    await untilHealth(at, '200 degraded');
    await household.untilAnswered(500); // Messages: nothing else is answered with yes.

    await server.start();
    await untilHealth(at, '200 ok');
    const backMs = performance.now();
    await household.untilAnswered(200);
    const told = household.plugPowers;
    for (const [id, power] of told) {
      while ((await storedPower(server.url, id)) < power) {
        assert.ok(performance.now() - backMs < BACK_WITHIN_MS, `device ${id} is behind`);
        await delay(50);
      }
    }
    await household.end();
    await household.check();
    assert.equal(await at.stop('SIGTERM'), 0);
  });

  it('with nobody there: health knows it all the same, and that it is back', async () => {
    aurion = await AurionProcess.start({ env: { AURION_STORE_URL: server.url } });
    await untilHealth(aurion, '200 ok');
    await server.stop();
    await untilHealth(aurion, '200 degraded');
    await server.start();
    await untilHealth(aurion, '200 ok');
  });

  it('at the start, with an outside broker: unavailable, and up by itself when it is there', async () => {
    const broker = await BareBroker.open();
    closers.push(() => broker.close());
    await server.stop();
    const env = { AURION_STORE_URL: server.url, AURION_MQTT_URL: broker.url };
    aurion = await AurionProcess.start({ env });
    assert.equal(await health(aurion), '503 unavailable');
    const { status, headers, body } = await aurion.request('POST', '/auth/login', {
      body: { email: 'ama@maison.tg', password: 'ama aime la mer' },
    });
    assert.deepEqual([status, body.code], [503, 'STORE_UNAVAILABLE']);
    assert.ok(Number(headers.get('retry-after')) > 0);
    await server.start();
    await untilHealth(aurion, '200 ok');
    await aurion.register('ama');
  });
});

/** What the store itself says that a device last reported. */
async function storedPower(url: string, deviceId: number): Promise<number> {
  const [row] = await runSql(
    url,
    `select (doc->'reported'->>'power')::int as power from aurion."deviceStates" where id = $1`,
    [`${deviceId}`],
  );
  return Number(row?.['power'] ?? 0);
}
