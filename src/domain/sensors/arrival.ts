import type { SensorValue } from '../../contract/sensor';
import { RefusedMessage, TOO_OLD } from '../intake/refused-message';
import type { SensorMessage } from './reading';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A copy of a message without a timestamp is known as one for this long. */
export const REPEATED_WITHIN_MS = 10 * MINUTE_MS;
/** Late readings correct the history this far behind the newest one; what came is kept as long. */
export const LATE_WITHIN_MS = 10 * DAY_MS;
const AHEAD_AT_MOST_MS = 5 * MINUTE_MS;
const OLD_AT_MOST_MS = 400 * DAY_MS;

/** How a message came in. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Which of those that came in the same millisecond. */
  readonly nth: number;
  /** The broker was not sure that it had been delivered. */
  readonly redelivered: boolean;
  /** It was taken in by an earlier run already; what it did may be in the store. */
  readonly replayed: boolean;
}

/** A reading in its place: of one series, `at` and `key` are its own, and what order is by. */
export interface Reading {
  /** When it was read: milliseconds since 1970. */
  readonly at: number;
  readonly key: string;
  readonly value: SensorValue;
  readonly unit: string | null;
  readonly battery: number | null;
  readonly seq: number | null;
  /** The sensor's clock was too far ahead: this is the server's time. */
  readonly ahead: boolean;
}

/** Where the newest reading of a series is. */
export type Newest = Pick<Reading, 'at' | 'key' | 'seq'>;

export type Judgement =
  | 'duplicate'
  | {
      readonly reading: Reading;
      /** False for one that comes late: history is corrected, and nothing else. */
      readonly newest: boolean;
      /** The sensor counts anew. */
      readonly restarted: boolean;
    };

/**
 * What tells a copy (QUALITY M6): two messages of a series with the same identity are one. Null for a
 * message that could be said twice and meant twice: neither timestamp, nor seq, nor redelivered.
 */
export function identityOf(message: SensorMessage, redelivered: boolean): string | null {
  const { timestamp, seq } = message;
  if (timestamp !== null) return `${timestamp} ${seq ?? contentOf(message)}`;
  if (seq !== null) return `s${seq} ${contentOf(message)}`;
  return redelivered ? contentOf(message) : null;
}

/** The name a message without timestamp and seq is remembered by, for a redelivery of it. */
export function contentOf({ value, unit, battery }: SensorMessage): string {
  return `${String(value)}|${unit ?? ''}|${battery ?? ''}`.replaceAll('.', ',');
}

/**
 * Finds a message's place in its series (QUALITY M6). Order and copies of timestamped messages change
 * nothing: the newest is the one with the greatest time and key, whenever it came.
 * @param copyAt when a message of the same identity came, or null
 * @throws RefusedMessage `too-old` when it is too late to count
 */
export function judge(
  newest: Newest | null,
  message: SensorMessage,
  arrival: Arrival,
  copyAt: number | null,
): Judgement {
  const { timestamp, seq } = message;
  if (copyAt !== null) {
    if (timestamp !== null || arrival.at - copyAt <= REPEATED_WITHIN_MS) return 'duplicate';
  }
  if (timestamp !== null && timestamp < arrival.at - OLD_AT_MOST_MS) {
    throw new RefusedMessage('too-old', TOO_OLD.now);
  }
  const ahead = timestamp !== null && timestamp > arrival.at + AHEAD_AT_MOST_MS;
  const timed = timestamp !== null && !ahead;
  const at = timed ? timestamp : arrival.at;
  if (newest && at < newest.at - LATE_WITHIN_MS) {
    throw new RefusedMessage('too-old', TOO_OLD.newest);
  }
  const key = timed ? keyOf(message) : `n${padded(arrival.nth)} ${keyOf(message)}`;
  const { value, unit, battery } = message;
  const reading = { at, key, value, unit, battery, seq, ahead };
  if (!newest) return { reading, newest: true, restarted: false };
  const restarted =
    seq !== null && newest.seq !== null && seq < newest.seq && (at >= newest.at || !timed);
  // What bears no time of its own is newer than all that came before, even if the clock was set back.
  const overtakes = !timed && !arrival.replayed;
  return { reading, newest: overtakes || isAfter(reading, newest), restarted };
}

/** Readings of a series in order: by time, then key. */
export function isAfter(a: Pick<Reading, 'at' | 'key'>, b: Pick<Reading, 'at' | 'key'>): boolean {
  return a.at > b.at || (a.at === b.at && a.key > b.key);
}

function keyOf(message: SensorMessage): string {
  return message.seq === null ? `c${contentOf(message)}` : `s${padded(message.seq)}`;
}

/** So that texts are in the order of their numbers. */
function padded(count: number): string {
  return String(count).padStart(16, '0');
}
