import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { TestHome, type RawAnswer } from '../../../test/support/test-home';
import { INSIDE } from '../../contract/operation';
import type { Schedule } from '../../contract/schedule';

/** Schedules, away mode and settings as REST answers them. */
describe('schedules over REST', () => {
  let test: TestHome;
  let admin: string;
  beforeEach(async () => {
    test = await TestHome.open();
    admin = await test.register('ama');
  });
  afterEach(() => test.remove());

  const call = (method: string, path: string, json?: object, token = admin) =>
    test.request(method, path, { token, ...(json && { json }) });
  const list = <T>({ body }: RawAnswer) => body as unknown as T[];
  const plan = (json: object, device = 1) => call('POST', `/devices/${device}/schedule`, json);

  it('says that a schedule is saved in the language of who asks, else in that of the home', async () => {
    const json = { type: 'daily', time: '18:30', action: 'on' };
    const saidIn = async (language: string) => {
      const headers = { 'accept-language': language };
      const path = '/devices/1/schedule';
      return (await test.request('POST', path, { token: admin, json, headers })).body.message;
    };
    assert.equal(await saidIn('fr'), 'Programmation enregistrée');
    assert.equal(await saidIn('en'), 'Schedule saved');
    const actor = { kind: 'flow', nodeId: 'n', role: 'user' } as const;
    const call = { actor, requestId: 'r', origin: INSIDE };
    const made = await test.home.run('schedules.create', { id: 1, ...json }, call);
    assert.equal((made as { message: string }).message, 'Programmation enregistrée');
  });

  it('POST answers what the frontend reads; days: [] is fine but for weekly', async () => {
    const { status, body } = await plan({ type: 'daily', time: '18:30', action: 'on', days: [] });
    assert.deepEqual([status, body.message], [200, 'Programmation enregistrée']);
    const { createdAt, nextRun, ...schedule } = body['schedule'] as Schedule;
    assert.match(`${createdAt} ${nextRun}`, /^20\S+Z 20\S+T18:30:00.000Z$/);
    assert.deepEqual(schedule, {
      ...{ id: 1, deviceId: 1, type: 'daily', time: '18:30', action: 'on', days: [] },
      ...{ policy: 'state', enabled: true },
    });
    const weekly = await plan({ type: 'weekly', time: '07:00', action: 'off', days: [] });
    assert.deepEqual(
      [weekly.status, weekly.body.code, weekly.body['details']],
      [
        400,
        'SCHEDULE_INVALID',
        [{ path: 'days', message: 'choisissez au moins un jour (0 = lundi … 6 = dimanche)' }],
      ],
    );
    const days = await plan({ type: 'weekly', time: '07:00', action: 'off', days: [4, 0, 4] });
    assert.deepEqual((days.body['schedule'] as Schedule).days, [0, 4]);
    assert.deepEqual(
      list<Schedule>(await call('GET', '/devices/1/schedules')).map(({ id }) => id),
      [1, 2],
    );
  });

  it('once without a date is the next such time; one that has passed is refused', async () => {
    const { body } = await plan({ type: 'once', time: '23:59', action: 'on', date: '' });
    const { date, nextRun } = body['schedule'] as Schedule;
    assert.equal(nextRun, `${date}T23:59:00.000Z`);
    const past = await plan({ type: 'once', time: '10:00', action: 'on', date: '2020-01-01' });
    assert.equal(
      past.body.message,
      'Programmation refusée : ce moment est passé, ou ne vient jamais',
    );
  });

  it('cron and sun run, too, and say when', async () => {
    const sun = { type: 'sun', event: 'sunset', offsetMin: -15, action: 'on' };
    const { body } = await plan(sun);
    const { time, nextRun, event, offsetMin } = body['schedule'] as Schedule;
    assert.deepEqual([event, offsetMin, time], ['sunset', -15, nextRun?.slice(11, 16)]);
    // Lomé knows sunsets between 17:35 and 18:15.
    assert.match(time, /^1[78]:/);
    assert.equal((await plan({ type: 'cron', cron: '0 18 * * 1-5', action: 'on' })).status, 200);
    for (const wrong of [
      { type: 'cron', cron: '61 * * * *' },
      { type: 'sun' },
      { type: 'daily' },
    ]) {
      assert.equal((await plan({ ...wrong, action: 'on' })).body.code, 'SCHEDULE_INVALID');
    }
  });

  it('S1, S24: what makes no sense is refused', async () => {
    const good = { type: 'daily', time: '18:30', action: 'on' };
    for (const bad of [
      { time: '24:00' },
      { time: { $gt: '' } },
      { days: [7] },
      { days: ['lundi'] },
      { action: 'toggle' },
      { policy: 'always' },
      { type: 'hourly' },
      { owner: 'x' },
      { type: 'sun', offsetMin: 100_000 },
    ]) {
      assert.equal((await plan({ ...good, ...bad })).status, 400, JSON.stringify(bad));
    }
    assert.equal((await plan(good, 99)).body.code, 'DEVICE_NOT_FOUND');
    assert.equal((await call('GET', '/devices/schedules/1/runs?limit=1000000')).status, 400);
  });

  it('PUT changes what it names and DELETE deletes; 404 afterwards', async () => {
    await plan({ type: 'daily', time: '18:30', action: 'on' });
    const off = await call('PUT', '/devices/schedules/1', { enabled: false });
    assert.deepEqual([off.status, off.body['nextRun'], off.body['enabled']], [200, null, false]);
    const weekly = { type: 'weekly', days: [0], enabled: true };
    const changed = await call('PUT', '/devices/schedules/1', weekly);
    assert.deepEqual(
      [changed.body['type'], changed.body['time'], changed.body['days']],
      ['weekly', '18:30', [0]],
    );
    assert.deepEqual(list(await call('GET', '/devices/schedules/1/runs')), []);
    const deleted = await call('DELETE', '/devices/schedules/1');
    assert.deepEqual([deleted.status, deleted.body], [200, { success: true }]);
    const again = await call('DELETE', '/devices/schedules/1');
    assert.deepEqual([again.status, again.body.message], [404, 'Programmation non trouvée']);
    assert.equal((await call('GET', '/devices/schedules/1/runs')).status, 404);
  });

  it('go with their device', async () => {
    await plan({ type: 'daily', time: '18:30', action: 'on' });
    assert.equal((await call('DELETE', '/devices/1')).status, 204);
    assert.equal((await call('PUT', '/devices/schedules/1', { enabled: false })).status, 404);
  });

  it('100 of a device are enough', async () => {
    const one = { type: 'daily', time: '18:30', action: 'on' };
    for (let count = 0; count < 100; count++) assert.equal((await plan(one)).status, 200);
    assert.deepEqual([(await plan(one)).status, (await plan(one, 2)).status], [409, 200]);
  });

  it('away mode is switched on once and off, and kept when enabled again', async () => {
    const off = { enabled: false, since: null, armed: false };
    assert.deepEqual((await call('GET', '/devices/away-mode')).body, off);
    const on = await call('POST', '/devices/away-mode', { enabled: true });
    assert.match(String(on.body['since']), /^20.*Z$/);
    assert.deepEqual((await call('POST', '/devices/away-mode', { enabled: true })).body, on.body);
    assert.deepEqual((await call('POST', '/devices/away-mode', { enabled: false })).body, off);
  });
});

describe('settings over REST', () => {
  let test: TestHome;
  let admin: string;
  let guest: string;
  beforeEach(async () => {
    test = await TestHome.open();
    admin = await test.register('ama');
    guest = await test.register('kofi');
  });
  afterEach(() => test.remove());

  const get = (token: string) => test.request('GET', '/settings', { token });
  const put = (json: object, token = admin) => test.request('PUT', '/settings', { token, json });
  const DEFAULTS = {
    ...{ theme: 'auto', language: null, notifications: true },
    ...{ autoMode: true, awayDelayS: 60, returnDelayS: 30, presenceLights: null },
  };

  it('begin with defaults; each has his own, all have the home’s', async () => {
    assert.deepEqual((await get(guest)).body, DEFAULTS);
    const changed = await put({ theme: 'dark', autoMode: false });
    assert.deepEqual(changed.body, { ...DEFAULTS, theme: 'dark', autoMode: false });
    assert.deepEqual((await get(guest)).body, { ...DEFAULTS, autoMode: false });
    const own = await put({ notifications: false }, guest);
    assert.deepEqual([own.status, own.body['notifications']], [200, false]);
    assert.deepEqual((await get(admin)).body['notifications'], true);
  });

  it('of the home are no guest’s to change, whatever else he names', async () => {
    const { status, body } = await put({ theme: 'dark', autoMode: false }, guest);
    assert.deepEqual([status, body.code], [403, 'ACCESS_DENIED']);
    assert.deepEqual((await get(guest)).body, DEFAULTS);
  });

  it('say in which language messages come, where a request prefers none', async () => {
    const missing = async (headers: Record<string, string> = {}) =>
      (await test.request('GET', '/devices/99', { token: guest, headers })).body.message;
    assert.equal(await missing(), 'Appareil non trouvé');
    await put({ language: 'en' }, guest);
    assert.equal(await missing(), 'Device not found');
    assert.equal(await missing({ 'accept-language': 'fr' }), 'Appareil non trouvé');
    await put({ language: null }, guest);
    assert.equal(await missing(), 'Appareil non trouvé');
  });

  it('S1: are checked', async () => {
    for (const bad of [
      { theme: 'pink' },
      { language: 'de' },
      { autoMode: 'yes' },
      { awayDelayS: -1 },
      { presenceLights: [0] },
      { role: 'admin' },
    ]) {
      assert.equal((await put(bad)).status, 400, JSON.stringify(bad));
    }
  });

  it('are there after a restart', async () => {
    await put({ theme: 'dark', awayDelayS: 5 });
    const before = (await get(admin)).body;
    await test.home.stop();
    const again = await TestHome.open({}, {}, { folder: test.folder });
    assert.deepEqual((await again.request('GET', '/settings', { token: admin })).body, before);
    await again.remove();
  });
});
