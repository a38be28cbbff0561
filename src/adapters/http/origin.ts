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
 * @param proxied true if the settings say that a proxy or a public address exists
 */
export function originOf(req: IncomingMessage, proxied: boolean): Origin {
  const address = req.socket.remoteAddress ?? null;
  const loopback =
    !proxied &&
    address !== null &&
    isLoopback(address) &&
    isLoopbackHost(req.headers.host) &&
    !FORWARDING_HEADERS.some((name) => req.headers[name] !== undefined) &&
    !Object.keys(req.headers).some((name) => name.startsWith('x-forwarded-'));
  return { loopback, address };
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
