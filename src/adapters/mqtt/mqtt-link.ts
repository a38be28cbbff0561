import type { IPublishPacket } from 'mqtt';
import type { Clock, Timer } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { Message, MessageLink, PublishOptions } from '../../ports/message-link';
import { Heard } from '../broker/heard';
import { assertTopic } from '../broker/outgoing';
import { readBrokerUrl, type BrokerAddress } from './broker-address';
import { Connection, VersionError } from './connection';
import { describeFailure, NotTakenError, textOf } from './failure';
import type { ProtocolVersion } from './mqtt-socket';
import { unavailable } from './outbox';
import { PortWatch } from './port-watch';

/** Between attempts; a broker that was not there and is again is found sooner, by `PortWatch`. */
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 30_000;
/** A connection that stood this long was a good one: the next wait begins at the shortest again. */
const STABLE_AFTER_MS = 30_000;
/** The broker delivers into one session. */
const SESSION = '';

export interface MqttLinkOptions {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** The same after a restart, since it names the session at the broker; another one in each process. */
  readonly clientId: string;
  /** Filters of what the link listens to. */
  readonly topics: readonly string[];
  /** Where it says `online` and `offline`, retained; the latter is also its last will. */
  readonly statusTopic: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

/**
 * A link to a broker outside of Aurion. `start` resolves when the first attempt was made, also when it
 * failed: the link tries again by itself, for as long as it is not closed, and `onConnection` tells.
 * It rejects only for an address that can't be read. Messages may come before `connected` is true.
 */
export function createMqttLink(options: MqttLinkOptions): MessageLink {
  return new MqttLink(options);
}

class MqttLink implements MessageLink {
  private readonly messageListeners: ((message: Message) => void)[] = [];
  private readonly connectionListeners: ((connected: boolean) => void)[] = [];
  private readonly told = new Set<string>();
  private readonly heard: Heard;
  private isConnected = false;
  private connection: Connection | undefined;
  private version: ProtocolVersion = 5;
  private failures = 0;
  private connectedSinceMs = 0;
  private losesMessages = false;
  private retry: Timer | undefined;
  private watch: PortWatch | undefined;
  private started: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  constructor(private readonly options: MqttLinkOptions) {
    this.heard = new Heard(options.clock);
  }

  get connected(): boolean {
    return this.isConnected;
  }

  get waiting(): number {
    return this.connection?.waiting ?? 0;
  }

  start(): Promise<void> {
    return (this.started ??= this.begin());
  }

  async publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    assertTopic(topic);
    if (!this.connection || this.closed) throw unavailable('not connected');
    await this.connection.publish(topic, payload, options);
  }

  onMessage(listener: (message: Message) => void): void {
    this.messageListeners.push(listener);
  }

  onConnection(listener: (connected: boolean) => void): void {
    this.connectionListeners.push(listener);
  }

  /** Says `offline` and ends the connection, within 2 s. The session stays at the broker. */
  close(): Promise<void> {
    return (this.closed ??= this.end());
  }

  private async begin(): Promise<void> {
    const address = readBrokerUrl(this.options.url);
    if (!this.closed) await this.attempt(address);
  }

  private async end(): Promise<void> {
    this.stopWaiting();
    this.setConnected(false);
    await this.connection?.end();
    this.connection = undefined;
  }

  private async attempt(address: BrokerAddress): Promise<void> {
    try {
      await this.connect(address, this.version).catch(async (error: unknown) => {
        if (!(error instanceof VersionError) || this.closed) throw error;
        await this.connect(address, 4);
        if (error.certain) this.version = 4;
      });
    } catch (error) {
      this.tryAgain(address, error as Error);
    }
  }

  private async connect(address: BrokerAddress, version: ProtocolVersion): Promise<void> {
    const { username = address.username, password = address.password } = this.options;
    const { clientId, topics, statusTopic, clock, logger } = this.options;
    const connection = new Connection({
      ...{ address, username, password, clientId, topics, statusTopic, clock, logger, version },
      take: (packet) => this.take(packet),
      onNewSession: () => this.heard.begin(SESSION),
      onLost: (cause) => this.tryAgain(address, cause),
    });
    this.connection = connection;
    await connection.open();
    if (this.closed || this.connection !== connection) return;
    this.connectedSinceMs = clock.monotonicMs();
    this.told.clear();
    logger.info(`MQTT: connected to ${address.name} (MQTT ${version === 5 ? '5' : '3.1.1'})`);
    this.setConnected(true);
  }

  /** The connection is lost, or was not made. */
  private tryAgain(address: BrokerAddress, cause: Error): void {
    const { clock, logger, random = Math.random } = this.options;
    this.connection = undefined;
    if (this.closed) return;
    if (this.isConnected && clock.monotonicMs() - this.connectedSinceMs >= STABLE_AFTER_MS) {
      this.failures = 0;
    }
    const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    const attempt = () => {
      this.stopWaiting();
      void this.attempt(address);
    };
    const { host, port } = address;
    this.watch = new PortWatch({ host, port, cause, clock, onBack: attempt });
    this.retry = clock.schedule(longest * (0.5 + random() / 2), attempt);

    const failure = describeFailure(cause);
    // Once for as long as it is away, and once more for what only the installer can put right.
    if (this.told.size === 0 || (failure.isRefusal && !this.told.has(failure.text))) {
      this.told.add(failure.text);
      const line = `MQTT: no connection to ${address.name}: ${failure.text}; trying again`;
      if (failure.isRefusal) logger.error(line);
      else logger.warn(line);
    }
    this.setConnected(false);
  }

  private stopWaiting(): void {
    this.retry?.cancel();
    this.watch?.stop();
  }

  /** @throws what a listener throws, for a message that the broker then keeps and sends again */
  private take(packet: IPublishPacket): void {
    const { topic, payload, retain: retained, qos } = packet;
    if (topic === this.options.statusTopic) return this.contradict(packet);
    const duplicate = this.heard.look(SESSION, packet);
    const message = { topic, payload: Buffer.from(payload), retained, duplicate };
    try {
      for (const listener of this.messageListeners) listener(message);
      this.heard.note(SESSION, packet);
      this.losesMessages = false;
    } catch (error) {
      if (qos > 0) throw new NotTakenError(error);
      if (!this.losesMessages) {
        this.options.logger.error(`MQTT: QoS 0 messages are lost: ${textOf(error)}`);
      }
      this.losesMessages = true;
    }
  }

  /** The last will of another process of this home, or its goodbye: the home is online all the same. */
  private contradict({ payload }: IPublishPacket): void {
    if (payload.toString() === 'online' || !this.isConnected) return;
    this.publish(this.options.statusTopic, 'online', { retain: true }).catch((error: unknown) =>
      this.options.logger.warn(`MQTT: the home looks offline to others: ${textOf(error)}`),
    );
  }

  private setConnected(connected: boolean): void {
    if (this.isConnected === connected) return;
    this.isConnected = connected;
    for (const listener of this.connectionListeners) {
      try {
        listener(connected);
      } catch (error) {
        this.options.logger.error(`MQTT: a listener failed: ${textOf(error)}`);
      }
    }
  }
}
