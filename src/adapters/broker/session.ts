import { BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { isAllowed } from '../../domain/mqtt/topic-rights';
import type { Visitor } from '../../ports/broker-access';

/** A message as aedes hands it over. `brokerCounter` is its number among all of this broker. */
export interface Packet {
  readonly cmd: 'publish';
  readonly brokerId: string;
  readonly brokerCounter: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly messageId?: number | undefined;
}

/** The second half of a delivery with QoS 2. */
export interface Release {
  readonly cmd: 'pubrel';
  readonly messageId: number;
}

export interface Subscribed {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

/** A copy that keeps nothing else alive: a payload that came in shares memory with all that came with it. */
export function copyOf({ cmd, brokerId, brokerCounter, topic, payload, qos, retain }: Packet) {
  return { cmd, brokerId, brokerCounter, topic, payload: Buffer.from(payload), qos, retain };
}

/** What is kept of a client between its connections (MQTT 3.1.1, 3.1.2.4). */
export class Session {
  private readonly filters = new Map<string, Subscribed['qos']>();
  /** What is on its way to the client, oldest first, by its number. */
  private readonly queue = new Map<number, Packet | Release>();
  private readonly numbers = new Map<number, number>();
  private bytes = 0;
  readonly unfinished = new Unfinished();

  /** @param awakeMs when the client was last known to be connected */
  constructor(
    readonly visitor: Visitor,
    readonly account: string,
    public awakeMs: number,
  ) {}

  get subscriptions(): readonly Subscribed[] {
    return [...this.filters].map(([topic, qos]) => ({ topic, qos }));
  }

  subscribe({ topic, qos }: Subscribed): void {
    if (this.filters.has(topic) || this.filters.size < BROKER_LIMITS.filters) {
      this.filters.set(topic, qos);
    }
  }

  unsubscribe(topic: string): void {
    this.filters.delete(topic);
  }

  /** The highest QoS of its filters that match a topic; 0 for none: nothing is kept for it. */
  qosOf(topic: string): Subscribed['qos'] {
    const matching = [...this.filters].filter(([filter]) => isAllowed([filter], topic));
    return Math.max(0, ...matching.map(([, qos]) => qos)) as Subscribed['qos'];
  }

  /** Keeps a message until the client has acknowledged it, or too many came after it. */
  enqueue(packet: Packet): void {
    this.queue.set(packet.brokerCounter, packet);
    this.bytes += packet.payload.length;
    for (const [counter] of this.queue) {
      const { queuedMessages, queuedBytes } = BROKER_LIMITS;
      if (this.queue.size <= queuedMessages && this.bytes <= queuedBytes) break;
      this.drop(counter);
    }
  }

  /** It was sent under this number, or the client has it and waits for the release. */
  sent(packet: Packet | Release): void {
    const { messageId } = packet;
    if (messageId === undefined) return;
    const counter = packet.cmd === 'pubrel' ? this.numbers.get(messageId) : packet.brokerCounter;
    const kept = counter === undefined ? undefined : this.queue.get(counter);
    if (counter === undefined || !kept) return;
    if (packet.cmd === 'pubrel') {
      this.forgetBytes(kept);
      this.queue.set(counter, { cmd: 'pubrel', messageId });
    } else if (kept.cmd === 'publish') {
      if (kept.messageId !== undefined) this.numbers.delete(kept.messageId);
      this.queue.set(counter, { ...kept, messageId });
      this.numbers.set(messageId, counter);
    }
  }

  /** The client acknowledged what was sent under this number. */
  done(messageId: number): Packet | Release | undefined {
    const counter = this.numbers.get(messageId);
    if (counter === undefined) return undefined;
    const kept = this.queue.get(counter);
    this.drop(counter);
    return kept;
  }

  /** What the client is to be sent when it comes back. */
  get waiting(): readonly (Packet | Release)[] {
    return [...this.queue.values()];
  }

  private drop(counter: number): void {
    const kept = this.queue.get(counter);
    if (!kept) return;
    this.forgetBytes(kept);
    this.queue.delete(counter);
    if (kept.messageId !== undefined) this.numbers.delete(kept.messageId);
  }

  private forgetBytes(kept: Packet | Release): void {
    if (kept.cmd === 'publish') this.bytes -= kept.payload.length;
  }
}

/** The numbers of deliveries with QoS 2 that a client has begun: one that comes again is known. */
export class Unfinished {
  private readonly numbers = new Set<number>();

  add(messageId: number): void {
    this.numbers.add(messageId);
    for (const oldest of this.numbers) {
      if (this.numbers.size <= BROKER_LIMITS.unfinished) break;
      this.numbers.delete(oldest);
    }
  }

  has(messageId: number): boolean {
    return this.numbers.has(messageId);
  }

  delete(messageId: number): boolean {
    return this.numbers.delete(messageId);
  }
}
