import { printable } from '../contract/safe-input';
import { RefusedMessage } from '../domain/devices/report';
import type { Clock, Timer } from '../ports/clock';
import type { Journal } from '../ports/journal';
import type { Logger } from '../ports/logger';
import type { Message, MessageLink } from '../ports/message-link';
import type { Health } from './health';

/** How long what has come in may wait in the journal before it is folded into the store. */
const FOLD_EVERY_MS = 1000;
const COMPLAIN_EVERY_MS = 60_000;
const COMPLAINTS_MAX = 1000;

/** A message that was understood and is good: what to do with it once it is in the journal. */
export type Accepted = () => void;

/** Takes messages of some topics into the home's state. */
export interface Taker {
  /**
   * Understands a message, without an effect.
   * @param at when it arrived
   * @returns null for a topic that is not its own; `unknown` when it is, but nobody here has the name
   * @throws RefusedMessage
   */
  understand(message: Message, at: number): Accepted | 'unknown' | null;
  /** Writes to the store what changed since the last time. */
  fold(): Promise<void>;
}

/** Messages counted: `received` = `kept` + all of `dropped`. */
export interface MessageCounts {
  readonly received: number;
  readonly kept: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Where every message from outside comes in: understood, then in the journal, then in the state; and
 * behind that, in batches, in the store. What was acknowledged is never lost.
 */
export class Intake {
  private received = 0;
  private kept = 0;
  private readonly dropped = new Map<string, number>();
  private readonly complaints = new Map<string, number>();
  private dirty = false;
  private stopped = false;
  private timer: Timer | undefined;
  private folding: Promise<void> = Promise.resolve();
  private foldFailed = false;
  private journalFailed = false;

  constructor(
    private readonly ports: {
      readonly link: MessageLink;
      readonly journal: Journal;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly health: Pick<Health, 'works' | 'fails'>;
    },
    private readonly takers: readonly Taker[],
  ) {}

  get counts(): MessageCounts {
    const { received, kept } = this;
    return { received, kept, dropped: Object.fromEntries(this.dropped) };
  }

  /** Takes in what an earlier run left in the journal, then listens. */
  async start(): Promise<void> {
    await this.ports.journal.replay((record) => {
      const { at, message } = decode(record);
      this.dirty = true;
      try {
        const accepted = this.understand(message, at);
        if (typeof accepted === 'function') accepted();
      } catch (error) {
        if (!(error instanceof RefusedMessage)) throw error;
      }
    });
    await this.fold();
    this.ports.link.onMessage((message) => this.take(message));
    this.plan();
  }

  /** Writes what is left to the store. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.fold();
  }

  /** @throws what the journal throws: then the sender is not told that it arrived */
  private take(message: Message): void {
    const at = this.ports.clock.now();
    this.received += 1;
    try {
      const accepted = this.understand(message, at);
      if (typeof accepted !== 'function') {
        this.drop(accepted ?? 'topic');
        return;
      }
      this.append(encode(at, message));
      this.kept += 1;
      this.dirty = true;
      accepted();
    } catch (error) {
      if (!(error instanceof RefusedMessage)) {
        this.drop('journal');
        throw error;
      }
      this.drop(error.reason);
      this.complain(message.topic, error);
    }
  }

  /** @throws what the journal throws */
  private append(record: string): void {
    const { journal, health } = this.ports;
    try {
      journal.append(record);
    } catch (error) {
      this.journalFailed = true;
      health.fails('journal', error);
      throw error;
    }
    if (this.journalFailed) health.works('journal');
    this.journalFailed = false;
  }

  private understand(message: Message, at: number): Accepted | 'unknown' | null {
    for (const taker of this.takers) {
      const accepted = taker.understand(message, at);
      if (accepted !== null) return accepted;
    }
    return null;
  }

  private drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** One line a topic and reason a minute: a device that repeats itself must not fill the log. */
  private complain(topic: string, { reason, message }: RefusedMessage): void {
    const subject = `${topic} ${reason}`;
    const nowMs = this.ports.clock.monotonicMs();
    const lastMs = this.complaints.get(subject);
    if (lastMs !== undefined && nowMs - lastMs < COMPLAIN_EVERY_MS) return;
    if (this.complaints.size >= COMPLAINTS_MAX) this.complaints.clear();
    this.complaints.set(subject, nowMs);
    this.ports.logger.warn(`Message on ${printable(topic, 128)} refused: ${message}`);
  }

  private plan(): void {
    this.timer = this.ports.clock.schedule(FOLD_EVERY_MS, () => {
      void this.fold().then(() => {
        if (!this.stopped) this.plan();
      });
    });
  }

  /** One fold at a time; never rejects: what failed is tried again with the next. */
  private fold(): Promise<void> {
    this.folding = this.folding.then(async () => {
      if (!this.dirty) return;
      this.dirty = false;
      try {
        const mark = this.ports.journal.mark();
        for (const taker of this.takers) await taker.fold();
        await mark.drop();
        if (this.foldFailed) this.ports.health.works('store');
        this.foldFailed = false;
      } catch (error) {
        this.dirty = true;
        this.foldFailed = true;
        // They wait in the journal.
        this.ports.health.fails('store', error);
      }
    });
    return this.folding;
  }
}

/** A record: arrival, flags, topic, payload; one line of JSON. Payloads that were understood are UTF-8. */
function encode(at: number, { topic, payload, retained, duplicate }: Message): string {
  return JSON.stringify([at, (retained ? 1 : 0) + (duplicate ? 2 : 0), topic, payload.toString()]);
}

function decode(record: string): { at: number; message: Message } {
  const [at, flags, topic, payload] = JSON.parse(record) as [number, number, string, string];
  const message = {
    topic,
    payload: Buffer.from(payload),
    retained: (flags & 1) !== 0,
    duplicate: (flags & 2) !== 0,
  };
  return { at, message };
}
