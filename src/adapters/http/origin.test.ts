import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'mocha';
import { originOf } from './origin';

describe('where a request came from', () => {
  const request = (forwardedFor?: string) =>
    ({
      socket: { remoteAddress: '127.0.0.1' },
      headers: { host: 'localhost', ...(forwardedFor && { 'x-forwarded-for': forwardedFor }) },
    }) as unknown as IncomingMessage;

  it('S7: is its peer, whatever it says itself', () => {
    const origin = originOf(request('192.0.2.7'), { proxied: false, trustProxy: false });
    assert.deepEqual(origin, { address: '127.0.0.1', loopback: false });
  });

  it('S7: behind a trusted proxy is what that one added, not what was there before', () => {
    const settings = { proxied: true, trustProxy: true };
    const address = (list?: string) => originOf(request(list), settings).address;
    assert.equal(address('203.0.113.9, 192.0.2.7'), '192.0.2.7');
    assert.equal(address('2001:db8::1'), '2001:db8::1');
    assert.equal(address('192.0.2.7, unknown'), '127.0.0.1');
    assert.equal(address(), '127.0.0.1');
  });
});
