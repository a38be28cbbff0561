import type { Text } from '../../contract/language';
import { printable } from '../../contract/safe-input';
import type { Verdict } from '../../contract/verdict';
import { TimedOut } from '../within';
import type { BrokerAddress } from './broker-address';
import { CREDENTIALS_REFUSED, DisconnectError, textOf } from './failure';

/** What may be wrong with a broker outside, as the editor tells it. */
export type BrokerFault =
  | 'name-unknown'
  | 'refused'
  | 'unreachable'
  | 'silent'
  | 'credentials'
  | 'certificate'
  | 'no-tls'
  | 'websocket'
  | 'rejected'
  | 'not-mqtt'
  | 'failed';

const OF_CODE: Readonly<Record<string, BrokerFault>> = {
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-unknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'silent',
  ECONNRESET: 'not-mqtt',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no-tls',
  EPROTO: 'no-tls',
};

/** Node's and OpenSSL's words for a certificate that does not hold. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ALTNAME/;

/** Why a connection to a broker did not come about. */
export function brokerFault(error: Error & { readonly code?: unknown }): BrokerFault {
  const { code, message } = error;
  if (error instanceof TimedOut) return 'silent';
  if (CREDENTIALS_REFUSED.includes(code)) return 'credentials';
  if (error instanceof DisconnectError || typeof code === 'number') return 'rejected';
  if (typeof code === 'string') {
    const known = Object.hasOwn(OF_CODE, code) ? OF_CODE[code] : undefined;
    return known ?? (CERTIFICATE.test(code) ? 'certificate' : 'failed');
  }
  // What mqtt-packet says of bytes that are no packet, and our own word for a connection that was closed.
  return /header|packet|protocol|connack|was closed/i.test(message) ? 'not-mqtt' : 'failed';
}

const TEXTS: Readonly<Record<BrokerFault, Text>> = {
  'name-unknown': {
    fr: 'Nom inconnu : aucune machine ne s’appelle ainsi ({name}). Une faute de frappe, ou le DNS ne répond pas.',
    en: 'Name not found: no machine is called that ({name}). A typing error, or the DNS does not answer.',
  },
  refused: {
    fr: 'Refusé : la machine existe, mais rien n’écoute sur {name}. Le broker est-il lancé, le port est-il le bon ?',
    en: 'Refused: the machine is there, but nothing listens at {name}. Does the broker run, is it the right port?',
  },
  unreachable: {
    fr: 'Injoignable : aucune route de ce réseau ne mène à {name}.',
    en: 'Out of reach: no way leads from this network to {name}.',
  },
  silent: {
    fr: '{name} n’a pas répondu en quelques secondes : mauvaise adresse, un pare-feu bloque, ou ce n’est pas un broker MQTT.',
    en: 'No answer from {name} within some seconds: a wrong address, a firewall in between, or not an MQTT broker.',
  },
  credentials: {
    fr: 'Le broker {name} répond, mais refuse le compte ou le mot de passe MQTT.',
    en: 'The broker {name} answers, but does not take the MQTT user or password.',
  },
  certificate: {
    fr: 'Le certificat TLS de {name} n’est pas accepté ({detail}). S’il est à vous, donnez son autorité à Node-RED par NODE_EXTRA_CA_CERTS.',
    en: 'The TLS certificate of {name} is not accepted ({detail}). If it is your own, name its authority to Node-RED by NODE_EXTRA_CA_CERTS.',
  },
  'no-tls': {
    fr: 'Pas de TLS à {name} : essayez mqtt:// au lieu de mqtts:// (ws:// au lieu de wss://), ou un autre port.',
    en: 'No TLS at {name}: try mqtt:// instead of mqtts:// (ws:// instead of wss://), or another port.',
  },
  websocket: {
    fr: 'Quelque chose répond à {name}, mais sans MQTT par WebSocket à ce chemin : le port et le chemin sont-ils les bons ?',
    en: 'Something answers at {name}, but without MQTT over WebSocket at this path: are port and path right?',
  },
  rejected: {
    fr: 'Le broker {name} répond, mais n’admet pas Aurion : {detail}.',
    en: 'The broker {name} answers, but does not let Aurion in: {detail}.',
  },
  'not-mqtt': {
    fr: 'Quelque chose répond à {name}, mais ce n’est pas un broker MQTT (ou il attend TLS : mqtts://).',
    en: 'Something answers at {name}, but it is not an MQTT broker (or it waits for TLS: mqtts://).',
  },
  failed: { fr: 'Pas de connexion à {name} : {detail}.', en: 'No connection to {name}: {detail}.' },
};

/** What to tell of a connection to a broker that did not come about. */
export function brokerVerdict(
  error: Error & { readonly code?: unknown },
  { name, connect }: BrokerAddress,
): Verdict {
  const found = brokerFault(error);
  // mqtt.js keeps to itself what the web server said.
  const isWeb = connect.protocol?.startsWith('ws') ?? false;
  const fault = isWeb && found === 'not-mqtt' ? 'websocket' : found;
  const detail = typeof error.code === 'string' ? error.code : textOf(error);
  const fill = (text: string) =>
    text.replace('{name}', () => printable(name, 200)).replace('{detail}', () => detail);
  return {
    outcome: 'bad',
    code: fault,
    text: { fr: fill(TEXTS[fault].fr), en: fill(TEXTS[fault].en) },
  };
}
