import assert from 'node:assert/strict';
import type { Alert } from '../../src/contract/alert';
import type { FlowNode } from './aurion-process';
import type { ExampleBench } from './example-bench';
import { example } from './examples';
import { Page } from './page';

/** Alone in a Node-RED, or beside the full backend. */
export type Where = 'alone' | 'beside the full backend';

/** Tries what the `info` of an example promises. */
export type Run = (bench: ExampleBench, where: Where) => Promise<void>;

/** Whoever has an account can sign in, by the example's own row or by the full backend. */
async function canSignIn(bench: ExampleBench): Promise<void> {
  const { status } = await bench.signIn('ama');
  assert.equal(status, 200);
}

/** What is tried of each example, by its name: an example without a run fails the suite. */
export const RUNS: Readonly<Record<string, Run>> = {
  'full-backend': async (bench) => {
    await bench.report(1, true);
    const { status } = await bench.call('POST', '/api/devices/1/toggle', 'kofi', {});
    assert.equal(status, 200);
    await bench.commanded(1, { status: false });
  },

  'jobs/energy-report': async (bench) => {
    await bench.press('energy-report-at');
    const report = /Yesterday: 12 kWh, cost 2400\. The day before: not measured\./;
    assert.match(await bench.shown<string>('energy-report-text'), report);
    assert.match(await bench.mail(report), /^To: ama@maison\.tg/m);
  },

  'jobs/garage-door': async (bench, where) => {
    // Beside the full backend its requests are another's.
    if (where !== 'alone') return;
    const toggle = (who: 'ama' | 'kofi' | 'afi', device = 1) =>
      bench
        .call('POST', `/api/devices/${device}/toggle`, who, {})
        .then(({ status, body }) => [status, body.code]);
    await canSignIn(bench);
    await bench.deploy(withHours({ CLOSES_AT: 24, OPENS_AT: 0 }));
    assert.deepEqual(await toggle('kofi'), [200, undefined]);
    await bench.deploy(withHours({ CLOSES_AT: 0, OPENS_AT: 24 }));
    assert.deepEqual(await toggle('kofi'), [403, 'GARAGE_CLOSED_AT_NIGHT']);
    assert.deepEqual(await toggle('kofi', 2), [200, undefined]);
    assert.deepEqual(await toggle('ama'), [200, undefined]);
    assert.deepEqual(await toggle('afi'), [403, 'ACCESS_DENIED']);
  },

  'jobs/holiday': async (bench) => {
    await bench.report(2, true);
    await bench.press('holiday-leave');
    await bench.shown<{ enabled: boolean }>('holiday-mode', ({ enabled }) => enabled);
    await bench.commanded(2, { status: false });
    await bench.shown<{ status: boolean }>('holiday-went-off', ({ status }) => !status);
    await bench.press('holiday-return');
    await bench.shown<{ enabled: boolean }>('holiday-mode', ({ enabled }) => !enabled);
  },

  'jobs/own-end-point': async (bench) => {
    const call = async (who?: 'ama' | 'kofi' | 'afi') => {
      const { status, body } = await bench.call('POST', '/good-night', who, {});
      return [status, body];
    };
    assert.deepEqual((await call())[0], 401);
    assert.deepEqual((await call('afi'))[0], 403);
    assert.deepEqual(await call('kofi'), [200, { message: 'Bonne nuit kofi' }]);
    await bench.commanded(1, { status: false });
    await bench.disobey(1, async () => {
      const [status, body] = await call('kofi');
      assert.deepEqual([status, (body as { code: string }).code], [502, 'DEVICE_REFUSED']);
    });
    await canSignIn(bench);
  },

  'jobs/simulated-lamp': async (bench) => {
    type Lamp = { id: number; status: boolean; assumed: boolean };
    await bench.press('simulated-lamp-add');
    const lamp = await bench.shown<Lamp>('simulated-lamp-became');
    assert.deepEqual([lamp.status, lamp.assumed], [false, false]);
    await bench.press('simulated-lamp-flip');
    await bench.shown<Lamp>('simulated-lamp-became', ({ status }) => status);
    const toggle = `/api/devices/${lamp.id}/toggle`;
    const { status, body } = await bench.call('POST', toggle, 'kofi', {});
    // Alone, the devices are open to nobody.
    if (status !== 404) assert.deepEqual([status, (body as unknown as Lamp).status], [200, false]);
    await bench.press('simulated-lamp-away');
    await bench.shown('simulated-lamp-gone');
    await bench.press('simulated-lamp-flip');
    await bench.shown<{ code: string }>('simulated-lamp-wrong', ({ code }) => code !== '');
  },

  'jobs/smoke-alarm': async (bench) => {
    await bench.report(1, false);
    await bench.press('smoke-alarm-try');
    await bench.commanded(1, { status: true });
    await bench.shown<{ status: boolean }>('smoke-alarm-lit', ({ status }) => status);
    await bench.press('smoke-alarm-clear');
  },

  'jobs/sms-alert': async (bench) => {
    const { gateway } = bench;
    const before = gateway.bodies.length;
    await bench.press('sms-alert-try');
    await gateway.taken(before + 1);
    assert.deepEqual(gateway.bodies.at(-1), {
      to: 'the number of Ama',
      text: 'Essai : quelque chose de grave',
    });
    assert.equal(gateway.headers.at(-1)?.authorization, 'Bearer gateway-token');
    assert.equal(await bench.shown('sms-alert-answer'), 200);
    await bench.press('sms-alert-over');
  },

  'jobs/sunset-lights': async (bench) => {
    await bench.press('sunset-once');
    await bench.shown('sunset-made');
    const planned = await bench.pressUntil<{ type: string; action: string; nextRun: string }[]>(
      'sunset-show',
      'sunset-planned',
      ({ length }) => length === 2,
    );
    const wanted = [
      ['daily', 'off'],
      ['sun', 'on'],
    ];
    assert.deepEqual(planned.map(({ type, action }) => [type, action]).sort(), wanted);
    for (const { nextRun } of planned) assert.ok(Date.parse(nextRun) > Date.now());
    await bench.press('sunset-clear');
    await bench.pressUntil('sunset-show', 'sunset-planned', (all: unknown[]) => all.length === 0);
  },

  'jobs/two-homes': async (bench) => {
    const token = await bench.tokenOfCabin();
    await bench.report(1, false);
    await bench.press('two-homes-try');
    await bench.commanded(1, { status: true });
    await bench.press('two-homes-clear');
    const devices = bench.url('/cabin/api/devices');
    const there = await bench.aurion.request<unknown[]>('GET', devices, { token });
    assert.deepEqual([there.status, there.body.length], [200, 3]);
    const stranger = await bench.aurion.request('GET', devices, { token: bench.tokens.ama });
    assert.equal(stranger.status, 403);
  },

  'nodes/account': async (bench, where) => {
    await bench.press('example-account-list');
    const people = await bench.shown<{ role: string }[]>('example-account-people');
    assert.deepEqual(people.map(({ role }) => role).sort(), ['admin', 'guest', 'user']);
    await bench.press('example-account-audit');
    assert.ok((await bench.shown<unknown[]>('example-account-done')).length > 0);
    const signedIn = async (wanted: number) => {
      // Alone, accounts are open to nobody.
      if (where !== 'alone') assert.equal((await bench.signIn('afi')).status, wanted);
    };
    await bench.press('example-account-out');
    type Changed = { name: string; disabled: boolean };
    const changed = await bench.shown<Changed>('example-account-changed');
    assert.deepEqual([changed.name, changed.disabled], ['afi', true]);
    await signedIn(403);
    await bench.press('example-account-in');
    await bench.shown<Changed>('example-account-changed', ({ disabled }) => !disabled);
    await signedIn(200);
  },

  'nodes/alert': async (bench) => {
    const isOurs = ({ type }: Alert) => type === 'presence';
    await bench.press('example-alert-motion');
    const began = await bench.shown('example-alert-began', isOurs);
    assert.equal(began.message, 'Quelqu’un est là : Détecteur de Mouvement - Entrée (Entrée)');
    await bench.press('example-alert-quiet');
    await bench.shown('example-alert-ended', isOurs);
    await bench.press('example-alert-ask');
    await bench.shown<Alert[]>('example-alert-alerts', (all) => all.some(isOurs));
  },

  'nodes/auth-guard': async (bench) => {
    const hello = async (token?: string) => {
      const answer = await bench.aurion.request<string>('GET', bench.url('/examples/hello'), {
        token,
        headers: { 'accept-language': 'en' },
      });
      return [answer.status, answer.body];
    };
    assert.deepEqual(await hello(), [401, 'Who are you? Token missing']);
    assert.deepEqual((await hello('forged'))[0], 403);
    const { body } = await bench.signIn('ama');
    assert.deepEqual(await hello(body.token), [200, 'Hello ama, you are admin here.']);
  },

  'nodes/device': async (bench) => {
    await bench.report(1, false);
    await bench.press('example-device-on');
    await bench.shown<{ status: boolean }>('example-device-became', ({ status }) => status);
    await bench.press('example-device-dim');
    await bench.commanded(1, { status: true, brightness: 40 });
    await bench.press('example-device-off');
    await bench.shown<{ status: boolean }>('example-device-became', ({ status }) => !status);
    bench.link.forget();
    await bench.press('example-device-flip');
    await bench.shown<{ status: boolean }>('example-device-became', ({ status }) => status);
    await bench.disobey(1, async () => {
      await bench.press('example-device-flip');
      await bench.shown<{ code: string }>(
        'example-device-wrong',
        ({ code }) => code === 'DEVICE_REFUSED',
      );
    });
  },

  'nodes/energy': async (bench) => {
    await bench.press('example-energy-make');
    const { id } = await bench.shown<{ id: number }>('example-energy-made');
    await bench.press('example-energy-say');
    await bench.shown('example-energy-taken');
    bench.link.forget();
    await bench.press('example-energy-say');
    await bench.shown('example-energy-taken');
    await bench.shown<{ deviceId: number }>(
      'example-energy-slice',
      ({ deviceId }) => deviceId === id,
    );
    await bench.press('example-energy-ask');
    await bench.shown<{ trend: string }>('example-energy-uses', ({ trend }) => trend !== '');
    await bench.press('example-energy-make');
    await bench.shown<{ code: string }>(
      'example-energy-wrong',
      ({ code }) => code === 'DEVICE_KEY_TAKEN',
    );
    await bench.press('example-energy-away');
    await bench.shown('example-energy-gone');
  },

  'nodes/event': async (bench) => {
    await bench.report(1, true);
    await bench.report(3, false);
    await bench.press('example-event-press');
    await bench.commanded(3, { status: true });
    await bench.commanded(1, { status: false });
    await bench.shown<{ status: boolean }>('example-event-dark', ({ status }) => !status);
  },

  'nodes/home': async (bench) => {
    await bench.press('example-home-devices');
    assert.ok((await bench.shown<unknown[]>('example-home-things')).length >= 3);
    await bench.press('example-home-sensors');
    assert.equal((await bench.shown<unknown[]>('example-home-senses')).length, 2);
    await bench.press('example-home-passes');
    await bench.shown<{ topic: string }>(
      'example-home-happens',
      ({ topic }) => topic === 'sensor.reading',
    );
  },

  'nodes/request': async (bench, where) => {
    await canSignIn(bench);
    if (where !== 'alone') return;
    const asked = await bench.shown<{ operation: string }>('example-request-asked');
    assert.equal(asked.operation, 'auth.login');
    assert.doesNotMatch(JSON.stringify(asked), /aime la mer/);
  },

  'nodes/response': async (bench, where) => {
    // Beside the full backend its requests are another's.
    if (where !== 'alone') return;
    const nobody = { email: 'nobody@maison.tg', password: 'not that one' };
    const refused = await bench.call('POST', '/api/auth/login', undefined, nobody);
    assert.deepEqual(
      [refused.status, refused.body],
      [401, { message: 'Pas reconnu. Mot de passe oublié ?', code: 'CREDENTIALS_WRONG' }],
    );
    const me = await bench.call<{ greeting: string }>('GET', '/api/auth/me', 'ama');
    assert.deepEqual([me.status, me.body.greeting], [200, 'Bonjour ama']);
  },

  'nodes/sensor': async (bench) => {
    await bench.press('example-sensor-moves');
    await bench.shown<{ value: unknown }>('example-sensor-reading', ({ value }) => value === true);
    await bench.press('example-sensor-still');
    await bench.shown<{ battery: number }>('example-sensor-taken', (said) => said.battery === 80);
    await bench.press('example-sensor-nonsense');
    const { reason } = await bench.shown<{ reason: string }>('example-sensor-refused');
    assert.equal(reason, 'wrong-type');
  },

  'nodes/settings': async (bench) => {
    type Set = { awayDelayS: number };
    await bench.press('example-settings-ask');
    await bench.shown<Set>('example-settings-set', ({ awayDelayS }) => awayDelayS >= 0);
    await bench.press('example-settings-delay');
    await bench.shown<Set>('example-settings-set', ({ awayDelayS }) => awayDelayS === 120);
    await bench.press('example-settings-sky');
    const { temperatureC } = await bench.shown<{ temperatureC: number }>(
      'example-settings-outside',
    );
    assert.equal(temperatureC, 31.2);
  },

  'nodes/websocket': async (bench, where) => {
    const { body } = await bench.signIn('ama');
    if (where !== 'alone') return;
    const page = await Page.open(bench.aurion, body.token);
    await bench.press('example-websocket-tell');
    const told = await page.until(({ type }) => type === 'notification');
    assert.equal(told['message'], 'Le dîner est prêt');
    page.say({ type: 'hello', id: 1 });
    const answer = await page.until(({ type, id }) => type === 'answer' && id === 1);
    assert.deepEqual([answer['status'], answer['body']], [200, { hello: 'ama' }]);
    page.leave();
  },
};

/** The garage's flow with a night of one's own, as one sets it in the tab's properties. */
function withHours(hours: { CLOSES_AT: number; OPENS_AT: number }): FlowNode[] {
  const set = new Map(Object.entries(hours));
  return example('jobs/garage-door').map((node) => {
    if (node.type !== 'tab') return node;
    const env = (node['env'] as { name: string; value: string }[]).map((one) => ({
      ...one,
      value: String(set.get(one.name) ?? one.value),
    }));
    return { ...node, env };
  });
}
