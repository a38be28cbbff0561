import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Origin } from '../../contract/operation';

/** What proxies add; beside all of `X-Forwarded-…`. */
const PROXY_HEADERS = [
  ...['forwarded', 'via', 'proxy-connection', 'cdn-loop'],
  ...['x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-original-forwarded-for'],
  ...['x-original-host', 'x-original-url', 'x-scheme', 'x-proxyuser-ip'],
  ...['cf-connecting-ip', 'true-client-ip', 'fastly-client-ip'],
];

/**
 * Where a request came from. Loopback only counts if its peer and the Host it names are this machine
 * and nothing says that a proxy stands in front, since a proxy here makes everybody look local; and if
 * a browser that says which page asks says that it is this machine's. A proxy can still keep silent
 * about all of that: only `proxied` is sure.
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
    !hasMarksOfProxy(req) &&
    isAskedByThisMachine(req.headers);
  return { loopback, address };
}

/** Proxies speak HTTP/1.0, or ask for a connection a request (nginx does both unless told otherwise), which the clients of this machine do not. */
function hasMarksOfProxy({ headers, httpVersion }: IncomingMessage): boolean {
  return (
    httpVersion !== '1.1' ||
    headers.connection?.toLowerCase() === 'close' ||
    PROXY_HEADERS.some((name) => headers[name] !== undefined) ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-'))
  );
}

/** What a browser says of the page that asks; a program says nothing. */
function isAskedByThisMachine({
  origin,
  referer,
  'sec-fetch-site': site,
}: IncomingMessage['headers']): boolean {
  const pages = [origin, referer].filter((page) => page !== undefined);
  if (!pages.every(isPageOfThisMachine)) return false;
  // `localhost` and `127.0.0.1` are other sites to a browser, and still this machine.
  return pages.length > 0 || site === undefined || site === 'same-origin' || site === 'none';
}

function isPageOfThisMachine(address: string): boolean {
  return URL.canParse(address) && isLoopbackHost(new URL(address).host);
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
