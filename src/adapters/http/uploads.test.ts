import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { FakeClock } from '../../../test/support/fake-clock';
import { TestHome } from '../../../test/support/test-home';
import type { Exchange } from '../exchange';
import { ANSWER_WITHIN_MS, BODY_WITHIN_MS } from './api';

describe('an upload', () => {
  let test: TestHome;
  const clock = new FakeClock();
  afterEach(() => test.remove());

  /** Announces a body and sends as much of it as is given. */
  async function upload(
    path: string,
    part: string,
    length = part.length,
    from = '192.0.2.1',
  ): Promise<Socket> {
    const socket = connect(test.port, '127.0.0.1');
    const before = test.home.api.inFlight;
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${from}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${part}`,
    );
    // Turns of the loop until it has come to the API.
    while (test.home.api.inFlight === before) await new Promise(setImmediate);
    return socket;
  }

  it('F15: that is too slow is 408 and its connection ends; no flow is blamed for it', async () => {
    test = await TestHome.open({}, {}, { clock });
    const socket = await upload('/auth/login', '{"email":', 100);
    const answer = text(socket);
    await clock.advance(BODY_WITHIN_MS + 1000);
    assert.match(await answer, /^HTTP\/1\.1 408 [^]*Connection: close[^]*"code":"BODY_TIMEOUT"/i);
    assert.deepEqual([test.home.api.lost, test.home.api.inFlight], [0, 0]);
    assert.deepEqual(
      test.logger.lines.filter((line) => /^(warn|error).*Request/.test(line)),
      [],
    );
  });

  it('F15: that has come leaves its flow all its time, however slow it was', async () => {
    test = await TestHome.open({}, {}, { clock });
    let arrived: (exchange: Exchange) => void = () => undefined;
    const inFlow = new Promise<Exchange>((resolve) => (arrived = resolve));
    test.gate = () => (exchange) => {
      exchange.lastNode = 'mine';
      arrived(exchange);
    };
    const body = JSON.stringify({ email: 'ama@maison.tg', password: 'x' });
    const socket = await upload('/auth/login', body.slice(0, 10), body.length);
    await clock.advance(BODY_WITHIN_MS - 1000);
    socket.write(body.slice(10));
    const exchange = await inFlow;
    await clock.advance(ANSWER_WITHIN_MS - 1000);
    assert.equal(exchange.answered, false);
    await clock.advance(2000);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 504 [^]*REQUEST_LOST/);
    assert.equal(test.home.api.lost, 1);
    socket.destroy();
  });

  it('S8: of sign-ins beyond those that can have their turn nothing is read; a body that does not come holds no place', async () => {
    test = await TestHome.open({ trustProxy: 'on' }, {}, { clock });
    const waiting: Exchange[] = [];
    test.gate = () => (exchange) => void waiting.push(exchange);
    const open: Socket[] = [];
    for (let i = 0; i < 40; i += 1) open.push(await upload('/auth/login', '{', 100));
    const body = JSON.stringify({ email: 'ama@maison.tg', password: 'x' });
    const come = async (from: string) => {
      const before = waiting.length;
      open.push(await upload('/auth/login', body, body.length, from));
      while (waiting.length === before) await new Promise(setImmediate);
    };
    /** Refused before its body is there. */
    const isRefused = async (from: string) => {
      const socket = connect(test.port, '127.0.0.1');
      open.push(socket);
      socket.write(
        `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${from}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`,
      );
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 503 [^]*Retry-After: 2[^]*SERVICE_BUSY/i);
    };
    for (let i = 0; i < 8; i += 1) await come('192.0.2.1');
    await isRefused('192.0.2.1');
    for (let i = 0; i < 8; i += 1) await come(`198.51.100.${i}`);
    await isRefused('203.0.113.1');
    // Others are served meanwhile, and a place that is free again is given.
    assert.equal((await test.request('GET', '/health/live')).status, 200);
    waiting.at(-1)?.succeed({});
    await come('203.0.113.1');
    for (const each of open) each.destroy();
  });
});
