import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import type { LiveClient } from './live-home';
import { LiveTest } from './live-test.suite';

describe('the WebSocket end point', () => {
  let test: LiveTest;
  beforeEach(async () => {
    test = await LiveTest.open();
    test.account(2, 'kofi');
  });
  afterEach(() => test.remove());

  it('sends events and notifications as the contract shows them, to signed-in clients only', async () => {
    const stranger = await test.connect();
    const page = await test.signIn();
    test.endpoint.publish(test.event(5));
    test.endpoint.notify({ message: 'Fumée', timestamp: 'now', severity: 'critical', alertId: 3 });
    const [event, notification] = await page.sync();
    const { cursor, ...rest } = event!;
    assert.deepEqual(rest, {
      type: 'event',
      event: 'device.status',
      data: { id: 5 },
      timestamp: '2026-11-22T12:00:00.000Z',
    });
    assert.equal(typeof cursor, 'string');
    assert.deepEqual(notification, {
      type: 'notification',
      message: 'Fumée',
      timestamp: 'now',
      severity: 'critical',
      alertId: 3,
    });
    assert.deepEqual(await stranger.sync(), []);
  });

  it('tells whenever the number of signed-in clients has changed', async () => {
    const counts: number[] = [];
    const end = test.endpoint.onClients(() => counts.push(test.endpoint.clients));
    await test.connect();
    const page = await test.signIn();
    await test.signIn('kofi');
    const left = new Promise<void>((resolve) => {
      const endAlso = test.endpoint.onClients(() => {
        endAlso();
        resolve();
      });
    });
    page.socket.close();
    await left;
    end();
    await test.signIn();
    assert.deepEqual(counts, [1, 2, 1]);
  });

  it('serialises an event once for all clients', async () => {
    for (let i = 0; i < 5; i++) await test.signIn();
    let serialised = 0;
    const data = { toJSON: () => ({ id: (serialised += 1) }) };
    test.endpoint.publish({ ...test.event(1), data } as never);
    assert.equal(serialised, 1);
  });

  it('notifies the accounts it is told to', async () => {
    const [ama, kofi] = [await test.signIn('ama'), await test.signIn('kofi')];
    const notification = { message: 'x', timestamp: 'y', severity: 'info' } as const;
    test.endpoint.notify(notification, (accountId) => accountId === 2);
    assert.deepEqual(await ama.sync(), []);
    assert.deepEqual(await kofi.sync(), [{ type: 'notification', ...notification }]);
  });

  describe('with a flow that listens', () => {
    it('hands on frames it does not know, with who sent them and a way to answer', async () => {
      const clients: LiveClient[] = [];
      test.endpoint.onMessage((client, fields) => {
        clients.push(client);
        assert.equal(client.send({ type: 'echo', fields }), true);
      });
      const [page, other] = [await test.signIn(), await test.signIn('kofi')];
      page.send({ type: 'light', on: true });
      const echo = await page.next();
      assert.deepEqual(echo, { type: 'echo', fields: { type: 'light', on: true } });
      const [client] = clients as [LiveClient];
      assert.equal(client.actor.name, 'ama');
      assert.equal(test.endpoint.sendTo(client.id, { type: 'later' }), true);
      assert.deepEqual(await page.sync(), [{ type: 'later' }]);
      assert.deepEqual(await other.sync(), []);

      page.socket.close();
      await page.closed;
      assert.equal(client.send({ type: 'late' }), false);
      assert.equal(test.endpoint.sendTo(client.id, { type: 'late' }), false);
    });

    it('hears nothing of strangers, and no frame with dangerous keys', async () => {
      let heard = 0;
      test.endpoint.onMessage(() => heard++);
      const stranger = await test.connect();
      stranger.send({ type: 'light' });
      await stranger.closedWith(4401);
      const page = await test.signIn();
      page.send('{"type":"light","a":{"__proto__":{"admin":true}}}');
      await page.closedWith(1008);
      assert.equal(heard, 0);
    });

    it('survives a listener that throws, and knows no such frames once nobody listens', async () => {
      const end = test.endpoint.onMessage(() => {
        throw new Error('oops');
      });
      const page = await test.signIn();
      page.send({ type: 'light' });
      await page.sync();
      assert.match(test.logger.lines.join(), /oops/);
      end();
      page.send({ type: 'light' });
      await page.closedWith(1008);
    });

    it('sees what changed of the account meanwhile', async () => {
      const names: string[] = [];
      test.endpoint.onMessage(({ actor }) => names.push(actor.name));
      const page = await test.signIn();
      const session = { kind: 'account', accountId: 1, role: 'user', sessionId: 'ama' } as const;
      test.sessions.set('ama', { ...session, name: 'Ama K.' });
      await test.clock.advance(3000);
      page.send({ type: 'x' });
      await page.sync();
      assert.deepEqual(names, ['Ama K.']);
    });
  });

  describe('F7: when it closes', () => {
    it('sends everybody away with 1001, takes nobody, and leaves no timer', async () => {
      const [page, stranger] = [await test.signIn(), await test.connect()];
      const closing = test.endpoint.close();
      await page.closedWith(1001);
      await stranger.closedWith(1001);
      await closing;
      assert.equal(test.clock.timers, 0);
      assert.equal(test.endpoint.clients, 0);
      test.endpoint.publish(test.event(1));
      await assert.rejects(test.connect(), /503/);
    });

    it('does not wait longer than a second for a client that does not answer', async () => {
      const page = await test.signIn();
      page.socket.pause();
      const closing = test.endpoint.close();
      await test.clock.advance(1000);
      await closing;
      assert.equal(test.clock.timers, 0);
      const begunMs = performance.now();
      await test.until(() => test.openSockets === 0);
      assert.ok(performance.now() - begunMs < 1000, 'its socket was left to time out');
    });

    it('signs nobody in whose token was just being looked at', async () => {
      let found: (() => void) | undefined;
      const { authenticate } = test;
      test.authenticate = (token) =>
        new Promise((resolve) => (found = () => resolve(authenticate(token))));
      const page = await test.connect(['aurion.v1', 'ama']);
      const closing = test.endpoint.close();
      found?.();
      await page.closedWith(1001);
      await closing;
      assert.equal(test.endpoint.clients, 0);
    });
  });

  it('answers a ping of a page, which cannot see those of WebSocket itself', async () => {
    const page = await test.signIn();
    page.send({ type: 'ping' });
    assert.deepEqual(await page.next(), { type: 'pong' });
  });

  it('takes up no timer while nobody is connected', async () => {
    assert.equal(test.clock.timers, 0);
    const page = await test.signIn();
    assert.equal(test.clock.timers, 1);
    await test.signIn();
    assert.equal(test.clock.timers, 1, 'one for all');
    assert.equal(page.socket.readyState, WebSocket.OPEN);
  });
});
