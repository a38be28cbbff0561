import type { Text } from '../contract/language';
import type { DropReason } from '../domain/intake/drop-reason';
import type { LeftOut } from '../domain/intake/left-out';
import type { RefusedMessage } from '../domain/intake/refused-message';
import { Tally } from '../domain/tally';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import { Complaints } from './complaints';
import type { Incoming } from './intake-records';

/** Why a message that was understood is not kept: nobody here has its name, it is a copy, or its sensor is switched off. */
export type Ignored = Extract<DropReason, 'unknown' | 'duplicate' | 'disabled'>;

/** Why it is not kept though it is good: nobody reads its topic, or there were too many of its kind (see `IntakeLimit`). */
export type Unwanted = Ignored | Extract<DropReason, 'topic' | 'rate'>;

/** What was not kept, and why. */
export interface Refused {
  readonly incoming: Incoming;
  /** A short word, as the counters have it. */
  readonly reason: DropReason;
  readonly problem: Text;
}

/** Messages counted: `received` = `kept` + all of `dropped`. One that waits a moment (see `IntakeLimit`) is counted when it is decided. */
export interface MessageCounts {
  readonly received: number;
  readonly kept: number;
  readonly dropped: Readonly<Record<string, number>>;
}

const WHY: Readonly<Record<Unwanted, Text>> = {
  unknown: { fr: 'aucun appareil ni capteur ne porte ce nom', en: 'nobody here has that name' },
  duplicate: { fr: "c'est une copie", en: 'it is a copy' },
  disabled: { fr: 'le capteur est hors service', en: 'the sensor is switched off' },
  topic: { fr: 'personne ne lit ce sujet', en: 'nobody reads this topic' },
  rate: {
    fr: 'trop de messages, seul le dernier compte',
    en: 'too many messages, only the last one counts',
  },
};

/** More fields that were left out of one message are counted, and not told in the log. */
const TOLD_PER_MESSAGE = 8;

/** What became of messages: counted, told to who listens, and, where somebody has to mend something, to the log. */
export class IntakeCounts {
  private kept = 0;
  private readonly dropped = new Tally<DropReason>();
  private readonly fields = new Tally();
  private readonly complaints: Complaints;
  private readonly listeners: ((refused: Refused) => void)[] = [];

  constructor(ports: { readonly clock: Clock; readonly logger: Logger }) {
    this.complaints = new Complaints(ports);
  }

  get all(): MessageCounts {
    const { kept } = this;
    const dropped = this.dropped.counts;
    const received = Object.values(dropped).reduce((sum, count) => sum + count, kept);
    return { received, kept, dropped };
  }

  /** Fields that were left out of messages that were kept, by reason. */
  get leftOut(): Readonly<Record<string, number>> {
    return this.fields.counts;
  }

  /** Called with each message that was understood and is not kept. */
  onRefused(listener: (refused: Refused) => void): void {
    this.listeners.push(listener);
  }

  keep(): void {
    this.kept += 1;
  }

  leaveOut(incoming: Incoming, leftOut: readonly LeftOut[]): void {
    for (const { reason } of leftOut) this.fields.add(reason);
    for (const field of leftOut.slice(0, TOLD_PER_MESSAGE)) {
      this.complaints.leftOut(incoming, field);
    }
  }

  /** It never came to be understood or kept: the journal or the broker could not take it. */
  lose(reason: DropReason): void {
    this.dropped.add(reason);
  }

  refuse(incoming: Incoming, why: Unwanted | RefusedMessage): Refused {
    const isKnown = typeof why === 'string';
    const reason = isKnown ? why : why.reason;
    const problem = isKnown ? WHY[why] : why.detail;
    this.dropped.add(reason);
    if (!isKnown || why === 'rate') this.complaints.refused(incoming, reason, problem.en);
    const refused = { incoming, reason, problem };
    for (const listener of this.listeners) listener(refused);
    return refused;
  }
}
