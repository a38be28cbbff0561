import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock';
import type { Message } from '../../ports/message-link';

/** As long as the intake knows copies by their content alone. */
const REMEMBERED_MS = 10 * 60_000;
const NUMBERS_MAX = 64;
const SENDERS_MAX = 1000;

/** A publish as MQTT has it; one with QoS 0 has no message id. */
export interface Numbered {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly dup: boolean;
  readonly messageId?: number | undefined;
}

interface Sender {
  /** What was heard last under each message id, oldest first. */
  readonly numbers: Map<number, { readonly digest: string; readonly atMs: number }>;
  /** It has sent something new, so it has sent again all that it was unsure of before (MQTT-4.6.0-1). */
  hasSentNew: boolean;
}

/**
 * What each sender was heard to publish lately. MQTT's DUP says that the sender tried before, not that
 * it was heard: if the line died on the way, the message that comes with DUP is the first. So a DUP is a
 * redelivery only if the last thing this sender was heard to say under that message id is the same.
 *
 * After a restart nothing is remembered, while an earlier run may have taken the message in just before
 * it ended. Until a sender has said something new, or 10 minutes are over, such a DUP is one `perhaps`:
 * a meter takes it as a redelivery, since a counter or power said again adds nothing; a sensor takes it
 * as live if it differs from what is shown. At worst an alarm that was over shows again until the next
 * message, which that sender sends again right behind it; the other way round an alarm would be lost.
 *
 * What was forgotten (64 message ids a sender, 1000 senders, 10 minutes) counts as first heard. One case
 * can't be told apart: a sender that counts from the start again, whose lost message has the message id,
 * topic and payload of one heard within 10 minutes.
 */
export class Heard {
  private readonly senders = new Map<string, Sender>();
  private readonly startedMs: number;

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {
    this.startedMs = clock.monotonicMs();
  }

  /**
   * Whether a publish was heard before.
   * @param hasBegun a delivery with QoS 2 under its message id is under way
   */
  look(sender: string, publish: Numbered, hasBegun = false): Message['duplicate'] {
    const { dup, messageId } = publish;
    if (!dup || messageId === undefined) return false;
    const known = this.senders.get(sender);
    const nowMs = this.clock.monotonicMs();
    const before = known?.numbers.get(messageId);
    if (before && nowMs - before.atMs <= REMEMBERED_MS) return before.digest === digestOf(publish);
    if (hasBegun) return true;
    const isSettled = known?.hasSentNew === true || nowMs - this.startedMs > REMEMBERED_MS;
    return isSettled ? false : 'perhaps';
  }

  /** A sender begins a session in which nothing was sent before. */
  begin(sender: string): void {
    this.senders.set(sender, { numbers: new Map(), hasSentNew: true });
  }

  /** A publish was taken in. */
  note(sender: string, publish: Numbered): void {
    const { dup, messageId } = publish;
    if (messageId === undefined) return;
    const known = this.senders.get(sender) ?? { numbers: new Map(), hasSentNew: false };
    // Set anew, so that the maps' order is that of coming.
    this.senders.delete(sender);
    this.senders.set(sender, known);
    if (!dup) known.hasSentNew = true;
    known.numbers.delete(messageId);
    known.numbers.set(messageId, { digest: digestOf(publish), atMs: this.clock.monotonicMs() });
    dropOldest(known.numbers, NUMBERS_MAX);
    dropOldest(this.senders, SENDERS_MAX);
  }

  /** A delivery with QoS 2 is complete: its message id is free for another message. */
  complete(sender: string, messageId: number): void {
    this.senders.get(sender)?.numbers.delete(messageId);
  }
}

function digestOf({ topic, payload }: Numbered): string {
  return createHash('sha256').update(`${topic}\0`).update(payload).digest('base64');
}

function dropOldest(map: Map<unknown, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
