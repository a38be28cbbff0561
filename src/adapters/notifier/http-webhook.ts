import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AurionError } from '../../contract/errors';
import { printable } from '../../contract/safe-input';
import type { Webhook } from '../../ports/webhook';

export interface WebhookOptions {
  /** Host names and addresses that may lie in private networks. */
  readonly allowedHosts: readonly string[];
  /** Tests take less. */
  readonly timeoutMs?: number;
  /** All addresses of a name; the system's. Tests have their own. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * Posts JSON, and nothing more: no redirects, no proxies, no credentials of ours. A name is looked up
 * once, and the addresses that were checked are the ones connected to, so that a name that changes
 * its mind in between gains nothing (QUALITY S23).
 */
export function createHttpWebhook(options: WebhookOptions): Webhook {
  const { timeoutMs = TIMEOUT_MS, resolve = resolveAll } = options;
  const allowed = new Set(options.allowedHosts.map((host) => host.toLowerCase()));

  return {
    async post(address, body) {
      const url = new URL(address);
      if (url.protocol !== 'http:' && url.protocol !== 'https:') throw forbidden(url.protocol);
      const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
      const signal = AbortSignal.timeout(timeoutMs);
      const addresses = isIP(host) ? [host] : await within(signal, resolve(host));
      if (addresses.length === 0) throw new Error(`${printable(host)} has no address`);
      if (!allowed.has(host) && !addresses.every(isPublic)) throw forbidden(host);
      await exchange(url, JSON.stringify(body), addresses, signal);
    },
  };
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
  body: string,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Aurion',
      },
      lookup: lookupAmong(addresses),
      // A connection of its own, to an address that was checked for this very request.
      agent: false,
      signal,
    });
    request.on('error', (error) => reject(signal.aborted ? new Error('no answer in time') : error));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > ANSWER_BYTES_MAX) request.destroy();
      });
      response.on('error', reject);
      // The status counts, whatever follows.
      if (status >= 200 && status < 300) resolve();
      else reject(new Error(`answered ${status}`));
    });
    request.end(body);
  });
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
    const late = () => reject(new Error('no answer in time'));
    signal.addEventListener('abort', late, { once: true });
    work.finally(() => signal.removeEventListener('abort', late)).then(resolve, reject);
  });
}

function forbidden(host: string): AurionError {
  return new AurionError('ADDRESS_FORBIDDEN', { params: { host: printable(host) } });
}
