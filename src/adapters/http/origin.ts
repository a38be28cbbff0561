import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Origin } from '../../contract/operation';

const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
];

/**
 * Where a request came from. Loopback only counts if its peer and the Host it names are this machine
 * and nothing says that a proxy stands in front, since a proxy here makes everybody look local.
 * @param settings `proxied` if a proxy or a public address exists; `trustProxy` if the address is what
 *   the proxy says: the last of `X-Forwarded-For`, since all before it may be made up
 */
export function originOf(
  req: IncomingMessage,
  { proxied, trustProxy }: { readonly proxied: boolean; readonly trustProxy: boolean },
): Origin {
  const peer = req.socket.remoteAddress ?? null;
  const address = (trustProxy ? lastForwarded(req) : null) ?? peer;
  const loopback =
    !proxied &&
    peer !== null &&
    isLoopback(peer) &&
    isLoopbackHost(req.headers.host) &&
    !FORWARDING_HEADERS.some((name) => req.headers[name] !== undefined) &&
    !Object.keys(req.headers).some((name) => name.startsWith('x-forwarded-'));
  return { loopback, address };
}

function lastForwarded({ headers }: IncomingMessage): string | null {
  const list = headers['x-forwarded-for'];
  const last = (typeof list === 'string' ? list : (list?.at(-1) ?? '')).split(',').at(-1)?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : null;
}

/** True for 127.0.0.0/8, ::1, and 127.0.0.0/8 written as IPv6. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || (name !== undefined && isLoopback(name));
}
