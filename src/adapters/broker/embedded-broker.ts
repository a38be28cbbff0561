import type { Duplex } from 'node:stream';
import type { Aedes, Client } from 'aedes' with { 'resolution-mode': 'import' };
import { homeTopic } from '../../contract/topics';
import { AurionError } from '../../contract/errors';
import { printable } from '../../contract/safe-input';
import { isAllowed, type TopicRights } from '../../domain/mqtt/topic-rights';
import type { BrokerAccess, Visitor } from '../../ports/broker-access';
import type { Clock, Timer } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { Message, MessageLink, PublishOptions } from '../../ports/message-link';
import { Doors } from './doors';
import { assertTopic, isExpiredCommand } from './outgoing';
import { rightsOf } from './visitor-rights';

const CONNECT_WITHIN_MS = 10_000;
/** A client that does not read for this long is let go, so that it holds up nobody. */
const DRAIN_WITHIN_MS = 10_000;
/** What one client may send before it is a whole packet; aedes itself would collect 256 MB. */
const PACKET_BYTES_MAX = 256 * 1024;
const CLIENT_QUEUE_MAX = 1000;
const RECHECK_EVERY_MS = 4000;
/** MQTT 3.1.1's return codes; aedes' enum is in a module that can't be required. */
const BAD_CREDENTIALS = 4;
const UNAVAILABLE = 3;

export interface EmbeddedBrokerOptions {
  readonly host: string;
  readonly port: number;
  /** MQTT over WebSocket; null for none. */
  readonly wsPort: number | null;
  /** Every topic of the home lies below it. */
  readonly prefix: string;
  readonly access: BrokerAccess;
  readonly clock: Clock;
  readonly logger: Logger;
}

type AuthenticateDone = Parameters<Aedes['authenticate']>[3];

interface Seat {
  readonly visitor: Visitor;
  readonly rights: TopicRights;
}

/**
 * The broker inside Aurion. Aurion itself is not a client of it: it publishes into it and hears what
 * clients publish before their sender is told that it arrived, without a socket in between.
 */
export class EmbeddedBroker implements MessageLink {
  private readonly messageListeners: ((message: Message) => void)[] = [];
  private readonly connectionListeners: ((connected: boolean) => void)[] = [];
  private readonly seats = new WeakMap<Client, Seat>();
  private readonly clients = new Set<Client>();
  private readonly doors: Doors;
  private broker: Aedes | undefined;
  private recheck: Timer | undefined;

  constructor(private readonly options: EmbeddedBrokerOptions) {
    this.doors = new Doors(options, PACKET_BYTES_MAX);
    options.access.onRevoked((isRevoked) => this.letGo(isRevoked));
  }

  get connected(): boolean {
    return this.broker !== undefined;
  }

  /** Where it listens for MQTT over TCP; null while it does not. */
  get port(): number | null {
    return this.doors.port;
  }

  /** It has a message once it is told. */
  readonly waiting = 0;

  /** Begins to listen. @throws BROKER_UNAVAILABLE when a port is taken or not allowed; its cause says why */
  async start(): Promise<void> {
    const broker = await this.createBroker();
    try {
      await this.doors.open((stream) => this.seat(broker, stream));
    } catch (cause) {
      await closeBroker(broker);
      throw new AurionError('BROKER_UNAVAILABLE', { cause });
    }
    this.broker = broker;
    this.planRecheck();
    await this.publish(homeTopic(this.options.prefix, 'status'), 'online', { retain: true });
    for (const listener of this.connectionListeners) listener(true);
  }

  publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    const { broker } = this;
    if (!broker) return Promise.reject(new AurionError('BROKER_UNAVAILABLE'));
    return new Promise((resolve) => {
      assertTopic(topic);
      const { qos = 1, retain = false } = options;
      const packet = { cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain } as const;
      // The broker has it once it is told. Its callback comes when the slowest client has read it.
      broker.publish({ ...packet, dup: false }, (error) => {
        if (error) this.options.logger.warn(`MQTT broker: ${error.message}`);
      });
      resolve();
    });
  }

  onMessage(listener: (message: Message) => void): void {
    this.messageListeners.push(listener);
  }

  onConnection(listener: (connected: boolean) => void): void {
    this.connectionListeners.push(listener);
  }

  async close(): Promise<void> {
    const { broker } = this;
    if (broker)
      await this.publish(homeTopic(this.options.prefix, 'status'), 'offline', { retain: true });
    this.broker = undefined;
    this.recheck?.cancel();
    await this.doors.close();
    if (!broker) return;
    await closeBroker(broker);
    for (const listener of this.connectionListeners) listener(false);
  }

  private async createBroker(): Promise<Aedes> {
    const { Aedes } = await import('aedes');
    const broker = await Aedes.createBroker({
      connectTimeout: CONNECT_WITHIN_MS,
      drainTimeout: DRAIN_WITHIN_MS,
      queueLimit: CLIENT_QUEUE_MAX,
    });
    broker.preConnect = (_client, packet, done) => {
      // Two visitors can't throw each other out by taking the same client id.
      packet.clientId = `${packet.username ?? ''}/${packet.clientId}`;
      done(null, true);
    };
    broker.authenticate = (client, username, password, done) =>
      this.authenticate(client, username, password, done);
    broker.authorizePublish = (client, packet, done) => {
      if (!client) return done(null);
      try {
        this.assertMayPublish(client, packet.topic);
        this.hear(packet);
      } catch (error) {
        return done(error as Error);
      }
      done(null);
    };
    broker.authorizeSubscribe = (client, subscription, done) => {
      const rights = this.seats.get(client)?.rights;
      const allowed = rights !== undefined && isAllowed(rights.subscribe, subscription.topic);
      done(null, allowed ? subscription : null);
    };
    // Also asked for what waited for a client that comes back: it gets no command whose time is over.
    broker.authorizeForward = (_client, packet) =>
      isExpiredCommand(packet.topic, packet.payload, this.options.clock.now()) ? null : packet;
    // A client that never said who it is has no id yet, whatever its type says.
    const complain = (client: Pick<Partial<Client>, 'id'>, error: Error) =>
      this.options.logger.debug(
        `MQTT client ${printable(client.id ?? 'unknown')}: ${printable(error.message, 200)}`,
      );
    broker.on('clientError', complain);
    broker.on('connectionError', complain);
    return broker;
  }

  private seat(broker: Aedes, stream: Duplex): void {
    const client = broker.handle(stream) as Client & { _parser: { _list: { length: number } } };
    this.clients.add(client);
    stream.once('close', () => this.clients.delete(client));
    stream.on('readable', () => {
      if (client._parser._list.length > PACKET_BYTES_MAX) stream.destroy();
    });
  }

  private authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: AuthenticateDone,
  ): void {
    const refuse = (returnCode: number) =>
      done(Object.assign(new Error('refused'), { returnCode }), null);
    if (username === undefined || password === undefined) return refuse(BAD_CREDENTIALS);
    this.options.access.authenticate(username, password.toString()).then(
      (visitor) => {
        if (!visitor) return refuse(BAD_CREDENTIALS);
        this.seats.set(client, { visitor, rights: rightsOf(this.options.prefix, visitor) });
        done(null, true);
      },
      (error: unknown) => {
        this.options.logger.warn(`MQTT sign-in failed: ${String(error)}`);
        refuse(UNAVAILABLE);
      },
    );
  }

  private assertMayPublish(client: Client, topic: string): void {
    const rights = this.seats.get(client)?.rights;
    if (rights && isAllowed(rights.publish, topic)) return;
    throw new Error(`may not publish on ${printable(topic)}`);
  }

  private hear(packet: { topic: string; payload: Buffer | string; dup: boolean }): void {
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // Someone publishes it now, so it is an event, whatever its retain flag asks of the broker.
    const message = { topic: packet.topic, payload, retained: false, duplicate: packet.dup };
    for (const listener of this.messageListeners) listener(message);
  }

  private letGo(isRevoked: (visitor: Visitor) => boolean): void {
    for (const client of this.clients) {
      const seat = this.seats.get(client);
      if (seat && isRevoked(seat.visitor)) client.close();
    }
  }

  /** People's sessions can end elsewhere, or by time. */
  private planRecheck(): void {
    this.recheck = this.options.clock.schedule(RECHECK_EVERY_MS, () => {
      for (const client of this.clients) {
        const visitor = this.seats.get(client)?.visitor;
        if (visitor?.kind !== 'user') continue;
        visitor.recheck().then(
          (good) => (good ? undefined : client.close()),
          () => undefined,
        );
      }
      this.planRecheck();
    });
  }
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((resolve) => broker.close(() => resolve()));
}
