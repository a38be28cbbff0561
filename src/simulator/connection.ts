import { Socket } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

/** Where the broker is and who comes. */
export interface BrokerAccess {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** How long to wait before each new try when the connection is lost; 1000 by default. */
  readonly reconnectMs?: number | undefined;
}

export interface ConnectionUse {
  readonly will?: { readonly topic: string; readonly payload: string };
  /** What to listen to, again after each reconnect. */
  readonly subscribe?: string;
  onMessage?(topic: string, payload: Buffer): void;
  /** Called each time that it is connected and listens; the first time within `open`. */
  onReady?(connection: Connection): Promise<unknown>;
  onTrouble?(trouble: 'connection-lost' | 'connection-back' | 'connection-refused'): void;
}

export interface PublishOptions {
  readonly qos?: 0 | 1;
  readonly retain?: boolean;
}

/** Why there is no connection: nobody answers, the account is refused, or something else. */
export class CannotConnect extends Error {
  override readonly name = 'CannotConnect';
  constructor(
    readonly reason: 'unreachable' | 'refused' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const CONNECT_WITHIN_MS = 10_000;
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);
/** MQTT 3.1.1: bad user name or password, not authorized; MQTT 5: the same. */
const REFUSED = new Set<unknown>([4, 5, 134, 135]);

/** One connection to the broker, which comes back by itself when it is lost. */
export class Connection {
  private state: 'up' | 'down' | 'refused' | 'ended' = 'up';
  private ready: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly client: MqttClient,
    private readonly use: ConnectionUse,
  ) {}

  /** Resolves when connected, listening and `onReady` is done. @throws CannotConnect */
  static async open(access: BrokerAccess, use: ConnectionUse = {}): Promise<Connection> {
    const client = connect(access, use);
    try {
      await connected(client);
    } catch (cause) {
      client.end(true);
      throw explain(cause);
    }
    const connection = new Connection(client, use);
    client.on('message', (topic, payload) => use.onMessage?.(topic, payload));
    client.on('connect', () => connection.becomeReady());
    client.on('close', () => connection.trouble('down'));
    client.on('error', (error) => {
      if (explain(error).reason === 'refused') connection.trouble('refused');
    });
    connection.becomeReady();
    try {
      await connection.ready;
    } catch (cause) {
      await connection.kill();
      throw explain(cause);
    }
    return connection;
  }

  /** Resolves with true when the broker has it (QoS 1) or it has left (QoS 0), with false when it is lost. */
  async publish(
    topic: string,
    payload: string,
    { qos = 1, retain = false }: PublishOptions = {},
  ): Promise<boolean> {
    if (!this.client.connected) return false;
    try {
      await this.client.publishAsync(topic, payload, { qos, retain });
      return true;
    } catch {
      return false;
    }
  }

  /** Breaks it without a goodbye, so that the broker publishes the last will; it stays away until `restore`. */
  async kill(): Promise<void> {
    this.state = 'ended';
    await this.client.endAsync(true);
  }

  /** Connects again after `kill`. Resolves when it is ready. */
  async restore(): Promise<void> {
    const back = new Promise((resolve) => this.client.once('connect', resolve));
    this.state = 'up';
    this.client.reconnect();
    await back;
    await this.ready;
  }

  /** Ends it with a goodbye if the broker is there. What was published before is sent first. */
  async close(): Promise<void> {
    const { connected } = this.client;
    this.state = 'ended';
    await this.client.endAsync(!connected);
  }

  private becomeReady(): void {
    if (this.state === 'down' || this.state === 'refused') {
      this.state = 'up';
      this.use.onTrouble?.('connection-back');
    }
    this.ready = this.listen();
    // It may be lost again meanwhile; then it becomes ready anew.
    this.ready.catch(() => undefined);
  }

  private async listen(): Promise<void> {
    const { stream } = this.client;
    // An answer must not wait for the acknowledgement before it.
    if (stream instanceof Socket) stream.setNoDelay(true);
    const { subscribe } = this.use;
    if (subscribe !== undefined) await this.client.subscribeAsync(subscribe, { qos: 1 });
    await this.use.onReady?.(this);
  }

  private trouble(now: 'down' | 'refused'): void {
    if (this.state === 'ended' || this.state === now) return;
    if (this.state === 'refused' && now === 'down') return;
    this.state = now;
    this.use.onTrouble?.(now === 'down' ? 'connection-lost' : 'connection-refused');
  }
}

function connect({ url, username, password, reconnectMs }: BrokerAccess, use: ConnectionUse) {
  const options: IClientOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(use.will && {
      will: { ...use.will, payload: Buffer.from(use.will.payload), qos: 1, retain: true },
    }),
    clean: true,
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectPeriod: reconnectMs ?? 1000,
    // What happens while the broker is away is lost, as with most plugs.
    queueQoSZero: false,
    resubscribe: false,
  };
  try {
    return mqtt.connect(url, options);
  } catch (cause) {
    throw new CannotConnect('failed', `${url} is no address of an MQTT broker`, { cause });
  }
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve());
    client.on('error', reject);
    client.once('close', () => reject(new Error('the broker closed the connection')));
  });
}

function explain(cause: unknown): CannotConnect {
  const { code, message = '' } = cause as { readonly code?: unknown; readonly message?: string };
  const detail = message || String(code);
  if (REFUSED.has(code)) return new CannotConnect('refused', detail, { cause });
  const away = UNREACHABLE.has(String(code)) || detail.includes('timeout');
  return new CannotConnect(away ? 'unreachable' : 'failed', detail, { cause });
}
