import { AurionError } from '../contract/errors';
import { cameAfter, type Arrival, type Turn } from '../domain/intake/arrival';
import type { LeftOut } from '../domain/intake/left-out';
import { assertNotTooLarge } from '../domain/intake/payload';
import { RefusedMessage } from '../domain/intake/refused-message';
import { submittedText, type Submission } from '../domain/intake/submission';
import type { Clock, Timer } from '../ports/clock';
import type { Journal } from '../ports/journal';
import type { Logger } from '../ports/logger';
import type { Message, MessageLink } from '../ports/message-link';
import type { Health } from './health';
import { IntakeCounts, type Ignored, type MessageCounts, type Refused } from './intake-counts';
import { IntakeFolding, type Folder } from './intake-folding';
import { IntakeLimit } from './intake-limit';
import { decodeRecord, encodeRecord, isMessage, type Incoming } from './intake-records';

export type { Ignored } from './intake-counts';

/** A message that was understood and is good. */
export interface Accepted {
  /** What to do with it once it is in the journal. */
  readonly take: () => void;
  /** What it speaks of: of what its topic said of the same before, nothing is left in the state. */
  readonly about: string;
  /** Nobody must miss it, however much its topic has to say: an alarm that begins, a lamp that flips. */
  readonly urgent: boolean;
  /** It tells of a moment that has passed: nothing that comes later replaces it in history, so it is never limited. */
  readonly past?: boolean;
  /** It is shown and no part of history: nor is it when the journal is replayed. */
  readonly shownOnly?: boolean;
  /** The fields that were left out of it (QUALITY M16): counted and told, unless it is replayed. */
  readonly leftOut?: readonly LeftOut[];
}

/** Takes messages of some topics into the home's state. */
export interface Taker extends Folder {
  /**
   * Understands a message, without an effect on the home's state.
   * @returns null for a topic that is not its own
   * @throws RefusedMessage
   */
  understand(message: Message, arrival: Arrival): Accepted | Ignored | null;
  /**
   * Understands what was said for a thing by REST or a flow, by the same reader.
   * @returns null for a kind that is not its own
   * @throws RefusedMessage
   */
  understandSubmission?(submission: Submission, arrival: Arrival): Accepted | Ignored | null;
}

interface Came {
  readonly incoming: Incoming;
  readonly arrival: Arrival;
}

/**
 * Where every message from outside comes in: understood, then in the journal, then in the state; and
 * behind that, in batches, in the store. What was acknowledged is never lost, but for what a topic that
 * floods said a moment before a crash.
 */
export class Intake {
  private readonly reckoning: IntakeCounts;
  private readonly folding: IntakeFolding;
  private readonly limit: IntakeLimit<Came>;
  private drain: Timer | undefined;
  private journalFailed = false;
  private last: Turn = { latestMs: 0, nth: 0 };

  constructor(
    private readonly ports: {
      readonly link: MessageLink;
      readonly journal: Journal;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly health: Pick<Health, 'works' | 'fails'>;
    },
    private readonly takers: readonly Taker[],
  ) {
    this.reckoning = new IntakeCounts(ports);
    this.folding = new IntakeFolding(ports, takers);
    this.limit = new IntakeLimit(ports.clock);
  }

  get counts(): MessageCounts {
    return this.reckoning.all;
  }

  /** Fields that were left out of messages that were kept, by reason. */
  get leftOutCounts(): Readonly<Record<string, number>> {
    return this.reckoning.leftOut;
  }

  /** True while what came in cannot be written to the store. */
  get isFoldFailing(): boolean {
    return this.folding.isFailing;
  }

  /** Called with each message that was understood and is not kept. */
  onRefused(listener: (refused: Refused) => void): void {
    this.reckoning.onRefused(listener);
  }

  /**
   * Takes in what REST or a flow says for a thing; a copy of what came before is taken as that. It does not
   * wait as messages do: whoever offers too much is told.
   * @throws READING_REFUSED, and what the journal throws
   */
  offer(incoming: Incoming): void {
    const refused = this.take(incoming, { waits: false });
    if (refused === null || refused.reason === 'duplicate') return;
    const { reason, problem } = refused;
    throw new AurionError('READING_REFUSED', { params: { reason, problem } });
  }

  /** Takes in what an earlier run left in the journal, then listens. */
  async start(): Promise<void> {
    await this.ports.journal.replay((record) => {
      const { came, incoming, shownOnly } = decodeRecord(record);
      const redelivered = isMessage(incoming) ? incoming.duplicate : false;
      const arrival = { ...came, redelivered, replayed: true, ...(shownOnly && { shownOnly }) };
      if (cameAfter(came, this.last)) this.last = came;
      this.folding.came();
      try {
        const accepted = this.understand(incoming, arrival);
        if (isAccepted(accepted)) accepted.take();
      } catch (error) {
        if (!(error instanceof RefusedMessage)) throw error;
      }
    });
    await this.folding.fold(true);
    this.ports.link.onMessage((message) => void this.take(message));
    this.ports.link.onDropped?.((reason) => this.reckoning.lose(reason));
    this.folding.plan();
  }

  /** Takes what waits, and writes what is left to the store. */
  async stop(): Promise<void> {
    this.drain?.cancel();
    for (const source of this.limit.noisy) this.takeWaiting(source);
    await this.folding.stop();
  }

  /**
   * @returns null if it is kept, or waits
   * @throws what the journal throws: then the sender is not told that it arrived
   */
  private take(incoming: Incoming, { waits } = { waits: true }): Refused | null {
    const redelivered = isMessage(incoming) ? incoming.duplicate : false;
    const came = { incoming, arrival: { ...this.arrival(), redelivered, replayed: false } };
    const source = sourceOf(incoming);
    try {
      assertNotTooLarge(
        isMessage(incoming) ? incoming.payload.length : Buffer.byteLength(submittedText(incoming)),
      );
      const accepted = this.understand(incoming, came.arrival);
      if (!isAccepted(accepted)) return this.reckoning.refuse(incoming, accepted ?? 'topic');
      if (!this.limit.admits(source, accepted)) {
        if (!waits) return this.reckoning.refuse(incoming, 'rate');
        const replaced = this.limit.hold(source, accepted.about, came);
        if (replaced) this.reckoning.refuse(replaced.incoming, 'rate');
        this.planDrain();
        return null;
      }
      // After what came before it, this one may be another thing.
      return this.takeWaiting(source) ? this.retake(came) : this.keep(came, accepted);
    } catch (error) {
      if (error instanceof RefusedMessage) return this.reckoning.refuse(incoming, error);
      this.reckoning.lose('journal');
      throw error;
    }
  }

  private retake(came: Came): Refused | null {
    const accepted = this.understand(came.incoming, came.arrival);
    if (isAccepted(accepted)) return this.keep(came, accepted);
    return this.reckoning.refuse(came.incoming, accepted ?? 'topic');
  }

  private keep({ incoming, arrival }: Came, accepted: Accepted): null {
    this.append(encodeRecord(arrival, incoming, accepted.shownOnly));
    this.reckoning.keep();
    this.folding.came();
    accepted.take();
    this.reckoning.leaveOut(incoming, accepted.leftOut ?? []);
    return null;
  }

  /** @returns whether anything waited */
  private takeWaiting(source: string): boolean {
    const waiting = this.limit.release(source);
    for (const came of waiting) {
      try {
        this.retake(came);
      } catch (error) {
        if (error instanceof RefusedMessage) this.reckoning.refuse(came.incoming, error);
        // Health tells that the journal fails; nobody waits for an answer.
        else this.reckoning.lose('journal');
      }
    }
    return waiting.length > 0;
  }

  private planDrain(): void {
    if (this.drain) return;
    const waitsMs = this.limit.noisy.map((source) => this.limit.waitMs(source));
    this.drain = this.ports.clock.schedule(Math.ceil(Math.min(...waitsMs)), () => {
      this.drain = undefined;
      for (const source of this.limit.noisy) {
        if (this.limit.waitMs(source) === 0) this.takeWaiting(source);
      }
      if (this.limit.noisy.length > 0) this.planDrain();
    });
  }

  /** When something comes, and its turn: the same when it is replayed. A clock set back turns no order round. */
  private arrival(): Turn & { readonly at: number } {
    const at = this.ports.clock.now();
    const { latestMs, nth } = this.last;
    this.last = at > latestMs ? { latestMs: at, nth: 0 } : { latestMs, nth: nth + 1 };
    return { at, ...this.last };
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

  private understand(incoming: Incoming, arrival: Arrival): Accepted | Ignored | null {
    for (const taker of this.takers) {
      const accepted = isMessage(incoming)
        ? taker.understand(incoming, arrival)
        : (taker.understandSubmission?.(incoming, arrival) ?? null);
      if (accepted !== null) return accepted;
    }
    return null;
  }
}

function isAccepted(accepted: Accepted | Ignored | null): accepted is Accepted {
  return typeof accepted === 'object' && accepted !== null;
}

function sourceOf(incoming: Incoming): string {
  return isMessage(incoming) ? incoming.topic : `${incoming.kind}/${incoming.id}`;
}
