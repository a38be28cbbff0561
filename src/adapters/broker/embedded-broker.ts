import type { Duplex } from 'node:stream';
import type { Aedes, Client } from 'aedes' with { 'resolution-mode': 'import' };
import { homeTopic } from '../../contract/topics';
import { AurionError } from '../../contract/errors';
import { printable } from '../../contract/safe-input';
import type { DropReason } from '../../domain/intake/drop-reason';
import { MESSAGE_BYTES_MAX } from '../../domain/intake/payload';
import { OnceEvery } from '../../domain/limits/once-every';
import { BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import type { BrokerAccess, Standing, Visitor } from '../../ports/broker-access';
import type { Clock, Timer } from '../../ports/clock';
import type { Logger } from '../../ports/logger';
import type { Message, MessageLink, PublishOptions } from '../../ports/message-link';
import { Doors } from './doors';
import { Entrance } from './entrance';
import { Heard, type Numbered } from './heard';
import { assertTopic, isExpiredCommand } from './outgoing';
import { Seats } from './seats';
import { Sessions } from './sessions';

const CONNECT_WITHIN_MS = 10_000;
/** A client that does not read for this long is let go, so that it holds up nobody. */
const DRAIN_WITHIN_MS = 10_000;
const CLIENT_QUEUE_MAX = 1000;
const RECHECK_EVERY_MS = 4000;
const COMPLAIN_EVERY_MS = 60_000;

export interface EmbeddedBrokerOptions {
  readonly host: string;
  readonly port: number;
  /** MQTT over WebSocket; null for none. */
  readonly wsPort: number | null;
  /** Whether a proxy in front says where clients of MQTT over WebSocket come from. */
  readonly trustProxy: boolean;
  /** Every topic of the home lies below it. */
  readonly prefix: string;
  readonly access: BrokerAccess;
  readonly clock: Clock;
  readonly logger: Logger;
}

type PublishPacket = Parameters<Aedes['authorizePublish']>[1];

/**
 * The broker inside Aurion. Aurion itself is not a client of it: it publishes into it and hears what
 * clients publish before their sender is told that it arrived, without a socket in between.
 */
export class EmbeddedBroker implements MessageLink {
  private readonly messageListeners: ((message: Message) => void)[] = [];
  private readonly connectionListeners: ((connected: boolean) => void)[] = [];
  private readonly dropListeners: ((reason: DropReason) => void)[] = [];
  private readonly complaints = new OnceEvery(COMPLAIN_EVERY_MS);
  private readonly seats: Seats;
  private readonly heard: Heard;
  private readonly sessions: Sessions;
  private readonly entrance: Entrance;
  private readonly doors: Doors;
  private broker: Aedes | undefined;
  private recheck: Timer | undefined;
  private isLooking = false;

  constructor(private readonly options: EmbeddedBrokerOptions) {
    const { access, clock, logger, prefix } = options;
    this.doors = new Doors(options, BROKER_LIMITS.packetBytes);
    this.seats = new Seats(prefix);
    this.heard = new Heard(clock);
    this.sessions = new Sessions(this.seats, clock, this.heard);
    const { seats, sessions } = this;
    this.entrance = new Entrance({ access, seats, sessions, clock, logger });
    access.onChanged((standingOf) => this.letGo(standingOf));
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

  /**
   * Begins to listen.
   * @throws BROKER_UNAVAILABLE when a port is taken or not allowed (its cause says why), and what
   * `access.assertSafe` throws
   */
  async start(): Promise<void> {
    this.options.access.assertSafe();
    const broker = await this.createBroker();
    try {
      await this.doors.open((stream, address) => this.seat(broker, stream, address));
    } catch (cause) {
      await closeBroker(broker);
      throw new AurionError('BROKER_UNAVAILABLE', { cause });
    }
    this.broker = broker;
    this.planRecheck(broker);
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

  onDropped(listener: (reason: DropReason) => void): void {
    this.dropListeners.push(listener);
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
    const { seats, sessions, entrance } = this;
    const broker = await Aedes.createBroker({
      connectTimeout: CONNECT_WITHIN_MS,
      drainTimeout: DRAIN_WITHIN_MS,
      queueLimit: CLIENT_QUEUE_MAX,
      maxInflightInbound: BROKER_LIMITS.unfinished,
      // Ours has a name of its own length in front.
      maxClientsIdLength: Number.MAX_SAFE_INTEGER,
      persistence: sessions,
    });
    broker.preConnect = (client, packet, done) => {
      entrance.greet(client, packet);
      done(null, true);
    };
    broker.authenticate = (client, username, password, done) =>
      void entrance.admit(client, username, password, done);
    broker.authorizePublish = (client, packet, done) => {
      try {
        if (client) this.take(client, packet);
      } catch (error) {
        return done(error as Error);
      }
      done(null);
    };
    broker.authorizeSubscribe = (client, subscription, done) => {
      const granted = seats.grant(client, subscription.topic);
      if (!granted) sessions.refuse(client, subscription.topic);
      done(null, granted ? subscription : null);
    };
    broker.on('unsubscribe', (filters, client) => seats.giveBack(client, filters));
    // Asked for each message a client would be handed: live, retained, or kept for one that comes back.
    broker.authorizeForward = (client, packet) => {
      const { topic, payload } = packet;
      const isOver = isExpiredCommand(topic, payload, this.options.clock.now());
      return isOver || !seats.mayRead(client, topic) ? null : packet;
    };
    // A client that never said who it is has no id yet, whatever its type says.
    const complain = (client: Pick<Partial<Client>, 'id'>, error: Error) =>
      this.options.logger.debug(
        `MQTT client ${printable(client.id ?? 'unknown')}: ${printable(error.message, 200)}`,
      );
    broker.on('clientError', complain);
    broker.on('connectionError', complain);
    return broker;
  }

  private seat(broker: Aedes, stream: Duplex, address: string | null): void {
    const client = broker.handle(stream) as Client & { _parser: { _list: { length: number } } };
    this.entrance.arrive(client, address);
    stream.once('close', () => this.seats.left(client));
    stream.on('readable', () => {
      if (client._parser._list.length > BROKER_LIMITS.packetBytes) stream.destroy();
    });
  }

  /**
   * Takes in what a client publishes, its last will too. What it may not publish, or is too large, is
   * acknowledged and goes nowhere: one who is not told would send it again for ever.
   */
  private take(client: Client, packet: PublishPacket): void {
    if (!this.seats.mayPublish(client, packet.topic)) {
      this.complain(client, packet.topic);
      for (const listener of this.dropListeners) listener('rights');
      return discard(packet);
    }
    this.hear(client, packet);
    if (packet.payload.length > MESSAGE_BYTES_MAX) discard(packet);
  }

  private complain(client: Client, topic: string): void {
    const { clock, logger } = this.options;
    const held = this.complaints.admit(client.id, clock.monotonicMs());
    if (held === null) return;
    const before = held === 0 ? '' : `, and ${held} more since the last line`;
    logger.warn(
      `MQTT client ${printable(client.id)} may not publish on ${printable(topic, 128)}: dropped${before}`,
    );
  }

  private hear(client: Client, packet: Numbered & { readonly qos: number }): void {
    const { topic, messageId = 0, qos } = packet;
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // aedes asks before it looks whether it has begun this delivery.
    const hasBegun = qos === 2 && this.sessions.hasBegun(client, messageId);
    const duplicate = this.heard.look(client.id, packet, hasBegun);
    // Someone publishes it now, so it is an event, whatever its retain flag asks of the broker.
    const message = { topic, payload, retained: false, duplicate };
    for (const listener of this.messageListeners) listener(message);
    this.heard.note(client.id, packet);
  }

  private letGo(standingOf: (visitor: Visitor) => Standing): void {
    this.seats.letGo(standingOf);
    this.sessions.letGo(standingOf);
  }

  /** What somebody may do can change elsewhere, or by time. */
  private planRecheck(broker: Aedes): void {
    this.recheck = this.options.clock.schedule(RECHECK_EVERY_MS, () => {
      void this.lookAgain();
      this.sessions.sweep((clientId) => clientId in clientsOf(broker));
      this.planRecheck(broker);
    });
  }

  private async lookAgain(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const visitors = [...new Set([...this.seats.visitors, ...this.sessions.visitors])];
    const standings = await this.options.access.standings(visitors);
    this.isLooking = false;
    const found = new Map(visitors.map((visitor, i) => [visitor, standings[i] ?? 'good']));
    this.letGo((visitor) => found.get(visitor) ?? 'good');
  }
}

/** aedes' clients by their ids, which its types leave out. */
function clientsOf(broker: Aedes): Readonly<Record<string, Client>> {
  return (broker as unknown as { clients: Record<string, Client> }).clients;
}

/** Nobody can subscribe to it. */
const NOWHERE = '$nowhere';

function discard(packet: PublishPacket): void {
  packet.topic = NOWHERE;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((resolve) => broker.close(() => resolve()));
}
