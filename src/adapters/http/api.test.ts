import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, afterEach, before, describe, it } from 'mocha';
import { TestHome, type RawAnswer } from '../../../test/support/test-home';

describe('the REST dispatcher', () => {
  let test: TestHome;
  let admin: string;
  before(async () => {
    test = await TestHome.open();
    admin = await test.register('ama');
  });
  after(() => test.remove());
  afterEach(() => {
    test.gate = () => (exchange) => test.answer(exchange);
  });

  const lamp = { name: 'Lampe', type: 'light', room: 'Salon' };

  function refused(answer: RawAnswer, status: number, code: string): void {
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    assert.equal(typeof answer.body.message, 'string');
    assert.equal(answer.body['requestId'], answer.headers['x-request-id']);
  }

  describe('finds the operation', () => {
    it('by method and path, also with a slash at the end, and HEAD as GET without a body', async () => {
      for (const path of ['/devices', '/devices/', '/devices?type=light', '/devices/1']) {
        assert.equal((await test.request('GET', path, { token: admin })).status, 200, path);
      }
      const head = await test.request('HEAD', '/devices', { token: admin });
      assert.deepEqual([head.status, head.body], [200, {}]);
      assert.ok(Number(head.headers['content-length']) > 2);
    });

    it('answers 405 with what is allowed for another method', async () => {
      const answer = await test.request('PATCH', '/devices/1');
      refused(answer, 405, 'METHOD_NOT_ALLOWED');
      assert.equal(answer.headers['allow'], 'GET, PUT, DELETE');
    });

    it('lets unknown paths fall through to other nodes', async () => {
      for (const path of ['/', '/lights', '/devices/1/2/3', '/devices//toggle', '/__proto__']) {
        assert.deepEqual((await test.request('GET', path)).body, { fell: 'through' }, path);
      }
    });

    it('answers OPERATION_NOT_OPEN for an operation that no flow opens', async () => {
      test.gate = () => null;
      refused(await test.request('GET', '/devices', { token: admin }), 404, 'OPERATION_NOT_OPEN');
      refused(await test.request('GET', '/devices'), 401, 'TOKEN_MISSING');
    });

    it('F7: answers 503 with Retry-After while its flow restarts', async () => {
      test.gate = () => 'restarting';
      const answer = await test.request('GET', '/devices', { token: admin });
      refused(answer, 503, 'SERVICE_RESTARTING');
      assert.equal(answer.headers['retry-after'], '1');
    });

    for (const id of [
      '%00',
      '..%2f1',
      '__proto__',
      'constructor',
      '+',
      '%23',
      'a'.repeat(65),
      '-1',
      '1e3',
      '0',
    ]) {
      it(`S14: the id "${id.slice(0, 12)}" is a bad request`, async () => {
        refused(
          await test.request('GET', `/devices/${id}`, { token: admin }),
          400,
          'INPUT_INVALID',
        );
      });
    }

    for (const key of [
      '__proto__',
      'constructor',
      'prototype',
      '12',
      'a/b',
      'a+b',
      '#',
      'a\u0000',
    ]) {
      it(`S14: the key ${JSON.stringify(key)} is a bad request, of a device and of a sensor`, async () => {
        for (const [path, json] of [
          ['/devices', { name: 'Lampe', type: 'light', room: 'Salon', key }],
          ['/security/sensors', { name: 'Fumée', type: 'smoke', location: 'Salon', key }],
        ] as const) {
          refused(await test.request('POST', path, { token: admin, json }), 400, 'INPUT_INVALID');
        }
      });
    }

    it('S14: a path that can’t be decoded is a bad request', async () => {
      refused(
        await test.request('GET', '/devices/%E0%A4%A', { token: admin }),
        400,
        'INPUT_INVALID',
      );
    });
  });

  describe('reads the input', () => {
    const post = (options: Parameters<TestHome['request']>[2]) =>
      test.request('POST', '/devices', { token: admin, ...options });
    const jsonType = { 'content-type': 'application/json' };

    it('S17: malformed JSON is 400', async () => {
      refused(await post({ body: '{"name":', headers: jsonType }), 400, 'BODY_MALFORMED');
    });

    it('S17: bytes that are no UTF-8 are 400, in a body and in a query, and nothing is put in their place', async () => {
      for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
        const body = Buffer.concat([
          Buffer.from('{"name":"Lampe'),
          Buffer.from(bytes),
          Buffer.from('","type":"light","room":"Salon"}'),
        ]);
        refused(await post({ body, headers: jsonType }), 400, 'BODY_MALFORMED');
      }
      const utf16 = { 'content-type': 'application/json; charset=utf-16' };
      const body = Buffer.from(JSON.stringify(lamp), 'utf16le');
      refused(await post({ body, headers: utf16 }), 415, 'BODY_TYPE_UNSUPPORTED');
      const query = await test.request('GET', '/devices?room=Salon%FF', { token: admin });
      refused(query, 400, 'INPUT_INVALID');
      const fine = await post({ json: { ...lamp, name: 'Lampe d’été 💡' } });
      assert.equal(fine.body['name'], 'Lampe d’été 💡');
    });

    it('S17: over 100 kB is 413, announced or not', async () => {
      const big = JSON.stringify({ ...lamp, name: 'x'.repeat(110_000) });
      refused(await post({ body: big, headers: jsonType }), 413, 'BODY_TOO_LARGE');
      const pieces = (piece: string) =>
        fetch(`http://127.0.0.1:${test.port}/devices`, {
          method: 'POST',
          headers: { ...jsonType, authorization: `Bearer ${admin}` },
          body: new Blob([piece]).stream(),
          duplex: 'half',
        } as RequestInit);
      assert.equal((await pieces(JSON.stringify(lamp))).status, 201);
      assert.equal((await pieces(big)).status, 413);
    });

    it('S17: what is no JSON is 415: text, forms, gzip', async () => {
      for (const [type, encoding] of [
        ['text/plain', ''],
        ['application/x-www-form-urlencoded', ''],
        ['', ''],
        ['application/json', 'gzip'],
      ] as const) {
        const headers = {
          ...(type && { 'content-type': type }),
          ...(encoding && { 'content-encoding': encoding }),
        };
        const body = encoding ? gzipSync(Buffer.alloc(10_000_000, 32)) : JSON.stringify(lamp);
        refused(await post({ body, headers }), 415, 'BODY_TYPE_UNSUPPORTED');
      }
    });

    it('a POST without a body is never 415', async () => {
      const answer = await test.request('POST', '/auth/logout-all', {
        token: await test.register('x'),
      });
      assert.equal(answer.status, 200);
      refused(await test.request('POST', '/devices', { token: admin }), 400, 'INPUT_INVALID');
    });

    it('S17: nested over 32 deep is 400', async () => {
      const body = `{"name":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
      refused(await post({ body, headers: jsonType }), 400, 'INPUT_TOO_DEEP');
    });

    it('S1: operators, unknown keys, repeated query keys: 400, and the store is not asked', async () => {
      const login = (json: unknown) => test.request('POST', '/auth/login', { json });
      const { logger } = test;
      const said = () => logger.lines.filter((line) => !line.startsWith('debug:')).length;
      const before = said();
      refused(await login({ email: { $ne: null }, password: 'x' }), 400, 'INPUT_KEY_FORBIDDEN');
      refused(await login({ email: ['a@b.tg'], password: 'x' }), 400, 'INPUT_INVALID');
      refused(await login({ email: 'a@b.tg', password: 'x', otp: 1 }), 400, 'INPUT_INVALID');
      const person = {
        name: 'k',
        email: 'k@maison.tg',
        password: 'kofi aime la mer',
        role: 'admin',
      };
      refused(await test.request('POST', '/auth/register', { json: person }), 400, 'INPUT_INVALID');
      for (const query of [
        'type=light&type=fan',
        'type[$ne]=light',
        'type=lamp',
        'limit=1000000',
      ]) {
        const answer = await test.request('GET', `/devices?${query}`, { token: admin });
        assert.equal(answer.status, 400, query);
      }
      assert.equal(said(), before);
    });

    for (const key of ['__proto__', 'constructor', 'a.b', '$set']) {
      it(`S2: the key ${key} is refused and pollutes nothing`, async () => {
        const body = `{"name":"Lampe","type":"light","room":"Salon","icon":{"x":[{"${key}":{"polluted":1}}]}}`;
        refused(await post({ body, headers: jsonType }), 400, 'INPUT_KEY_FORBIDDEN');
        assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      });
    }

    it('an id in the body that belongs into the path is refused', async () => {
      const answer = await test.request('PUT', '/devices/1', {
        token: admin,
        json: { id: 2, room: 'X' },
      });
      refused(answer, 400, 'INPUT_INVALID');
    });

    it('empty text for an optional field counts as absent', async () => {
      const { status, body } = await post({ json: { ...lamp, icon: '', key: '' } });
      assert.equal(status, 201);
      assert.equal('icon' in body || 'key' in body, false);
    });

    it('tells in details what is wrong with each field, in the language asked for', async () => {
      const json = { name: '', type: 'lamp' };
      const french = await post({ json });
      assert.match(french.body.message ?? '', /^Requête invalide : name – /);
      const details = french.body['details'] as { path: string; message: string }[];
      assert.deepEqual(
        details.map(({ path }) => path),
        ['name', 'type', 'room'],
      );
      assert.equal(details[2]?.message, 'ce champ est requis');
      const english = await post({
        json,
        headers: { 'accept-language': 'en-GB,en;q=0.9,fr;q=0.5' },
      });
      assert.match(english.body.message ?? '', /^Invalid request: name – /);
      const wrongKey = await post({ json: { ...lamp, key: 'a b' } });
      assert.equal(
        wrongKey.body.message,
        'Requête invalide : key – il faut 1 à 64 caractères parmi A-Z a-z 0-9 _ -, pas seulement des chiffres, ni un mot réservé',
      );
      const german = await post({ json, headers: { 'accept-language': 'de' } });
      assert.equal(german.body.message, french.body.message);
    });
  });

  describe('strangers', () => {
    it('learn that they are strangers before anything else is wrong', async () => {
      refused(
        await test.request('POST', '/devices', { json: { nonsense: 1 } }),
        401,
        'TOKEN_MISSING',
      );
      refused(await test.request('DELETE', '/devices/x', { token: 'abc' }), 403, 'TOKEN_INVALID');
      const guest = await test.register('guest');
      refused(await test.request('DELETE', '/devices/x', { token: guest }), 403, 'ACCESS_DENIED');
    });

    it('S10: the first account from outside needs the setup code', async () => {
      const empty = await TestHome.open({ key: 'empty' }, { setupCode: 'sesame-ouvre-toi' });
      try {
        const json = { name: 'Ama', email: 'ama@maison.tg', password: 'ama aime la mer' };
        const register = (headers: Record<string, string>) =>
          empty.request('POST', '/auth/register', { json, headers });
        for (const headers of [
          { host: 'maison.example' },
          { 'x-forwarded-for': '203.0.113.9' },
          { forwarded: 'for=203.0.113.9' },
          { via: '1.1 proxy' },
          { 'x-real-ip': '203.0.113.9' },
          { host: '127.0.0.1.evil.example' },
          { 'x-forwarded-for': '203.0.113.9', 'x-aurion-setup-code': 'wrong' },
        ] as Record<string, string>[]) {
          refused(await register(headers), 403, 'SETUP_CODE_REQUIRED');
        }
        const inBody = { ...json, setupCode: 'sesame-ouvre-toi' };
        refused(
          await empty.request('POST', '/auth/register', { json: inBody }),
          400,
          'INPUT_INVALID',
        );
        const good = await register({
          host: 'maison.example',
          'x-aurion-setup-code': 'sesame-ouvre-toi',
        });
        assert.equal((good.body['user'] as { role: string }).role, 'admin');
      } finally {
        await empty.remove();
      }
    });
  });

  describe('answers', () => {
    it('with headers for an API: no cache, no frames, no sniffing', async () => {
      const { headers } = await test.request('GET', '/devices');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    });

    it('S18: allows the origins of the setting, by default pages on localhost, never *', async () => {
      const allowed = async (origin: string) => {
        const { headers } = await test.request('GET', '/health/live', { headers: { origin } });
        assert.equal(headers['access-control-allow-credentials'], undefined);
        return headers['access-control-allow-origin'];
      };
      assert.equal(await allowed('http://localhost:5173'), 'http://localhost:5173');
      for (const origin of ['http://evil.example', 'http://localhost.evil.example', 'null']) {
        assert.equal(await allowed(origin), undefined, origin);
      }
      const preflight = await test.request('OPTIONS', '/devices', {
        headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' },
      });
      assert.equal(preflight.status, 204);
      assert.match(String(preflight.headers['access-control-allow-headers']), /Authorization/);
    });

    it('S18: with origins in the setting, those and no others', async () => {
      const own = await TestHome.open({
        key: 'cors',
        corsOrigins: 'https://maison.example, https://app.example:8443/',
      });
      try {
        for (const [origin, isAllowed] of [
          ['https://maison.example', true],
          ['https://app.example:8443', true],
          ['http://localhost:5173', false],
          ['http://maison.example', false],
          ['https://maison.example.evil.example', false],
          ['https://app.example', false],
          ['null', false],
          ['*', false],
        ] as const) {
          for (const method of ['GET', 'OPTIONS']) {
            const { headers } = await own.request(method, '/devices', {
              headers: { origin, 'access-control-request-method': 'DELETE' },
            });
            const allowed = headers['access-control-allow-origin'];
            assert.equal(allowed, isAllowed ? origin : undefined, `${method} ${origin}`);
            assert.equal(headers['access-control-allow-credentials'], undefined);
          }
        }
      } finally {
        await own.remove();
      }
    });

    it('S19: an error in any part of a request is 500 and tells nothing, whoever asks', async () => {
      const secret = () => new Error('SELECT hash FROM accounts; /var/lib/aurion/home at line 7');
      const fail = () => Promise.reject(secret());
      const throwing = () => {
        throw secret();
      };
      const home = test.home as unknown as Record<string, unknown>;
      const { sessions } = (home['running'] as { services: { sessions: object } }).services;
      const parts: [string, () => () => void][] = [
        ['the flow', () => ((test.gate = throwing), () => undefined)],
        ['the operation', () => ((home['run'] = fail), () => delete home['run'])],
        [
          'the look-up of the session',
          () => {
            Object.assign(sessions, { authenticate: fail });
            return () => Reflect.deleteProperty(sessions, 'authenticate');
          },
        ],
        [
          'the count of requests',
          () => {
            Object.assign(sessions, { signedFor: throwing });
            return () => Reflect.deleteProperty(sessions, 'signedFor');
          },
        ],
      ];
      for (const [name, breakIt] of parts) {
        const mend = breakIt();
        try {
          for (const method of ['GET', 'POST']) {
            const answer = await test.request(method, '/devices', {
              token: admin,
              ...(method === 'POST' && { json: lamp }),
            });
            refused(answer, 500, 'INTERNAL_ERROR');
            assert.deepEqual(
              Object.keys(answer.body).sort(),
              ['code', 'message', 'requestId'],
              name,
            );
            assert.doesNotMatch(
              JSON.stringify([answer.body, answer.headers]),
              /SELECT|var.lib|line 7/,
            );
          }
        } finally {
          mend();
        }
      }
    });

    it('S19: an error inside is 500 with a request id and tells nothing; the log tells all', async () => {
      test.home.run = () => Promise.reject(new Error('SELECT * FROM /etc/secret'));
      try {
        const answer = await test.request('GET', '/devices', { token: admin });
        refused(answer, 500, 'INTERNAL_ERROR');
        assert.doesNotMatch(JSON.stringify(answer.body), /SELECT|secret|at /);
      } finally {
        delete (test.home as Partial<typeof test.home>).run;
      }
    });

    it('F15: an answer given twice counts once', async () => {
      const sent: boolean[] = [];
      test.gate = () => (exchange) => {
        sent.push(exchange.succeed({ n: 1 }), exchange.succeed({ n: 2 }));
      };
      assert.deepEqual((await test.request('GET', '/devices', { token: admin })).body, { n: 1 });
      assert.deepEqual(sent, [true, false]);
    });

    it('F7: drained requests are answered 503 within a second', async () => {
      test.gate = () => () => setImmediate(() => test.home.api.drain(100));
      const start = performance.now();
      refused(await test.request('GET', '/devices', { token: admin }), 503, 'SERVICE_RESTARTING');
      assert.ok(performance.now() - start < 1000);
      assert.equal(test.home.api.inFlight, 0);
    });

    it('a caller that hangs up leaves nothing behind', async () => {
      const socket = connect(test.port, '127.0.0.1');
      let arrived: () => void;
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      test.gate = () => (exchange) => {
        exchange.whenAnswered(() => socket.emit('left'));
        arrived();
      };
      socket.write(
        `GET /devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${admin}\r\n\r\n`,
      );
      await arrival;
      const left = once(socket, 'left');
      socket.destroy();
      await left;
      assert.equal(test.home.api.inFlight, 0);
    });
  });
});
