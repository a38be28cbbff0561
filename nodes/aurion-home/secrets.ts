import type { NodeAPI } from 'node-red';
import { isEmpty } from '../../src/contract/home-settings';
import type { HomeSecrets } from '../../src/home';

/** What is a credential of a home's config node. */
export const SECRETS = [
  ...(['jwtSecret', 'setupCode', 'mqttUsername', 'mqttPassword'] as const),
  ...(['smtpUrl', 'storeUrl'] as const),
] as const;

/** What the owner gave: in the dialog as credentials, or in Node-RED's settings file as `aurion[homeKey]`. */
export function secretsOf(
  RED: NodeAPI,
  homeKey: string,
  credentials: Readonly<Record<string, unknown>>,
): HomeSecrets {
  const { aurion } = RED.settings as { aurion?: Record<string, Record<string, unknown>> };
  const fromSettings = aurion && Object.hasOwn(aurion, homeKey) ? aurion[homeKey] : undefined;
  const given = SECRETS.map((name) => [
    name,
    [credentials[name], fromSettings?.[name]].find((value) => !isEmpty(value)),
  ]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as HomeSecrets;
}
