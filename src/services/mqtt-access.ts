import type { Credentials } from '../contract/device';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { BrokerAccess, Visitor } from '../ports/broker-access';
import type { Digest, Random } from '../ports/crypto';
import type { DeviceRow, Store } from '../ports/store';
import type { Sessions } from './sessions';

const PASSWORD_BYTES = 18;

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
    const device = await store.devices.get(row.deviceId);
    return device && { kind: 'device', deviceId: device.id, names: namesOf(device) };
  }

  onRevoked(listener: RevokedListener): void {
    this.listeners.push(listener);
  }

  /** Makes a device's credentials; the ones it had end, and with them its connection. */
  async issue(device: { readonly id: number }): Promise<Credentials> {
    const { store, random, digest } = this.ports;
    const username = `device-${device.id}`;
    const password = random.token(PASSWORD_BYTES);
    const passwordHash = digest.of(password);
    const row = { id: username, deviceId: device.id, passwordHash };
    const { inserted } = await store.credentials.insertIfAbsent(row);
    if (!inserted) await store.credentials.update(username, { passwordHash });
    this.disconnect(device.id);
    return { username, password };
  }

  /** Takes a deleted device's credentials away. */
  async withdraw(deviceId: number): Promise<void> {
    await this.ports.store.credentials.delete(`device-${deviceId}`);
    this.disconnect(deviceId);
  }

  /** Ends a device's connection: its rights have changed, and it gets them when it comes back. */
  disconnect(deviceId: number): void {
    this.revoke((visitor) => visitor.kind === 'device' && visitor.deviceId === deviceId);
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

function namesOf({ id, key }: DeviceRow): string[] {
  return key === null ? [String(id)] : [String(id), key];
}
