import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'mocha';
import mqtt, { type MqttClient } from 'mqtt';
import { WebSocket } from 'ws';
import { AurionProcess, type Answer, fullBackend } from './support/aurion-process';
import { freePort } from './support/free-port';
import { Lamp } from './support/lamp';
import { Page } from './support/page';

/** What makes a request one from elsewhere. */
const outside = { 'x-forwarded-for': '192.0.2.7' };

interface Part {
  readonly state: string;
  readonly since: string;
  readonly reason?: string;
}

interface Refusal {
  readonly code: string;
  readonly requestId: string;
}

interface Ready {
  readonly status: string;
  readonly parts?: Readonly<Record<string, Part>>;
}

describe('what an Aurion says of itself', () => {
  let aurion: AurionProcess | undefined;
  afterEach(() => aurion?.remove());

  async function scrape(of: AurionProcess): Promise<Record<string, number>> {
    const { body, status } = await of.request<string>('GET', '/metrics');
    assert.equal(status, 200);
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
      samples.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  async function installer(of: AurionProcess): Promise<MqttClient> {
    const { mqttUsername: username, mqttPassword: password } = of.waysIn;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${of.mqttPort}`, {
      username,
      password,
    });
    of.onRemove.push(() => client.endAsync(true));
    return client;
  }

  it('counts exactly: requests, messages in = kept + dropped, commands, live clients, lost requests', async () => {
    const flows = fullBackend();
    aurion = await AurionProcess.start({ flows });
    const token = await aurion.register('ama');
    for (let n = 0; n < 5; n += 1) await aurion.request('GET', '/devices', { token });
    await aurion.request('GET', '/devices');
    await aurion.request('GET', '/devices/99', { token });

    const lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true });
    await aurion.request('POST', '/devices/1/toggle', { token });
    await aurion.request('POST', '/devices/2/toggle', { token });
    const client = await installer(aurion);
    const send = (topic: string, payload: string | Buffer) =>
      client.publishAsync(`aurion/${topic}`, payload, { qos: 1 });
    for (let n = 0; n < 7; n += 1) await send('devices/3/status', `{"status":true,"power":${n}}`);
    for (let n = 0; n < 3; n += 1) await send('devices/3/status', '{"status":');
    await send('devices/3/status', '{"status":"perhaps"}');
    await send('devices/nobody/status', '{"status":true}');
    await send('elsewhere', 'x');

    const page = await Page.open(aurion, token);
    const forged = new WebSocket(`ws://127.0.0.1:${aurion.port}/ws`);
    await once(forged, 'open');
    forged.send(JSON.stringify({ type: 'auth', token: 'forged' }));
    await once(forged, 'close');

    // The server hears of the end of a socket after its client.
    let now: Record<string, number>;
    do now = await scrape(aurion);
    while (now['aurion_websocket_closed_total{code="4401"}'] === undefined);
    const at = (name: string) => now[`aurion_${name}`];
    const requests = (operation: string, status: string) =>
      at(`http_requests_total{operation="${operation}",status="${status}"}`);
    assert.deepEqual(
      [
        requests('auth.register', '2xx'),
        requests('devices.list', '2xx'),
        requests('devices.list', '4xx'),
        requests('devices.get', '4xx'),
        requests('devices.toggle', '2xx'),
      ],
      [1, 5, 1, 1, 2],
    );
    assert.equal(at('http_request_duration_seconds_count{operation="devices.list"}'), 6);
    // The lamp reported twice: by itself and to confirm.
    assert.deepEqual([at('mqtt_messages_received_total'), at('mqtt_messages_kept_total')], [15, 9]);
    const dropped = Object.entries(now).filter(([name]) => name.includes('messages_dropped_total'));
    assert.deepEqual(Object.fromEntries(dropped), {
      'aurion_mqtt_messages_dropped_total{reason="malformed"}': 3,
      'aurion_mqtt_messages_dropped_total{reason="wrong-type"}': 1,
      'aurion_mqtt_messages_dropped_total{reason="unknown"}': 1,
      'aurion_mqtt_messages_dropped_total{reason="topic"}': 1,
    });
    assert.deepEqual(
      [at('commands_total{outcome="confirmed"}'), at('commands_total{outcome="assumed"}')],
      [1, 1],
    );
    assert.deepEqual([at('websocket_clients'), at('websocket_closed_total{code="4401"}')], [1, 1]);
    for (const part of ['store', 'journal', 'broker', 'websocket']) {
      assert.equal(at(`part_up{part="${part}"}`), 1, part);
    }
    assert.equal(at('http_requests_lost_total'), 0);
    assert.ok((now['nodejs_eventloop_lag_p99_seconds'] ?? -1) >= 0);
    assert.ok((now['process_resident_memory_bytes'] ?? 0) > 1e7);
    page.say({ type: 'subscribe', events: [] });
  });

  it('S12: tells nobody from elsewhere but an administrator', async () => {
    aurion = await AurionProcess.start();
    const token = await aurion.register('ama');
    const ask = async (path: string, given?: string) => {
      const { status, body } = (await aurion?.request<Ready>('GET', path, {
        token: given,
        headers: outside,
      })) ?? { status: 0, body: { status: '' } };
      return [status, body] as const;
    };
    assert.equal((await ask('/metrics'))[0], 401);
    assert.equal((await ask('/metrics', 'forged'))[0], 403);
    assert.equal((await ask('/metrics', token))[0], 200);
    assert.deepEqual(await ask('/health/ready'), [200, { status: 'ok' }]);
    assert.equal(((await ask('/health/ready', token))[1] as Ready).parts?.['store']?.state, 'ok');
  });

  it('F1: is degraded while an outside broker is away, and says of it neither address nor password', async () => {
    const port = await freePort();
    aurion = await AurionProcess.start({
      env: {
        AURION_MQTT_URL: `mqtt://127.0.0.1:${port}`,
        AURION_MQTT_PASSWORD: 'canary-of-the-broker',
        AURION_LOG: 'json',
      },
    });
    const stranger = await aurion.request<Ready>('GET', '/health/ready', { headers: outside });
    assert.deepEqual([stranger.status, stranger.body], [200, { status: 'degraded' }]);
    const { body } = await aurion.request<Ready>('GET', '/health/ready');
    assert.equal(body.parts?.['broker']?.state, 'away');
    assert.ok(!JSON.stringify(body).includes(String(port)));
    assert.equal((await scrape(aurion))['aurion_part_up{part="broker"}'], 0);
    assert.doesNotMatch(aurion.log + JSON.stringify(body), /canary/);
  });

  it('S19: what nothing serves is 404 in JSON, below the API and beside it', async () => {
    aurion = await AurionProcess.start();
    for (const url of [`${aurion.api}/lights`, `http://127.0.0.1:${aurion.port}/nowhere`]) {
      const answer: Answer<Refusal> = await aurion.request<Refusal>('GET', url);
      assert.deepEqual([answer.status, answer.body.code], [404, 'PATH_UNKNOWN'], url);
      assert.equal(answer.body.requestId, answer.headers.get('x-request-id'));
    }
    const broken = await aurion.request('GET', `http://127.0.0.1:${aurion.port}/%E0%A4%A`);
    assert.ok(broken.status >= 400 && !JSON.stringify(broken.body).includes('at '));
  });

  it('S21: at debug the log has each request and neither a password nor a token', async () => {
    const secrets = ['canary-le-premier', 'canary-le-second'];
    const flows = fullBackend();
    const guard = flows.find(({ type }) => type === 'aurion-auth-guard');
    assert.ok(guard);
    aurion = await AurionProcess.start({
      flows,
      env: { AURION_LOG: 'json', AURION_LOG_LEVEL: 'trace' },
    });
    const email = 'ama@maison.tg';
    const [password, wrong] = secrets;
    const post = async (path: string, body: object, token?: string) => {
      const answer = await aurion?.request<{ token?: string }>('POST', path, { body, token });
      return answer?.body.token ?? '';
    };
    const tokens = [
      await post('/auth/register', { name: 'Ama', email, password }),
      await post('/auth/login', { email, password }),
    ];
    await post('/auth/login', { email, password: wrong });
    await post('/auth/login', { email, password, otp: wrong });
    await post(
      '/auth/change-password',
      { currentPassword: password, newPassword: wrong },
      tokens[1],
    );
    await aurion.request('GET', `/devices?token=${tokens[0] ?? ''}`, { token: tokens[1] });
    // The other session ended with the password.
    await post('/auth/logout', {}, tokens[1]);
    const line = await aurion.untilLine(/"operation":"auth\.logout"/);
    assert.deepEqual(
      Object.entries(JSON.parse(line) as object)
        .filter(([name]) => ['level', 'source', 'operation', 'status', 'actor'].includes(name))
        .map(([, value]) => value as unknown),
      ['debug', 'aurion:home', 'auth.logout', 200, 'account:1'],
    );
    assert.match(aurion.log, /"operation":"auth\.login","status":401/);
    assert.ok(tokens.every((token) => token.length > 100));
    for (const secret of [
      ...secrets,
      ...tokens,
      ...tokens.map((token) => token.split('.')[2] ?? ''),
    ]) {
      assert.ok(!aurion.log.includes(secret), secret);
    }
  });

  it('S20: a device and a topic named with line breaks, ANSI and bidi give one clean line each', async () => {
    const name = 'Lampe\r\n\u001b[2J\u202e';
    const spy = {
      ...{ id: 'spy', type: 'function', z: 'aurion-devices', name: 'spy', x: 0, y: 0, wires: [[]] },
      func: 'node.warn("SPY " + msg.payload.name); node.error(new Error(msg.payload.name)); node.warn(msg.payload);',
    };
    const flows = fullBackend();
    const device = flows.find(({ type, z }) => type === 'aurion-device' && z === 'aurion-devices');
    assert.ok(device);
    (device['wires'] as string[][])[0]?.push('spy');
    for (const format of ['json', 'pretty']) {
      aurion = await AurionProcess.start({ flows: [...flows, spy], env: { AURION_LOG: format } });
      const token = await aurion.register('ama');
      const created = await aurion.request('POST', '/devices', {
        token,
        body: { name, type: 'light', room: 'Salon' },
      });
      assert.equal(created.status, 201);
      const client = await installer(aurion);
      await client.publishAsync('aurion/devices/1/status', `{"status":"${'x'.repeat(10)}"}`, {
        qos: 1,
      });
      await client.publishAsync('aurion/devices/\u001b[2J\u202e/status', 'x', { qos: 1 });
      await aurion.untilLine(/refused/);
      await aurion.untilLine(/SPY Lampe/);
      for (const line of aurion.lines) {
        // eslint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
      }
      await aurion.remove();
    }
  });
});
