import type { IConnackPacket, IPublishPacket } from 'mqtt';
import type { Clock } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { PublishOptions } from '../../ports/message-link';
import type { BrokerAddress } from './broker-address';
import { textOf } from './failure';
import { MqttSocket, type ProtocolVersion, type SocketOptions } from './mqtt-socket';
import { Outbox, unavailable, WAITING_MAX } from './outbox';

const OPEN_WITHIN_MS = 15_000;
const END_WITHIN_MS = 2000;
/** CONNACK: this MQTT version is not spoken here, as 3.1.1 and 5 say it. */
const VERSION_REFUSED: readonly unknown[] = [1, 132];

export interface ConnectionOptions {
  readonly address: BrokerAddress;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly statusTopic: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: ProtocolVersion;
  /** Takes a message in before it is acknowledged; if it throws, the connection is lost. */
  readonly take: (packet: IPublishPacket) => void;
  /** The broker has no session of an earlier connection: nothing of what comes was sent before. */
  readonly onNewSession: () => void;
  /** Called once if the connection is lost after it stood. */
  readonly onLost: (cause: Error) => void;
}

/** The broker would perhaps take an older version of MQTT. */
export class VersionError extends Error {
  /** @param certain the broker said so; else it hung up without a word */
  constructor(
    readonly certain: boolean,
    override readonly cause: Error,
  ) {
    super(cause.message);
  }
}

/**
 * Two sockets that live and die together: one listens, in a session that outlives it, one publishes.
 * On a shared one, publishes would wait for acknowledgements (Nagle).
 */
export class Connection {
  private readonly sockets: MqttSocket[] = [];
  /** Rejects when the connection ends, for whatever reason. */
  private readonly ended: Promise<never>;
  private outbox: Outbox | undefined;
  private state: 'opening' | 'open' | 'ending' | 'ended' = 'opening';
  private rejectEnded: (cause: Error) => void = () => undefined;

  constructor(private readonly options: ConnectionOptions) {
    this.ended = new Promise((_resolve, reject) => (this.rejectEnded = reject));
    this.ended.catch(() => undefined);
  }

  /** Resolves when it publishes, all subscriptions are granted, and the broker knows that we are online. */
  async open(): Promise<void> {
    await this.within(OPEN_WITHIN_MS, this.dial());
    if (this.isEnded()) throw unavailable('closed');
    this.state = 'open';
  }

  /** Messages the broker has not acknowledged yet. */
  get waiting(): number {
    return this.outbox?.size ?? 0;
  }

  /** Works from the moment that the publishing socket stands, so that what comes in can be answered. */
  async publish(topic: string, payload: string, options?: PublishOptions): Promise<void> {
    if (!this.outbox) throw unavailable('not connected');
    await this.outbox.publish(topic, payload, options);
  }

  /** Says that we are offline and ends it, within 2 s. */
  async end(): Promise<void> {
    const wasOpen = this.state === 'open';
    this.state = 'ending';
    try {
      if (wasOpen) await this.within(END_WITHIN_MS, this.sayGoodbye());
    } catch {
      // Then the broker publishes the last will.
    }
    this.lose(new Error('closed'));
  }

  private async dial(): Promise<void> {
    const { clientId, statusTopic: topic, topics, take, logger } = this.options;
    const will = { topic, payload: 'offline' };
    const publisher = this.addSocket({ clientId: `${clientId}-out`, persistent: false, will });
    const connack = await publisher.opened;
    const outbox = new Outbox({
      clock: this.options.clock,
      window: windowOf(connack),
      send: (message, done) => publisher.send(message, done),
      onStalled: () => this.lose(new Error('it acknowledges nothing')),
    });
    this.outbox = outbox;

    const listener = this.addSocket({ clientId, persistent: true, take });
    const { sessionPresent } = await listener.opened;
    if (!sessionPresent) this.options.onNewSession();
    await listener.subscribe([...topics, topic]);
    await outbox.publish(topic, 'online', { retain: true }).catch((error: unknown) => {
      if (this.isEnded()) return;
      const { cause } = error as Error;
      logger.warn(`MQTT: ${topic} can't be published: ${textOf(cause)}`);
    });
  }

  private async sayGoodbye(): Promise<void> {
    await this.outbox?.publish(this.options.statusTopic, 'offline', { retain: true });
    await Promise.all(this.sockets.map((socket) => socket.end()));
  }

  private addSocket(
    own: Pick<SocketOptions, 'clientId' | 'persistent' | 'will' | 'take'>,
  ): MqttSocket {
    // The other one was lost meanwhile.
    if (this.isEnded()) throw unavailable('closed');
    const { address, username, password, version } = this.options;
    const socket = new MqttSocket({
      address,
      username,
      password,
      version,
      ...own,
      onLost: (cause) => this.lose(this.outbox ? cause : refineRefusal(cause, version)),
    });
    this.sockets.push(socket);
    return socket;
  }

  private isEnded(): boolean {
    return this.state === 'ended';
  }

  private lose(cause: Error): void {
    if (this.isEnded()) return;
    const wasOpen = this.state === 'open';
    this.state = 'ended';
    this.outbox?.close(cause);
    for (const socket of this.sockets) socket.kill();
    this.rejectEnded(cause);
    if (wasOpen) this.options.onLost(cause);
  }

  private async within(ms: number, work: Promise<void>): Promise<void> {
    const timer = this.options.clock.schedule(ms, () => this.lose(new Error('no answer in time')));
    try {
      await Promise.race([work, this.ended]);
    } catch (error) {
      this.lose(error as Error);
      throw error;
    } finally {
      timer.cancel();
    }
  }
}

/** Why a first socket was not opened: perhaps for the version it asked for. */
export function refineRefusal(cause: Error & { code?: unknown }, version: ProtocolVersion): Error {
  if (version === 4) return cause;
  if (VERSION_REFUSED.includes(cause.code)) return new VersionError(true, cause);
  const hungUp = cause.code === undefined || cause.code === 'ECONNRESET';
  return hungUp ? new VersionError(false, cause) : cause;
}

/** MQTT 5 brokers say how much they take at a time, and end the connection of who sends more. */
function windowOf(connack: IConnackPacket): number {
  return Math.min(connack.properties?.receiveMaximum ?? WAITING_MAX, WAITING_MAX);
}
