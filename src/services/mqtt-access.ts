import type { Credentials } from '../contract/device';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import { printable } from '../contract/safe-input';
import { assertLongMqttPassword } from '../domain/accounts/password';
import { usernameOf } from '../domain/mqtt/topic-rights';
import { accountOf, type BrokerAccess, type Standing, type Visitor } from '../ports/broker-access';
import type { Digest, Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import type { KnownAddresses } from './known-addresses';
import type { MqttGuesses } from './mqtt-guesses';
import type { AccountActor, Sessions } from './sessions';

const PASSWORD_BYTES = 18;
/** An e-mail may be that long. */
const USERNAME_LENGTH_MAX = 254;

/** Something with an account of its own at the broker. */
export interface Holder {
  readonly kind: 'device' | 'sensor';
  readonly id: number;
}

type ChangeListener = Parameters<BrokerAccess['onChanged']>[0];

/** What a device's or sensor's visitors are held against. */
type Holding = Pick<Extract<Visitor, { kind: 'device' | 'sensor' }>, 'names' | 'credentials'>;

/** Who may connect to the embedded broker: the installer, each device with credentials of its own, people with their token. */
export class MqttAccess implements BrokerAccess {
  private readonly listeners: ChangeListener[] = [];

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly sessions: Sessions;
      readonly random: Random;
      readonly digest: Digest;
      readonly guesses: Pick<MqttGuesses, 'check' | 'forget'>;
      readonly known: KnownAddresses;
      readonly logger: Logger;
    },
    private readonly installer: { readonly username: string; readonly password: string },
  ) {
    ports.sessions.onEnded((ended) =>
      this.tell((visitor) => {
        if (visitor.kind !== 'user') return 'good';
        const isOver =
          'sessionId' in ended
            ? visitor.sessionId === ended.sessionId
            : visitor.accountId === ended.accountId && visitor.sessionId !== ended.except;
        return isOver ? 'ended' : 'good';
      }),
    );
  }

  assertSafe(): void {
    assertLongMqttPassword(this.installer.password);
  }

  /** @throws ATTEMPTS_EXCEEDED, and what the store throws */
  async authenticate(
    username: string,
    password: string,
    address: string | null,
  ): Promise<Visitor | null> {
    if (username.length > USERNAME_LENGTH_MAX) return null;
    const { guesses } = this.ports;
    const name = isEmail(username) ? emailKey(username) : username;
    const account = () => this.knownAs(username);
    const visitor = await guesses.check({ username: name, address, account }, () =>
      this.recognise(username, password),
    );
    // People are known by where they signed in to REST.
    if (visitor !== null && visitor.kind !== 'user') this.remember(username, address);
    return visitor;
  }

  private remember(username: string, address: string | null): void {
    const { known, logger } = this.ports;
    known.remember(this.nameOf(username), address).catch((error: unknown) => {
      logger.warn(`Where ${printable(username)} signs in from is not remembered: ${String(error)}`);
    });
  }

  /** By what name addresses are remembered for this user name; null for none. */
  private async knownAs(username: string): Promise<string | null> {
    if (!isEmail(username)) return this.nameOf(username);
    const account = await this.ports.store.accounts.getBy('emailKey', emailKey(username));
    return account && String(account.id);
  }

  /** User names are data and no keys. */
  private nameOf(username: string): string {
    return `mqtt.${this.ports.digest.of(username)}`;
  }

  /** Null for a wrong user name or password. */
  private async recognise(username: string, password: string): Promise<Visitor | null> {
    const { digest, store } = this.ports;
    if (username === this.installer.username) {
      return digest.same(password, this.installer.password) ? { kind: 'installer' } : null;
    }
    if (isEmail(username)) return this.person(username, password);
    const row = await store.credentials.get(username);
    if (!row || !digest.same(row.passwordHash, digest.of(password))) return null;
    const credentials = row.passwordHash;
    if (row.sensorId !== null) {
      const sensor = await store.sensors.get(row.sensorId);
      return sensor && { kind: 'sensor', sensorId: sensor.id, names: namesOf(sensor), credentials };
    }
    const device = row.deviceId === null ? null : await store.devices.get(row.deviceId);
    return device && { kind: 'device', deviceId: device.id, names: namesOf(device), credentials };
  }

  onChanged(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** Never rejects: where the store does not answer, everybody stands as before. */
  async standings(visitors: readonly Visitor[]): Promise<readonly Standing[]> {
    const holdings = visitors.some((visitor) => 'credentials' in visitor)
      ? await this.holdings().catch(() => null)
      : null;
    return Promise.all(
      visitors.map(async (visitor) => {
        if (visitor.kind === 'installer') return 'good';
        if (visitor.kind === 'user') return this.standingOfPerson(visitor.token);
        return holdings ? standingOf(visitor, holdings.get(accountOf(visitor))) : 'good';
      }),
    );
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
    // It may be deleted meanwhile: then nothing signs in with these.
    if (!inserted) await store.credentials.update(username, { passwordHash });
    this.ports.guesses.forget(username);
    this.tellOf(holder, 'ended');
    return { username, password };
  }

  /** What a holder may do has changed, or it is gone with its credentials: its connection ends. */
  rightsChanged(holder: Holder, gone: boolean): void {
    this.tellOf(holder, 'gone');
    if (!gone) return;
    const { known, logger } = this.ports;
    known.forget(this.nameOf(usernameOf(holder))).catch((error: unknown) => {
      logger.warn(`The addresses of what is gone were not forgotten: ${String(error)}`);
    });
  }

  /** The holder's clients have to leave: they get their new rights when they come back. */
  private tellOf(holder: Holder, standing: Standing): void {
    this.tell((visitor) =>
      'credentials' in visitor && accountOf(visitor) === usernameOf(holder) ? standing : 'good',
    );
  }

  /** The user name is the e-mail, the password a token of that account. */
  private async person(email: string, token: string): Promise<Visitor | null> {
    const actor = await this.actorOf(token);
    const account = actor && (await this.ports.store.accounts.get(actor.accountId));
    if (account?.emailKey !== emailKey(email) || !actor) return null;
    const { accountId, sessionId } = actor;
    return { kind: 'user', accountId, sessionId, token };
  }

  private async standingOfPerson(token: string): Promise<Standing> {
    const actor = await this.actorOf(token).catch(() => undefined);
    return actor === null ? 'ended' : 'good';
  }

  /** Null for a token that does not count. @throws what the store throws */
  private async actorOf(token: string): Promise<AccountActor | null> {
    try {
      return await this.ports.sessions.authenticate(token);
    } catch (error) {
      if (error instanceof AurionError && error.status < 500) return null;
      throw error;
    }
  }

  /** What all devices and sensors with credentials hold now, by user name. */
  private async holdings(): Promise<ReadonlyMap<string, Holding>> {
    const { store } = this.ports;
    const [rows, devices, sensors] = await Promise.all([
      store.credentials.list(),
      store.devices.list(),
      store.sensors.list(),
    ]);
    const names = new Map([
      ...devices.map((row) => [usernameOf({ kind: 'device', id: row.id }), namesOf(row)] as const),
      ...sensors.map((row) => [usernameOf({ kind: 'sensor', id: row.id }), namesOf(row)] as const),
    ]);
    return new Map(
      rows.flatMap(({ id, passwordHash: credentials }) => {
        const held = names.get(id);
        return held ? [[id, { names: held, credentials }] as const] : [];
      }),
    );
  }

  private tell(standing: (visitor: Visitor) => Standing): void {
    for (const listener of this.listeners) listener(standing);
  }
}

function isEmail(username: string): boolean {
  return username.includes('@');
}

function standingOf(visitor: Holding, now: Holding | undefined): Standing {
  if (now?.names.join() !== visitor.names.join()) return 'gone';
  return now.credentials === visitor.credentials ? 'good' : 'ended';
}

function namesOf({ id, key }: { readonly id: number; readonly key: string | null }): string[] {
  return key === null ? [String(id)] : [String(id), key];
}
