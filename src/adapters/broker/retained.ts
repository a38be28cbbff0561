import { BROKER_LIMITS } from '../../domain/mqtt/broker-limits';
import { isAllowed } from '../../domain/mqtt/topic-rights';
import type { Packet } from './session';
import { copyOf } from './session';

/** What the broker remembers of each topic, for those who come later. */
export class Retained {
  private readonly packets = new Map<string, Packet>();

  /** An empty payload makes it forget. A new topic beyond the limit is not remembered. */
  keep(packet: Packet): void {
    const { topic } = packet;
    if (packet.payload.length === 0) this.packets.delete(topic);
    else if (this.packets.has(topic) || this.packets.size < BROKER_LIMITS.retained) {
      this.packets.set(topic, { ...copyOf(packet), retain: true });
    }
  }

  *matching(filters: readonly string[]): Generator<Packet> {
    for (const [topic, packet] of this.packets) if (isAllowed(filters, topic)) yield packet;
  }
}
