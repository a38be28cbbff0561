import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { AurionNetworkError, createAurionClient, memoryStorage } from '../../client/index';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer, or the end of the connection. */
type Scripted = { status: number; body?: object; headers?: Record<string, string> } | 'cut';

const REQUEST_ID = 'a'.repeat(36);
const refused = (status: number, code: string, headers = {}): Scripted => ({
  ...{ status, headers, body: { message: code, code, requestId: REQUEST_ID } },
});
const OK: Scripted = { status: 200, body: { id: 1 } };

describe('a call of the client', () => {
  let server: Server;
  let seen: Seen[];
  let script: Scripted[];
  let delays: number[];
  beforeEach(async () => {
    [seen, script, delays] = [[], [], []];
    server = createServer((req, res) => {
      void text(req).then((body) => {
        const { method = '', url = '', headers } = req;
        seen.push({ method, url, headers, body });
        const answer = script.shift() ?? OK;
        if (answer === 'cut') return req.socket.destroy();
        res.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
        return res.end(JSON.stringify(answer.body ?? {}));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Notes how long it would wait, and does not. */
  const hasty = {
    schedule: (delayMs: number, callback: () => void) => {
      const isTimeout = delayMs === 30_000;
      if (!isTimeout) delays.push(delayMs);
      const timer = setTimeout(callback, isTimeout ? delayMs : 0);
      return { cancel: () => clearTimeout(timer) };
    },
  };
  const open = (options = {}) =>
    createAurionClient({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
      storage: memoryStorage('t1'),
      clock: hasty,
      random: () => 1,
      ...options,
    });

  it('puts each field where it belongs', async () => {
    const client = open({ language: 'en' });
    await client.devices.list({ room: 'Salon & Cour', type: undefined });
    await client.devices.adopt({ key: 'a/../b', name: 'B', type: 'light', room: 'Cour' });
    await client.auth.register({ name: 'A', email: 'a@b.tg', password: 'p', setupCode: 'c' });
    const [list, adopt, register] = seen;
    assert.equal(list?.url, '/api/devices?room=Salon+%26+Cour');
    assert.equal(list.headers.authorization, 'Bearer t1');
    assert.equal(list.headers['accept-language'], 'en');
    assert.equal(adopt?.url, '/api/devices/discovered/a%2F..%2Fb/adopt');
    assert.deepEqual(JSON.parse(adopt.body), { name: 'B', type: 'light', room: 'Cour' });
    assert.equal(register?.headers['x-aurion-setup-code'], 'c');
    assert.equal(register.headers.authorization, undefined);
    assert.deepEqual(Object.keys(JSON.parse(register.body) as object), [
      'name',
      'email',
      'password',
    ]);
  });

  it('S14: sends nothing whose path would become another', async () => {
    for (const key of ['', '.', '..']) {
      await assert.rejects(
        open().devices.adopt({ key, name: 'B', type: 'light', room: 'Cour' }),
        TypeError,
      );
    }
    assert.deepEqual(seen, []);
  });

  it('reads again after a failure that passes, not before Retry-After, at most four times', async () => {
    script = ['cut', refused(503, 'STORE_UNAVAILABLE', { 'Retry-After': '7' }), OK];
    await open().devices.get({ id: 1 });
    assert.deepEqual(delays, [1000, 7000]);
    script = Array.from({ length: 5 }, () =>
      refused(503, 'STORE_UNAVAILABLE', { 'Retry-After': '900' }),
    );
    await assert.rejects(open().devices.get({ id: 1 }), {
      code: 'STORE_UNAVAILABLE',
      retryAfterS: 900,
      requestId: REQUEST_ID,
    });
    assert.deepEqual(delays.slice(2), [10_000, 10_000, 10_000, 10_000]);
  });

  it('M8: repeats a command with the same key, and only where that is safe', async () => {
    script = ['cut', refused(503, 'SERVICE_RESTARTING', { 'Retry-After': '1' }), OK];
    await open().devices.toggle({ id: 1 });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.match(String(keys[0]), /^[0-9a-f]{32}$/);
    await open().devices.toggle({ id: 1 });
    assert.notEqual(seen.at(-1)?.headers['idempotency-key'], keys[0]);

    for (const answer of [
      refused(503, 'STORE_UNAVAILABLE'),
      refused(503, 'DEVICE_OFFLINE'),
      refused(504, 'DEVICE_TIMEOUT'),
    ]) {
      const before = seen.length;
      script = [answer];
      await assert.rejects(open().devices.toggle({ id: 1 }));
      assert.equal(seen.length, before + 1);
    }
    const before = seen.length;
    script = ['cut'];
    await assert.rejects(
      open().devices.create({ name: 'B', type: 'light', room: 'Cour' }),
      AurionNetworkError,
    );
    assert.equal(seen.length, before + 1, 'without a key nobody knows what was done');
  });

  it('asks to sign in once for all, and a second refusal ends it', async () => {
    let asked = 0;
    const client = open({
      onSignInNeeded: async () => {
        asked++;
        await client.auth.login({ email: 'a@b.tg', password: 'p' });
      },
    });
    const expired = refused(401, 'SESSION_EXPIRED');
    script = [expired, expired, { status: 200, body: { token: 't2' } }];
    await Promise.all([client.auth.me(), client.devices.list()]);
    assert.equal(asked, 1);
    assert.deepEqual(
      seen.slice(-2).map(({ headers }) => headers.authorization),
      ['Bearer t2', 'Bearer t2'],
    );
    script = [expired, { status: 200, body: { token: 't3' } }, expired];
    await assert.rejects(client.auth.me(), { code: 'SESSION_EXPIRED' });
    assert.equal(asked, 2);
  });

  it('says so when what answered was not Aurion, and when nothing answered in time', async () => {
    script = [{ status: 502, headers: { 'Content-Type': 'text/html' } }];
    await assert.rejects(open().devices.list(), {
      ...{ name: 'AurionClientError', code: 'ANSWER_UNREADABLE', status: 502, requestId: null },
    });
    server.removeAllListeners('request');
    await assert.rejects(
      open({ timeoutMs: 10, clock: undefined }).auth.login({ email: 'a@b.tg', password: 'p' }),
      { code: 'NETWORK_TIMEOUT' },
    );
  });

  it('ends with the caller’s signal, also while it waits', async () => {
    const ending = new AbortController();
    const waiting = {
      schedule: (delayMs: number) => {
        if (delayMs < 30_000) setImmediate(() => ending.abort());
        return { cancel: () => undefined };
      },
    };
    script = ['cut'];
    const { signal } = ending;
    await assert.rejects(open({ clock: waiting }).devices.list({}, { signal }), {
      name: 'AbortError',
    });
    assert.equal(seen.length, 1);
    await assert.rejects(open().devices.list({}, { signal }), { name: 'AbortError' });
    assert.equal(seen.length, 1);
  });
});
