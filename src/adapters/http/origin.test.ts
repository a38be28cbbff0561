import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'mocha';
import { originOf } from './origin';

describe('where a request came from', () => {
  const request = (
    headers: Record<string, string> = {},
    { peer = '127.0.0.1', httpVersion = '1.1' } = {},
  ) =>
    ({
      socket: { remoteAddress: peer },
      httpVersion,
      headers: { host: 'localhost', ...headers },
    }) as unknown as IncomingMessage;
  const forwarded = (list?: string) =>
    request(list === undefined ? {} : { 'x-forwarded-for': list });
  const isLocal = (
    headers: Record<string, string>,
    more?: { peer?: string; httpVersion?: string },
  ) => originOf(request(headers, more), { proxied: false, trustProxy: false }).loopback;

  it('S7: is its peer, whatever it says itself', () => {
    const origin = originOf(forwarded('192.0.2.7'), { proxied: false, trustProxy: false });
    assert.deepEqual(origin, { address: '127.0.0.1', loopback: false });
  });

  it('S7: behind a trusted proxy is what that one added, not what was there before', () => {
    const settings = { proxied: true, trustProxy: true };
    const address = (list?: string) => originOf(forwarded(list), settings).address;
    assert.equal(address('203.0.113.9, 192.0.2.7'), '192.0.2.7');
    assert.equal(address('2001:db8::1'), '2001:db8::1');
    assert.equal(address('192.0.2.7, unknown'), '127.0.0.1');
    assert.equal(address(), '127.0.0.1');
  });

  it('S10: is this machine for a program here, by whichever name', () => {
    for (const host of [
      'localhost',
      'localhost:5000',
      '127.0.0.1:5000',
      '[::1]:5000',
      'LOCALHOST',
    ]) {
      assert.equal(isLocal({ host }), true, host);
    }
    assert.equal(isLocal({ connection: 'keep-alive' }, { peer: '::1' }), true);
    assert.equal(isLocal({}, { peer: '::ffff:127.0.0.1' }), true);
  });

  it('S10: is not this machine from elsewhere, or by another name', () => {
    assert.equal(isLocal({}, { peer: '192.0.2.7' }), false);
    for (const host of ['maison.example', 'localhost.maison.example', '192.0.2.7', '']) {
      assert.equal(isLocal({ host }), false, host);
    }
  });

  it('S10: is not this machine with any mark of a proxy, also of one that adds no header', () => {
    assert.equal(isLocal({}, { httpVersion: '1.0' }), false);
    for (const [name, value] of [
      ['connection', 'close'],
      ['connection', 'Close'],
      ['via', '1.1 proxy'],
      ['forwarded', 'for=127.0.0.1'],
      ['x-real-ip', '127.0.0.1'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-forwarded-anything', ''],
      ['cf-connecting-ip', '127.0.0.1'],
    ] as const) {
      assert.equal(isLocal({ [name]: value }), false, name);
    }
  });

  it('S10: is this machine for its own pages only, if a page asks', () => {
    const here = 'http://localhost:5173';
    for (const headers of [
      { origin: here },
      { origin: 'http://127.0.0.1:5000', 'sec-fetch-site': 'same-origin' },
      { origin: here, 'sec-fetch-site': 'cross-site' },
      { referer: 'http://[::1]:5000/api/docs', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      assert.equal(isLocal(headers), true, JSON.stringify(headers));
    }
    for (const headers of [
      { origin: 'https://maison.example' },
      { origin: 'null' },
      { origin: 'https://maison.example', 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost.maison.example' },
      { referer: 'https://maison.example/page' },
      { origin: here, referer: 'https://maison.example/' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'something new' },
    ]) {
      assert.equal(isLocal(headers), false, JSON.stringify(headers));
    }
  });

  it('S10: is never this machine once a proxy or a public address is known', () => {
    assert.equal(originOf(request(), { proxied: true, trustProxy: false }).loopback, false);
  });
});
