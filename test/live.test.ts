import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, connectAsync } from 'mqtt';
import { after, before, describe, it } from 'mocha';
import type { Credentials, Device } from '../src/contract/device';
import type { Discovered } from '../src/contract/discovered';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Lamp } from './support/lamp';
import { Page } from './support/page';
import { tap } from './support/tap';

describe('devices live', () => {
  let aurion: AurionProcess;
  let admin: string;
  let guest: string;
  let lamp: Lamp;
  before(async () => {
    aurion = await AurionProcess.start();
    admin = await aurion.register('ama');
    guest = await aurion.register('kofi');
    lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true });
  });
  after(() => aurion.remove());

  const post = <T = Device>(path: string, body: unknown = {}, headers = {}, token = admin) =>
    aurion.request<T & { code?: string }>('POST', path, { token, body, headers });
  const isLamp = (status: boolean) => (frame: { event?: string; data?: Record<string, unknown> }) =>
    frame.event === 'device.status' && frame.data?.['id'] === 1 && frame.data['status'] === status;

  it('a tap on one page is an event on two, a guest’s too', async () => {
    const pages = [await Page.open(aurion, admin), await Page.open(aurion, guest)];
    const { body } = await post('/devices/1/toggle');
    assert.equal(body.status, false);
    for (const page of pages) {
      const { data } = await page.until(isLamp(false));
      assert.deepEqual(data, body);
      page.leave();
    }
  });

  it('S4: a logout closes its pages with 4401, and no others', async () => {
    const { body } = await post<{ token: string }>('/auth/login', {
      email: 'kofi@maison.tg',
      password: 'kofi aime la mer',
    });
    const [leaving, staying] = [
      await Page.open(aurion, body.token),
      await Page.open(aurion, guest),
    ];
    await post('/auth/logout', {}, {}, body.token);
    assert.equal(await leaving.closed(), 4401);
    assert.equal(staying.closeCode, undefined);
    staying.leave();
  });

  it('a page that comes back gets what it missed, once', async () => {
    const page = await Page.open(aurion, admin);
    await post('/devices/1/toggle');
    const { cursor } = await page.until(({ type }) => type === 'event');
    page.leave();
    await page.closed();
    await post('/devices/1/toggle');
    await post('/devices/2/toggle');
    const back = await Page.open(aurion, admin, cursor);
    await back.until(({ data }) => data?.['id'] === 2);
    assert.deepEqual(
      back.events.map(({ data }) => data?.['id']),
      [1, 2],
    );
    back.leave();
  });

  it('M8: the same Idempotency-Key gives the same answer and one command, also at once and after a restart', async () => {
    const key = { 'Idempotency-Key': 'tap-1' };
    const before = lamp.commands.length;
    const answers = await Promise.all([1, 2, 3].map(() => post('/devices/1/toggle', {}, key)));
    await aurion.stop();
    await aurion.launch();
    answers.push(await post('/devices/1/toggle', {}, key));
    assert.equal(lamp.commands.length, before + 1);
    for (const { body } of answers) assert.deepEqual(body, answers[0]?.body);
  });

  it('after the restart a page with an old cursor is told to start anew', async () => {
    const page = await Page.open(aurion, admin, 'abc');
    await page.until(({ type }) => type === 'reset');
    page.leave();
  });

  it('a command carries attributes, and what the device made of them is its status', async () => {
    await lamp.unplug();
    lamp = await Lamp.plugIn(aurion, 1, (command) => ({ ...command, brightness: 41 }));
    const { status } = await post('/devices/1/command', { status: true, brightness: 40 });
    assert.equal(status, 200);
    const { brightness, status: sent } = lamp.commands[0] as {
      brightness?: number;
      status?: boolean;
    };
    assert.deepEqual([brightness, sent], [40, true]);
    const reported = await aurion.request<Record<string, unknown>>('GET', '/devices/1/status', {
      token: guest,
    });
    assert.deepEqual([reported.body['brightness'], reported.body['status']], [41, true]);
    for (const body of [{}, { commandId: 'x' }, { 'a-b': 1 }, { a: { b: 1 } }]) {
      assert.equal((await post('/devices/1/command', body)).status, 400, JSON.stringify(body));
    }
  });

  it('what nobody registered is discovered, creates nothing, and can be adopted', async () => {
    const stranger = await Lamp.plugIn(aurion, 'lampe-inconnue');
    await stranger.report({ status: true, power: 7 });
    const { body } = await aurion.request<Discovered[]>('GET', '/devices/discovered', {
      token: admin,
    });
    const found = body.find(({ key }) => key === 'lampe-inconnue');
    assert.deepEqual(
      [found?.count, found?.topic, found?.sample],
      [1, 'aurion/devices/lampe-inconnue/status', '{"status":true,"power":7}'],
    );
    const adopt = (key: string) =>
      post(`/devices/discovered/${key}/adopt`, { name: 'Lampe', type: 'light', room: 'Cour' });
    assert.deepEqual(
      [(await adopt('rien')).status, (await adopt('rien')).body.code],
      [404, 'DISCOVERED_NOT_FOUND'],
    );
    const adopted = await adopt('lampe-inconnue');
    assert.equal(adopted.status, 201);
    assert.deepEqual(
      [adopted.body.status, adopted.body.power, adopted.body.assumed],
      [true, 7, false],
    );
    assert.equal((await post(`/devices/${adopted.body.id}/toggle`)).body.status, false);
    assert.equal(stranger.commands.length, 1);
  });

  it('S16: a device’s credentials are for its own topics; new ones end the old', async () => {
    const { body: old } = await post<Credentials>('/devices/2/credentials');
    const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
    const plug = await connectAsync(url, { ...old, reconnectPeriod: 0 });
    await plug.publishAsync('aurion/devices/2/status', '{"status":true,"power":900}', { qos: 1 });
    const device = await aurion.request<Device>('GET', '/devices/2', { token: admin });
    assert.deepEqual([device.body.status, device.body.power], [true, 900]);
    const gone = new Promise<void>((resolve) => plug.once('close', () => resolve()));
    const { body: renewed } = await post<Credentials>('/devices/2/credentials');
    await gone;
    const refused = connect(url, { ...old, reconnectPeriod: 0 });
    await once(refused as never, 'error');
    await refused.endAsync(true);
    const again = await connectAsync(url, { ...renewed, reconnectPeriod: 0 });
    await again.endAsync(true);
  });

  it('F7: a deploy drops no page and no plug, and what happens meanwhile reaches pages and flows', async () => {
    const page = await Page.open(aurion, admin);
    const spy: FlowNode = {
      id: 'spy',
      type: 'function',
      z: 'aurion-live',
      func: "node.warn('HEARD ' + msg.event + ' ' + msg.payload.power);",
      wires: [[]],
    };
    const flows = fullBackend().map((node) =>
      node.id === 'aurion-live-event' ? { ...node, wires: [['spy']] } : node,
    );
    await aurion.deploy([...flows, spy]);
    const deploys = (async () => {
      for (let i = 0; i < 5; i++) await aurion.deploy([...flows, spy]);
    })();
    for (let power = 1; power <= 100; power++) await lamp.report({ status: true, power });
    await deploys;
    await page.until(({ data }) => data?.['power'] === 100);
    const powers = page.events.map(({ data }) => data?.['power']);
    assert.deepEqual(powers, [...new Set(powers)]);
    assert.equal(powers.length, 100);
    await aurion.untilLine(/HEARD device\.status 100$/);
    const heard = aurion.lines.flatMap(
      (line) => /HEARD device\.status (\d+)$/.exec(line)?.[1] ?? [],
    );
    const received = heard.map(Number);
    assert.deepEqual(
      received,
      [...new Set(received)].sort((x, y) => x - y),
    );
    // What is on a wire at the moment of a deploy is Node-RED's to lose: one message a deploy at most.
    assert.ok(received.length >= 95, `${received.length} of 100`);
    assert.ok(lamp.client.connected && page.closeCode === undefined);
    page.leave();
  });

  it('F3: what was acknowledged is there after kill -9, and a second kill on the way up loses nothing', async () => {
    const power = async () =>
      (await aurion.request<Device>('GET', '/devices/1', { token: admin })).body.power;
    for (const watts of [71, 72, 73]) {
      await lamp.report({ status: true, power: watts });
      await aurion.stop('SIGKILL');
      await aurion.launch();
      assert.equal(await power(), watts);
      await aurion.stop('SIGKILL');
      await aurion.launch();
      assert.equal(await power(), watts);
      if (!lamp.client.connected) await once(lamp.client as never, 'connect');
    }
  });

  it('S12: what a page says acts with the page’s rights, and is answered to that page', async () => {
    const flows = fullBackend().map((node) =>
      node.id === 'aurion-live-ws' ? { ...node, wires: [['live-f']] } : node,
    );
    const z = 'aurion-live';
    const home = 'aurion-home-1';
    await aurion.deploy([
      ...flows,
      {
        id: 'live-f',
        type: 'function',
        z,
        func: 'msg.operation = msg.payload.do; msg.payload = msg.payload.with; return msg;',
        wires: [['live-d']],
      },
      {
        id: 'live-d',
        type: 'aurion-device',
        z,
        home,
        operation: '',
        role: 'admin',
        wires: [['live-r']],
      },
      { id: 'live-r', type: 'aurion-response', z, home, wires: [] },
    ]);
    const page = await Page.open(aurion, guest);
    page.say({ type: 'do', id: 1, do: 'devices.get', with: { id: 1 } });
    const good = await page.until(({ type, id }) => type === 'answer' && id === 1);
    assert.deepEqual([good['status'], (good['body'] as Device).id], [200, 1]);
    page.say({ type: 'do', id: 2, do: 'devices.delete', with: { id: 1 } });
    const bad = await page.until(({ type, id }) => type === 'answer' && id === 2);
    assert.deepEqual(
      [bad['status'], (bad['body'] as { code: string }).code],
      [403, 'ACCESS_DENIED'],
    );
    page.leave();
    await aurion.deploy(fullBackend());
  });
});

describe('an outside broker', () => {
  it('F1: gone and back: degraded meanwhile, commands refused and never sent late, then all as before', async () => {
    const broker = await AurionProcess.start({ env: { AURION_DEMO: '0' } });
    // A broker that can be taken away: the embedded one of another Aurion, behind a tap.
    const line = await tap(broker.mqttPort);
    const { mqttPassword } = broker.waysIn;
    const aurion = await AurionProcess.start({
      env: {
        AURION_MQTT_URL: `mqtt://127.0.0.1:${line.port}`,
        AURION_MQTT_USERNAME: 'installer',
        AURION_MQTT_PASSWORD: mqttPassword,
      },
    });
    try {
      await aurion.untilReady();
      const token = await aurion.register('ama');
      const lamp = await Lamp.plugIn(broker, 1);
      const toggle = () =>
        aurion.request<Device & { code?: string }>('POST', '/devices/1/toggle', { token });
      const page = await Page.open(aurion, token);
      await lamp.report({ status: true });
      await page.until(({ data }) => data?.['assumed'] === false);
      assert.deepEqual([(await toggle()).body.status, lamp.commands.length], [false, 1]);

      line.close();
      await aurion.untilLine(/\[error\].*broker/);
      const ready = await aurion.request<{ status: string }>('GET', '/health/ready');
      assert.equal(ready.body.status, 'degraded');
      const refused = await toggle();
      assert.deepEqual([refused.status, refused.body.code], [503, 'BROKER_UNAVAILABLE']);
      line.open();
      await aurion.untilLine(/broker works again/);
      assert.deepEqual([(await toggle()).body.status, lamp.commands.length], [true, 2]);
    } catch (error) {
      throw new Error(`${aurion.log}\n---\n${broker.log}`, { cause: error });
    } finally {
      await aurion.remove();
      await broker.remove();
    }
  });
});

describe('what a page says and a flow holds back', () => {
  /** Holds what it hears until somebody says `go`. */
  const HOLD = `
    if (msg.payload.type !== 'go') { msg.payload = { id: 1 }; context.set('held', msg); node.warn('HELD'); return null; }
    return context.get('held');`;
  const live = { z: 'aurion-live', x: 0, y: 0 };
  const switching: FlowNode[] = [
    { id: 'hold', type: 'function', ...live, func: HOLD, outputs: 1, wires: [['switch']] },
    {
      ...{ id: 'switch', type: 'aurion-device', ...live, home: 'aurion-home-1' },
      ...{ operation: 'devices.toggle', wires: [['done']] },
    },
    { id: 'done', type: 'function', ...live, func: "node.warn('DONE');", wires: [[]] },
    { id: 'failed', type: 'catch', ...live, scope: ['switch'], wires: [['refused']] },
    {
      ...{ id: 'refused', type: 'function', ...live, wires: [[]] },
      func: "node.warn('REFUSED ' + msg.error.code);",
    },
  ];

  it('S4: is not done once its account is lowered or deleted, and is done while it stands', async () => {
    const flows = fullBackend().map((each) =>
      each.id === 'aurion-live-ws' ? { ...each, wires: [['hold']] } : each,
    );
    const aurion = await AurionProcess.start({ flows: [...flows, ...switching] });
    try {
      const admin = await aurion.register('ama');
      await aurion.register('kofi');
      const lamp = await Lamp.plugIn(aurion, 1);
      await lamp.report({ status: true });
      const keeper = await Page.open(aurion, admin);
      const users = (method: string, body?: object) =>
        aurion.request(method, '/auth/users/2', { token: admin, body });
      const asked = async () => {
        await users('PUT', { role: 'user' });
        const { body } = await aurion.request<{ token: string }>('POST', '/auth/login', {
          body: { email: 'kofi@maison.tg', password: 'kofi aime la mer' },
        });
        const page = await Page.open(aurion, body.token);
        const seen = aurion.lines.length;
        page.say({ type: 'light', id: 1 });
        await aurion.untilLine(/HELD/, seen);
        return seen;
      };
      const ends: [() => Promise<unknown>, RegExp][] = [
        [() => Promise.resolve(), /DONE/],
        [() => users('PUT', { role: 'guest' }), /REFUSED SESSION_EXPIRED/],
        [() => users('DELETE'), /REFUSED SESSION_EXPIRED/],
      ];
      for (const [end, outcome] of ends) {
        const seen = await asked();
        await end();
        keeper.say({ type: 'go' });
        await aurion.untilLine(outcome, seen);
        assert.equal(lamp.commands.length, 1);
      }
    } finally {
      await aurion.remove();
    }
  });
});
