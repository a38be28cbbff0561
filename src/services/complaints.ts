import { printable } from '../contract/safe-input';
import { leftOutInWords, type LeftOut } from '../domain/intake/left-out';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import { isMessage, type Incoming } from './intake-records';

const REFUSED_EVERY_MS = 60_000;
/** The rest of the message was taken, so this is no hurry; many devices say such a field in each message. */
const LEFT_OUT_EVERY_MS = 3_600_000;
const REMEMBERED_MAX = 1000;

/** Tells the log what is wrong with messages, seldom: a device that repeats itself must not fill it. */
export class Complaints {
  /** When a subject may be told again, by the monotonic clock. */
  private readonly quietUntilMs = new Map<string, number>();

  constructor(private readonly ports: { readonly clock: Clock; readonly logger: Logger }) {}

  /** A message was refused: once a minute a topic and reason. */
  refused(incoming: Incoming, reason: string, problem: string): void {
    const what = nameOf(incoming);
    if (!this.mayTell(`${what} ${reason}`, REFUSED_EVERY_MS)) return;
    this.ports.logger.warn(`${what} refused: ${problem}`);
  }

  /** A field was left out of a message that was kept: once an hour a topic, field and reason. */
  leftOut(incoming: Incoming, leftOut: LeftOut): void {
    const what = nameOf(incoming);
    const { field, reason } = leftOut;
    if (!this.mayTell(`${what} ${reason} ${field}`, LEFT_OUT_EVERY_MS)) return;
    const problem = printable(leftOutInWords(leftOut).en, 200);
    this.ports.logger.warn(`${what}: field left out: ${problem}`);
  }

  private mayTell(subject: string, everyMs: number): boolean {
    const nowMs = this.ports.clock.monotonicMs();
    const until = this.quietUntilMs.get(subject);
    if (until !== undefined && nowMs < until) return false;
    if (this.quietUntilMs.size >= REMEMBERED_MAX) this.quietUntilMs.clear();
    this.quietUntilMs.set(subject, nowMs + everyMs);
    return true;
  }
}

function nameOf(incoming: Incoming): string {
  if (isMessage(incoming)) return `Message on ${printable(incoming.topic, 128)}`;
  return `What was said for ${incoming.kind} ${incoming.id}`;
}
