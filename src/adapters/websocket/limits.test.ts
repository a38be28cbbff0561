import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { memoryUsage } from 'node:process';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { idsOf, LiveTest, type Page } from './live-test.suite';

describe("the WebSocket end point's limits", () => {
  let test: LiveTest;
  let other: Page;
  beforeEach(async () => {
    test = await LiveTest.open({ strangers: 5 });
    test.account(2, 'kofi');
    other = await test.signIn('kofi');
  });
  afterEach(async () => {
    test.endpoint.publish(test.event(77));
    assert.deepEqual(idsOf(await other.sync()).at(-1), 77, 'the others are unaffected');
    await test.remove();
  });

  it('S13: closes a binary frame with 1003', async () => {
    const page = await test.signIn();
    page.socket.send(Buffer.from('{}'));
    await page.closedWith(1003);
  });

  it('S13: closes with 1007 what is not JSON or not UTF-8', async () => {
    for (const text of ['', '{"type":"resume"', 'undefined', '\ufeff{}']) {
      const page = await test.signIn();
      page.send(text);
      await page.closedWith(1007);
    }
    const page = await test.signIn();
    page.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    await page.closedWith(1007);
  });

  it('S13: closes with 1008 what is against the rules', async () => {
    for (const text of [
      '[]',
      'null',
      '7',
      '{"type":"subscribe"}',
      '{"type":"subscribe","events":"device.status"}',
      '{"type":"subscribe","events":["device.status","__proto__"]}',
      '{"type":"subscribe","events":[["device.status"]]}',
      '{"type":"resume"}',
      '{"type":"resume","cursor":7}',
      '{"type":"light"}',
      '{}',
      '{"type":"light","__proto__":{"admin":true}}',
      `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      `{"type":"subscribe","events":["${'é'.repeat(500)}"]}`,
    ]) {
      const page = await test.signIn();
      page.send(text);
      await page.closedWith(1008);
    }
  });

  it('names the event that a subscribe has wrong', async () => {
    const page = await test.signIn();
    page.send({ type: 'subscribe', events: ['devise.status'] });
    assert.equal(await page.closedWith(1008), 'Unknown event: devise.status');
  });

  it('S13: closes a frame of 65 KiB with 1009, signed in or not; 64 KiB pass', async () => {
    const stranger = await test.connect();
    stranger.send('x'.repeat(65 * 1024));
    await stranger.closedWith(1009);

    const page = await test.signIn();
    const overhead = '{"type":"resume","cursor":""}'.length;
    page.send({ type: 'resume', cursor: 'x'.repeat(64 * 1024 - overhead) });
    assert.equal((await page.next()).type, 'reset');
    page.send('x'.repeat(65 * 1024));
    await page.closedWith(1009);
  });

  it('S13: closes with 1008 a frame that comes in crumbs', async () => {
    const page = await test.signIn();
    for (let i = 0; i < 300; i++) page.socket.send('x', { fin: false });
    await page.closedWith(1008);
  });

  it('S13: closes with 4429 who sends more than 50 frames/s beyond 100 at once, pings too', async () => {
    const noise = JSON.stringify({ type: 'subscribe', events: [] });
    const flood = await test.signIn();
    for (let i = 0; i < 1000; i++) flood.send(noise);
    await flood.closedWith(4429);

    const pinging = await test.signIn();
    for (let i = 0; i < 1000; i++) pinging.socket.ping();
    await pinging.closedWith(4429);
  });

  it('S13: a client that keeps to 50 frames/s stays', async () => {
    const page = await test.signIn();
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 49; i++) page.send({ type: 'subscribe', events: [] });
      await page.sync();
      await test.clock.advance(1000);
    }
    await page.sync();
  });

  it('S13: closes the 11th socket of one user and each that follows with 4429; the first ten stay, and a place that is free is free', async () => {
    const pages: Page[] = [];
    for (let i = 0; i < 10; i++) pages.push(await test.signIn());
    const late = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const page = await test.connect(['aurion.v1', 'ama']);
        return page.closed;
      }),
    );
    for (const { code } of late) assert.equal(code, 4429);
    for (const page of pages) await page.sync();
    pages[0]!.socket.close();
    await test.until(() => test.endpoint.clients === 10);
    await pages[0]!.closed;
    await test.signIn();
  });

  it('S13: pushes out the oldest of too many who do not sign in, so that nobody is kept from signing in', async () => {
    const strangers: Page[] = [];
    for (let i = 0; i < 12; i++) strangers.push(await test.connect());
    for (const page of strangers.slice(0, 7)) await page.closedWith(4429);
    assert.equal(test.openSockets, 6);
    const page = await test.signIn();
    await page.sync();
  });

  it('S13: sockets of one address that do not sign in push out each other, and nobody from elsewhere', async () => {
    const from = (address: string) => test.connect([], { headers: { 'x-from': address } });
    const early = await from('192.0.2.7');
    const crowd: Page[] = [];
    // One household, whichever of its addresses it takes.
    for (let i = 1; i <= 12; i++) crowd.push(await from(`2001:db8:1:2::${i}`));
    const late = await from('192.0.2.8');
    for (const page of crowd.slice(0, 9)) await page.closedWith(4429);
    for (const page of [early, late]) {
      page.send({ type: 'auth', token: 'ama' });
      assert.equal((await page.next()).type, 'ready');
    }
  });

  it('S13: drops a client that never reads once its queue is full; memory stays flat', async () => {
    const deaf = await test.signIn();
    deaf.socket.pause();
    const text = 'x'.repeat(200_000);
    const before = memoryUsage();
    let sent = 0;
    for (; test.endpoint.clients === 2 && sent < 500; sent++) {
      const event = { ...test.event(sent), data: { id: sent } };
      test.endpoint.publish(event as never);
      test.endpoint.broadcast({ type: 'notification', text });
      await other.sync();
    }
    assert.equal(test.endpoint.clients, 1);
    assert.ok(sent < 200, `${sent * 0.2} MB were taken`);
    await test.until(() => test.openSockets === 1);
    const { arrayBuffers } = memoryUsage();
    assert.ok(arrayBuffers - before.arrayBuffers < 40e6, `${arrayBuffers - before.arrayBuffers}`);
  });

  it('S13: a client that sends and never reads is dropped, too', async () => {
    const socket = connect(test.port, '127.0.0.1');
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'Sec-WebSocket-Protocol: aurion.v1, ama\r\n\r\n',
    );
    socket.on('error', () => undefined);
    await test.until(() => test.endpoint.clients === 2);
    const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
    socket.write(Buffer.concat(Array.from({ length: 1000 }, () => ping)));
    await test.until(() => test.endpoint.clients === 1);
    socket.resume();
    await once(socket, 'close');
  });

  it('keeps a client that reads slowly but catches up', async () => {
    const page = await test.signIn();
    for (let round = 0; round < 5; round++) {
      page.socket.pause();
      for (let i = 0; i < 20; i++) test.endpoint.broadcast({ type: 'x', text: 'x'.repeat(10_000) });
      page.socket.resume();
      assert.equal((await page.sync()).length, 20);
    }
    await other.sync();
  });

  describe('the heartbeat', () => {
    it('pings every 10 s and keeps who answers', async () => {
      const page = await test.signIn();
      let pings = 0;
      page.socket.on('ping', () => pings++);
      for (let i = 0; i < 6; i++) {
        await test.clock.advance(10_000);
        await page.sync();
        await other.sync();
      }
      assert.equal(pings, 6);
    });

    it('drops who is silent for 20 s', async () => {
      const page = await test.connect([], { autoPong: false });
      page.send({ type: 'auth', token: 'ama' });
      await page.next();
      await test.clock.advance(10_000);
      await other.sync();
      await test.clock.advance(9500);
      await other.sync();
      assert.equal(test.endpoint.clients, 2);
      await test.clock.advance(1000);
      assert.equal(test.endpoint.clients, 1);
      await page.closedWith(1006);
    });

    it('takes time in which the process stood still for nobody’s silence', async () => {
      const stranger = await test.connect();
      // The clock jumps, as after a suspend: the next tick comes late.
      const jump = test.clock.monotonicMs() + 60_000;
      test.clock.monotonicMs = () => jump;
      await test.clock.advance(500);
      await other.sync();
      stranger.send({ type: 'auth', token: 'ama' });
      assert.equal((await stranger.next()).type, 'ready');
    });
  });
});
