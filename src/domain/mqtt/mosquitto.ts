import { printable } from '../../contract/safe-input';
import { MESSAGE_BYTES_MAX } from '../intake/payload';
import { BROKER_LIMITS } from './broker-limits';
import {
  deviceRights,
  installerRights,
  sensorRights,
  usernameOf,
  userRights,
  type TopicRights,
} from './topic-rights';

const DAY_MS = 24 * 3_600_000;

/** An account that Mosquitto is to know. */
export interface MosquittoAccount {
  readonly username: string;
  /** Whose it is, for people. */
  readonly about: string;
  readonly rights: TopicRights;
}

/** A device or sensor that may have an account. */
interface Named {
  readonly id: number;
  readonly key: string | null;
  readonly name: string;
}

/**
 * The accounts that have at Mosquitto the rights they have at the embedded broker. People share one
 * that only reads: Mosquitto can't check their tokens.
 * @param username Aurion's own account, and the installer's
 */
export function mosquittoAccounts(
  prefix: string,
  username: string,
  { devices, sensors }: { readonly devices: readonly Named[]; readonly sensors: readonly Named[] },
): readonly MosquittoAccount[] {
  const own = { username, about: 'Aurion and the installer', rights: installerRights(prefix) };
  const reader = { username: 'reader', about: 'pages of people', rights: userRights(prefix) };
  const namesOf = ({ id, key }: Named) => (key === null ? [String(id)] : [String(id), key]);
  const plugs = devices.map((device) => ({
    username: usernameOf({ kind: 'device', id: device.id }),
    about: device.name,
    rights: deviceRights(prefix, namesOf(device)),
  }));
  const feelers = sensors.map((sensor) => ({
    username: usernameOf({ kind: 'sensor', id: sensor.id }),
    about: sensor.name,
    rights: sensorRights(prefix, namesOf(sensor)),
  }));
  return [own, reader, ...plugs, ...feelers];
}

/** The accounts as Mosquitto's ACL file. Who is not in it may do nothing. */
export function mosquittoAcl(accounts: readonly MosquittoAccount[]): string {
  const blocks = accounts.map(({ username, about, rights: { publish, subscribe } }) => [
    `# ${printable(about)}`,
    `user ${username}`,
    ...publish.map((topic) => `topic write ${topic}`),
    ...subscribe.map((topic) => `topic read ${topic}`),
    '',
  ]);
  return blocks.flat().join('\n');
}

/** What `mosquitto.conf` needs to be as closed as the embedded broker. */
export function mosquittoConf(files: {
  readonly port: number;
  readonly passwords: string;
  readonly acl: string;
}): string {
  return `# Beyond this machine's own network: a listener with certfile and keyfile instead, port 8883.
listener ${files.port}
allow_anonymous false
password_file ${files.passwords}
acl_file ${files.acl}

# As the embedded broker bounds them.
message_size_limit ${MESSAGE_BYTES_MAX}
max_queued_messages ${BROKER_LIMITS.queuedMessages}
persistent_client_expiration ${BROKER_LIMITS.sessionMs / DAY_MS}d
`;
}
