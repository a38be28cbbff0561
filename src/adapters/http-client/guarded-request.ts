import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AurionError } from '../../contract/errors';
import { printable } from '../../contract/safe-input';

export interface GuardedRequestOptions {
  /** Host names and addresses that may lie in private networks, in lower case. */
  readonly allowedHosts: readonly string[];
  readonly timeoutMs: number;
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: string;
  /** All addresses of a name; the system's. Tests have their own. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

const ANSWER_BYTES_MAX = 256 * 1024;

/**
 * A request to an address somebody typed in: no redirects, no proxies, no credentials of ours, a time
 * that is short and an answer that is small. A name is looked up once, and the addresses that were
 * checked are the ones connected to, so that a name that changes its mind in between gains nothing
 * (QUALITY S23).
 * @returns the body of a 2xx answer
 * @throws ADDRESS_FORBIDDEN for an address in a private network that is not allowed by name, Error
 * saying what else went wrong
 */
export async function guardedRequest(
  address: string,
  options: GuardedRequestOptions,
): Promise<string> {
  const { response, signal } = await open(address, options);
  try {
    return await readAll(response);
  } catch (error) {
    response.destroy();
    throw signal.aborted ? late() : error;
  }
}

/** The same for who only wants to tell something: a 2xx status counts, whatever follows. @throws as `guardedRequest` */
export async function guardedPost(
  address: string,
  options: Omit<GuardedRequestOptions, 'method'>,
): Promise<void> {
  const { response } = await open(address, { ...options, method: 'POST' });
  response.on('error', () => undefined);
  response.destroy();
}

async function open(
  address: string,
  options: GuardedRequestOptions,
): Promise<{ response: IncomingMessage; signal: AbortSignal }> {
  const { resolve = resolveAll, allowedHosts } = options;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw forbidden(url.protocol);
  const host = hostOf(url);
  const signal = AbortSignal.timeout(options.timeoutMs);
  const addresses = isIP(host) ? [host] : await within(signal, resolve(host));
  if (addresses.length === 0) throw new Error(`${printable(host)} has no address`);
  if (!allowedHosts.includes(host) && !addresses.every(isPublic)) throw forbidden(host);
  return { response: await exchange(url, addresses, signal, options), signal };
}

/** True for an address that `guardedRequest` never reaches: this machine or a private network by its number or as `localhost`, and not allowed. What a name stands for is seen when it is called. */
export function isForbidden(address: string, allowedHosts: readonly string[]): boolean {
  const host = hostOf(new URL(address));
  if (allowedHosts.includes(host)) return false;
  return isIP(host) ? !isPublic(host) : /(^|\.)localhost\.?$/.test(host);
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** True for an address of the public Internet: neither loopback, private, link-local, nor any other special range. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` turns an IPv4 address in IPv6 clothes into what it is.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (!(parsed instanceof ipaddr.IPv6)) return true;
  // Only what is assigned; and no IPv4 address inside an IPv6 one.
  return parsed.match(ipaddr.IPv6.parse('2000::'), 3);
}

function exchange(
  url: URL,
  addresses: readonly string[],
  signal: AbortSignal,
  { method = 'GET', body }: GuardedRequestOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      headers: {
        Accept: 'application/json',
        'User-Agent': 'Aurion',
        ...(body !== undefined && {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
        }),
      },
      lookup: lookupAmong(addresses),
      // A connection of its own, to an address that was checked for this very request.
      agent: false,
      signal,
    });
    request.on('error', (error) => reject(signal.aborted ? late() : error));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        resolve(response);
        return;
      }
      request.destroy();
      reject(new Error(`answered ${status}`));
    });
    request.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > ANSWER_BYTES_MAX) throw new Error('answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A look-up that answers with what was looked up and checked before. */
function lookupAmong(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address): LookupAddress => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    const [first] = found;
    if (all) callback(null, found);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

function resolveAll(hostname: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error) reject(new Error(`${printable(hostname)} is not found`, { cause: error }));
      else resolve(found.map(({ address }) => address));
    });
  });
}

function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(late());
    signal.addEventListener('abort', abort, { once: true });
    work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
  });
}

function late(): Error {
  return new Error('no answer in time');
}

function forbidden(host: string): AurionError {
  return new AurionError('ADDRESS_FORBIDDEN', { params: { host: printable(host) } });
}
