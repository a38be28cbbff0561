import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Text } from '../../contract/language';
import type { Verdict } from '../../contract/verdict';
import { errnoOf } from '../files/files';
import { within } from '../within';

const BIND_WITHIN_MS = 5000;

const TAKEN: Text = {
  fr: 'le port {port} est pris par un autre programme (souvent un Mosquitto) : arrêtez-le, prenez un autre port, ou prenez ce broker comme « autre broker »',
  en: 'another program has port {port} (often a Mosquitto): stop it, take another port, or use it as the broker outside',
};
const REASONS: Readonly<Record<string, Text>> = {
  EADDRINUSE: TAKEN,
  EACCES: {
    fr: 'Node-RED n’a pas le droit d’ouvrir le port {port} : prenez-en un au-dessus de 1023',
    en: 'Node-RED may not open port {port}: take one above 1023',
  },
  EADDRNOTAVAIL: {
    fr: 'cette machine n’a pas l’adresse {host} : 127.0.0.1 pour elle seule, 0.0.0.0 pour tout le réseau',
    en: 'this machine does not have the address {host}: 127.0.0.1 for itself alone, 0.0.0.0 for the whole network',
  },
  ENOTFOUND: {
    fr: 'le nom {host} est inconnu : 127.0.0.1 pour cette machine seule, 0.0.0.0 pour tout le réseau',
    en: 'the name {host} is not known: 127.0.0.1 for this machine alone, 0.0.0.0 for the whole network',
  },
};

/** Why a port does not open and what to do, for a system's error code; undefined for one that says nothing to people. */
export function portProblem(
  code: string | undefined,
  { host, port }: { readonly host: string; readonly port: number },
): Text | undefined {
  const reason = code === undefined ? undefined : REASONS[code];
  if (!reason) return undefined;
  const fill = (text: string) => text.replace('{port}', String(port)).replace('{host}', () => host);
  return { fr: fill(reason.fr), en: fill(reason.en) };
}

/** Whether a broker could listen there: listens for a moment. */
export async function portVerdict(host: string, port: number): Promise<Verdict> {
  const server = createServer();
  try {
    server.listen(port, host);
    await within(BIND_WITHIN_MS, once(server, 'listening'));
    const text =
      port === 0
        ? { fr: 'Un port libre sera choisi.', en: 'A free port will be chosen.' }
        : { fr: `Le port ${port} est libre.`, en: `Port ${port} is free.` };
    return { outcome: 'good', code: 'free', text };
  } catch (error) {
    const code = errnoOf(error) ?? 'failed';
    const { fr, en } = portProblem(code, { host, port }) ?? {
      fr: `le port ${port} ne s’ouvre pas (${code})`,
      en: `port ${port} does not open (${code})`,
    };
    return {
      outcome: 'bad',
      code: code === 'EADDRINUSE' ? 'taken' : 'closed',
      text: {
        fr: `Le broker ne peut pas démarrer : ${fr}.`,
        en: `The broker can't start: ${en}.`,
      },
    };
  } finally {
    server.close();
  }
}
