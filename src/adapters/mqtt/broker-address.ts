import type { IClientOptions } from 'mqtt';
import { AurionError } from '../../contract/errors';

const PORTS = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 } as const;

export interface BrokerAddress {
  /** Host and port, for logs. */
  readonly name: string;
  /** Where its port is, as sockets want it. */
  readonly host: string;
  readonly port: number;
  readonly connect: Pick<IClientOptions, 'protocol' | 'host' | 'port' | 'path'>;
  /** From the URL, where it has them. */
  readonly username?: string;
  readonly password?: string;
}

/**
 * Reads `mqtt://`, `mqtts://`, `ws://` and `wss://` addresses. mqtt.js gets the parts only: from a URL
 * it would also take a client id, and both sockets the same.
 * @throws BROKER_UNAVAILABLE, whose cause says what is wrong with it
 */
export function readBrokerUrl(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !isKnown(url.protocol) || url.hostname === '') {
    const cause = new Error('the address must read mqtt://, mqtts://, ws:// or wss://host:port');
    throw new AurionError('BROKER_UNAVAILABLE', { cause });
  }
  const port = url.port === '' ? PORTS[url.protocol] : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isWeb = url.protocol.startsWith('ws');
  return {
    name: `${url.hostname}:${port}`,
    host,
    port,
    connect: {
      protocol: url.protocol.slice(0, -1) as 'mqtt',
      host: isWeb ? url.hostname : host,
      port,
      ...(isWeb && { path: url.pathname + url.search }),
    },
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
}

function isKnown(protocol: string): protocol is keyof typeof PORTS {
  return Object.hasOwn(PORTS, protocol);
}
