import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { TestHome } from '../../../test/support/test-home';

/** What makes a request one from elsewhere. */
const outside = { 'x-forwarded-for': '192.0.2.7' };

describe('health', () => {
  let test: TestHome;
  afterEach(() => test.remove());

  const ready = (options: Parameters<TestHome['request']>[2] = {}) =>
    test.request('GET', '/health/ready', options);

  it('tells strangers, guests and bad tokens no more than the status', async () => {
    test = await TestHome.open();
    await test.register('ama');
    const guest = await test.register('kofi');
    for (const token of [undefined, guest, 'forged']) {
      const options = { headers: outside, ...(token !== undefined && { token }) };
      const { status, body } = await ready(options);
      assert.deepEqual([status, body], [200, { status: 'ok' }]);
    }
  });

  it('tells an administrator, and who sits at the machine, how each part is', async () => {
    test = await TestHome.open();
    const admin = await test.register('ama');
    for (const options of [{ token: admin, headers: outside }, {}]) {
      const { body } = await ready(options);
      const { status, version, uptimeS, parts } = body as unknown as Report;
      assert.deepEqual([status, version, Number.isInteger(uptimeS)], ['ok', '0.0.0', true]);
      const states = Object.entries(parts).map(([part, { state }]) => [part, state]);
      assert.deepEqual(Object.fromEntries(states), {
        store: 'ok',
        journal: 'ok',
        broker: 'ok',
        websocket: 'closed',
      });
      for (const { since } of Object.values(parts))
        assert.equal(new Date(since).toISOString(), since);
    }
    test.home.setLiveOpen(true);
    assert.equal(((await ready()).body as unknown as Report).parts['websocket']?.state, 'ok');
  });

  it('S10: warns at the machine, and the log does, while whoever seems to be there makes the first account', async () => {
    interface Warned {
      warnings?: { code: string; message: string }[];
    }
    test = await TestHome.open();
    const warnings = async (headers = {}) => {
      const { body } = await ready({ headers: { 'accept-language': 'en', ...headers } });
      return (body as unknown as Warned).warnings;
    };
    const [warning, ...others] = (await warnings()) ?? [];
    assert.deepEqual([warning?.code, others], ['NO_ACCOUNT', []]);
    assert.match(warning?.message ?? '', /AURION_PUBLIC_URL.*AURION_TRUST_PROXY/);
    assert.equal(await warnings(outside), undefined);
    const isWarning = (line: string) => /^warn.*No account yet/.test(line);
    assert.equal(test.logger.lines.filter(isWarning).length, 1);
    await test.register('ama');
    assert.deepEqual(await warnings(), []);
    await test.remove();
    test = await TestHome.open({ publicUrl: 'https://maison.example' });
    assert.deepEqual(test.logger.lines.filter(isWarning), []);
  });

  it('F1: is degraded while the broker’s port is taken, and says so without an address', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    test = await TestHome.open({ mqttPort: port });
    const { status, body } = await ready({ headers: { 'accept-language': 'en' } });
    const { broker } = (body as unknown as Report).parts;
    assert.deepEqual([status, body['status'], broker?.state], [200, 'degraded', 'away']);
    assert.deepEqual(
      [broker?.code, broker?.reason],
      ['BROKER_UNAVAILABLE', 'The MQTT broker is unreachable (EADDRINUSE)'],
    );
    assert.deepEqual((await ready({ headers: outside })).body, { status: 'degraded' });
    taken.close();
  });

  it('S19: is unavailable with Retry-After while the store is away, and shows no path', async () => {
    test = await TestHome.open();
    await test.register('ama');
    await test.home.stop();
    const { folder } = test;
    const accounts = join(folder, 'store', 'accounts.db');
    writeFileSync(accounts, '');
    const again = await TestHome.open({}, {}, { folder });
    try {
      const answer = await again.request('GET', '/health/ready', { headers: outside });
      assert.deepEqual([answer.status, answer.body], [503, { status: 'unavailable' }]);
      assert.equal(answer.headers['retry-after'], '5');
      const { body } = await again.request('GET', '/health/ready');
      const { store } = (body as unknown as Report).parts;
      assert.deepEqual([store?.state, store?.code], ['away', 'STORE_CORRUPT']);
      assert.ok(!JSON.stringify(body).includes(folder));
      const live = await again.request('GET', '/health/live');
      assert.deepEqual([live.status, live.body], [200, { status: 'ok' }]);
    } finally {
      await again.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('metrics', () => {
  let test: TestHome;
  afterEach(() => test.remove());

  const scrape = (options: Parameters<TestHome['text']>[1] = {}) => test.text('/metrics', options);

  it('S12: are for administrators and for who sits at the machine', async () => {
    test = await TestHome.open();
    const admin = await test.register('ama');
    const guest = await test.register('kofi');
    const answers = [
      await scrape(),
      await scrape({ token: admin, headers: outside }),
      await scrape({ headers: outside }),
      await scrape({ token: guest, headers: outside }),
      await scrape({ token: 'forged', headers: outside }),
      await scrape({ headers: { host: 'aurion.example' } }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 401, 403, 403, 401],
    );
    assert.match(String(answers[0]?.headers['content-type']), /^text\/plain/);
  });

  it('are for nobody at the machine where a proxy stands in front', async () => {
    test = await TestHome.open({ trustProxy: 'on' });
    assert.equal((await scrape()).status, 401);
  });

  it('count each request by operation and class of status, and never by what it names', async () => {
    test = await TestHome.open();
    const admin = await test.register('ama');
    await test.request('GET', '/devices/1', { token: admin });
    await test.request('GET', '/devices/2', { token: admin });
    await test.request('GET', '/devices/99', { token: admin });
    await test.request('GET', '/devices/1');
    await test.request('PATCH', '/devices/1');
    const { text } = await scrape();
    const requests = text
      .split('\n')
      .filter((line) => line.startsWith('aurion_http_requests_total'));
    assert.deepEqual(requests.sort(), [
      'aurion_http_requests_total{operation="auth.register",status="2xx"} 1',
      'aurion_http_requests_total{operation="devices.get",status="2xx"} 2',
      'aurion_http_requests_total{operation="devices.get",status="4xx"} 2',
      'aurion_http_requests_total{operation="none",status="4xx"} 1',
    ]);
    assert.match(text, /^aurion_http_request_duration_seconds_count{operation="devices.get"} 4$/m);
  });

  it('say how the parts and the process are', async () => {
    test = await TestHome.open();
    const { text } = await scrape();
    for (const line of [
      'aurion_ready 1',
      'aurion_part_up{part="store"} 1',
      'aurion_part_up{part="broker"} 1',
      'aurion_info{version="0.0.0"} 1',
      'aurion_journal_bytes 0',
      'aurion_password_queue 0',
    ]) {
      assert.ok(text.split('\n').includes(line), line);
    }
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
  });

  it('of two homes of a process are apart', async () => {
    test = await TestHome.open();
    const other = await TestHome.open();
    try {
      await other.request('GET', '/devices');
      assert.doesNotMatch((await scrape()).text, /operation="devices\.list"/);
      assert.match((await other.text('/metrics')).text, /operation="devices\.list"/);
    } finally {
      await other.remove();
    }
  });
});

describe('the log of requests', () => {
  let test: TestHome;
  afterEach(() => test.remove());

  it('S21: has a line for each at debug: which, how it went, how long, and no word of what it said', async () => {
    test = await TestHome.open();
    const admin = await test.register('ama');
    await test.request('GET', '/devices?room=canary', { token: admin });
    const lines = test.logger.lines.filter((line) => line.startsWith('debug: Request'));
    assert.match(
      lines[0] ?? '',
      /^debug: Request requestId=[\w-]{36} operation=auth\.register status=200 ms=[\d.]+ actor=public$/,
    );
    assert.match(lines[1] ?? '', /operation=devices\.list status=200 ms=[\d.]+ actor=account:1$/);
    assert.doesNotMatch(lines.join('\n'), /canary|aime la mer|eyJ/);
  });
});

interface Report {
  readonly status: string;
  readonly version: string;
  readonly uptimeS: number;
  readonly parts: Readonly<
    Record<string, { state: string; since: string; code?: string; reason?: string }>
  >;
}
