import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { AurionError } from '../../contract/errors';
import { LiveTest } from './live-test.suite';

describe('signing in over WebSocket', () => {
  let test: LiveTest;
  beforeEach(async () => (test = await LiveTest.open()));
  afterEach(() => test.remove());

  it('answers the auth frame with ready: who one is and where one stands', async () => {
    const page = await test.connect();
    page.send({ type: 'auth', token: 'ama', cursor: null });
    const { cursor, ...ready } = await page.next();
    assert.deepEqual(ready, { type: 'ready', user: { id: 1, name: 'ama', role: 'user' } });
    assert.match(cursor!, /^[\w-]+$/);
    assert.equal(test.endpoint.clients, 1);
  });

  it('takes the token as second sub-protocol and never echoes it', async () => {
    const page = await test.connect(['aurion.v1', 'ama']);
    assert.equal((await page.next()).type, 'ready');
    assert.equal(page.socket.protocol, 'aurion.v1');
  });

  it('selects aurion.v1 for a client that signs in by frame', async () => {
    const page = await test.connect(['aurion.v1']);
    page.send({ type: 'auth', token: 'ama' });
    assert.equal((await page.next()).type, 'ready');
  });

  it('selects no other sub-protocol, nor a token that comes first', async () => {
    for (const protocols of [['mqtt'], ['ama', 'aurion.v1']]) {
      const socket = new WebSocket(`ws://127.0.0.1:${test.port}/ws`, protocols);
      const [error] = (await once(socket, 'error')) as [Error];
      assert.match(error.message, /sent no subprotocol/);
    }
  });

  it('takes no token from the URL', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${test.port}/ws?token=ama`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await test.clock.advance(5500);
    assert.equal((await closed)[0], 4401);
  });

  it('keeps what a page says before it is ready, in order', async () => {
    const page = await test.connect(['aurion.v1', 'ama']);
    page.send({ type: 'subscribe', events: [] });
    page.send({ type: 'resume', cursor: 'of another run' });
    assert.equal((await page.next()).type, 'ready');
    assert.equal((await page.next()).type, 'reset');
    test.endpoint.publish(test.event(1));
    assert.deepEqual(await page.sync(), []);
  });

  it('S13: closes with 4401 who does not sign in within 5 s', async () => {
    const page = await test.connect();
    await test.clock.advance(4900);
    assert.equal(page.socket.readyState, WebSocket.OPEN);
    await test.clock.advance(600);
    await page.closedWith(4401);
  });

  it('S13: closes with 4401 whose token is missing, malformed or of an ended session, and who says something else first', async () => {
    test.sessions.set('ended', new AurionError('SESSION_EXPIRED'));
    for (const frame of [
      { type: 'auth' },
      { type: 'auth', token: 7 },
      { type: 'auth', token: 'nonsense' },
      { type: 'auth', token: 'ended' },
      { type: 'subscribe', events: [] },
      { type: 'light', on: true },
    ]) {
      const page = await test.connect();
      page.send(frame);
      await page.closedWith(4401);
    }
    await (await test.connect(['aurion.v1', 'ended'])).closedWith(4401);
    assert.equal(test.endpoint.clients, 0);
  });

  it('tells a page to come back (1013), not to sign in again, while the token cannot be looked at', async () => {
    test.sessions.set('ama', new AurionError('STORE_UNAVAILABLE'));
    const page = await test.connect();
    page.send({ type: 'auth', token: 'ama' });
    await page.closedWith(1013);

    const looking = new Promise<void>((resolve) => {
      test.authenticate = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const waiting = await test.connect();
    waiting.send({ type: 'auth', token: 'ama' });
    await looking;
    await test.clock.advance(5500);
    await waiting.closedWith(1013);
  });

  it('survives a home that fails inside', async () => {
    test.authenticate = () => Promise.reject(new TypeError('oops'));
    const page = await test.connect();
    page.send({ type: 'auth', token: 'ama' });
    await page.closedWith(1011);
    assert.match(test.logger.lines.join(), /oops/);
  });

  it('does not let a client sign in twice on a socket', async () => {
    const page = await test.signIn();
    page.send({ type: 'auth', token: 'ama' });
    await page.closedWith(1008);
  });

  describe('S13: a foreign page', () => {
    const upgrade = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`ws://127.0.0.1:${test.port}/ws`, { headers });
      const answered = await Promise.race([
        once(socket, 'unexpected-response').then(
          ([, res]) => (res as { statusCode: number }).statusCode,
        ),
        once(socket, 'open').then(() => 101),
      ]);
      socket.on('error', () => undefined);
      socket.terminate();
      return answered;
    };

    it('is refused at the upgrade with 403', async () => {
      for (const origin of ['http://evil.example', 'null', 'http://localhost:3000.evil.example']) {
        assert.equal(await upgrade({ origin }), 403, origin);
      }
      assert.equal(
        await upgrade({
          'sec-websocket-origin': 'http://evil.example',
          'sec-websocket-version': '8',
        }),
        403,
      );
      assert.equal(await upgrade({ origin: 'http://localhost:3000' }), 101);
      assert.equal(await upgrade({}), 101);
      await test.until(() => test.openSockets === 0);
    });
  });

  describe('S4: when a session ends', () => {
    beforeEach(() => {
      test.account(1, 'ama.phone');
      test.account(2, 'kofi');
    });

    it('its sockets close with 4401 at once', async () => {
      const [page, second, phone] = [
        await test.signIn('ama'),
        await test.signIn('ama'),
        await test.signIn('ama.phone'),
      ];
      test.endpoint.endSessions({ sessionId: 'ama' });
      assert.equal(test.endpoint.clients, 1);
      await page.closedWith(4401);
      await second.closedWith(4401);
      assert.deepEqual(await phone.sync(), []);
    });

    it('or all of its account but the one that goes on', async () => {
      const [page, phone, kofi] = [
        await test.signIn('ama'),
        await test.signIn('ama.phone'),
        await test.signIn('kofi'),
      ];
      test.endpoint.endSessions({ accountId: 1, except: 'ama' });
      await phone.closedWith(4401);
      await page.sync();
      test.endpoint.endSessions({ accountId: 1 });
      await page.closedWith(4401);
      await kofi.sync();
    });

    it('a socket is sent nothing any more', async () => {
      const page = await test.signIn();
      test.endpoint.endSessions({ sessionId: 'ama' });
      test.endpoint.publish(test.event(1));
      test.endpoint.notify({ message: 'x', timestamp: 'y', severity: 'info' });
      await page.closedWith(4401);
      await assert.rejects(page.next());
    });

    it('in another process, it is found out within 3 s (5 s with what a home believes)', async () => {
      const pages = [await test.signIn('ama'), await test.signIn('ama')];
      const kofi = await test.signIn('kofi');
      test.sessions.set('ama', new AurionError('SESSION_EXPIRED'));
      await test.clock.advance(3000);
      for (const page of pages) await page.closedWith(4401);
      await kofi.sync();
    });

    it('one look serves all sockets of a session, and a store that is away signs nobody out', async () => {
      for (let i = 0; i < 5; i++) await test.signIn('ama');
      test.looks = 0;
      test.sessions.set('ama', new AurionError('STORE_UNAVAILABLE'));
      await test.clock.advance(3000);
      assert.equal(test.looks, 1);
      assert.equal(test.endpoint.clients, 5);
    });
  });
});
