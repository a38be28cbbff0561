import type { Client } from 'aedes' with { 'resolution-mode': 'import' };
import { ACCOUNT_LIMITS, BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { isAllowed, type TopicRights } from '../../domain/mqtt/topic-rights';
import { accountOf, type Standing, type Visitor } from '../../ports/broker-access';
import { isTopicLength } from './outgoing';
import { rightsOf } from './visitor-rights';

/** Topics whose answer a seat remembers. */
const REMEMBERED_MAX = 1000;
const NOTHING: TopicRights = { publish: [], subscribe: [] };

/** A connected client that signed in: who it is and what it may do. */
export interface Seat {
  readonly visitor: Visitor;
  rights: TopicRights;
  /** It has to leave: it gets and subscribes to nothing more. */
  isLeaving: boolean;
  /** The filters it was granted. */
  readonly filters: Set<string>;
  /** Whether it may read a topic, of those that were asked about lately. */
  readonly reads: Map<string, boolean>;
}

/** Who sits where in the embedded broker. Every right of a client is asked here. */
export class Seats {
  private readonly seats = new WeakMap<Client, Seat>();
  /** The connected ones, in the order they signed in. */
  private readonly seated = new Set<Client>();

  constructor(private readonly prefix: string) {}

  of(client: Client): Seat | undefined {
    return this.seats.get(client);
  }

  /** Seats a client; of too many of one account the oldest go. */
  take(client: Client, visitor: Visitor): void {
    const others = [...this.seated].filter((other) => {
      const seat = this.seats.get(other);
      return seat !== undefined && accountOf(seat.visitor) === accountOf(visitor);
    });
    const tooMany = others.length + 1 - ACCOUNT_LIMITS[visitor.kind].connections;
    for (const other of others.slice(0, Math.max(0, tooMany))) this.close(other);
    this.seats.set(client, {
      visitor,
      rights: rightsOf(this.prefix, visitor),
      isLeaving: false,
      filters: new Set(),
      reads: new Map(),
    });
    this.seated.add(client);
  }

  /** Its connection is over. What it may do is still asked for its last will. */
  left(client: Client): void {
    this.seated.delete(client);
  }

  get visitors(): readonly Visitor[] {
    return [...this.seated].flatMap((client) => this.seats.get(client)?.visitor ?? []);
  }

  mayPublish(client: Client, topic: string): boolean {
    const rights = this.seats.get(client)?.rights ?? NOTHING;
    return isTopicLength(topic) && !/[+#]/.test(topic) && isAllowed(rights.publish, topic);
  }

  /** Whether a filter is granted; then it is one of the client's. */
  grant(client: Client, filter: string): boolean {
    const seat = this.seats.get(client);
    if (!seat || seat.isLeaving || !isTopicLength(filter)) return false;
    if (!isAllowed(seat.rights.subscribe, filter)) return false;
    if (!seat.filters.has(filter) && seat.filters.size >= BROKER_LIMITS.filters) return false;
    seat.filters.add(filter);
    return true;
  }

  isGranted(client: Client, filter: string): boolean {
    return this.seats.get(client)?.filters.has(filter) ?? false;
  }

  giveBack(client: Client, filters: readonly string[]): void {
    for (const filter of filters) this.seats.get(client)?.filters.delete(filter);
  }

  /** Asked for each message that would be handed to a client: live, retained or kept for it (S27). */
  mayRead(client: Client, topic: string): boolean {
    const seat = this.seats.get(client);
    if (!seat || seat.isLeaving) return false;
    const known = seat.reads.get(topic);
    if (known !== undefined) return known;
    if (seat.reads.size >= REMEMBERED_MAX) seat.reads.clear();
    const may = isAllowed(seat.rights.subscribe, topic);
    seat.reads.set(topic, may);
    return may;
  }

  /** Lets go of those who do not stand as they did. */
  letGo(standingOf: (visitor: Visitor) => Standing): void {
    for (const client of this.seated) {
      const seat = this.seats.get(client);
      const standing = seat ? standingOf(seat.visitor) : 'good';
      if (!seat || standing === 'good') continue;
      if (standing === 'gone') seat.rights = NOTHING;
      this.close(client);
    }
  }

  private close(client: Client): void {
    const seat = this.seats.get(client);
    if (seat) seat.isLeaving = true;
    this.seated.delete(client);
    client.close();
  }
}
