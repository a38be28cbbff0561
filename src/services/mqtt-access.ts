import type { Credentials } from '../contract/device';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import { usernameOf } from '../domain/mqtt/topic-rights';
import type { BrokerAccess, Visitor } from '../ports/broker-access';
import type { Digest, Random } from '../ports/crypto';
import type { Store } from '../ports/store';
import type { Sessions } from './sessions';

const PASSWORD_BYTES = 18;

/** Something with an account of its own at the broker. */
export interface Holder {
  readonly kind: 'device' | 'sensor';
  readonly id: number;
}

type RevokedListener = (isRevoked: (visitor: Visitor) => boolean) => void;

/** Who may connect to the embedded broker: the installer, each device with credentials of its own, people with their token. */
export class MqttAccess implements BrokerAccess {
  private readonly listeners: RevokedListener[] = [];

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly sessions: Sessions;
      readonly random: Random;
      readonly digest: Digest;
    },
    private readonly installer: { readonly username: string; readonly password: string },
  ) {
    ports.sessions.onEnded((ended) =>
      this.revoke((visitor) => {
        if (visitor.kind !== 'user') return false;
        if ('sessionId' in ended) return visitor.sessionId === ended.sessionId;
        return visitor.accountId === ended.accountId && visitor.sessionId !== ended.except;
      }),
    );
  }

  async authenticate(username: string, password: string): Promise<Visitor | null> {
    const { digest, store } = this.ports;
    if (username === this.installer.username) {
      return digest.same(password, this.installer.password) ? { kind: 'installer' } : null;
    }
    if (username.includes('@')) return this.person(username, password);
    const row = await store.credentials.get(username);
    if (!row || !digest.same(row.passwordHash, digest.of(password))) return null;
    if (row.sensorId !== null) {
      const sensor = await store.sensors.get(row.sensorId);
      return sensor && { kind: 'sensor', sensorId: sensor.id, names: namesOf(sensor) };
    }
    const device = row.deviceId === null ? null : await store.devices.get(row.deviceId);
    return device && { kind: 'device', deviceId: device.id, names: namesOf(device) };
  }

  onRevoked(listener: RevokedListener): void {
    this.listeners.push(listener);
  }

  /** Makes a holder's credentials; the ones it had end, and with them its connection. */
  async issue(holder: Holder): Promise<Credentials> {
    const { store, random, digest } = this.ports;
    const username = usernameOf(holder);
    const password = random.token(PASSWORD_BYTES);
    const passwordHash = digest.of(password);
    const { inserted } = await store.credentials.insertIfAbsent({
      id: username,
      deviceId: holder.kind === 'device' ? holder.id : null,
      sensorId: holder.kind === 'sensor' ? holder.id : null,
      passwordHash,
    });
    if (!inserted) await store.credentials.update(username, { passwordHash });
    this.disconnect(holder);
    return { username, password };
  }

  /** What a holder may do has changed, or it is gone: its connection ends, and with it its credentials if it is gone. */
  async rightsChanged(holder: Holder, gone: boolean): Promise<void> {
    if (gone) await this.ports.store.credentials.delete(usernameOf(holder));
    this.disconnect(holder);
  }

  /** Ends a holder's connection: it gets its new rights when it comes back. */
  private disconnect({ kind, id }: Holder): void {
    this.revoke((visitor) =>
      visitor.kind === 'device'
        ? kind === 'device' && visitor.deviceId === id
        : visitor.kind === 'sensor' && kind === 'sensor' && visitor.sensorId === id,
    );
  }

  /** The user name is the e-mail, the password a token of that account. */
  private async person(email: string, token: string): Promise<Visitor | null> {
    const { sessions, store } = this.ports;
    const good = async () => {
      try {
        return await sessions.authenticate(token);
      } catch (error) {
        if (error instanceof AurionError && error.status < 500) return null;
        throw error;
      }
    };
    const actor = await good();
    const account = actor && (await store.accounts.get(actor.accountId));
    if (account?.emailKey !== emailKey(email) || !actor) return null;
    const { accountId, sessionId } = actor;
    return { kind: 'user', accountId, sessionId, recheck: async () => (await good()) !== null };
  }

  private revoke(isRevoked: (visitor: Visitor) => boolean): void {
    for (const listener of this.listeners) listener(isRevoked);
  }
}

function namesOf({ id, key }: { readonly id: number; readonly key: string | null }): string[] {
  return key === null ? [String(id)] : [String(id), key];
}
