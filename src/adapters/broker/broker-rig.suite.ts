import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { FakeClock } from '../../../test/support/fake-clock';
import { freePort } from '../../../test/support/free-port';
import { AurionError } from '../../contract/errors';
import { memoryLogger } from '../../../test/support/test-store';
import {
  accountOf,
  type BrokerAccess,
  type Standing,
  type Visitor,
} from '../../ports/broker-access';
import type { Message } from '../../ports/message-link';
import { EmbeddedBroker } from './embedded-broker';

export const PASSWORD = 'right';

/** Lets in who knows the password; the user name says as what. */
export class TestAccess implements BrokerAccess {
  private readonly listeners: Parameters<BrokerAccess['onChanged']>[0][] = [];
  readonly visitors: Record<string, Visitor> = {
    installer: { kind: 'installer' },
    'device-7': { kind: 'device', deviceId: 7, names: ['7', 'lampe'], credentials: 'first' },
    'device-8': { kind: 'device', deviceId: 8, names: ['8'], credentials: 'first' },
    'ama@maison.tg': { kind: 'user', accountId: 1, sessionId: 's', token: 'good' },
  };
  /** How each account stands for who looks again; good if not told. */
  readonly standing = new Map<string, Standing>();
  /** Called while somebody signs in. */
  whileAuthenticating: () => Promise<void> = () => Promise.resolve();

  isSafe = true;
  readonly addresses: (string | null)[] = [];

  async authenticate(
    username: string,
    password: string,
    address: string | null,
  ): Promise<Visitor | null> {
    this.addresses.push(address);
    const visitor = password === PASSWORD ? (this.visitors[username] ?? null) : null;
    await this.whileAuthenticating();
    return visitor && { ...visitor };
  }

  assertSafe(): void {
    if (!this.isSafe) throw new AurionError('MQTT_PASSWORD_SHORT');
  }

  onChanged(listener: Parameters<BrokerAccess['onChanged']>[0]): void {
    this.listeners.push(listener);
  }

  standings(visitors: readonly Visitor[]): Promise<readonly Standing[]> {
    return Promise.resolve(
      visitors.map((visitor) => this.standing.get(accountOf(visitor)) ?? 'good'),
    );
  }

  /** Tells the broker that an account stands otherwise now. */
  tell(account: string, standing: Standing): void {
    for (const listener of this.listeners) {
      listener((visitor) => (accountOf(visitor) === account ? standing : 'good'));
    }
  }
}

/** A running broker of the home `aurion`, and clients of it. */
export class BrokerRig {
  readonly access = new TestAccess();
  readonly clock = new FakeClock();
  readonly logger = memoryLogger();
  readonly heard: Message[] = [];
  readonly dropped: string[] = [];
  private readonly clients: MqttClient[] = [];

  private constructor(
    readonly port: number,
    readonly wsPort: number,
    readonly broker: EmbeddedBroker,
  ) {}

  static async open({ trustProxy = false } = {}): Promise<BrokerRig> {
    const rig = { access: new TestAccess(), clock: new FakeClock(), logger: memoryLogger() };
    const [port, wsPort] = [await freePort(), await freePort()];
    const broker = new EmbeddedBroker({
      ...{ host: '127.0.0.1', port, wsPort, prefix: 'aurion', trustProxy },
      ...rig,
    });
    const opened = Object.assign(new BrokerRig(port, wsPort, broker), rig);
    broker.onMessage((message) => opened.heard.push(message));
    broker.onDropped((reason) => opened.dropped.push(reason));
    await broker.start();
    return opened;
  }

  /** Ends clients and broker. */
  async close(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.endAsync(true);
    await this.broker.close();
  }

  /** A client that is in. */
  async visit(username: string, options: IClientOptions = {}): Promise<MqttClient> {
    return this.keep(await connectAsync(this.url, this.options(username, options)));
  }

  /** A client that is on its way in. */
  begin(username: string, options: IClientOptions = {}): MqttClient {
    return this.keep(connect(this.url, this.options(username, options)));
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  private options(username: string, options: IClientOptions): IClientOptions {
    return { username, password: PASSWORD, reconnectPeriod: 0, ...options };
  }

  /** Ends it with the rig. */
  keep(client: MqttClient): MqttClient {
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }
}

export function closed(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

/** Subscribes; the list grows with the topics of what comes. */
export async function reading(client: MqttClient, filter: string, qos: 0 | 1 | 2 = 1) {
  const topics: string[] = [];
  client.on('message', (topic) => void topics.push(topic));
  await client.subscribeAsync(filter, { qos });
  return topics;
}

/** The topics below a filter that the broker remembers for those who come later. */
export async function retainedOf(rig: BrokerRig, filter: string): Promise<readonly string[]> {
  const client = await rig.visit('installer');
  const topics = await reading(client, filter);
  // What is remembered comes before what is published after the subscription.
  const end = new Promise((resolve) =>
    client.on('message', (topic) => topic === 'aurion/end' && resolve(topic)),
  );
  await client.subscribeAsync('aurion/end', { qos: 1 });
  await rig.broker.publish('aurion/end', 'x');
  await end;
  return topics.filter((topic) => topic !== 'aurion/end');
}
