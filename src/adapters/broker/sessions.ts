import { Readable } from 'node:stream';
import type { Client } from 'aedes' with { 'resolution-mode': 'import' };
import { ACCOUNT_LIMITS, BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { accountOf, type Standing, type Visitor } from '../../ports/broker-access';
import type { Clock } from '../../ports/clock';
import type { Heard } from './heard';
import { Retained } from './retained';
import type { Seats } from './seats';
import { copyOf, Session, Unfinished, type Packet, type Release, type Subscribed } from './session';

const TOPICS_MAX = 1000;

/** Of an aedes client: what tells whose session it is. */
type Named = Pick<Client, 'id'>;

interface Matched extends Subscribed {
  readonly clientId: string;
}

/**
 * What the broker keeps of clients beyond their connections: aedes' persistence, with bounds that its
 * own does not have, and holding nothing but what was granted (S27). It is in memory: a restart ends
 * every session, and clients subscribe again.
 */
export class Sessions {
  private readonly sessions = new Map<string, Session>();
  /** Deliveries begun by clients whose session ends with their connection. */
  private readonly passing = new WeakMap<Named, Unfinished>();
  private readonly retained = new Retained();
  /** Who is to be kept a message on a topic, of the topics that came lately; until a filter changes. */
  private readonly matches = new Map<string, readonly Matched[]>();

  constructor(
    private readonly seats: Seats,
    private readonly clock: Clock,
    private readonly heard: Pick<Heard, 'complete'>,
  ) {}

  get visitors(): readonly Visitor[] {
    return [...this.sessions.values()].map(({ visitor }) => visitor);
  }

  get size(): number {
    return this.sessions.size;
  }

  /** Ends the sessions of those who do not stand as they did. */
  letGo(standingOf: (visitor: Visitor) => Standing): void {
    for (const [id, { visitor }] of this.sessions) {
      if (standingOf(visitor) !== 'good') this.end(id);
    }
  }

  /** Ends the sessions of clients that stayed away for long. */
  sweep(isConnected: (clientId: string) => boolean): void {
    const nowMs = this.clock.monotonicMs();
    for (const [id, session] of this.sessions) {
      if (isConnected(id)) session.awakeMs = nowMs;
      else if (nowMs - session.awakeMs > BROKER_LIMITS.sessionMs) this.end(id);
    }
  }

  /** A client comes back under this name: what somebody with other rights left there is not for it. */
  claim(clientId: string, visitor: Visitor): void {
    const session = this.sessions.get(clientId);
    if (session && !isSame(session.visitor, visitor)) this.end(clientId);
  }

  /** A filter that is not granted any more leaves the session. */
  refuse({ id }: Named, filter: string): void {
    this.sessions.get(id)?.unsubscribe(filter);
    this.matches.clear();
  }

  private end(id: string): void {
    this.sessions.delete(id);
    this.matches.clear();
  }

  /** The session of a client that wants one; of too many of one account the one longest away goes. */
  private open(client: Client): Session | undefined {
    const session = this.sessions.get(client.id);
    const visitor = this.seats.of(client)?.visitor;
    if (session || !visitor || client.clean) return session;
    const account = accountOf(visitor);
    const others = [...this.sessions]
      .filter(([, other]) => other.account === account)
      .sort(([, a], [, b]) => a.awakeMs - b.awakeMs);
    const tooMany = others.length + 1 - ACCOUNT_LIMITS[visitor.kind].sessions;
    for (const [id] of others.slice(0, Math.max(0, tooMany))) this.end(id);
    const opened = new Session(visitor, account, this.clock.monotonicMs());
    this.sessions.set(client.id, opened);
    return opened;
  }

  /** Whether a delivery with QoS 2 under this number is under way. */
  hasBegun(client: Client, messageId: number): boolean {
    return this.unfinishedOf(client).has(messageId);
  }

  private unfinishedOf(client: Client): Unfinished {
    const session = this.open(client);
    if (session) return session.unfinished;
    const known = this.passing.get(client);
    if (known) return known;
    const made = new Unfinished();
    this.passing.set(client, made);
    return made;
  }

  /* From here on: what aedes asks of a persistence, which is promises, and here nothing has to be waited for. */
  /* eslint-disable @typescript-eslint/require-await */

  async setup(): Promise<void> {
    // Nothing to open.
  }

  async storeRetained(packet: Packet): Promise<void> {
    this.retained.keep(packet);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.retained.matching(filters));
  }

  async addSubscriptions(client: Client, subscriptions: readonly Subscribed[]): Promise<void> {
    const session = this.open(client);
    for (const subscription of subscriptions) {
      if (this.seats.isGranted(client, subscription.topic)) session?.subscribe(subscription);
    }
    this.matches.clear();
  }

  async removeSubscriptions({ id }: Named, filters: readonly string[]): Promise<void> {
    for (const filter of filters) this.sessions.get(id)?.unsubscribe(filter);
    this.matches.clear();
  }

  async subscriptionsByClient({ id }: Named): Promise<readonly Subscribed[]> {
    return this.sessions.get(id)?.subscriptions ?? [];
  }

  async subscriptionsByTopic(topic: string): Promise<readonly Matched[]> {
    const known = this.matches.get(topic);
    if (known) return known;
    const matched = [...this.sessions]
      .map(([clientId, session]) => ({ clientId, topic, qos: session.qosOf(topic) }))
      .filter(({ qos }) => qos > 0);
    if (this.matches.size >= TOPICS_MAX) this.matches.clear();
    this.matches.set(topic, matched);
    return matched;
  }

  /** A client comes that wants none of what was kept for it. */
  async cleanSubscriptions({ id }: Named): Promise<void> {
    this.end(id);
  }

  async outgoingEnqueue(one: Matched, packet: Packet): Promise<void> {
    await this.outgoingEnqueueCombi([one], packet);
  }

  async outgoingEnqueueCombi(matched: readonly Matched[], packet: Packet): Promise<void> {
    if (matched.length === 0) return;
    const copy = copyOf(packet);
    for (const { clientId, qos } of matched) {
      const least = Math.min(qos, packet.qos) as Packet['qos'];
      this.sessions.get(clientId)?.enqueue({ ...copy, qos: least });
    }
  }

  async outgoingUpdate({ id }: Named, packet: Packet | Release): Promise<void> {
    this.sessions.get(id)?.sent(packet);
  }

  async outgoingClearMessageId(
    { id }: Named,
    { messageId }: { readonly messageId?: number },
  ): Promise<Packet | Release | undefined> {
    return messageId === undefined ? undefined : this.sessions.get(id)?.done(messageId);
  }

  outgoingStream({ id }: Named): Readable {
    return Readable.from(this.sessions.get(id)?.waiting ?? []);
  }

  async incomingStorePacket(client: Client, { messageId = 0 }: Packet): Promise<void> {
    this.unfinishedOf(client).add(messageId);
  }

  /** @throws when it was not begun, as aedes expects it */
  async incomingGetPacket(client: Client, packet: Packet): Promise<Packet> {
    if (!this.unfinishedOf(client).has(packet.messageId ?? 0)) throw new Error('not begun');
    return packet;
  }

  /** @throws when it was not begun, as aedes expects it */
  async incomingDelPacket(client: Client, { messageId = 0 }: Packet): Promise<void> {
    this.heard.complete(client.id, messageId);
    if (!this.unfinishedOf(client).delete(messageId)) throw new Error('not begun');
  }

  async cleanIncoming(client: Client): Promise<void> {
    this.passing.delete(client);
  }

  // A last will lives and ends with its connection here, so none is kept.
  async putWill(): Promise<void> {
    // As above.
  }

  async delWill(): Promise<void> {
    // As above.
  }

  streamWill(): Readable {
    return Readable.from([]);
  }
}

function isSame(a: Visitor, b: Visitor): boolean {
  return JSON.stringify({ ...a, token: null }) === JSON.stringify({ ...b, token: null });
}
