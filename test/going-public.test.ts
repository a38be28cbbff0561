import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { AurionProcess, ROOT, temporaryFolder } from './support/aurion-process';
import { freePort } from './support/free-port';
import { skipWithoutNginx, startNginx } from './support/nginx';

const SECURITY = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

function block(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(SECURITY) ?? [];
  assert.ok(code, language);
  return code;
}

/** SECURITY.md's "Going public", as it stands there: only ports and the place of the certificate are the test's. */
describe('going public', () => {
  const folder = temporaryFolder();
  let stopNginx: (() => Promise<void>) | undefined;
  let aurion: AurionProcess | undefined;
  let httpsPort: number;
  let httpPort: number;
  before(async function () {
    skipWithoutNginx(this);
    const env = Object.fromEntries(
      block('ini')
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    // Step 1, on the machine itself, before the proxy stands in front.
    const userDir = join(folder, 'data');
    const alone = await AurionProcess.start({ userDir });
    const [, json = ''] = /-d '(\{.*\})'/.exec(block('sh')) ?? [];
    const first = await alone.request<{ user: { role: string } }>('POST', '/auth/register', {
      body: JSON.parse(json),
    });
    assert.deepEqual([first.status, first.body.user.role], [200, 'admin']);
    await alone.stop();
    // Steps 2 and 3.
    aurion = await AurionProcess.start({ userDir, env });
    [httpPort, httpsPort] = [await freePort(), await freePort()];
    stopNginx = await startNginx(folder, makeSite(), httpsPort);
  });
  after(async () => {
    await stopNginx?.();
    await aurion?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function makeSite(): string {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=maison.example', '-days', '2'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    return block('nginx')
      .replace('listen 80;', `listen 127.0.0.1:${httpPort};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${httpsPort} ssl;`)
      .replace(/\S+fullchain\.pem/, cert)
      .replace(/\S+privkey\.pem/, key)
      .replaceAll('127.0.0.1:5000', `127.0.0.1:${aurion!.port}`);
  }

  /** As from outside: by name, over TLS, through nginx. */
  async function visit(
    method: string,
    path: string,
    options: { json?: unknown; token?: string; headers?: Record<string, string> } = {},
  ) {
    const sent = request({
      ...{ host: '127.0.0.1', port: httpsPort, method, path, rejectUnauthorized: false },
      headers: {
        host: 'maison.example',
        ...(options.json !== undefined && { 'content-type': 'application/json' }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
    });
    sent.end(options.json === undefined ? undefined : JSON.stringify(options.json));
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const body = await text(response);
    const isJson = response.headers['content-type']?.includes('json') === true;
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (isJson ? JSON.parse(body) : {}) as Record<string, unknown>,
    };
  }

  const ama = { email: 'ama@maison.tg', password: 'la mer à Lomé' };
  const login = async () =>
    String((await visit('POST', '/api/auth/login', { json: ama })).body['token']);

  it('S25, S10: nothing but the API is there, and nobody registers', async () => {
    for (const path of ['/', '/admin', '/admin/flows', '/admin/auth/token', '/wsx', '/apix']) {
      assert.equal((await visit('GET', path)).status, 404, path);
    }
    const kofi = { name: 'Kofi', email: 'kofi@maison.tg', password: 'kofi aime la mer' };
    for (const headers of [{}, { host: 'localhost' }, { 'x-forwarded-for': '127.0.0.1' }] as Record<
      string,
      string
    >[]) {
      const { status, body } = await visit('POST', '/api/auth/register', { json: kofi, headers });
      assert.deepEqual([status, body['code']], [403, 'REGISTRATION_CLOSED']);
    }
    const plain = await fetch(`http://127.0.0.1:${httpPort}/api/devices`, { redirect: 'manual' });
    assert.deepEqual(
      [plain.status, plain.headers.get('location')],
      [301, 'https://127.0.0.1/api/devices'],
    );
  });

  it('S12, S19: strangers get 401, no metrics, no details of health, no docs', async () => {
    for (const path of ['/api/devices', '/api/metrics']) {
      const { status, body } = await visit('GET', path);
      assert.deepEqual([status, body['code']], [401, 'TOKEN_MISSING'], path);
    }
    assert.deepEqual((await visit('GET', '/api/health/ready')).body, { status: 'ok' });
    assert.equal((await visit('GET', '/api/docs')).status, 404);
    const { headers } = await visit('GET', '/api/health/live');
    assert.match(String(headers['strict-transport-security']), /max-age/);
  });

  it('people sign in, see their house, and a page hears what happens', async () => {
    const token = await login();
    const { status, body } = await visit('GET', '/api/devices', { token });
    assert.deepEqual([status, Array.isArray(body)], [200, true]);
    const page = new WebSocket(`wss://127.0.0.1:${httpsPort}/ws`, {
      rejectUnauthorized: false,
      origin: 'https://maison.example',
      headers: { host: 'maison.example' },
    });
    await once(page, 'open');
    const frames: string[] = [];
    page.on('message', (data: Buffer) => frames.push(data.toString()));
    page.send(JSON.stringify({ type: 'auth', token }));
    while (!frames.some((frame) => frame.includes('"ready"'))) await once(page, 'message');
    assert.equal((await visit('POST', '/api/devices/2/toggle', { token })).status, 200);
    while (!frames.some((frame) => frame.includes('device.status'))) await once(page, 'message');
    page.terminate();
  });

  it('S7: the visitor’s address counts, and not what he says it is', async () => {
    const wrong = { ...ama, password: 'faux' };
    await visit('POST', '/api/auth/login', {
      json: wrong,
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    const token = await login();
    const { body } = await visit('GET', '/api/audit?limit=20', { token });
    const entries = body as unknown as { actor: string; action: string }[];
    const failed = entries.find(({ action }) => action === 'auth.login:CREDENTIALS_WRONG');
    assert.equal(failed?.actor, 'address:127.0.0.1');
    assert.doesNotMatch(JSON.stringify(entries), /203\.0\.113/);
  });
});

/** What somebody may put in front before reading SECURITY.md: a proxy that says nothing of itself. */
describe('a proxy without header lines', () => {
  const folder = temporaryFolder();
  const ends: (() => Promise<unknown>)[] = [];
  before(function () {
    skipWithoutNginx(this);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  });

  const HTTP_1_1 = 'proxy_http_version 1.1;';
  const KEEP_ALIVE = `${HTTP_1_1} proxy_set_header Connection "";`;

  /** @param lines beside `proxy_pass` @returns asks Aurion through it as a stranger does */
  async function behind(lines: string, env: Record<string, string> = {}) {
    const aurion = await AurionProcess.start({ env });
    ends.push(() => aurion.remove());
    const port = await freePort();
    const place = `location / { proxy_pass http://127.0.0.1:${aurion.port}; ${lines} }`;
    const site = `server { listen 127.0.0.1:${port}; ${place} }`;
    ends.push(await startNginx(temporaryFolder(), site, port));
    const ask = (method: string, path: string, options = {}) =>
      aurion.request(method, `http://127.0.0.1:${port}/api${path}`, options);
    return { aurion, ask };
  }

  const ama = { name: 'Ama', email: 'ama@maison.tg', password: 'la mer à Lomé' };
  const page = { origin: 'https://maison.example', 'sec-fetch-site': 'same-origin' };

  for (const [name, lines, env] of [
    ['as nginx passes by default', '', {}],
    ['at HTTP/1.1', HTTP_1_1, {}],
    [
      'that keeps connections, once the public URL is set',
      KEEP_ALIVE,
      { AURION_PUBLIC_URL: page.origin },
    ],
    ['that keeps connections, once proxies are trusted', KEEP_ALIVE, { AURION_TRUST_PROXY: '1' }],
  ] as const) {
    it(`S10, S25: ${name}: strangers are no neighbours`, async () => {
      const { aurion, ask } = await behind(lines, env);
      assert.equal((await ask('GET', '/metrics')).status, 401);
      assert.deepEqual((await ask('GET', '/health/ready')).body, { status: 'ok' });
      const first = await ask('POST', '/auth/register', { body: ama });
      assert.deepEqual([first.status, first.body.code], [403, 'SETUP_CODE_REQUIRED']);
      const headers = { 'x-aurion-setup-code': aurion.waysIn.setupCode };
      assert.equal((await ask('POST', '/auth/register', { body: ama, headers })).status, 200);
    });
  }

  it('S10: that keeps connections and says nothing at all: a page from elsewhere still tells itself', async () => {
    const { aurion, ask } = await behind(KEEP_ALIVE);
    for (const headers of [page, { referer: 'https://maison.example/' }]) {
      const first = await ask('POST', '/auth/register', { body: ama, headers });
      assert.deepEqual([first.status, first.body.code], [403, 'SETUP_CODE_REQUIRED']);
      assert.equal((await ask('GET', '/metrics', { headers })).status, 401);
    }
    // Against the rest stands what the log and the machine's own health say.
    assert.match(aurion.log, /\[warn\].*No account yet.*AURION_PUBLIC_URL/);
  });
});
