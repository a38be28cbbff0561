import type { Text } from '../../contract/language';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A timestamp further ahead of its arrival is not believed. */
export const AHEAD_AT_MOST_MS = 5 * MINUTE_MS;
/** Nor is one that is older. */
export const OLD_AT_MOST_MS = 400 * DAY_MS;

/** Why a message's own time is not believed, so that the time of its arrival counts instead. */
export type TimestampProblem = 'no-zone' | 'no-time' | 'too-old' | 'ahead';

export const TIMESTAMP_PROBLEMS: Readonly<Record<TimestampProblem, Text>> = {
  'no-zone': {
    fr: 'une heure sans fuseau',
    en: 'a time without a zone',
  },
  'no-time': {
    fr: 'ni au format ISO 8601 avec fuseau, ni en millisecondes depuis 1970',
    en: 'neither ISO 8601 with a zone nor milliseconds since 1970',
  },
  'too-old': {
    fr: 'date de plus de 400 jours',
    en: 'more than 400 days old',
  },
  ahead: {
    fr: 'en avance de plus de 5 minutes',
    en: 'more than 5 minutes ahead',
  },
};

/** What a message says of its own time. */
export interface Stamp {
  /** The time that is believed, milliseconds since 1970; null: that of its arrival counts. */
  readonly at: number | null;
  /** The time that was said, believed or not; null if none was, or it can't be read. */
  readonly stated: number | null;
  /** Why the time that was said is not believed; null if it is, or nothing was said. */
  readonly problem: TimestampProblem | null;
}

/**
 * Reads a message's `timestamp`: ISO 8601 with a zone (`Z`, `+01:00`, `+0100`, `+01`; `T` or a blank in
 * the middle; seconds and their fraction may be missing), or milliseconds since 1970, with or without a
 * fraction, also as text.
 * @param said neither null nor missing
 * @param arrivedAt milliseconds since 1970; from the journal when it is replayed, so that it reads alike
 */
export function readTimestamp(said: unknown, arrivedAt: number): Stamp {
  const stated = typeof said === 'string' ? instantOf(said.trim()) : millisecondsOf(said);
  if (typeof stated !== 'number') return { at: null, stated: null, problem: stated };
  const problem =
    stated > arrivedAt + AHEAD_AT_MOST_MS
      ? 'ahead'
      : stated < arrivedAt - OLD_AT_MOST_MS
        ? 'too-old'
        : null;
  return { at: problem === null ? stated : null, stated, problem };
}

const LAST_INSTANT_MS = 8.64e15;

function millisecondsOf(said: unknown): number | 'no-time' {
  if (typeof said !== 'number' || !(Math.abs(said) <= LAST_INSTANT_MS)) return 'no-time';
  return Math.trunc(said);
}

const MILLISECONDS = /^-?\d{1,16}(?:\.\d*)?$/;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/i;

function instantOf(text: string): number | 'no-zone' | 'no-time' {
  if (MILLISECONDS.test(text)) return millisecondsOf(Number(text));
  const found = ISO.exec(text);
  if (!found) return 'no-time';
  const [, year, month, day, hour, minute, second = '0', fraction = '0', utc, sign, ...offset] =
    found;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const [offsetH, offsetM] = [Number(offset[0] ?? 0), Number(offset[1] ?? 0)];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (!isDate || h > 23 || m > 59 || s > 60 || offsetH > 23 || offsetM > 59) return 'no-time';
  if (utc === undefined && sign === undefined) return 'no-zone';
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  const eastMs = (sign === '-' ? -1 : 1) * (offsetH * 60 + offsetM) * MINUTE_MS;
  return date.getTime() + ((h * 60 + m) * 60 + s) * 1000 + ms - eastMs;
}
