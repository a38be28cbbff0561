import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Alert } from '../src/contract/alert';
import type { Device } from '../src/contract/device';
import type { Sensor } from '../src/contract/sensor';
import { GUESSES_PER_ACCOUNT } from '../src/services/password-guesses';
import { BareBroker } from '../src/adapters/mqtt/bare-broker.suite';
import { AurionProcess, type Answer } from './support/aurion-process';
import { Lamp } from './support/lamp';
import { MOSQUITTO, startMosquitto } from './support/mosquitto';
import { Page } from './support/page';
import { newDatabase } from './support/postgres';

const GIVE_UP_MS = 8000;

/** Asks again until the answer is right; fails with the last one. */
async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
  }
}

/** Two processes of one home: one PostgreSQL, one Mosquitto (aedes where there is none). */
describe('two processes of one home', () => {
  let broker: { readonly url: string; close(): Promise<void> };
  let a: AurionProcess;
  let b: AurionProcess;
  let admin: string;
  let lamp: Lamp;
  let tv: Lamp;
  const tokens: string[] = [];

  before(async () => {
    broker = MOSQUITTO === undefined ? await BareBroker.open() : await startMosquitto();
    const env = {
      AURION_STORE_URL: await newDatabase(),
      AURION_MQTT_URL: broker.url,
      AURION_RATE_LIMIT: 'off',
    };
    [a, b] = await Promise.all([AurionProcess.start({ env }), AurionProcess.start({ env })]);
    await Promise.all([a.untilReady(), b.untilReady()]);
  });
  after(async () => {
    await a.remove();
    await b.remove();
    await broker.close();
  });

  const devices = async (at: AurionProcess) =>
    (await at.request<Device[]>('GET', '/devices', { token: admin })).body;
  const toggle = (at: AurionProcess, id: number, headers = {}): Promise<Answer<Device>> =>
    at.request<Device>('POST', `/devices/${id}/toggle`, { token: admin, headers });

  it('S10: of 50 first registrations at once, one is the administrator', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        (n % 2 ? a : b).request<{ user: { role: string }; token: string }>(
          'POST',
          '/auth/register',
          { body: { name: `p${n}`, email: `p${n}@maison.tg`, password: `p${n} aime la mer` } },
        ),
      ),
    );
    // The others wait for one of two hashes at most a second, or are told to come again.
    const made = answers.filter(({ status }) => status === 200);
    assert.ok(answers.every(({ status }) => status === 200 || status === 503));
    const admins = made.filter(({ body }) => body.user.role === 'admin');
    assert.equal(admins.length, 1);
    admin = admins[0]!.body.token;
    tokens.push(...made.map(({ body }) => body.token).filter((token) => token !== admin));
  });

  it('S5: a token of either is good at both', async () => {
    for (const token of [admin, ...tokens.slice(0, 4)]) {
      for (const at of [a, b]) {
        assert.equal((await at.request('GET', '/auth/me', { token })).status, 200);
      }
    }
  });

  it('fill the empty store with one demo home', async () => {
    for (const at of [a, b]) {
      assert.deepEqual(
        (await devices(at)).map(({ name }) => name),
        ['Lumière Salon', 'Climatiseur Chambre', 'TV Salon'],
      );
    }
  });

  it('S4: what signs out at one is refused at the other within 5 s, and its page there closes', async () => {
    const [token = ''] = tokens;
    const page = await Page.open(b, token);
    assert.equal((await a.request('POST', '/auth/logout', { token })).status, 200);
    const begun = performance.now();
    assert.equal(await page.closed(), 4401);
    const { body } = await eventually(
      () => b.request('GET', '/auth/me', { token }),
      ({ status }) => status === 401,
    );
    assert.equal(body.code, 'SESSION_EXPIRED');
    assert.ok(performance.now() - begun < 5000);
  });

  it('know of each other’s devices: made, changed, deleted', async () => {
    const device = { name: 'Ventilateur', type: 'fan', room: 'Salon', key: 'fan-1' };
    const { body } = await a.request<Device>('POST', '/devices', { token: admin, body: device });
    const named = (name: string) => (list: Device[]) => list.some((each) => each.name === name);
    await eventually(() => devices(b), named('Ventilateur'));
    const path = `/devices/${body.id}`;
    await b.request('PUT', path, { token: admin, body: { name: 'Brise' } });
    await eventually(() => devices(a), named('Brise'));
    await a.request('DELETE', path, { token: admin });
    await eventually(
      () => devices(b),
      (list) => !named('Brise')(list),
    );
  });

  it('tell the pages of both, once, what one of them did', async () => {
    const pages = [await Page.open(a, admin), await Page.open(b, admin)];
    for (const [at, status] of [
      [a, true],
      [b, false],
      [a, true],
    ] as const) {
      assert.equal((await toggle(at, 2)).body.status, status);
    }
    // A last one that all hear, so that what came twice has come by then.
    tv = await Lamp.plugIn(a, 3, undefined, broker.url);
    await tv.report({ status: false });
    for (const page of pages) {
      await page.until(({ data }) => data?.['id'] === 3 && data['status'] === false);
      const told = page.events.filter(({ data }) => data?.['id'] === 2);
      assert.deepEqual(
        told.map(({ data }) => data?.['status']),
        [true, false, true],
      );
      page.leave();
    }
  });

  it('M8: take turns at a device: toggles at both at once each flip what the one before came to', async () => {
    lamp = await Lamp.plugIn(a, 1, undefined, broker.url);
    await lamp.report({ status: false });
    const isOff = ({ status, assumed }: Device) => !status && !assumed;
    for (const at of [a, b]) {
      await eventually(
        () => devices(at),
        ([first]) => isOff(first!),
      );
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => toggle(n % 2 ? a : b, 1)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual(
      lamp.commands.map(({ status }) => status),
      Array.from({ length: 20 }, (_, n) => n % 2 === 0),
    );
  });

  it('M8: the same Idempotency-Key at both at once is one command and one answer', async () => {
    const headers = { 'idempotency-key': 'one-tap' };
    const answers = await Promise.all([a, b, a, b].map((at) => toggle(at, 3, headers)));
    assert.equal(tv.commands.length, 1);
    for (const { status, body } of answers) {
      assert.deepEqual([status, body], [200, answers[0]!.body]);
    }
  });

  const alerts = async (at: AurionProcess) =>
    (await at.request<Alert[]>('GET', '/security/alerts', { token: admin })).body;

  it('M9: 100 triggers at once at both are one alert, counted 100 times, told once', async () => {
    const pages = [await Page.open(a, admin), await Page.open(b, admin)];
    const body = { type: 'other', source: 'panic', severity: 'critical', message: 'Au secours' };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        (n % 2 ? a : b).request<Alert>('POST', '/security/alerts', { token: admin, body }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
    for (const at of [a, b]) {
      const [alert, ...others] = await eventually(
        () => alerts(at),
        ([first]) => first?.count === 100,
      );
      assert.deepEqual([alert?.active, others], [true, []]);
    }
    for (const page of pages) {
      await page.until(({ type }) => type === 'notification');
      await page.until(({ event }) => event === 'alert.raised');
    }
    const over = { type: 'other', source: 'panic' };
    await a.request('POST', '/security/alerts/resolve', { token: admin, body: over });
    for (const page of pages) {
      await page.until(({ event }) => event === 'alert.resolved');
      assert.equal(page.frames.filter(({ type }) => type === 'notification').length, 1);
      assert.equal(page.events.filter(({ event }) => event === 'alert.raised').length, 1);
      page.leave();
    }
  });

  it('M9: what a sensor says is heard by both and raises one alert', async () => {
    const sensor = { name: 'Fumée', type: 'smoke', location: 'Garage', key: 'smoke-1' };
    const made = await a.request<Sensor>('POST', '/security/sensors', {
      token: admin,
      body: sensor,
    });
    const path = `/security/sensors/${made.body.id}`;
    const at = (process: AurionProcess) => process.request<Sensor>('GET', path, { token: admin });
    await eventually(
      () => at(b),
      ({ status }) => status === 200,
    );
    const said = JSON.stringify({ smoke: true, seq: 1 });
    await Promise.all(
      Array.from({ length: 100 }, () =>
        lamp.client.publishAsync('aurion/sensors/smoke-1/data', said, { qos: 1 }),
      ),
    );
    for (const process of [a, b]) {
      await eventually(
        () => at(process),
        ({ body }) => body.value === true,
      );
      const raised = await eventually(
        () => alerts(process),
        (all) => all.some(({ type }) => type === 'smoke'),
      );
      assert.equal(raised.filter(({ type }) => type === 'smoke').length, 1);
    }
  });

  it('stay in service when one of them is killed', async () => {
    await b.stop('SIGKILL');
    const told = lamp.commands.length;
    assert.equal((await toggle(a, 1)).status, 200);
    assert.equal(lamp.commands.length, told + 1);
    await b.launch();
    await b.untilReady();
    // What was said meanwhile it heard later, so when differs.
    const known = async (at: AurionProcess) =>
      (await devices(at)).map((device) => ({ ...device, lastSeen: null }));
    assert.deepEqual(await known(b), await known(a));
  });

  it('S7: wrong passwords at one count at the other, also for who asks both at once', async () => {
    const on = { AURION_RATE_LIMIT: 'on' };
    await Promise.all(
      [a, b].map(async (at) => {
        await at.stop();
        await at.launch(on);
        await at.untilReady();
      }),
    );
    const body = { email: 'p0@maison.tg', password: 'faux' };
    const guess = (at: AurionProcess) => at.request('POST', '/auth/login', { body });
    const statuses: number[] = [];
    // Two at once, one at each, as a guesser would who knows of both.
    for (let n = 0; n < GUESSES_PER_ACCOUNT.max / 2; n += 1) {
      for (const { status } of await Promise.all([guess(a), guess(b)])) statuses.push(status);
    }
    assert.deepEqual(statuses, Array<number>(GUESSES_PER_ACCOUNT.max).fill(401));
    for (const at of [a, b]) {
      const { status, body: refusal, headers } = await guess(at);
      assert.deepEqual([status, refusal.code], [429, 'ATTEMPTS_EXCEEDED']);
      assert.ok(Number(headers.get('retry-after')) > 0);
    }
  });
});
