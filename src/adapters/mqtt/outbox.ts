import { AurionError } from '../../contract/errors';
import type { Clock, Timer } from '../../ports/clock';
import type { PublishOptions } from '../../ports/message-link';

export const WAITING_MAX = 1000;
const PUBLISH_WITHIN_MS = 10_000;

export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Seconds from now on which nobody must be handed it any more. */
  readonly expiryS?: number;
}

export interface OutboxOptions {
  readonly clock: Clock;
  /** How many messages the broker takes before it has acknowledged the first of them. */
  readonly window: number;
  readonly send: (message: OutgoingMessage, done: (error?: Error) => void) => void;
  /** The broker does not acknowledge in time: the connection is good for nothing. */
  readonly onStalled: () => void;
}

interface Letter {
  readonly topic: string;
  readonly payload: string;
  readonly options: PublishOptions;
  /** Tells the sender, once. */
  readonly settle: (error?: unknown) => void;
}

/** What is on its way to the broker over one connection: bounded, and dead when the connection is. */
export class Outbox {
  private readonly open = new Set<Letter>();
  private readonly waiting: Letter[] = [];
  private underway = 0;
  private isPumping = false;
  private closedBy: Error | undefined;

  constructor(private readonly options: OutboxOptions) {}

  /**
   * Resolves when the broker has it.
   * @throws BROKER_UNAVAILABLE if too much waits, its time is over, the broker refuses it, does not
   * acknowledge it in time, or the connection is lost before it did
   */
  publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    const { clock, onStalled } = this.options;
    return new Promise((resolve, reject) => {
      if (this.closedBy) return reject(unavailable(this.closedBy));
      if (this.open.size >= WAITING_MAX) return reject(unavailable('too much waits'));
      let timer: Timer | undefined = clock.schedule(PUBLISH_WITHIN_MS, () => {
        letter.settle('not acknowledged in time');
        onStalled();
      });
      const letter: Letter = {
        topic,
        payload,
        options,
        settle: (error) => {
          if (!timer) return;
          timer.cancel();
          timer = undefined;
          this.open.delete(letter);
          if (error === undefined) resolve();
          else reject(unavailable(error));
        },
      };
      this.open.add(letter);
      this.waiting.push(letter);
      this.pump();
    });
  }

  /** Messages that have not arrived. */
  get size(): number {
    return this.open.size;
  }

  /** Rejects all that has not arrived. */
  close(cause: Error): void {
    this.closedBy ??= cause;
    this.waiting.length = 0;
    for (const letter of [...this.open]) letter.settle(this.closedBy);
  }

  private pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.underway < this.options.window) {
      const letter = this.waiting.shift();
      if (!letter) break;
      this.send(letter);
    }
    this.isPumping = false;
  }

  private send(letter: Letter): void {
    const { topic, payload, options } = letter;
    const { qos = 1, retain = false, expiresAt } = options;
    const leftMs = expiresAt === undefined ? Infinity : expiresAt - this.options.clock.now();
    if (!(leftMs > 0)) return letter.settle('its time is over');
    const expiryS = Number.isFinite(leftMs) ? { expiryS: Math.ceil(leftMs / 1000) } : {};
    this.underway += 1;
    this.options.send({ topic, payload, qos, retain, ...expiryS }, (error) => {
      this.underway -= 1;
      letter.settle(error);
      this.pump();
    });
  }
}

export function unavailable(cause: unknown): AurionError {
  return new AurionError('BROKER_UNAVAILABLE', {
    cause: typeof cause === 'string' ? new Error(cause) : cause,
  });
}
