import type { SensorType, SensorValue } from '../../contract/sensor';
import { cameAfter, type Arrival, type Turn } from '../intake/arrival';
import { COPY_OF_ALARM, RefusedMessage, TOO_OLD } from '../intake/refused-message';
import { AHEAD_AT_MOST_MS } from '../intake/timestamp';
import type { SensorMessage } from './reading';
import { DANGERS } from './sensor-types';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A copy of a message without a timestamp is known as one for this long. */
export const REPEATED_WITHIN_MS = 10 * MINUTE_MS;
/** The network, or a gateway that sends everything twice, brings a copy within this time. */
export const NETWORK_COPY_WITHIN_MS = 10_000;
/** Late readings correct the history this far behind the newest one; what came is kept as long. */
export const LATE_WITHIN_MS = 10 * DAY_MS;

/** A reading in its place in history: of one series, `at` and `key` are its own, and what order is by. */
export interface Reading {
  /** When it was read: milliseconds since 1970. */
  readonly at: number;
  readonly key: string;
  readonly value: SensorValue;
  readonly unit: string | null;
  readonly battery: number | null;
  readonly seq: number | null;
  /** The sensor's clock was not believed: this is the server's time. */
  readonly doubted: boolean;
}

/** Where the newest reading of a series is. */
export type Newest = Pick<Reading, 'at' | 'key' | 'seq'>;

/** The message that is shown: its place in history, what it said of its own time and count, and when it came. */
export interface Shown extends Turn, Pick<Reading, 'at' | 'key' | 'seq'> {
  readonly timestamp: number | null;
}

/** What is known of a series when a message comes. */
export interface Known {
  readonly value: SensorValue | null;
  /** The greatest by time and key, whenever it came. */
  readonly newest: Newest | null;
  /** Null before the first. */
  readonly shown: Shown | null;
}

/** What becomes of a message: live and history are told apart here, and nowhere else. */
export interface Place {
  readonly reading: Reading;
  /** How the sensor is now (QUALITY M15): the state shows it, rules and alerts see it. Null: history only. */
  readonly shown: Shown | null;
  /** False for one that is too late for history, or in it already, and shown all the same. */
  readonly kept: boolean;
  /** It is in history already. */
  readonly repeated: boolean;
  /** It is the newest in history. */
  readonly newest: boolean;
  /** The sensor counts anew. */
  readonly restarted: boolean;
}

/**
 * What tells a copy (QUALITY M6): two messages of a series with the same identity are one. Null for a
 * message that could be said twice and meant twice: neither timestamp, nor seq, nor redelivered.
 */
export function identityOf(
  message: SensorMessage,
  redelivered: Arrival['redelivered'],
): string | null {
  const { timestamp, seq } = message;
  if (timestamp !== null) return `${timestamp} ${seq ?? ''} ${contentOf(message)}`;
  if (seq !== null) return `s${seq} ${contentOf(message)}`;
  return redelivered === false ? null : contentOf(message);
}

/** The name a message without timestamp and seq is remembered by, for a redelivery of it. */
export function contentOf({ value, unit, battery }: SensorMessage): string {
  return `${String(value)}|${unit ?? ''}|${battery ?? ''}`.replaceAll('.', ',');
}

/**
 * Finds a message's place. History is a function of the set of messages: order and copies change nothing
 * (QUALITY M6). What is shown is what came last, whatever its clock says (M15).
 * @param copyAt when a message of the same identity came, or null
 * @throws RefusedMessage `too-old` for a redelivery that is too late for history
 */
export function judge(
  known: Known,
  message: SensorMessage,
  arrival: Arrival,
  copyAt: number | null,
): Place | 'duplicate' {
  const { value, unit, battery, timestamp, seq, doubted } = message;
  const copy = arrival.shownOnly ? 'word' : copyKind(known, message, arrival, copyAt);
  if (copy === 'copy') return 'duplicate';
  const timed = timestamp !== null;
  const at = timestamp ?? arrival.at;
  const key = timed ? keyOf(message) : `n${padded(arrival.nth)} ${keyOf(message)}`;
  const reading = { at, key, value, unit, battery, seq, doubted };
  const newest = believable(known.newest, arrival);
  // What an earlier run took in was not too late then, though later ones have come since.
  const isInTime = arrival.replayed || newest === null || at >= newest.at - LATE_WITHIN_MS;
  const kept = copy === null && isInTime;
  const shown = isShown(known.shown, reading, arrival)
    ? { at, key, seq, timestamp, latestMs: arrival.latestMs, nth: arrival.nth }
    : null;
  if (!kept && !shown) throw new RefusedMessage('too-old', TOO_OLD.newest);
  // What bears no time of its own is newer than all that came before, even if the clock was set back.
  const overtakes = !timed && !arrival.replayed;
  return {
    reading,
    shown,
    kept,
    repeated: copy === 'word',
    newest: kept && (newest === null || overtakes || isAfter(reading, newest)),
    restarted:
      seq !== null &&
      newest !== null &&
      newest.seq !== null &&
      seq < newest.seq &&
      (at >= newest.at || !timed),
  };
}

/**
 * What a message is that has the identity of an earlier one: a `copy` without effect (M6), a `word` that is said
 * again and meant again, so that it is shown and no second reading (M15), or (null) a message like any other.
 *
 * A redelivery is a copy, and so is what says nothing else than is shown. Else it may be meant:
 * - The sensor's clock and count stand still, or it says several things in one second: like any other. So is
 *   it with a sensor that says yes or no and has only its count to tell: after a restart it counts through
 *   the same numbers.
 * - A clock that begins at the same time at each start says the same times again. From a sensor that says yes
 *   or no this is a word, unless it comes within 10 s of the first: that is the network's copy, and what it
 *   says was shown a moment ago.
 * - No word is a `false` whose time is before that of the `true` that is shown: a gateway may send again what it
 *   kept, and nothing stale ends an alarm. The sensor's next new time does.
 *
 * What perhaps an earlier run has heard is judged like what has just come: an alarm is never lost for it, at
 * the price of a value that may be in history twice.
 */
function copyKind(
  { value, shown }: Known,
  message: SensorMessage,
  { at, redelivered, replayed }: Arrival,
  copyAt: number | null,
): 'copy' | 'word' | null {
  const { timestamp, seq } = message;
  if (copyAt === null) return null;
  // What is in the journal was no copy when it came.
  if (redelivered === 'perhaps' && replayed) return null;
  const sinceMs = at - copyAt;
  if (timestamp === null && sinceMs > REPEATED_WITHIN_MS) return null;
  if (redelivered === true || message.value === value) return 'copy';
  if (shown?.timestamp === timestamp && shown.seq === seq) return null;
  if (typeof message.value !== 'boolean') return 'copy';
  if (timestamp === null) return null;
  // A server's clock that was set back says nothing of how long ago it was.
  if (sinceMs >= 0 && sinceMs <= NETWORK_COPY_WITHIN_MS) return 'copy';
  return message.value || !shown || timestamp >= (shown.timestamp ?? shown.at) ? 'word' : 'copy';
}

/** Why a copy is not kept. @throws RefusedMessage where a life may depend on it, so that the log tells */
export function droppedCopy(type: SensorType): 'duplicate' {
  if (DANGERS.has(type)) throw new RefusedMessage('duplicate', COPY_OF_ALARM);
  return 'duplicate';
}

/** Whether a message says how the sensor is now. */
function isShown(shown: Shown | null, { at }: Reading, arrival: Arrival): boolean {
  if (!shown) return true;
  // An earlier run took it in already, and perhaps later ones.
  if (arrival.replayed && !cameAfter(arrival, shown)) return false;
  // Only what the broker sends again may be of the past.
  return arrival.redelivered !== true || at >= shown.at;
}

/** A place in the future was made by a clock that has been set back since. */
function believable(newest: Newest | null, { at }: Arrival): Newest | null {
  return newest && newest.at <= at + AHEAD_AT_MOST_MS ? newest : null;
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
