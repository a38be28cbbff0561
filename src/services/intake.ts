import { AurionError } from '../contract/errors';
import type { Text } from '../contract/language';
import { cameAfter, type Arrival, type Turn } from '../domain/intake/arrival';
import type { LeftOut } from '../domain/intake/left-out';
import { assertNotTooLarge } from '../domain/intake/payload';
import { RefusedMessage } from '../domain/intake/refused-message';
import { submittedText, type Submission } from '../domain/intake/submission';
import type { Clock, Timer } from '../ports/clock';
import type { Journal } from '../ports/journal';
import type { Logger } from '../ports/logger';
import type { Message, MessageLink } from '../ports/message-link';
import { Complaints } from './complaints';
import type { Health } from './health';
import { decodeRecord, encodeRecord, isMessage, type Incoming } from './intake-records';

/** How long what has come in may wait in the journal before it is folded into the store. */
const FOLD_EVERY_MS = 1000;
/** How long at most, and how much, when a taker asks for more time. */
const SETTLE_EVERY_MS = 60_000;
const SETTLE_BYTES = 32 * 1024 * 1024;

/** A message that was understood and is good: what to do with it once it is in the journal. */
export interface Accepted {
  (): void;
  /** The fields that were left out of it (QUALITY M16): counted and told, unless it is replayed. */
  readonly leftOut?: readonly LeftOut[];
}

/** What to do with a message that was read by a `MessageReader`. */
export function accepted(take: () => void, leftOut: readonly LeftOut[]): Accepted {
  return leftOut.length === 0 ? take : Object.assign(take, { leftOut });
}

/** Why a message that was understood is not kept: nobody here has its name, it is a copy, its sensor is switched off, or it came too often. */
export type Ignored = 'unknown' | 'duplicate' | 'disabled' | 'rate';

/** What was not kept, and why. */
export interface Refused {
  readonly incoming: Incoming;
  /** A short word, as the counters have it. */
  readonly reason: string;
  readonly problem: Text;
}

const WHY: Readonly<Record<Ignored | 'topic', Text>> = {
  unknown: { fr: 'aucun appareil ni capteur ne porte ce nom', en: 'nobody here has that name' },
  duplicate: { fr: "c'est une copie", en: 'it is a copy' },
  disabled: { fr: 'le capteur est hors service', en: 'the sensor is switched off' },
  rate: { fr: 'trop de messages', en: 'too many messages' },
  topic: { fr: 'personne ne lit ce sujet', en: 'nobody reads this topic' },
};

/** Takes messages of some topics into the home's state. */
export interface Taker {
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
  /** Writes to the store what changed since the last time. */
  fold(): Promise<void>;
  /** True while it holds something back that `fold` does not write: the journal keeps it meanwhile. */
  readonly unsettled?: boolean;
  /** Writes that, too. */
  settle?(): Promise<void>;
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
  private readonly leftOut = new Map<string, number>();
  private readonly complaints: Complaints;
  private readonly listeners: ((refused: Refused) => void)[] = [];
  private dirty = false;
  private stopped = false;
  private timer: Timer | undefined;
  private folding: Promise<void> = Promise.resolve();
  private foldFailed = false;
  private journalFailed = false;
  private settledMs = 0;
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
    this.complaints = new Complaints(ports);
  }

  get counts(): MessageCounts {
    const { received, kept } = this;
    return { received, kept, dropped: Object.fromEntries(this.dropped) };
  }

  /** Fields that were left out of messages that were kept, by reason. */
  get leftOutCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.leftOut);
  }

  /** True while what came in cannot be written to the store. */
  get isFoldFailing(): boolean {
    return this.foldFailed;
  }

  /** Called with each message that was understood and is not kept. */
  onRefused(listener: (refused: Refused) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Takes in what REST or a flow says for a thing; a copy of what came before is taken as that.
   * @throws READING_REFUSED, and what the journal throws
   */
  offer(incoming: Incoming): void {
    const refused = this.take(incoming);
    if (refused === null || refused.reason === 'duplicate') return;
    const { reason, problem } = refused;
    throw new AurionError('READING_REFUSED', { params: { reason, problem } });
  }

  /** Takes in what an earlier run left in the journal, then listens. */
  async start(): Promise<void> {
    await this.ports.journal.replay((record) => {
      const { came, incoming } = decodeRecord(record);
      const redelivered = isMessage(incoming) && incoming.duplicate;
      const arrival = { ...came, redelivered, replayed: true };
      if (cameAfter(came, this.last)) this.last = came;
      this.dirty = true;
      try {
        const accepted = this.understand(incoming, arrival);
        if (typeof accepted === 'function') accepted();
      } catch (error) {
        if (!(error instanceof RefusedMessage)) throw error;
      }
    });
    await this.fold(true);
    this.ports.link.onMessage((message) => void this.take(message));
    this.ports.link.onDropped?.((reason) => {
      this.received += 1;
      this.drop(reason);
    });
    this.plan();
  }

  /** Writes what is left to the store. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.fold(true);
  }

  /**
   * @returns null if it is kept
   * @throws what the journal throws: then the sender is not told that it arrived
   */
  private take(incoming: Incoming): Refused | null {
    const redelivered = isMessage(incoming) && incoming.duplicate;
    const arrival = { ...this.arrival(), redelivered, replayed: false };
    this.received += 1;
    try {
      assertNotTooLarge(
        isMessage(incoming) ? incoming.payload.length : Buffer.byteLength(submittedText(incoming)),
      );
      const accepted = this.understand(incoming, arrival);
      if (typeof accepted !== 'function') {
        const reason = accepted ?? 'topic';
        this.drop(reason);
        return this.refuse({ incoming, reason, problem: WHY[reason] });
      }
      this.append(encodeRecord(arrival, incoming));
      this.kept += 1;
      this.dirty = true;
      accepted();
      for (const field of accepted.leftOut ?? []) this.leaveOut(incoming, field);
      return null;
    } catch (error) {
      if (!(error instanceof RefusedMessage)) {
        this.drop('journal');
        throw error;
      }
      this.drop(error.reason);
      this.complaints.refused(incoming, error);
      return this.refuse({ incoming, reason: error.reason, problem: error.detail });
    }
  }

  private refuse(refused: Refused): Refused {
    for (const listener of this.listeners) listener(refused);
    return refused;
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

  private drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  private leaveOut(incoming: Incoming, field: LeftOut): void {
    this.leftOut.set(field.reason, (this.leftOut.get(field.reason) ?? 0) + 1);
    this.complaints.leftOut(incoming, field);
  }

  private plan(): void {
    this.timer = this.ports.clock.schedule(FOLD_EVERY_MS, () => {
      void this.fold().then(() => {
        if (!this.stopped) this.plan();
      });
    });
  }

  /**
   * One fold at a time; never rejects: what failed is tried again with the next. The journal forgets
   * what came before it only when nobody holds anything back any more.
   */
  private fold(everything = false): Promise<void> {
    this.folding = this.folding.then(async () => {
      if (!this.dirty) return;
      this.dirty = false;
      try {
        const { journal } = this.ports;
        const settles = everything || this.isTimeToSettle();
        const mark = settles || !this.isUnsettled() ? journal.mark() : null;
        for (const taker of this.takers) await taker.fold();
        if (mark) {
          for (const taker of this.takers) await taker.settle?.();
          await mark.drop();
          this.settledMs = this.ports.clock.monotonicMs();
        } else {
          this.dirty = true;
        }
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

  private isUnsettled(): boolean {
    return this.takers.some(({ unsettled }) => unsettled === true);
  }

  private isTimeToSettle(): boolean {
    const { clock, journal } = this.ports;
    return clock.monotonicMs() - this.settledMs >= SETTLE_EVERY_MS || journal.size >= SETTLE_BYTES;
  }
}
