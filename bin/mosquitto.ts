import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { printable } from '../src/contract/safe-input';
import { mosquittoAccounts, mosquittoAcl, mosquittoConf } from '../src/domain/mqtt/mosquitto';
import type { Store } from '../src/ports/store';

export interface MosquittoOptions {
  /** The folder the files go to. */
  readonly out: string;
  readonly prefix: string;
  /** Aurion's account at Mosquitto. */
  readonly username: string;
  readonly port: number;
}

/** Readable for the user Mosquitto runs as; they hold no secret. */
const FILE_MODE = 0o644;

/**
 * Writes the part of mosquitto.conf and the ACL that give everybody the rights of the embedded broker.
 * @returns what is left to do, for people: the passwords are nobody's but theirs
 */
export async function writeMosquittoFiles(
  store: Store,
  options: MosquittoOptions,
): Promise<string> {
  const { prefix, username, port } = options;
  const out = resolve(options.out);
  const accounts = mosquittoAccounts(prefix, username, {
    devices: await store.devices.list(),
    sensors: await store.sensors.list(),
  });
  const file = (ending: string) => join(out, `aurion.${ending}`);
  const [acl, conf, passwords] = [file('acl'), file('conf'), file('passwd')];
  mkdirSync(out, { recursive: true });
  writeFileSync(acl, mosquittoAcl(accounts), { mode: FILE_MODE });
  writeFileSync(conf, mosquittoConf({ port, acl, passwords }), { mode: FILE_MODE });
  return [
    `Written: ${conf}`,
    `         ${acl}`,
    '',
    'Give each account a password; mosquitto_passwd asks for it:',
    ...accounts.map(({ username: name, about }, i) => {
      const create = i === 0 ? '-c ' : '';
      return `  mosquitto_passwd ${create}'${passwords}' ${name}   # ${printable(about)}`;
    }),
    '',
    'Then let Mosquitto read it all and start it anew:',
    `  chown mosquitto: '${passwords}' && chmod 600 '${passwords}'`,
    `  systemctl restart mosquitto   # whose mosquitto.conf has: include_dir ${out}`,
    '',
    `Aurion: AURION_MQTT_URL=mqtt://<host>:${port} AURION_MQTT_USERNAME=${username} AURION_MQTT_PASSWORD=…`,
    'Again whenever devices or sensors were added, deleted or given another key.',
  ].join('\n');
}
